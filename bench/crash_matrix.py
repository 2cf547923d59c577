"""Every call of a live run: the run is killed just before and just after the call takes effect.

    python -m bench.crash_matrix [EVERY [SIGNAL [STALE]]]

After SIGKILL the account is swept, and must be as it was before; half of the sweeps have no ledgers, as if these were
lost with their machine. After SIGTERM or SIGINT it must be as before without a sweep. Each case has an account of its
own on one practice server in another process. EVERY takes only each EVERY-th call. With STALE, reads may be so many
seconds old; then no ledger is lost, because without one nothing names what AWS may not show yet. Instances and pauses
are quick; nothing else differs from a real run.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from fixtures.aws.clients import Boto3Transport
from tests.support.live_run import exit_code, practice, snapshot, start_run

WORKERS = 6
"""More than cores: a sweep waits for what AWS may not show yet."""
LONGEST_PAUSE = 0.02
NO_SUCH_CALL = "the run ended before this call"
TRIES = 5
"""The number of polls varies; a case whose call was not made is tried again."""


@dataclasses.dataclass(frozen=True)
class Case:
    """The signal comes at the `nth` call of an operation (`kms:CreateAlias`), before or after it takes effect."""

    operation: str
    nth: int = 1
    after: bool = False
    ledger_lost: bool = False
    signal: signal.Signals = signal.SIGKILL

    def __str__(self) -> str:
        side = "after" if self.after else "before"
        lost = ", ledger lost" if self.ledger_lost else ""
        return f"{self.signal.name} {side} {self.operation} number {self.nth}{lost}"

    def arm(self) -> None:
        """Have this process get the signal."""
        calls = itertools.count(1)

        def interrupted(operation: str, send: Callable[[], dict[str, Any]]) -> dict[str, Any]:
            is_meant = operation == self.operation and next(calls) == self.nth
            if is_meant and not self.after:
                os.kill(os.getpid(), self.signal)
            response = send()
            if is_meant and self.after:
                os.kill(os.getpid(), self.signal)
            return response

        call, get = Boto3Transport.call, Boto3Transport.get

        def interrupted_call(
            transport: Boto3Transport, service: str, operation: str, params: Mapping[str, Any]
        ) -> dict[str, Any]:
            return interrupted(f"{service}:{operation}", lambda: call(transport, service, operation, params))

        def interrupted_get(transport: Boto3Transport, bucket: str, key: str, link: Any) -> dict[str, Any]:
            return interrupted("http:GET", lambda: get(transport, bucket, key, link))

        Boto3Transport.call, Boto3Transport.get = interrupted_call, interrupted_get  # type: ignore[assignment,method-assign]  # in the forked process only


def cases(
    operations: Iterable[str], every: int = 1, by: signal.Signals = signal.SIGKILL, stale: float = 0
) -> list[Case]:
    """Return both sides of each EVERY-th call; the sweeps have ledgers and have none in turn."""
    counts: Counter[str] = Counter()
    calls = []
    for operation in operations:
        counts[operation] += 1
        calls.append((operation, counts[operation]))
    loses_ledgers = by is signal.SIGKILL and not stale
    return [
        Case(operation, nth, after, loses_ledgers and (number + after) % 2 == 0, by)
        for number, (operation, nth) in enumerate(calls[::every])
        for after in (False, True)
    ]


def operations_of_a_run(server: Mapping[str, Any], account: Mapping[str, str], folder: Path) -> list[str]:
    """Return the operations that an undisturbed run calls, in order."""
    code = exit_code(start_run(server, account, f"--reports={folder}", longest_pause=LONGEST_PAUSE))
    assert code == 0, f"an undisturbed run ended with {code}"
    (answers,) = folder.glob("evidence/*/answers.jsonl")
    records = [json.loads(line) for line in answers.read_text(encoding="utf-8").splitlines()]
    return [f"{record['service']}:{record['operation']}" for record in records if "operation" in record]


def run_case(
    server: Mapping[str, Any], account: Mapping[str, str], case: Case, folder: Path, *, stale: float = 0
) -> str:
    """Return an empty string if the account is as before, `NO_SUCH_CALL` if the run did not make the call, or else what
    is wrong.
    """
    before = snapshot(server, account)
    run = start_run(server, account, f"--reports={folder}", longest_pause=LONGEST_PAUSE, prepare=case.arm)
    code = exit_code(run)
    if code == 0 and case.signal is signal.SIGKILL:
        return NO_SUCH_CALL
    if case.signal is signal.SIGKILL:
        assert code == -signal.SIGKILL, f"{case}: the run ended with {code}"
        reports = folder / "empty" if case.ledger_lost else folder
        swept = exit_code(start_run(server, account, "--sweep", f"--reports={reports}", longest_pause=LONGEST_PAUSE))
        if swept:
            return f"{case}: the sweep ended with {swept}"
    time.sleep(stale)
    after = snapshot(server, account)
    if after != before:
        return f"{case}: before {before}, after {after}; the run ended with {code}"
    left = [] if case.ledger_lost else list(folder.glob("ledger/*"))
    return f"{case}: a ledger is left" if left else ""


def main(every: int, by: signal.Signals, stale: float) -> int:
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as place, practice(1) as server:
        operations = operations_of_a_run(server, server["accounts"][0], Path(place))
    planned = cases(operations, every, by, stale)
    with tempfile.TemporaryDirectory() as place, practice(len(planned), "--stale", str(stale)) as server:
        workers = [os.fork() or _work(server, planned, Path(place), number, stale) for number in range(WORKERS)]
        wrong = sum(map(exit_code, workers))
    took = time.perf_counter() - began
    tried = f"{len(operations)} calls, {by.name} {len(planned)} times{f', reads {stale:g} s old' if stale else ''}"
    print(f"{tried}: {len(planned) - wrong} of {len(planned)} as before, {took:.0f} s")
    return 1 if wrong else 0


def _work(server: Mapping[str, Any], planned: list[Case], place: Path, number: int, stale: float) -> int:
    """Run each WORKERS-th case; end the process with the number of wrong ones."""
    wrong = 0
    for at in range(number, len(planned), WORKERS):
        account = server["accounts"][at]
        tries = (run_case(server, account, planned[at], place / str(at), stale=stale) for _ in range(TRIES))
        problem = next((each for each in tries if each != NO_SUCH_CALL), NO_SUCH_CALL)
        if problem:
            wrong += 1
            print(problem if problem != NO_SUCH_CALL else f"{planned[at]}: {problem}", flush=True)
    os._exit(min(wrong, 100))


if __name__ == "__main__":
    given = dict(enumerate(sys.argv[1:]))
    sys.exit(main(int(given.get(0, 1)), signal.Signals[given.get(1, "SIGKILL")], float(given.get(2, 0))))
