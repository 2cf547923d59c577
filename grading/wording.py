"""What every report says in the same words: the points, what is open and why, and what to do next."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from grading.results import AccountResult, CheckResult, Reason, Verdict

MOST_STEPS = 3
BECAUSE = {
    Reason.READ_ONLY: "It cannot be tried without changing the account: the teacher decides",
    Reason.GUARDRAIL: "A setting of the account or organization stands in the way: the teacher decides",
    Reason.LATE: "CloudTrail may be late: grade again",
    Reason.DENIED: "AWS denied access to the grader: allow it, and grade again",
    Reason.EXPIRED: "The credentials are expired or wrong: get new ones, and grade again",
    Reason.THROTTLED: "AWS throttled the grader: grade again",
    Reason.UNREACHABLE: "AWS did not answer in time: grade again",
    Reason.SUITE: "The suite could not judge: see the checks",
}


def score_sentence(account: AccountResult) -> str:
    """Return the points in a sentence, such as `92 of 100 points, 8 ungraded.`."""
    ungraded = f", {account.ungraded} ungraded" if account.ungraded else ""
    return f"{account.earned} of {counted(account.possible, 'point')}{ungraded}."


def open_sentence(account: AccountResult) -> str:
    """Return how many points are ungraded and why; empty if none is. Several reasons have their points each."""
    if not account.ungraded:
        return ""
    points: dict[Reason, int] = defaultdict(int)
    for check in account.checks:
        points[check.reason or Reason.SUITE] += check.ungraded
    reasons = [reason for reason in BECAUSE if points[reason]]
    parts = [f"{counted(account.ungraded, 'point')} {'is' if account.ungraded == 1 else 'are'} ungraded, not lost."]
    for reason in reasons:
        after = again_after(account) if reason is Reason.LATE else ""
        of_several = f" ({counted(points[reason], 'point')})" if len(reasons) > 1 else ""
        parts.append(f"{BECAUSE[reason]}{after and f' after {short_time(after)}'}{of_several}.")
    return " ".join(parts)


def again_after(account: AccountResult) -> str:
    """Return the time from which grading again can tell what a late history did not show; empty if none is late."""
    return max((check.again_after for check in account.checks), default="")


def next_steps(account: AccountResult) -> tuple[str, ...]:
    """Return at most three things to do, the most valuable first: each hint once, what is lost before what is ungraded.

    The points that wait for an objective count for its most valuable hint.
    """
    values: dict[str, int] = defaultdict(int)
    lost: dict[str, bool] = defaultdict(bool)
    for objective in account.objectives:
        open_checks = [check for check in objective.checks if check.verdict is not Verdict.PASS and check.hint]
        own: dict[str, int] = defaultdict(int)
        hints = {check.id: check.hint for check in open_checks}
        for check in open_checks:
            hint = hints.get(check.same_cause_as, check.hint)
            own[hint] += check.possible
            lost[hint] |= check.verdict is Verdict.FAIL
        if own:
            best = max(own, key=lambda hint: (lost[hint], own[hint]))
            own[best] += sum(check.possible for check in account.checks if check.needs_objective == objective.id)
        for hint, value in own.items():
            values[hint] += value
    ranked = sorted(values, key=lambda hint: (not lost[hint], -values[hint]))
    return tuple(ranked[:MOST_STEPS])


def trouble(account: AccountResult) -> tuple[str, ...]:
    """Return why nothing in an account could be judged, and what to do: one trouble is that of all checks."""
    first = next((check for check in account.checks if check.verdict is not Verdict.PASS), None)
    texts = (first.message or first.title, f"Next: {first.hint}" if first.hint else "") if first else ()
    return tuple(filter(None, ("Nothing could be judged: no points were given or lost.", *texts)))


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: `1 point`, `2 points`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def short_time(time: str) -> str:
    """Return a time of the record for people: `16:40 UTC`; as it is if it is none."""
    try:
        return f"{datetime.fromisoformat(time):%H:%M} UTC"
    except ValueError:
        return time


def expectation(check: CheckResult) -> str:
    """Return what a check that did not pass is about. Its title alone would read as if it held."""
    return f"{'Expected' if check.verdict is Verdict.FAIL else 'Not judged'}: {check.title}"


def day_time(time: str) -> str:
    """Return a time of the record for people with its day: `2026-11-23 16:40 UTC`; as it is if it is none."""
    try:
        return f"{datetime.fromisoformat(time):%Y-%m-%d %H:%M} UTC"
    except ValueError:
        return time


def reason_words(check: CheckResult) -> str:
    """Return the reason of a verdict in a few words; empty if there is none."""
    if check.reason is Reason.PREREQUISITE:
        return f"needs objective {check.needs_objective} first"
    if check.reason is Reason.LATE and check.again_after:
        return f"late: grade again after {short_time(check.again_after)}"
    return str(check.reason or "")
