"""pytest's hooks of the reports: which formats, where they go, and when they are written."""

from __future__ import annotations

import os
import traceback
from collections.abc import Collection, Generator, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from _pytest.junitxml import LogXML, xml_key
from markupsafe import escape
from pytest_html.basereport import BaseReport  # type: ignore[import-untyped]  # it has no types

from grading.collector import RunCollector
from grading.input_files import InputFileError, decoded, read_bytes
from grading.plugin import COLLECTOR, DECIDED_HERE, RESULT, SPEC
from grading.results import CheckResult, RunResult
from grading.sanitizing import sanitize, sanitize_record
from kms_lab import require_appendable
from reports.formats import APPENDED, FORMATS, junit
from reports.places import Folder, PlaceError, require_place, require_writable
from reports.staging import StagedReports, final_path
from reports.terminal_summary import write_details, write_outcome
from reports.writer import PYTEST_HTML, ReportWriter

TITLE = "KMS lab: encryption at rest, proved by trying"
OPTIONS = {"--html": "htmlpath", "--junitxml": "xmlpath"}
"""Options of pytest's plugins and their fields. Without a plugin (`-p no:html`) there is no field."""
LARGEST_STYLE = 2**20
"""Bytes of a style sheet for pytest-html's page."""
WRITER = pytest.StashKey[ReportWriter]()
STAGED = pytest.StashKey[StagedReports]()
"""The reports of pytest's own plugins."""
RUN = pytest.StashKey[RunResult]()
"""The sanitized record, once the run is over."""


def pytest_configure(config: pytest.Config) -> None:
    collector = config.stash.get(COLLECTOR, None)
    if collector is None:
        return
    if config.option.collectonly:
        for name in OPTIONS.values():
            setattr(config.option, name, None)  # nothing is judged, so an earlier report stays
        return
    unknown = [name for name in config.option.formats if name not in FORMATS]
    if unknown:
        raise pytest.UsageError(f"--format {unknown[0]}: no such format; there are {', '.join(FORMATS)}")
    formats = tuple(dict.fromkeys(config.option.formats))
    _open_places(config, collector, formats)
    writer = config.stash[WRITER] = ReportWriter(collector.reports, formats)
    is_single = len(collector.subjects) < 2
    if is_single and not getattr(config.option, "htmlpath", "-"):
        config.option.htmlpath = str(collector.reports / PYTEST_HTML)
        config.option.self_contained_html = True
        writer.pytest_html = PYTEST_HTML
    if (is_single or "junit" in formats) and not getattr(config.option, "xmlpath", "-"):
        config.option.xmlpath = str(collector.reports / "junit.xml")
    _stage(config)


def _open_places(config: pytest.Config, collector: RunCollector, formats: Collection[str]) -> None:
    """Raise `pytest.UsageError` if a report cannot be written to its place, or if another run has the folder."""
    given = [(flag, getattr(config.option, name, None)) for flag, name in OPTIONS.items()]
    given += [(f"${name}", os.environ.get(name)) for each in formats for name in APPENDED.get(each, ())]
    where = "--reports"
    try:
        folder = Folder(collector.reports)
        config.add_cleanup(folder.close)
        for kept in collector.kept:
            require_writable(kept)
        for where, path in given:  # noqa: B007  # the error names it
            if path:
                require_place(final_path(path))
    except PlaceError as refused:
        raise pytest.UsageError(
            f"{where}: {refused}; name another {'folder' if where == '--reports' else 'file'}"
        ) from None
    require_appendable("--log-file", getattr(config.option, "log_file", None))
    for path in getattr(config.option, "css", ()):
        try:
            decoded(read_bytes(final_path(path), LARGEST_STYLE))
        except InputFileError as unreadable:
            raise pytest.UsageError(f"--css: '{path}' cannot be read: {unreadable}; name a style sheet") from None


