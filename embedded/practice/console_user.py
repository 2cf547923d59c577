"""A student who does the lab in the console.

Facts: LAB-11 to LAB-17, KMS-50 to KMS-54, S3-85. Every step makes ordinary requests with the student's own session of
the lab role, so that policies, grants and events are those of real work.
"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any, Literal

from embedded.core.inprocess_client import UNREACHABLE
from embedded.core.partition import partition
from embedded.practice.console_session import ConsoleSession
from embedded.practice.lab_account import INSTANCE_NAME

STUDENTS_KEY = "the student's own key"
OBJECT = "clock.png"
ROOT_DEVICE = "/dev/xvda"
PICTURE = b"\x89PNG\r\n\x1a\n" + b"a clock" * 40
ADMINISTRATION = ("Create", "Describe", "Enable", "List", "Put", "Update", "Revoke", "Disable", "Get", "Delete")
ADMINISTRATION_BY_NAME = (
    "TagResource",
    "UntagResource",
    "ScheduleKeyDeletion",
    "CancelKeyDeletion",
    "RotateKeyOnDemand",
)
USES = {
    "ENCRYPT_DECRYPT": ("Encrypt", "Decrypt", "ReEncrypt*", "GenerateDataKey*", "DescribeKey"),
    "SIGN_VERIFY": ("DescribeKey", "GetPublicKey", "Sign", "Verify"),
    "GENERATE_VERIFY_MAC": ("DescribeKey", "GenerateMac", "VerifyMac"),
}
GRANTS = ("CreateGrant", "ListGrants", "RevokeGrant")


class RootEncryption(StrEnum):
    """The ways to an encrypted root: the handout's, through an encrypted snapshot, or by EC2's replacement."""

    VOLUME = "volume"
    SNAPSHOT_COPY = "snapshot-copy"
    REPLACE_ROOT = "replace-root"


class ConsoleUser(ConsoleSession):
    """A student who does the tasks of the lab.

    The results of a step are kept for the next: `key`, `instance`, `volume`, `snapshot`. Steps that AWS refuses raise
    botocore's `ClientError`; `attempt` returns its code, for a student who saw the error and went on.
    """

    key = snapshot = volume = old_volume = ""
    _instance = ""

    # Task 1: the key

    def create_key(
        self,
        alias: str | None = "alias/MyKMSKey",
        *,
        spec: str = "SYMMETRIC_DEFAULT",
        usage: str = "ENCRYPT_DECRYPT",
        policy: dict[str, Any] | Literal["console", "default"] = "console",
        administrators: bool = True,
        users: bool = True,
        description: str = "",
        **more: Any,
    ) -> str:
        """Create a key and return its ARN, which is `key` from now on.

        `administrators` and `users` say whether the role `voclabs` is chosen. `policy="default"` is the policy of a key
        that the API creates without one. `alias=None` creates no alias.
        """
        if policy == "console":
            policy = self.console_policy(usage, administrators=administrators, users=users)
        if policy != "default":
            more["Policy"] = json.dumps(policy)
        made = self.call("kms", "create_key", KeySpec=spec, KeyUsage=usage, Description=description, **more)
        self.key = str(made["KeyMetadata"]["Arn"])
        if alias is not None:
            self.create_alias(alias)
        return self.key

    def console_policy(
        self, usage: str = "ENCRYPT_DECRYPT", *, administrators: bool = True, users: bool = True
    ) -> dict[str, Any]:
        """Return the key policy that the console writes for the role as administrator and user (KMS-50)."""
        statements = [_allow("Enable IAM User Permissions", f"arn:{partition()}:iam::{self.account}:root", ["*"])]
        if administrators:
            actions = [f"{verb}*" for verb in ADMINISTRATION] + list(ADMINISTRATION_BY_NAME)
            statements.append(_allow("Allow access for Key Administrators", self.role, actions))
        if users:
            statements.append(_allow("Allow use of the key", self.role, USES[usage]))
            if usage == "ENCRYPT_DECRYPT":
                grants = _allow("Allow attachment of persistent resources", self.role, GRANTS)
                statements.append({**grants, "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}}})
        return {"Version": "2012-10-17", "Id": "key-consolepolicy-3", "Statement": statements}

    def create_alias(self, alias: str, key: str = STUDENTS_KEY) -> None:
        self.call("kms", "create_alias", AliasName=alias, TargetKeyId=self._key_id(key))

    def delete_alias(self, alias: str = "alias/MyKMSKey") -> None:
        self.call("kms", "delete_alias", AliasName=alias)

    def schedule_deletion(self, key: str = STUDENTS_KEY, days: int = 7) -> None:
        self.call("kms", "schedule_key_deletion", KeyId=self._key_id(key), PendingWindowInDays=days)

    # Task 2: the object

    def upload(
        self,
        name: str = OBJECT,
        *,
        key: str | None = STUDENTS_KEY,
        sse: str | None = "aws:kms",
        bucket_key: bool | None = None,
        body: bytes = PICTURE,
        bucket: str = "",
        **more: Any,
    ) -> None:
        """Upload an object. `key=None` names no key, so that S3 takes `aws/s3`; `sse=None` names no encryption."""
        if sse:
            more["ServerSideEncryption"] = sse
        if key is not None and sse and sse.startswith("aws:kms"):
            more["SSEKMSKeyId"] = self.key if key == STUDENTS_KEY else key
        if bucket_key is not None:
            more["BucketKeyEnabled"] = bucket_key
        self.call("s3", "put_object", Bucket=bucket or self.bucket, Key=name, Body=body, **more)

    def delete_object(self, name: str = OBJECT, bucket: str = "") -> None:
        self.call("s3", "delete_object", Bucket=bucket or self.bucket, Key=name)

    def create_bucket(self, name: str) -> str:
        """Create another bucket, which is `bucket` from now on."""
        self.call("s3", "create_bucket", Bucket=name)
        self.bucket = name
        return name

    # Tasks 3 and 4: the public and the console

    def open_object_url(self, name: str = OBJECT, bucket: str = "") -> str:
        """Open the object URL in the browser. Return `200`, or the code of S3's error."""
        return self.fetch(f"{UNREACHABLE}/{bucket or self.bucket}/{name}")

    def open_bucket(
        self,
        *,
        block_public_access: bool | dict[str, bool] = False,
        ownership: str | None = "BucketOwnerPreferred",
        bucket: str = "",
    ) -> None:
        """Clear Block all public access, then enable ACLs.

        A `dict` sets the four settings one by one. `ownership=None` leaves ACLs as they are.
        """
        self.block_public_access(block_public_access, bucket=bucket)
        if ownership is not None:
            rules = {"Rules": [{"ObjectOwnership": ownership}]}
            self.call("s3", "put_bucket_ownership_controls", Bucket=bucket or self.bucket, OwnershipControls=rules)
        self._pass(self.aws.settings.transition + 5)

    def block_public_access(self, on: bool | dict[str, bool] = True, *, bucket: str = "") -> None:
        names = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
        block = {**dict.fromkeys(names, True), **on} if isinstance(on, dict) else dict.fromkeys(names, on)
        self.call("s3", "put_public_access_block", Bucket=bucket or self.bucket, PublicAccessBlockConfiguration=block)

    def make_public(self, name: str = OBJECT, *, acl: str = "public-read", bucket: str = "") -> None:
        """Use Make public using ACL."""
        self.call("s3", "put_object_acl", Bucket=bucket or self.bucket, Key=name, ACL=acl)

    def open_in_console(self, name: str = OBJECT, bucket: str = "") -> str:
        """Use Open, which opens a presigned URL. Return `200`, or the code of S3's error."""
        return self.fetch(self.presigned_url(bucket or self.bucket, name))

    # Task 5: the event history

    def look_up_events(self, source: str = "kms.amazonaws.com") -> list[str]:
        """Return the names of a source's events on the first page, newest first."""
        attribute = {"AttributeKey": "EventSource", "AttributeValue": source}
        found = self.call("cloudtrail", "lookup_events", LookupAttributes=[attribute])
        return [str(event["EventName"]) for event in found["Events"]]

    # Task 6: the volume

    @property
    def instance(self) -> str:
        """The id of `LabInstance`, looked up once."""
        if not self._instance:
            filters = [{"Name": "tag:Name", "Values": [INSTANCE_NAME]}]
            found = self.call("ec2", "describe_instances", Filters=filters)
            self._instance = str(found["Reservations"][0]["Instances"][0]["InstanceId"])
        return self._instance

    @instance.setter
    def instance(self, instance_id: str) -> None:
        self._instance = instance_id

    def describe_instance(self) -> dict[str, Any]:
        """Return the instance as DescribeInstances returns it."""
        found = self.call("ec2", "describe_instances", InstanceIds=[self.instance])
        described: dict[str, Any] = found["Reservations"][0]["Instances"][0]
        return described

    def root(self) -> str:
        """Return the id of the volume at the root device, or an empty text."""
        described = self.describe_instance()
        devices = {each["DeviceName"]: str(each["Ebs"]["VolumeId"]) for each in described["BlockDeviceMappings"]}
        return devices.get(described["RootDeviceName"], "")

    def stop_instance(self) -> None:
        self.call("ec2", "stop_instances", InstanceIds=[self.instance])
        self._settle()

    def start_instance(self) -> None:
        """Start the instance, and wait until it runs or is stopped again."""
        self.call("ec2", "start_instances", InstanceIds=[self.instance])
        self._settle()

    def terminate_instance(self) -> None:
        self.call("ec2", "terminate_instances", InstanceIds=[self.instance])
        self._settle()

    def create_snapshot(self, name: str = "Unencrypted Root Volume") -> str:
        """Create a snapshot of the root, which is `snapshot` from now on."""
        self.old_volume = self.root()
        taken = self.call("ec2", "create_snapshot", VolumeId=self.old_volume, TagSpecifications=_tags("snapshot", name))
        self.snapshot = str(taken["SnapshotId"])
        self._settle()
        return self.snapshot

    def copy_snapshot(self, key: str | None = STUDENTS_KEY, name: str = "Encrypted copy") -> str:
        """Create an encrypted copy of the snapshot, which is `snapshot` from now on; `key=None` is EBS's default."""
        copied = self.call(
            "ec2",
            "copy_snapshot",
            SourceRegion=self.region,
            SourceSnapshotId=self.snapshot,
            TagSpecifications=_tags("snapshot", name),
            **self._encryption(key),
        )
        self.snapshot = str(copied["SnapshotId"])
        self._settle()
        return self.snapshot

    def create_volume(
        self,
        *,
        key: str | None = STUDENTS_KEY,
        encrypted: bool = True,
        zone: str = "",
        name: str = "New encrypted root volume",
        **more: Any,
    ) -> str:
        """Create a volume from the snapshot, which is `volume` from now on.

        `zone` is the letter of an Availability Zone (`"b"`), by default the instance's.
        """
        made = self.call(
            "ec2",
            "create_volume",
            SnapshotId=self.snapshot,
            AvailabilityZone=f"{self.region}{zone or 'a'}",
            VolumeType="gp3",
            TagSpecifications=_tags("volume", name),
            **(self._encryption(key) if encrypted else {}),
            **more,
        )
        self.volume = str(made["VolumeId"])
        self._settle()
        return self.volume

    def detach_root(self) -> None:
        """Detach the volume at the root device, after giving it its new name."""
        self.old_volume = self.root()
        tags = [{"Key": "Name", "Value": "Old unencrypted root volume"}]
        self.call("ec2", "create_tags", Resources=[self.old_volume], Tags=tags)
        self.call("ec2", "detach_volume", VolumeId=self.old_volume)
        self._settle()

    def attach(self, volume: str = "", device: str = ROOT_DEVICE) -> None:
        """Attach a volume, by default the new one."""
        self.call("ec2", "attach_volume", VolumeId=volume or self.volume, InstanceId=self.instance, Device=device)
        self._settle()

    def encrypt_root(
        self,
        *,
        key: str | None = STUDENTS_KEY,
        how: RootEncryption = RootEncryption.VOLUME,
        encrypted: bool = True,
        device: str = ROOT_DEVICE,
        zone: str = "",
        start: bool = False,
    ) -> None:
        """Do the whole of task 6. `start` starts the instance at the end."""
        if how is not RootEncryption.REPLACE_ROOT:
            self.stop_instance()
        self.create_snapshot()
        if how is RootEncryption.SNAPSHOT_COPY:
            self.copy_snapshot(key)
            self.create_volume(encrypted=False, zone=zone)
        else:
            self.create_volume(key=key, encrypted=encrypted, zone=zone)
        if how is RootEncryption.REPLACE_ROOT:
            self.call("ec2", "create_replace_root_volume_task", InstanceId=self.instance, VolumeId=self.volume)
            self._settle()
            return
        self.detach_root()
        self.attach(device=device)
        if start:
            self.start_instance()

    def rename_instance(self, name: str) -> None:
        self.call("ec2", "create_tags", Resources=[self.instance], Tags=[{"Key": "Name", "Value": name}])

    def _encryption(self, key: str | None) -> dict[str, Any]:
        named = {} if key is None else {"KmsKeyId": self.key if key == STUDENTS_KEY else key}
        return {"Encrypted": True, **named}

    # Task 7: the key, disabled and enabled

    def disable_key(self, key: str = STUDENTS_KEY) -> None:
        """Disable the key, and wait until S3 and EBS act on it."""
        self.call("kms", "disable_key", KeyId=self._key_id(key))
        self._pass(self.aws.settings.key_delay + 20)

    def enable_key(self, key: str = STUDENTS_KEY) -> None:
        """Enable the key, and wait until S3 and EBS act on it."""
        self.call("kms", "enable_key", KeyId=self._key_id(key))
        self._pass(self.aws.settings.key_delay + 20)

    def disable_and_enable_key(self) -> None:
        """Do the whole of task 7: disable, try to start and to read, look up events, enable, start."""
        self.disable_key()
        self.start_instance()
        self.open_in_console()
        self.wait(3)
        self.look_up_events()
        self.enable_key()
        self.start_instance()

    def _key_id(self, key: str) -> str:
        """Return the key id, which the console uses instead of the ARN."""
        return (self.key if key == STUDENTS_KEY else key).rpartition("/")[2]


def _allow(sid: str, principal: str, actions: Any) -> dict[str, Any]:
    many = [f"kms:{action}" for action in actions]
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"AWS": principal},
        "Action": many if len(many) > 1 else many[0],
        "Resource": "*",
    }


def _tags(kind: str, name: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}]}]
