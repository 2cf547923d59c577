"""The marks of a check: its objective, points, hint and advice.

pytestmark = objective(Objective.ENCRYPTED_OBJECT)   # once in a file of checks

@points(provision=4, grade=7)                  # 0 leaves it out of that mode
@hint("Upload {object} again with SSE-KMS, and choose the key {alias}.")
@advice(object_key, blocked_by=unusable_object_key)
def test_object_under_the_key(stored_object, key): ...
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import pytest

from grading.specs import CheckSpec, ObjectiveSpec

MARKERS = (
    "objective(objective): the objective that a check belongs to",
    "points(provision=0, grade=0): the points of a check in a provisioned lab and in a graded one",
    "hint(text): what to do if the check does not pass; {names} of the lab's resources are filled in",
    "advice(find, blocked_by): a hint for the graded account, and a cause that belongs to another objective",
    "live: a check; with '-m live' it runs in the account that the AWS credential chain names",
)


class Objective(Protocol):
    """What an objective has: a number, a slug (`encrypted-object`) and a title."""

    @property
    def value(self) -> int: ...

    @property
    def slug(self) -> str: ...

    @property
    def title(self) -> str: ...


def objective(objective: Objective) -> pytest.MarkDecorator:
    """Assign checks to an objective."""
    return pytest.mark.objective(ObjectiveSpec(objective.value, objective.slug, objective.title))


def points(*, provision: int = 0, grade: int = 0) -> pytest.MarkDecorator:
    """Set the points of a check in each mode; 0 leaves it out of that mode."""
    return pytest.mark.points(provision=provision, grade=grade)


def hint(text: str) -> pytest.MarkDecorator:
    """Set what to do if the check does not pass."""
    return pytest.mark.hint(text)


def advice(
    find: Callable[[Any], str] | None = None, *, blocked_by: Callable[[Any], None] | None = None
) -> pytest.MarkDecorator:
    """Explain a failure in a graded lab. Both functions take the lab.

    `find` returns the hint for this account, or an empty string for the check's own hint. `blocked_by` raises an error
    with an `objective` if the failure follows from another objective; the check is then blocked.
    """
    return pytest.mark.advice(find, blocked_by=blocked_by)


def check_spec(item: pytest.Item) -> CheckSpec | None:
    """Return what a check declares; `None` for a test without an objective."""
    marks: dict[str, pytest.Mark] = {}
    for mark in item.iter_markers():  # the closest comes first
        marks.setdefault(mark.name, mark)
    if "objective" not in marks:
        return None
    points, hint, advice = (marks.get(name) for name in ("points", "hint", "advice"))
    name = getattr(item, "originalname", None) or item.name
    docstring = getattr(item, "obj", None).__doc__ or name
    return CheckSpec(
        id=name.removeprefix("test_").replace("_", "-"),
        nodeid=item.nodeid,
        title=docstring.strip().splitlines()[0],
        objective=marks["objective"].args[0],
        points=dict(points.kwargs) if points else {},
        hint=str(hint.args[0]) if hint else "",
        advice=next(iter(advice.args), None) if advice else None,
        blocked_by=advice.kwargs.get("blocked_by") if advice else None,
        subject=str(getattr(getattr(item, "callspec", None), "params", {}).get("subject", "")),
    )
