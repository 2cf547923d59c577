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
    assert run.results["accounts"][0]["api_calls"] <= MOST_CALLS.get(account.name, 25)
    assert [problem for check in checks(run) for problem in unreadable(check)] == []
    for check, words in HINTS.get(account.name, {}).items():
        assert words in hints(run)[check]


MOST_CALLS = {"thirteen buckets": 38}
"""More than 25 calls to AWS, by account: each bucket that fits is asked for the object."""
HINTS = {
    "the alias in small letters": {"alias": "The key's alias is mykmskey. Give the key the alias MyKMSKey."},
    "no alias": {"alias": "has no alias. Give it the alias MyKMSKey"},
    "the alias with its prefix twice": {"alias": "The key's alias is alias/alias/MyKMSKey."},
    "the alias still taken": {
        "alias": "which is pending deletion. Delete this alias, and give it to your key MyKMSKey2"
    },
    "in a folder": {"object-name": "clock.png is in the folder images."},
    "another bucket": {"bucket-name": "--lab-bucket names it."},
    "a delete marker": {"sse-kms": "delete the delete marker of clock.png"},
    "the instance renamed": {"instance-name": "is named Lab. Give it the name LabInstance"},
    "an asymmetric key": {"symmetric": "RSA_2048, ENCRYPT_DECRYPT, and a key's kind cannot be changed"},
    "deleted at the end": {"usable-state": "waits for its deletion. Cancel the deletion"},
    "no key user": {"users": "voclabs is a key administrator, but no key user"},
    "no key administrator": {"administrators": "voclabs is a key user, but no administrator"},
    "under S3's own key": {"object-under-the-key": "clock.png is under AWS's own key aws/s3"},
    "under the bucket's default": {"sse-kms": "clock.png has SSE-S3"},
    "under another key": {"object-under-the-key": "clock.png is under another key, Another"},
    "another name": {"object-name": "The object's name is Clock.PNG."},
    "public access still blocked": {"public-link-now": "Block Public Access still refuses public ACLs"},
    "public by an ACL that is ignored": {
        "public-access-opened": "it still ignores all public ACLs",
        "public-link-now": "Block Public Access still ignores public ACLs",
    },
    "ACLs never enabled": {"acls-enabled": "enable ACLs, too", "public-link-now": "The bucket has no ACLs"},
    "never made public": {"public-link-now": "The bucket is open, but clock.png is not public"},
    "never opened in the console": {"decrypt": "clock.png was never opened by its owner"},
    "volume at another device": {"volume-encrypted": "is at /dev/sdf, and the instance starts from /dev/xvda"},
    "the volume beside the old root": {"volume-encrypted": "is at /dev/sdf, and the instance starts from /dev/xvda"},
    "volume in another zone": {"volume-encrypted": "is in us-east-1b, and the instance in us-east-1a"},
    "volume never attached": {"volume-encrypted": "exists, but is not attached"},
    "volume under EBS's own key": {"volume-under-the-key": "is under AWS's own key aws/ebs"},
    "only an encrypted snapshot": {"volume-encrypted": "a snapshot alone, even an encrypted one, protects nothing"},
    "never enabled again": {"key-enabled-again": "The key was disabled and never enabled again"},
    "enabled at once": {"effect-of-disabling": "nothing was tried meanwhile"},
    "just now at work": {"decrypt": "CloudTrail may be late: grade again after "},
    "in both buckets": {"sse-kms": "Say which one is meant with --lab-bucket and --lab-object"},
    "an unencrypted volume beside": {"nothing-unencrypted": "at /dev/sdg"},
}
"""Words of the hint for a mistake, by account and check."""


def test_every_hint_belongs_to_an_account():
    """A changed name is noticed."""
    assert set(HINTS) <= {account.name for account in ACCOUNTS}


def reasons(account: StudentAccount, check: str) -> set[str | None]:
    """Return the reasons that a check may have."""
    by_field: tuple[tuple[str, set[str | None]], ...] = (
        (account.blocked, {"prerequisite"}),
        (account.undecided, {"read-only", "guardrail"}),
        (account.late, {"late"}),
        (account.errors, {"suite"}),
    )
    return next((found for checks, found in by_field if check in checks.split()), {None})


def checks(run) -> list[dict[str, Any]]:
    (account,) = run.results["accounts"]
    return [check for objective in account["objectives"] for check in objective["checks"]]


def points(run) -> dict[str, int]:
    return {each["id"]: each["possible"] for each in checks(run)}


def hints(run) -> dict[str, str]:
    return {each["id"]: each.get("hint", "") for each in checks(run)}


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
