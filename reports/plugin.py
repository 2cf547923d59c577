"""pytest's side of the telling: where the reports go, and when they are written. Hooks that only delegate."""

from __future__ import annotations

from typing import Any

import pytest

from fixtures.plugin import SUBJECTS
from fixtures.sight import TARGET
from grading.tally import TALLY
from reports.page import objectives_html
from reports.results import write_results

TITLE = "KMS lab: encryption at rest, proved by trying"


def pytest_configure(config: pytest.Config) -> None:
    target = config.stash.get(TARGET, None)
    if target is None or config.option.collectonly or config.stash[SUBJECTS]:
        return
    if not config.option.htmlpath:
        config.option.htmlpath = str(target.reports / "report.html")
        config.option.self_contained_html = True
    if not config.option.xmlpath:
        config.option.xmlpath = str(target.reports / "junit.xml")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    tally = session.config.stash.get(TALLY, None)
    if tally and not tally.is_empty:
        write_results(tally.run(), session.config.stash[TARGET].reports)


def pytest_html_report_title(report: Any) -> None:
    report.title = TITLE


def pytest_html_results_summary(prefix: list[str], session: pytest.Session) -> None:
    tally = session.config.stash.get(TALLY, None)
    if tally and not tally.is_empty:
        prefix.append(objectives_html(tally.run()))
