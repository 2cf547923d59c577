"""Clients as people use them: boto3's transfer manager, links in a browser's manner, and many at a time. The tests that
ask in `world` can be asked of a real account with `-m live`. docs/practice.md has the AWS CLI and curl.
"""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from boto3.s3.transfer import TransferConfig

from tests.embedded.test_practice_server import served
from tests.embedded.world import World
from tests.support.checks_run import ROOT
from tests.support.live_run import environment

CLIENTS = 32
SIGV4 = "Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4."


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
