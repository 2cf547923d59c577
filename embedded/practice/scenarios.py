"""What students leave behind at the end of the lab: the handout followed to its end, left half way, or gone wrong.

Facts: `aws-behaviour.md` §9.2 (tasks, end state, common mistakes). Each story is named and told in one sentence; `play`
lets a student live it in a running AWS, `drawn` says which story a student of a practice class lives.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from embedded.core.credentials import Student
from embedded.practice.console_user import AGO_MINUTES, AtWork

if TYPE_CHECKING:
    from embedded.aws import EmbeddedAWS

Steps = Callable[[AtWork], object]
RIGHT_SHARE = 0.4


@dataclasses.dataclass(frozen=True)
class Story:
    """`told` is what the student did, in one sentence; `right` says whether the lab's end state was reached."""

    name: str
    told: str
    steps: Steps
    right: bool = False

    def __str__(self) -> str:
        return self.name


def play(aws: EmbeddedAWS, student: Student, story: Story, *, ago: float = AGO_MINUTES) -> AtWork:
    """Let a student live a story that begins some minutes ago; the student, for what came of it."""
    aws.played.add(student.account)
    work = AtWork(aws, student, ago=ago)
    story.steps(work)
    return work


def drawn(student: Student, seed: int) -> Story:
    """The story of a student of a practice class, drawn from the class's seed: two in five right, the rest not."""
    luck = random.Random(f"{seed}/{student.account}/story")  # noqa: S311  # a repeatable class
    right = luck.random() < RIGHT_SHARE
    return luck.choice([story for story in STORIES.values() if story.right == right])


def make_key(work: AtWork) -> None:
    """Task 1."""
    work.create_key()
    work.wait(work.random.uniform(1, 3))


def store(work: AtWork) -> None:
    """Task 2."""
    work.upload()
    work.wait(work.random.uniform(1, 3))


def open_to_the_public(work: AtWork) -> None:
    """Task 3."""
    work.open_public_link()
    work.open_bucket()
    work.publish()
    work.open_public_link()
    work.wait(work.random.uniform(1, 2))


def read(work: AtWork) -> None:
    """Tasks 4 and 5."""
    work.open_in_console()
    work.wait(work.random.uniform(3, 6))
    work.look_at_history()


def encrypt(work: AtWork) -> None:
    """Task 6."""
    work.encrypt_root()
    work.wait(work.random.uniform(1, 3))


def disable_and_enable(work: AtWork) -> None:
    """Task 7."""
    work.disable_and_enable()


TASKS: tuple[Steps, ...] = (make_key, store, open_to_the_public, read, encrypt, disable_and_enable)


def in_turn(*steps: Steps) -> Steps:
    """Steps one after the other, as one."""

    def all_of_them(work: AtWork) -> None:
        for step in steps:
            step(work)

    return all_of_them


def instead(task: Steps, *steps: Steps) -> Steps:
    """The handout, with other steps in the place of one task."""
    return in_turn(*(in_turn(*steps) if each is task else each for each in TASKS))


def until(task: Steps) -> Steps:
    """The handout up to a task, which is not done any more."""
    return in_turn(*TASKS[: TASKS.index(task)])


def _second_thoughts(work: AtWork) -> None:
    work.upload(sse=None)
    work.wait(2)
    work.upload()


def _made_public_too_early(work: AtWork) -> None:
    work.open_public_link()
    work.tried(work.publish)
    work.block_public_access(on=False)
    work.tried(work.publish)
    open_to_the_public(work)


def _looked_too_early(work: AtWork) -> None:
    work.open_in_console()
    work.look_at_history()
    work.wait(8)
    work.look_at_history()


def _wrong_device_put_right(work: AtWork) -> None:
    work.encrypt_root(device="/dev/sdf")
    work.tried(work.start_instance)
    work.ask("ec2", "detach_volume", VolumeId=work.volume)
    work.wait(2)
    work.attach()


