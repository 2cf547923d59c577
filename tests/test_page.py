"""The page tells the objectives without JavaScript, failures first, and what others wrote stays text."""

from __future__ import annotations

from grading.verdict import AccountResult, Check, Objective, Run, Verdict
from reports.page import objectives_html

HOSTILE = "<script>alert('x')</script>"


def run(*checks: Check) -> Run:
    objective = Objective(1, "slug", "Create a key", checks)
    account = AccountResult(HOSTILE, "123456789012", "us-east-1", 3, (objective,))
    return Run("id", "start", "end", "embedded", "provision", 1, (account,))


def check(name: str, verdict: Verdict) -> Check:
    return Check(name, name, f"title of {name}", verdict, 2, HOSTILE, f"hint {HOSTILE}")


def test_what_others_wrote_is_escaped():
    """Names, messages and hints."""
    page = objectives_html(run(check("a", Verdict.FAIL)))
    assert "<script>" not in page
    assert page.count("&lt;script&gt;") == 3


def test_failures_come_first_and_open():
    """What needs doing is seen without a click."""
    page = objectives_html(run(check("good", Verdict.PASS), check("bad", Verdict.FAIL)))
    assert page.index("title of bad") < page.index("title of good")
    assert '<details class="lab-check is-fail" open>' in page
    assert '<details class="lab-check is-pass">' in page


def test_points_and_verdicts_are_words():
    """Readable without colour."""
    page = objectives_html(run(check("good", Verdict.PASS), check("bad", Verdict.FAIL)))
    assert "✗ fail" in page
    assert "<strong>2</strong> of 4 points" in page
