"""Accounts with mistakes in the object, its bucket, or the access to it."""

from __future__ import annotations

from embedded.practice.tasks import (
    TASKS,
    disable_and_enable,
    in_turn,
    instead,
    make_key,
    open_to_the_public,
    read,
    store,
)
from tests.checks import instance_steps as instances
from tests.checks import name_steps as names
from tests.checks import object_steps as objects
from tests.checks import student_steps as steps
from tests.checks.check_groups import (
    ACCESS,
    DISABLING,
    EFFECTS,
    NOT_THE_KEY,
    OBJECT,
    OPENED,
    PUBLIC,
    SIGNED,
    VOLUME,
    practised,
)
from tests.support.students import StudentAccount

OBJECTS: tuple[StudentAccount, ...] = (
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
    StudentAccount(
        "a plain object in the lab's bucket, an encrypted one in another",
        "PFBPPF",
        in_turn(objects.encrypted_in_a_bucket_of_ones_own, instances.cancelled_deletion),
        fails=f"bucket-name {DISABLING}",
        blocked=SIGNED,
    ),
    StudentAccount(
        "two of nearly the name, and the volume attached to another instance",
        "PEEEFF",
        in_turn(make_key, objects.two_of_nearly_the_name, instances.attached_to_another),
        fails=f"{VOLUME} {DISABLING}",
        errors=f"{OBJECT} {ACCESS} generate-data-key decrypt",
    ),
    StudentAccount(
        "object and root volume with other keys",
        "PFPBFB",
        in_turn(objects.with_another_key, disable_and_enable),
        fails="object-under-the-key volume-under-the-key",
        blocked=f"generate-data-key decrypt {EFFECTS}",
    ),
    StudentAccount(
        "in a bucket of another Region",
        "PFPBPF",
        in_turn(objects.in_a_bucket_elsewhere, instances.only_disabled),
        fails="object-under-the-key effect-of-disabling key-enabled-again instance-ran-again",
        blocked="generate-data-key decrypt",
    ),
    StudentAccount(
        "with a key of one's own",
        "PFBBPP",
        instead(store, objects.with_a_key_of_ones_own),
        fails=OBJECT,
        blocked=f"{ACCESS} generate-data-key decrypt",
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
        "ACLs denied by the organization",
        "PPBPPP",
        in_turn(
            objects.denied_by_a_control_policy("s3:PutBucketOwnershipControls"),
            make_key,
            store,
            objects.tried_to_enable_acls,
            *TASKS[3:],
        ),
        undecided=f"acls-enabled {PUBLIC}",
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
        "opened days before the key, closed at last",
        "PPBPPP",
        objects.opened_days_before_the_key,
        undecided=PUBLIC,
        ago=3 * 24 * 60,
    ),
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
    StudentAccount(
        "reads denied by the bucket policy",
        "PEEEPP",
        in_turn(steps.by_the_handout, objects.bucket_policy("s3:GetObject")),
        denied=f"{OBJECT} {ACCESS} generate-data-key decrypt",
    ),
)
