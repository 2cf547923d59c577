"""AWS stops responding in the middle of a live run: how long until the run ends, and what it reports.

    python -m bench.silence [CALL ...]

After the CALL-th request, the practice server's process is stopped: it accepts connections and does not respond. When
the run has ended, the server continues, and the account is swept.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from botocore.httpsession import URLLib3Session

from tests.support.live_run import exit_code, not_passed, practice, snapshot, start_run

BOUND_SECONDS = 600
CALLS = (0, 20, 45, 70, 95, 115, 125)
"""Spread over a run: before its first request, in each objective, and in the tear-down."""
WITH_ERRORS, LEFT_BEHIND = 6, 7


def stopping(pid: int, call: int) -> Callable[[], None]:
    """Return a function that has this process stop the server after so many requests."""

    def prepare() -> None:
        send, numbers = URLLib3Session.send, iter(range(1, 1_000_000))

        def counted(session: URLLib3Session, request: Any) -> Any:
            if next(numbers) == call + 1:
                os.kill(pid, signal.SIGSTOP)
            return send(session, request)

        URLLib3Session.send = counted  # type: ignore[assignment,method-assign]  # in the forked process only

    return prepare


def run_case(call: int) -> str:
    """Return what happened; the text begins with `bad` if it is not as expected."""
    with tempfile.TemporaryDirectory() as place, practice(1) as server:
        folder, (account,) = Path(place), server["accounts"]
        before = snapshot(server, account)
        began = time.perf_counter()
        run = start_run(server, account, f"--reports={folder}", prepare=stopping(server["pid"], call))
        code = exit_code(run)
        took = time.perf_counter() - began
        os.kill(server["pid"], signal.SIGCONT)
        wrong = not_passed(folder)
        swept = exit_code(start_run(server, account, "--sweep", f"--reports={folder}"))
        after = snapshot(server, account)
    failures = sum(" fail: " in each for each in wrong)
    errors = sum(" error: " in each for each in wrong)
    result = f"no response after request {call}: {took:.0f} s, exit code {code}, {errors} errors, {failures} failures"
    if took > BOUND_SECONDS or code not in (WITH_ERRORS, LEFT_BEHIND) or failures:
        return f"bad: {result}"
    return f"{result}; swept" if swept == 0 and after == before else f"bad: {result}; swept: {swept}, {after}"


def main(calls: tuple[int, ...]) -> int:
    with ProcessPoolExecutor(len(calls)) as pool:
        results = []
        for each in pool.map(run_case, calls):
            results.append(each)
            print(each, flush=True)
    is_bad = any(each.startswith("bad") for each in results)
    print(f"{'NOT ' if is_bad else ''}all within {BOUND_SECONDS} s")
    return 1 if is_bad else 0


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main(tuple(map(int, sys.argv[1:])) or CALLS))
