"""pytest's side of the counting: which checks count, what became of each, how a run ends. Hooks that only delegate."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from grading.collector import EVIDENCE, TALLY
from grading.judging import compared, held, judge
from grading.marks import MARKERS, Terms
from grading.results import Verdict
from grading.sanitizing import plain

SEEN = pytest.StashKey[list[str]]()
TERMS = pytest.StashKey[Terms]()
"""A check's terms, on its item; a test that is no check has none."""


def pytest_configure(config: pytest.Config) -> None:
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Every check may be live; those that do not apply to this mode are left out."""
    tally = config.stash.get(TALLY, None)
    kept: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    for item in items:
        terms = Terms.of(item)
        if terms:
            item.stash[TERMS] = terms
            item.add_marker("live")
            # A verdict tells what was seen; no report shows a traceback of a check, and to write one costs most of all.
            vars(item).update(repr_failure=_no_traceback, _repr_failure_py=_no_traceback)
        (kept if tally is None or tally.asks_for(terms) else left_out).append(item)
    if left_out:
        items[:] = kept
        config.hook.pytest_deselected(items=left_out)


def pytest_collection_finish(session: pytest.Session) -> None:
    tally = session.config.stash.get(TALLY, None)
    if tally and not session.config.option.collectonly:
        tally.expect(item.stash[TERMS] for item in session.items if TERMS in item.stash)


def pytest_runtest_setup(item: pytest.Item) -> None:
    item.stash[SEEN] = []


def pytest_assertion_pass(item: pytest.Item, lineno: int, orig: str, expl: str) -> None:
    item.stash[SEEN].append(held(expl))


def pytest_assertrepr_compare(config: pytest.Config, op: str, left: object, right: object) -> list[str] | None:
    return compared(op, left, right) if TALLY in config.stash else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Give the report its verdict, and pytest the outcome that stands for it."""
    report = yield
    tally = item.config.stash.get(TALLY, None)
    terms = item.stash.get(TERMS, None)
    if tally is None or terms is None:
        return report
    if call.when == "teardown":
        return report
    if call.excinfo is not None:
        verdict, seen, advice = judge(call.excinfo.value, terms)
        if verdict is Verdict.FAIL:
            try:
                advice = item.config.hook.pytest_lab_advice(item=item, check=terms.id) or advice
            except Exception as cause:  # noqa: BLE001  # the hook says by it what the failure comes from
                verdict, seen, advice = judge(cause, terms)
        own = tally.rubric.hints.get(terms.id, terms.hint)
        hint = tally.of(terms.subject).hint(own) if not advice or terms.id in tally.rubric.hints else advice
        hint = plain(hint)
        _tell_pytest(report, item, verdict, seen, hint)
    elif call.when == "call":
        told: list[str] = item.stash.get(SEEN, [])
        verdict, seen, hint = Verdict.PASS, "; ".join(told), ""
    else:
        return report
    report.subject = terms.subject  # type: ignore[attr-defined]  # read where reports arrive
    report.check = {  # type: ignore[attr-defined]  # the same
        "id": terms.id,
        "nodeid": terms.nodeid,
        "title": terms.title,
        "verdict": verdict.value,
        "possible": tally.rubric.worth(terms, tally.judged_as),
        "message": seen,
        "hint": hint,
        "evidence": item.stash.get(EVIDENCE, ()),
        "seconds": call.duration,
    }
    return report


def _no_traceback(excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:
    return str(excinfo.value)


def _tell_pytest(report: pytest.TestReport, item: pytest.Item, verdict: Verdict, seen: str, hint: str) -> None:
    """Failed, error or skipped: pytest calls what goes wrong before a test's own lines an error, and in them a
    failure.
    """
    if verdict is Verdict.BLOCKED:
        report.outcome, report.longrepr = "skipped", (str(item.path), item.location[1] or 0, f"blocked: {seen}")
    else:
        report.outcome, report.when = "failed", "call" if verdict is Verdict.FAIL else "setup"
        report.longrepr = "\n".join(filter(None, (seen, hint)))
