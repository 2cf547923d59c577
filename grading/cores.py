"""Judging a class on several cores: pytest-xdist's processes take one account after another, each whole.

A process judges from the recordings, as one alone would; what it finds travels to the controller on pytest's reports:
each check's verdict, what is told of an account beside, and once what was selected at all.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from grading.collector import AccountFacts, Tally
from grading.marks import Terms
from grading.results import KeyEvent, Seen, Wait


def is_worker(config: pytest.Config) -> bool:
    """Whether this is one of pytest-xdist's processes, and not the controller or a process alone."""
    return hasattr(config, "workerinput")


def frugal_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """pytest's own protocol without the reports that tell nothing: to send all costs more than to judge. Where pytest
    writes a report of its own, which wants each of them, `None`.
    """
    if item.config.option.xmlpath or getattr(item.config.option, "htmlpath", None):
        return None
    for report in runtestprotocol(item, log=False, nextitem=nextitem):
        if report.when == "call" or not report.passed or getattr(report, "facts", None) or hasattr(report, "catalogue"):
            item.ihook.pytest_runtest_logreport(report=report)
    return True


def sent(report: pytest.TestReport, terms: Terms, tally: Tally) -> None:
    """Put on a report what the controller needs, in types that can be sent."""
    # An account is given up when the next one is asked for, or the process ends: with the report of another's check.
    report.facts = {name: dataclasses.asdict(tally.of(name).facts) for name in tally.known}  # type: ignore[attr-defined]
    tally.known.clear()
    if not tally.selected:
        tally.selected = [each.nodeid for each in tally.wanted]
        report.catalogue = {  # type: ignore[attr-defined]  # travels with the first report
            "checks": {_apart(each.nodeid)[0]: dataclasses.asdict(each) for each in tally.wanted},
            "accounts": {_apart(each.nodeid)[1]: each.subject for each in tally.wanted},
        }


def received(report: pytest.TestReport, tally: Tally) -> None:
    """Take it from there. What a process selected is expected, whether it will tell of it or end before."""
    catalogue: dict[str, Any] | None = getattr(report, "catalogue", None)
    if catalogue:
        for nodeid in tally.selected:
            check, account = _apart(nodeid)
            about = {"nodeid": nodeid, "subject": catalogue["accounts"][account]}
            tally.expect([Terms(**{**catalogue["checks"][check], **about})])
    for name, facts in getattr(report, "facts", {}).items():
        told = tally.of(name).facts = AccountFacts(**facts)
        told.life = tuple(KeyEvent(**each) for each in facts["life"])
        told.waits = tuple(Wait(**each) for each in facts["waits"])
        told.answers = {number: Seen(**each) for number, each in facts["answers"].items()}


def _apart(nodeid: str) -> tuple[str, str]:
    """A check's own node id, and pytest's for the account that it is about."""
    check, _, account = nodeid.partition("[")
    return check, account
