"""A CSV for Canvas's gradebook (instructure/canvas-lms, lib/gradebook_importer.rb).

Canvas finds the assignment by the number in its title, `KMS lab (1234)`, and creates a new one without a number. A
student with a check in verdict `error` has a blank cell. To Canvas that is no mark: one that it has already is cleared
(`process_gradebook_upload.js` sends every cell that differs), so a warning names these students.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from grading.results import AccountResult, RunResult
from grading.wording import counted, open_sentence
from reports.formats.output import FormatOutput, account_label, blanks, csv_text, has_error

ASSIGNMENT = "CANVAS_ASSIGNMENT"
NUMBERED = re.compile(r".*\(\d+\)$", re.DOTALL)
OWN = re.compile(r"(Current|Final) (Score|Points|Grade)|Override (Score|Grade|Status)")
"""Canvas takes a column with such a title for one of its own, and ignores it."""
MOST_NAMED = 5
HEADER = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")


def render(run: RunResult, environ: Mapping[str, str]) -> FormatOutput:
    """Return `canvas.csv` for all accounts."""
    title = environ.get(ASSIGNMENT) or "KMS lab"
    warnings = []
    if not NUMBERED.fullmatch(title):
        warnings.append(
            f"canvas: ${ASSIGNMENT} is {title!r}, without the assignment's number; Canvas would create a new one. "
            "Set it like 'KMS lab (1234)'"
        )
    if own := OWN.search(title):
        warnings.append(
            f"canvas: ${ASSIGNMENT} is {title!r}: Canvas ignores columns with {own[0]!r} in the title; rename it"
        )
    possible = max((account.possible for account in run.accounts), default=0)
    warnings += _open(run)
    warnings += blanks("canvas", run, "Canvas")
    rows = [(*HEADER, title), ("    Points Possible", "", "", "", "", possible), *map(_row, run.accounts)]
    return FormatOutput({"canvas.csv": csv_text(rows)}, warnings=warnings)


def _open(run: RunResult) -> Iterator[str]:
    """Yield what is ungraded: Canvas's file has no place for it."""
    of_class = len(run.accounts) > 1  # of a class, those without a mark are named together
    found = [account for account in run.accounts if account.ungraded and not (of_class and has_error(account))]
    for account in found[:MOST_NAMED]:
        yield f"canvas: {account_label(account)}: {open_sentence(account)}"
    if found[MOST_NAMED:]:
        yield f"canvas: {counted(len(found) - MOST_NAMED, 'more student')} with ungraded points; see class.html"


def _row(account: AccountResult) -> tuple[object, ...]:
    person = account.person
    ids = (person.get("canvas_id", ""), "", person.get("sis_login_id", ""))
    return (account_label(account), *ids, person.get("section", ""), "" if has_error(account) else account.earned)