def _stage(config: pytest.Config) -> None:
    """Have pytest's plugins write their reports to a temporary folder."""
    staged = config.stash[STAGED] = StagedReports()
    config.add_cleanup(staged.clean_up)
    for option in OPTIONS.values():
        path = getattr(config.option, option, None)
        if path:
            setattr(config.option, option, staged.stage(path))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Give a check its properties in `junit.xml`: pytest takes them from the item when it is torn down."""
    report = yield
    result = item.stash.get(RESULT, None)
    if result:
        spec = item.stash[SPEC]
        item.user_properties[:] = junit.check_properties(result, spec.objective.id, spec.subject)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> Generator[None, None, None]:
    """Write our reports, then let pytest's plugins write theirs and move those into place.

    A run that judged nothing leaves the reports of an earlier run as they are.
    """
    config = session.config
    if WRITER not in config.stash:
        return (yield)
    if not config.stash[COLLECTOR].is_empty:
        _write(config, 0 if exitstatus in DECIDED_HERE else int(exitstatus))
    failed: dict[Path, OSError] = {}
    try:
        yield
    except OSError as error:
        path = _unwritten(error)
        if path is None:
            raise
        failed[path] = error
    if RUN in config.stash:
        _publish(config, failed)
    else:
        _withdraw(config)
    return None


def _unwritten(error: OSError) -> Path | None:
    """Return the path of the report that one of pytest's plugins could not write; `None` for any other error."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        plugin = frame.f_locals.get("self")
        if isinstance(plugin, LogXML):
            return Path(plugin.logfile)
        if isinstance(plugin, BaseReport):
            return Path(plugin._report_path)  # noqa: SLF001  # it has no public name
    return None


def _write(config: pytest.Config, exit_status: int) -> None:
    collector = config.stash[COLLECTOR]
    run = config.stash[RUN] = sanitize_record(collector.result(exit_status))
    config.stash[WRITER].write(run, os.environ, config.stash[STAGED].finals.values())
    xml = config.stash.get(xml_key, None)
    if xml:
        for check, objective, student in _not_run(run):
            junit.add_error(xml, check, objective, student)
        for name, value in junit.run_properties(run):
            xml.add_global_property(name, value)


def _withdraw(config: pytest.Config) -> None:
    """Keep pytest's plugins from saying where their reports are: there are none."""
    for plugin in list(config.pluginmanager.get_plugins()):
        if isinstance(plugin, (LogXML, BaseReport)):
            config.pluginmanager.unregister(plugin)
    if xml_key in config.stash:
        del config.stash[xml_key]


def _not_run(run: RunResult) -> Iterator[tuple[CheckResult, int, str]]:
    """Yield the checks that were selected and not run, each with its objective's number and the student."""
    for account in run.accounts:
        for objective in account.selected().objectives:
            for check in objective.checks:
                if not check.was_run:
                    yield check, objective.id, account.student


def _publish(config: pytest.Config, failed: Mapping[Path, OSError]) -> None:
    staged, errors = config.stash[STAGED], config.stash[WRITER].errors
    published = dict(staged.publish(failed))
    errors += [str(failure) for failure in published.values() if failure]
    # Both plugins print at the end where their report is: the final path, and the temporary one if that failed.
    paths = {str(path): str(final) for path, final in staged.finals.items() if not published[path]}
    xml = config.stash.get(xml_key, None)
    if xml:
        xml.logfile = paths.get(xml.logfile, xml.logfile)
    for plugin in config.pluginmanager.get_plugins():
        if isinstance(plugin, BaseReport):
            path = plugin._report_path  # noqa: SLF001  # it has no public name
            plugin._report_path = Path(paths.get(str(path), path))  # noqa: SLF001  # it has no public name


@pytest.hookimpl(wrapper=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> Generator[None]:
    """Write the summary below what pytest's plugins print, with the most important in the last lines."""
    yield
    collector = config.stash.get(COLLECTOR, None)
    if collector is None or collector.is_empty:
        return
    writer = config.stash.get(WRITER, None)
    # What is torn down after an interruption may add to the record of a single account, and not to that of a class.
    run = config.stash.get(RUN, None) if len(collector.subjects) > 1 else None
    run = run or sanitize_record(collector.result())
    write_details(terminalreporter, run)
    if writer:
        for line in writer.stdout_lines:
            terminalreporter.write_line(line)
        for line in writer.warnings:
            terminalreporter.write_line(line, yellow=True)
        for line in writer.errors:
            terminalreporter.write_line(line, red=True)
    page, table = (writer.page, writer.table) if writer else (None, None)
    write_outcome(terminalreporter, run, page, table)


@pytest.hookimpl(optionalhook=True)
def pytest_html_results_table_row(report: pytest.TestReport, cells: list[str]) -> None:
    """Escape the id of a test, which in a class has the student's name in it: pytest-html takes it for HTML."""
    cell = '<td class="col-testId">{}</td>'
    cells[:] = [cell.format(escape(sanitize(report.nodeid))) if "col-testId" in each else each for each in cells]


@pytest.hookimpl(optionalhook=True)
def pytest_html_report_title(report: Any) -> None:
    report.title = TITLE
