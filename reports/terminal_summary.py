"""The end of a run on the terminal: what was seen, and in the last lines the score, what to do, and where the page is.

Lines are at most 80 columns wide, but for a path, a command or a word that is longer. The record that is written is
sanitized (`grading.sanitizing`).
"""

from __future__ import annotations

import dataclasses
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

from grading.results import WORST_FIRST, AccountResult, RunResult, Verdict
from grading.wording import counted, expectation, next_steps, open_sentence, reason_words, score_sentence, trouble
from reports import class_causes
from reports.class_causes import Cause, Student

COLOURS = {Verdict.PASS: "green", Verdict.FAIL: "red", Verdict.ERROR: "red", Verdict.BLOCKED: "yellow"}
WIDTH = 80
MOST_LINES = 2
"""Lines of a message; the page has the whole text."""
LAST_LINES, OUTSIDE = 12, 2
"""The lines that are seen without scrolling; of these the page's path and pytest's last line are not of the score."""
MOST_STUDENTS, MOST_CAUSES = 10, 5


class Terminal(Protocol):
    """What the summary needs of pytest's terminal reporter."""

    def section(self, title: str, sep: str = "=") -> None: ...

    def write(self, content: str, **markup: bool) -> None: ...

    def write_line(self, line: str, **markup: bool) -> None: ...


def write_details(terminal: Terminal, run: RunResult) -> None:
    """Write a line for each objective and why it did not pass; for a class, who needs help and the causes."""
    partial = "partial run, " if run.partial else ""
    accounts = [selected for each in run.accounts if (selected := each.selected()).objectives]
    if len(run.accounts) > 1:
        _write_class(terminal, dataclasses.replace(run, accounts=tuple(accounts)), partial)
    else:
        for account in accounts:
            _write_account(terminal, account, partial)
    for note in run.notes:
        terminal.write_line(note)


def write_outcome(terminal: Terminal, run: RunResult, page: Path | None, table: Path | None = None) -> None:
    """Write the last lines: the score, at most three things to do, and the page and for a class the table (none where
    nothing was written).
    """
    if len(run.accounts) == 1:
        for account in run.accounts:
            _write_outcome(terminal, account.selected(), "Partial run: " if run.partial else "")
    if page:
        terminal.write_line(f"Page: {page}")
    if table:
        terminal.write_line(f"Table: {table}")


def _write_account(terminal: Terminal, account: AccountResult, partial: str) -> None:
    name = " ".join(filter(None, (account.student, account.account, account.region)))
    points = f"{account.earned} of {account.possible} points" if account.is_judged else "nothing could be judged"
    terminal.section(f"{name or 'lab'}: {partial}{account.verdict}, {points}", "=")
    said: set[str] = set()
    for objective in account.objectives if account.is_judged else ():
        points = f"{objective.earned}/{objective.possible}"
        terminal.write(f"{objective.id}  {objective.verdict:<7} {points:>7}  ", **{COLOURS[objective.verdict]: True})
        _write_lines(terminal, _hanging(objective.title, 20))
        reason = objective.first_reason
        if reason and reason.needs_objective:
            terminal.write_line(f"   {reason_words(reason)}")
        elif reason and reason.message in said:
            terminal.write_line("   for the same reason as above")
        elif reason:
            said.add(reason.message)
            for text in (reason.message, expectation(reason)):
                _write_lines(terminal, _wrapped(text, "   "))
    for waived in account.waived:
        of = f"{waived.check.id}, objective {waived.objective}, {waived.check.possible} points, until {waived.until}"
        _write_lines(terminal, _wrapped(f"waived: {waived.check.title}"))
        _write_lines(terminal, _wrapped(f"({of}): {waived.reason}", "  ", most=4))


def _write_outcome(terminal: Terminal, account: AccountResult, partial: str) -> None:
    if account.is_judged:
        score = [*_wrapped(f"{partial}{score_sentence(account)}"), *_wrapped(open_sentence(account), most=3)]
        steps = next_steps(account)
        # The last lines are read: they hold all steps, in as many lines each as there is place for.
        most = max(1, (LAST_LINES - OUTSIDE - len(score)) // max(1, len(steps)))
        _write_lines(terminal, score)
        for number, step in enumerate(steps, 1):
            _write_lines(terminal, _wrapped(step, f"{number}. " if len(steps) > 1 else "Next: ", most))
        return
    for text in trouble(account):
        _write_lines(terminal, _wrapped(text, most=4))


def _write_class(terminal: Terminal, run: RunResult, partial: str) -> None:
    of_class = class_causes.students(run)
    verdicts = [each.account.verdict for each in of_class]
    counts = ", ".join(f"{verdicts.count(each)} {each}" for each in WORST_FIRST if each in verdicts)
    terminal.section(f"{counted(len(of_class), 'account')}: {partial}{counts}", "=")
    _write_students(terminal, "Who needs help, the weakest first:", class_causes.in_need(of_class))
    _write_causes(terminal, "The commonest causes:", class_causes.failures(of_class))
    _write_causes(terminal, "What is ungraded, and not lost:", class_causes.unseen(of_class), named=True)


def _write_students(terminal: Terminal, title: str, students: Sequence[Student]) -> None:
    if not students:
        return
    terminal.write_line(title)
    for each in students[:MOST_STUDENTS]:
        points = f"{each.account.earned}/{each.account.possible}"
        terminal.write(f"  {points:>7}  ", red=True)
        _write_lines(terminal, _hanging(f"{each.name}: {each.first_step}", 11))
    if students[MOST_STUDENTS:]:
        terminal.write_line(f"           and {len(students) - MOST_STUDENTS} more; class.html has them all")


def _write_causes(terminal: Terminal, title: str, causes: Sequence[Cause], *, named: bool = False) -> None:
    if not causes:
        return
    terminal.write_line(title)
    for each in causes[:MOST_CAUSES]:
        who = counted(len(each.students), "student")
        if named and len(each.students) <= MOST_CAUSES:
            who = ", ".join(student.name for student in each.students)
        _write_lines(terminal, _wrapped(f"{who}: {each.text}", "  "))
    if causes[MOST_CAUSES:]:
        terminal.write_line(f"  and {len(causes) - MOST_CAUSES} more; class.html has them all")


def _write_lines(terminal: Terminal, lines: Iterable[str]) -> None:
    for line in lines:
        terminal.write_line(line)


def _hanging(text: str, column: int) -> list[str]:
    """Return a text in lines of which the first follows what is written up to a column."""
    first, *more = _wrapped(text, " " * column)
    return [first[column:], *more]


def _wrapped(text: str, first: str = "", most: int = MOST_LINES) -> list[str]:
    """Return a text in lines, with `first` before it and as much indent below; what does not fit is cut."""
    if not text:
        return []
    indent = " " * len(first)
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=indent,
        max_lines=most,
        placeholder=" …",
        break_long_words=False,
        break_on_hyphens=False,
    )
