"""What a check declares about itself."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any


@dataclasses.dataclass(frozen=True)
class ObjectiveSpec:
    """An objective: its number, its slug (`encrypted-object`) and its title."""

    id: int
    slug: str
    title: str


@dataclasses.dataclass(frozen=True)
class CheckSpec:
    """What a check declares by its name, docstring and marks.

    `points` are by mode; a mode that is missing does not apply. `advice` and `blocked_by` take the graded lab (see
    `grading.marks.advice`). `subject` is the student, in a class.
    """

    id: str
    nodeid: str
    title: str
    objective: ObjectiveSpec
    points: Mapping[str, int]
    hint: str
    advice: Callable[[Any], str] | None = None
    blocked_by: Callable[[Any], None] | None = None
    subject: str = ""
