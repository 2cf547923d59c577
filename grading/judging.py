"""From the exception of a check to its verdict, and from an assertion to what was seen and what was wanted.

A failed assertion is the account's fault. Any other exception means that something is missing (its `objective` is the
one that requires it) or could not be seen (its `reason` is one of `grading.results.Reason`, with `again_after` for a
history that is late); its `advice` is what to do.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from typing import Any

from grading.results import BLOCKING, Reason, Verdict
from grading.sanitizing import sanitize
from grading.specs import CheckSpec

LONGEST = 600
OURS = "This is a fault of the suite, not of the account. Please report it with the evidence of this run."
ASSERTED = re.compile(r"^(AssertionError: )?(assert )?")
WHERE = re.compile(r"^\+\s+where (?P<value>.+) = (?P<thing>.+)$")


@dataclasses.dataclass(frozen=True)
class Comparison:
    """The two sides of a comparison that a check asserts, as text."""

    seen: str
    wanted: str

    @property
    def line(self) -> str:
        return f"seen {self.seen}, wanted {self.wanted}"


@dataclasses.dataclass(frozen=True)
class Judgement:
    """A verdict with what is said about it; an empty hint stands for the check's own. The last three are as in
    `CheckResult`.
    """

    verdict: Verdict
    message: str
    hint: str = ""
    seen: str = ""
    wanted: str = ""
    reason: Reason | None = None
    needs_objective: int = 0
    again_after: str = ""


def compare(op: str, left: Any, right: Any) -> Comparison | None:
    """Describe a comparison; `None` for an operator other than ==, !=, in and not in."""
    words = {"==": "", "!=": "anything but ", "in": "one of ", "not in": "none of "}
    if op not in words:
        return None
    seen, wanted = left, right
    if op.endswith("in") and not isinstance(right, tuple):
        # The check looks for an element in a list or a string, so the list or the string is what was seen.
        seen, wanted, words = right, left, {"in": "in it ", "not in": "not in it "}
    return Comparison(truncate(repr(seen), 250), words[op] + truncate(repr(wanted), 250))


def judge(error: BaseException, spec: CheckSpec, comparison: Comparison | None = None) -> Judgement:
    """Judge a check by its exception. `comparison` is the last one that the check made."""
    if isinstance(error, AssertionError):
        return _failed(str(error), comparison)
    message, hint = truncate(str(error)), str(getattr(error, "advice", ""))
    objective = getattr(error, "objective", None)
    if objective == spec.objective.id:
        return Judgement(Verdict.FAIL, message, hint, message, spec.title)
    if objective is not None:
        needed = f"Needs objective {int(objective)} first."
        return Judgement(
            Verdict.BLOCKED, needed, "", message, reason=Reason.PREREQUISITE, needs_objective=int(objective)
        )
    if not hint:
        message, hint = truncate(f"{type(error).__name__}: {error}"), OURS
    reason = Reason(getattr(error, "reason", Reason.SUITE))
    again_after = str(getattr(error, "again_after", ""))
    verdict = Verdict.BLOCKED if reason in BLOCKING else Verdict.ERROR
    return Judgement(verdict, message, hint, message, reason=reason, again_after=again_after)


def explain(failed: Judgement, spec: CheckSpec, lab: object) -> Judgement:
    """Judge a failed check of a graded lab again by its `advice` mark."""
    try:
        if spec.blocked_by:
            spec.blocked_by(lab)
        hint = _hint(spec.advice, lab) if spec.advice else ""
    except Exception as cause:  # noqa: BLE001  # whatever is raised becomes the check's verdict
        return judge(cause, spec)
    return dataclasses.replace(failed, hint=hint or failed.hint)


def _hint(find: Callable[[Any], str], lab: object) -> str:
    try:
        return find(lab)
    except Exception as error:
        if hasattr(error, "advice"):
            return ""  # what the hint would describe is missing or could not be asked
        raise


def describe_pass(explanation: str, comparison: Comparison | None) -> str:
    """Describe an assertion that passed: the value, and the expression that it is the value of."""
    line = _lines(explanation)[0]
    if comparison and comparison.line == line:
        return truncate(f"seen {comparison.seen}")
    return truncate(_where(explanation) or line)


def _failed(assertion: str, comparison: Comparison | None) -> Judgement:
    line = _lines(assertion)[0]
    if comparison and comparison.line == line:
        return Judgement(Verdict.FAIL, truncate(line), "", comparison.seen, comparison.wanted)
    where = _where(assertion)
    message = truncate(f"{line} ({where})" if where and where != line else line)
    return Judgement(Verdict.FAIL, message, "", message)


def _lines(assertion: str) -> list[str]:
    lines = [ASSERTED.sub("", line).strip() for line in assertion.splitlines()]
    return [line for line in lines if line and not line.startswith("+")] or ["it did not hold"]


def _where(explanation: str) -> str:
    """Return what pytest says about the value in an assertion; an empty string for the result of a call."""
    found = (WHERE.match(line.strip()) for line in explanation.splitlines())
    match = next((match for match in found if match), None)
    if match is None or match["thing"].endswith(")"):
        return ""
    return f"{match['thing']} is {match['value']}"


def truncate(text: str, longest: int = LONGEST) -> str:
    """Cut a text to so many characters, with an ellipsis, and sanitize it."""
    return sanitize(text if len(text) <= longest else f"{text[: longest - 1]}…", 10 * longest)
