"""GitHub: a step summary, annotations, and a result for GitHub Classroom's reporter.

GitHub shows at most ten annotations of a kind per step, and drops a summary of more than 1 MiB. Workflow commands are
lines that begin with `::`; untrusted text is escaped so that it cannot begin one. Classroom
(classroom-resources/autograding-grading-reporter) has pass, fail and error; `blocked` becomes an error whose message
says that it is blocked.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from grading.results import AccountResult, ObjectiveResult, RunResult, Verdict
from grading.wording import expectation, open_sentence, score_sentence, trouble
from reports.account_page import shown
from reports.formats.output import FormatOutput, account_label, has_mark, summary, without_mark

SUMMARY, OUTPUT = "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"
LARGEST_SUMMARY = 1024 * 1024
ROOM_FOR_OTHERS = 64 * 1024
MOST_ANNOTATIONS = 10
LONGEST_OUTPUT = 500
COMMANDS = {Verdict.FAIL: "error", Verdict.ERROR: "warning", Verdict.BLOCKED: "notice"}
SIGNS = {Verdict.PASS: "✅ pass", Verdict.FAIL: "❌ fail", Verdict.ERROR: "⚠️ error", Verdict.BLOCKED: "➖ blocked"}
MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|~:@$/])")
TO_CLASSROOM = {Verdict.PASS: "pass", Verdict.FAIL: "fail"}


def render(run: RunResult, environ: Mapping[str, str]) -> FormatOutput:
    """Return summary and result for the files that GitHub names, or else for files beside results.json."""
    files, appended = {}, []
    room = LARGEST_SUMMARY - ROOM_FOR_OTHERS
    if environ.get(SUMMARY):
        path = Path(environ[SUMMARY])
        room = min(room, LARGEST_SUMMARY - 1024 - (path.stat().st_size if path.exists() else 0))
        appended.append((path, _fitting(_summary(run), room)))
    else:
        files["github-summary.md"] = _fitting(_summary(run), room)
    warnings = []
    if len(run.accounts) == 1 and not has_mark(run.accounts[0]):
        warnings.append(f"github: no result for GitHub Classroom: {without_mark(run.accounts)}")
    elif len(run.accounts) == 1:
        result = json.dumps(classroom(run.accounts[0]))
        files["github-classroom.json"] = result + "\n"
        if environ.get(OUTPUT):
            appended.append((Path(environ[OUTPUT]), f"result={base64.b64encode(result.encode()).decode()}\n"))
    return FormatOutput(files, appended, tuple(_annotations(run)), warnings)


def _text(text: str) -> str:
    """Escape a text for Markdown: no link, no markup, no mention."""
    return MARKDOWN.sub(r"\\\1", html.escape(text.replace("\n", " "), quote=False))


def _summary(run: RunResult) -> Iterable[str]:
    yield "## KMS lab: encryption at rest\n\n"
    if run.partial:
        yield f"{_text(run.partial)}\n\n"
    for account in (shown(run, each) for each in run.accounts):
        head = f"### {_text(account_label(account))}: {SIGNS[account.verdict]}"
        if not account.is_judged:
            yield f"{head}\n\n{_text(' '.join(trouble(account)))}\n\n"
            continue
        points = score_sentence(account).removesuffix(".")
        yield f"{head}, {points}\n\n| | Objective | Verdict | Points |\n|---|---|---|---|\n"
        for each in account.objectives:
            yield f"| {each.id} | {_text(each.title)} | {SIGNS[each.verdict]} | {each.earned}/{each.possible} |\n"
        yield "\n"
        if account.ungraded:
            yield f"{_text(open_sentence(account))}\n\n"
        for each in account.objectives:
            yield from _to_do(each)


def _to_do(objective: ObjectiveResult) -> Iterable[str]:
    for check in objective.checks:
        if check.verdict is not Verdict.PASS:
            hint = f" **Next:** {_text(check.hint)}" if check.hint else ""
            seen, expected = _text(check.message), _text(expectation(check))
            yield f"- {SIGNS[check.verdict]} {objective.id}: {seen} {expected}{hint}\n"
    yield "\n" if objective.verdict is not Verdict.PASS else ""


def _fitting(parts: Iterable[str], room: int) -> str:
    """Join as many whole parts as fit into `room` bytes, and note what is left out."""
    kept, size = [], 0
    for part in parts:
        size += len(part.encode("utf-8", "replace"))
        if size > room:
            kept.append("\n\nThe rest is left out: GitHub shows no summary over 1 MiB. See results.json.\n")
            break
        kept.append(part)
    return "".join(kept)


def _annotations(run: RunResult) -> Iterable[str]:
    """Yield an annotation per objective, or per student of a class, of what was selected; the worst come first."""
    accounts = [selected for each in run.accounts if (selected := each.selected()).objectives]
    if len(run.accounts) == 1:
        objectives = [each for account in accounts for each in account.objectives]
        annotations = [_of_objective(each) for each in objectives if each.verdict is not Verdict.PASS]
    else:
        annotations = [_of_account(each) for each in accounts if each.verdict is not Verdict.PASS]
    order = list(COMMANDS)
    annotations.sort(key=lambda each: order.index(each[0]))
    if len(annotations) > MOST_ANNOTATIONS:
        rest = len(annotations) - MOST_ANNOTATIONS + 1
        annotations[MOST_ANNOTATIONS - 1 :] = [
            (Verdict.BLOCKED, {"title": "KMS lab"}, f"{rest} more did not pass; see the summary")
        ]
    for verdict, properties, message in annotations:
        settings = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
        yield f"::{COMMANDS[verdict]} {settings}::{_data(message)}"


def _of_objective(objective: ObjectiveResult) -> tuple[Verdict, dict[str, str], str]:
    reason = objective.first_reason
    assert reason is not None
    properties = {"title": f"{objective.id}. {objective.title}: {objective.verdict}"}
    if not reason.nodeid.startswith("/"):
        properties = {"file": reason.nodeid.partition("::")[0], **properties}
    return objective.verdict, properties, summary(reason, titled=False)


def _of_account(account: AccountResult) -> tuple[Verdict, dict[str, str], str]:
    texts = (score_sentence(account), open_sentence(account)) if account.is_judged else trouble(account)
    return account.verdict, {"title": f"{account_label(account)}: {account.verdict}"}, " ".join(filter(None, texts))


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def classroom(account: AccountResult) -> dict[str, Any]:
    """Return what the reporter reads as `<RUNNER>_RESULTS`: a test per objective, with its points."""
    verdicts = {each.verdict for each in account.objectives}
    status = "fail" if Verdict.FAIL in verdicts else "error" if verdicts - {Verdict.PASS} else "pass"
    return {
        "version": 1,
        "status": status,
        "max_score": account.possible,
        "tests": [_classroom_test(each) for each in account.objectives],
    }


def _classroom_test(objective: ObjectiveResult) -> dict[str, Any]:
    reason = objective.first_reason
    message = summary(reason, titled=False) if reason else ""
    return {
        "name": f"{objective.id}. {objective.title}",
        "status": TO_CLASSROOM.get(objective.verdict, "error"),
        "score": objective.earned,
        "message": message[:LONGEST_OUTPUT],
        "test_code": "",
        "filename": objective.checks[0].nodeid.partition("::")[0] if objective.checks else "",
        "line_no": 0,
        "duration": round(sum(check.seconds for check in objective.checks), 3),
    }
