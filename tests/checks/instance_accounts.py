"""Accounts with mistakes in the instance, its volumes, or in disabling the key."""

from __future__ import annotations

from embedded.practice.tasks import (
    TASKS,
    disable_and_enable,
    encrypt,
    in_turn,
    instead,
)
from tests.checks import name_steps as names
from tests.checks import student_steps as steps
from tests.checks.check_groups import (
    DISABLING,
    SIGNED,
    VOLUME,
    practised,
)
from tests.support.students import StudentAccount

INSTANCES: tuple[StudentAccount, ...] = (
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
