"""Clients as people use them: the AWS CLI and curl through the whole handout, boto3's transfer manager, links in a
browser's manner, and many at a time. The tests that ask in `world` can be asked of a real account with `-m live`.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from boto3.s3.transfer import TransferConfig

from tests.embedded.test_practice_server import served
from tests.embedded.world import World
from tests.support.checks_run import ROOT
from tests.support.live_run import environment

AWSCLI = "awscli==1.46.3"
"""The AWS CLI that PyPI has. It pins a botocore of its own, hence an environment of its own; it is pinned because its
output is parsed here."""
CLIENTS = 32
SIGV4 = "Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4."
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
ROLE_USE = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
ROLE_ADMINISTRATION = [
    *(
        f"kms:{verb}*"
        for verb in ["Create", "Describe", "Enable", "List", "Put", "Update", "Revoke", "Disable", "Get", "Delete"]
    ),
    *("kms:TagResource", "kms:UntagResource", "kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion"),
]
ATTACHMENT = ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"]
NOT_BLOCKED = "BlockPublicAcls=false,IgnorePublicAcls=false,BlockPublicPolicy=false,RestrictPublicBuckets=false"


class CommandLine:
    """The AWS CLI, signed in to a practice account as its `export` lines say."""

    def __init__(self, program: Path, server: dict[str, Any], home: Path) -> None:
        account = server["accounts"][0]
        self.account = account["account"]
        self._program = program
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        self._environment = {**kept, "HOME": str(home), **environment(server, account)}

    def run(self, line: str, *more: str) -> subprocess.CompletedProcess[str]:
        """`aws` with the words of a line, and arguments that have spaces behind them."""
        command = [str(self._program), *line.split(), *more]
        return subprocess.run(command, env=self._environment, capture_output=True, text=True, check=False, timeout=60)

    def text(self, line: str, *more: str) -> str:
        """What it prints, where it succeeds."""
        ran = self.run(line, *more)
        assert ran.returncode == 0, f"aws {line}: {ran.stderr}"
        return ran.stdout.strip()

    def refusal(self, line: str, *more: str) -> str:
        """What it complains of, where it is refused."""
        ran = self.run(line, *more)
        assert ran.returncode != 0, f"aws {line} was served: {ran.stdout}"
        return ran.stderr.strip()

    def until(self, line: str, wanted: str) -> str:
        """Ask again, without the 15 seconds that `aws ... wait` rests between, until a text is answered."""
        seen = ""
        for _ in range(40):
            seen = self.text(line)
            if wanted in seen:
                return seen
        raise AssertionError(f"aws {line}: {seen}, not {wanted}")

    def events(self, name: str) -> list[dict[str, Any]]:
        """The records of an event, the newest first."""
        found = json.loads(
            self.text(f"cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue={name}")
        )
        return [json.loads(event["CloudTrailEvent"]) for event in found["Events"]]


@pytest.fixture(scope="module")
def aws_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The AWS CLI in an environment of its own."""
    place = tmp_path_factory.mktemp("awscli")
    subprocess.run([sys.executable, "-m", "venv", place], check=True)
    install = [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", AWSCLI]
    installed = subprocess.run(install, capture_output=True, text=True, check=False, timeout=300)
    if installed.returncode:
        pytest.skip(f"{AWSCLI} cannot be installed here: {installed.stderr.strip().splitlines()[-1:]}")
    return place / "bin" / "aws"


@pytest.fixture
def aws(aws_program: Path, tmp_path: Path) -> Iterator[CommandLine]:
    """The AWS CLI in front of `python -m embedded`."""
    with served() as (server, _):
        yield CommandLine(aws_program, server, tmp_path)


def fetched(url: str) -> tuple[str, bytes]:
    """Status and body of an address, by curl; skips where there is none."""
    curl = shutil.which("curl")
    if not curl:
        pytest.skip("curl is not installed: the rest of the handout needs object URLs opened as a browser does")
    command = [curl, "--silent", "--noproxy", "*", "--write-out", "\n%{http_code}", url]
    body, _, status = subprocess.run(command, capture_output=True, check=True, timeout=60).stdout.rpartition(b"\n")
    return status.decode(), body


def console_policy(account: str) -> str:
    """What the console's form makes of one administrator and one user (KMS-50)."""
    role = {"AWS": f"arn:aws:iam::{account}:role/voclabs"}
    root = {"AWS": f"arn:aws:iam::{account}:root"}
    granted = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    statements = [
        {"Sid": "Enable IAM User Permissions", "Principal": root, "Action": "kms:*"},
        {"Sid": "Allow access for Key Administrators", "Principal": role, "Action": ROLE_ADMINISTRATION},
        {"Sid": "Allow use of the key", "Principal": role, "Action": ROLE_USE},
        {
            "Sid": "Allow attachment of persistent resources",
            "Principal": role,
            "Action": ATTACHMENT,
            "Condition": granted,
        },
    ]
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Id": "key-consolepolicy-3",
            "Statement": [{"Effect": "Allow", "Resource": "*", **statement} for statement in statements],
        }
    )


