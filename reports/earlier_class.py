"""The points that the students of a class had before: from the results of the run before this one."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from grading.results import RunResult

RESULTS = "results.json"
BEFORE = "before"


@dataclasses.dataclass(frozen=True)
class EarlierClass:
    """When the class was asked before (UTC, ISO 8601; empty without an earlier run), the points by student, and the
    file that says so.
    """

    asked: str = ""
    points: Mapping[str, int] = dataclasses.field(default_factory=dict)
    source: Path = Path()

    def change(self, student: str, earned: int) -> int | None:
        """Return how many points a student gained; `None` for one who is new."""
        return earned - self.points[student] if student in self.points else None

    @classmethod
    def of(cls, folder: Path, run: RunResult) -> EarlierClass:
        """Return the class as an earlier run left it in the reports folder or in its `before/`.

        Results whose answers are no older than this run's are not earlier: a replay judges the same answers again.
        """
        for path in (folder / RESULTS, folder / BEFORE / RESULTS):
            earlier = _read(path)
            if earlier.asked and run.asked[1] and earlier.asked < run.asked[1]:
                return earlier
        return cls()


def _read(path: Path) -> EarlierClass:
    """Read results; without a class in them, or in an older form, return none."""
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
        points = {each["student"]: int(each["score"]["earned"]) for each in content["accounts"] if each["student"]}
        asked = str(content["run"]["asked"]["last"] or "")
    except (OSError, ValueError, KeyError, TypeError):
        return EarlierClass()
    return EarlierClass(asked, points, path) if points else EarlierClass()