def _other_zone_put_right(work: AtWork) -> None:
    work.stop_instance()
    work.take_snapshot()
    work.create_volume(zone="b")
    work.detach_root()
    work.tried(work.attach)
    work.create_volume()
    work.attach()


def _other_zone(work: AtWork) -> None:
    work.stop_instance()
    work.take_snapshot()
    work.create_volume(zone="b")
    work.tried(work.attach)


def _volume_never_attached(work: AtWork) -> None:
    work.stop_instance()
    work.take_snapshot()
    work.create_volume()


def _alias_still_taken(work: AtWork) -> None:
    first = work.create_key()
    work.schedule_deletion(first)
    work.wait(2)
    work.create_key(None)
    work.tried(work.name_key, "alias/MyKMSKey")
    work.name_key("alias/MyKMSKey2")
    work.wait(1)


def _started_over(work: AtWork) -> None:
    first = work.create_key(users=False)
    work.drop_alias()
    work.schedule_deletion(first)
    work.wait(2)
    make_key(work)


def _never_enabled_again(work: AtWork) -> None:
    work.disable_key()
    work.start_instance()
    work.open_in_console()
    work.look_at_history()


def _never_started_again(work: AtWork) -> None:
    _never_enabled_again(work)
    work.enable_key()


def _enabled_at_once(work: AtWork) -> None:
    work.disable_key()
    work.enable_key()
    work.start_instance()


def _scheduled_for_deletion(work: AtWork) -> None:
    disable_and_enable(work)
    work.wait(2)
    work.schedule_deletion()


def _root_left_plain(work: AtWork) -> None:
    work.disable_key()
    work.tried(work.open_in_console)
    work.enable_key()


def _closed_again(work: AtWork) -> None:
    disable_and_enable(work)
    work.block_public_access()


