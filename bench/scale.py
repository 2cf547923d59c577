"""Grading a finished lab in an account in which there is much besides: calls, seconds and memory.

    python -m bench.scale [--again] [NAME ...]

Each row is a whole `--grade` over HTTP in a process of its own, against an account that had so many keys, buckets,
instances and KMS events before the lab was done. Seconds are with the true pauses between lookups in the event history.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import random
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from embedded.audit.history import Event, EventStore
from embedded.aws import EmbeddedAWS, Settings
from embedded.core.credentials import Student
from embedded.core.environment import Environment
from embedded.practice.console_user import ConsoleUser
from embedded.practice.scenarios import SCENARIOS, Scenario
from tests.support.live_in_process import live_environment
from tests.support.live_run import ROOT

MOST_CALLS = 22
"""That grading makes, whatever there is besides."""
HOURS_AGO = 6
"""When everything else was created: hours before the lab."""


@dataclasses.dataclass(frozen=True)
class Besides:
    """What else there is in the account."""

    keys: int = 0
    aliases: int = 0
    buckets: int = 0
    lab_buckets: int = 0
    instances: int = 0
    volumes: int = 0
    events: int = 0
    newer_events: int = 0

    def __str__(self) -> str:
        made = {name.replace("_", " "): count for name, count in dataclasses.asdict(self).items() if count}
        return ", ".join(f"{count:,} {name}" for name, count in made.items()) or "nothing"


ROWS: Mapping[str, Besides] = {
    "nothing": Besides(),
    "keys-200": Besides(keys=200),
    "keys-1000": Besides(keys=1000, aliases=1000),
    "buckets-100": Besides(buckets=100),
    "buckets-1000": Besides(buckets=1000),
    "instances-300": Besides(instances=300),
    "instances-2000": Besides(instances=2000),
    "volumes-2000": Besides(volumes=2000),
    "events-10000": Besides(events=10_000),
    "events-50000": Besides(events=50_000),
    "newer-events-1000": Besides(newer_events=1000),
    "all": Besides(1000, 1000, 1000, 20, 2000, 2000, 50_000),
}


class Quick(random.Random):
    """Somebody who does not hesitate: what is created takes no hours."""

    def uniform(self, a: float, b: float) -> float:
        return 0.02


def fill(user: ConsoleUser, besides: Besides, suffix: str = "") -> None:
    """Create what else there is; `suffix` tells the buckets of one account from those of another."""
    call, zone = user.call, f"{user.aws.settings.region}a"
    made = [call("kms", "create_key")["KeyMetadata"]["KeyId"] for _ in range(besides.keys)]
    for number in range(besides.aliases):
        call("kms", "create_alias", AliasName=f"alias/team-{number}", TargetKeyId=made[number % len(made)])
    for number in range(besides.buckets):
        call("s3", "create_bucket", Bucket=f"team-data-{number}{suffix}")
    for number in range(besides.lab_buckets):
        call("s3", "create_bucket", Bucket=f"other-imagebucket-{number}{suffix}")
    image = call("ec2", "describe_instances")["Reservations"][0]["Instances"][0]["ImageId"]
    for _ in range(besides.instances // 100):
        call("ec2", "run_instances", ImageId=image, InstanceType="t3.nano", MinCount=100, MaxCount=100)
    for _ in range(besides.volumes):
        call("ec2", "create_volume", AvailabilityZone=zone, Size=1, Encrypted=True)
    add_events(user.aws, user.student, besides.events, user.time)


def add_events(aws: Environment, student: Student, count: int, time: float) -> None:
    """Add KMS events of another application, with a key of its own."""
    store = aws.state(EventStore)
    record: dict[str, Any] = {
        "eventVersion": "1.11",
        "userIdentity": {"type": "AssumedRole", "arn": f"arn:aws:sts::{student.account}:assumed-role/app/app"},
        "eventSource": "kms.amazonaws.com",
        "eventName": "Decrypt",
        "awsRegion": aws.settings.region,
        "sourceIPAddress": "192.0.2.1",
        "userAgent": "app",
        "readOnly": True,
        "eventType": "AwsApiCall",
        "recipientAccountId": student.account,
    }
    for _ in range(count):
        event_id = str(uuid.uuid4())
        store.add(student.account, aws.settings.region, Event(time, {**record, "eventID": event_id}))


MEASURE = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
"""
"""Prints a command's peak memory. A child of this process would count our own memory as its own."""


@dataclasses.dataclass(frozen=True)
class Graded:
    """A graded account: its calls, by operation where there are several, seconds, peak memory in MB, and verdicts."""

    calls: list[str]
    seconds: float
    peak: int
    not_passed: dict[str, str]


def grade(aws: EmbeddedAWS, *arguments: str) -> Graded:
    with tempfile.TemporaryDirectory() as reports:
        options = ["-m", "live", "-q", "--grade", f"--reports={reports}", *arguments]
        command = [sys.executable, "-c", MEASURE, sys.executable, "-m", "pytest", *options]
        began = time.perf_counter()
        printed = subprocess.run(
            command, cwd=ROOT, env=live_environment(aws), text=True, capture_output=True, check=True
        )
        seconds = time.perf_counter() - began
        (answers,) = Path(reports).glob("evidence/*/answers.jsonl")
        records = [json.loads(line) for line in answers.read_text(encoding="utf-8").splitlines()]
        results = json.loads((Path(reports) / "results.json").read_text(encoding="utf-8"))
    checks = [one for each in results["accounts"][0]["objectives"] for one in each["checks"]]
    wrong = {each["id"]: each["verdict"] for each in checks if each["verdict"] != "pass"}
    calls = [each["operation"] for each in records if "operation" in each]
    return Graded(calls, seconds, int(printed.stdout), wrong)


def measure(besides: Besides, scenario: Scenario) -> Graded:
    with EmbeddedAWS(Settings(seed=11, transition=1.0)) as aws:
        user = aws.console_user(aws.students[0], minutes_ago=HOURS_AGO * 60)
        user.random = Quick()
        fill(user, besides)
        aws.run_scenario(aws.students[0], scenario)
        add_events(aws, user.student, besides.newer_events, aws.now() - 3600)
        return grade(aws)


def main(names: list[str], scenario: str) -> None:
    for name in names or ROWS:
        graded = measure(ROWS[name], SCENARIOS[scenario])
        often = {each: graded.calls.count(each) for each in dict.fromkeys(graded.calls) if graded.calls.count(each) > 2}
        print(
            f"{ROWS[name]!s}: {len(graded.calls)} calls, {graded.seconds:.1f} s, {graded.peak} MB"
            f"{f'; {often}' if often else ''}{f'; {graded.not_passed}' if graded.not_passed else ''}",
            flush=True,
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.scale")
    parser.add_argument("names", nargs="*", choices=[[], *ROWS])
    parser.add_argument("--scenario", choices=SCENARIOS, default="by the handout")
    given = parser.parse_args()
    main(given.names, given.scenario)
