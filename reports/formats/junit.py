"""Properties in the `junit.xml` that pytest writes: always for one account, with `--format junit` for a class."""

from __future__ import annotations

from collections.abc import Mapping

from grading.results import CheckResult, RunResult
from reports.formats.output import FormatOutput


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
    ]
    if student:
        properties.append(("student", student))
    if check.hint:
        properties.append(("hint", check.hint))
    return properties


def run_properties(run: RunResult) -> list[tuple[str, str]]:
    """Return the properties of the test suite."""
    properties: list[tuple[str, str]] = [("run", run.id), ("target", run.target), ("mode", run.mode)]
    for account in run.accounts if len(run.accounts) == 1 else ():
        properties += [
            ("account", account.account),
            ("region", account.region),
            ("verdict", account.verdict.value),
            ("points_earned", str(account.earned)),
            ("points_possible", str(account.possible)),
            ("points_ungraded", str(account.ungraded)),
            ("evidence_head", account.evidence_hash),
        ]
    return properties
