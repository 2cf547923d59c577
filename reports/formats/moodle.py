"""A CSV for Moodle's grade import (docs.moodle.org, "Grade import").

Moodle maps the columns when the file is imported: students by `email` or `idnumber`, the mark to the grade item, and
`feedback` to its feedback. An empty mark leaves the student's grade as it is; so does one that is partly ungraded
because of an error.
"""

from __future__ import annotations

from collections.abc import Mapping

from grading.results import AccountResult, RunResult
from grading.wording import next_steps, open_sentence, score_sentence
from reports.formats.output import FormatOutput, account_label, csv_text, has_error

HEADER = ("student", "email", "idnumber", "section", "KMS lab", "feedback")


def render(run: RunResult, environ: Mapping[str, str]) -> FormatOutput:
    """Return `moodle.csv` for all accounts."""
    nameless = [account for account in run.accounts if not account.person.get("email")]
    warnings = []
    if nameless and run.is_class:
        of = f"{len(nameless)} of {len(run.accounts)} students"
        warnings.append(f"moodle: {of} have no email in the roster; map another column to find them, or add 'email'")
    return FormatOutput({"moodle.csv": csv_text([HEADER, *map(_row, run.accounts)])}, warnings=warnings)


def _row(account: AccountResult) -> tuple[object, ...]:
    person = account.person
    feedback = [score_sentence(account), open_sentence(account), *(f"Next: {step}" for step in next_steps(account))]
    return (
        account_label(account),
        person.get("email", ""),
        person.get("sis_login_id", ""),
        person.get("section", ""),
        "" if has_error(account) else account.earned,
        " ".join(filter(None, feedback)),
    )
