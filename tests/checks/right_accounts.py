"""Accounts in which the whole lab is done, each in another way."""

from __future__ import annotations

from embedded.practice.tasks import (
    TASKS,
    disable_and_enable,
    encrypt,
    in_turn,
    instead,
    make_key,
    read,
    store,
)
from tests.checks import instance_steps as instances
from tests.checks import object_steps as objects
from tests.checks import policy_steps as policies
from tests.checks import student_steps as steps
from tests.checks.check_groups import (
    DISABLING,
    HISTORY,
    practised,
)
from tests.support.students import StudentAccount

RIGHT: tuple[StudentAccount, ...] = (
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
    StudentAccount(
        "a policy in other words, and the encryption edited in place",
        "PPPPPP",
        in_turn(policies.in_other_words, objects.encryption_edited, *TASKS[2:]),
    ),
    StudentAccount(
        "a replicated key, and an instance that was launched encrypted",
        "PPPPPP",
        in_turn(
            policies.replicated,
            store,
            objects.opened_for_acls_only,
            read,
            instances.launched_encrypted,
            instances.refused_by_the_command_line,
        ),
    ),
    StudentAccount(
        "uploaded in parts, and enabled by another",
        "PPPPPP",
        in_turn(make_key, objects.in_several_parts, *TASKS[2:5], instances.enabled_by_another),
    ),
    StudentAccount(
        "uploaded under a bucket policy, and another root at last",
        "PPPPPP",
        in_turn(
            make_key,
            objects.bucket_policy("s3:PutObject", StringNotEquals={"s3:x-amz-server-side-encryption": "aws:kms"}),
            *TASKS[1:],
            instances.swapped_again,
        ),
    ),
)
