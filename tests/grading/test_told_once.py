"""A cause that several checks of an objective have is told by the first of them."""

from __future__ import annotations

from grading.collector import AccountCollector
from grading.results import CheckResult, Verdict
from grading.specs import CheckSpec, ObjectiveSpec

CAUSE = ("There is no key.", "Create one.")


def collected(*checks: tuple[str, int, str, tuple[str, str]]) -> list[CheckResult]:
    """Return the results of checks: id, objective, verdict, and message with hint."""
    collector, found = AccountCollector(), []
    for name, objective, _, _ in checks:
        spec = ObjectiveSpec(objective, f"objective-{objective}", f"Objective {objective}")
        collector.specs[name] = CheckSpec(name, name, f"The check {name}.", spec, {}, "", None, None, "")
    for name, _, verdict, (message, hint) in checks:
        result = CheckResult(name, name, f"The check {name}.", Verdict(verdict), 1, message, hint, seen=message)
        collector.checks[name] = collector.told_once(result)
        found.append(collector.checks[name])
    return found


def test_the_second_check_refers_to_the_first():
    """By its title; nothing else is said."""
    first, second = collected(("alias", 1, "fail", CAUSE), ("users", 1, "fail", CAUSE))
    assert (first.message, first.hint) == CAUSE
    assert second.message == "The cause is that of the check “The check alias”."
    assert second.hint == "Do what the check “The check alias” says."
    assert (second.seen, second.same_cause_as) == (second.message, "alias")


def test_what_differs_is_told():
    """Another hint, another objective, and an error have texts of their own."""
    other = ("There is no key.", "Give it an alias.")
    found = collected(
        ("alias", 1, "fail", CAUSE), ("users", 1, "fail", other), ("sse", 2, "fail", CAUSE), ("late", 1, "error", CAUSE)
    )
    assert [(each.message, each.hint) for each in found] == [CAUSE, other, CAUSE, CAUSE]
