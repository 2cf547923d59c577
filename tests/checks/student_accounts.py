"""The catalogue of student accounts, each with the verdicts that grading must return.

`python -m tests.checks.student_accounts` grades them all, and prints how well they are judged.

A new account is a line in `ACCOUNTS`: what the student did, as steps of `embedded.practice.console_user`, and the
checks that do not pass. `practised` takes the steps from a scenario of the practice class.
"""

from __future__ import annotations

import sys

from embedded.practice.scenarios import SCENARIOS
from embedded.practice.tasks import (
    TASKS,
    disable_and_enable,
    encrypt,
    in_turn,
    instead,
    make_key,
    open_to_the_public,
    read,
    store,
    until,
)
from tests.checks import name_steps as names
from tests.checks import policy_steps as policies
from tests.checks import student_steps as steps
from tests.support.students import StudentAccount

KEY = "alias customer-managed symmetric encrypt-decrypt usable-state origin administrators users open-to-nobody-else"
NOT_THE_KEY = "sse-kms object-under-the-key"
OBJECT = f"bucket-name object-name {NOT_THE_KEY}"
OPENED = "public-access-opened acls-enabled"
ACCESS = "object-made-public public-link-now signed-read-now presigned-link-now"
HISTORY = "create-key generate-data-key decrypt"
PUBLIC = "object-made-public public-link-now"
SIGNED = "signed-read-now presigned-link-now"
EFFECTS = "effect-of-disabling instance-ran-again"
VOLUME_AT_START = "instance-name volume-encrypted nothing-unencrypted"
VOLUME = "instance-name volume-encrypted volume-under-the-key nothing-unencrypted"
DISABLING = "key-disabled effect-of-disabling key-enabled-again instance-ran-again"


def practised(name: str, verdicts: str, fails: str = "", blocked: str = "", undecided: str = "") -> StudentAccount:
    """Return an account with the steps of a scenario of the practice class."""
    return StudentAccount(name, verdicts, SCENARIOS[name].steps, fails, blocked, undecided)


