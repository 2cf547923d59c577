"""Vocareum's grade and report files (help.vocareum.com 14120536, 14120591).

The grade file has `criterion,score` lines. The criteria are the objectives' slugs; name the items of the rubric in
Vocareum like them. An objective with a check in verdict `error` gets no line, so that Vocareum keeps its grade.
"""

from __future__ import annotations

import html
import textwrap
from collections.abc import Mapping
from pathlib import Path

from grading.results import AccountResult, RunResult
from grading.wording import open_sentence, score_sentence, trouble
from reports.formats.output import FormatOutput, account_files, has_error, summary

GRADES, REPORT = "vocareumGradeFile", "vocareumReportFile"


def render(run: RunResult, environ: Mapping[str, str]) -> FormatOutput:
    """Return texts for the files that Vocareum names, or else files beside results.json."""
    if len(run.accounts) == 1 and (environ.get(GRADES) or environ.get(REPORT)):
        return _in_place(run.accounts[0], environ)
    files = {}
    for suffix, text in ((".grades.csv", _grades), (".report.html", _report)):
        files.update({name: text(each) for each, name in account_files(run, "vocareum", suffix)})
    return FormatOutput(files)


def _in_place(account: AccountResult, environ: Mapping[str, str]) -> FormatOutput:
    texts = {GRADES: _grades(account), REPORT: _report(account)}
    missing = [name for name in texts if not environ.get(name)]
    warnings = [f"vocareum: ${name} is not set, so Vocareum does not get this part" for name in missing]
    return FormatOutput(
        appended=[(Path(environ[n]), t) for n, t in texts.items() if n not in missing], warnings=warnings
    )


def _grades(account: AccountResult) -> str:
    return "".join(f"{each.slug},{each.earned}\n" for each in account.objectives if not has_error(each))


def _report(account: AccountResult) -> str:
    if not account.is_judged:
        return f"<pre>{html.escape(chr(10).join(trouble(account)))}</pre>\n"
    lines = [score_sentence(account)]
    if account.ungraded:
        lines.append(open_sentence(account))
    for objective in account.objectives:
        unseen = " (could not be seen; no mark is written for it)" if has_error(objective) else ""
        lines.append(
            f"\n{objective.id}. {objective.title}: {objective.verdict}, {objective.earned}/{objective.possible}{unseen}"
        )
        lines += [
            textwrap.indent(summary(check, titled=False), "   ")
            for check in objective.checks
            if check.hint or check.verdict != "pass"
        ]
    return f"<pre>{html.escape(chr(10).join(lines))}</pre>\n"
