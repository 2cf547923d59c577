"""A CSV for Canvas's gradebook (instructure/canvas-lms, lib/gradebook_importer.rb).

Canvas finds the assignment by the number in its title, `KMS lab (1234)`, and makes a new one where there is none.
A blank cell changes nothing: that is what a student gets in whose account something could not be seen.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from grading.results import AccountResult, Run
from reports.formats.output import Telling, csv_text, has_error, who

ASSIGNMENT = "CANVAS_ASSIGNMENT"
NUMBERED = re.compile(r".*\(\d+\)$", re.DOTALL)
HEADER = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")


def tell(run: Run, environ: Mapping[str, str]) -> Telling:
    """`canvas.csv` for all accounts."""
    title = environ.get(ASSIGNMENT) or "KMS lab"
    remarks = []
    if not NUMBERED.fullmatch(title):
        remarks.append(
            f"canvas: ${ASSIGNMENT} is {title!r}, without the assignment's number; Canvas would make a new assignment. "
            "Set it like 'KMS lab (1234)'"
        )
    possible = max((account.possible for account in run.accounts), default=0)
    rows = [(*HEADER, title), ("    Points Possible", "", "", "", "", possible), *map(_row, run.accounts)]
    return Telling({"canvas.csv": csv_text(rows)}, remarks=remarks)


def _row(account: AccountResult) -> tuple[object, ...]:
    person = account.person
    known = (person.get("canvas_id", ""), person.get("sis_user_id", ""), person.get("sis_login_id", ""))
    return (who(account), *known, person.get("section", ""), "" if has_error(account) else account.earned)
