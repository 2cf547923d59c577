"""From the exception of a check to its verdict, message and hint."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fixtures.aws.errors import AccessDenied, QueryError
from fixtures.resources.objectives import Guarded, HistoryLate, Inconclusive, Objective, ResourceMissing
from grading.judging import OURS, Judgement, explain, judge, passed, sentence
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
    ("text", "message"),
    [
        ("The key is disabled.\nassert 'Disabled' == 'Enabled'\n  it does not hold", "The key is disabled."),
        ("The key is disabled.", "The key is disabled."),
        ("The alias is a\n~assert b.\nassert False", "The alias is a ~assert b."),
        ("assert not <key>.open\n +  where True = <key>.open", "This was not seen: Title."),
        ("", "This was not seen: Title."),
    ],
    ids=["rewritten", "plain", "with a line of a student's", "without a message", "empty"],
)
def test_the_message_of_an_assertion_is_what_was_seen(text, message):
    """Without pytest's explanation, which shows Python's objects; what was wanted is the check's title."""
    judged = judge(AssertionError(text), spec())
    assert (judged.verdict, judged.message, judged.seen, judged.wanted) == (Verdict.FAIL, message, message, "Title.")


def test_what_passed_is_the_title():
    """It was seen to hold."""
    assert (passed(spec()).verdict, passed(spec()).message) == (Verdict.PASS, "Title.")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the recording has no answer", "The recording has no answer."),
        ("kms:DescribeKey was refused", "kms:DescribeKey was refused."),
        ("Is it?", "Is it?"),
        ("", ""),
    ],
)
def test_a_text_becomes_a_sentence(text, expected):
    """With a period, and a capital where it begins with a word."""
    assert sentence(text) == expected


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
    assert (judged.message, judged.seen, judged.hint) == ("This check needs objective 2 first.", "No object.", "")


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
    assert (judged.verdict, judged.seen, judged.needs_objective) == (Verdict.BLOCKED, "No object.", 2)