_TOLD: tuple[Story, ...] = (
    Story("by the handout", "Followed the handout from its first line to its last.", in_turn(*TASKS), right=True),
    Story(
        "with a bucket key",
        "Followed the handout and left the upload form's Bucket Key on.",
        instead(store, lambda work: work.upload(bucket_key=True)),
        right=True,
    ),
    Story(
        "through an encrypted snapshot",
        "Encrypted a copy of the snapshot and made the volume from that.",
        instead(encrypt, lambda work: work.encrypt_root(how="snapshot-copy")),
        right=True,
    ),
    Story(
        "the volume tried first",
        "Started the instance from its encrypted root and stopped it again, before disabling the key.",
        instead(encrypt, lambda work: work.encrypt_root(start=True), lambda work: work.stop_instance()),
        right=True,
    ),
    Story(
        "uploaded twice",
        "Uploaded the picture under the bucket's default first, then again under the key.",
        instead(store, _second_thoughts),
        right=True,
    ),
    Story(
        "made public too early",
        "Tried to make the object public before ACLs were enabled, was refused, and did it in order.",
        instead(open_to_the_public, _made_public_too_early),
        right=True,
    ),
    Story(
        "looked at the history too early",
        "Looked for the key's use at once, found nothing, and looked again later.",
        instead(read, _looked_too_early),
        right=True,
    ),
    Story(
        "wrong device, put right",
        "Attached the new volume at /dev/sdf, could not start, and attached it at /dev/xvda.",
        instead(encrypt, _wrong_device_put_right),
        right=True,
    ),
    Story(
        "other zone, put right",
        "Made the volume in another zone first, then again in the instance's.",
        instead(encrypt, _other_zone_put_right),
        right=True,
    ),
    Story(
        "started over",
        "Forgot the key users, scheduled that key for deletion, and began with a new one.",
        instead(make_key, _started_over),
        right=True,
    ),
    Story("nothing done", "Started the lab and did nothing.", in_turn()),
    Story("only the key", "Made the key and stopped there.", until(store)),
    Story("up to the upload", "Stored the object and stopped there.", until(open_to_the_public)),
    Story("up to the public link", "Stopped once the public link said InvalidArgument.", until(read)),
    Story("up to the history", "Never came to the root volume.", until(encrypt)),
    Story("up to the volume", "Attached the encrypted root and stopped there.", until(disable_and_enable)),
    Story(
        "never enabled again",
        "Disabled the key, saw the start fail, and never enabled it again.",
        instead(disable_and_enable, _never_enabled_again),
    ),
    Story(
        "never started again",
        "Enabled the key again, and left the instance stopped.",
        instead(disable_and_enable, _never_started_again),
    ),
    Story(
        "enabled at once",
        "Disabled and enabled the key without trying anything in between.",
        instead(disable_and_enable, _enabled_at_once),
    ),
    Story(
        "deleted at the end",
        "Did everything, then scheduled the key for deletion to tidy up.",
        instead(disable_and_enable, _scheduled_for_deletion),
    ),
    Story(
        "closed again at the end",
        "Did everything, then blocked public access again.",
        instead(disable_and_enable, _closed_again),
    ),
    Story(
        "under S3's own key",
        "Chose SSE-KMS and left the key to S3, which is aws/s3.",
        instead(store, lambda work: work.upload(key=None)),
    ),
    Story(
        "under the bucket's default",
        "Uploaded the object without choosing an encryption.",
        instead(store, lambda work: work.upload(sse=None)),
    ),
    Story(
        "never made public",
        "Opened the bucket, and never made the object public.",
        instead(open_to_the_public, lambda work: work.open_bucket(), lambda work: work.open_public_link()),
    ),
    Story(
        "public access still blocked",
        "Enabled ACLs, left Block Public Access on, and was refused the public ACL.",
        instead(
            open_to_the_public,
            lambda work: work.open_bucket(block_public_access=True),
            lambda work: work.tried(work.publish),
        ),
    ),
    Story(
        "ACLs never enabled",
        "Unchecked Block all public access, and left ACLs disabled.",
        instead(
            open_to_the_public,
            lambda work: work.open_bucket(ownership=None),
            lambda work: work.tried(work.publish),
        ),
    ),
    Story(
        "never opened in the console",
        "Never opened the object as its owner.",
        instead(read, lambda work: work.look_at_history()),
    ),
    Story(
        "volume in another zone",
        "Made the encrypted volume in another zone, where it cannot be attached.",
        in_turn(make_key, store, open_to_the_public, read, _other_zone, _root_left_plain),
    ),
    Story(
        "volume at another device",
        "Attached the new volume at /dev/sdf, and the instance has no root.",
        in_turn(
            make_key,
            store,
            open_to_the_public,
            read,
            lambda work: work.encrypt_root(device="/dev/sdf"),
            lambda work: work.tried(work.start_instance),
        ),
    ),
    Story(
        "volume never attached",
        "Made the encrypted volume, and never swapped it with the old root.",
        in_turn(make_key, store, open_to_the_public, read, _volume_never_attached, _root_left_plain),
    ),
    Story(
        "volume not encrypted",
        "Made the new root from the snapshot without ticking Encrypt this volume.",
        instead(encrypt, lambda work: work.encrypt_root(encrypted=False)),
    ),
    Story(
        "volume under EBS's own key",
        "Encrypted the new root, and left the key to EBS, which is aws/ebs.",
        instead(encrypt, lambda work: work.encrypt_root(key=None)),
    ),
    Story(
        "the alias in small letters",
        "Called the key mykmskey.",
        instead(make_key, lambda work: work.create_key("alias/mykmskey")),
    ),
    Story(
        "no key administrator",
        "Chose no key administrator.",
        instead(make_key, lambda work: work.create_key(administrators=False)),
    ),
    Story("no key user", "Chose no key user.", instead(make_key, lambda work: work.create_key(users=False))),
    Story(
        "the alias still taken",
        "Deleted a first key, could not use its name again, and called the second MyKMSKey2.",
        instead(make_key, _alias_still_taken),
    ),
)

STORIES: Mapping[str, Story] = {story.name: story for story in _TOLD}
