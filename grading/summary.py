"""The summary of a run on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from grading.results import WORST_FIRST, AccountResult, RunResult, Verdict
from grading.sanitizing import sanitize, sanitize_record
from grading.wording import open_sentence

COLOURS = {Verdict.PASS: "green", Verdict.FAIL: "red", Verdict.ERROR: "red", Verdict.BLOCKED: "yellow"}


class Terminal(Protocol):
    """What the summary needs of pytest's terminal reporter."""

    def section(self, title: str, sep: str = "=") -> None: ...

    def write(self, content: str, **markup: bool) -> None: ...

    def write_line(self, line: str, **markup: bool) -> None: ...


def write_summary(terminal: Terminal, run: RunResult) -> None:
    """Write a line per objective and the first reason of those that did not pass; for a class, a line per student."""
    partial = "partial run, " if run.partial else ""
    accounts = [selected for each in run.accounts if (selected := each.selected()).objectives]
    if len(run.accounts) > 1:
        _write_class(terminal, accounts, partial)
    else:
        for account in accounts:
            _write_account(terminal, sanitize_record(account), partial)
    for note in run.notes:
        terminal.write_line(sanitize(note, lines=True))


def _write_account(terminal: Terminal, account: AccountResult, partial: str) -> None:
    name = " ".join(filter(None, (account.student, account.account, account.region)))
    terminal.section(f"{name or 'lab'}: {partial}{account.verdict}, {account.earned} of {account.possible} points", "=")
    said: set[tuple[str, str]] = set()
    for objective in account.objectives:
        points = f"{objective.earned}/{objective.possible}"
        terminal.write(f"{objective.id}  {objective.verdict:<7} {points:>7}  ", **{COLOURS[objective.verdict]: True})
        terminal.write_line(objective.title)
        reason = objective.first_reason
        if reason and (reason.message, reason.hint) in said:
            terminal.write_line("   for the same reason")
        elif reason:
            said.add((reason.message, reason.hint))
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
        terminal.write_line(open_sentence(account))


def _write_class(terminal: Terminal, accounts: Sequence[AccountResult], partial: str) -> None:
    verdicts = [account.verdict for account in accounts]
    counts = ", ".join(f"{verdicts.count(each)} {each}" for each in WORST_FIRST if each in verdicts)
    terminal.section(f"{len(accounts)} accounts: {partial}{counts}", "=")
    for account in accounts:
        ungraded = f", {account.ungraded} ungraded" if account.ungraded else ""
        points = f"{account.earned}/{account.possible}"
        terminal.write(f"{account.verdict:<7} {points:>7}  ", **{COLOURS[account.verdict]: True})
        terminal.write_line(sanitize(" ".join(filter(None, (account.student, account.account)))) + ungraded)
