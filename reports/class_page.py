"""The class at a glance: students and objectives, the commonest mistakes, and how each check went.

Readable without colour and without JavaScript; a script of a few lines only sorts the table.
"""

from __future__ import annotations

import dataclasses
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence

from markupsafe import Markup

from grading.marks import TITLES
from grading.results import Check, Run, Verdict
from reports.account_page import TEMPLATES, environment
from reports.formats.output import file_names, who

SIGNS = {Verdict.PASS: "✓", Verdict.FAIL: "✗", Verdict.ERROR: "!", Verdict.BLOCKED: "–"}
MOST_MISTAKES = 12
LONGEST_NAME = 60


@dataclasses.dataclass(frozen=True)
class Tried:
    """How a check went in the class: how many came to each verdict."""

    objective: int
    check: Check
    verdicts: Counter[Verdict]
    hints: Counter[str]

    def count(self, verdict: str) -> int:
        return self.verdicts[Verdict(verdict)]

    @property
    def share(self) -> int:
        """Passed of those that were seen to hold or not, in percent."""
        seen = self.verdicts[Verdict.PASS] + self.verdicts[Verdict.FAIL]
        return round(100 * self.verdicts[Verdict.PASS] / seen) if seen else 0

    @property
    def hint(self) -> str:
        """What most of those who failed are told to do."""
        return self.hints.most_common(1)[0][0] if self.hints else ""


def class_html(run: Run) -> str:
    """`class.html`, with links to the students' pages in `students/`."""
    tried = _tried(run)
    failed = [each for each in tried if each.verdicts[Verdict.FAIL]]
    mistakes = sorted(failed, key=lambda each: -each.verdicts[Verdict.FAIL])
    # Nothing is known of an account in which nothing was seen, and nothing earned there is no mark.
    graded = [account for account in run.accounts if account.ungraded < account.possible]
    earned = [account.earned for account in graded]
    return (
        environment()
        .get_template("class.html")
        .render(
            run=run,
            titles=TITLES,
            signs=SIGNS,
            rows=list(_rows(run)),
            verdicts=Counter(account.verdict for account in run.accounts),
            order=list(Verdict),
            graded=len(graded),
            median=statistics.median(earned) if earned else None,
            mean=statistics.fmean(earned) if earned else None,
            possible=max(account.possible for account in run.accounts),
            mistakes=mistakes[:MOST_MISTAKES],
            tried=tried,
            script=Markup((TEMPLATES / "class.js").read_text(encoding="utf-8")),  # noqa: S704  # our own file
            class_style=Markup((TEMPLATES / "class.css").read_text(encoding="utf-8")),  # noqa: S704  # the same
        )
    )


def _rows(run: Run) -> Iterable[dict[str, object]]:
    for account, page in zip(run.accounts, file_names(run), strict=True):
        name = who(account)
        by_number = {each.id: each for each in account.objectives}
        yield {
            "name": name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…",
            "page": f"students/{page}.html",
            "account": account,
            "cells": [by_number.get(number) for number in TITLES],
        }


def _tried(run: Run) -> Sequence[Tried]:
    found: dict[tuple[int, str], Tried] = {}
    for account in run.accounts:
        for objective in account.objectives:
            for check in objective.checks:
                told = found.setdefault((objective.id, check.id), Tried(objective.id, check, Counter(), Counter()))
                told.verdicts[check.verdict] += 1
                if check.verdict is Verdict.FAIL:
                    told.hints[check.hint] += 1
    return list(found.values())
