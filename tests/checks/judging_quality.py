"""How well the student accounts are judged: verdicts, points and texts, and precision and recall of each check."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.checks.student_accounts import ACCOUNTS
from tests.support.checks_run import ChecksRun
from tests.support.students import Class, StudentAccount
from tests.support.texts import FIELDS, unreadable

Outcome = tuple[StudentAccount, Mapping[str, str]]
"""A student, and the verdict of every check."""


@dataclasses.dataclass(frozen=True)
class JudgedAccount:
    """A student's account, and the run that graded it."""

    account: StudentAccount
    run: ChecksRun

    @property
    def checks(self) -> list[dict[str, Any]]:
        (account,) = self.run.results["accounts"]
        return [check for objective in account["objectives"] for check in objective["checks"]]

    @property
    def score(self) -> dict[str, int]:
        (account,) = self.run.results["accounts"]
        score: dict[str, int] = account["score"]
        return score

    @property
    def points(self) -> dict[str, int]:
        """Return the points that the account must have."""
        possible = {check["id"]: check["possible"] for check in self.checks}
        return {
            "earned": sum(points for check, points in possible.items() if check not in self.account.not_passed),
            "possible": 100,
            "ungraded": sum(possible[check] for check in self.account.ungraded),
        }

    @property
    def texts(self) -> list[str]:
        return [str(check[field]) for check in self.checks for field in FIELDS if check.get(field)]

    @property
    def problems(self) -> Iterator[str]:
        """Yield what is wrong: verdicts, points, texts."""
        for check in self.checks:
            wanted = self.account.not_passed.get(check["id"], "pass")
            if check["verdict"] != wanted:
                yield f"{check['id']} is {check['verdict']}, not {wanted}"
        if self.score != self.points:
            yield f"the points are {self.score}, not {self.points}"
        for check in self.checks:
            yield from unreadable(check)


def table(outcomes: Iterable[Outcome]) -> str:
    """Return a Markdown table of true, false and missed failures for each check and for all, with precision and recall.

    `other` counts wrong verdicts of which neither the expected nor the actual one is `fail`.
    """
    counts: dict[str, list[int]] = {}
    for account, verdicts in outcomes:
        for check, seen in verdicts.items():
            expected = account.not_passed.get(check, "pass")
            place = 0 if seen == expected == "fail" else 1 if seen == "fail" else 2 if expected == "fail" else 3
            row = counts.setdefault(check, [0, 0, 0, 0])
            if place < 3 or seen != expected:
                row[place] += 1
    total = [sum(row[place] for row in counts.values()) for place in range(4)]
    header = "| check | right failures | wrong failures | missed failures | other | precision | recall |"
    rows = [_row(check, row) for check, row in (*counts.items(), (f"all {len(counts)} checks", total))]
    return "\n".join([header, "|---|---|---|---|---|---|---|", *rows])


def _row(name: str, row: Sequence[int]) -> str:
    right, wrong, missed, other = row
    precision, recall = _share(right, right + wrong), _share(right, right + missed)
    return f"| {name} | {right} | {wrong} | {missed} | {other} | {precision} | {recall} |"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "-"


def main() -> int:
    """Grade every account; print a line for each, what is wrong, the sums and the table."""
    judged = []
    with tempfile.TemporaryDirectory() as folder, Class.open(len(ACCOUNTS)) as students:
        for number, account in enumerate(ACCOUNTS):
            each = JudgedAccount(account, students.grade_account(account, Path(folder) / str(number)))
            judged.append(each)
            marks = "".join(verdict[0].upper() for verdict in each.run.objectives.values())
            print(f"{marks}  {each.score['earned']:>3}  {each.score['ungraded']:>3}  {account}", flush=True)
            for problem in each.problems:
                print(f"    wrong: {problem}")
    verdicts = sum(len(each.checks) for each in judged)
    texts = [text for each in judged for text in each.texts]
    wrong = sum(len(list(each.problems)) for each in judged)
    points = sum(each.score["possible"] for each in judged)
    print(f"\n{len(judged)} accounts, {verdicts} verdicts, {points} points, {len(texts)} texts; {wrong} are wrong.\n")
    print(table((each.account, each.run.checks) for each in judged))
    return 1 if wrong else 0
