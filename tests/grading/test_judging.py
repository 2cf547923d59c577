"""From the exception of a check to its verdict, message and hint."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fixtures.aws.errors import AccessDenied, QueryError
from fixtures.resources.objectives import Guarded, HistoryLate, Inconclusive, Objective, ResourceMissing
from grading.judging import OURS, Judgement, compare, describe_pass, explain, judge
from grading.results import Verdict
from grading.specs import CheckSpec, ObjectiveSpec

KEY = Objective.CUSTOMER_MANAGED_KEY
LATE = HistoryLate("CloudTrail shows no event.", datetime(2026, 11, 23, 16, 40, tzinfo=UTC))
FAILED = Judgement(Verdict.FAIL, "it is wrong", seen="it is wrong")


def spec(**given) -> CheckSpec:
    return CheckSpec(
        "id", "node", "Title.", ObjectiveSpec(KEY.value, KEY.slug, KEY.title), {"grade": 1}, "hint", **given
    )


@pytest.mark.parametrize(
    ("op", "left", "right", "seen", "wanted"),
    [
        ("==", "AES256", "aws:kms", "'AES256'", "'aws:kms'"),
        ("!=", "never", "never", "'never'", "anything but 'never'"),
        ("in", "a", ("b", "c"), "'a'", "one of ('b', 'c')"),
        ("in", "a", ["b"], "['b']", "in it 'a'"),
        ("not in", "b", ["b"], "['b']", "not in it 'b'"),
    ],
)
def test_a_failed_comparison_keeps_what_was_seen_and_what_was_wanted(op, left, right, seen, wanted):
    """In two fields, and together in the message."""
    comparison = compare(op, left, right)
    assert comparison is not None
    judged = judge(AssertionError(f"assert {comparison.line}"), spec(), comparison)
    assert (judged.verdict, judged.seen, judged.wanted) == (Verdict.FAIL, seen, wanted)
    assert judged.message == f"seen {seen}, wanted {wanted}"


def test_untrusted_text_in_a_comparison_does_not_move_the_border():
    """A student's text may contain the words between the two."""
    comparison = compare("==", "a', wanted 'b", "c")
    assert comparison is not None
    judged = judge(AssertionError(comparison.line), spec(), comparison)
    assert (judged.seen, judged.wanted) == ("\"a', wanted 'b\"", "'c'")


def test_an_earlier_comparison_is_not_taken_for_the_failed_assertion():
    """Only the line of the assertion itself is."""
    judged = judge(AssertionError("assert not True\n +  where True = <key>.open"), spec(), compare("==", 1, 2))
    assert (judged.message, judged.wanted) == ("not True (<key>.open is True)", "")


@pytest.mark.parametrize(
    ("error", "verdict", "reason", "hint"),
    [
        (ResourceMissing(KEY, "there is no key", "Create one."), Verdict.FAIL, None, "Create one."),
        (Inconclusive("it cannot be known", "Look."), Verdict.BLOCKED, "read-only", "Look."),
        (Guarded("a setting", "Look."), Verdict.BLOCKED, "guardrail", "Look."),
        (LATE, Verdict.ERROR, "late", "CloudTrail may be late: grade again after 16:40 UTC."),
        (AccessDenied("no", "Allow it."), Verdict.ERROR, "denied", "Allow it."),
        (QueryError("no", "Get new ones.", "expired"), Verdict.ERROR, "expired", "Get new ones."),
        (RuntimeError("a bug"), Verdict.ERROR, "suite", OURS),
    ],
)
def test_other_exceptions_have_their_verdicts_and_reasons(error, verdict, reason, hint):
    """A missing resource fails its own objective and blocks others."""
    judged = judge(error, spec())
    assert (judged.verdict, judged.reason, judged.hint) == (verdict, reason, hint)


def test_a_late_history_says_when_to_grade_again():
    """As a time of the record, and in the hint."""
    assert judge(LATE, spec()).again_after == "2026-11-23T16:40:00Z"


def test_what_another_objective_asks_for_comes_first():
    """The check says which objective, and what is missing only in what was seen."""
    judged = judge(ResourceMissing(Objective.ENCRYPTED_OBJECT, "no object", "Upload it."), spec())
    assert (judged.verdict, judged.reason, judged.needs_objective) == (Verdict.BLOCKED, "prerequisite", 2)
    assert (judged.message, judged.seen, judged.hint) == ("Needs objective 2 first.", "no object", "")


def test_advice_replaces_the_hint():
    """It takes the graded lab."""
    lab = object()
    judged = explain(FAILED, spec(advice=lambda given: f"Do {given is lab}."), lab)
    assert (judged.verdict, judged.message, judged.hint) == (Verdict.FAIL, "it is wrong", "Do True.")


def test_advice_about_a_missing_resource_leaves_the_checks_own_hint():
    """The advice reads the lab, and may find nothing."""

    def advice(lab: object) -> str:
        raise ResourceMissing(KEY, "there is no key", "Create one.")

    assert explain(FAILED, spec(advice=advice), object()) == FAILED


def test_a_cause_of_another_objective_blocks():
    """With its message as what was seen."""

    def cause(lab: object) -> None:
        raise ResourceMissing(Objective.ENCRYPTED_OBJECT, "no object", "Upload it.")

    judged = explain(FAILED, spec(blocked_by=cause), object())
    assert (judged.verdict, judged.seen, judged.needs_objective) == (Verdict.BLOCKED, "no object", 2)


def test_a_passed_comparison_is_described_by_what_was_seen():
    """And another assertion by its value."""
    comparison = compare("==", "Enabled", "Enabled")
    assert comparison is not None
    assert describe_pass(comparison.line, comparison) == "seen 'Enabled'"
    assert describe_pass("True\n +  where True = <object>.is_public", None) == "<object>.is_public is True"
