"""Whole live runs on days on which one call in ten goes wrong: the verdicts of a calm day, and nothing left behind.

    python -m bench.bad_days [SEEDS] [FIRST]

Each seed has a practice server of its own, which draws from it: throttling, 5xx, resets, answers that get lost, reads
older than writes, keys whose new state reaches S3 and EBS late, events late and out of order.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path

from bench.crash_matrix import Case, Snapshot, forked, practice, seen

WEATHER = ("--fault-rate=0.1", "--stale=0.3", "--key-delay=0.5", "--event-delay=1", "--event-jitter=1")
SETTLED_SECONDS = 5
LONGEST_PAUSE = 0.5
"""As long as LookupEvents wants between two requests."""
NEVER = Case(0, after=False, ledger_lost=False)


def day(seed: int, folder: Path) -> str:
    """An empty text where the run passed and left nothing; otherwise what was wrong."""
    with practice(1, f"--seed={seed}", *WEATHER) as told:
        (account,) = told["accounts"]
        before = seen(told, account)
        _, status = os.waitpid(forked(told, account, NEVER, [f"--reports={folder}"], longest_pause=LONGEST_PAUSE), 0)
        code = os.waitstatus_to_exitcode(status)
        after: Snapshot = {}
        until = time.monotonic() + SETTLED_SECONDS
        while after != before and time.monotonic() < until:
            after = seen(told, account)
            time.sleep(0.1)
    wrong = []
    if code:
        results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
        checks = [check for each in results["accounts"][0]["objectives"] for check in each["checks"]]
        amiss = [f"{each['id']} {each['verdict']}: {each['message']}" for each in checks if each["verdict"] != "pass"]
        wrong.append(f"exit code {code}; {'; '.join(amiss[:3])}")
    if after != before:
        wrong.append(f"before {before}, after {after}")
    return "; ".join(wrong)


def main(seeds: int, first: int) -> int:
    began, bad = time.perf_counter(), 0
    for seed in range(first, first + seeds):
        with tempfile.TemporaryDirectory() as place:
            wrong = day(seed, Path(place))
        if wrong:
            bad += 1
            print(f"seed {seed}: {wrong}", flush=True)
    took = time.perf_counter() - began
    print(f"{seeds} bad days: {seeds - bad} with the verdicts of a calm day and nothing left, {took:.0f} s")
    return 1 if bad else 0


if __name__ == "__main__":
    given = [int(each) for each in sys.argv[1:]]
    sys.exit(main(*given, *(20, 1)[len(given) :]))
