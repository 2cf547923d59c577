"""A CSV with a row per account and check, for spreadsheets and scripts."""

from __future__ import annotations

from collections.abc import Mapping

from grading.results import RunResult
from reports.formats.output import FormatOutput, csv_text

HEADER = (
    "student", "account", "region", "objective", "objective_verdict", "check", "title", "verdict", "reason",
    "needs_objective", "again_after", "earned", "possible", "waived_until", "message", "seen", "wanted", "hint",
    "evidence",
)  # fmt: skip


def render(run: RunResult, environ: Mapping[str, str]) -> FormatOutput:
    """Return `checks.csv`. A waived check has the date of its waiver and no points."""
    rows: list[tuple[object, ...]] = [HEADER]
    for account in run.accounts:
        labels = (account.student, account.account, account.region)
        checks = [
            (objective.id, objective.verdict.value, check, "")
            for objective in account.objectives
            for check in objective.checks
        ]
        checks += [(waived.objective, "", waived.check, waived.until) for waived in account.waived]
        rows += [
            (*labels, objective, verdict, check.id, check.title, check.verdict.value, check.reason or "",
             check.needs_objective or "", check.again_after, "" if until else check.earned,
             "" if until else check.possible, until, check.message, check.seen, check.wanted, check.hint,
             " ".join(check.evidence))
            for objective, verdict, check, until in checks
        ]  # fmt: skip
    return FormatOutput({"checks.csv": csv_text(rows)})
