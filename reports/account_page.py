"""The page: the objectives and their checks, readable without JavaScript, above pytest-html's own table.

Jinja escapes everything that is put in, so that what others wrote stays text.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape

from grading.judging import WANTED
from grading.results import WORST_FIRST, AccountResult, Check, Run, Seen, Verdict
from reports.timeline import picture

TEMPLATES = Path(__file__).with_name("templates")
WORDS = {Verdict.PASS: "✓ pass", Verdict.FAIL: "✗ fail", Verdict.ERROR: "! error", Verdict.BLOCKED: "– blocked"}
LONGEST_ANSWER = 1_800
ALL_ANSWERS = 110_000
"""Characters of AWS's answers on a page, as they are written in HTML; the rest is in evidence/."""
MOST_CITED = 12
CUT = "… (cut; the whole answer is in evidence/)"


def _failures_first(results: Iterable[Any]) -> list[Any]:
    return sorted(results, key=lambda result: WORST_FIRST.index(result.verdict))


def _seen_and_wanted(check: Check) -> dict[str, str]:
    """A message apart: what was seen, and what was wanted where the message says so."""
    seen, _, wanted = check.message.partition(WANTED)
    return {"seen": seen.removeprefix("seen "), "wanted": wanted}


@dataclasses.dataclass(frozen=True)
class CitedAnswer:
    """An answer where a check cites it: with its text where it is cited first, later with a link to there."""

    id: str
    seen: Seen | None
    text: str = ""
    is_first: bool = False
    shown_at: bool = False


@dataclasses.dataclass(frozen=True)
class Cited:
    """What a check cites; `more` of it is not shown."""

    answers: tuple[CitedAnswer, ...]
    more: int


class EvidenceShown:
    """The answers on one page: each text once, and no more than a page bears."""

    def __init__(self, answers: Mapping[str, Seen]) -> None:
        self._answers, self._left = answers, ALL_ANSWERS
        self._shown: set[str] = set()

    def of(self, check: Check) -> Cited:
        shown = check.evidence[:MOST_CITED]
        return Cited(tuple(self._cite(each) for each in shown), len(check.evidence) - len(shown))

    def _cite(self, name: str) -> CitedAnswer:
        seen = self._answers.get(name)
        if seen is None or not seen.answer:
            return CitedAnswer(name, seen)
        if name in self._shown:
            return CitedAnswer(name, seen, shown_at=True)
        self._shown.add(name)
        text = seen.answer if len(seen.answer) <= LONGEST_ANSWER else seen.answer[:LONGEST_ANSWER] + CUT
        size = len(escape(text))
        if size > self._left:
            return CitedAnswer(name, seen, "The answer is in evidence/; this page holds no more.", is_first=True)
        self._left -= size
        return CitedAnswer(name, seen, text, is_first=True)


@functools.cache
def environment() -> jinja2.Environment:
    """Our templates."""
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["failures_first"] = _failures_first
    templates.filters["seen_and_wanted"] = _seen_and_wanted
    templates.globals["words"] = WORDS
    templates.globals["style"] = Markup((TEMPLATES / "page.css").read_text(encoding="utf-8"))  # noqa: S704  # ours
    return templates


def objectives_html(run: Run) -> str:
    """What stands above pytest-html's table, with its own style: the objectives of the account, or the class."""
    if len(run.accounts) == 1:
        return _of_account("objectives.html", run, run.accounts[0])
    return environment().get_template("many.html").render(run=run)


def student_html(run: Run, account: AccountResult) -> str:
    """A page of its own for one student of a class. The run's notes are the teacher's: they name other students."""
    return _of_account("student.html", dataclasses.replace(run, notes=()), account)


def _of_account(template: str, run: Run, account: AccountResult) -> str:
    return (
        environment()
        .get_template(template)
        .render(run=run, account=account, evidence=EvidenceShown(account.answers), life=picture(account.life))
    )
