"""Every report says the points, what is ungraded and what to do next in the same words."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading.results import BLOCKING, AccountResult, CheckResult, ObjectiveResult, Reason, Verdict
from grading.wording import BECAUSE, MOST_STEPS, next_steps, open_sentence, reason_words, score_sentence


def check(verdict: str = "pass", possible: int = 2, hint: str = "", **given) -> CheckResult:
    return CheckResult("id", "node", "Title.", Verdict(verdict), possible, hint=hint, **given)


def account(*objectives: list[CheckResult]) -> AccountResult:
    found = (ObjectiveResult(n, "slug", "title", tuple(checks)) for n, checks in enumerate(objectives, 1))
    return AccountResult("", "", "", 0, tuple(found))


def test_nothing_is_said_of_what_is_graded():
    """Lost points and points that wait for another objective are graded."""
    graded = account([check(), check("fail"), check("blocked", reason=Reason.PREREQUISITE, needs_objective=2)])
    assert score_sentence(graded) == "2 of 6 points."
    assert open_sentence(graded) == ""


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (Reason.READ_ONLY, "It cannot be tried without changing the account: the teacher decides."),
        (Reason.GUARDRAIL, "A setting of the account or organization stands in the way: the teacher decides."),
        (Reason.LATE, "CloudTrail may be late: grade again after 16:40 UTC."),
        (Reason.DENIED, "AWS denied access to the grader: allow it, and grade again."),
    ],
)
def test_what_is_ungraded_has_its_reason(reason, words):
    """The number, and a sentence for what to do."""
    verdict = "blocked" if reason in BLOCKING else "error"
    found = account([check(), check(verdict, 1, reason=reason, again_after="2026-11-23T16:40:00Z")])
    assert score_sentence(found) == "2 of 3 points, 1 ungraded."
    assert open_sentence(found) == f"1 point is ungraded, not lost. {words}"


def test_several_reasons_have_their_points():
    """They sum to what is ungraded."""
    found = account([check("error", 3, reason=Reason.DENIED), check("blocked", 1, reason=Reason.READ_ONLY)])
    said = open_sentence(found)
    assert said.startswith("4 points are ungraded, not lost. ")
    assert "the teacher decides (1 point)." in said
    assert "grade again (3 points)." in said


@given(st.lists(st.tuples(st.sampled_from(sorted(BECAUSE)), st.integers(1, 9)), min_size=1))
def test_the_sentence_has_the_number_of_the_results(found):
    """Whatever the reasons are."""
    checks = [check("blocked" if Reason(r) in BLOCKING else "error", points, reason=Reason(r)) for r, points in found]
    said = open_sentence(account(checks))
    assert said.split()[0] == str(sum(points for _, points in found))
    assert "None" not in said


def test_the_most_valuable_step_comes_first():
    """Each hint once, at most three; what is lost before what is ungraded; what waits counts for its cause."""
    found = account(
        [check("fail", 2, "Create a key."), check("fail", 2, "Create a key."), check("fail", 1, "Rename it.")],
        [check("fail", 5, "Upload it."), check("blocked", 9, reason=Reason.PREREQUISITE, needs_objective=1)],
        [check("error", 20, "Grade again.", reason=Reason.LATE), check("fail", 1, "Open it."), check()],
    )
    assert next_steps(found) == ("Create a key.", "Upload it.", "Rename it.")
    assert len(next_steps(found)) == MOST_STEPS


def test_checks_with_the_cause_of_another_count_for_its_step():
    """`Do what that check says.` is no step."""
    first = dataclasses.replace(check("fail", 1, "Create a key."), id="alias")
    other = dataclasses.replace(check("fail", 9, "Do what that check says."), same_cause_as="alias")
    found = account([first, other], [check("fail", 5, "Upload it.")])
    assert next_steps(found) == ("Create a key.", "Upload it.")


def test_nothing_is_next_when_everything_passed():
    """There is no step."""
    assert next_steps(account([check(), check()])) == ()


def test_reasons_are_told_in_words():
    """What comes first, or when to grade again."""
    assert reason_words(check("blocked", reason=Reason.PREREQUISITE, needs_objective=2)) == "needs objective 2 first"
    late = check("error", reason=Reason.LATE, again_after="2026-11-23T16:40:00Z")
    assert reason_words(late) == "late: grade again after 16:40 UTC"
    assert reason_words(check("fail")) == ""
