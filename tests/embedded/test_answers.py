"""Every question of the catalogue is answered as AWS answers it. With `-m live`, by AWS itself."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.embedded import questions
from tests.embedded.question import QUESTIONS, Question
from tests.embedded.world import World

assert questions
LACKING = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")
OF_THE_EMULATOR = ("a second account", "a turned clock", "the emulator", "an account to itself")


@pytest.mark.live
@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)
def test_answers_as_aws_does(question: Question, world: World):
    """The answer is the one of the fact that the question names."""
    if world.name == "live" and question.needs in OF_THE_EMULATOR:
        pytest.skip(f"needs {question.needs}")
    try:
        answer = question.ask(world)
    except ClientError as refused:
        if world.name == "live" and question.needs and refused.response["Error"]["Code"] in LACKING:
            pytest.skip(f"needs {question.needs}, which this role lacks")
        raise
    assert answer == question.aws, question.fact
