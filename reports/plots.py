"""Drawings of a class: its points as a histogram, its objectives as bars. Their numbers are texts of the drawing."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Sequence

from grading.results import WORST_FIRST, AccountResult, RunResult, Verdict

BINS = 10
SEPARATOR = re.compile(r"-(?!enable\b)")
WIDTH, HEIGHT = 300, 90
"""The space for bars, in the units of the drawing."""


@dataclasses.dataclass(frozen=True)
class Bar:
    """A bar: its place and size, the number it stands for, and what it is of."""

    x: float
    y: float
    width: float
    height: float
    count: int
    label: str
    kind: str = ""


def histogram(accounts: Sequence[AccountResult]) -> list[Bar]:
    """Return a bar for each tenth of the points, without accounts that have none to earn."""
    counted = Counter(min(BINS - 1, BINS * each.earned // each.possible) for each in accounts if each.possible)
    most = max(counted.values(), default=0)
    step = WIDTH / BINS
    bars = []
    for number in range(BINS):
        height = HEIGHT * counted[number] / most if most else 0
        last = 100 if number == BINS - 1 else 10 * number + 9
        bars.append(Bar(number * step, HEIGHT - height, step - 4, height, counted[number], f"{10 * number}–{last}"))
    return bars


@dataclasses.dataclass(frozen=True)
class ObjectiveBars:
    """An objective's verdicts in the class, as the parts of one bar."""

    number: int
    title: str
    short: str
    parts: tuple[Bar, ...]


def objective_bars(run: RunResult) -> list[ObjectiveBars]:
    """Return a bar for each objective, divided by verdict: passed first, then the worst."""
    found: dict[int, list[Verdict]] = {}
    titles: dict[int, str] = {}
    shorts: dict[int, str] = {}
    for account in run.accounts:
        for objective in account.objectives:
            found.setdefault(objective.id, []).append(objective.verdict)
            titles[objective.id] = objective.title
            shorts[objective.id] = SEPARATOR.sub(" ", objective.slug)
    return [ObjectiveBars(number, titles[number], shorts[number], _parts(found[number])) for number in sorted(found)]


def _parts(verdicts: Sequence[Verdict]) -> tuple[Bar, ...]:
    counts, parts, x = Counter(verdicts), [], 0.0
    for verdict in (Verdict.PASS, *(each for each in WORST_FIRST if each is not Verdict.PASS)):
        width = WIDTH * counts[verdict] / len(verdicts)
        if width:
            parts.append(Bar(x, 0, width, 14, counts[verdict], verdict.value, verdict.value))
        x += width
    return tuple(parts)
