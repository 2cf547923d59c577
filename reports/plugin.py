"""pytest's side of the telling: which formats, where the reports go, and when they are written. Hooks that only
delegate.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import Any

import pytest
from _pytest.junitxml import xml_key

from grading.collector import TALLY
from grading.plugin import TERMS
from grading.results import Run
from grading.sanitizing import plain_run
from reports.account_page import objectives_html
from reports.formats import FORMATS, junit
from reports.writer import Desk, guard

TITLE = "KMS lab: encryption at rest, proved by trying"
DESK = pytest.StashKey[Desk]()
RUN = pytest.StashKey[Run]()
"""The record as it is told, once the run is over."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("kms lab", "the lab and the account it is in")
    told = f"write this too: {', '.join(FORMATS)} (repeatable)"
    group.addoption("--format", metavar="NAME", action="append", default=[], dest="formats", help=told)


def pytest_configure(config: pytest.Config) -> None:
    tally = config.stash.get(TALLY, None)
    if tally is None or config.option.collectonly:
        return
    unknown = [name for name in config.option.formats if name not in FORMATS]
    if unknown:
        raise pytest.UsageError(f"--format {unknown[0]}: no such format; there are {', '.join(FORMATS)}")
    formats = tuple(dict.fromkeys(config.option.formats))
    alone = len(tally.subjects) < 2
    desk = Desk(tally.reports, formats)
    if desk.is_there():
        if alone and not config.option.htmlpath:
            config.option.htmlpath = str(tally.reports / "report.html")
            config.option.self_contained_html = True
        if (alone or "junit" in formats) and not config.option.xmlpath:
            config.option.xmlpath = str(tally.reports / "junit.xml")
    config.stash[DESK] = desk


def pytest_sessionstart(session: pytest.Session) -> None:
    desk = session.config.stash.get(DESK, None)
    if desk:
        guard(session.config, desk)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Give a check its properties in `junit.xml`, which pytest takes from the item when it is torn down."""
    report = yield
    told, terms = getattr(report, "check", None), item.stash.get(TERMS, None)
    if told and terms:
        item.user_properties[:] = junit.of_check(told, terms.objective, terms.subject)
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    config = session.config
    tally, desk = config.stash.get(TALLY, None), config.stash.get(DESK, None)
    if tally is None or desk is None or tally.is_empty:
        return
    run = config.stash[RUN] = plain_run(tally.run())
    desk.write(run, os.environ)
    xml = config.stash.get(xml_key, None)
    if xml:
        for name, value in junit.of_run(run):
            xml.add_global_property(name, value)


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    desk = config.stash.get(DESK, None)
    if desk:
        for line in desk.printed:
            terminalreporter.write_line(line)
        for line in desk.remarks:
            terminalreporter.write_line(line, yellow=True)
        for line in desk.troubles:
            terminalreporter.write_line(line, red=True)


def pytest_html_report_title(report: Any) -> None:
    report.title = TITLE


def pytest_html_results_summary(prefix: list[str], session: pytest.Session) -> None:
    run = session.config.stash.get(RUN, None)
    if run:
        prefix.append(objectives_html(run))
