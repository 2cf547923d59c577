"""Whole live runs with injected faults: they have the verdicts of a run without, and leave nothing behind.

    python -m bench.fault_injection [SEEDS [FIRST [TOGETHER]]]

Each seed has a practice server of its own, which draws the faults from it: one request in ten is throttled, fails with
a 5xx error, or loses its connection or its response; reads are stale, keys' new states reach S3 and EBS late, events
are late, out of order and twice. TOGETHER runs go on at a time, with the waits of a real run.
"""

from __future__ import annotations

import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.support.live_run import amiss, ended, practice, seen, started

FAULTS = ("--fault-rate=0.1", "--stale=2", "--key-delay=3", "--event-delay=5", "--event-jitter=5")
SETTLED_SECONDS = 10


def problems(seed: int, folder: Path) -> str:
    """Return what was wrong with a run, or an empty text."""
    with practice(1, f"--seed={seed}", *FAULTS) as server:
        (account,) = server["accounts"]
        before = seen(server, account)
        code = ended(started(server, account, f"--reports={folder}"))
        after = {}
        until = time.monotonic() + SETTLED_SECONDS
        while after != before and time.monotonic() < until:
            after = seen(server, account)
            time.sleep(0.1)
    wrong = []
    if code:
        wrong.append(f"exit code {code}; {'; '.join(amiss(folder)[:3])}")
    if after != before:
        wrong.append(f"before {before}, after {after}")
    return "; ".join(wrong)


def run(seed: int) -> bool:
    with tempfile.TemporaryDirectory() as place:
        wrong = problems(seed, Path(place))
    if wrong:
        print(f"seed {seed}: {wrong}", flush=True)
    return not wrong


def main(seeds: int, first: int, together: int) -> int:
    began = time.perf_counter()
    with ProcessPoolExecutor(together) as pool:
        good = sum(pool.map(run, range(first, first + seeds)))
    took = time.perf_counter() - began
    print(f"{seeds} runs with faults: {good} with the verdicts of a run without and nothing left, {took:.0f} s")
    return 0 if good == seeds else 1


if __name__ == "__main__":
    given = [int(each) for each in sys.argv[1:]]
    sys.exit(main(*given, *(20, 1, 4)[len(given) :]))
