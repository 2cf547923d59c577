"""Gradescope's `results.json` (gradescope-autograders.readthedocs.io, "Specifications").

There is no file for an account whose checks were not all run: Gradescope then gives no mark, and takes every score, 0
too, for one. A Gradescope test is passed or failed. A check that is ungraded gets neither status nor points; its name,
its `extra_data` and the banner say so. A check that needs another objective first has no points and no status.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from grading.results import AccountResult, CheckResult, ObjectiveResult, RunResult, Verdict
from grading.wording import open_sentence, reason_words, score_sentence
from reports.formats.output import (
    FormatOutput,
    account_files,
    has_error,
    has_mark,
    reason_fields,
    summary,
    without_mark,
)

STATUS = {Verdict.PASS: "passed", Verdict.FAIL: "failed"}


def render(run: RunResult, environ: Mapping[str, str]) -> FormatOutput:
    """Return `gradescope.json`, to be copied to /autograder/results/results.json."""
    files = {
        name: json.dumps(_results(run, each), indent=1) + "\n"
        for each, name in account_files(run, "gradescope", ".json")
        if has_mark(each)
    }
    unmarked = [each for each in run.accounts if not has_mark(each)]
    return FormatOutput(files, warnings=[f"gradescope: {without_mark(unmarked)}"] if unmarked else [])


def _results(run: RunResult, account: AccountResult) -> dict[str, Any]:
    took = datetime.fromisoformat(run.finished) - datetime.fromisoformat(run.started)
    return {
        "score": account.earned,
        "execution_time": max(0, round(took.total_seconds())),
        "output": _banner(account),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "extra_data": {
            "verdict": account.verdict.value,
            "possible": account.possible,
            "ungraded": account.ungraded,
            "run": run.id,
            "evidence_head": account.evidence_hash,
        },
        "tests": [
            _test(objective, number, check)
            for objective in account.objectives
            for number, check in enumerate(objective.checks, 1)
        ],
    }


def _banner(account: AccountResult) -> str:
    banner = [score_sentence(account), open_sentence(account)]
    if has_error(account):
        banner.append("An error is not the student's fault: grade again before the mark counts.")
    return " ".join(filter(None, banner))


def _test(objective: ObjectiveResult, number: int, check: CheckResult) -> dict[str, Any]:
    test: dict[str, Any] = {
        "name": check.title,
        "number": f"{objective.id}.{number}",
        "output": summary(check),
        "tags": [objective.slug, check.verdict.value],
        "visibility": "visible",
        "extra_data": {
            "verdict": check.verdict.value,
            "check": check.id,
            "possible": check.possible,
            **reason_fields(check),
        },
    }
    if check.verdict in STATUS:
        return {**test, "score": check.earned, "max_score": check.possible, "status": STATUS[check.verdict]}
    if check.ungraded or not check.possible:
        return {**test, "name": f"[ungraded: {check.reason or check.verdict}] {check.title}"}
    # Gradescope shows a score without a status in neutral colours.
    return {**test, "name": f"[{reason_words(check)}] {check.title}", "score": 0, "max_score": check.possible}
