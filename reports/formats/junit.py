"""Properties in the `junit.xml` that pytest writes: always for one account, with `--format junit` for a class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pytest

from grading.results import CheckResult, RunResult
from grading.wording import open_sentence
from reports.formats.output import FormatOutput, reason_fields

if TYPE_CHECKING:
    from _pytest.junitxml import LogXML


def render(run: RunResult, environ: Mapping[str, str]) -> FormatOutput:
    """Return nothing: pytest writes the file."""
    return FormatOutput()


def check_properties(check: CheckResult, objective: int, student: str) -> list[tuple[str, object]]:
    """Return the properties of a check's test case."""
    properties: list[tuple[str, object]] = [
        ("objective", objective),
        ("check", check.id),
        ("verdict", check.verdict.value),
        ("points_earned", check.earned),
        ("points_possible", check.possible),
        *reason_fields(check).items(),
    ]
    if student:
        properties.append(("student", student))
    if check.hint:
        properties.append(("hint", check.hint))
    return properties


def add_error(xml: LogXML, check: CheckResult, objective: int, student: str) -> None:
    """Add a test case with an error for a check that was not run."""
    properties = check_properties(check, objective, student)
    location = (check.nodeid.partition("::")[0], None, check.nodeid.rpartition("::")[2])
    setup = pytest.TestReport(check.nodeid, location, {}, "failed", check.message, "setup")
    ended = pytest.TestReport(check.nodeid, location, {}, "passed", None, "teardown", user_properties=properties)
    for report in (setup, ended):
        xml.pytest_runtest_logreport(report)


def run_properties(run: RunResult) -> list[tuple[str, str]]:
    """Return the properties of the test suite."""
    properties: list[tuple[str, str]] = [("run", run.id), ("target", run.target), ("mode", run.mode)]
    if run.partial:
        properties.append(("partial", run.partial))
    for account in run.accounts if len(run.accounts) == 1 else ():
        properties += [
            ("account", account.account),
            ("region", account.region),
            ("verdict", account.verdict.value),
            ("points_earned", str(account.earned)),
            ("points_possible", str(account.possible)),
            ("points_ungraded", str(account.ungraded)),
            ("open", open_sentence(account)),
            ("evidence_head", account.evidence_hash),
        ]
    return properties
