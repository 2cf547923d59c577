"""For every call that a live run makes: killed with SIGKILL just before and just after it takes effect, then swept.

    python -m bench.crash_matrix [EVERY]

The account must be as it was before. Each case has an account of its own on one practice server in another process;
half of them are swept without the ledgers, as if they were lost with their machine. EVERY takes each so many-th call
only. What a run waits for is fast on that server, and so are the run's pauses; nothing else differs.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.httpsession import URLLib3Session

ROOT = Path(__file__).parent.parent
WORKERS = 2
LONGEST_PAUSE = 0.02
Snapshot = dict[str, list[str]]


@dataclasses.dataclass(frozen=True)
class Case:
    """Killed at this call (the first is 1; 0 for never), before or after it takes effect; swept with ledgers or not."""

    call: int
    after: bool
    ledger_lost: bool

    def __str__(self) -> str:
        return f"{'after' if self.after else 'before'} call {self.call}{', ledger lost' if self.ledger_lost else ''}"


def cases(calls: int, every: int = 1) -> list[Case]:
    """Both sides of each call, with the ledgers and without them in turn."""
    both = [(call, after) for call in range(1, calls + 1, every) for after in (False, True)]
    return [Case(call, after, (call // every + after) % 2 == 0) for call, after in both]


@contextlib.contextmanager
def practice(accounts: int, *options: str) -> Iterator[dict[str, Any]]:
    """A practice server in another process, on which no instance takes long; its line of JSON."""
    serve = "import sys, embedded.__main__ as m; m.TRANSITION_SECONDS = 0.02; m.main(sys.argv[1:])"
    command = [sys.executable, "-c", serve, "--students", str(accounts), *options]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, cwd=ROOT, text=True, **pipes) as server:
        try:
            yield json.loads(server.stdout.readline())
        finally:
            server.terminate()


def environment(told: Mapping[str, Any], account: Mapping[str, str]) -> dict[str, str]:
    """What a shell exports to work in an account of a practice server, as its line of JSON tells it."""
    return {
        "AWS_ENDPOINT_URL": told["endpoint"],
        "AWS_DEFAULT_REGION": told["region"],
        "AWS_ACCESS_KEY_ID": account["access_key_id"],
        "AWS_SECRET_ACCESS_KEY": account["secret_access_key"],
        "AWS_SESSION_TOKEN": account["session_token"],
    }


def forked(
    told: Mapping[str, Any],
    account: Mapping[str, str],
    case: Case,
    arguments: list[str],
    *,
    longest_pause: float = LONGEST_PAUSE,
) -> int:
    """The process id of a run of pytest with these arguments, in this account, that is killed as the case says."""
    child = os.fork()
    if child:
        return child
    try:
        os.environ |= environment(told, account)
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 1)
        os.dup2(silent, 2)
        real_sleep = time.sleep
        time.sleep = lambda seconds: real_sleep(min(seconds, longest_pause))
        _kill_at(case)
        os.chdir(ROOT)
        os._exit(int(pytest.main(["-m", "live", "-q", "-p", "no:xdist", *arguments])))
    finally:
        os._exit(99)


def _kill_at(case: Case) -> None:
    send, count = URLLib3Session.send, iter(range(1, 1_000_000))

    def counted(session: URLLib3Session, request: Any) -> Any:
        now = next(count) == case.call
        if now and not case.after:
            os.kill(os.getpid(), signal.SIGKILL)
        answer = send(session, request)
        if now:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    URLLib3Session.send = counted


def run_and_sweep(told: Mapping[str, Any], account: Mapping[str, str], case: Case, folder: Path) -> None:
    """Kill a run, then sweep. Raises `AssertionError` where the run was not killed or the sweep did not end with 0."""
    _, status = os.waitpid(forked(told, account, case, [f"--reports={folder}"]), 0)
    assert os.WIFSIGNALED(status), f"{case}: the run was not killed, it ended with {os.waitstatus_to_exitcode(status)}"
    place = folder / "empty" if case.ledger_lost else folder
    never = Case(0, after=False, ledger_lost=False)
    _, status = os.waitpid(forked(told, account, never, ["--sweep", f"--reports={place}"]), 0)
    assert os.waitstatus_to_exitcode(status) == 0, f"{case}: the sweep ended with {os.waitstatus_to_exitcode(status)}"
    left = [] if case.ledger_lost else list(folder.glob("ledger/*"))
    assert not left, f"{case}: a ledger is still open"


def seen(told: Mapping[str, Any], account: Mapping[str, str]) -> Snapshot:
    """What there is in an account that costs or is in the way; keys pending deletion are neither."""

    def client(service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=told["endpoint"],
            region_name=told["region"],
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


def calls_of_a_run(told: Mapping[str, Any], account: Mapping[str, str], folder: Path) -> int:
    """How many calls an undisturbed run makes, from who-am-I to the last of its tear-down."""
    never = Case(0, after=False, ledger_lost=False)
    _, status = os.waitpid(forked(told, account, never, [f"--reports={folder}"]), 0)
    assert os.waitstatus_to_exitcode(status) == 0, "an undisturbed run did not pass"
    (answers,) = folder.glob("evidence/*/answers.jsonl")
    return len(answers.read_text(encoding="utf-8").splitlines())


def one(told: Mapping[str, Any], account: Mapping[str, str], case: Case, folder: Path) -> str:
    """An empty text where the account is as before, otherwise what is wrong."""
    before = seen(told, account)
    try:
        run_and_sweep(told, account, case, folder)
    except AssertionError as wrong:
        return str(wrong)
    after = seen(told, account)
    return "" if after == before else f"{case}: before {before}, after {after}"


def main(every: int) -> int:
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as place, practice(1) as told:
        calls = calls_of_a_run(told, told["accounts"][0], Path(place))
    wanted = cases(calls, every)
    with tempfile.TemporaryDirectory() as place, practice(len(wanted)) as told:
        workers = [os.fork() or _work(told, wanted, Path(place), number) for number in range(WORKERS)]
        wrong = sum(os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1]) for worker in workers)
    took = time.perf_counter() - began
    print(f"{calls} calls, killed {len(wanted)} times: {len(wanted) - wrong} of {len(wanted)} as before, {took:.0f} s")
    return 1 if wrong else 0


def _work(told: Mapping[str, Any], wanted: list[Case], place: Path, number: int) -> int:
    """Every so many-th case; ends the process with how many were wrong."""
    wrong = 0
    for at in range(number, len(wanted), WORKERS):
        said = one(told, told["accounts"][at], wanted[at], place / str(at))
        if said:
            wrong += 1
            print(said, flush=True)
    os._exit(min(wrong, 100))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1))
