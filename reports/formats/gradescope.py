"""Gradescope's `results.json` (gradescope-autograders.readthedocs.io, "Specifications").

A test there has passed or failed, nothing else: what was blocked or could not be seen gets neither a status nor points,
says so in its name and in `extra_data`, and a banner stands above all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from grading.results import AccountResult, Check, Objective, Run, Verdict
from reports.formats.output import Telling, has_error, of_each, summary

STATUS = {Verdict.PASS: "passed", Verdict.FAIL: "failed"}


def tell(run: Run, environ: Mapping[str, str]) -> Telling:
    """`gradescope.json`, to be copied to /autograder/results/results.json."""
    files = {
        name: json.dumps(_results(run, each), indent=1) + "\n" for each, name in of_each(run, "gradescope", ".json")
    }
    return Telling(files)


def _results(run: Run, account: AccountResult) -> dict[str, Any]:
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
            "evidence_head": account.head,
        },
        "tests": [
            _test(objective, number, check)
            for objective in account.objectives
            for number, check in enumerate(objective.checks, 1)
        ],
    }


def _banner(account: AccountResult) -> str:
    told = f"{account.earned} of {account.possible} points."
    if account.ungraded:
        told += f" {account.ungraded} points are not yet graded: they are not lost."
    if has_error(account):
        told += " Something could not be seen. This is not the student's fault; grade again before the mark counts."
    return told


def _test(objective: Objective, number: int, check: Check) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": check.title,
        "number": f"{objective.id}.{number}",
        "output": summary(check),
        "tags": [objective.slug, check.verdict.value],
        "visibility": "visible",
        "extra_data": {"verdict": check.verdict.value, "check": check.id, "possible": check.possible},
    }
    if check.verdict in STATUS:
        return {**told, "score": check.earned, "max_score": check.possible, "status": STATUS[check.verdict]}
    return {**told, "name": f"[not yet graded: {check.verdict}] {check.title}"}
