"""Verdicts and the record of a run: what every report reads, and nothing else does.

    Run ── accounts ── objectives ── checks

Four verdicts, which stay apart to the last byte of every report. An objective's verdict is the worst of its checks',
in the order fail, error, blocked, pass; only `pass` earns points, and what could not be seen counts as not yet
graded, never as lost.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Iterable, Mapping, Sequence
from typing import Any


class Verdict(enum.StrEnum):
    PASS = "pass"  # noqa: S105  # a verdict, not a password
    FAIL = "fail"
    BLOCKED = "blocked"
    ERROR = "error"


WORST_FIRST = (Verdict.FAIL, Verdict.ERROR, Verdict.BLOCKED, Verdict.PASS)
UNGRADED = (Verdict.ERROR, Verdict.BLOCKED)
ALL_PASSED, ONE_FAILED, NOT_ALL_SEEN, LEFT_BEHIND = 0, 1, 6, 7


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of some verdicts; `blocked` of none, because nothing was tried."""
    found = set(verdicts)
    return next((verdict for verdict in WORST_FIRST if verdict in found), Verdict.BLOCKED)


@dataclasses.dataclass(frozen=True)
class Check:
    """One check's result. `message` is what was seen, `hint` what to do next where it did not pass."""

    id: str
    nodeid: str
    title: str
    verdict: Verdict
    possible: int
    message: str = ""
    hint: str = ""
    evidence: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def earned(self) -> int:
        return self.possible if self.verdict is Verdict.PASS else 0


@dataclasses.dataclass(frozen=True)
class Objective:
    """An objective's result; `checks` in the order in which they stand in their file."""

    id: int
    slug: str
    title: str
    checks: tuple[Check, ...]

    @property
    def verdict(self) -> Verdict:
        return worst(check.verdict for check in self.checks)

    @property
    def earned(self) -> int:
        return sum(check.earned for check in self.checks)

    @property
    def possible(self) -> int:
        return sum(check.possible for check in self.checks)

    @property
    def ungraded(self) -> int:
        """Points of checks that could not be seen or tried."""
        return sum(check.possible for check in self.checks if check.verdict in UNGRADED)

    @property
    def first_reason(self) -> Check | None:
        """The check that tells best why this objective did not pass."""
        return next((check for verdict in WORST_FIRST[:-1] for check in self.checks if check.verdict is verdict), None)


@dataclasses.dataclass(frozen=True)
class KeyEvent:
    """One event in the key's life, from the event history: its UTC time (ISO 8601), AWS's name for it, the error code
    (empty where it was served), and the service through which it came (empty for a direct call).
    """

    time: str
    name: str
    error: str = ""
    through: str = ""


@dataclasses.dataclass(frozen=True)
class Seen:
    """An answer of AWS as reports show it: `operation` as `s3:GetObject`, `answer` as bounded JSON text."""

    id: str
    operation: str
    status: int
    code: str
    message: str
    request_id: str
    time: str
    answer: str


@dataclasses.dataclass(frozen=True)
class Wait:
    """How long it took until something was true; `came_true` is false where time ran out."""

    what: str
    seconds: float
    looks: int
    came_true: bool


@dataclasses.dataclass(frozen=True)
class Waived:
    """A check that a rubric's waiver took out of verdict and points, with what was seen all the same."""

    check: Check
    objective: int
    reason: str
    until: str


@dataclasses.dataclass(frozen=True)
class AccountResult:
    """One account's result. `student` and `account` are empty where they are not known.

    `head` is the SHA-256 of the last record of evidence; `answers` has what the checks looked at, by the record's id;
    `person` holds what a roster says beside (`email`, `canvas_id`, `sis_login_id`, `section`).
    """

    student: str
    account: str
    region: str
    api_calls: int
    objectives: tuple[Objective, ...]
    head: str = ""
    life: tuple[KeyEvent, ...] = ()
    answers: Mapping[str, Seen] = dataclasses.field(default_factory=dict)
    waits: tuple[Wait, ...] = ()
    waived: tuple[Waived, ...] = ()
    person: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        return worst(objective.verdict for objective in self.objectives)

    @property
    def earned(self) -> int:
        return sum(objective.earned for objective in self.objectives)

    @property
    def possible(self) -> int:
        return sum(objective.possible for objective in self.objectives)

    @property
    def ungraded(self) -> int:
        return sum(objective.ungraded for objective in self.objectives)


@dataclasses.dataclass(frozen=True)
class Run:
    """The record of a run. Times are UTC, ISO 8601, to the second; `notes` are lines for people about the run as a
    whole.
    """

    id: str
    started: str
    finished: str
    target: str
    mode: str
    exit_code: int
    accounts: tuple[AccountResult, ...]
    leftovers: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_class(self) -> bool:
        """Whether students are graded, be it one, or several accounts."""
        return len(self.accounts) > 1 or any(account.student for account in self.accounts)


def exit_code(accounts: Sequence[AccountResult], leftovers: Sequence[Any]) -> int:
    """What a run of this outcome exits with (`contract.md` §2); 0 to 7, without pytest's own."""
    verdicts = {objective.verdict for account in accounts for objective in account.objectives}
    if Verdict.FAIL in verdicts:
        return ONE_FAILED
    if verdicts - {Verdict.PASS}:
        return NOT_ALL_SEEN
    return LEFT_BEHIND if leftovers else ALL_PASSED
