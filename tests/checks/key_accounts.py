"""Accounts with mistakes in the key: its alias, kind, state or policy."""

from __future__ import annotations

from embedded.practice.tasks import (
    TASKS,
    disable_and_enable,
    in_turn,
    instead,
    make_key,
    open_to_the_public,
)
from tests.checks import instance_steps as instances
from tests.checks import name_steps as names
from tests.checks import object_steps as objects
from tests.checks import policy_steps as policies
from tests.checks import student_steps as steps
from tests.checks.check_groups import (
    ACCESS,
    DISABLING,
    EFFECTS,
    HISTORY,
    KEY,
    OBJECT,
    OPENED,
    PUBLIC,
    SIGNED,
    VOLUME,
    VOLUME_AT_START,
    practised,
)
from tests.support.students import StudentAccount

KEYS: tuple[StudentAccount, ...] = (
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
    StudentAccount(
        "a deleted role", "FPPPPP", instead(make_key, policies.for_a_deleted_role), fails="administrators users"
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
    StudentAccount(
        "an HMAC key",
        "FBPBBB",
        in_turn(steps.hmac, *TASKS[2:4], steps.encrypted_by_default, disable_and_enable),
        fails="symmetric encrypt-decrypt",
        blocked=f"object-under-the-key generate-data-key decrypt volume-under-the-key {EFFECTS}",
    ),
    StudentAccount(
        "the alias moved to a new key",
        "FPPPPP",
        names.alias_moved,
        fails="alias",
    ),
    StudentAccount(
        "another key at last", "FPBPPP", names.another_key_at_last, fails="alias usable-state", blocked=SIGNED
    ),
    StudentAccount(
        "another key at last, for the object only",
        "PPPPFF",
        names.another_key_for_the_object,
        fails=f"volume-under-the-key {DISABLING}",
    ),
    StudentAccount(
        "the key deleted at once",
        "FFFBFB",
        in_turn(make_key, lambda user: user.schedule_deletion()),
        fails=f"usable-state {OBJECT} {OPENED} {VOLUME}",
        blocked=f"{ACCESS} generate-data-key decrypt {DISABLING}",
    ),
    StudentAccount(
        "everything removed",
        "FFBBFB",
        instances.everything_removed,
        fails=f"{KEY} {OBJECT} {VOLUME}",
        blocked=f"{ACCESS} {HISTORY} {DISABLING}",
    ),
    StudentAccount(
        "a grant for too little, and a plain object beside",
        "FFPPFF",
        in_turn(
            policies.granted_too_little,
            objects.plain_beside_encrypted,
            instances.old_volume_kept,
            instances.started_at_once,
        ),
        fails="users object-name nothing-unencrypted effect-of-disabling",
    ),
    StudentAccount(
        "a user for the role, and an archived object",
        "FPFFFP",
        in_turn(
            policies.for_a_user,
            lambda user: user.upload(StorageClass="GLACIER"),
            *TASKS[2:],
            instances.tagged_in_small_letters,
        ),
        fails=f"administrators users {SIGNED} decrypt instance-name",
    ),
    StudentAccount(
        "through S3 only, and presigned URLs denied",
        "FPFPPP",
        in_turn(
            policies.on_condition(1, 2, StringEquals={"kms:ViaService": "s3.us-east-1.amazonaws.com"}),
            *TASKS[1:],
            objects.bucket_policy("s3:GetObject", StringEquals={"s3:authType": "REST-QUERY-STRING"}),
        ),
        fails="administrators users presigned-link-now",
    ),
    StudentAccount(
        "for AWS resources only, and anonymous requests denied",
        "FPFPPP",
        in_turn(
            policies.on_condition(2, Bool={"kms:GrantIsForAWSResource": "true"}),
            *TASKS[1:],
            objects.bucket_policy("s3:GetObject", ArnNotEquals={"aws:PrincipalArn": "{role}"}),
        ),
        fails="users public-link-now",
    ),
    StudentAccount(
        "open to an organization, uploaded again, and the root deleted",
        "FPFPFB",
        in_turn(
            policies.with_statement(Principal="*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}),
            *TASKS[1:],
            lambda user: user.upload(),
            instances.root_deleted,
        ),
        fails=f"open-to-nobody-else {PUBLIC} {VOLUME}",
        blocked="instance-ran-again",
    ),
    StudentAccount(
        "disabling denied at last, and another bucket opened",
        "FPFPPP",
        in_turn(instead(open_to_the_public, objects.another_bucket_opened), policies.no_disabling_at_last),
        fails=f"administrators {OPENED} {PUBLIC}",
    ),
)
