"""A class graded at once, beside one process a student in turn, against the practice server on this machine.

    python -m bench.class_run [STUDENTS [LATENCY_SECONDS]]

A sample of students is graded alone, one process each, and counted up to the class; the class is graded whole. The
practice server shares this machine's cores, so that its own work is a part of the class's time: how long it computes
is told, too.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
ALONE = 4


def graded(folder: Path, environment: dict[str, str], *arguments: str) -> tuple[float, float, int, dict[str, Any]]:
    """Seconds, seconds of the processor, peak memory in MB, and the results of one run."""
    command = [sys.executable, "-m", "pytest", "-m", "live", "-q", f"--reports={folder}", *arguments]
    began = time.perf_counter()
    with (folder.parent / f"{folder.name}.log").open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}, stdout=log, stderr=log)
        _, _, used = os.wait4(process.pid, 0)
    results = json.loads((folder / "results.json").read_text())
    return time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss // 1024, results


def computed(pid: int) -> float:
    """Seconds that a process has computed so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main(students: int, latency: float) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        roster = folder / "class.csv"
        count = ("--students", str(students), "--latency", str(latency), "--played", "--roster", str(roster))
        command = [sys.executable, "-m", "embedded", *count]
        with subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as server:
            assert server.stdout
            told = json.loads(server.stdout.readline())
            place_of = {"AWS_ENDPOINT_URL": told["endpoint"], "AWS_DEFAULT_REGION": told["region"]}
            alone = []
            for number, account in enumerate(told["accounts"][:ALONE]):
                names = ("access_key_id", "secret_access_key", "session_token")
                keys = {f"AWS_{name.upper()}": account[name] for name in names}
                alone.append(graded(folder / f"alone{number}", {**place_of, **keys}, "--grade"))
            before = computed(server.pid)
            seconds, processor, peak, results = graded(folder / "class", place_of, f"--roster={roster}")
            serving = computed(server.pid) - before
            server.terminate()
    accounts = {each["account"]: each["api_calls"] for each in results["accounts"]}
    as_alone = all(accounts[each[3]["accounts"][0]["account"]] == each[3]["accounts"][0]["api_calls"] for each in alone)
    in_turn = students * sum(each[0] for each in alone) / len(alone)
    print(f"{students} students, {latency * 1000:.0f} ms a call, {sum(accounts.values())} calls")
    print(f"one process a student in turn   {in_turn:8.1f} s (from {ALONE} of them)")
    print(f"the class at once               {seconds:8.1f} s, {in_turn / seconds:.1f} times faster")
    print(f"  its own processor time        {processor:8.1f} s")
    print(f"  the practice server's         {serving:8.1f} s, the students' own work included")
    print(f"  peak memory                   {peak:8} MB")
    print(f"calls an account as alone       {'yes' if as_alone else 'no'}")


if __name__ == "__main__":
    given = sys.argv[1:]
    main(int(given[0]) if given else 200, float(given[1]) if len(given) > 1 else 0.08)