def test_the_whole_handout_by_the_command_line(aws: CommandLine, tmp_path: Path):  # noqa: PLR0915  # seven tasks
    """Tasks 1 to 7 of the lab (LAB-11 to LAB-17), each with its expected observation."""
    # Task 1
    key = aws.text("kms create-key --query KeyMetadata.Arn --output text --policy", console_policy(aws.account))
    aws.text(f"kms create-alias --alias-name alias/MyKMSKey --target-key-id {key}")
    assert aws.text("kms describe-key --key-id alias/MyKMSKey --query KeyMetadata.KeyState --output text") == "Enabled"
    # Task 2
    bucket = aws.text("s3api list-buckets --query Buckets[0].Name --output text")
    picture = tmp_path / "clock.png"
    picture.write_bytes(PICTURE)
    aws.text(f"s3 cp {picture} s3://{bucket}/clock.png --sse aws:kms --sse-kms-key-id alias/MyKMSKey")
    head = json.loads(aws.text(f"s3api head-object --bucket {bucket} --key clock.png"))
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", key)
    # Task 3
    aws.text("configure set default.s3.signature_version s3v4")  # the CLI's presign is SigV2 in us-east-1 without
    link = aws.text(f"s3 presign s3://{bucket}/clock.png")
    address = link.partition("?")[0]
    status, body = fetched(address)
    assert (status, b"<Code>AccessDenied</Code>" in body) == ("403", True)
    aws.text(f"s3api put-public-access-block --bucket {bucket} --public-access-block-configuration {NOT_BLOCKED}")
    rules = "Rules=[{ObjectOwnership=BucketOwnerPreferred}]"
    aws.text(f"s3api put-bucket-ownership-controls --bucket {bucket} --ownership-controls {rules}")
    aws.text(f"s3api put-object-acl --bucket {bucket} --key clock.png --acl public-read")
    status, body = fetched(address)
    assert (status, b"<Code>InvalidArgument</Code>" in body, SIGV4.encode() in body) == ("400", True, True)
    # Task 4
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in link
    assert fetched(link) == ("200", PICTURE)
    # Task 5
    (uploaded,) = aws.events("GenerateDataKey")
    (opened,) = aws.events("Decrypt")
    for record in (uploaded, opened):
        assert record["requestParameters"]["encryptionContext"] == {"aws:s3:arn": f"arn:aws:s3:::{bucket}/clock.png"}
        assert record["resources"][0]["ARN"] == key
    # Task 6
    named = "--filters Name=tag:Name,Values=LabInstance --query Reservations[0].Instances[0]"
    instance, zone, old = aws.text(
        f"ec2 describe-instances {named}.[InstanceId,Placement.AvailabilityZone,BlockDeviceMappings[0].Ebs.VolumeId] "
        "--output text"
    ).split()
    state = f"ec2 describe-instances --instance-ids {instance} --output text --query Reservations[0].Instances[0]"
    aws.text(f"ec2 stop-instances --instance-ids {instance}")
    aws.until(f"{state}.State.Name", "stopped")
    aws.text(f"ec2 wait instance-stopped --instance-ids {instance}")
    snapshot = aws.text(f"ec2 create-snapshot --volume-id {old} --query SnapshotId --output text")
    aws.until(f"ec2 describe-snapshots --snapshot-ids {snapshot} --query Snapshots[0].State", "completed")
    aws.text(f"ec2 wait snapshot-completed --snapshot-ids {snapshot}")
    made = f"--snapshot-id {snapshot} --availability-zone {zone} --encrypted --kms-key-id alias/MyKMSKey"
    new = aws.text(f"ec2 create-volume {made} --query VolumeId --output text")
    aws.text(f"ec2 detach-volume --volume-id {old}")
    volumes = f"ec2 describe-volumes --volume-ids {new} {old} --output text --query Volumes[*].State"
    aws.until(volumes, "available\tavailable")
    aws.text(f"ec2 wait volume-available --volume-ids {new} {old}")
    aws.text(f"ec2 attach-volume --volume-id {new} --instance-id {instance} --device /dev/xvda")
    shown = aws.text(f"ec2 describe-volumes --volume-ids {new} --output text --query Volumes[0].[Encrypted,KmsKeyId]")
    assert shown.split() == ["True", key]
    # Task 7
    aws.text(f"kms disable-key --key-id {key}")
    starting = "--query StartingInstances[0].CurrentState.Name --output text"
    assert aws.text(f"ec2 start-instances --instance-ids {instance} {starting}") == "pending"
    assert f"(KMS.DisabledException) when calling the GetObject operation: {key} is disabled." in aws.refusal(
        f"s3api get-object --bucket {bucket} --key clock.png {tmp_path / 'again.png'}"
    )
    status, body = fetched(link)
    assert (status, b"<Code>KMS.DisabledException</Code>" in body) == ("400", True)
    aws.until(f"{state}.State.Name", "stopped")
    assert "Client.InvalidKMSKey.InvalidState" in aws.text(f"{state}.StateReason.Message")
    refused = next(record for record in aws.events("CreateGrant") if "errorCode" in record)
    assert (refused["errorCode"], refused["errorMessage"]) == ("DisabledException", f"{key} is disabled.")
    assert "errorCode" not in aws.events("StartInstances")[0]
    aws.text(f"kms enable-key --key-id {key}")
    aws.text(f"ec2 start-instances --instance-ids {instance}")
    aws.until(f"{state}.State.Name", "running")
    aws.text(f"ec2 wait instance-running --instance-ids {instance}")
    aws.text(f"s3 cp s3://{bucket}/clock.png {tmp_path / 'again.png'}")
    assert (tmp_path / "again.png").read_bytes() == PICTURE


