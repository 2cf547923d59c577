"""Whole live runs with faults in one call of ten: the same verdicts as without faults, and nothing left behind.

    python -m bench.fault_injection [SEEDS [FIRST [TOGETHER]]]

Each seed has a practice server of its own, which draws the faults from it: throttling, 5xx, lost connections, lost or
missing responses, stale reads, keys whose new state reaches S3 and EBS late, events late, out of order and twice.
TOGETHER runs go on at a time, with the pauses of any other run.
"""

from __future__ import annotations

import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.support.live_run import Snapshot, exit_code, not_passed, practice, snapshot, start_run

FAULTS = ("--fault-rate=0.1", "--stale=2", "--key-delay=3", "--event-delay=5", "--event-jitter=5")
SETTLED_SECONDS = 10


def run_seed(seed: int, folder: Path) -> str:
    """Return an empty string if the run passed and left nothing, or else what is wrong."""
    with practice(1, f"--seed={seed}", *FAULTS) as server:
        (account,) = server["accounts"]
        before = snapshot(server, account)
        code = exit_code(start_run(server, account, f"--reports={folder}"))
        after: Snapshot = {}
        until = time.monotonic() + SETTLED_SECONDS
        while after != before and time.monotonic() < until:
            after = snapshot(server, account)
            time.sleep(0.1)
    problems = []
    if code:
        problems.append(f"exit code {code}; {'; '.join(not_passed(folder)[:3])}")
    if after != before:
        problems.append(f"before {before}, after {after}")
    return "; ".join(problems)


def is_right(seed: int) -> bool:
    with tempfile.TemporaryDirectory() as place:
        problem = run_seed(seed, Path(place))
    if problem:
        print(f"seed {seed}: {problem}", flush=True)
    return not problem


def main(seeds: int, first: int, together: int) -> int:
    began = time.perf_counter()
    with ProcessPoolExecutor(together) as pool:
        right = sum(pool.map(is_right, range(first, first + seeds)))
    took = time.perf_counter() - began
    print(f"{seeds} runs with faults: {right} with the verdicts of a run without, and nothing left, {took:.0f} s")
    return 0 if right == seeds else 1


if __name__ == "__main__":
    given = [int(each) for each in sys.argv[1:]]
    sys.exit(main(*given, *(20, 1, 4)[len(given) :]))
