"""Every account of the catalogue gets the verdicts of a fair grader, by whole runs over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.checks.broken_labs import ACCOUNTS
from tests.checks.judging_quality import table
from tests.support.students import Class, StudentAccount
from tests.support.texts import unreadable

FURTHER = 10
"""Students of tests beside the catalogue."""


@pytest.fixture(scope="module")
def students() -> Iterator[Class]:
    with Class.open(len(ACCOUNTS) + FURTHER) as students:
        yield students


@pytest.mark.parametrize("account", ACCOUNTS, ids=str)
def test_account_is_judged_rightly(students: Class, account: StudentAccount, tmp_path):
    """Verdicts and points are as expected, and each reason says whether points are lost."""
    run = students.grade_account(account, tmp_path)
    assert run.not_passed == dict(sorted(account.not_passed.items(), key=lambda each: list(run.checks).index(each[0])))
    assert run.objectives == account.objectives
    assert run.exit_code == (1 if "F" in account.verdicts else 6 if set(account.verdicts) != {"P"} else 0)
    score = run.results["accounts"][0]["score"]
    by_check = points(run)
    assert score["possible"] == 100
    assert score["earned"] == sum(by_check[check] for check in by_check if check not in account.not_passed)
    assert score["ungraded"] == sum(by_check[check] for check in account.ungraded)
    assert {each["id"]: each["reason"] in reasons(account, each["id"]) for each in checks(run)} == dict.fromkeys(
        by_check, True
    )
    assert run.results["accounts"][0]["api_calls"] <= MOST_CALLS
    assert [problem for check in checks(run) for problem in unreadable(check)] == []
    for check, words in HINTS.get(account.name, {}).items():
        assert in_order(words.split(), said(run)[check]), said(run)[check]
    failed = [(each["message"], each["hint"]) for each in checks(run) if each["verdict"] == "fail"]
    long = [each for each in failed if not each[0].startswith("The cause is that of")]
    assert len(long) == len(set(long))


MOST_CALLS = 26
"""Where one of several keys may be meant; a finished lab costs 18."""
HINTS = {
    "the alias in small letters": {"alias": "mykmskey Give MyKMSKey"},
    "no alias": {"alias": "no alias Give MyKMSKey"},
    "the alias with its prefix twice": {"alias": "alias/alias/MyKMSKey"},
    "the alias still taken": {"alias": "pending deletion Delete this alias MyKMSKey2"},
    "the alias on another key": {"alias": "names another key Delete this alias"},
    "only the key, by another alias": {"object-name": "check “The object", "bucket-name": "Upload My-KMS-Key"},
    "nothing done": {"alias": "No key us-east-1 MyKMSKey case-sensitive", "users": "check alias"},
    "all in another Region": {"alias": "No key in us-east-1 The key of clock.png is in us-west-2 Grade us-west-2"},
    "two keys, and none has the alias": {"alias": "Several keys (One) (Two) --lab-alias"},
    "no key material": {"usable-state": "(pending import) Delete the alias MyKMSKey of this key origin KMS"},
    "in a folder": {"object-name": "images/clock.png folder images top of the bucket"},
    "another name": {"object-name": "Clock.PNG clock.png case-sensitive"},
    "another bucket": {"bucket-name": "pictures-of- --lab-bucket"},
    "among others": {"object-name": "picture.png clock.png"},
    "all names wrong": {"alias": "mykey", "bucket-name": "my-pictures-", "instance-name": "MyInstance LabInstance"},
    "a delete marker": {"bucket-name": "delete marker Show versions"},
    "no bucket": {"bucket-name": "No bucket has imagebucket my-own-"},
    "the instance renamed": {"instance-name": "Lab LabInstance"},
    "the instance terminated": {"volume-encrypted": "LabInstance (i- is terminated Start the lab again"},
    "an asymmetric key": {"symmetric": "RSA_2048 cannot be changed"},
    "deleted at the end": {"usable-state": "pending deletion Cancel the key's deletion, then enable it."},
    "no key user": {"users": "voclabs is a key administrator, and no key user"},
    "no key administrator": {"administrators": "voclabs is a key user, and no key administrator"},
    "the API's own policy": {"users": "account's root only Key users"},
    "the session as administrator and user": {"users": "the session user ends with the lab Key users"},
    "a Deny for the role": {"users": "Deny Decrypt Remove it"},
    "use without data keys": {"users": "does not allow GenerateDataKey Key users"},
    "a deleted role": {"users": "a role or user that was deleted (AROA Add voclabs"},
    "another role": {"users": "the role grader, and not voclabs"},
    "open to everybody": {"open-to-nobody-else": "everybody Key policy, Edit"},
    "open to another account by a grant": {"open-to-nobody-else": "A grant lets in the account 999999999999 Revoke"},
    "open to a network": {"open-to-nobody-else": "aws:SourceIp"},
    "under S3's own key": {"object-under-the-key": "AWS's own key aws/s3 MyKMSKey"},
    "under the bucket's default": {"sse-kms": "SSE-S3 Upload again SSE-KMS"},
    "under another key": {"object-under-the-key": "another key, Another"},
    "public access still blocked": {"public-access-opened": "", "object-made-public": "Open the bucket first"},
    "public by an ACL that is ignored": {"public-access-opened": "still ignores all public ACLs"},
    "public by a bucket policy": {"object-made-public": "A bucket policy Make public using ACL"},
    "public for users of AWS only": {"object-made-public": "users of AWS only"},
    "closed by the account's settings": {"public-link-now": "whole account settings for this account"},
    "the account's settings, and nothing opened": {"object-made-public": "for the whole account, too Ask your teacher"},
    "ACLs denied by the organization": {"acls-enabled": "denied PutBucketOwnershipControls Ask"},
    "ACLs never enabled": {"acls-enabled": "Enable ACLs, too"},
    "never made public": {"object-made-public": "The bucket is open, but clock.png is not public"},
    "never opened in the console": {"decrypt": "only while the key was disabled"},
    "volume at another device": {"volume-encrypted": "is at /dev/sdf Detach this one, and attach it as /dev/xvda"},
    "the volume beside the old root": {"volume-encrypted": "is at /dev/sdf detach the old volume, detach this one"},
    "volume in another zone": {"volume-encrypted": "is in us-east-1b, and the instance in us-east-1a"},
    "volume never attached": {"volume-encrypted": "exists, but is not attached"},
    "volume under EBS's own key": {"volume-under-the-key": "AWS's own key aws/ebs"},
    "only an encrypted snapshot": {"volume-encrypted": "No volume is encrypted Create one from a snapshot"},
    "up to the volume": {
        "key-disabled": "no DisableKey event for MyKMSKey Disable start LabInstance, open clock.png, enable"
    },
    "up to the upload": {"key-disabled": "Disable MyKMSKey open clock.png, and enable the key again."},
    "another key disabled": {"key-disabled": "Another key was disabled"},
    "deleted instead of disabled": {"key-disabled": "deletion was scheduled Disable MyKMSKey"},
    "never enabled again": {"key-enabled-again": "is disabled Enable MyKMSKey Then start LabInstance"},
    "never started again": {"instance-ran-again": "Start LabInstance"},
    "enabled at once": {
        "effect-of-disabling": "nothing that failed Disable MyKMSKey again, stop and start LabInstance, open clock.png"
    },
    "just now at work": {"decrypt": "CloudTrail may be late: grade again after "},
    "in both buckets": {"sse-kms": "Several objects --lab-bucket and --lab-object"},
    "an HMAC key": {"symmetric": "HMAC_256 cannot be changed", "encrypt-decrypt": "check “The key is symmetric”"},
    "the alias moved to a new key": {"alias": "has no alias names another key Delete this alias"},
    "another key at last": {"alias": "names another key Cancel the deletion of your key Then delete this alias"},
    "another key at last, for the object only": {
        "volume-under-the-key": "another key, Create the volume from the snapshot again",
        "instance-ran-again": "check “CloudTrail shows that the key was disabled”",
    },
    "the key deleted at once": {
        "usable-state": "Cancel the key's deletion",
        "bucket-name": "Make MyKMSKey usable, as objective 1 says Then upload",
        "volume-encrypted": "Make MyKMSKey usable, as objective 1 says Then create",
    },
    "everything removed": {"alias": "is pending deletion Cancel the deletion", "volume-encrypted": "is terminated"},
    "a grant for too little, and a plain object beside": {
        "users": "A grant lets voclabs Decrypt, and not Encrypt",
        "object-name": "in the folder kms",
        "nothing-unencrypted": "at /dev/sdf",
        "effect-of-disabling": "was started with MyKMSKey disabled, and ran",
    },
    "a user for the role, and an archived object": {
        "users": "the user student, and not voclabs",
        "signed-read-now": "InvalidObjectState GLACIER Upload it again",
        "decrypt": "GLACIER Upload it again",
        "instance-name": "has no name the tag name Give",
    },
    "through S3 only, and presigned URLs denied": {
        "administrators": "a condition that keeps it out (kms:ViaService) Remove the condition",
        "users": "check “The key policy lets the key administrator",
        "presigned-link-now": "Deny statement of the bucket policy Remove",
    },
    "for AWS resources only, and anonymous requests denied": {
        "users": "kms:GrantIsForAWSResource Remove",
        "public-link-now": "public by its ACL Deny statement of the bucket policy",
    },
    "open to an organization, uploaded again, and the root deleted": {
        "open-to-nobody-else": "the organization o-abcdefghij",
        "object-made-public": "The bucket is open, but clock.png is not public",
        "volume-encrypted": "no volume at its root device No volume is encrypted Create one",
        "volume-under-the-key": "check “The root volume is encrypted”",
    },
    "disabling denied at last, and another bucket opened": {
        "administrators": "Deny EnableKey, DisableKey Remove",
        "public-access-opened": "Another bucket was opened, other-",
    },
    "a plain object in the lab's bucket, an encrypted one in another": {"bucket-name": "my-own- --lab-bucket"},
    "two of nearly the name, and the volume attached to another instance": {
        "object-name": "Clock.png clock(1).png --lab-object",
        "volume-encrypted": "attached to another instance Detach it there",
    },
    "object and root volume with other keys": {
        "object-under-the-key": "another key, Bucket",
        "volume-under-the-key": "another key, Volume",
    },
    "in a bucket of another Region": {
        "object-under-the-key": "a key in us-west-2 Enable MyKMSKey to a bucket in us-east-1",
        "key-enabled-again": "Enable MyKMSKey Then start LabInstance",
    },
    "with a key of one's own": {"bucket-name": "a key of the uploader's own (SSE-C) Upload"},
    "reads denied by the bucket policy": {"sse-kms": "Deny statement of the bucket policy removed"},
    "an unencrypted volume beside": {"nothing-unencrypted": "at /dev/sdg"},
}
"""Words of message and hint for a mistake, in their order, by account and check."""


def test_every_hint_belongs_to_an_account():
    """A changed name is noticed."""
    assert set(HINTS) <= {account.name for account in ACCOUNTS}


def reasons(account: StudentAccount, check: str) -> set[str | None]:
    """Return the reasons that a check may have."""
    by_field: tuple[tuple[str, set[str | None]], ...] = (
        (account.blocked, {"prerequisite"}),
        (account.undecided, {"read-only", "guardrail"}),
        (account.late, {"late"}),
        (account.denied, {"denied"}),
        (account.errors, {"suite"}),
    )
    return next((found for checks, found in by_field if check in checks.split()), {None})


def checks(run) -> list[dict[str, Any]]:
    (account,) = run.results["accounts"]
    return [check for objective in account["objectives"] for check in objective["checks"]]


def points(run) -> dict[str, int]:
    return {each["id"]: each["possible"] for each in checks(run)}


def said(run) -> dict[str, str]:
    return {check["id"]: f"{check['message']} {check.get('hint') or ''}" for check in checks(run)}


def in_order(words: list[str], text: str) -> bool:
    """Whether a text has all these words, one after another."""
    for word in words:
        _, found, text = text.partition(word)
        if not found:
            return False
    return True


def test_the_catalogue_is_large_enough():
    """At least 45 accounts with different names, and some twenty that pass."""
    assert len({account.name for account in ACCOUNTS}) == len(ACCOUNTS) >= 45
    assert sum(account.verdicts == "PPPPPP" for account in ACCOUNTS) >= 20


def test_a_wrong_verdict_shows_in_the_table():
    """A missed failure lowers the recall, a wrong one the precision."""
    account = StudentAccount("one", "FFFFFF", lambda work: None, fails="alias symmetric")
    text = table([(account, {"alias": "fail", "symmetric": "pass", "origin": "fail", "users": "blocked"})])
    assert "| all 4 checks | 1 | 1 | 1 | 1 | 0.500 | 0.500 |" in text


def test_a_student_who_did_nothing_earns_nothing(students: Class, tmp_path):
    """A new lab account has 0 of 100 points, and none is called ungraded."""
    run = students.grade_account(next(each for each in ACCOUNTS if each.name == "nothing done"), tmp_path)
    assert run.results["accounts"][0]["score"] == {"earned": 0, "possible": 100, "ungraded": 0}
    assert "ungraded" not in run.printed
