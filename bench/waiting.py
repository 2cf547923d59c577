"""A whole live run beside the slowest thing that AWS makes it wait for: the event history.

    python -m bench.waiting [SECONDS]

SECONDS is the practice server's `--event-delay`; nothing is sped up.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path

from bench.crash_matrix import Case, forked, practice


def main(delay: int) -> int:
    with tempfile.TemporaryDirectory() as folder, practice(1, f"--event-delay={delay}") as told:
        began = time.perf_counter()
        never = Case(0, after=False, ledger_lost=False)
        arguments = [f"--reports={folder}"]
        _, status = os.waitpid(forked(told, told["accounts"][0], never, arguments, longest_pause=3600), 0)
        took = time.perf_counter() - began
        results = json.loads((Path(folder) / "results.json").read_text(encoding="utf-8"))
    print(f"events late by {delay} s: {results['accounts'][0]['verdict']}, {took:.1f} s, ratio {took / delay:.2f}")
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 60))
