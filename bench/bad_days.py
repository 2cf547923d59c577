"""Whole live runs on days on which one call in ten goes wrong: the verdicts of a calm day, and nothing left behind.

    python -m bench.bad_days [SEEDS [FIRST [TOGETHER]]]

Each seed has a practice server of its own, which draws from it: throttling, 5xx, resets, answers that get lost or never
come, reads older than writes, keys whose new state reaches S3 and EBS late, events late, out of order and twice.
TOGETHER runs go on at a time, each waiting as long as it would anywhere.
"""

from __future__ import annotations

import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.support.live_run import amiss, ended, practice, seen, started

WEATHER = ("--fault-rate=0.1", "--stale=2", "--key-delay=3", "--event-delay=5", "--event-jitter=5")
SETTLED_SECONDS = 10


def day(seed: int, folder: Path) -> str:
    """An empty text where the run passed and left nothing; otherwise what was wrong."""
    with practice(1, f"--seed={seed}", *WEATHER) as told:
        (account,) = told["accounts"]
        before = seen(told, account)
        code = ended(started(told, account, f"--reports={folder}"))
        after = {}
        until = time.monotonic() + SETTLED_SECONDS
        while after != before and time.monotonic() < until:
            after = seen(told, account)
            time.sleep(0.1)
    wrong = []
    if code:
        wrong.append(f"exit code {code}; {'; '.join(amiss(folder)[:3])}")
    if after != before:
        wrong.append(f"before {before}, after {after}")
    return "; ".join(wrong)


def tried(seed: int) -> bool:
    with tempfile.TemporaryDirectory() as place:
        wrong = day(seed, Path(place))
    if wrong:
        print(f"seed {seed}: {wrong}", flush=True)
    return not wrong


def main(seeds: int, first: int, together: int) -> int:
    began = time.perf_counter()
    with ProcessPoolExecutor(together) as pool:
        good = sum(pool.map(tried, range(first, first + seeds)))
    took = time.perf_counter() - began
    print(f"{seeds} bad days: {good} with the verdicts of a calm day and nothing left, {took:.0f} s")
    return 0 if good == seeds else 1


if __name__ == "__main__":
    given = [int(each) for each in sys.argv[1:]]
    sys.exit(main(*given, *(20, 1, 4)[len(given) :]))
