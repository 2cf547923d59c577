"""A class graded at once, compared with one process per student in turn, against the practice server on this machine.

    python -m bench.class_run [STUDENTS ...] [--latency SECONDS]

The class has done its lab before anything is measured. A sample of students is graded alone, one process each, and
extrapolated to the class. The class is graded whole, and judged again from its evidence, which gives the shares of
gathering and judging. The practice server shares this machine's cores.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from botocore.credentials import Credentials

from fixtures.aws.clients import Boto3Transport, Clients
from tests.support.live_run import ROOT, environment

ALONE = 4
TOGETHER = 8


@dataclasses.dataclass(frozen=True)
class Graded:
    """A run of pytest: seconds, processor seconds, peak memory in MB, and its results."""

    seconds: float
    processor: float
    peak: int
    results: dict[str, Any]

    @property
    def calls(self) -> dict[str, int]:
        return {each["account"]: each["api_calls"] for each in self.results["accounts"]}


def grade(folder: Path, environ: Mapping[str, str], *arguments: str) -> Graded:
    command = [sys.executable, "-m", "pytest", "-q", f"--reports={folder}", *arguments]
    began = time.perf_counter()
    with (folder.parent / f"{folder.name}.log").open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environ}, stdout=log, stderr=log)
        _, _, used = os.wait4(process.pid, 0)
    results = json.loads((folder / "results.json").read_text())
    return Graded(time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss // 1024, results)


def processor_seconds(pid: int) -> float:
    """Return how long a process has used the processor."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def practice_class(students: int, latency: float, roster: Path) -> Iterator[tuple[dict[str, Any], int]]:
    """Start a practice class in a process of its own; yield its line of JSON and its process id."""
    count = ("--students", str(students), "--latency", str(latency), "--played", "--roster", str(roster))
    command = [sys.executable, "-m", "embedded", *count]
    with subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
        try:
            assert server.stdout is not None
            served = json.loads(server.stdout.readline())
            clients = Clients(endpoint=served["endpoint"], connections=TOGETHER)
            with ThreadPoolExecutor(TOGETHER) as pool:
                list(pool.map(lambda account: do_lab(clients, account), served["accounts"]))
            yield served, server.pid
        finally:
            server.terminate()


def do_lab(clients: Clients, account: Mapping[str, str]) -> None:
    """Call an account: the first call runs the steps of its student."""
    keys = Credentials(account["access_key_id"], account["secret_access_key"], account["session_token"])
    Boto3Transport(clients, keys, "us-east-1").call("sts", "GetCallerIdentity", {})


def measure(students: int, latency: float) -> Graded:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        roster = folder / "class.csv"
        with practice_class(students, latency, roster) as (served, pid):
            at = {"AWS_ENDPOINT_URL": served["endpoint"], "AWS_DEFAULT_REGION": served["region"]}
            sample = served["accounts"][:ALONE]
            live = ("-m", "live")
            alone = [
                grade(folder / f"alone{number}", environment(served, each), *live, "--grade")
                for number, each in enumerate(sample)
            ]
            before = processor_seconds(pid)
            whole = grade(folder / "class", at, *live, f"--roster={roster}")
            serving = processor_seconds(pid) - before
        judging = grade(folder / "again", {}, f"--replay={folder / 'class' / 'evidence'}")
    report(students, latency, alone, whole, judging, serving)
    return whole


def report(
    students: int, latency: float, alone: Sequence[Graded], whole: Graded, judging: Graded, serving: float
) -> None:
    calls = whole.calls
    as_alone = all(calls[account] == n for each in alone for account, n in each.calls.items())
    one = sum(each.seconds for each in alone) / len(alone)
    lines = {
        f"{students} students, {latency * 1000:.0f} ms a call": f"{sum(calls.values())} calls",
        "one process a student in turn": f"{one * students:.1f} s ({one:.2f} s each, from {len(alone)})",
        "the class at once": f"{whole.seconds:.1f} s, {one * students / whole.seconds:.1f} times faster",
        "  of it gathering": f"{whole.seconds - judging.seconds:.1f} s",
        "    the calls' processor, here": f"{whole.processor - judging.processor:.1f} s",
        "    the calls' processor, server": f"{serving:.1f} s",
        "    slowest account, alone": f"{max(each.seconds for each in alone):.1f} s",
        "  of it judging and reports": f"{judging.seconds:.1f} s, {judging.seconds / students * 1000:.0f} ms a student",
        "  peak memory": f"{whole.peak} MB",
        "calls an account as alone": "yes" if as_alone else "NO",
    }
    for what, figure in lines.items():
        print(f"{what:34}{figure}", flush=True)


def main(counts: Sequence[int], latency: float) -> None:
    runs = {count: measure(count, latency) for count in counts}
    for count, run in runs.items() if len(runs) > 1 else ():
        print(f"{count:5} students: {run.seconds / count * 1000:.0f} ms and {run.peak / count:.2f} MB a student")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.class_run")
    parser.add_argument("students", nargs="*", type=int, default=[200])
    parser.add_argument("--latency", type=float, default=0.08)
    given = parser.parse_args()
    main(given.students, given.latency)
