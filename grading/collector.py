"""Collects the results of a run while it goes on."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import json
import re
import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from grading.results import (
    ALL_PASSED,
    NOT_ALL_SEEN,
    AccountResult,
    CheckResult,
    KeyEvent,
    Mode,
    ObjectiveResult,
    Origin,
    Reason,
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

PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
NOT_RUN = "This check was not run: the run ended before it."
RUN_AGAIN = "Run the same command again."
NOT_SELECTED = "This check was not run: it was not selected."
SELECT_ALL = "Run again without -k, and without naming files or checks."


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
    caller: str = ""
    asked: tuple[str, str] = ("", "")
    endpoint: str = ""


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
        self.selected: set[str] = set()
        """The node ids of the checks that the command line selects."""

    def told_once(self, check: CheckResult) -> CheckResult:
        """Return a failed check that refers to an earlier one of its objective, if both have the same cause: the hint
        is the same. The message is kept if it differs.
        """
        if check.verdict is not Verdict.FAIL or not check.hint:
            return check
        objectives = {nodeid: spec.objective.id for nodeid, spec in self.specs.items()}
        earlier = (
            each
            for each in self.checks.values()
            if each.nodeid != check.nodeid and objectives.get(each.nodeid) == objectives.get(check.nodeid)
        )
        first = next((each for each in earlier if each.verdict is Verdict.FAIL and each.hint == check.hint), None)
        if first is None:
            return check
        that = f"the check \u201c{first.title.removesuffix('.')}\u201d"
        told = dataclasses.replace(check, hint=f"Do what {that} says.", same_cause_as=first.id)
        if check.message != first.message:
            return told
        message = f"The cause is that of {that}."
        return dataclasses.replace(told, message=message, seen=message)

    def fill(self, hint: str) -> str:
        """Return a hint with its placeholders filled in. What is none, such as `{alias.name}`, stays as it is."""
        return PLACEHOLDER.sub(lambda found: self.placeholders.get(found[1], found[0]), hint)

    def missing(self) -> Iterator[CheckSpec]:
        """Yield the checks that were selected and have no result."""
        return (spec for nodeid, spec in self.specs.items() if nodeid in self.selected and nodeid not in self.checks)

    def result(self, mode: Mode, rubric: Rubric, today: datetime.date) -> AccountResult:
        """Return the account's result so far, without what the rubric waives. A check that was not run is `error`."""
        waived: list[Waived] = []
        results: dict[int, list[CheckResult]] = {}
        objectives = {spec.objective.id: spec.objective for spec in self.specs.values()}
        for spec in self.specs.values():
            check = self.checks.get(spec.nodeid) or self._not_run(spec, rubric.points_for(spec, mode))
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

    def _not_run(self, spec: CheckSpec, points: int) -> CheckResult:
        selected = spec.nodeid in self.selected
        seen, hint = (NOT_RUN, RUN_AGAIN) if selected else (NOT_SELECTED, SELECT_ALL)
        return CheckResult(
            spec.id,
            spec.nodeid,
            spec.title,
            Verdict.ERROR,
            points,
            seen,
            hint,
            seen=seen,
            reason=Reason.SUITE,
            was_run=False,
            selected=selected,
        )


