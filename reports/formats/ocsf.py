"""OCSF Compliance Findings, class 2003, one per check: a JSON array (schema.ocsf.io 1.5.0).

Verdicts `blocked` and `error` become a warning (2: no result, information is missing), never a failure; a waived check
is suppressed. Times are milliseconds since the epoch. The controls are those for which the check is evidence.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from grading.results import AccountResult, CheckResult, ObjectiveResult, RunResult, Verdict
from grading.wording import reason_words
from reports.controls import CONTROLS
from reports.formats.output import FormatOutput, account_label, reason_fields

VERSION = "1.5.0"
COMPLIANCE = {
    Verdict.PASS: (1, "Pass"),
    Verdict.FAIL: (3, "Fail"),
    Verdict.BLOCKED: (2, "Warning"),
    Verdict.ERROR: (2, "Warning"),
}
SEVERITY = {
    Verdict.PASS: (1, "Informational"),
    Verdict.FAIL: (4, "High"),
    Verdict.BLOCKED: (1, "Informational"),
    Verdict.ERROR: (1, "Informational"),
}
PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov", "eusc-": "aws-eusc"}
NEW, SUPPRESSED, RESOLVED = (1, "New"), (3, "Suppressed"), (4, "Resolved")


def render(run: RunResult, environ: Mapping[str, str]) -> FormatOutput:
    """Return `ocsf.json`."""
    findings = [json.dumps(finding, ensure_ascii=False) for finding in _findings(run)]
    return FormatOutput({"ocsf.json": "[\n" + ",\n".join(findings) + "\n]\n"})


def _findings(run: RunResult) -> Iterator[dict[str, Any]]:
    time = round(datetime.fromisoformat(run.finished).timestamp() * 1000)
    for account in run.accounts:
        for objective in account.objectives:
            for check in objective.checks:
                status = RESOLVED if check.verdict is Verdict.PASS else NEW
                yield _finding(run, account, _topic(objective), check, time, status)
        for waived in account.waived:
            topic = f"objective {waived.objective}"
            finding = _finding(run, account, topic, waived.check, time, SUPPRESSED)
            yield {**finding, "comment": f"waived until {waived.until}: {waived.reason}"}


def _topic(objective: ObjectiveResult) -> str:
    return f"{objective.id}. {objective.title}"


def _finding(
    run: RunResult, account: AccountResult, topic: str, check: CheckResult, time: int, status: tuple[int, str]
) -> dict[str, Any]:
    (status_id, status_name), (severity_id, severity) = COMPLIANCE[check.verdict], SEVERITY[check.verdict]
    responses = [account.responses[name] for name in check.evidence if name in account.responses]
    codes = [response.code for response in responses if response.code]
    finding: dict[str, Any] = {
        "activity_id": 1,
        "activity_name": "Create",
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": 2003,
        "class_name": "Compliance Finding",
        "type_uid": 200301,
        "type_name": "Compliance Finding: Create",
        "time": time,
        "severity_id": severity_id,
        "severity": severity,
        "status_id": status[0],
        "status": status[1],
        "message": check.message or check.title,
        "status_detail": " ".join(filter(None, ("verdict", check.verdict, reason_words(check)))),
        "metadata": {
            "version": VERSION,
            "product": {"vendor_name": "kms-lab", "name": "kms-lab"},
            "profiles": ["cloud"],
            "uid": f"{run.id}:{account.account or account_label(account)}:{check.id}",
        },
        "finding_info": {
            "uid": f"kms-lab:{account.account or account_label(account)}:{account.region}:{check.id}",
            "title": check.title,
            "desc": topic,
            "created_time": time,
        },
        "compliance": {
            "status_id": status_id,
            "status": status_name,
            "control": check.title,
            "standards": CONTROLS.standards(check.id),
            "requirements": CONTROLS.requirements(check.id),
            "status_details": [f"verdict: {check.verdict}", *CONTROLS.descriptions(check.id)],
        },
        "cloud": {"provider": "AWS", "account": {"uid": account.account}, "region": account.region},
        "resources": [
            {"uid": f"AWS::::Account:{account.account}", "type": "AwsAccount", "region": account.region,
             "cloud_partition": partition(account)}
        ],
        "unmapped": {"verdict": check.verdict.value, **reason_fields(check), "run": run.id, "student": account.student,
                     "evidence": list(check.evidence), "evidence_head": account.evidence_hash},
    }  # fmt: skip
    if codes:
        finding["status_code"] = codes[0]
    if check.hint:
        finding["remediation"] = {"desc": check.hint}
    if responses:
        finding["evidences"] = [
            {"data": {"operation": each.operation, "status": each.status, "code": each.code,
                      "request_id": each.request_id, "time": each.time, "record": each.id}}
            for each in responses[:12]
        ]  # fmt: skip
    return finding


def partition(account: AccountResult) -> str:
    """Return the partition of an account: that of the caller's ARN, or else of the Region."""
    if account.caller.startswith("arn:"):
        return account.caller.split(":")[1]
    return next((name for start, name in PARTITIONS.items() if account.region.startswith(start)), "aws")
