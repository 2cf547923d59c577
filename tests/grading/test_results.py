"""Verdicts roll up, points are counted, and a run ends as the contract says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading.results import WORST_FIRST, AccountResult, Check, Objective, Verdict, exit_code, worst

verdicts = st.sampled_from(list(Verdict))


def check(verdict: Verdict, possible: int = 1) -> Check:
    return Check("id", "node", "title", verdict, possible)


def account(*verdicts: Verdict) -> AccountResult:
    objectives = tuple(Objective(n, "slug", "title", (check(v),)) for n, v in enumerate(verdicts, 1))
    return AccountResult("", "", "", 0, objectives)


@given(st.lists(verdicts, min_size=1))
def test_worst_is_the_first_in_order_of_badness(found):
    """Fail before error before blocked before pass."""
    assert worst(found) == min(found, key=WORST_FIRST.index)


def test_nothing_tried_is_blocked():
    """Of no verdicts the worst is not a pass."""
    assert worst([]) is Verdict.BLOCKED


@given(st.lists(st.tuples(verdicts, st.integers(0, 20)), min_size=1))
def test_only_pass_earns(found):
    """Earned are the points of what passed; not yet graded those of what was not seen or tried."""
    objective = Objective(1, "slug", "title", tuple(check(*each) for each in found))
    assert objective.earned == sum(points for verdict, points in found if verdict == "pass")
    assert objective.ungraded == sum(points for verdict, points in found if verdict in ("error", "blocked"))
    assert objective.possible == sum(points for _, points in found)


@pytest.mark.parametrize(
    ("verdicts", "leftovers", "code"),
    [
        (["pass", "pass"], [], 0),
        (["pass", "fail"], [], 1),
        (["error", "fail"], [], 1),
        (["pass", "blocked"], [], 6),
        (["pass", "error"], [], 6),
        (["pass", "pass"], ["a key"], 7),
        (["pass", "fail"], ["a key"], 1),
        (["pass", "error"], ["a key"], 6),
    ],
)
def test_exit_code(verdicts, leftovers, code):
    """0 passed, 1 failed, 6 not all seen, 7 judged whole but something was left behind."""
    assert exit_code([account(*map(Verdict, verdicts))], leftovers) == code


def test_reason_is_the_worst_check():
    """What is told first of an objective is its worst check, not its first."""
    checks = (check(Verdict.BLOCKED), check(Verdict.ERROR), check(Verdict.FAIL))
    assert Objective(1, "slug", "title", checks).first_reason is checks[2]
