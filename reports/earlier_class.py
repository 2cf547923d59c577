"""The points that the students of a class had before: from the results of the run before this one."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from grading.results import AccountResult, RunResult

RESULTS = "results.json"
BEFORE = "before"


@dataclasses.dataclass(frozen=True)
class EarlierClass:
    """When the class was asked before (UTC, ISO 8601; empty without an earlier run), and the points, earned and
    possible, of the students who could be judged.
    """

    asked: str = ""
    points: Mapping[str, tuple[int, int]] = dataclasses.field(default_factory=dict)

    def change(self, account: AccountResult) -> int | None:
        """Return how many points a student gained or lost; what is ungraded now is not lost. `None` where there is
        nothing to compare: a student who is new, was or is not judged, or has other points to earn.
        """
        before, possible = self.points.get(account.student, (0, -1))
        if possible != account.possible or not account.is_judged:
            return None
        return max(account.earned - before, min(0, account.earned + account.ungraded - before))

    def is_before(self, run: RunResult) -> bool:
        """Whether the class was asked before this run asked it; a replay judges the same answers again."""
        return bool(self.asked) and not run.partial and self.asked < run.asked[1]

    def is_another_than(self, run: RunResult) -> bool:
        """Whether there is a class, and this run does not judge all of the same answers again."""
        return bool(self.asked) and (not run.is_class or bool(run.partial) or self.asked != run.asked[1])


def read_class(results: Path) -> EarlierClass:
    """Read results; without a class in them, of a partial run, or in an older form, return none."""
    try:
        content: Any = json.loads(results.read_text(encoding="utf-8"))
        run, accounts = content["run"], content["accounts"]
        points = {
            each["student"]: (int(each["score"]["earned"]), int(each["score"]["possible"]))
            for each in accounts
            if each["student"] and any(verdict in ("pass", "fail") for verdict in _verdicts(each))
        }
        asked = "" if run.get("partial") else str(run["asked"]["last"] or "")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return EarlierClass()
    return EarlierClass(asked, points) if asked and points else EarlierClass()


def _verdicts(account: Any) -> list[str]:
    return [check["verdict"] for objective in account["objectives"] for check in objective["checks"]]
