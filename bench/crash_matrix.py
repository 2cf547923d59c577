"""For every call that a live run makes: ended by a signal just before and just after that call takes effect.

    python -m bench.crash_matrix [EVERY [SIGNAL [STALE]]]

After SIGKILL the account is swept, and must be as it was before; half of the sweeps do without the ledgers, as if they
were lost with their machine. After SIGTERM or SIGINT it must be as before without a sweep. Each case has an account of
its own on one practice server in another process. EVERY takes each so many-th call only. Where reads may be STALE, by
so many seconds, no ledger gets lost: without one, nothing tells what AWS may not show yet. What a run waits for is fast
on that server, and so are the run's pauses; nothing else differs.
"""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botocore.httpsession import URLLib3Session

from tests.support.live_run import ended, practice, seen, started

WORKERS = 6
"""More than cores: a sweep waits for what AWS may not show yet."""
LONGEST_PAUSE = 0.02
SHORTER = "the run ended before this call"
TRIES = 5
"""How often a run makes its last calls depends on how often it had to look; one that was shorter is tried again."""


@dataclasses.dataclass(frozen=True)
class Case:
    """The signal comes at this call (the first is 1), before or after it takes effect; swept with ledgers or not."""

    call: int
    after: bool
    ledger_lost: bool
    signal: signal.Signals = signal.SIGKILL

    def __str__(self) -> str:
        side = "after" if self.after else "before"
        return f"{self.signal.name} {side} call {self.call}{', ledger lost' if self.ledger_lost else ''}"

    def arm(self) -> None:
        """Have this process get the signal."""
        send, count = URLLib3Session.send, iter(range(1, 1_000_000))

        def counted(session: URLLib3Session, request: Any) -> Any:
            now = next(count) == self.call
            if now and not self.after:
                os.kill(os.getpid(), self.signal)
            answer = send(session, request)
            if now and self.after:
                os.kill(os.getpid(), self.signal)
            return answer

        URLLib3Session.send = counted


def cases(calls: int, every: int = 1, by: signal.Signals = signal.SIGKILL, stale: float = 0) -> list[Case]:
    """Both sides of each call; swept with the ledgers and without them in turn."""
    both = [(call, after) for call in range(1, calls + 1, every) for after in (False, True)]
    in_turn = by is signal.SIGKILL and not stale
    return [Case(call, after, in_turn and (call // every + after) % 2 == 0, by) for call, after in both]


def calls_of_a_run(told: Mapping[str, Any], account: Mapping[str, str], folder: Path) -> int:
    """How many calls an undisturbed run makes, from who-am-I to the last of its tear-down."""
    code = ended(started(told, account, f"--reports={folder}", longest_pause=LONGEST_PAUSE))
    assert code == 0, f"an undisturbed run ended with {code}"
    (answers,) = folder.glob("evidence/*/answers.jsonl")
    return sum("operation" in json.loads(line) for line in answers.read_text(encoding="utf-8").splitlines())


def one(told: Mapping[str, Any], account: Mapping[str, str], case: Case, folder: Path, *, stale: float = 0) -> str:
    """An empty text where the account is as before, `SHORTER` where there was no such call, else what is wrong."""
    before = seen(told, account)
    code = ended(started(told, account, f"--reports={folder}", longest_pause=LONGEST_PAUSE, prepared=case.arm))
    if code == 0 and case.signal is signal.SIGKILL:
        return SHORTER
    if case.signal is signal.SIGKILL:
        assert code == -signal.SIGKILL, f"{case}: the run ended with {code}"
        place = folder / "empty" if case.ledger_lost else folder
        swept = ended(started(told, account, "--sweep", f"--reports={place}", longest_pause=LONGEST_PAUSE))
        if swept:
            return f"{case}: the sweep ended with {swept}"
    time.sleep(stale)
    after = seen(told, account)
    if after != before:
        return f"{case}: before {before}, after {after}; the run ended with {code}"
    owing = [] if case.ledger_lost else list(folder.glob("ledger/*"))
    return f"{case}: a ledger is still open" if owing else ""


def main(every: int, by: signal.Signals, stale: float) -> int:
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as place, practice(1) as told:
        calls = calls_of_a_run(told, told["accounts"][0], Path(place))
    wanted = cases(calls, every, by, stale)
    with tempfile.TemporaryDirectory() as place, practice(len(wanted), "--stale", str(stale)) as told:
        workers = [os.fork() or _work(told, wanted, Path(place), number, stale) for number in range(WORKERS)]
        wrong = sum(map(ended, workers))
    took = time.perf_counter() - began
    tried = f"{calls} calls, {by.name} {len(wanted)} times{f', reads {stale:g} s old' if stale else ''}"
    print(f"{tried}: {len(wanted) - wrong} of {len(wanted)} as before, {took:.0f} s")
    return 1 if wrong else 0


def _work(told: Mapping[str, Any], wanted: list[Case], place: Path, number: int, stale: float) -> int:
    """Every so many-th case; ends the process with how many were wrong."""
    wrong = 0
    for at in range(number, len(wanted), WORKERS):
        tries = (one(told, told["accounts"][at], wanted[at], place / str(at), stale=stale) for _ in range(TRIES))
        said = next((each for each in tries if each != SHORTER), SHORTER)
        if said:
            wrong += 1
            print(said if said != SHORTER else f"{wanted[at]}: {said}", flush=True)
    os._exit(min(wrong, 100))


if __name__ == "__main__":
    given = dict(enumerate(sys.argv[1:]))
    sys.exit(main(int(given.get(0, 1)), signal.Signals[given.get(1, "SIGKILL")], float(given.get(2, 0))))
