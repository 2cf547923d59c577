"""The tally of a run while it goes on: which checks there are, what became of each, and what is told of the run as a
whole.
"""

from __future__ import annotations

import dataclasses
import datetime
import secrets
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pytest

from grading.marks import TITLES, Terms
from grading.results import (
    AccountResult,
    Check,
    KeyEvent,
    Objective,
    Run,
    Seen,
    Verdict,
    Wait,
    Waived,
    exit_code,
)
from grading.rubric import Rubric

NOT_RUN = "not run: the run ended before it"


def now() -> str:
    """This moment as reports write it."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclasses.dataclass
class AccountFacts:
    """What is told of an account beside its checks."""

    student: str = ""
    account: str = ""
    region: str = ""
    api_calls: int = 0
    head: str = ""
    life: tuple[KeyEvent, ...] = ()
    answers: Mapping[str, Seen] = dataclasses.field(default_factory=dict)
    waits: tuple[Wait, ...] = ()
    person: Mapping[str, str] = dataclasses.field(default_factory=dict)


class AccountTally:
    """Collects one account's results in the order in which the checks stand, whatever the order in which they ran."""

    def __init__(self) -> None:
        self.facts = AccountFacts()
        self.words: dict[str, str] = {}
        """What is filled into hints: names of the lab's resources."""
        self.wanted: dict[str, Terms] = {}
        self.checks: dict[str, Check] = {}

    def hint(self, text: str) -> str:
        """A hint with the names filled in; as it stands, where it names what is not known."""
        try:
            return text.format_map(self.words)
        except (KeyError, ValueError, IndexError):
            return text

    def result(self, mode: str, rubric: Rubric, today: datetime.date) -> AccountResult:
        """The account's result as it stands now, with what the rubric waives apart."""
        waived: list[Waived] = []
        objectives: list[Objective] = []
        for number, (slug, title) in TITLES.items():
            checks: list[Check] = []
            for terms in self.wanted.values():
                if terms.objective != number:
                    continue
                check = self.checks.get(terms.nodeid) or _not_run(terms, rubric.worth(terms, mode))
                waiver = rubric.waiver(terms.id, self.facts.student, today)
                if waiver:
                    waived.append(Waived(check, number, waiver.reason, waiver.until.isoformat()))
                else:
                    checks.append(check)
            if checks:
                objectives.append(Objective(number, slug, title, tuple(checks)))
        cited = {name for check in self.checks.values() for name in check.evidence}
        answers = {name: seen for name, seen in self.facts.answers.items() if name in cited}
        facts = {**vars(self.facts), "answers": answers}
        return AccountResult(**facts, objectives=tuple(objectives), waived=tuple(waived))


class Tally:
    """The results of a run: of one account, or of many, each by the name of its student."""

    def __init__(
        self,
        target: str,
        mode: str,
        rubric: Rubric,
        judged_as: str,
        *,
        reports: Path = Path(),
        subjects: Sequence[str] = (),
    ) -> None:
        self.id = f"{datetime.datetime.now(datetime.UTC):%Y%m%d}-{secrets.token_hex(4)}"
        self.target, self.mode, self.rubric = target, mode, rubric
        self.judged_as = judged_as
        """The mode whose checks and points count: in a replay, that of the run that was recorded."""
        self.reports = reports
        """The folder where the reports go."""
        self.subjects = tuple(subjects)
        """Students of a class; empty for one account."""
        self.leftovers: list[str] = []
        self.notes: list[str] = []
        self.started = now()
        self._accounts: dict[str, AccountTally] = {}

    def asks_for(self, terms: Terms | None) -> bool:
        """Whether a test is to be run: everything that is no check, and checks that count in this mode."""
        return terms is None or bool(self.rubric.worth(terms, self.judged_as))

    def expect(self, terms: Iterable[Terms]) -> None:
        """The checks that this run is to judge."""
        for each in terms:
            self.of(each.subject).wanted[each.nodeid] = each

    def forget(self) -> None:
        """Nothing is to be judged after all."""
        self._accounts.clear()

    @property
    def is_empty(self) -> bool:
        return not any(account.wanted for account in self._accounts.values())

    def of(self, subject: str) -> AccountTally:
        """One account's tally; `subject` is empty where there is only one."""
        return self._accounts.setdefault(subject, AccountTally())

    def add(self, subject: str, check: Check) -> None:
        self.of(subject).checks[check.nodeid] = check

    def run(self) -> Run:
        """The record, as it stands now."""
        today = datetime.datetime.now(datetime.UTC).date()
        accounts = tuple(
            account.result(self.judged_as, self.rubric, today) for account in self._accounts.values() if account.wanted
        )
        return Run(
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


def _not_run(terms: Terms, worth: int) -> Check:
    return Check(terms.id, terms.nodeid, terms.title, Verdict.BLOCKED, worth, NOT_RUN)


TALLY = pytest.StashKey[Tally]()
"""Where the run's tally is, on the session's config."""
EVIDENCE = pytest.StashKey[tuple[str, ...]]()
"""Ids of the answers that a check looked at, on its item; filled by whoever knows them."""
