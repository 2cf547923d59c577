"""Scenarios: what students have done at the end of the lab, completely, partly or wrongly.

Facts: LAB-11 to LAB-19.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Mapping

from embedded.core.credentials import Student
from embedded.practice.console_user import ConsoleUser, RootEncryption
from embedded.practice.tasks import (
    TASKS,
    Steps,
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

COMPLETE_SHARE = 0.4


@dataclasses.dataclass(frozen=True)
class Scenario:
    """What a student did: `summary` is one sentence, `complete` says whether the lab's end state was reached."""

    name: str
    summary: str
    steps: Steps
    complete: bool = False

    def __str__(self) -> str:
        return self.name


def _second_thoughts(user: ConsoleUser) -> None:
    user.upload(sse=None)
    user.wait(2)
    user.upload()


def _made_public_too_early(user: ConsoleUser) -> None:
    user.open_object_url()
    user.attempt(user.make_public)
    user.block_public_access(on=False)
    user.attempt(user.make_public)
    open_to_the_public(user)


def _looked_too_early(user: ConsoleUser) -> None:
    user.open_in_console()
    user.look_up_events()
    user.wait(8)
    user.look_up_events()


def _wrong_device_put_right(user: ConsoleUser) -> None:
    user.encrypt_root(device="/dev/sdf")
    user.attempt(user.start_instance)
    user.call("ec2", "detach_volume", VolumeId=user.volume)
    user.wait(2)
    user.attach()


def _other_zone_put_right(user: ConsoleUser) -> None:
    user.stop_instance()
    user.create_snapshot()
    user.create_volume(zone="b")
    user.detach_root()
    user.attempt(user.attach)
    user.create_volume()
    user.attach()


def _other_zone(user: ConsoleUser) -> None:
    user.stop_instance()
    user.create_snapshot()
    user.create_volume(zone="b")
    user.attempt(user.attach)


def _volume_never_attached(user: ConsoleUser) -> None:
    user.stop_instance()
    user.create_snapshot()
    user.create_volume()


def _alias_still_taken(user: ConsoleUser) -> None:
    first = user.create_key()
    user.schedule_deletion(first)
    user.wait(2)
    user.create_key(None)
    user.attempt(user.create_alias, "alias/MyKMSKey")
    user.create_alias("alias/MyKMSKey2")
    user.wait(1)


def _started_over(user: ConsoleUser) -> None:
    first = user.create_key(users=False)
    user.delete_alias()
    user.schedule_deletion(first)
    user.wait(2)
    make_key(user)


def _never_enabled_again(user: ConsoleUser) -> None:
    user.disable_key()
    user.start_instance()
    user.open_in_console()
    user.look_up_events()


def _never_started_again(user: ConsoleUser) -> None:
    _never_enabled_again(user)
    user.enable_key()


def _enabled_at_once(user: ConsoleUser) -> None:
    user.disable_key()
    user.enable_key()
    user.start_instance()


def _scheduled_for_deletion(user: ConsoleUser) -> None:
    disable_and_enable(user)
    user.wait(2)
    user.schedule_deletion()


def _root_left_plain(user: ConsoleUser) -> None:
    user.disable_key()
    user.attempt(user.open_in_console)
    user.enable_key()


def _closed_again(user: ConsoleUser) -> None:
    disable_and_enable(user)
    user.block_public_access()


