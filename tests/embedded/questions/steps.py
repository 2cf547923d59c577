"""Steps that several questions take."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

from tests.embedded.question import normalized
from tests.embedded.world import World


def put_object(world: World, bucket: str, key: str = "", name: str = "clock.png", **how: Any) -> Any:
    sse = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}
    return world.s3.put_object(Bucket=bucket, Key=name, Body=b"clock", **{**sse, **how})


def stored_object(world: World, **how: Any) -> tuple[str, str]:
    """A bucket with an object in it under a key of its own, and the key's ARN."""
    bucket, key = world.bucket(), world.key()
    put_object(world, bucket, key, **how)
    return bucket, key


def shown_encryption(answer: Any) -> str:
    shown = [answer.get("ServerSideEncryption"), normalized(answer.get("SSEKMSKeyId")), answer.get("BucketKeyEnabled")]
    return " ".join(str(each) for each in shown if each not in (None, "None"))


def public_object(world: World, sse: bool, policy: bool = False) -> str:
    bucket = world.bucket()
    world.opened(bucket)
    put_object(world, bucket, world.key() if sse else "", **({} if policy else {"ACL": "public-read"}))
    if policy:
        statement = {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": f"arn:aws:s3:::{bucket}/*",
        }
        world.s3.put_bucket_policy(
            Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        )
        world.settle()
    return bucket


def error_elements(url: str) -> dict[str, str]:
    try:
        with urllib.request.urlopen(url) as answer:
            return {"status": str(answer.status)}
    except urllib.error.HTTPError as refused:
        return {child.tag: child.text or "" for child in ElementTree.fromstring(refused.read())}


SIGNING = {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"}


def role_arn(world: World) -> str:
    kind, _, name = world.principal.split(":")[5].partition("/")
    account = world.account
    return f"arn:aws:iam::{account}:role/{name.split('/')[0]}" if kind == "assumed-role" else world.principal


def key_in_state(world: World, key: str, state: str) -> None:
    if state == "Disabled":
        world.disable(key)
    elif state == "PendingDeletion":
        world.kms.schedule_key_deletion(KeyId=key.rpartition("/")[2], PendingWindowInDays=7)


def shown_key(thing: dict[str, Any]) -> str:
    return normalized(f"{thing['Encrypted']} {thing.get('KmsKeyId', 'no key')}")


def lookup(world: World, **how: Any) -> Any:
    world.settle()
    return world.client("cloudtrail").lookup_events(**how)


def attribute(key: str, value: str) -> dict[str, Any]:
    return {"LookupAttributes": [{"AttributeKey": key, "AttributeValue": value}]}


def uploaded_object(world: World, **how: Any) -> tuple[str, str]:
    bucket, key = world.bucket(), world.key()
    sse = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    world.s3.put_object(Bucket=bucket, Key="clock.png", Body=b"clock", **sse, **how)
    return bucket, key


def names_key(key: str) -> Callable[[dict[str, Any]], bool]:
    return lambda record: any(each["ARN"] == key for each in record.get("resources") or [])


def trust(principal: object, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more}


def encrypted_root(world: World) -> tuple[str, str, str]:
    """A stopped instance whose root is under a key of its own: instance, volume, the key's ARN."""
    instance, key = world.instance(), world.key()
    old = world.root(instance)
    world.stopped(instance)
    snapshot = world.snapshot(old)["SnapshotId"]
    volume = world.volume(SnapshotId=snapshot, Encrypted=True, KmsKeyId=key)["VolumeId"]
    world.ec2.detach_volume(VolumeId=old, InstanceId=instance)
    world.keep(world.ec2.delete_volume, VolumeId=old)
    world.until(lambda: world.volume_described(old)["State"], lambda seen: seen == "available")
    world.ec2.attach_volume(VolumeId=volume, InstanceId=instance, Device=world.described(instance)["RootDeviceName"])
    world.until(lambda: world.volume_described(volume)["State"], lambda seen: seen == "in-use")
    return instance, volume, key
