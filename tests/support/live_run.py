"""Live runs in processes of their own, against a practice server in another process, and snapshots of the account."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

ROOT = Path(__file__).parents[2]
Snapshot = dict[str, list[str]]


@contextlib.contextmanager
def practice(accounts: int, *options: str) -> Iterator[dict[str, Any]]:
    """Start a practice server with quick instances; yield its line of JSON, and its `pid`."""
    serve = "import sys, embedded.__main__ as m; m.TRANSITION_SECONDS = 0.02; m.main(sys.argv[1:])"
    command = [sys.executable, "-c", serve, "--students", str(accounts), *options]
    with subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
        try:
            assert server.stdout is not None
            yield {**json.loads(server.stdout.readline()), "pid": server.pid}
        finally:
            server.terminate()


def environment(server: Mapping[str, Any], account: Mapping[str, str]) -> dict[str, str]:
    """Return the environment variables for an account of a practice server."""
    return {
        "AWS_ENDPOINT_URL": server["endpoint"],
        "AWS_DEFAULT_REGION": server["region"],
        "AWS_ACCESS_KEY_ID": account["access_key_id"],
        "AWS_SECRET_ACCESS_KEY": account["secret_access_key"],
        "AWS_SESSION_TOKEN": account["session_token"],
    }


def start_run(
    server: Mapping[str, Any],
    account: Mapping[str, str],
    *arguments: str,
    longest_pause: float | None = None,
    prepare: Callable[[], object] = lambda: None,
) -> int:
    """Fork a process that runs pytest with these arguments in this account; return its process id.

    `longest_pause` limits the run's pauses, in seconds. `prepare` is called in the process first.
    """
    child = os.fork()
    if child:
        return child
    try:
        os.environ |= environment(server, account)
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        if longest_pause is not None:
            sleep, longest = time.sleep, longest_pause
            time.sleep = lambda seconds: sleep(min(float(seconds), longest))
        prepare()
        os.chdir(ROOT)
        plugins = ("-p", "no:xdist", "-p", "no:hypothesispytest")
        os._exit(int(pytest.main(["-m", "live", "-q", *plugins, *arguments])))
    finally:
        os._exit(99)


def exit_code(process: int) -> int:
    """Wait for a run and return its exit code; negative if a signal ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def snapshot(server: Mapping[str, Any], account: Mapping[str, str]) -> Snapshot:
    """Return the resources of an account, without keys pending deletion."""

    def client(service: str) -> Any:
        return boto3.client(  # type: ignore[call-overload]  # any service
            service,
            endpoint_url=server["endpoint"],
            region_name=server["region"],
            aws_access_key_id=account["access_key_id"],
            aws_secret_access_key=account["secret_access_key"],
            aws_session_token=account["session_token"],
            config=Config(retries={"mode": "standard", "total_max_attempts": 10}),
        )

    ec2, kms = client("ec2"), client("kms")
    instances = [one for each in ec2.describe_instances()["Reservations"] for one in each["Instances"]]
    keys = [kms.describe_key(KeyId=each["KeyId"])["KeyMetadata"] for each in kms.list_keys()["Keys"]]
    return {
        "instances": sorted(each["InstanceId"] for each in instances if each["State"]["Name"] != "terminated"),
        "volumes": sorted(each["VolumeId"] for each in ec2.describe_volumes()["Volumes"]),
        "snapshots": sorted(each["SnapshotId"] for each in ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]),
        "buckets": sorted(each["Name"] for each in client("s3").list_buckets()["Buckets"]),
        "keys": sorted(
            each["KeyId"] for each in keys if each["KeyManager"] == "CUSTOMER" and each["KeyState"] != "PendingDeletion"
        ),
        "aliases": sorted(
            each["AliasName"] for each in kms.list_aliases()["Aliases"] if "/aws/" not in each["AliasName"]
        ),
    }


def not_passed(folder: Path) -> list[str]:
    """Return the checks of a run that did not pass, each with its verdict and message."""
    results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    checks = [check for account in results["accounts"] for each in account["objectives"] for check in each["checks"]]
    return [f"{each['id']} {each['verdict']}: {each['message']}" for each in checks if each["verdict"] != "pass"]
