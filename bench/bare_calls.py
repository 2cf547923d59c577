"""The same calls as the main job's, bare: boto3 against plain moto over HTTP, without pytest, checks or reports.

    python -m bench.bare_calls COUNTS.json

COUNTS.json says how often each operation is called. LookupEvents, which plain moto lacks, is called as DescribeTrails.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

FORM = {"Bucket": "bare-bucket", "Key": "clock.png"}


def main(counts: dict[str, int]) -> None:
    os.environ.update(AWS_ACCESS_KEY_ID="bare", AWS_SECRET_ACCESS_KEY="bare", AWS_DEFAULT_REGION="us-east-1")  # noqa: S106  # plain moto accepts any
    import logging

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    endpoint = "http://{}:{}".format(*server.get_host_and_port())
    session = boto3.Session()

    def client(name: str) -> Any:
        return session.client(name, endpoint_url=endpoint)  # type: ignore[call-overload]  # any service

    kms, s3, ec2, sts, ssm, trail = map(client, ("kms", "s3", "ec2", "sts", "ssm", "cloudtrail"))
    call(counts, endpoint, kms, s3, ec2, sts, ssm, trail)
    server.stop()


def call(counts: dict[str, int], endpoint: str, kms: Any, s3: Any, ec2: Any, sts: Any, ssm: Any, trail: Any) -> None:
    """Make each call as often as it is counted, those that create resources first."""
    left = dict(counts)

    def take(operation: str, act: Callable[[], Any]) -> Any:
        response = None
        for _ in range(left.pop(operation, 0)):
            with suppress(Exception):
                response = act()
        return response

    take("GetCallerIdentity", sts.get_caller_identity)
    key = take("CreateKey", kms.create_key)["KeyMetadata"]["KeyId"]
    take("CreateAlias", lambda: kms.create_alias(AliasName="alias/bare", TargetKeyId=key))
    take("DescribeKey", lambda: kms.describe_key(KeyId=key))
    take("GetKeyPolicy", lambda: kms.get_key_policy(KeyId=key, PolicyName="default"))
    take("PutKeyPolicy", lambda: kms.put_key_policy(KeyId=key, PolicyName="default", Policy="{}"))
    take("ListAliases", kms.list_aliases)
    blob = take("Encrypt", lambda: kms.encrypt(KeyId=key, Plaintext=b"bare"))["CiphertextBlob"]
    take("Decrypt", lambda: kms.decrypt(CiphertextBlob=blob))
    take("GenerateDataKey", lambda: kms.generate_data_key(KeyId=key, KeySpec="AES_256"))
    take("DisableKey", lambda: kms.disable_key(KeyId=key))
    take("EnableKey", lambda: kms.enable_key(KeyId=key))
    take("CreateBucket", lambda: s3.create_bucket(Bucket="bare-bucket"))
    put = {**FORM, "Body": b"bare", "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    take("PutObject", lambda: s3.put_object(**put))
    take("HeadObject", lambda: s3.head_object(**FORM))
    take("GetObject", lambda: s3.get_object(**FORM)["Body"].read())  # noqa: PLW0108  # a new request each time
    take("PutObjectAcl", lambda: s3.put_object_acl(**FORM, ACL="public-read"))
    take("GET", lambda: urllib.request.urlopen(f"{endpoint}/bare-bucket/clock.png").read())  # noqa: S310  # loopback
    take("LookupEvents", trail.describe_trails)
    image = "ami-00000000"
    name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
    found = take("GetParameter", lambda: ssm.get_parameter(Name=name))
    image = found["Parameter"]["Value"] if found else image
    take("DescribeSubnets", ec2.describe_subnets)
    run = take("RunInstances", lambda: ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1))
    instance = run["Instances"][0]["InstanceId"]
    take("DescribeInstances", lambda: ec2.describe_instances(InstanceIds=[instance]))
    volume = take("CreateVolume", lambda: ec2.create_volume(Size=8, AvailabilityZone="us-east-1a"))["VolumeId"]
    take("DescribeVolumes", lambda: ec2.describe_volumes(VolumeIds=[volume]))
    take("CreateSnapshot", lambda: ec2.create_snapshot(VolumeId=volume))
    take("DescribeSnapshots", lambda: ec2.describe_snapshots(OwnerIds=["self"], MaxResults=5))
    for operation, act in (
        ("StopInstances", lambda: ec2.stop_instances(InstanceIds=[instance])),
        ("StartInstances", lambda: ec2.start_instances(InstanceIds=[instance])),
        ("AttachVolume", lambda: ec2.attach_volume(VolumeId=volume, InstanceId=instance, Device="/dev/sdf")),
        ("DetachVolume", lambda: ec2.detach_volume(VolumeId=volume, InstanceId=instance)),
        ("DeleteVolume", lambda: ec2.delete_volume(VolumeId=volume)),
        ("TerminateInstances", lambda: ec2.terminate_instances(InstanceIds=[instance])),
        ("ScheduleKeyDeletion", lambda: kms.schedule_key_deletion(KeyId=key)),
    ):
        take(operation, act)
    for _ in range(sum(left.values())):
        kms.describe_key(KeyId=key)


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
