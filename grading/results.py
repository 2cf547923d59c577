"""Verdicts and the record of a run, from which every report is made.

    RunResult ── AccountResult ── ObjectiveResult ── CheckResult

An objective's verdict is the worst of its checks', in the order fail, error, blocked, pass. Only `pass` earns points.
The points of `error`, and of `blocked` for a reason that is not the student's, are ungraded, and not lost.
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


class Reason(enum.StrEnum):
    """Why a check is `blocked` (the first three) or has an `error` (docs/contract.md, Verdicts)."""

    PREREQUISITE = "prerequisite"
    READ_ONLY = "read-only"
    GUARDRAIL = "guardrail"
    LATE = "late"
    DENIED = "denied"
    EXPIRED = "expired"
    THROTTLED = "throttled"
    UNREACHABLE = "unreachable"
    SUITE = "suite"


class Mode(enum.StrEnum):
    """How a run gets its lab: it creates one, grades an existing one, or replays recorded evidence."""

    PROVISION = "provision"
    GRADE = "grade"
    REPLAY = "replay"


class Target(enum.StrEnum):
    """Which AWS a run calls."""

    EMBEDDED = "embedded"
    LIVE = "live"


WORST_FIRST = (Verdict.FAIL, Verdict.ERROR, Verdict.BLOCKED, Verdict.PASS)
BLOCKING = (Reason.PREREQUISITE, Reason.READ_ONLY, Reason.GUARDRAIL)
"""The reasons of `blocked`; the others are those of `error`."""
FOR_THE_TEACHER = (Reason.READ_ONLY, Reason.GUARDRAIL)
"""The reasons of `blocked` that leave the points to the teacher."""
ALL_PASSED, ONE_FAILED, NOT_ALL_SEEN, LEFT_BEHIND = 0, 1, 6, 7
"""Exit codes (docs/contract.md, Exit codes)."""


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst of some verdicts; `blocked` if there are none."""
    found = set(verdicts)
    return next((verdict for verdict in WORST_FIRST if verdict in found), Verdict.BLOCKED)


@dataclasses.dataclass(frozen=True)
class CheckResult:
    """One check's result.

    `message` is what was seen; `seen` and `wanted` are what was seen and what was expected, if there is more to say.
    `hint` is what to do if the check did not pass. `evidence` are ids of records. `was_run` is false if the run ended
    before the check, or if the command line did not select it; `selected` is false for the latter only. `reason` says
    why the check is blocked or has an error: `needs_objective` is the objective that comes first (0 for none),
    `again_after` the time from which grading again can tell (UTC, ISO 8601, or empty). `same_cause_as` is the check of
    the same objective that tells the cause, if another one does.
    """

    id: str
    nodeid: str
    title: str
    verdict: Verdict
    possible: int
    message: str = ""
    hint: str = ""
    evidence: tuple[str, ...] = ()
    seconds: float = 0.0
    seen: str = ""
    wanted: str = ""
    was_run: bool = True
    selected: bool = True
    reason: Reason | None = None
    needs_objective: int = 0
    again_after: str = ""
    same_cause_as: str = ""

    @property
    def earned(self) -> int:
        return self.possible if self.verdict is Verdict.PASS else 0

    @property
    def ungraded(self) -> int:
        """Return the points if they are neither earned nor lost."""
        is_open = self.verdict is Verdict.ERROR or self.reason in FOR_THE_TEACHER
        return self.possible if is_open else 0


@dataclasses.dataclass(frozen=True)
class ObjectiveResult:
    """An objective's result; `checks` are in the order of their file."""

    id: int
    slug: str
    title: str
    checks: tuple[CheckResult, ...]

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
        return sum(check.ungraded for check in self.checks)

    @property
    def first_reason(self) -> CheckResult | None:
        """Return the first check with the worst verdict; `None` if all passed."""
        return next((check for verdict in WORST_FIRST[:-1] for check in self.checks if check.verdict is verdict), None)


@dataclasses.dataclass(frozen=True)
class KeyEvent:
    """A CloudTrail event of the key. `time` is UTC, ISO 8601; `error` is the error code or empty; `through` is the
    service that made the call on behalf of the caller, empty for a direct call.
    """

    time: str
    name: str
    error: str = ""
    through: str = ""


@dataclasses.dataclass(frozen=True)
class ResponseSummary:
    """A response of AWS as reports show it: `operation` as `s3:GetObject`, `body` as JSON text of bounded length."""

    id: str
    operation: str
    status: int
    code: str
    message: str
    request_id: str
    time: str
    body: str


