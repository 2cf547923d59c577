"""Plain moto lacks each behaviour, and the parity table is up to date."""

from __future__ import annotations

import re

import pytest

from embedded.aws import BEHAVIOURS
from tests.embedded.parity import PAGE, line, moto_answers, recorded_on
from tests.embedded.question import QUESTIONS, Question

WITHOUT_QUESTIONS = {"ec2 images", "dates"}
"""Which images there are is a choice of ours, and a real clock cannot be moved."""


FIRST, EVERY = 3, 10


def of_behaviour(name: str) -> list[Question]:
    return [question for question in QUESTIONS if question.behaviour == name]


def lines() -> list[str]:
    return PAGE.read_text(encoding="utf-8").splitlines()


@pytest.fixture(scope="module")
def moto() -> dict[str, str]:
    """Plain moto's present answers: those that are wrong in the table, some of each behaviour, and a sample."""
    table = set(lines())
    wrong = [[each for each in of_behaviour(b.name) if line(each, each.aws, each.aws) not in table] for b in BEHAVIOURS]
    wanted = {each.id: each for some in wrong for each in some[:FIRST]}
    return moto_answers((wanted | {each.id: each for each in QUESTIONS[::EVERY]}).values())


@pytest.mark.parametrize("behaviour", sorted({each.name for each in BEHAVIOURS} - WITHOUT_QUESTIONS))
def test_plain_moto_lacks_the_behaviour(behaviour: str, moto: dict[str, str]):
    """If moto has a behaviour by now, delete ours."""
    asked = of_behaviour(behaviour)
    assert asked, "no question asks for this behaviour"
    assert any(moto.get(question.id, question.aws) != question.aws for question in asked)


def test_every_question_has_a_source():
    """Ids of facts, a document of the repository, or an address. `tests/docs` resolves ids and documents."""
    source = re.compile(r"https://\S+|docs/\S+\.md|[A-Z\d]+-\d{2,3}((, | to )[A-Z\d]+-\d{2,3})*")
    assert [each.id for each in QUESTIONS if not source.fullmatch(each.fact)] == []


def test_every_question_is_asked_once():
    """Names are ids."""
    assert len({question.id for question in QUESTIONS}) == len(QUESTIONS)


def test_the_table_is_not_stale(moto: dict[str, str]):
    """`python -m tests.embedded.parity` would write what is there."""
    page = lines()
    table = [each for each in page if each.startswith("| ") and " | = |" in each]
    assert len(table) == len(QUESTIONS)
    for question in QUESTIONS:
        begins, _, ends = line(question, question.aws, question.aws).rpartition("= | = |")
        assert any(each.startswith(begins) and each.endswith(f"= |{ends}") for each in table), question.id
    for question in QUESTIONS:
        if question.id in moto:
            assert line(question, moto[question.id], question.aws) in table
    assert f"| **all** | {len(QUESTIONS)} " in "\n".join(page)


def test_the_table_says_when_an_answer_was_recorded():
    """By the facts of the question: KMS-06 was recorded, CT-01 is documented."""
    by_fact = {question.fact: question for question in QUESTIONS}
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", recorded_on(by_fact["KMS-06"]))
    assert recorded_on(by_fact["CT-01"]) == ""
