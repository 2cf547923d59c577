"""A student at work on the lab, by the ordinary calls of the console, some time before now.

Facts: `aws-behaviour.md` §9.2 (the tasks), §7.1 (the policy that the console writes), §4 (which calls a change in the
console is). Every step is a call of its own session of the lab's role, so that policies, grants and the event history
come out as they would. Steps take seconds, `wait` takes minutes; nothing sleeps.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from botocore.exceptions import ClientError

from embedded.core.credentials import LAB_ROLE, Student
from embedded.practice.lab_account import INSTANCE_NAME

if TYPE_CHECKING:
    from embedded.aws import EmbeddedAWS

T = TypeVar("T")
How = Literal["volume", "snapshot-copy", "replace-root"]
AGO_MINUTES = 100.0
THEIRS = "the student's own key"
OBJECT = "clock.png"
ROOT_DEVICE = "/dev/xvda"
PICTURE = b"\x89PNG\r\n\x1a\n" + b"a clock" * 40
SESSION_SECONDS = 12 * 3600
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


class AtWork:
    """One student at the console. What a step made is kept for the next: `key`, `instance`, `volume`, `snapshot`.

    Steps that AWS refuses raise botocore's `ClientError`; `tried` gives its code instead, for a student who saw the
    red banner and went on. `moment` is the student's own clock, in seconds since the epoch; `random` draws what a
    story varies.
    """

    def __init__(self, aws: EmbeddedAWS, student: Student, *, ago: float = AGO_MINUTES) -> None:
        """`ago` is how many minutes before now the work begins."""
        self.aws, self.student = aws, student
        self.random = random.Random(f"{aws.settings.seed}/{student.account}/work")  # noqa: S311  # repeatable stories
        self.source_ip = f"203.0.113.{self.random.randrange(1, 255)}"
        self.moment = aws.now() - ago * 60
        self.region, self.account, self.bucket = aws.settings.region, student.account, student.bucket
        with aws.at(self.moment):
            self._session = aws.identities.console_session(student, SESSION_SECONDS)
        self.role = f"arn:aws:iam::{self.account}:role/{LAB_ROLE}"
        self.key = self.snapshot = self.volume = self.old_volume = ""
        self._instance = ""

    # The clock, and any call

    def wait(self, minutes: float) -> None:
        """Let minutes pass. Raises `ValueError` where that would be in the future."""
        self._pass(minutes * 60)

    def _pass(self, seconds: float) -> None:
        if self.moment + seconds > self.aws.now():
            raise ValueError(f"{self.student.student}'s work is not over before now; let it begin earlier (`ago`)")
        self.moment += seconds

    def _settle(self) -> None:
        """What was begun comes to its end."""
        self._pass(self.aws.settings.transition + self.random.uniform(20, 50))

    @contextmanager
    def _at_the_console(self) -> Iterator[None]:
        self._pass(self.random.uniform(3, 12))
        session = self._session
        signed_in = self.aws.console.signed_in(
            session.access_key_id, session.secret_access_key, session.session_token, self.source_ip
        )
        with self.aws.at(self.moment), signed_in:
            yield

    def ask(self, service: str, operation: str, **params: Any) -> dict[str, Any]:
        """Any call, by boto's names (`ask("kms", "list_keys")`)."""
        with self._at_the_console():
            answer: dict[str, Any] = getattr(self.aws.console.client(service), operation)(**params)
        return answer

    @staticmethod
    def tried(step: Callable[..., object], *args: Any, **how: Any) -> str:
        """A step that may be refused: the code of AWS's refusal, or nothing."""
        try:
            step(*args, **how)
        except ClientError as refused:
            return str(refused.response["Error"]["Code"])
        return ""

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
        """Create key in KMS's console: its ARN, which is `key` from now on.

        `administrators` and `users` say whether `voclabs` is chosen; `policy="default"` is what the API gives a key
        without one; a dict is a policy of one's own. `alias=None` leaves the key without a name.
        """
        if policy != "default":
            more["Policy"] = json.dumps(
                self.console_policy(usage, administrators=administrators, users=users)
                if policy == "console"
                else policy
            )
        made = self.ask("kms", "create_key", KeySpec=spec, KeyUsage=usage, Description=description, **more)
        self.key = str(made["KeyMetadata"]["Arn"])
        if alias is not None:
            self.name_key(alias)
        return self.key

    def console_policy(
        self, usage: str = "ENCRYPT_DECRYPT", *, administrators: bool = True, users: bool = True
    ) -> dict[str, Any]:
        """What the console writes, with the role as administrator and user (§7.1)."""
        statements = [_allow("Enable IAM User Permissions", f"arn:aws:iam::{self.account}:root", ["*"])]
        if administrators:
            actions = [f"{verb}*" for verb in ADMINISTRATION] + list(ADMINISTRATION_BY_NAME)
            statements.append(_allow("Allow access for Key Administrators", self.role, actions))
        if users:
            statements.append(_allow("Allow use of the key", self.role, USES[usage]))
            if usage == "ENCRYPT_DECRYPT":
                lasting = _allow("Allow attachment of persistent resources", self.role, GRANTS)
                statements.append({**lasting, "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}}})
        return {"Version": "2012-10-17", "Id": "key-consolepolicy-3", "Statement": statements}

    def change_policy(self, policy: dict[str, Any], key: str = THEIRS) -> None:
        """Write a key's policy anew."""
        self.ask("kms", "put_key_policy", KeyId=self._key_id(key), PolicyName="default", Policy=json.dumps(policy))

    def name_key(self, alias: str, key: str = THEIRS) -> None:
        self.ask("kms", "create_alias", AliasName=alias, TargetKeyId=self._key_id(key))

    def drop_alias(self, alias: str = "alias/MyKMSKey") -> None:
        self.ask("kms", "delete_alias", AliasName=alias)

    def schedule_deletion(self, key: str = THEIRS, days: int = 7) -> None:
        self.ask("kms", "schedule_key_deletion", KeyId=self._key_id(key), PendingWindowInDays=days)

    # Task 2: the object

    def upload(
        self,
        name: str = OBJECT,
        *,
        key: str | None = THEIRS,
        sse: str | None = "aws:kms",
        bucket_key: bool | None = None,
        body: bytes = PICTURE,
        bucket: str = "",
        **more: Any,
    ) -> None:
        """Upload an object. `key=None` leaves the choice of a key to S3 (`aws/s3`), `sse=None` all of it to the
        bucket's default.
        """
        if sse:
            more["ServerSideEncryption"] = sse
        if key is not None and sse and sse.startswith("aws:kms"):
            more["SSEKMSKeyId"] = self.key if key == THEIRS else key
        if bucket_key is not None:
            more["BucketKeyEnabled"] = bucket_key
        self.ask("s3", "put_object", Bucket=bucket or self.bucket, Key=name, Body=body, **more)

    def delete_object(self, name: str = OBJECT, bucket: str = "") -> None:
        self.ask("s3", "delete_object", Bucket=bucket or self.bucket, Key=name)

    def create_bucket(self, name: str) -> str:
        """Another bucket, which is `bucket` from now on."""
        self.ask("s3", "create_bucket", Bucket=name)
        self.bucket = name
        return name

    # Tasks 3 and 4: the public and the console

    def open_public_link(self, name: str = OBJECT, bucket: str = "") -> str:
        """Open the object's address in the browser: `200`, or the error's code."""
        return self._fetched(f"http://127.0.0.1:9/{bucket or self.bucket}/{name}")

    def open_bucket(
        self,
        *,
        block_public_access: bool | dict[str, bool] = False,
        ownership: str | None = "BucketOwnerPreferred",
        bucket: str = "",
    ) -> None:
        """Uncheck Block all public access, then enable ACLs; a `dict` sets the four switches one by one,
        `ownership=None` leaves ACLs as they are.
        """
        self.block_public_access(block_public_access, bucket=bucket)
        if ownership is not None:
            rules = {"Rules": [{"ObjectOwnership": ownership}]}
            self.ask("s3", "put_bucket_ownership_controls", Bucket=bucket or self.bucket, OwnershipControls=rules)
        self._pass(self.aws.settings.transition + 5)

    def block_public_access(self, on: bool | dict[str, bool] = True, *, bucket: str = "") -> None:
        names = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
        switches = {**dict.fromkeys(names, True), **on} if isinstance(on, dict) else dict.fromkeys(names, on)
        self.ask("s3", "put_public_access_block", Bucket=bucket or self.bucket, PublicAccessBlockConfiguration=switches)

    def publish(self, name: str = OBJECT, *, acl: str = "public-read", bucket: str = "") -> None:
        """Make public using ACL."""
        self.ask("s3", "put_object_acl", Bucket=bucket or self.bucket, Key=name, ACL=acl)

    def open_in_console(self, name: str = OBJECT, bucket: str = "") -> str:
        """The console's Open, which is a presigned link: `200`, or the error's code."""
        with self._at_the_console():
            client = self.aws.console.client("s3")
            wanted = {"Bucket": bucket or self.bucket, "Key": name}
            link = str(client.generate_presigned_url("get_object", Params=wanted, ExpiresIn=300))
        return self._fetched(link)

    def _fetched(self, url: str) -> str:
        self._pass(self.random.uniform(3, 12))
        with self.aws.at(self.moment):
            answer = self.aws.console.fetch(url, self.source_ip)
        text = answer.body.decode("utf-8", "replace")
        return str(answer.status) if answer.served else text.partition("<Code>")[2].partition("</Code>")[0]

    # Task 5: the event history

    def look_at_history(self, source: str = "kms.amazonaws.com") -> list[str]:
        """The names of the events of a source, newest first, on one page."""
        attribute = {"AttributeKey": "EventSource", "AttributeValue": source}
        found = self.ask("cloudtrail", "lookup_events", LookupAttributes=[attribute])
        return [str(event["EventName"]) for event in found["Events"]]

    # Task 6: the volume

    @property
    def instance(self) -> str:
        """The id of `LabInstance`, looked up once."""
        if not self._instance:
            filters = [{"Name": "tag:Name", "Values": [INSTANCE_NAME]}]
            found = self.ask("ec2", "describe_instances", Filters=filters)
            self._instance = str(found["Reservations"][0]["Instances"][0]["InstanceId"])
        return self._instance

    def described(self) -> dict[str, Any]:
        """The instance as it is described now."""
        found = self.ask("ec2", "describe_instances", InstanceIds=[self.instance])
        shown: dict[str, Any] = found["Reservations"][0]["Instances"][0]
        return shown

    def root(self) -> str:
        """The id of the volume at the instance's root device; nothing where there is none."""
        shown = self.described()
        devices = {each["DeviceName"]: str(each["Ebs"]["VolumeId"]) for each in shown["BlockDeviceMappings"]}
        return devices.get(shown["RootDeviceName"], "")

    def stop_instance(self) -> None:
        self.ask("ec2", "stop_instances", InstanceIds=[self.instance])
        self._settle()

    def start_instance(self) -> None:
        """Start it, and wait for what becomes of the start."""
        self.ask("ec2", "start_instances", InstanceIds=[self.instance])
        self._settle()

    def terminate_instance(self) -> None:
        self.ask("ec2", "terminate_instances", InstanceIds=[self.instance])
        self._settle()

    def take_snapshot(self, name: str = "Unencrypted Root Volume") -> str:
        """A snapshot of the root; `snapshot` from now on."""
        self.old_volume = self.root()
        taken = self.ask(
            "ec2", "create_snapshot", VolumeId=self.old_volume, TagSpecifications=_tagged("snapshot", name)
        )
        self.snapshot = str(taken["SnapshotId"])
        self._settle()
        return self.snapshot

    def copy_snapshot(self, key: str | None = THEIRS, name: str = "Encrypted copy") -> str:
        """An encrypted copy of the snapshot, which is `snapshot` from now on; `key=None` is EBS's default key."""
        copied = self.ask(
            "ec2",
            "copy_snapshot",
            SourceRegion=self.region,
            SourceSnapshotId=self.snapshot,
            TagSpecifications=_tagged("snapshot", name),
            **self._encrypted(key),
        )
        self.snapshot = str(copied["SnapshotId"])
        self._settle()
        return self.snapshot

    def create_volume(
        self,
        *,
        key: str | None = THEIRS,
        encrypted: bool = True,
        zone: str = "",
        name: str = "New encrypted root volume",
        **more: Any,
    ) -> str:
        """A volume from the snapshot, which is `volume` from now on. `zone` is a letter (`"b"`); by default the
        instance's.
        """
        made = self.ask(
            "ec2",
            "create_volume",
            SnapshotId=self.snapshot,
            AvailabilityZone=f"{self.region}{zone or 'a'}",
            VolumeType="gp3",
            TagSpecifications=_tagged("volume", name),
            **(self._encrypted(key) if encrypted else {}),
            **more,
        )
        self.volume = str(made["VolumeId"])
        self._settle()
        return self.volume

    def detach_root(self) -> None:
        """Detach what is at the root, after giving it its new name."""
        self.old_volume = self.root()
        tags = [{"Key": "Name", "Value": "Old unencrypted root volume"}]
        self.ask("ec2", "create_tags", Resources=[self.old_volume], Tags=tags)
        self.ask("ec2", "detach_volume", VolumeId=self.old_volume)
        self._settle()

    def attach(self, volume: str = "", device: str = ROOT_DEVICE) -> None:
        """Attach a volume, by default the new one."""
        self.ask("ec2", "attach_volume", VolumeId=volume or self.volume, InstanceId=self.instance, Device=device)
        self._settle()

    def encrypt_root(
        self,
        *,
        key: str | None = THEIRS,
        how: How = "volume",
        encrypted: bool = True,
        device: str = ROOT_DEVICE,
        zone: str = "",
        start: bool = False,
    ) -> None:
        """Task 6 whole: the handout's way (`volume`), through an encrypted snapshot (`snapshot-copy`), or by EC2's
        own replacement of a running instance's root (`replace-root`). `start` starts the instance at the end.
        """
        if how != "replace-root":
            self.stop_instance()
        self.take_snapshot()
        if how == "snapshot-copy":
            self.copy_snapshot(key)
            self.create_volume(encrypted=False, zone=zone)
        else:
            self.create_volume(key=key, encrypted=encrypted, zone=zone)
        if how == "replace-root":
            self.ask("ec2", "create_replace_root_volume_task", InstanceId=self.instance, VolumeId=self.volume)
            self._settle()
            return
        self.detach_root()
        self.attach(device=device)
        if start:
            self.start_instance()

    def rename_instance(self, name: str) -> None:
        self.ask("ec2", "create_tags", Resources=[self.instance], Tags=[{"Key": "Name", "Value": name}])

    def _encrypted(self, key: str | None) -> dict[str, Any]:
        named = {} if key is None else {"KmsKeyId": self.key if key == THEIRS else key}
        return {"Encrypted": True, **named}

    # Task 7: the key, disabled and enabled

    def disable_key(self, key: str = THEIRS) -> None:
        """Disable it, and wait until S3 and EBS know."""
        self.ask("kms", "disable_key", KeyId=self._key_id(key))
        self._pass(self.aws.settings.key_delay + 20)

    def enable_key(self, key: str = THEIRS) -> None:
        """Enable it, and wait until S3 and EBS know."""
        self.ask("kms", "enable_key", KeyId=self._key_id(key))
        self._pass(self.aws.settings.key_delay + 20)

    def disable_and_enable(self) -> None:
        """Task 7 whole: disable, start in vain, read in vain, look at the history, enable, start."""
        self.disable_key()
        self.start_instance()
        self.open_in_console()
        self.wait(3)
        self.look_at_history()
        self.enable_key()
        self.start_instance()

    def _key_id(self, key: str) -> str:
        """The console names a key by its id."""
        return (self.key if key == THEIRS else key).rpartition("/")[2]


def _allow(sid: str, principal: str, actions: Any) -> dict[str, Any]:
    many = [f"kms:{action}" for action in actions]
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"AWS": principal},
        "Action": many if len(many) > 1 else many[0],
        "Resource": "*",
    }


def _tagged(kind: str, name: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}]}]
