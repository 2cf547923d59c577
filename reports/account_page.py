"""The page of an account: objectives and checks, readable without JavaScript.

Jinja escapes every value, so that untrusted text stays text.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape

from grading.results import WORST_FIRST, AccountResult, CheckResult, ResponseSummary, RunResult, Verdict
from grading.wording import day_time, next_steps, open_sentence, reason_words
from reports import provenance
from reports.timeline import timeline

TEMPLATES = Path(__file__).with_name("templates")
WORDS = {Verdict.PASS: "✓ pass", Verdict.FAIL: "✗ fail", Verdict.ERROR: "! error", Verdict.BLOCKED: "– blocked"}
LONGEST_BODY = 1_800
ALL_BODIES = 110_000
"""Characters of AWS's responses on a page, as HTML; the rest is in evidence/."""
MOST_CITED = 12
CUT = "… (cut; the whole answer is in evidence/)"


def _failures_first(results: Iterable[Any]) -> list[Any]:
    return sorted(results, key=lambda result: WORST_FIRST.index(result.verdict))


@dataclasses.dataclass(frozen=True)
class CitedResponse:
    """A response that a check cites: with its text at the first citation, later with a link to that."""

    id: str
    summary: ResponseSummary | None
    text: str = ""
    is_first: bool = False
    is_repeated: bool = False


@dataclasses.dataclass(frozen=True)
class Citations:
    """The responses that a check cites; `more` of them are not shown."""

    responses: tuple[CitedResponse, ...]
    more: int


class EvidenceShown:
    """The responses on one page: each text once, and at most `ALL_BODIES` characters."""

    def __init__(self, responses: Mapping[str, ResponseSummary]) -> None:
        self._responses, self._left = responses, ALL_BODIES
        self._shown: set[str] = set()

    def of(self, check: CheckResult) -> Citations:
        shown = check.evidence[:MOST_CITED]
        return Citations(tuple(self._cite(each) for each in shown), len(check.evidence) - len(shown))

    def _cite(self, record: str) -> CitedResponse:
        summary = self._responses.get(record)
        if summary is None or not summary.body:
            return CitedResponse(record, summary)
        if record in self._shown:
            return CitedResponse(record, summary, is_repeated=True)
        self._shown.add(record)
        text = summary.body if len(summary.body) <= LONGEST_BODY else summary.body[:LONGEST_BODY] + CUT
        size = len(escape(text))
        if size > self._left:
            return CitedResponse(record, summary, "The answer is in evidence/; this page holds no more.", is_first=True)
        self._left -= size
        return CitedResponse(record, summary, text, is_first=True)


@functools.cache
def environment() -> jinja2.Environment:
    """Return the environment of our templates."""
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["failures_first"] = _failures_first
    templates.filters["day_time"] = day_time
    templates.globals["words"] = WORDS
    templates.globals.update(open_sentence=open_sentence, reason_words=reason_words)
    templates.globals["style"] = Markup((TEMPLATES / "page.css").read_text(encoding="utf-8"))  # noqa: S704  # ours
    return templates


def report_html(run: RunResult, pytest_html: str = "") -> str:
    """Return `report.html` for the run's only account, with a link to pytest-html's report of that name."""
    return _page(run, run.accounts[0], pytest_html)


def student_html(run: RunResult, account: AccountResult) -> str:
    """Return the page of a student, without the run's notes: they name other students."""
    notes = (run.partial,) if run.partial else ()
    return _page(dataclasses.replace(run, notes=notes), account, "")


def shown(run: RunResult, account: AccountResult) -> AccountResult:
    """Return what pages show of an account: of a partial run the checks that were selected."""
    selected = account.selected() if run.partial else account
    return selected if selected.objectives else account


def _page(run: RunResult, account: AccountResult, pytest_html: str) -> str:
    account = shown(run, account)
    errors = [check for check in account.checks if check.verdict is Verdict.ERROR]
    return (
        environment()
        .get_template("page.html")
        .render(
            run=run,
            account=account,
            name=account.student or (f"Account {account.account}" if account.account else "KMS lab"),
            where=provenance.where(run),
            judged=account.is_judged,
            first_error=errors[0] if errors else None,
            steps=next_steps(account),
            facts=provenance.of_account(run, account),
            evidence=EvidenceShown(account.responses),
            timeline=timeline(account.key_timeline),
            pytest_html=pytest_html,
        )
    )
