"""pytest's hooks of the grading engine: which checks count, their verdicts, and the exit code of the run."""

from __future__ import annotations

import traceback
from collections.abc import Generator, Iterable
from typing import Any

import pytest

from grading.collector import RunCollector
from grading.judging import Judgement, explain, judge, passed, truncate
from grading.marks import MARKERS, check_spec
from grading.results import CheckResult, Reason, Verdict
from grading.sanitizing import sanitize
from grading.selection import all_specs
from grading.specs import CheckSpec

DECIDED_HERE = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
COLLECTOR = pytest.StashKey[RunCollector]()
"""The run's collector, in the session's config; absent where no checks are run."""
EVIDENCE = pytest.StashKey[tuple[str, ...]]()
"""The ids of the records that a check read, in its item. Whoever opens the account sets it."""
SPEC = pytest.StashKey[CheckSpec]()
"""What a check declares, in its item; absent for a test that is no check."""
RESULT = pytest.StashKey[CheckResult]()
"""A check's result, in its item."""
COUNTED = pytest.StashKey[dict[str, CheckSpec]]()
"""All checks that count in this mode, by node id, in the session's config."""


def pytest_configure(config: pytest.Config) -> None:
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Read what checks declare, and deselect those that do not count in this mode."""
    collector = config.stash.get(COLLECTOR, None)
    found, broken = all_specs(session, collector.checks, items) if collector else ({}, [])
    specs = {item: found.get(item.nodeid) or check_spec(item) for item in items}
    _require_unique_ids(spec for spec in (*found.values(), *specs.values()) if spec)
    if collector:
        collector.broken = broken
        config.stash[COUNTED] = {nodeid: spec for nodeid, spec in found.items() if collector.counts(spec)}
    for item, spec in specs.items():
        if spec:
            item.stash[SPEC] = spec
            item.add_marker("live")
            # No report shows a traceback of a check, and to format it takes longer than to judge.
            vars(item).update(repr_failure=_no_traceback, _repr_failure_py=_no_traceback)
    deselected = [item for item, spec in specs.items() if collector and not collector.counts(spec)]
    if deselected:
        items[:] = [item for item, spec in specs.items() if collector and collector.counts(spec)]
        config.hook.pytest_deselected(items=deselected)


def _require_unique_ids(specs: Iterable[CheckSpec]) -> None:
    """Raise `pytest.UsageError` if two checks have one id: points, hints and verdicts are looked up by it."""
    found: dict[str, str] = {}
    for spec in specs:
        function = spec.nodeid.partition("[")[0]
        first = found.setdefault(spec.id, function)
        if first != function:
            raise pytest.UsageError(f"{first} and {function} have the same check id '{spec.id}'; rename one of them")


def pytest_collection_finish(session: pytest.Session) -> None:
    collector = session.config.stash.get(COLLECTOR, None)
    selected = {item.nodeid for item in session.items if SPEC in item.stash}
    if collector and selected and not session.config.option.collectonly:
        collector.expect(session.config.stash[COUNTED].values(), selected)


def pytest_assertrepr_compare(config: pytest.Config) -> list[str] | None:
    """Spare pytest's own comparison: no report shows it."""
    return ["it does not hold"] if COLLECTOR in config.stash else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Collect the check's result, and give the report the outcome that stands for its verdict."""
    report = yield
    collector, spec = item.config.stash.get(COLLECTOR, None), item.stash.get(SPEC, None)
    if collector is None or spec is None:
        return report
    if call.when == "teardown":
        collector.teardown_failed = collector.teardown_failed or report.failed
        return report
    judgement = _judgement(item, call, spec, collector)
    if judgement:
        result = _result(item, call, spec, collector, judgement)
        item.stash[RESULT] = result
        collector.add(spec.subject, result)
        _set_outcome(report, item, result)
    return report


def _judgement(
    item: pytest.Item, call: pytest.CallInfo[None], spec: CheckSpec, collector: RunCollector
) -> Judgement | None:
    if call.excinfo is None:
        if call.when != "call":
            return None
        return passed(spec)
    error = call.excinfo.value
    if isinstance(error, pytest.skip.Exception):
        return Judgement(Verdict.ERROR, truncate(str(error)), seen=truncate(str(error)), reason=Reason.SUITE)
    judgement = judge(error, spec, is_own=_raised_by(item, error))
    lab = collector.account(spec.subject).graded_lab
    return explain(judgement, spec, lab) if judgement.verdict is Verdict.FAIL and lab else judgement


def _raised_by(item: pytest.Item, error: BaseException) -> bool:
    """Whether the module of a check raised this, and neither a fixture, a plugin nor a library that it calls."""
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    return frame.f_globals is vars(getattr(item, "module", object))


def _result(
    item: pytest.Item, call: pytest.CallInfo[None], spec: CheckSpec, collector: RunCollector, judgement: Judgement
) -> CheckResult:
    rubric = collector.rubric
    hint = ""
    if judgement.verdict is Verdict.FAIL:
        hint = rubric.hints.get(spec.id) or judgement.hint or spec.hint
    elif judgement.reason is not Reason.PREREQUISITE:
        hint = judgement.hint
    if hint != judgement.hint:
        hint = collector.account(spec.subject).fill(hint)
    return CheckResult(
        id=spec.id,
        nodeid=spec.nodeid,
        title=spec.title,
        verdict=judgement.verdict,
        possible=rubric.points_for(spec, collector.checks_mode),
        message=judgement.message,
        hint=sanitize(hint),
        evidence=item.stash.get(EVIDENCE, ()),
        seconds=call.duration,
        seen=judgement.seen,
        wanted=judgement.wanted,
        reason=judgement.reason,
        needs_objective=judgement.needs_objective,
        again_after=judgement.again_after,
    )


def _set_outcome(report: pytest.TestReport, item: pytest.Item, result: CheckResult) -> None:
    """Set pytest's outcome: failed, error or skipped. pytest calls a failure an error where it comes before the test's
    own lines.
    """
    if result.verdict is Verdict.PASS:
        return
    if result.verdict is Verdict.BLOCKED:
        report.outcome = "skipped"
        report.longrepr = (str(item.path), item.location[1] or 0, f"blocked: {result.message}")
    else:
        report.outcome, report.when = "failed", "call" if result.verdict is Verdict.FAIL else "setup"
        report.longrepr = "\n".join(filter(None, (result.message, result.hint)))


def _no_traceback(excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:
    return str(excinfo.value)


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> Generator[None, None, None]:
    """Set the exit code, also where another plugin's report could not be written."""
    collector = session.config.stash.get(COLLECTOR, None)
    try:
        return (yield)
    finally:
        if collector and exitstatus in DECIDED_HERE and not collector.is_empty:
            session.exitstatus = collector.result().exit_code


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_report_teststatus(config: pytest.Config) -> Generator[None, tuple[str, str, Any], tuple[str, str, Any]]:
    """In a class, print nothing for a check: there are thousands. With `-v` there is a line for each."""
    category, letter, word = yield
    collector = config.stash.get(COLLECTOR, None)
    if collector and collector.subjects and config.option.verbose <= 0:
        return category, "", ""
    return category, letter, word


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Write last what could not be removed."""
    collector, terminal = config.stash.get(COLLECTOR, None), config.pluginmanager.get_plugin("terminalreporter")
    if collector and terminal:
        for leftover in collector.leftovers:
            terminal.write_line(sanitize(leftover, lines=True), red=True)
