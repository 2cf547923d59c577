"""Collects the results of a run while it goes on."""

from __future__ import annotations

import dataclasses
import datetime
import secrets
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from grading.judging import Comparison
from grading.results import (
    AccountResult,
    CheckResult,
    KeyEvent,
    Mode,
    ObjectiveResult,
    ResponseSummary,
    RunResult,
    Target,
    Verdict,
    Wait,
    Waived,
    exit_code,
)
from grading.rubric import Rubric
from grading.specs import CheckSpec

NOT_RUN = "not run: the run ended before it"


def now() -> str:
    """Return the current time as reports write it."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclasses.dataclass
class AccountFacts:
    """What reports say of an account beside its checks; the fields are those of `AccountResult`."""

    student: str = ""
    account: str = ""
    region: str = ""
    api_calls: int = 0
    evidence_hash: str = ""
    key_timeline: tuple[KeyEvent, ...] = ()
    responses: Mapping[str, ResponseSummary] = dataclasses.field(default_factory=dict)
    waits: tuple[Wait, ...] = ()
    person: Mapping[str, str] = dataclasses.field(default_factory=dict)


class AccountCollector:
    """Collects one account's results, in the order in which the checks were collected.

    `placeholders` are filled into hints: the names of the lab's resources. `graded_lab` is what the checks' advice
    takes; it is `None` where the lab was provisioned.
    """

    def __init__(self) -> None:
        self.facts = AccountFacts()
        self.placeholders: dict[str, str] = {}
        self.graded_lab: object | None = None
        self.specs: dict[str, CheckSpec] = {}
        self.checks: dict[str, CheckResult] = {}

    def fill(self, hint: str) -> str:
        """Return a hint with the placeholders filled in; unchanged if it has one that is not known."""
        try:
            return hint.format_map(self.placeholders)
        except (KeyError, ValueError, IndexError):
            return hint

    def result(self, mode: Mode, rubric: Rubric, today: datetime.date) -> AccountResult:
        """Return the account's result so far, without what the rubric waives."""
        waived: list[Waived] = []
        results: dict[int, list[CheckResult]] = {}
        objectives = {spec.objective.id: spec.objective for spec in self.specs.values()}
        for spec in self.specs.values():
            check = self.checks.get(spec.nodeid) or _not_run(spec, rubric.points_for(spec, mode))
            waiver = rubric.waiver(spec.id, self.facts.student, today)
            if waiver:
                waived.append(Waived(check, spec.objective.id, waiver.reason, waiver.until.isoformat()))
            else:
                results.setdefault(spec.objective.id, []).append(check)
        cited = {record for check in self.checks.values() for record in check.evidence}
        responses = {record: response for record, response in self.facts.responses.items() if record in cited}
        return AccountResult(
            **{**vars(self.facts), "responses": responses},
            objectives=tuple(
                ObjectiveResult(number, objectives[number].slug, objectives[number].title, tuple(checks))
                for number, checks in sorted(results.items())
            ),
            waived=tuple(waived),
        )


class RunCollector:
    """Collects the results of a run: of one account, or of several by the names of their students.

    `checks_mode` is the mode whose checks and points count: in a replay, that of the recorded run. `reports` is the
    reports folder. `subjects` are the students of a class; empty for a single account.
    """

    def __init__(
        self,
        target: Target,
        mode: Mode,
        rubric: Rubric,
        checks_mode: Mode,
        *,
        reports: Path = Path(),
        subjects: Sequence[str] = (),
    ) -> None:
        self.id = f"{datetime.datetime.now(datetime.UTC):%Y%m%d}-{secrets.token_hex(4)}"
        self.target, self.mode, self.rubric, self.checks_mode = target, mode, rubric, checks_mode
        self.reports, self.subjects = reports, tuple(subjects)
        self.leftovers: list[str] = []
        self.notes: list[str] = []
        self.started = now()
        self.comparison: Comparison | None = None
        """The comparison that pytest described last."""
        self.teardown_failed = False
        self._accounts: dict[str, AccountCollector] = {}

    def counts(self, spec: CheckSpec | None) -> bool:
        """Whether a test is to be run: a check that has points in this mode, or a test that is no check."""
        return spec is None or bool(self.rubric.points_for(spec, self.checks_mode))

    def expect(self, specs: Iterable[CheckSpec]) -> None:
        """Add the checks that this run is to judge."""
        for spec in specs:
            self.account(spec.subject).specs[spec.nodeid] = spec

    def forget(self) -> None:
        """Expect no checks any more."""
        self._accounts.clear()

    @property
    def is_empty(self) -> bool:
        return not any(account.specs for account in self._accounts.values())

    def account(self, subject: str) -> AccountCollector:
        """Return the collector of one account; `subject` is empty if there is only one."""
        return self._accounts.setdefault(subject, AccountCollector())

    def add(self, subject: str, check: CheckResult) -> None:
        self.account(subject).checks[check.nodeid] = check

    def result(self) -> RunResult:
        """Return the record of the run so far."""
        today = datetime.datetime.now(datetime.UTC).date()
        collectors = [account for account in self._accounts.values() if account.specs]
        accounts = tuple(account.result(self.checks_mode, self.rubric, today) for account in collectors)
        return RunResult(
            self.id,
            self.started,
            now(),
            self.target,
            self.mode,
            exit_code(accounts, self.leftovers),
            accounts,
            tuple(self.leftovers),
            tuple(self.notes),
        )


def _not_run(spec: CheckSpec, points: int) -> CheckResult:
    return CheckResult(spec.id, spec.nodeid, spec.title, Verdict.BLOCKED, points, NOT_RUN, seen=NOT_RUN)
