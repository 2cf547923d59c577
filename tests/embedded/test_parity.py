"""Plain moto lacks what we put around it, and the parity table says what is."""

from __future__ import annotations

import pytest

from embedded import BEHAVIOURS
from tests.embedded.parity import PAGE, moto_answers, page
from tests.embedded.question import QUESTIONS

WITHOUT_QUESTIONS = {"economy", "dates"}
"""Spared work changes no answer, and a real clock cannot be turned."""


@pytest.fixture(scope="module")
def moto() -> dict[str, str]:
    """Plain moto's answers of today."""
    return moto_answers()


@pytest.mark.parametrize("behaviour", sorted({each.name for each in BEHAVIOURS} - WITHOUT_QUESTIONS))
def test_plain_moto_lacks_the_behaviour(behaviour: str, moto: dict[str, str]):
    """A behaviour that moto has by now is ours no longer: then delete it."""
    asked = [question for question in QUESTIONS if question.behaviour == behaviour]
    assert asked, "no question speaks of this behaviour"
    assert any(moto[question.id] != question.aws for question in asked)


def test_every_question_is_asked_once():
    """Names are ids."""
    assert len({question.id for question in QUESTIONS}) == len(QUESTIONS)


def test_the_table_is_not_stale(moto: dict[str, str]):
    """`python -m tests.embedded.parity` would write what is there."""
    own = {question.id: question.aws for question in QUESTIONS}
    assert PAGE.read_text(encoding="utf-8") == page(moto, own)
