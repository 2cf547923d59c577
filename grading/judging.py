"""From what a check raised to its verdict, and from an assertion to two lines that say what was seen and what was
wanted.

An assertion that fails is the account's. Anything else that is raised says that something is missing (`objective` names
the objective that asks for it) or that it could not be seen; `advice` says what to do.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from grading.marks import Terms
from grading.results import Verdict
from grading.sanitizing import plain

LONGEST = 600
OURS = "This is a fault of the suite, not of the account. Please report it with the evidence of this run."
WANTED = ", wanted "
ASSERTED = re.compile(r"^(AssertionError: )?(assert )?")
WHERE = re.compile(r"^\+\s+where (?P<value>.+) = (?P<thing>.+)$")


def judge(error: BaseException, terms: Terms) -> tuple[Verdict, str, str]:
    """Verdict, what was seen, and what to do next; an empty hint leaves the check's own."""
    advice = str(getattr(error, "advice", ""))
    if isinstance(error, AssertionError):
        return Verdict.FAIL, _failed(str(error)), ""
    if isinstance(error, pytest.skip.Exception):
        return Verdict.BLOCKED, bounded(str(error)), ""
    objective = getattr(error, "objective", None)
    if objective is not None:
        verdict = Verdict.FAIL if objective == terms.objective else Verdict.BLOCKED
        return verdict, bounded(str(error)), advice
    if advice:
        return Verdict.ERROR, bounded(str(error)), advice
    return Verdict.ERROR, bounded(f"{type(error).__name__}: {error}"), OURS


def held(explanation: str) -> str:
    """What an assertion saw that held: the value, and what it is the value of."""
    return bounded(_where(explanation) or _lines(explanation)[0].partition(WANTED)[0])


def _failed(assertion: str) -> str:
    seen, told = _lines(assertion)[0], _where(assertion)
    return bounded(f"{seen} ({told})" if told and told != seen else seen)


def _lines(assertion: str) -> list[str]:
    lines = [ASSERTED.sub("", line).strip() for line in assertion.splitlines()]
    return [line for line in lines if line and not line.startswith("+")] or ["it did not hold"]


def _where(explanation: str) -> str:
    """The value that was asked for, and of what: not for comparisons, which say it themselves, nor for calls."""
    if WANTED in explanation:
        return ""
    found = (WHERE.match(line.strip()) for line in explanation.splitlines())
    match = next((match for match in found if match), None)
    if match is None or match["thing"].endswith(")"):
        return ""
    return f"{match['thing']} is {match['value']}"


def bounded(text: str, longest: int = LONGEST) -> str:
    """A text of at most so many characters, with an ellipsis where it was cut, and without effect on a terminal."""
    return plain(text if len(text) <= longest else f"{text[: longest - 1]}…", 10 * longest)


def compared(op: str, left: Any, right: Any) -> list[str] | None:
    """How a comparison that failed is told: what was seen, what was wanted."""
    words = {"==": "", "!=": "anything but ", "in": "one of ", "not in": "none of "}
    if op not in words:
        return None
    seen, wanted = left, right
    if op.endswith("in") and not isinstance(right, tuple):
        # A part is wanted in a text or a list, and the text or the list is what was seen.
        seen, wanted, words = right, left, {"in": "in it ", "not in": "not in it "}
    return [f"seen {_short(seen)}{WANTED}{words[op]}{_short(wanted)}"]


def _short(value: Any) -> str:
    return bounded(repr(value), 250)
