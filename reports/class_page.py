"""`class.html`: students and objectives, the most frequent mistakes, and the results of each check.

The page needs neither colours nor JavaScript; a short script only sorts the table.
"""

from __future__ import annotations

import dataclasses
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence

from markupsafe import Markup

from grading.results import CheckResult, RunResult, Verdict
from reports.account_page import TEMPLATES, environment
from reports.formats.output import account_label, file_names

SIGNS = {Verdict.PASS: "✓", Verdict.FAIL: "✗", Verdict.ERROR: "!", Verdict.BLOCKED: "–"}
MOST_MISTAKES = 12
LONGEST_NAME = 60


@dataclasses.dataclass(frozen=True)
class CheckStatistics:
    """The verdicts of one check in the class, and the hints of those that failed."""

    objective: int
    check: CheckResult
    verdicts: Counter[Verdict]
    hints: Counter[str]

    def count(self, verdict: str) -> int:
        return self.verdicts[Verdict(verdict)]

    @property
    def share(self) -> int:
        """Return the percentage of passed among passed and failed."""
        seen = self.verdicts[Verdict.PASS] + self.verdicts[Verdict.FAIL]
        return round(100 * self.verdicts[Verdict.PASS] / seen) if seen else 0

    @property
    def hint(self) -> str:
        """Return the most frequent hint."""
        return self.hints.most_common(1)[0][0] if self.hints else ""


def class_html(run: RunResult) -> str:
    """Return the page, with links to the students' pages in `students/`."""
    statistics_by_check = _statistics(run)
    failed = [each for each in statistics_by_check if each.verdicts[Verdict.FAIL]]
    mistakes = sorted(failed, key=lambda each: -each.verdicts[Verdict.FAIL])
    # An account in which nothing could be judged has no mark, not a mark of 0.
    graded = [account for account in run.accounts if account.ungraded < account.possible]
    earned = [account.earned for account in graded]
    return (
        environment()
        .get_template("class.html")
        .render(
            run=run,
            titles=_titles(run),
            signs=SIGNS,
            rows=list(_rows(run)),
            verdicts=Counter(account.verdict for account in run.accounts),
            order=list(Verdict),
            graded=len(graded),
            median=statistics.median(earned) if earned else None,
            mean=statistics.fmean(earned) if earned else None,
            possible=max(account.possible for account in run.accounts),
            mistakes=mistakes[:MOST_MISTAKES],
            checks=statistics_by_check,
            script=Markup((TEMPLATES / "class.js").read_text(encoding="utf-8")),  # noqa: S704  # our own file
            class_style=Markup((TEMPLATES / "class.css").read_text(encoding="utf-8")),  # noqa: S704  # the same
        )
    )


def _titles(run: RunResult) -> dict[int, str]:
    """Return the titles of all objectives of the run, by number."""
    titles = {objective.id: objective.title for account in run.accounts for objective in account.objectives}
    return dict(sorted(titles.items()))


def _rows(run: RunResult) -> Iterable[dict[str, object]]:
    titles = _titles(run)
    for account, page in zip(run.accounts, file_names(run), strict=True):
        name = account_label(account)
        by_number = {each.id: each for each in account.objectives}
        yield {
            "name": name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…",
            "page": f"students/{page}.html",
            "account": account,
            "cells": [by_number.get(number) for number in titles],
        }


def _statistics(run: RunResult) -> Sequence[CheckStatistics]:
    found: dict[tuple[int, str], CheckStatistics] = {}
    for account in run.accounts:
        for objective in account.objectives:
            for check in objective.checks:
                new = CheckStatistics(objective.id, check, Counter(), Counter())
                counted = found.setdefault((objective.id, check.id), new)
                counted.verdicts[check.verdict] += 1
                if check.verdict is Verdict.FAIL:
                    counted.hints[check.hint] += 1
    return list(found.values())