_SCENARIOS: tuple[Scenario, ...] = (
    Scenario("by the handout", "Followed the handout from beginning to end.", in_turn(*TASKS), complete=True),
    Scenario(
        "with a bucket key",
        "Followed the handout and left Bucket Key enabled in the upload form.",
        instead(store, lambda user: user.upload(bucket_key=True)),
        complete=True,
    ),
    Scenario(
        "through an encrypted snapshot",
        "Encrypted a copy of the snapshot and created the volume from the copy.",
        instead(encrypt, lambda user: user.encrypt_root(how=RootEncryption.SNAPSHOT_COPY)),
        complete=True,
    ),
    Scenario(
        "the volume tried first",
        "Started the instance from its encrypted root and stopped it again before disabling the key.",
        instead(encrypt, lambda user: user.encrypt_root(start=True), lambda user: user.stop_instance()),
        complete=True,
    ),
    Scenario(
        "uploaded twice",
        "Uploaded the object with the bucket's default encryption first, then again with the key.",
        instead(store, _second_thoughts),
        complete=True,
    ),
    Scenario(
        "made public too early",
        "Tried to make the object public before enabling ACLs, was refused, and then did it in order.",
        instead(open_to_the_public, _made_public_too_early),
        complete=True,
    ),
    Scenario(
        "looked at the history too early",
        "Looked up the events at once, found none, and looked again later.",
        instead(read, _looked_too_early),
        complete=True,
    ),
    Scenario(
        "wrong device, put right",
        "Attached the new volume at /dev/sdf, could not start the instance, and attached it at /dev/xvda.",
        instead(encrypt, _wrong_device_put_right),
        complete=True,
    ),
    Scenario(
        "other zone, put right",
        "Created the volume in another Availability Zone first, then again in the instance's.",
        instead(encrypt, _other_zone_put_right),
        complete=True,
    ),
    Scenario(
        "started over",
        "Forgot the key users, scheduled that key for deletion, and began again with a new one.",
        instead(make_key, _started_over),
        complete=True,
    ),
    Scenario("nothing done", "Started the lab and did nothing.", in_turn()),
    Scenario("only the key", "Created the key and stopped there.", until(store)),
    Scenario("up to the upload", "Uploaded the object and stopped there.", until(open_to_the_public)),
    Scenario("up to the public link", "Stopped when the object URL returned InvalidArgument.", until(read)),
    Scenario("up to the history", "Stopped before the root volume.", until(encrypt)),
    Scenario("up to the volume", "Attached the encrypted root volume and stopped there.", until(disable_and_enable)),
    Scenario(
        "never enabled again",
        "Disabled the key, saw the instance fail to start, and did not enable the key again.",
        instead(disable_and_enable, _never_enabled_again),
    ),
    Scenario(
        "never started again",
        "Enabled the key again and left the instance stopped.",
        instead(disable_and_enable, _never_started_again),
    ),
    Scenario(
        "enabled at once",
        "Disabled and enabled the key without using it in between.",
        instead(disable_and_enable, _enabled_at_once),
    ),
    Scenario(
        "deleted at the end",
        "Did everything, then scheduled the key for deletion to clean up.",
        instead(disable_and_enable, _scheduled_for_deletion),
    ),
    Scenario(
        "closed again at the end",
        "Did everything, then blocked public access again.",
        instead(disable_and_enable, _closed_again),
    ),
    Scenario(
        "under S3's own key",
        "Chose SSE-KMS with the default key, which is aws/s3.",
        instead(store, lambda user: user.upload(key=None)),
    ),
    Scenario(
        "under the bucket's default",
        "Uploaded the object without choosing an encryption type.",
        instead(store, lambda user: user.upload(sse=None)),
    ),
    Scenario(
        "never made public",
        "Opened the bucket and did not make the object public.",
        instead(open_to_the_public, lambda user: user.open_bucket(), lambda user: user.open_object_url()),
    ),
    Scenario(
        "public access still blocked",
        "Enabled ACLs, left Block Public Access on, and was refused the public ACL.",
        instead(
            open_to_the_public,
            lambda user: user.open_bucket(block_public_access=True),
            lambda user: user.attempt(user.make_public),
        ),
    ),
    Scenario(
        "ACLs never enabled",
        "Cleared Block all public access and left ACLs disabled.",
        instead(
            open_to_the_public,
            lambda user: user.open_bucket(ownership=None),
            lambda user: user.attempt(user.make_public),
        ),
    ),
    Scenario(
        "never opened in the console",
        "Did not open the object in the console.",
        instead(read, lambda user: user.look_up_events()),
    ),
    Scenario(
        "volume in another zone",
        "Created the encrypted volume in another Availability Zone, where it cannot be attached.",
        in_turn(make_key, store, open_to_the_public, read, _other_zone, _root_left_plain),
    ),
    Scenario(
        "volume at another device",
        "Attached the new volume at /dev/sdf, so that the instance has no root.",
        in_turn(
            make_key,
            store,
            open_to_the_public,
            read,
            lambda user: user.encrypt_root(device="/dev/sdf"),
            lambda user: user.attempt(user.start_instance),
        ),
    ),
    Scenario(
        "volume never attached",
        "Created the encrypted volume and did not replace the old root with it.",
        in_turn(make_key, store, open_to_the_public, read, _volume_never_attached, _root_left_plain),
    ),
    Scenario(
        "volume not encrypted",
        "Created the new root from the snapshot without Encrypt this volume.",
        instead(encrypt, lambda user: user.encrypt_root(encrypted=False)),
    ),
    Scenario(
        "volume under EBS's own key",
        "Encrypted the new root with the default key, which is aws/ebs.",
        instead(encrypt, lambda user: user.encrypt_root(key=None)),
    ),
    Scenario(
        "the alias in small letters",
        "Gave the key the alias mykmskey.",
        instead(make_key, lambda user: user.create_key("alias/mykmskey")),
    ),
    Scenario(
        "no key administrator",
        "Chose no key administrator.",
        instead(make_key, lambda user: user.create_key(administrators=False)),
    ),
    Scenario("no key user", "Chose no key user.", instead(make_key, lambda user: user.create_key(users=False))),
    Scenario(
        "the alias still taken",
        "Scheduled a first key for deletion, could not use its alias, and gave the second key the alias MyKMSKey2.",
        instead(make_key, _alias_still_taken),
    ),
)

SCENARIOS: Mapping[str, Scenario] = {scenario.name: scenario for scenario in _SCENARIOS}
"""By name."""


def choose_scenario(student: Student, seed: int) -> Scenario:
    """Return the scenario of a student of a practice class: two in five are complete, the others are not."""
    draw = random.Random(f"{seed}/{student.account}/story")  # noqa: S311  # a repeatable class
    complete = draw.random() < COMPLETE_SHARE
    return draw.choice([scenario for scenario in SCENARIOS.values() if scenario.complete == complete])
