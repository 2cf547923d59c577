"""A CSV for Moodle's grade import (moodle/moodle, grade/import/csv/classes/load_data.php).

Moodle maps the columns when the file is imported: students by `email` or `idnumber`, the mark to the grade item, and
`feedback` to its feedback. A student with a check in verdict `error` has an empty mark; to Moodle that is no mark, and
one that it has already is cleared, so a warning names these students. A row without the student's address would give
its mark to the student of the row before, so there is no such row.
"""

from __future__ import annotations

from collections.abc import Mapping

from grading.results import AccountResult, RunResult
from grading.wording import next_steps, open_sentence, score_sentence, trouble
from reports.formats.output import FormatOutput, account_label, blanks, csv_text, has_error, named

FOUND_BY = ("email", "sis_login_id")
"""The columns of the roster by which Moodle finds a student."""
HEADER = ("student", "email", "idnumber", "section", "KMS lab", "feedback")


def render(run: RunResult, environ: Mapping[str, str]) -> FormatOutput:
    """Return `moodle.csv`, without students who lack the address by which Moodle finds the others."""
    column = next((each for each in FOUND_BY if any(account.person.get(each) for account in run.accounts)), "")
    kept = [account for account in run.accounts if not column or account.person.get(column)]
    left_out = [account for account in run.accounts if column and not account.person.get(column)]
    warnings = list(blanks("moodle", run, "Moodle"))
    if left_out:
        warnings.append(
            f"moodle: without {named(left_out)}: no {column} in the roster, and Moodle would give such a mark to the "
            "student of the row before"
        )
    elif not column and run.is_class:
        warnings.append(
            "moodle: no student has an email in the roster; map another column to find them, or add 'email'"
        )
    return FormatOutput({"moodle.csv": csv_text([HEADER, *map(_row, kept)])}, warnings=warnings)


def _row(account: AccountResult) -> tuple[object, ...]:
    person = account.person
    feedback = trouble(account)
    if account.is_judged:
        feedback = (score_sentence(account), open_sentence(account), *(f"Next: {each}" for each in next_steps(account)))
    return (
        account_label(account),
        person.get("email", ""),
        person.get("sis_login_id", ""),
        person.get("section", ""),
        "" if has_error(account) else account.earned,
        " ".join(filter(None, feedback)),
    )
