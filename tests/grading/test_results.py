"""Verdicts of objectives, points and exit codes follow from the verdicts of checks."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading.results import WORST_FIRST, AccountResult, CheckResult, ObjectiveResult, Reason, Verdict, exit_code, worst

verdicts = st.sampled_from(list(Verdict))


def check(verdict: Verdict, possible: int = 1) -> CheckResult:
    return CheckResult("id", "node", "title", verdict, possible)


def account(*verdicts: Verdict) -> AccountResult:
    objectives = tuple(ObjectiveResult(n, "slug", "title", (check(v),)) for n, v in enumerate(verdicts, 1))
    return AccountResult("", "", "", 0, objectives)


@given(st.lists(verdicts, min_size=1))
def test_worst_is_the_first_in_order(found):
    """Fail before error before blocked before pass."""
    assert worst(found) == min(found, key=WORST_FIRST.index)


def test_without_checks_the_verdict_is_blocked():
    """The worst of no verdicts is not a pass."""
    assert worst([]) is Verdict.BLOCKED


blocked = st.sampled_from([Reason.PREREQUISITE, Reason.READ_ONLY, Reason.GUARDRAIL])


@given(st.lists(st.tuples(verdicts, st.integers(0, 20), blocked), min_size=1))
def test_only_pass_earns(found):
    """The points of errors, and of what the teacher decides, are ungraded; what another objective blocks is not."""
    checks = [
        dataclasses.replace(check(verdict, points), reason=reason if verdict == "blocked" else None)
        for verdict, points, reason in found
    ]
    objective = ObjectiveResult(1, "slug", "title", tuple(checks))
    assert objective.earned == sum(points for verdict, points, _ in found if verdict == "pass")
    assert objective.ungraded == sum(
        points
        for verdict, points, reason in found
        if verdict == "error" or (verdict == "blocked" and reason != "prerequisite")
    )
    assert objective.possible == sum(points for _, points, _ in found)


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
        (["pass", "error"], ["a key"], 7),
    ],
)
def test_exit_code(verdicts, leftovers, code):
    """0 passed, 1 failed, 7 something was left behind, 6 not everything was judged; the first of them that holds."""
    assert exit_code([account(*map(Verdict, verdicts))], leftovers) == code


def test_reason_is_the_worst_check():
    """The reason of an objective is its worst check, not its first one."""
    checks = (check(Verdict.BLOCKED), check(Verdict.ERROR), check(Verdict.FAIL))
    assert ObjectiveResult(1, "slug", "title", checks).first_reason is checks[2]
