"""A whole live run with a late event history: its time, in proportion to the delay.

    python -m bench.waiting [SECONDS]

SECONDS is the practice server's `--event-delay`; all pauses are those of a real run.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from tests.support.live_run import exit_code, not_passed, practice, start_run


def main(delay: int) -> int:
    with tempfile.TemporaryDirectory() as folder, practice(1, f"--event-delay={delay}") as server:
        began = time.perf_counter()
        code = exit_code(start_run(server, server["accounts"][0], f"--reports={folder}"))
        took = time.perf_counter() - began
        wrong = not_passed(Path(folder))
    verdict = f"exit code {code}; {'; '.join(wrong)}" if code else "all passed"
    print(f"events late by {delay} s: {verdict}, {took:.1f} s, ratio {took / delay:.2f}")
    return code


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 60))
