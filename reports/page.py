"""The page: the objectives and their checks, readable without JavaScript, above pytest-html's own table.

Jinja escapes everything that is put in, so that what others wrote stays text.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from grading.verdict import WORST_FIRST, Run, Verdict

TEMPLATES = Path(__file__).with_name("templates")
WORDS = {Verdict.PASS: "✓ pass", Verdict.FAIL: "✗ fail", Verdict.ERROR: "! error", Verdict.BLOCKED: "– blocked"}


def _failures_first(results: Iterable[Any]) -> list[Any]:
    return sorted(results, key=lambda result: WORST_FIRST.index(result.verdict))


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["failures_first"] = _failures_first
    return environment


def objectives_html(run: Run) -> str:
    """The part of the page that tells of the objectives, with its own style."""
    style = Markup((TEMPLATES / "page.css").read_text(encoding="utf-8"))  # noqa: S704  # our own file
    return _environment().get_template("objectives.html").render(run=run, words=WORDS, style=style)