@dataclasses.dataclass(frozen=True)
class Wait:
    """How long the run waited for a condition; `succeeded` is false if time ran out."""

    what: str
    seconds: float
    polls: int
    succeeded: bool


@dataclasses.dataclass(frozen=True)
class Waived:
    """A check that a waiver of the rubric removes from verdict and points."""

    check: CheckResult
    objective: int
    reason: str
    until: str


@dataclasses.dataclass(frozen=True)
class AccountResult:
    """One account's result. `student` and `account` are empty if they are not known.

    `caller` is the ARN of who asked AWS; `asked` are the times of the first and the last answer; `endpoint` is where
    AWS was asked, empty for its own addresses. `evidence_hash` is the SHA-256 of the last record of evidence;
    `responses` are those that checks read, by the id of their record; `person` contains the roster's `email`,
    `canvas_id`, `sis_login_id` and `section`.
    """

    student: str
    account: str
    region: str
    api_calls: int
    objectives: tuple[ObjectiveResult, ...]
    evidence_hash: str = ""
    key_timeline: tuple[KeyEvent, ...] = ()
    responses: Mapping[str, ResponseSummary] = dataclasses.field(default_factory=dict)
    waits: tuple[Wait, ...] = ()
    waived: tuple[Waived, ...] = ()
    person: Mapping[str, str] = dataclasses.field(default_factory=dict)
    caller: str = ""
    asked: tuple[str, str] = ("", "")
    endpoint: str = ""

    @property
    def checks(self) -> tuple[CheckResult, ...]:
        return tuple(check for objective in self.objectives for check in objective.checks)

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

    @property
    def was_run(self) -> bool:
        """Whether all checks were run."""
        return all(check.was_run for objective in self.objectives for check in objective.checks)

    @property
    def is_judged(self) -> bool:
        """Whether anything was seen to hold or not to hold."""
        return any(check.verdict in (Verdict.PASS, Verdict.FAIL) for check in self.checks)

    def selected(self) -> AccountResult:
        """Return the result of the checks that the command line selects."""
        kept = [(each, tuple(check for check in each.checks if check.selected)) for each in self.objectives]
        objectives = tuple(dataclasses.replace(each, checks=checks) for each, checks in kept if checks)
        return dataclasses.replace(self, objectives=objectives)


@dataclasses.dataclass(frozen=True)
class Origin:
    """What made a record: version and commit of the suite, the command without secrets, and the rubric.

    `commit` and `rubric_file` are empty if there is none; `rubric_sha256` is that of the file, or else of the points
    and hints of the checks.
    """

    version: str = ""
    commit: str = ""
    command: tuple[str, ...] = ()
    rubric_file: str = ""
    rubric_sha256: str = ""


@dataclasses.dataclass(frozen=True)
class RunResult:
    """The record of a run. Times are UTC, ISO 8601, to the second; `notes` are lines about the whole run. `partial`
    says that only a part of the checks was selected, and is empty if all were.
    """

    id: str
    started: str
    finished: str
    target: Target
    mode: Mode
    exit_code: int
    accounts: tuple[AccountResult, ...]
    leftovers: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    partial: str = ""
    origin: Origin = Origin()

    @property
    def asked(self) -> tuple[str, str]:
        """Return the times of the first and the last answer of AWS, which a replay did not ask; empty without one."""
        first = [account.asked[0] for account in self.accounts if account.asked[0]]
        last = [account.asked[1] for account in self.accounts if account.asked[1]]
        return min(first, default=""), max(last, default="")

    @property
    def endpoint(self) -> str:
        """Return where AWS was asked; empty for AWS's own addresses."""
        return next((account.endpoint for account in self.accounts if account.endpoint), "")

    @property
    def is_class(self) -> bool:
        """Whether students were graded, even only one, or several accounts."""
        return len(self.accounts) > 1 or any(account.student for account in self.accounts)


def exit_code(accounts: Sequence[AccountResult], leftovers: Sequence[Any]) -> int:
    """Return the exit code for these results (docs/contract.md, Exit codes)."""
    verdicts = {objective.verdict for account in accounts for objective in account.objectives}
    if Verdict.FAIL in verdicts:
        return ONE_FAILED
    if leftovers:
        return LEFT_BEHIND
    return NOT_ALL_SEEN if verdicts - {Verdict.PASS} else ALL_PASSED
