"""Delays of events and of keys' states, as set in the practice server.

Facts: TIME-02, TIME-03, TIME-11, TIME-13, TIME-20.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest

from tests.embedded.question import code
from tests.embedded.world import EmbeddedWorld

LATE = 30.0
"""Seconds; the clock is advanced."""


@pytest.fixture
def slow(worlds: Iterator[EmbeddedWorld]) -> Iterator[EmbeddedWorld]:
    """An account of an AWS that shows events, and lets S3 and EBS notice a key's state, only after a while."""
    world = next(worlds)
    swift = world.aws.settings
    world.aws.settings = dataclasses.replace(swift, event_delay=LATE, key_delay=LATE)
    yield world
    world.aws.settings = swift
    world.close()


def seen(world: EmbeddedWorld) -> set[str]:
    world.settle()
    return {event["EventName"] for event in world.client("cloudtrail").lookup_events()["Events"]}


def stored(world: EmbeddedWorld, **how: object) -> tuple[str, str]:
    bucket, key = world.bucket(), world.key()
    sse = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    world.s3.put_object(Bucket=bucket, Key="clock.png", Body=b"clock", **sse, **how)
    return bucket, key


def test_an_event_is_shown_after_the_event_delay(slow):
    """Neither before, nor much later; also of what S3 asked of KMS."""
    stored(slow)
    assert not seen(slow) & {"CreateKey", "GenerateDataKey"}
    slow.advance_clock(LATE)
    assert seen(slow) >= {"CreateKey", "GenerateDataKey"}


def test_s3_uses_a_disabled_key_until_the_key_delay_is_over(slow):
    """KMS itself refuses at once; S3 serves for a while, and again only a while after the key was enabled."""
    bucket, key = stored(slow)
    slow.advance_clock(LATE)

    def reads() -> str:
        return code(lambda: slow.s3.get_object(Bucket=bucket, Key="clock.png"))

    slow.disable(key)
    assert (code(lambda: slow.kms.encrypt(KeyId=key, Plaintext=b"p")), reads()) == ("DisabledException 400", "served")
    slow.advance_clock(LATE)
    assert reads() == "KMS.DisabledException 400"
    slow.enable(key)
    assert (code(lambda: slow.kms.encrypt(KeyId=key, Plaintext=b"p")), reads()) == (
        "served",
        "KMS.DisabledException 400",
    )
    slow.advance_clock(LATE)
    assert reads() == "served"


def test_ebs_uses_a_disabled_key_until_the_key_delay_is_over(slow):
    """An instance still starts within the delay, and is stopped when it is started after it."""
    key = slow.key()
    root = {"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True, "KmsKeyId": key}}
    instance = slow.instance(BlockDeviceMappings=[root])
    slow.advance_clock(LATE)
    slow.stopped(instance)
    slow.disable(key)
    slow.ec2.start_instances(InstanceIds=[instance])
    assert slow.until(lambda: slow.state(instance), lambda state: state != "pending") == "running"
    slow.stopped(instance)
    slow.advance_clock(LATE)
    slow.ec2.start_instances(InstanceIds=[instance])
    assert slow.until(lambda: slow.state(instance), lambda state: state != "pending") == "stopped"


def test_with_a_bucket_key_s3_serves_for_a_while_without_kms(worlds):
    """S3-39, S3-40: the bucket's own key serves until it ages, and no Decrypt is recorded for it."""
    world = next(worlds)
    bucket, key = stored(world, BucketKeyEnabled=True)

    def reads() -> str:
        return code(lambda: world.s3.get_object(Bucket=bucket, Key="clock.png"))

    assert reads() == "served"
    world.disable(key)
    assert reads() == "served"
    world.advance_clock(3600)
    assert reads() == "KMS.DisabledException 400"
    records = world.events("Decrypt", lambda record: record["resources"][0]["ARN"] == key)
    assert [record.get("errorCode") for record in records] == ["DisabledException", None]
    world.close()
