"""What a run says on the terminal, and how it ends."""

from __future__ import annotations

from typing import Any

import pytest

from grading.collector import TALLY, Tally
from grading.results import NOT_ALL_SEEN, WORST_FIRST, AccountResult, Check, Run, Verdict
from grading.sanitizing import plain, plain_run

DECIDED_HERE = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
COLOURS = {Verdict.PASS: "green", Verdict.FAIL: "red", Verdict.ERROR: "red", Verdict.BLOCKED: "yellow"}


class Collector:
    """Listens to reports where they all arrive, and decides how the run ends."""

    def __init__(self, config: pytest.Config) -> None:
        self._tally = config.stash[TALLY]
        self._is_torn_badly = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._is_torn_badly = self._is_torn_badly or (report.when == "teardown" and report.failed)
        told: dict[str, Any] | None = getattr(report, "check", None)
        if told:
            check = Check(**{**told, "verdict": Verdict(told["verdict"]), "evidence": tuple(told["evidence"])})
            self._tally.add(getattr(report, "subject", ""), check)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if exitstatus in DECIDED_HERE and not self._tally.is_empty:
            # A tear-down that broke says nothing of the account, but may have left something in it.
            session.exitstatus = self._tally.run().exit_code or (NOT_ALL_SEEN if self._is_torn_badly else 0)

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """What was left behind is the last thing that is said."""
        terminal = config.pluginmanager.get_plugin("terminalreporter")
        for left in self._tally.leftovers:
            if terminal:
                terminal.write_line(plain(left, lines=True), red=True)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self._tally.is_empty:
            tell(terminalreporter, self._tally)


def tell(terminal: pytest.TerminalReporter, tally: Tally) -> None:
    """A line an objective: verdict, points, title, and for what did not pass the first reason and the hint. Of a class,
    a line a student.
    """
    run = tally.run()
    if len(run.accounts) > 1:
        _tell_class(terminal, run)
    else:
        for account in run.accounts:
            _tell_account(terminal, plain_run(account))
    for note in run.notes:
        terminal.write_line(plain(note, lines=True))


def _tell_account(terminal: pytest.TerminalReporter, account: AccountResult) -> None:
    name = " ".join(filter(None, (account.student, account.account, account.region)))
    terminal.section(f"{name or 'lab'}: {account.verdict}, {account.earned} of {account.possible} points", "=")
    for objective in account.objectives:
        points = f"{objective.earned}/{objective.possible}"
        terminal.write(f"{objective.id}  {objective.verdict:<7} {points:>7}  ", **{COLOURS[objective.verdict]: True})
        terminal.write_line(objective.title)
        reason = objective.first_reason
        if reason:
            terminal.write_line(f"   {reason.title}")
            terminal.write_line(f"   {reason.message}")
            if reason.hint:
                terminal.write_line(f"   next: {reason.hint}")
    for waived in account.waived:
        terminal.write_line(
            f"waived: {waived.check.title} ({waived.check.id}, objective {waived.objective}, "
            f"{waived.check.possible} points, until {waived.until}): {waived.reason}"
        )
    if account.ungraded:
        terminal.write_line(f"{account.ungraded} points are not yet graded.")


def _tell_class(terminal: pytest.TerminalReporter, run: Run) -> None:
    verdicts = [account.verdict for account in run.accounts]
    counts = ", ".join(f"{verdicts.count(each)} {each}" for each in WORST_FIRST if each in verdicts)
    terminal.section(f"{len(run.accounts)} accounts: {counts}", "=")
    for account in run.accounts:
        ungraded = f", {account.ungraded} not yet graded" if account.ungraded else ""
        points = f"{account.earned}/{account.possible}"
        terminal.write(f"{account.verdict:<7} {points:>7}  ", **{COLOURS[account.verdict]: True})
        terminal.write_line(plain(" ".join(filter(None, (account.student, account.account)))) + ungraded)