ACCOUNTS: tuple[StudentAccount, ...] = (
    # Right
    practised("by the handout", "PPPPPP"),
    practised("with a bucket key", "PPPPPP"),
    practised("through an encrypted snapshot", "PPPPPP"),
    practised("the volume tried first", "PPPPPP"),
    practised("uploaded twice", "PPPPPP"),
    practised("made public too early", "PPPPPP"),
    practised("looked at the history too early", "PPPPPP"),
    practised("wrong device, put right", "PPPPPP"),
    practised("other zone, put right", "PPPPPP"),
    practised("started over", "PPPPPP"),
    StudentAccount("by the bucket's default under the key", "PPPPPP", instead(store, steps.by_the_buckets_default)),
    StudentAccount("two layers", "PPPPPP", instead(store, lambda user: user.upload(sse="aws:kms:dsse"))),
    StudentAccount("by EC2's replacement of the root", "PPPPPP", instead(encrypt, steps.replaced_root)),
    StudentAccount("by an encrypted copy of the image", "PPPPPP", instead(encrypt, steps.by_an_encrypted_image)),
    StudentAccount(
        "with a multi-Region key", "PPPPPP", instead(make_key, lambda user: user.create_key(MultiRegion=True))
    ),
    StudentAccount("an instance whose root is /dev/sda1", "PPPPPP", instead(encrypt, steps.root_at_sda1)),
    StudentAccount("terminated twins", "PPPPPP", instead(encrypt, steps.twins)),
    StudentAccount("a second instance of the name", "PPPPPP", instead(encrypt, steps.second_instance)),
    StudentAccount("a second, empty bucket", "PPPPPP", instead(store, steps.second_bucket)),
    StudentAccount("a history of two pages", "PPPPPP", instead(read, steps.much_read)),
    StudentAccount("a key policy of one's own", "PPPPPP", instead(make_key, policies.own_policy)),
    StudentAccount(
        "a policy for everybody with the role's ARN",
        "PPPPPP",
        instead(make_key, policies.everybody_but(ArnEquals={"aws:PrincipalArn": "{role}"})),
    ),
    StudentAccount(
        "a policy for everybody of the account",
        "PPPPPP",
        instead(make_key, policies.everybody_but(StringEquals={"kms:CallerAccount": "{account}"})),
    ),
    StudentAccount(
        "a statement for a service",
        "PPPPPP",
        instead(make_key, policies.with_statement(Principal={"Service": "logs.us-east-1.amazonaws.com"})),
    ),
    StudentAccount(
        "everybody, and all other accounts denied",
        "PPPPPP",
        instead(
            make_key,
            policies.with_statement(Principal="*"),
            lambda user: policies.add_deny(user, StringNotEquals={"aws:PrincipalAccount": user.account}),
        ),
    ),
    StudentAccount("a grant for the role", "PPPPPP", instead(make_key, policies.granted_instead_of_named)),
    StudentAccount(
        "uploaded after the bucket was opened", "PPPPPP", in_turn(make_key, steps.uploaded_last, *TASKS[3:])
    ),
    StudentAccount("by the command line", "PPPPPP", steps.by_the_command_line),
    StudentAccount("disabled twice", "PPPPPP", instead(disable_and_enable, steps.disabled_twice)),
    StudentAccount(
        "only opened the object meanwhile", "PPPPPP", instead(disable_and_enable, steps.only_opened_meanwhile)
    ),
    StudentAccount("all of it a second time", "PPPPPP", steps.first_key_dropped),
    StudentAccount(
        "stopped by the lab's end", "PPPPPP", in_turn(steps.by_the_handout, lambda user: user.stop_instance())
    ),
    StudentAccount(
        "another alias beside", "PPPPPP", in_turn(make_key, lambda user: user.create_alias("alias/Mine"), *TASKS[1:])
    ),
    StudentAccount("graded before", "PPPPPP", steps.by_the_handout, graded_before=True),
    StudentAccount("by the command line, graded before", "PPPPPP", steps.by_the_command_line, graded_before=True),
    StudentAccount(
        "all of it before the history begins",
        "PPPBPB",
        steps.by_the_handout,
        undecided=f"{HISTORY} {DISABLING}",
        ago=95 * 24 * 60,
    ),
    # Half done
    practised(
        "nothing done",
        "FFFBFB",
        f"{KEY} {OBJECT} {OPENED} {VOLUME_AT_START}",
        f"{ACCESS} {HISTORY} volume-under-the-key {DISABLING}",
    ),
    practised(
        "only the key", "PFFBFF", f"{OBJECT} {OPENED} {VOLUME} {DISABLING}", f"{ACCESS} generate-data-key decrypt"
    ),
    practised("up to the upload", "PPFFFF", f"{OPENED} {PUBLIC} decrypt {VOLUME} {DISABLING}"),
    practised("up to the public link", "PPPFFF", f"decrypt {VOLUME} {DISABLING}"),
    practised("up to the history", "PPPPFF", f"{VOLUME} {DISABLING}"),
    practised("up to the volume", "PPPPPF", DISABLING),
    StudentAccount(
        "just now at work",
        "PPPEFE",
        until(read),
        fails=VOLUME,
        late=f"decrypt {DISABLING}",
        ago=15,
    ),
    StudentAccount(
        "just now disabled the key",
        "PPBPPF",
        in_turn(*TASKS[:-1], lambda user: user.disable_key()),
        fails="key-enabled-again instance-ran-again",
        blocked=SIGNED,
        late="effect-of-disabling",
        ago=35,
    ),
    # The key
    practised("the alias in small letters", "FPPPPP", "alias"),
    StudentAccount("no alias", "FPPPPP", instead(make_key, lambda user: user.create_key(None)), fails="alias"),
    StudentAccount(
        "an asymmetric key",
        "FBPBBB",
        in_turn(steps.asymmetric, *TASKS[2:4], steps.encrypted_by_default, disable_and_enable),
        fails="symmetric",
        blocked=f"object-under-the-key generate-data-key decrypt volume-under-the-key {EFFECTS}",
    ),
    practised("no key administrator", "FPPPPP", "administrators"),
    practised("no key user", "FPPPPP", "users"),
    StudentAccount(
        "the API's own policy",
        "FPPPPP",
        instead(make_key, lambda user: user.create_key(policy="default")),
        fails="administrators users",
    ),
    StudentAccount(
        "open to everybody", "FPPPPP", instead(make_key, policies.open_to_everybody), fails="open-to-nobody-else"
    ),
    StudentAccount(
        "open to another account", "FPPPPP", instead(make_key, policies.open_to_another), fails="open-to-nobody-else"
    ),
    StudentAccount(
        "open to an account by a condition",
        "FPPPPP",
        instead(
            make_key,
            policies.with_statement(
                Principal="*", Condition={"StringEquals": {"aws:PrincipalAccount": ["{account}", "999999999999"]}}
            ),
        ),
        fails="open-to-nobody-else",
    ),
    StudentAccount(
        "open to everybody through S3",
        "FPPPPP",
        instead(
            make_key,
            policies.with_statement(
                Principal="*", Condition={"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}
            ),
        ),
        fails="open-to-nobody-else",
    ),
    StudentAccount(
        "open to a network",
        "BPPPPP",
        instead(
            make_key,
            policies.with_statement(Principal="*", Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
        ),
        undecided="open-to-nobody-else",
    ),
    StudentAccount(
        "open to another account by a grant",
        "FPPPPP",
        instead(make_key, policies.granted_to_another),
        fails="open-to-nobody-else",
    ),
    StudentAccount(
        "the session as administrator and user",
        "FPPPPP",
        instead(make_key, policies.session_as_principal),
        fails="administrators users",
    ),
    StudentAccount(
        "no key material",
        "FBPBBB",
        steps.without_key_material,
        fails="usable-state origin",
        blocked=f"object-under-the-key generate-data-key decrypt volume-under-the-key {DISABLING}",
    ),
    StudentAccount(
        "another role", "FPPPPP", instead(make_key, policies.for_a_role("grader")), fails="administrators users"
    ),
    StudentAccount("use without data keys", "FPPPPP", instead(make_key, policies.without_data_keys), fails="users"),
    StudentAccount("a Deny for the role", "FPBPPP", policies.denied_afterwards, fails="users", blocked=SIGNED),
    StudentAccount(
        "all in another Region",
        "FBFBFB",
        names.in_another_region,
        fails=f"{KEY} {OPENED} {PUBLIC} {VOLUME_AT_START}",
        blocked=f"object-under-the-key {HISTORY} volume-under-the-key {DISABLING}",
    ),
    practised("deleted at the end", "FPBPPP", "usable-state", SIGNED),
    practised("the alias still taken", "FPPPPP", "alias"),
    StudentAccount("the alias on another key", "FPPPPP", names.alias_on_another_key, fails="alias"),
    StudentAccount(
        "the alias with its prefix twice",
        "FPPPPP",
        instead(make_key, lambda user: user.create_key("alias/alias/MyKMSKey")),
        fails="alias",
    ),
    StudentAccount(
        "only the key, by another alias",
        "FFFBFF",
        lambda user: user.create_key("alias/My-KMS-Key"),
        fails=f"alias {OBJECT} {OPENED} {VOLUME} {DISABLING}",
        blocked=f"{ACCESS} generate-data-key decrypt",
    ),
    StudentAccount(
        "two keys, and none has the alias",
        "EEPEEE",
        names.two_keys,
        errors=f"{KEY} object-under-the-key {HISTORY} volume-under-the-key {DISABLING}",
    ),
    # The object
    practised("under S3's own key", "PFPBPP", "object-under-the-key", "generate-data-key decrypt"),
    practised("under the bucket's default", "PFBBPP", NOT_THE_KEY, "public-link-now generate-data-key decrypt"),
    StudentAccount(
        "under another key",
        "PFPBPP",
        instead(store, steps.under_another_key),
        fails="object-under-the-key",
        blocked="generate-data-key decrypt",
    ),
    StudentAccount("another name", "PFPPPP", names.all_with("Clock.PNG"), fails="object-name"),
    StudentAccount("in a folder", "PFPPPP", names.all_with("images/clock.png"), fails="object-name"),
    StudentAccount("another ending", "PFPPPP", names.all_with("clock.jpg"), fails="object-name"),
    StudentAccount("a name of one's own", "PFPPPP", names.all_with("photo.png"), fails="object-name"),
    StudentAccount("among others", "PFPPPP", names.among_others, fails="object-name"),
    StudentAccount(
        "another name in another bucket",
        "PFPPPP",
        in_turn(names.another_bucket, names.all_with("images/Clock.png")),
        fails="bucket-name object-name",
    ),
    StudentAccount("another bucket", "PFPPPP", names.in_a_bucket_of_ones_own, fails="bucket-name"),
    StudentAccount(
        "no bucket",
        "PFBBPP",
        names.no_bucket,
        fails=OBJECT,
        blocked=f"{OPENED} {ACCESS} generate-data-key decrypt",
    ),
    StudentAccount("thirteen buckets", "PPPPPP", names.thirteen_buckets),
    StudentAccount(
        "all names wrong",
        "FFPPFP",
        names.all_names_wrong,
        fails="alias bucket-name instance-name",
    ),
    StudentAccount(
        "a delete marker",
        "PFBBPP",
        names.hidden_by_a_delete_marker,
        fails=OBJECT,
        blocked=f"{ACCESS} generate-data-key decrypt",
    ),
    StudentAccount(
        "the object deleted at the end",
        "PFBBPP",
        steps.deleted_the_object,
        fails=OBJECT,
        blocked=f"{ACCESS} generate-data-key decrypt",
    ),
    StudentAccount(
        "in both buckets",
        "PEEEPP",
        instead(store, steps.in_both_buckets),
        errors=f"{OBJECT} {OPENED} {ACCESS} generate-data-key decrypt",
    ),
    # The public and the owner
    practised("never made public", "PPFPPP", PUBLIC),
    practised("public access still blocked", "PPFPPP", f"public-access-opened {PUBLIC}"),
    practised("ACLs never enabled", "PPFPPP", f"acls-enabled {PUBLIC}"),
    StudentAccount(
        "closed by the account's settings",
        "PPBPPP",
        in_turn(steps.by_the_handout, steps.account_block),
        undecided=PUBLIC,
    ),
    StudentAccount(
        "the account's settings on from the start",
        "PPBPPP",
        in_turn(steps.account_block, make_key, store, steps.opened_as_far_as_it_goes, *TASKS[3:]),
        undecided=PUBLIC,
    ),
    StudentAccount(
        "the account's settings, and nothing opened",
        "PPFPPP",
        in_turn(steps.account_block, make_key, store, *TASKS[3:]),
        fails=f"{OPENED} {PUBLIC}",
    ),
    StudentAccount(
        "opening denied by the organization",
        "PPBPPP",
        in_turn(
            steps.denied_by_the_organization("no-public-access-changes"),
            make_key,
            store,
            steps.tried_to_open,
            *TASKS[3:],
        ),
        undecided=f"public-access-opened {PUBLIC}",
    ),
    StudentAccount(
        "disabling denied by the organization",
        "PPPPPB",
        in_turn(
            steps.denied_by_the_organization("no-key-disabling"),
            *TASKS[:5],
            steps.tried_to_disable,
        ),
        undecided=DISABLING,
    ),
    StudentAccount(
        "public by a bucket policy",
        "PPFPPP",
        instead(open_to_the_public, steps.public_by_policy),
        fails="object-made-public",
    ),
    StudentAccount(
        "public for users of AWS only",
        "PPFPPP",
        instead(open_to_the_public, steps.opened_for_users_of_aws),
        fails=PUBLIC,
    ),
    practised("closed again at the end", "PPBPPP", undecided=PUBLIC),
    StudentAccount(
        "opened by deleting the settings", "PPPPPP", instead(open_to_the_public, steps.opened_by_deleting_settings)
    ),
    StudentAccount(
        "opened by deleting the settings, closed again",
        "PPBPPP",
        in_turn(instead(open_to_the_public, steps.opened_by_deleting_settings), steps.closed_again),
        undecided=PUBLIC,
    ),
    StudentAccount(
        "public by an ACL that is ignored",
        "PPFPPP",
        instead(open_to_the_public, steps.ignored_acl),
        fails=f"public-access-opened {PUBLIC}",
    ),
    practised("never opened in the console", "PPPFPP", "decrypt"),
    StudentAccount(
        "opened by a grader only", "PPPFPP", instead(read, steps.never_opened), fails="decrypt", graded_before=True
    ),
    # The volume
    practised("volume in another zone", "PPPPFB", VOLUME, "instance-ran-again"),
    practised("volume at another device", "PPPPFF", f"{VOLUME} {DISABLING}"),
    practised("volume never attached", "PPPPFB", VOLUME, "instance-ran-again"),
    practised("volume not encrypted", "PPPPFB", VOLUME, "instance-ran-again"),
    practised("volume under EBS's own key", "PPPPFB", "volume-under-the-key", "instance-ran-again"),
    StudentAccount(
        "the volume beside the old root",
        "PPPPFB",
        in_turn(*TASKS[:4], steps.volume_beside_the_old, steps.only_opened_meanwhile),
        fails=VOLUME,
        blocked="instance-ran-again",
    ),
    StudentAccount(
        "only an encrypted snapshot",
        "PPPPFB",
        in_turn(*TASKS[:4], steps.snapshot_only, steps.only_opened_meanwhile),
        fails=VOLUME,
        blocked="instance-ran-again",
    ),
    StudentAccount(
        "the old root put back",
        "PPPPFB",
        in_turn(steps.by_the_handout, steps.put_the_old_back),
        fails=VOLUME,
        blocked="instance-ran-again",
    ),
    StudentAccount(
        "an unencrypted volume beside", "PPPPFP", instead(encrypt, steps.plain_data_volume), fails="nothing-unencrypted"
    ),
    StudentAccount(
        "the instance renamed",
        "PPPPFP",
        in_turn(steps.by_the_handout, lambda user: user.rename_instance("Lab")),
        fails="instance-name",
    ),
    StudentAccount(
        "an instance of one's own", "PPPPFP", instead(encrypt, names.instance_of_ones_own), fails="instance-name"
    ),
    StudentAccount(
        "the instance terminated",
        "PPPPFB",
        in_turn(steps.by_the_handout, lambda user: user.terminate_instance()),
        fails=VOLUME,
        blocked="instance-ran-again",
    ),
    StudentAccount(
        "two instances of the name",
        "PPPPEB",
        in_turn(*TASKS[:4], steps.two_of_the_name, steps.only_opened_meanwhile),
        blocked="instance-ran-again",
        errors=VOLUME,
    ),
    # Disabling
    practised("never enabled again", "PPBPPF", "key-enabled-again instance-ran-again", SIGNED),
    practised("never started again", "PPPPPF", "instance-ran-again"),
    practised("enabled at once", "PPPPPF", "effect-of-disabling"),
    StudentAccount(
        "left disabled at last",
        "PPBPPF",
        instead(disable_and_enable, steps.left_disabled_at_last),
        fails="key-enabled-again instance-ran-again",
        blocked=SIGNED,
    ),
    StudentAccount(
        "started while it ran",
        "PPPPPF",
        instead(disable_and_enable, steps.started_while_running),
        fails="effect-of-disabling",
    ),
    StudentAccount(
        "the key disabled before the root was encrypted",
        "PPPPPF",
        in_turn(*TASKS[:4], steps.disabled_before_the_root_was_encrypted),
        fails="effect-of-disabling",
    ),
    StudentAccount(
        "started again too early",
        "PPPPPF",
        instead(disable_and_enable, steps.started_too_early),
        fails="instance-ran-again",
    ),
    StudentAccount(
        "deleted and cancelled at last",
        "PPBPPF",
        in_turn(steps.by_the_handout, steps.deletion_cancelled),
        fails="key-enabled-again instance-ran-again",
        blocked=SIGNED,
    ),
    StudentAccount(
        "deletion instead of disabling",
        "PPPPPF",
        instead(disable_and_enable, steps.deletion_instead_of_disabling),
        fails=DISABLING,
    ),
    StudentAccount(
        "deleted instead of disabled",
        "PPPPPF",
        instead(disable_and_enable, steps.deleted_instead_of_disabled),
        fails=DISABLING,
    ),
    StudentAccount(
        "another key disabled",
        "PPPPPF",
        instead(disable_and_enable, steps.another_key_disabled),
        fails=DISABLING,
    ),
)
"""The accounts and their verdicts. `docs/grading.md` explains those that could be judged differently."""


if __name__ == "__main__":
    from tests.checks.judging_quality import main

    sys.exit(main())
