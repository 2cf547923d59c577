"""`class.csv`: one row for each student, for a spreadsheet."""

from __future__ import annotations

from grading.results import AccountResult, RunResult
from grading.wording import next_steps
from reports.formats.output import account_label, csv_text, has_error

COLUMNS = ("student", "section", "email", "account", "verdict", "earned", "ungraded", "possible")


def class_csv(run: RunResult) -> str:
    """Return the table: a column for each objective holds its points, the last one the first thing to do."""
    objectives = {each.id: each.slug for account in run.accounts for each in account.objectives}
    numbers = sorted(objectives)
    head = (*COLUMNS, *(f"{number} {objectives[number]}" for number in numbers), "next")
    return csv_text([head, *(_row(account, numbers) for account in run.accounts)])


def _row(account: AccountResult, numbers: list[int]) -> tuple[object, ...]:
    """Return a row. Points that would look final and are not have an empty cell: of an objective with something
    ungraded, and of an account with an error.
    """
    points = {each.id: "" if each.ungraded else each.earned for each in account.objectives}
    person = account.person
    return (
        account_label(account),
        person.get("section", ""),
        person.get("email", ""),
        account.account,
        account.verdict.value,
        "" if has_error(account) else account.earned,
        account.ungraded,
        account.possible,
        *(points.get(number, "") for number in numbers),
        next(iter(next_steps(account)), ""),
    )
