"""From the exception of a check to its verdict, and what is said about it.

A failed assertion is the account's fault; its message is the sentence that says what was seen. Any other exception
means that something is missing (its `objective` is the one that requires it) or could not be seen (its `reason` is one
of `grading.results.Reason`, with `again_after` for a history that is late); its `advice` is what to do.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from grading.results import BLOCKING, Reason, Verdict
from grading.sanitizing import sanitize
from grading.specs import CheckSpec

LONGEST = 600
OURS = "This is a fault of the suite, not of the account. Please report it with the evidence of this run."
EXPLANATION = "\nassert "
"""What pytest writes between the message of an assertion and its own explanation. pytest marks other line breaks."""


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


def judge(error: BaseException, spec: CheckSpec, *, is_own: bool = True) -> Judgement:
    """Judge a check by its exception. `is_own` says that the check itself raised it: an assertion that fails anywhere
    else says nothing about the account.
    """
    if isinstance(error, AssertionError) and is_own:
        message = _message(str(error)) or f"This was not seen: {spec.title}"
        return Judgement(Verdict.FAIL, message, "", message, spec.title)
    message, hint = sentence(truncate(str(error))), str(getattr(error, "advice", ""))
    objective = getattr(error, "objective", None)
    if objective == spec.objective.id:
        return Judgement(Verdict.FAIL, message, hint, message, spec.title)
    if objective is not None:
        needed = f"This check needs objective {int(objective)} first."
        return Judgement(
            Verdict.BLOCKED, needed, "", message, reason=Reason.PREREQUISITE, needs_objective=int(objective)
        )
    if not hint:
        message, hint = sentence(truncate(f"The suite stopped with {type(error).__name__}: {error}")), OURS
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
        return judge(cause, spec, is_own=False)
    return dataclasses.replace(failed, hint=hint or failed.hint)


def _hint(find: Callable[[Any], str], lab: object) -> str:
    try:
        return find(lab)
    except Exception as error:
        if hasattr(error, "advice"):
            return ""  # what the hint would describe is missing or could not be asked
        raise


def passed(spec: CheckSpec) -> Judgement:
    """Judge a check that raised nothing: its title was seen to hold."""
    return Judgement(Verdict.PASS, spec.title)


def _message(assertion: str) -> str:
    """Return the message of an assertion, without pytest's explanation; empty if the check gives none."""
    message, _, _ = f"\n{assertion}".partition(EXPLANATION)
    return sentence(truncate(" ".join(message.split())))


def sentence(text: str) -> str:
    """Return a text with a capital letter, if it begins with a word, and a period."""
    first = text.partition(" ")[0]
    text = text[:1].upper() + text[1:] if first.isalpha() else text
    return text if not text or text[-1] in ".!?…" else f"{text}."


def truncate(text: str, longest: int = LONGEST) -> str:
    """Cut a text to so many characters, with an ellipsis, and sanitize it."""
    return sanitize(text if len(text) <= longest else f"{text[: longest - 1]}…", 10 * longest)
