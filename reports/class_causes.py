"""Who of a class needs help, what could not be seen, and which causes several students share."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

from grading.results import AccountResult, CheckResult, RunResult, Verdict
from grading.wording import BECAUSE, next_steps
from reports.account_page import is_judged
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
    return _grouped(of_class, Verdict.FAIL)[:MOST_CAUSES]


def unseen(of_class: Sequence[Student]) -> list[Cause]:
    """Return why checks could not be seen: of each student the first error, that of most students first."""
    return _grouped(of_class, Verdict.ERROR)


def _grouped(of_class: Sequence[Student], verdict: Verdict) -> list[Cause]:
    causes: dict[tuple[str, str], Cause] = {}
    for student in of_class:
        for objective, check in _first_of_each(student.account, verdict):
            text = cause_text(check)
            number, by = (objective, check.id) if verdict is Verdict.FAIL else (0, "")
            hint = OF_ONE_ACCOUNT.sub("…", check.hint)
            cause = causes.setdefault((by, text), Cause(number, text, hint, check.possible, []))
            cause.students.append(student)
    return sorted(causes.values(), key=lambda each: (-len(each.students), -each.points, each.objective))


def _first_of_each(account: AccountResult, verdict: Verdict) -> list[tuple[int, CheckResult]]:
    """Return the failed checks, or the first error: one trouble with an account makes an error of every check."""
    found = [
        (objective.id, check)
        for objective in account.objectives
        for check in objective.checks
        if check.verdict is verdict
    ]
    return found if verdict is Verdict.FAIL else found[:1]


def cause_text(check: CheckResult) -> str:
    """Return what was seen, without what is of one account only."""
    if check.verdict is Verdict.ERROR and check.reason:
        return BECAUSE[check.reason]
    return OF_ONE_ACCOUNT.sub("…", check.message or check.title)


def not_judged(of_class: Sequence[Student]) -> list[Student]:
    """Return the students in whose accounts nothing could be judged."""
    return [each for each in of_class if not is_judged(each.account)]
