"""From the exception of a check to its verdict, message and hint."""

from __future__ import annotations

import pytest

from fixtures.resources.objectives import Inconclusive, Objective, ResourceMissing
from grading.judging import OURS, Judgement, compare, describe_pass, explain, judge
from grading.results import Verdict
from grading.specs import CheckSpec, ObjectiveSpec

KEY = Objective.CUSTOMER_MANAGED_KEY
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
    ("error", "verdict", "hint"),
    [
        (ResourceMissing(KEY, "there is no key", "Create one."), Verdict.FAIL, "Create one."),
        (ResourceMissing(Objective.ENCRYPTED_OBJECT, "no object", "Upload it."), Verdict.BLOCKED, "Upload it."),
        (Inconclusive("it cannot be known", "Look."), Verdict.BLOCKED, "Look."),
        (RuntimeError("a bug"), Verdict.ERROR, OURS),
    ],
)
def test_other_exceptions_have_their_verdicts(error, verdict, hint):
    """A missing resource fails its own objective and blocks others."""
    judged = judge(error, spec())
    assert (judged.verdict, judged.hint) == (verdict, hint)


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
    """With its message and advice."""

    def cause(lab: object) -> None:
        raise ResourceMissing(Objective.ENCRYPTED_OBJECT, "no object", "Upload it.")

    judged = explain(FAILED, spec(blocked_by=cause), object())
    assert (judged.verdict, judged.message, judged.hint) == (Verdict.BLOCKED, "no object", "Upload it.")


def test_a_passed_comparison_is_described_by_what_was_seen():
    """And another assertion by its value."""
    comparison = compare("==", "Enabled", "Enabled")
    assert comparison is not None
    assert describe_pass(comparison.line, comparison) == "seen 'Enabled'"
    assert describe_pass("True\n +  where True = <object>.is_public", None) == "<object>.is_public is True"