class RunCollector:
    """Collects the results of a run: of one account, or of several by the names of their students.

    `checks_mode` is the mode whose checks and points count: in a replay, that of the recorded run. `reports` is the
    reports folder. `subjects` are the students of a class; empty for a single account. `checks` is the folder of all
    checks. `kept` are the folders to which a run writes beside the reports. `origin` is where the record comes from.
    """

    def __init__(
        self,
        target: Target,
        mode: Mode,
        rubric: Rubric,
        checks_mode: Mode,
        *,
        reports: Path = Path(),
        checks: Path = Path(),
        kept: Sequence[Path] = (),
        subjects: Sequence[str] = (),
        origin: Origin | None = None,
    ) -> None:
        self.id = f"{datetime.datetime.now(datetime.UTC):%Y%m%d}-{secrets.token_hex(4)}"
        self.target, self.mode, self.rubric, self.checks_mode = target, mode, rubric, checks_mode
        self.reports, self.checks, self.subjects = reports, checks, tuple(subjects)
        self.kept, self.origin = tuple(kept), origin or Origin()
        self.leftovers: list[str] = []
        self.notes: list[str] = []
        self.started = now()
        self.teardown_failed = False
        """Whether a tear-down failed: it says nothing about the account, but resources may have been left in it."""
        self.broken: list[str] = []
        """The files of checks that cannot be imported."""
        self._accounts: dict[str, AccountCollector] = {}

    def counts(self, spec: CheckSpec | None) -> bool:
        """Whether a test is to be run: a check that has points in this mode, or a test that is no check."""
        return spec is None or bool(self.rubric.points_for(spec, self.checks_mode))

    def expect(self, specs: Iterable[CheckSpec], selected: Collection[str]) -> None:
        """Add the checks that count; `selected` are the node ids of those that this run is to judge."""
        for spec in specs:
            account = self.account(spec.subject)
            account.specs[spec.nodeid] = spec
            if spec.nodeid in selected:
                account.selected.add(spec.nodeid)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was judged."""
        return not any(account.checks for account in self._accounts.values())

    @property
    def partial(self) -> str:
        """Return, in a sentence, that only a part of the checks was selected; an empty string if all were."""
        selected = sum(len(account.selected) for account in self._accounts.values())
        counted = sum(len(account.specs) for account in self._accounts.values())
        if self.broken:
            return f"Partial run: {', '.join(self.broken)} cannot be imported. No mark follows from it."
        if selected == counted:
            return ""
        were = "was" if selected == 1 else "were"
        return f"Partial run: {selected} of {counted} checks {were} selected. No mark follows from it."

    def account(self, subject: str) -> AccountCollector:
        """Return the collector of one account; `subject` is empty if there is only one."""
        return self._accounts.setdefault(subject, AccountCollector())

    def add(self, subject: str, check: CheckResult) -> None:
        account = self.account(subject)
        account.checks[check.nodeid] = account.told_once(check)

    def result(self, exit_status: int = 0) -> RunResult:
        """Return the record of the run so far. `exit_status` is pytest's if the run was interrupted, or else 0.

        In a partial run, the exit code is that of the checks that were selected.
        """
        today = datetime.datetime.now(datetime.UTC).date()
        collectors = [account for account in self._accounts.values() if account.specs]
        accounts = tuple(account.result(self.checks_mode, self.rubric, today) for account in collectors)
        return RunResult(
            self.id,
            self.started,
            now(),
            self.target,
            self.mode,
            exit_status
            or exit_code([each.selected() for each in accounts], self.leftovers)
            or (NOT_ALL_SEEN if self.broken or self.teardown_failed else ALL_PASSED),
            accounts,
            tuple(self.leftovers),
            tuple(self._notes(collectors)),
            self.partial,
            self._origin(),
        )

    def _notes(self, collectors: Iterable[AccountCollector]) -> Iterator[str]:
        if self.partial:
            yield self.partial
        missing, selected = 0, 0
        for account in collectors:
            missing += len(list(account.missing()))
            selected += len(account.selected)
        if missing:
            yield f"The run ended early: {missing} of {selected} checks were not run. They are not graded."
        yield from self.notes

    def _origin(self) -> Origin:
        """Return the origin; without a rubric of one's own, with the SHA-256 of the points and hints of the checks."""
        if self.origin.rubric_sha256:
            return self.origin
        specs = {spec.id: spec for account in self._accounts.values() for spec in account.specs.values()}
        rubric = {name: [spec.points.get(self.checks_mode, 0), spec.hint] for name, spec in specs.items()}
        text = json.dumps(rubric, sort_keys=True, ensure_ascii=False)
        return dataclasses.replace(self.origin, rubric_sha256=hashlib.sha256(text.encode()).hexdigest())
