"""A class graded at once, beside one process a student in turn, against the practice server on this machine.

    python -m bench.class_run [STUDENTS ...] [--latency SECONDS]

The class has done its lab before anything is measured. A sample of students is graded alone, one process each, and
counted up to the class; the class is graded whole, and judged once more from its evidence, which tells the gathering's
share of time and processor. The practice server shares this machine's cores, and computes for every call itself.
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
    """A run of pytest: seconds, seconds of the processor, peak memory in MB, and its results."""

    seconds: float
    processor: float
    peak: int
    results: dict[str, Any]

    @property
    def calls(self) -> dict[str, int]:
        return {each["account"]: each["api_calls"] for each in self.results["accounts"]}


def graded(folder: Path, environ: Mapping[str, str], *arguments: str) -> Graded:
    plugins = ("-p", "no:hypothesispytest")
    command = [sys.executable, "-m", "pytest", "-q", *plugins, f"--reports={folder}", *arguments]
    began = time.perf_counter()
    with (folder.parent / f"{folder.name}.log").open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environ}, stdout=log, stderr=log)
        _, _, used = os.wait4(process.pid, 0)
    results = json.loads((folder / "results.json").read_text())
    return Graded(time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss // 1024, results)


def computed(pid: int) -> float:
    """Seconds that a process has computed so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def a_class(students: int, latency: float, roster: Path) -> Iterator[tuple[dict[str, Any], int]]:
    """A practice class in a process of its own that has done its lab, and that process."""
    count = ("--students", str(students), "--latency", str(latency), "--played", "--roster", str(roster))
    command = [sys.executable, "-m", "embedded", *count]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, cwd=ROOT, text=True, **pipes) as server:
        try:
            told = json.loads(server.stdout.readline())
            clients = Clients(endpoint=told["endpoint"], connections=TOGETHER)
            with ThreadPoolExecutor(TOGETHER) as pool:
                list(pool.map(lambda account: look(clients, account), told["accounts"]))
            yield told, server.pid
        finally:
            server.terminate()


def look(clients: Clients, account: Mapping[str, str]) -> None:
    """The first look at an account plays what its student has done."""
    keys = Credentials(account["access_key_id"], account["secret_access_key"], account["session_token"])
    Boto3Transport(clients, keys, "us-east-1").call("sts", "GetCallerIdentity", {})


def measured(students: int, latency: float) -> Graded:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        roster = folder / "class.csv"
        with a_class(students, latency, roster) as (told, server):
            at = {"AWS_ENDPOINT_URL": told["endpoint"], "AWS_DEFAULT_REGION": told["region"]}
            sample = told["accounts"][:ALONE]
            live = ("-m", "live")
            alone = [
                graded(folder / f"alone{number}", environment(told, each), *live, "--grade")
                for number, each in enumerate(sample)
            ]
            before = computed(server)
            whole = graded(folder / "class", at, *live, f"--roster={roster}")
            serving = computed(server) - before
        judging = graded(folder / "again", {}, f"--replay={folder / 'class' / 'evidence'}")
    tell(students, latency, alone, whole, judging, serving)
    return whole


def tell(
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
        "  of it judging and telling": f"{judging.seconds:.1f} s, {judging.seconds / students * 1000:.0f} ms a student",
        "  peak memory": f"{whole.peak} MB",
        "calls an account as alone": "yes" if as_alone else "NO",
    }
    for what, figure in lines.items():
        print(f"{what:34}{figure}", flush=True)


def main(counts: Sequence[int], latency: float) -> None:
    runs = {count: measured(count, latency) for count in counts}
    for count, run in runs.items() if len(runs) > 1 else ():
        print(f"{count:5} students: {run.seconds / count * 1000:.0f} ms and {run.peak / count:.2f} MB a student")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.class_run")
    parser.add_argument("students", nargs="*", type=int, default=[200])
    parser.add_argument("--latency", type=float, default=0.08)
    given = parser.parse_args()
    main(given.students, given.latency)
