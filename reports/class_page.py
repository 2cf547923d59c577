"""`class.html`: who needs help, what several students have in common, students and objectives, and each check.

The page needs neither colours nor JavaScript; a short script only sorts and filters the table of students.
"""

from __future__ import annotations

import dataclasses
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence

from markupsafe import Markup

from grading.results import CheckResult, RunResult, Verdict
from reports import class_causes, plots, provenance
from reports.account_page import TEMPLATES, environment, shown
from reports.class_causes import Student
from reports.earlier_class import EarlierClass

SIGNS = {Verdict.PASS: "✓", Verdict.FAIL: "✗", Verdict.ERROR: "!", Verdict.BLOCKED: "–"}


@dataclasses.dataclass(frozen=True)
class CheckStatistics:
    """The verdicts of one check in the class."""

    objective: int
    check: CheckResult
    verdicts: Counter[Verdict]

    @property
    def share(self) -> int | None:
        """Return the percentage of passed among passed and failed; `None` where there is neither."""
        seen = self.verdicts[Verdict.PASS] + self.verdicts[Verdict.FAIL]
        return round(100 * self.verdicts[Verdict.PASS] / seen) if seen else None


def class_html(run: RunResult, earlier: EarlierClass | None = None) -> str:
    """Return the page, with links to the students' pages in `students/`, compared with an earlier run."""
    run = dataclasses.replace(run, accounts=tuple(shown(run, account) for account in run.accounts))
    of_class, earlier = class_causes.students(run), earlier or EarlierClass()
    judged = [account for account in run.accounts if account.is_judged]
    earned = [account.earned for account in judged]
    changes = [(each, earlier.change(each.account) or 0) for each in of_class]
    bars = plots.objective_bars(run)
    return (
        environment()
        .get_template("class.html")
        .render(
            run=run,
            titles={each.number: each.title for each in bars},
            short_titles={each.number: each.short for each in bars},
            signs=SIGNS,
            rows=list(_rows(of_class, earlier, [each.number for each in bars])),
            sections=sorted({account.person["section"] for account in run.accounts if account.person.get("section")}),
            verdicts=Counter(account.verdict for account in run.accounts),
            order=list(Verdict),
            graded=len(judged),
            median=statistics.median(earned) if earned else None,
            mean=statistics.fmean(earned) if earned else None,
            possible=max(account.possible for account in run.accounts),
            in_need=class_causes.in_need(of_class),
            unseen=class_causes.unseen(of_class),
            not_judged=class_causes.not_judged(of_class),
            failures=class_causes.failures(of_class),
            earlier=earlier,
            improved=sorted(((each, by) for each, by in changes if by > 0), key=lambda pair: -pair[1]),
            worse=[each for each, by in changes if by < 0],
            histogram=plots.histogram(judged),
            objective_bars=bars,
            checks=_statistics(run),
            facts=provenance.of_run(run),
            script=Markup((TEMPLATES / "class.js").read_text(encoding="utf-8")),  # noqa: S704  # our own file
            class_style=Markup((TEMPLATES / "class.css").read_text(encoding="utf-8")),  # noqa: S704  # the same
        )
    )


def _rows(of_class: Iterable[Student], earlier: EarlierClass, numbers: Sequence[int]) -> Iterable[dict[str, object]]:
    for student in of_class:
        account = student.account
        by_number = {each.id: each for each in account.objectives}
        yield {
            "name": student.name,
            "page": student.page,
            "section": account.person.get("section", ""),
            "account": account,
            "judged": account.is_judged,
            "change": "" if (change := earlier.change(account)) is None else change,
            "cells": [by_number.get(number) for number in numbers],
        }


def _statistics(run: RunResult) -> Sequence[CheckStatistics]:
    found: dict[tuple[int, str], CheckStatistics] = {}
    for account in run.accounts:
        for objective in account.objectives:
            for check in objective.checks:
                new = CheckStatistics(objective.id, check, Counter())
                counted = found.setdefault((objective.id, check.id), new)
                counted.verdicts[check.verdict] += 1
    return list(found.values())
