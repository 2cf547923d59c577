"""The tally of a run while it goes on: which checks there are, what became of each, and what is told of the run as a
whole.
"""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import pytest

from grading.objective import TITLES, Terms
from grading.verdict import (
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

NOT_RUN = "not run: the run ended before it"


def now() -> str:
    """This moment as reports write it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


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
    waived: tuple[Waived, ...] = ()
    person: Mapping[str, str] = dataclasses.field(default_factory=dict)


class Tally:
    """Collects results in the order in which the checks stand, whatever the order in which they ran."""

    def __init__(self, target: str, mode: str) -> None:
        self.id = f"{datetime.now(UTC):%Y%m%d}-{secrets.token_hex(4)}"
        self.target, self.mode = target, mode
        self.facts = AccountFacts()
        self.leftovers: list[str] = []
        self.notes: list[str] = []
        self.words: dict[str, str] = {}
        """What is filled into hints: names of the lab's resources."""
        self._started = now()
        self._wanted: dict[str, Terms] = {}
        self._checks: dict[str, Check] = {}

    def expect(self, terms: Iterable[Terms]) -> None:
        """The checks that this run is to judge."""
        self._wanted = {each.nodeid: each for each in terms}

    @property
    def is_empty(self) -> bool:
        return not self._wanted

    def terms(self, nodeid: str) -> Terms | None:
        return self._wanted.get(nodeid)

    def hint(self, text: str) -> str:
        """A hint with the names filled in; as it stands, where it names what is not known."""
        try:
            return text.format_map(self.words)
        except (KeyError, ValueError, IndexError):
            return text

    def add(self, check: Check) -> None:
        self._checks[check.nodeid] = check

    def objectives(self) -> tuple[Objective, ...]:
        found = []
        for number, (slug, title) in TITLES.items():
            checks = tuple(
                self._checks.get(each.nodeid) or self._not_run(each)
                for each in self._wanted.values()
                if each.objective == number
            )
            if checks:
                found.append(Objective(number, slug, title, checks))
        return tuple(found)

    def run(self) -> Run:
        """The record, as it stands now."""
        account = AccountResult(**vars(self.facts), objectives=self.objectives())
        return Run(
            self.id,
            self._started,
            now(),
            self.target,
            self.mode,
            exit_code([account], self.leftovers),
            (account,),
            tuple(self.leftovers),
            tuple(self.notes),
        )

    def _not_run(self, terms: Terms) -> Check:
        return Check(terms.id, terms.nodeid, terms.title, Verdict.BLOCKED, terms.worth(self.mode), NOT_RUN)


TALLY = pytest.StashKey[Tally]()
"""Where the run's tally is, on the session's config."""
EVIDENCE = pytest.StashKey[tuple[str, ...]]()
"""Ids of the answers that a check looked at, on its item; filled by whoever knows them."""
