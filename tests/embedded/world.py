"""The worlds in which questions are asked: the embedded AWS, plain moto, and a real account."""

from __future__ import annotations

import contextlib
import copy
import functools
import itertools
import json
import secrets
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar
from xml.etree import ElementTree

import boto3
import botocore.session
from botocore import UNSIGNED
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.loaders import Loader

from embedded.aws import BEHAVIOURS, EmbeddedAWS, Settings
from embedded.core.behaviours import Behaviour
from fixtures.aws.waiting import Limits, Waiter

T = TypeVar("T")
ROOT = Path(__file__).parents[2]
LOADER = Loader()
ACCOUNTS = 1500
YEAR = 365 * 24 * 3600


@functools.cache
def _template() -> botocore.session.Session:
    """Return a session with boto3's handlers, which the sessions of all worlds share: to make it takes long."""
    core = botocore.session.Session()
    core.register_component("data_loader", LOADER)
    core.set_config_variable("region", "us-east-1")
    boto3.Session(botocore_session=core)
    return core


class Session:
    """What the worlds use of a boto3 session, for the credentials of one account."""

    def __init__(self, core: botocore.session.Session) -> None:
        self._core = core
        self.get_credentials = core.get_credentials

    def client(self, service: str, **how: Any) -> Any:
        return self._core.create_client(service, **how)


def session(aws_access_key_id: str, aws_secret_access_key: str, aws_session_token: str | None = None) -> Session:
    """Return a session of these credentials, in us-east-1."""
    core = copy.copy(_template())
    core.set_credentials(aws_access_key_id, aws_secret_access_key, aws_session_token)
    return Session(core)


