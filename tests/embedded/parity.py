"""`docs/parity.md`: each question, AWS's answer and its source, plain moto's answer, and ours.

    python -m tests.embedded.parity          writes it

CI compares every line with the catalogue, and plain moto's answers with its present ones for some questions: the first
of each behaviour, and every tenth.
"""

from __future__ import annotations

import functools
import importlib.metadata
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from embedded.aws import BEHAVIOURS
from tests.embedded import questions
from tests.embedded.catalogue import Asked, recorded, section
from tests.embedded.question import QUESTIONS, Question, answer
from tests.embedded.world import embedded_worlds, moto_worlds

assert questions
PAGE = Path(__file__).parents[2] / "docs" / "parity.md"
HEAD = """# Parity: what AWS answers, what plain moto answers, what the embedded AWS answers

Made by `python -m tests.embedded.parity`; `tests/embedded/test_parity.py` fails when it is stale.
Each line is a question that a client asks (`tests/embedded/questions/`).
The facts are rows of [aws-facts.md](aws-facts.md) or pages of AWS's documentation.
What is uncertain there is not asked.
`=` stands for AWS's answer.
The last column is the day on which somebody recorded the fact on AWS, where somebody did.
"""
FACTS = PAGE.with_name("aws-facts.md")
FACT = re.compile(r"([A-Z\d]+)-(\d{2,3})(?: to [A-Z\d]+-(\d{2,3}))?")


def moto_answers(wanted: Iterable[Question] = QUESTIONS) -> dict[str, str]:
    """Return plain moto's answers by question id."""
    with moto_worlds() as worlds:
        return {question.id: answer(question, next(worlds)) for question in wanted}


def own_answers(wanted: Iterable[Question] = QUESTIONS) -> tuple[dict[str, str], dict[tuple[str, str], set[str]]]:
    """Return our answers by question id, and which questions call which operation."""
    asked: dict[tuple[str, str], set[str]] = {}
    current: list[str] = []
    answers = {}
    with recorded(asked, current) as recorder, embedded_worlds((*BEHAVIOURS, recorder)) as worlds:
        for question in wanted:
            world = next(worlds)
            current[:] = [question.id]
            answers[question.id] = answer(question, world)
            current.clear()
    return answers, asked


def page(moto: dict[str, str], own: dict[str, str], asked: Asked) -> str:
    """Return the page, from the answers of both worlds by question id, and which questions call which operation."""
    parts: dict[str, list[Question]] = defaultdict(list)
    for question in QUESTIONS:
        parts[question.service].append(question)
    version = importlib.metadata.version("moto")
    lines = [HEAD, f"| service | questions | plain moto {version} | embedded AWS |", "|---|--:|--:|--:|"]
    for service, asked_there in [*parts.items(), ("**all**", QUESTIONS)]:
        right = [sum(answers[each.id] == each.aws for each in asked_there) for answers in (moto, own)]
        lines.append(
            f"| {service} | {len(asked_there)} | {_share(right[0], asked_there)} | {_share(right[1], asked_there)} |"
        )
    for service, asked_there in parts.items():
        lines += [
            "",
            f"## {service}",
            "",
            "| question | fact | AWS | plain moto | ours | recorded |",
            "|---|---|---|---|---|---|",
        ]
        lines += [line(each, moto[each.id], own[each.id]) for each in asked_there]
    return "\n".join(lines) + "\n" + section(asked)


def line(question: Question, moto: str, own: str) -> str:
    """Return a question's line in the table."""
    cells = (
        question.asked,
        question.fact,
        question.aws,
        _same(moto, question),
        _same(own, question),
        recorded_on(question),
    )
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


@functools.cache
def _recordings() -> dict[str, str]:
    """Return the days of recordings by the ids of facts."""
    rows = re.findall(r"^\| ([A-Z\d]+-\d+) \|.*\| recorded (\d{4}-\d\d-\d\d)[^|]*\|[^|]*\|$", _facts(), re.MULTILINE)
    return dict(rows)


def _facts() -> str:
    return FACTS.read_text(encoding="utf-8")


def recorded_on(question: Question) -> str:
    """Return the newest day on which a fact of a question was recorded, or an empty text."""
    ids = [
        f"{prefix}-{number:0{len(first)}}"
        for prefix, first, last in FACT.findall(question.fact)
        for number in range(int(first), int(last or first) + 1)
    ]
    return max((_recordings()[each] for each in ids if each in _recordings()), default="")


def _share(right: int, asked_there: list[Question]) -> str:
    return f"{right} ({right / len(asked_there):.0%})"


def _same(answer: str, question: Question) -> str:
    return "=" if answer == question.aws else answer[:160]


if __name__ == "__main__":
    PAGE.write_text(page(moto_answers(), *own_answers()), encoding="utf-8")
