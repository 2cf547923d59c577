"""Who of a class needs help, what could not be seen, and which causes several students share."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Sequence

from grading.results import AccountResult, CheckResult, Reason, RunResult, Verdict
from grading.wording import BECAUSE, next_steps
from reports.formats.output import account_label, file_names

MOST_CAUSES = 12
OF_ONE_ACCOUNT = re.compile(
    r"arn:[\w-]+:[^\s,;]+"
    r"|\b(?:vol|i|snap|ami|eni|mrk|key|lt|subnet|vpc|sg)-[0-9a-f]{6,}\b"
    r"|\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b"
    r"|\b\d{12}\b"
    r"|\b\d{4}-\d\d-\d\dT[\d:.]+(?:Z|\+\d\d:\d\d)|\b\d\d:\d\d(?::\d\d)?(?: UTC)?\b"
)
"""What differs between the accounts of two students who made the same mistake: ARNs, ids, numbers and times."""
LONGEST_NAME = 60


@dataclasses.dataclass(frozen=True)
class Student:
    """A student with the name that is shown and the page."""

    name: str
    page: str
    account: AccountResult

    @property
    def first_step(self) -> str:
        return next(iter(next_steps(self.account)), "")


@dataclasses.dataclass(frozen=True)
class Cause:
    """What was seen in the accounts of some students, the first hint against it, and the points that it costs each.

    `objective` is 0 where the cause concerns the whole account.
    """

    objective: int
    text: str
    hint: str
    points: int
    students: list[Student]


def students(run: RunResult) -> list[Student]:
    """Return the students in the order of the run."""
    found = []
    for account, file in zip(run.accounts, file_names(run), strict=True):
        name = account_label(account)
        short = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
        found.append(Student(short, f"students/{file}.html", account))
    return found


def in_need(of_class: Sequence[Student]) -> list[Student]:
    """Return the students with a failed check, the weakest first."""
    failed = [each for each in of_class if each.account.verdict is Verdict.FAIL]
    return sorted(failed, key=lambda each: (each.account.earned, each.name))


def failures(of_class: Sequence[Student]) -> list[Cause]:
    """Return the causes of failed checks, that of most students first. Equal but for ids and times is one cause."""
    return _grouped((each, *found) for each in of_class for found in _failed(each.account))[:MOST_CAUSES]


def unseen(of_class: Sequence[Student]) -> list[Cause]:
    """Return why points are ungraded, each reason once for a student, that of most students first."""
    return _grouped((each, 0, check) for each in of_class for check in _ungraded(each.account))


def _grouped(found: Iterable[tuple[Student, int, CheckResult]]) -> list[Cause]:
    causes: dict[tuple[str, str], Cause] = {}
    for student, objective, check in found:
        text = cause_text(check)
        by = check.id if objective else ""
        cause = causes.setdefault(
            (by, text), Cause(objective, text, OF_ONE_ACCOUNT.sub("…", check.hint), check.possible, [])
        )
        cause.students.append(student)
    return sorted(causes.values(), key=lambda each: (-len(each.students), -each.points, each.objective))


def _failed(account: AccountResult) -> Iterator[tuple[int, CheckResult]]:
    """Yield the failed checks, each cause once."""
    for objective in account.objectives:
        for check in objective.checks:
            if check.verdict is Verdict.FAIL and not check.same_cause_as:
                yield objective.id, check


def _ungraded(account: AccountResult) -> Iterable[CheckResult]:
    """Return one ungraded check for each reason: one trouble with an account is that of many checks."""
    return {check.reason: check for check in reversed(account.checks) if check.ungraded}.values()


def cause_text(check: CheckResult) -> str:
    """Return what was seen, without what is of one account only."""
    if check.ungraded and check.reason and check.reason is not Reason.SUITE:
        return BECAUSE[check.reason]
    return OF_ONE_ACCOUNT.sub("…", check.message or check.title)


def not_judged(of_class: Sequence[Student]) -> list[Student]:
    """Return the students in whose accounts nothing could be judged."""
    return [each for each in of_class if not each.account.is_judged]
