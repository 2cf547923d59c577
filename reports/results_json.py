"""`results.json`: the record for scripts (docs/contract.md, results.json)."""

from __future__ import annotations

import json
from typing import Any

from grading.results import AccountResult, CheckResult, ObjectiveResult, RunResult, Waived
from grading.wording import next_steps

SCHEMA = "kms-lab-results/2"


def as_json(run: RunResult) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "run": {
            "id": run.id,
            "asked": {"first": run.asked[0] or None, "last": run.asked[1] or None},
            "judged": run.finished,
            "started": run.started,
            "finished": run.finished,
            "target": run.target,
            "endpoint": run.endpoint or None,
            "mode": run.mode,
            "suite": {"version": run.origin.version, "commit": run.origin.commit or None},
            "command": list(run.origin.command),
            "rubric": {"file": run.origin.rubric_file or None, "sha256": run.origin.rubric_sha256 or None},
            "exit_code": run.exit_code,
            **({"partial": run.partial} if run.partial else {}),
        },
        "accounts": [_account(each) for each in run.accounts],
    }


def _account(account: AccountResult) -> dict[str, Any]:
    return {
        "student": account.student or None,
        "account": account.account or None,
        "region": account.region,
        "caller": account.caller or None,
        "verdict": account.verdict.value,
        "score": {"earned": account.earned, "possible": account.possible, "ungraded": account.ungraded},
        "next": list(next_steps(account)),
        "api_calls": account.api_calls,
        "evidence_head": account.evidence_hash or None,
        "objectives": [_objective(each) for each in account.objectives],
        **({"waived": [_waived(each) for each in account.waived]} if account.waived else {}),
    }


def _waived(waived: Waived) -> dict[str, Any]:
    fields = _check(waived.check)
    del fields["earned"]
    return {**fields, "objective": waived.objective, "reason": waived.reason, "until": waived.until}


def _objective(objective: ObjectiveResult) -> dict[str, Any]:
    return {
        "id": objective.id,
        "slug": objective.slug,
        "title": objective.title,
        "verdict": objective.verdict.value,
        "earned": objective.earned,
        "possible": objective.possible,
        "checks": [_check(each) for each in objective.checks],
    }


def _check(check: CheckResult) -> dict[str, Any]:
    fields = {
        "id": check.id,
        "nodeid": check.nodeid,
        "title": check.title,
        "verdict": check.verdict.value,
        "reason": check.reason and check.reason.value,
        "needs_objective": check.needs_objective or None,
        "again_after": check.again_after or None,
        "earned": check.earned,
        "possible": check.possible,
        "message": check.message,
        "seen": check.seen or None,
        "wanted": check.wanted or None,
        "evidence": list(check.evidence),
    }
    return {**fields, "hint": check.hint} if check.hint else fields


def results_text(run: RunResult) -> str:
    """Return the content of `results.json`."""
    return json.dumps(as_json(run), indent=2, ensure_ascii=False) + "\n"