class World:
    """An account in which questions are asked. `keep` registers what undoes the changes of a question."""

    name = ""

    def __init__(self, signed_in: Session | boto3.Session, endpoint: str | None) -> None:
        self.session, self.endpoint, self.region = signed_in, endpoint, "us-east-1"
        self._clients: dict[tuple[str, str], Any] = {}
        self._undo = contextlib.ExitStack()
        self._role: Any = None

    def client(self, service: str, signature: Any = None) -> Any:
        """Return a boto3 client of this account, which does not retry."""
        name = (service, str(signature))
        if name not in self._clients:
            config = Config(retries={"total_max_attempts": 1}, signature_version=signature, read_timeout=20)
            self._clients[name] = self.session.client(service, endpoint_url=self.endpoint, config=config)  # type: ignore[call-overload]  # any service
        return self._clients[name]

    def unchecked(self, service: str) -> Any:
        """Return a client that sends parameters without checking them."""
        config = Config(retries={"total_max_attempts": 1}, parameter_validation=False)
        return self.session.client(service, endpoint_url=self.endpoint, config=config)  # type: ignore[call-overload]  # any service

    @property
    def credentials(self) -> Any:
        """Return what this account's requests are signed with."""
        found = self.session.get_credentials()
        assert found
        return found.get_frozen_credentials()

    @property
    def kms(self) -> Any:
        return self.client("kms")

    @property
    def s3(self) -> Any:
        return self.client("s3", "s3v4")

    @property
    def ec2(self) -> Any:
        return self.client("ec2")

    @property
    def account(self) -> str:
        return str(self.client("sts").get_caller_identity()["Account"])

    @property
    def principal(self) -> str:
        return str(self.client("sts").get_caller_identity()["Arn"])

    def signed_in_as(self, **credentials: str) -> World:
        """Return the same world with other credentials."""
        other = type(self).__new__(type(self))
        World.__init__(other, session(**credentials), self.endpoint)
        other.__dict__.update({k: v for k, v in self.__dict__.items() if k not in other.__dict__})
        return other

    def with_role(self, *policies: dict[str, Any], name: str = "") -> World:
        """Return the world of a session of a new role with these policies."""
        iam, name = self.client("iam"), name or f"parity-{secrets.token_hex(4)}"
        trust = {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{self.account}:root"},
            "Action": "sts:AssumeRole",
        }
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
        self.keep(iam.delete_role, RoleName=name)
        for number, statement in enumerate(policies):
            document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
            iam.put_role_policy(RoleName=name, PolicyName=f"p{number}", PolicyDocument=document)
            self.keep(iam.delete_role_policy, RoleName=name, PolicyName=f"p{number}")
        arn = f"arn:aws:iam::{self.account}:role/{name}"
        given = self.until(lambda: self.client("sts").assume_role(RoleArn=arn, RoleSessionName="parity"), bool)
        return self.signed_in_as(**credentials(given["Credentials"]))

    def keep(self, undo: Callable[..., object], **how: Any) -> None:
        """Undo this after the question. A world that is thrown away undoes nothing."""

    def until(self, look: Callable[[], T], holds: Callable[[T], object]) -> T:
        """Look until it holds, and return what was seen last."""
        raise NotImplementedError

    def settle(self) -> None:
        """Wait until changes of state are complete."""

    def advance_clock(self, seconds: float) -> None:
        """Let seconds pass, in a world whose clock can be moved."""

    def neighbour(self) -> World:
        """Return another account of the same world."""
        raise NotImplementedError

    def block_account(self) -> None:
        """Block public access for the whole account."""
        names = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
        settings = "".join(f"<{name}>true</{name}>" for name in names)
        # boto3 sends the request to <account>.<endpoint>, a name that does not resolve to loopback.
        self.signed(
            "PUT",
            "/v20180820/configuration/publicAccessBlock",
            f"<PublicAccessBlockConfiguration xmlns="
            f'"http://awss3control.amazonaws.com/doc/2018-08-20/">{settings}</PublicAccessBlockConfiguration>'.encode(),
        )

    def signed(self, method: str, path: str, body: bytes) -> None:
        """Send a signed request to S3's control plane."""
        url, headers = f"{self.endpoint}{path}", {"x-amz-account-id": self.account}
        request = AWSRequest(method, url, data=body, headers=headers)
        S3SigV4Auth(self.credentials, "s3", self.region).add_auth(request)
        sent = urllib.request.Request(url, data=body, method=method, headers=dict(request.headers.items()))
        urllib.request.urlopen(sent).close()

    def close(self) -> None:
        self._undo.close()

    def url(self, bucket: str, key: str) -> str:
        """Return an object URL."""
        client = self.client("s3", UNSIGNED)
        return str(client.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key}))

    def link(self, bucket: str, key: str, *, signature: str = "s3v4", seconds: int = 60, **more: Any) -> str:
        """Return a presigned URL."""
        params = {"Bucket": bucket, "Key": key, **more}
        client = self.client("s3", signature)
        return str(client.generate_presigned_url("get_object", Params=params, ExpiresIn=seconds))

    def get(self, url: str, method: str = "GET", **headers: str) -> str:
        """Return the status of a URL, and its body or the code and message of the error."""
        request = urllib.request.Request(url, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request) as answer:
                return f"{answer.status} {answer.read().decode(errors='replace')}".strip()
        except urllib.error.HTTPError as refused:
            body = refused.read()
            try:
                elements = {child.tag: child.text or "" for child in ElementTree.fromstring(body)}
            except ElementTree.ParseError:
                return f"{refused.code} {body[:60].decode(errors='replace')}".strip()
            return f"{refused.code} {elements.get('Code')}: {elements.get('Message')}"

    def key(self, **how: Any) -> str:
        """Create a key and return its ARN."""
        arn = str(self.kms.create_key(**how)["KeyMetadata"]["Arn"])
        self.keep(self.kms.schedule_key_deletion, KeyId=arn, PendingWindowInDays=7)
        return arn

    def disable(self, key: str) -> None:
        """Disable a key by its id: plain moto fails on an ARN."""
        self.kms.disable_key(KeyId=key.rpartition("/")[2])

    def enable(self, key: str) -> None:
        self.kms.enable_key(KeyId=key.rpartition("/")[2])

    def bucket(self) -> str:
        """Create a bucket and return its name."""
        name = f"parity-{secrets.token_hex(8)}"
        self.s3.create_bucket(Bucket=name)
        self.keep(self._delete_bucket, name=name)
        return name

    def _delete_bucket(self, name: str) -> None:
        for item in self.s3.list_objects_v2(Bucket=name).get("Contents", []):
            self.s3.delete_object(Bucket=name, Key=item["Key"])
        self.s3.delete_bucket(Bucket=name)

    def opened(self, bucket: str) -> None:
        """Turn Block Public Access off and ACLs on."""
        settings = dict.fromkeys(
            ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), False
        )
        self.s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=settings)
        rules = {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
        self.s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=rules)
        self.settle()

    def instance(self, **how: Any) -> str:
        """Launch an instance, wait until it is not pending, and return its id."""
        name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
        image = self.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
        subnets = self.ec2.describe_subnets(Filters=[{"Name": "availability-zone", "Values": [f"{self.region}a"]}])
        where = {"SubnetId": subnets["Subnets"][0]["SubnetId"]}
        launched = self.ec2.run_instances(
            **{"ImageId": image, "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1, **where, **how}
        )
        made = str(launched["Instances"][0]["InstanceId"])
        self.keep(self.ec2.terminate_instances, InstanceIds=[made])
        self.until(lambda: self.state(made), lambda seen: seen != "pending")
        return made

    def described(self, instance: str) -> dict[str, Any]:
        found: dict[str, Any] = self.ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
        return found

    def state(self, instance: str) -> str:
        return str(self.described(instance)["State"]["Name"])

    def stopped(self, instance: str) -> None:
        self.ec2.stop_instances(InstanceIds=[instance])
        self.until(lambda: self.state(instance), lambda seen: seen == "stopped")

    def root(self, instance: str) -> str:
        mappings = self.described(instance)["BlockDeviceMappings"]
        return str(mappings[0]["Ebs"]["VolumeId"])

    def volume(self, **how: Any) -> dict[str, Any]:
        """Create a volume, wait until it is available, and return its description."""
        given = {"AvailabilityZone": f"{self.region}a", **({} if "SnapshotId" in how else {"Size": 1}), **how}
        made = self.ec2.create_volume(**given)["VolumeId"]
        self.keep(self.ec2.delete_volume, VolumeId=made)
        return self.until(lambda: self.volume_described(made), lambda seen: seen["State"] != "creating")

    def volume_described(self, volume: str) -> dict[str, Any]:
        found: dict[str, Any] = self.ec2.describe_volumes(VolumeIds=[volume])["Volumes"][0]
        return found

    def snapshot(self, volume: str) -> dict[str, Any]:
        """Create a snapshot, wait until it is completed, and return its description."""
        made = self.ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
        self.keep(self.ec2.delete_snapshot, SnapshotId=made)
        return self.until(lambda: self.snapshot_described(made), lambda seen: seen["State"] != "pending")

    def snapshot_described(self, snapshot: str) -> dict[str, Any]:
        found: dict[str, Any] = self.ec2.describe_snapshots(SnapshotIds=[snapshot])["Snapshots"][0]
        return found

    def events(self, name: str, wanted: Callable[[dict[str, Any]], object] = bool) -> list[dict[str, Any]]:
        """Return CloudTrail's records of an event name, newest first, as soon as one is wanted."""
        attributes = [{"AttributeKey": "EventName", "AttributeValue": name}]

        def look() -> list[dict[str, Any]]:
            self.settle()
            found = self.client("cloudtrail").lookup_events(LookupAttributes=attributes)["Events"]
            records = [json.loads(event["CloudTrailEvent"]) for event in found]
            return [record for record in records if wanted(record)]

        return self.until(look, bool)


def credentials(given: dict[str, Any]) -> dict[str, str]:
    """Return STS's credentials as the arguments of a boto3 session."""
    return {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["SessionToken"],
    }


class EmbeddedWorld(World):
    """A fresh account of the embedded AWS. Its clock is advanced; nothing waits."""

    name = "embedded"
    aws: EmbeddedAWS
    others: Iterator[EmbeddedWorld]

    def neighbour(self) -> World:
        return next(self.others)

    advanced = 0.0

    def advance_clock(self, seconds: float) -> None:
        self.aws.advance_clock(seconds)
        self.advanced += seconds

    def close(self) -> None:
        """Set the clock back for the next question."""
        super().close()
        self.aws.advance_clock(-self.advanced)
        self.advanced = 0.0

    def until(self, look: Callable[[], T], holds: Callable[[T], object]) -> T:
        for _ in range(6):
            seen = look()
            if holds(seen):
                return seen
            self.settle()
        return seen

    def settle(self) -> None:
        self.advance_clock(2)


class MotoWorld(World):
    """An account of plain moto's own server, in a process of its own. Changes are complete at once."""

    name = "moto"
    others: Iterator[MotoWorld]

    def neighbour(self) -> World:
        return next(self.others)

    def until(self, look: Callable[[], T], holds: Callable[[T], object]) -> T:
        return look()


class LiveWorld(World):
    """The account of the credential chain. Everything that a question creates is removed."""

    name = "live"
    waiter = Waiter(Limits(true=1200))

    def keep(self, undo: Callable[..., object], **how: Any) -> None:
        def act() -> None:
            with contextlib.suppress(Exception):
                undo(**how)

        self._undo.callback(act)

    def until(self, look: Callable[[], T], holds: Callable[[T], object]) -> T:
        return self.waiter.wait_until("it is so", look, holds, confirmations=1)


@contextlib.contextmanager
def embedded_worlds(behaviours: Iterable[Behaviour] = BEHAVIOURS) -> Iterator[Iterator[EmbeddedWorld]]:
    """Start an embedded AWS and iterate over fresh accounts of it."""
    settings = Settings(students=ACCOUNTS, seed=7, transition=1.0, session=YEAR)
    with EmbeddedAWS(settings, behaviours=behaviours) as aws:

        def fresh() -> Iterator[EmbeddedWorld]:
            for student in itertools.islice(aws.students, 1, None):
                world = EmbeddedWorld(
                    session(
                        aws_access_key_id=student.access_key_id,
                        aws_secret_access_key=student.secret_access_key,
                        aws_session_token=student.session_token,
                    ),
                    aws.endpoint,
                )
                world.aws, world.others = aws, worlds
                yield world

        worlds = fresh()
        yield worlds


@contextlib.contextmanager
def moto_worlds() -> Iterator[Iterator[MotoWorld]]:
    """Start plain moto's server and iterate over sessions of roles in fresh accounts of it."""
    command = [sys.executable, "-m", "tests.support.plain_moto"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout
        endpoint = process.stdout.readline().strip()
        root = session(aws_access_key_id="plain", aws_secret_access_key="plain")

        def fresh() -> Iterator[MotoWorld]:
            sts = root.client("sts", endpoint_url=endpoint)
            for number in itertools.count(1):
                arn = f"arn:aws:iam::{number:012}:role/voclabs"
                given = sts.assume_role(RoleArn=arn, RoleSessionName="parity")
                world = MotoWorld(session(**credentials(given["Credentials"])), endpoint)
                world.others = worlds
                yield world

        worlds = fresh()
        try:
            yield worlds
        finally:
            process.terminate()
