"""A whole live run beside the slowest thing that AWS makes it wait for: the event history.

    python -m bench.waiting [SECONDS]

SECONDS is the practice server's `--event-delay`; nothing is sped up.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from tests.support.live_run import amiss, ended, practice, started


def main(delay: int) -> int:
    with tempfile.TemporaryDirectory() as folder, practice(1, f"--event-delay={delay}") as told:
        began = time.perf_counter()
        code = ended(started(told, told["accounts"][0], f"--reports={folder}"))
        took = time.perf_counter() - began
        wrong = amiss(Path(folder))
    verdict = f"exit code {code}; {'; '.join(wrong)}" if code else "all passed"
    print(f"events late by {delay} s: {verdict}, {took:.1f} s, ratio {took / delay:.2f}")
    return code


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 60))
