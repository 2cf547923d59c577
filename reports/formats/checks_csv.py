"""A row for each check of each account, for spreadsheets and scripts."""

from __future__ import annotations

from collections.abc import Mapping

from grading.results import Run
from reports.formats.output import Telling, csv_text

HEADER = (
    "student", "account", "region", "objective", "objective_verdict", "check", "title", "verdict", "earned", "possible",
    "waived_until", "message", "hint", "evidence",
)  # fmt: skip


def tell(run: Run, environ: Mapping[str, str]) -> Telling:
    """`checks.csv`; what is waived stands in it with its date, and counts nowhere."""
    rows: list[tuple[object, ...]] = [HEADER]
    for account in run.accounts:
        whose = (account.student, account.account, account.region)
        told = [
            (objective.id, objective.verdict.value, check, "")
            for objective in account.objectives
            for check in objective.checks
        ]
        told += [(waived.objective, "", waived.check, waived.until) for waived in account.waived]
        rows += [
            (*whose, objective, verdict, check.id, check.title, check.verdict.value, "" if until else check.earned,
             "" if until else check.possible, until, check.message, check.hint, " ".join(check.evidence))
            for objective, verdict, check, until in told
        ]  # fmt: skip
    return Telling({"checks.csv": csv_text(rows)})
