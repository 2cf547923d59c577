"""AWS falls silent in the middle of a live run: how long until the run has ended, and what it says of it.

    python -m bench.silence [CALL ...]

After the CALL-th call the practice server's process is stopped: it takes connections, and answers nobody. When the run
is over it goes on, and the account is swept.
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

from tests.support.live_run import amiss, ended, practice, seen, started

BOUND_SECONDS = 600
CALLS = (0, 20, 45, 70, 95, 115, 125)
"""Spread over a run: before its first call, while each objective is tried, and in the tear-down."""
JUDGED_AMISS, LEFT_BEHIND = 6, 7


def silenced(pid: int, call: int) -> Callable[[], None]:
    """Has this process stop the other after so many calls."""

    def prepare() -> None:
        send, count = URLLib3Session.send, iter(range(1, 1_000_000))

        def counted(session: URLLib3Session, request: Any) -> Any:
            number = next(count)
            if number == call + 1:
                os.kill(pid, signal.SIGSTOP)
            return send(session, request)

        URLLib3Session.send = counted

    return prepare


def tried(call: int) -> str:
    """What came of it; a text that begins with `bad` where it is not what it should be."""
    with tempfile.TemporaryDirectory() as place, practice(1) as told:
        folder, (account,) = Path(place), told["accounts"]
        before = seen(told, account)
        began = time.perf_counter()
        code = ended(started(told, account, f"--reports={folder}", prepared=silenced(told["pid"], call)))
        took = time.perf_counter() - began
        os.kill(told["pid"], signal.SIGCONT)
        wrong = amiss(folder)
        swept = ended(started(told, account, "--sweep", f"--reports={folder}"))
        after = seen(told, account)
    failed = sum(" fail: " in each for each in wrong)
    errors = sum(" error: " in each for each in wrong)
    said = f"silent after call {call}: {took:.0f} s, exit code {code}, {errors} errors, {failed} failures"
    if took > BOUND_SECONDS or code not in (JUDGED_AMISS, LEFT_BEHIND) or failed:
        return f"bad: {said}"
    return f"{said}; swept" if swept == 0 and after == before else f"bad: {said}; swept: {swept}, {after}"


def main(calls: tuple[int, ...]) -> int:
    with ProcessPoolExecutor(len(calls)) as pool:
        said = []
        for each in pool.map(tried, calls):
            said.append(each)
            print(each, flush=True)
    bad = any(each.startswith("bad") for each in said)
    print(f"{'NOT ' if bad else ''}all within {BOUND_SECONDS} s")
    return 1 if bad else 0


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main(tuple(map(int, sys.argv[1:])) or CALLS))
