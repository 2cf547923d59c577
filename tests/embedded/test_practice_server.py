"""`python -m embedded`, as docs/contract.md describes it."""

from __future__ import annotations

import csv
import json
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.support.checks_run import ROOT


@contextmanager
def served(*arguments: str) -> Iterator[tuple[dict, subprocess.Popen[str]]]:
    """The line of JSON that a server printed, and its process."""
    command = [sys.executable, "-m", "embedded", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield json.loads(process.stdout.readline()), process
        finally:
            process.terminate()


def client(server: dict, service: str, account: int = 0, **changes: str):
    named = server["accounts"][account]
    return boto3.client(  # type: ignore[call-overload]  # any service
        service,
        endpoint_url=server["endpoint"],
        region_name=server["region"],
        **{
            "aws_access_key_id": named["access_key_id"],
            "aws_secret_access_key": named["secret_access_key"],
            "aws_session_token": named["session_token"],
            **changes,
        },
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serves_until_a_signal_and_ends_with_0(number):
    """One line of JSON on standard output, the exports on standard error."""
    with served() as (server, process):
        assert server.keys() == {"endpoint", "region", "accounts"}
        assert server["endpoint"].startswith("http://127.0.0.1:")
        process.send_signal(number)
        rest, people = process.communicate(timeout=20)
    assert process.returncode == 0
    assert rest == ""
    assert f"export AWS_ENDPOINT_URL={server['endpoint']}" in people


def test_the_starting_point():
    """The role's session, one empty bucket, one running instance, no key, and a history of its own calls only."""
    with served() as (server, _):
        caller = client(server, "sts").get_caller_identity()
        assert ":assumed-role/voclabs/" in caller["Arn"]
        assert caller["Account"] == server["accounts"][0]["account"]
        s3 = client(server, "s3")
        (bucket,) = s3.list_buckets()["Buckets"]
        assert "imagebucket" in bucket["Name"]
        assert "Contents" not in s3.list_objects_v2(Bucket=bucket["Name"])
        ((instance,),) = [each["Instances"] for each in client(server, "ec2").describe_instances()["Reservations"]]
        assert {"Key": "Name", "Value": "LabInstance"} in instance["Tags"]
        assert (instance["State"]["Name"], instance["RootDeviceName"]) == ("running", "/dev/xvda")
        (root,) = client(server, "ec2").describe_volumes()["Volumes"]
        assert (root["Encrypted"], root["Size"]) == (False, 8)
        assert client(server, "kms").list_keys()["Keys"] == []
        events = client(server, "cloudtrail").lookup_events()["Events"]
        assert {event["EventName"] for event in events} <= {
            "GetCallerIdentity",
            "ListBuckets",
            "DescribeInstances",
            "DescribeVolumes",
            "ListKeys",
        }


def test_accounts_do_not_see_one_another():
    """Keys, buckets and histories are apart."""
    with served("--students", "2") as (server, _):
        first, second = (client(server, "kms", account) for account in (0, 1))
        arn = first.create_key()["KeyMetadata"]["Arn"]
        assert second.list_keys()["Keys"] == []
        with pytest.raises(ClientError) as refused:
            second.describe_key(KeyId=arn)
        assert refused.value.response["Error"]["Code"] == "AccessDeniedException"
        (mine,), (yours,) = ([b["Name"] for b in client(server, "s3", n).list_buckets()["Buckets"]] for n in (0, 1))
        assert mine != yours
        with pytest.raises(ClientError) as refused:
            client(server, "s3", 1).list_objects_v2(Bucket=mine)
        assert refused.value.response["Error"]["Code"] == "AccessDenied"


ASKED = {"s3": "list_buckets", "kms": "list_keys", "sts": "get_caller_identity", "ec2": "describe_volumes"}


def test_each_service_refuses_a_wrong_secret_and_an_unknown_key_in_its_own_words():
    """As docs/contract.md has it."""
    wrong = {
        "s3": ("SignatureDoesNotMatch", "InvalidAccessKeyId"),
        "kms": ("InvalidSignatureException", "UnrecognizedClientException"),
        "sts": ("SignatureDoesNotMatch", "InvalidClientTokenId"),
        "ec2": ("AuthFailure", "AuthFailure"),
    }
    changes = ({"aws_secret_access_key": "wrong"}, {"aws_access_key_id": "ASIAUNKNOWNUNKNOWNUN"})
    with served() as (server, _):
        for service, codes in wrong.items():
            for change, code in zip(changes, codes, strict=True):
                with pytest.raises(ClientError) as refused:
                    getattr(client(server, service, 0, **change), ASKED[service])()
                assert refused.value.response["Error"]["Code"] == code


def test_credentials_are_drawn_freshly():
    """Whoever knows the program does not know the secrets."""
    with served() as (first, _), served() as (second, _):
        secrets = [server["accounts"][0] for server in (first, second)]
    for name in ("access_key_id", "secret_access_key", "session_token"):
        assert secrets[0][name] != secrets[1][name]


def test_the_same_seed_gives_the_same_accounts():
    """A practice class can be begun again."""
    with (
        served("--students", "3", "--seed", "5") as (first, _),
        served("--students", "3", "--seed", "5") as (second, _),
    ):
        assert first["accounts"] == second["accounts"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--students", "many"], "'many' is not a number from 1 to 10000"),
        (["--port", "70000"], "'70000' is not a port from 0 to 65535"),
        (["--event-delay", "-1"], "'-1' is not seconds from 0 to 86400"),
        (["--fault-rate", "10"], "'10' is not a share from 0 to 1"),
        (["--roster", "/proc/nowhere/class.csv"], "--roster /proc/nowhere/class.csv: No such file or directory"),
    ],
)
def test_bad_options_are_told_in_one_line(arguments, said):
    """What was given, and what is wanted."""
    run = subprocess.run(
        [sys.executable, "-m", "embedded", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 2
    assert said in run.stderr.splitlines()[-1]


def test_a_taken_port_is_told_in_one_line():
    """And the run ends."""
    with served() as (server, _):
        port = server["endpoint"].rpartition(":")[2]
        command = [sys.executable, "-m", "embedded", "--port", port]
        run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert run.stderr.splitlines()[-1].startswith(f"--port {port}: Address already in use")


def test_a_roster_of_the_class(tmp_path):
    """It is complete before the line of JSON, readable by its owner only; the accounts have completed labs."""
    path = tmp_path / "class.csv"
    with served("--students", "3", "--played", "--roster", str(path)) as (server, _):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        named = [{name: row[name] for name in account} for row, account in zip(rows, server["accounts"], strict=True)]
        assert named == server["accounts"]
        assert {row["region"] for row in rows} == {server["region"]}
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert list(tmp_path.iterdir()) == [path]
        histories = [client(server, "cloudtrail", n).lookup_events()["Events"] for n in range(3)]
    assert any(histories)
