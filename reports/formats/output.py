"""What a format tells, and what all formats agree on."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from grading.results import AccountResult, Check, Objective, Run, Verdict
from grading.sanitizing import safe_name

BEGINS_A_FORMULA = "=+-@＝＋－＠|%"


@dataclasses.dataclass(frozen=True)
class Telling:
    """Files by their name in the reports folder; texts to add to files that the environment names; lines for standard
    output; and remarks for people.
    """

    files: Mapping[str, str] = dataclasses.field(default_factory=dict)
    appended: Sequence[tuple[Path, str]] = ()
    printed: Sequence[str] = ()
    remarks: Sequence[str] = ()


def has_error(told: AccountResult | Objective) -> bool:
    """Whether something could not be seen, so that a mark would count the grader's trouble against a student."""
    objectives = told.objectives if isinstance(told, AccountResult) else (told,)
    return any(check.verdict is Verdict.ERROR for each in objectives for check in each.checks)


def of_each(run: Run, name: str, suffix: str) -> Iterable[tuple[AccountResult, str]]:
    """The accounts and their files: `name.suffix` for one, `name/student.suffix` for a class."""
    if len(run.accounts) == 1:
        return [(run.accounts[0], f"{name}{suffix}")]
    return [(each, f"{name}/{own}{suffix}") for each, own in zip(run.accounts, file_names(run), strict=True)]


def file_names(run: Run) -> list[str]:
    """A file's name for each account, safe and its own even where two bear one name."""
    seen: Counter[str] = Counter()
    names = []
    for account in run.accounts:
        name = safe_name(who(account))
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name}~{seen[name]}")
    return names


def who(account: AccountResult) -> str:
    """Whose account it is: the student, else its number."""
    return account.student or account.account or "account"


def summary(check: Check) -> str:
    """A check in a few lines: verdict, what was seen, what to do next."""
    lines = [f"{check.verdict}: {check.message or check.title}"]
    if check.hint:
        lines.append(f"Next: {check.hint}")
    return "\n".join(lines)


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """Rows as RFC 4180 writes them; a cell that a spreadsheet would take for a formula begins with an apostrophe."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([_cell(each) for each in row] for row in rows)
    return text.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, str) and value.lstrip()[:1] and value.lstrip()[:1] in BEGINS_A_FORMULA:
        return f"'{value}"
    return value
