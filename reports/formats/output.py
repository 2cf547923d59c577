"""The output of a format, and what all formats share."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from grading.results import AccountResult, CheckResult, ObjectiveResult, Reason, RunResult, Verdict
from grading.sanitizing import safe_name
from grading.wording import expectation, reason_words

MOST_NAMED = 5
FORMULA_STARTS = "=+-@＝＋－＠|%"


@dataclasses.dataclass(frozen=True)
class FormatOutput:
    """`files` are texts by their name in the reports folder; `appended` are texts for files that the environment names.
    `stdout_lines` go to standard output, and `warnings` to the terminal summary.
    """

    files: Mapping[str, str] = dataclasses.field(default_factory=dict)
    appended: Sequence[tuple[Path, str]] = ()
    stdout_lines: Sequence[str] = ()
    warnings: Sequence[str] = ()


def has_error(result: AccountResult | ObjectiveResult) -> bool:
    """Whether a check has verdict `error`. A mark would then count the grader's problem against the student."""
    objectives = result.objectives if isinstance(result, AccountResult) else (result,)
    return any(check.verdict is Verdict.ERROR for each in objectives for check in each.checks)


def has_mark(account: AccountResult) -> bool:
    """Whether a mark can be given: all checks were run, and not all of them are `error`."""
    checks = [check for each in account.objectives for check in each.checks]
    return account.was_run and any(check.verdict is not Verdict.ERROR for check in checks)


def without_mark(accounts: Sequence[AccountResult]) -> str:
    """Return whose marks are not written, and why."""
    return f"no mark was written for {named(accounts)}, because not all checks were run, or none could be judged"


def named(accounts: Sequence[AccountResult]) -> str:
    """Return the names of the first accounts, and how many more there are."""
    more = f" and {len(accounts) - MOST_NAMED} more" if len(accounts) > MOST_NAMED else ""
    return ", ".join(map(account_label, accounts[:MOST_NAMED])) + more


def blanks(name: str, run: RunResult, place: str) -> Iterator[str]:
    """Yield who has no mark in a table: an empty cell clears a mark that the place has already."""
    unmarked = [account for account in run.accounts if has_error(account)]
    if unmarked:
        rows, marks = ("this row", "a mark") if len(unmarked) == 1 else ("these rows", "marks")
        yield (
            f"{name}: no mark for {named(unmarked)}. {place} takes an empty cell for no mark: to keep {marks} given "
            f"earlier, delete {rows} before the import"
        )


def account_files(run: RunResult, name: str, suffix: str) -> Iterable[tuple[AccountResult, str]]:
    """Return the accounts and their files: `name.suffix` for one, `name/student.suffix` for a class."""
    if len(run.accounts) == 1:
        return [(run.accounts[0], f"{name}{suffix}")]
    return [(each, f"{name}/{own}{suffix}") for each, own in zip(run.accounts, file_names(run), strict=True)]


def file_names(run: RunResult) -> list[str]:
    """Return a valid file name for each account; different ones for two students of the same name."""
    seen: Counter[str] = Counter()
    names = []
    for account in run.accounts:
        name = safe_name(account_label(account))
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name}~{seen[name]}")
    return names


def account_label(account: AccountResult) -> str:
    """Return the student's name, or else the account number."""
    return account.student or account.account or "account"


def reason_fields(check: CheckResult) -> dict[str, object]:
    """Return the reason of a verdict with the names of `results.json`; empty if there is none."""
    fields = {
        "reason": check.reason and check.reason.value,
        "needs_objective": check.needs_objective or None,
        "again_after": check.again_after or None,
    }
    return {name: value for name, value in fields.items() if value is not None}


def summary(check: CheckResult, *, titled: bool = True) -> str:
    """Return verdict, reason, message and hint, a line each; where the check's title is not shown, also what it
    expected.
    """
    reason = f" ({reason_words(check)})" if check.reason and check.reason is not Reason.PREREQUISITE else ""
    lines = [f"{check.verdict}{reason}: {check.message or check.title}"]
    if not titled:
        lines.append(expectation(check))
    if check.hint:
        lines.append(f"Next: {check.hint}")
    return "\n".join(lines)


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """Return rows as CSV (RFC 4180). A cell that a spreadsheet would evaluate as a formula gets an apostrophe."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([_cell(each) for each in row] for row in rows)
    return text.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, str) and value.lstrip()[:1] and value.lstrip()[:1] in FORMULA_STARTS:
        return f"'{value}"
    return value