@pytest.mark.live
def test_a_multipart_upload_by_the_transfer_manager(world: World):
    """Parts by several threads: the same bytes come back, under the key, also by ranges."""
    bucket, key = world.bucket(), world.key()
    content = b"".join(hashlib.sha256(str(number).encode()).digest() for number in range(400_000))
    in_parts = TransferConfig(multipart_threshold=5 * 1024**2, multipart_chunksize=5 * 1024**2, max_concurrency=4)
    how = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    world.s3.upload_fileobj(io.BytesIO(content), bucket, "big", ExtraArgs=how, Config=in_parts)
    head = world.s3.head_object(Bucket=bucket, Key="big")
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", key)
    assert head["ETag"].strip('"').endswith("-3")
    back = io.BytesIO()
    world.s3.download_fileobj(bucket, "big", back, Config=in_parts)
    assert back.getvalue() == content


@pytest.mark.live
def test_a_link_is_served_when_it_is_signed_by_version_4(world: World):
    """A presigned SigV4 link opens an SSE-KMS object to whoever has it, one of SigV2 to nobody (S3-49, S3-50)."""
    bucket, key = world.bucket(), world.key()
    how = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    world.s3.put_object(Bucket=bucket, Key="clock.png", Body=b"clock", **how)
    assert world.get(world.link(bucket, "clock.png", signature="s3v4")) == "200 clock"
    assert world.get(world.link(bucket, "clock.png", signature="s3")) == f"400 InvalidArgument: {SIGV4}"


@pytest.mark.live
def test_no_write_of_many_clients_is_lost(world: World):
    """Each of 32 clients at once writes an object, an alias, and a tag of one key and of one bucket's object."""
    bucket, key = world.bucket(), world.key()
    volume = world.volume()["VolumeId"]
    ident = key.rpartition("-")[2]

    def write(number: int) -> None:
        mine = f"{number:02}"
        alias = f"alias/many-{ident}-{mine}"
        world.s3.put_object(Bucket=bucket, Key=mine, Body=mine.encode() * 1000, ServerSideEncryption="aws:kms")
        world.kms.create_alias(AliasName=alias, TargetKeyId=key)
        world.keep(world.kms.delete_alias, AliasName=alias)
        world.kms.tag_resource(KeyId=key, Tags=[{"TagKey": mine, "TagValue": mine}])
        world.ec2.create_tags(Resources=[volume], Tags=[{"Key": mine, "Value": mine}])

    names = [f"{number:02}" for number in range(CLIENTS)]
    assert all((world.s3, world.kms, world.ec2))
    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(write, range(CLIENTS)))
    bodies = [world.s3.get_object(Bucket=bucket, Key=name)["Body"].read() for name in names]
    assert bodies == [name.encode() * 1000 for name in names]
    aliases = world.kms.get_paginator("list_aliases").paginate(KeyId=key)
    assert sorted(a["AliasName"][-2:] for page in aliases for a in page["Aliases"]) == names
    tags = world.kms.get_paginator("list_resource_tags").paginate(KeyId=key)
    assert sorted(tag["TagKey"] for page in tags for tag in page["Tags"]) == names
    assert sorted(tag["Key"] for tag in world.volume_described(volume)["Tags"]) == names


ASKED_LIVE = (
    "KMS: Encrypt 0 bytes",
    "KMS: what ListAliases tells",
    "S3: unsigned GET of a public SSE-KMS object",
    "S3: GetObject, key Disabled",
    "EC2: a snapshot's states",
    "CloudTrail: the data key of an upload",
    "STS: a session that is over",
)
"""Questions of each service; the last needs a clock that can be turned, and says so."""


def test_questions_are_asked_live_of_another_process(tmp_path: Path):
    """`-m live` asks whatever `AWS_ENDPOINT_URL` names, and skips what only the emulator can be asked."""
    with served() as (server, _):
        (account,) = server["accounts"]
        asked = [f"tests/embedded/test_answers.py::test_answers_as_aws_does[{name}]" for name in ASKED_LIVE]
        command = [sys.executable, "-m", "pytest", "-m", "live", "-q", "-rA", f"--reports={tmp_path}", *asked]
        exported = {**os.environ, **environment(server, account)}
        run = subprocess.run(command, cwd=ROOT, env=exported, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert f"{len(ASKED_LIVE) - 1} passed, 1 skipped" in run.stdout
