"""AWS Security Finding Format, as `securityhub batch-import-findings --cli-input-json` takes it (at most 100 a call).

A file for each account, because a call is for one. What was blocked is `NOT_AVAILABLE` and what could not be seen
`WARNING`; neither is `FAILED`. A waived check is suppressed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from grading.results import AccountResult, Check, Run, Verdict
from reports.controls import CONTROLS
from reports.formats.ocsf import partition
from reports.formats.output import Telling, of_each, who

STATUS = {
    Verdict.PASS: "PASSED",
    Verdict.FAIL: "FAILED",
    Verdict.BLOCKED: "NOT_AVAILABLE",
    Verdict.ERROR: "WARNING",
}
TYPE = "Software and Configuration Checks/Industry and Regulatory Standards/KMS lab"
ACCOUNT = re.compile(r"\d{12}")
MOST = 100


def tell(run: Run, environ: Mapping[str, str]) -> Telling:
    """`asff.json`; nothing for an account that is not known, because Security Hub wants its number."""
    files, remarks = {}, []
    for account, name in of_each(run, "asff", ".json"):
        if ACCOUNT.fullmatch(account.account):
            files[name] = json.dumps({"Findings": _findings(run, account)[:MOST]}, indent=1, ensure_ascii=False) + "\n"
        else:
            remarks.append(f"asff: {who(account)}: the account is not known, and Security Hub wants its number")
    return Telling(files, remarks=remarks)


def _findings(run: Run, account: AccountResult) -> list[dict[str, Any]]:
    found = [_finding(run, account, check, "") for each in account.objectives for check in each.checks]
    return found + [_finding(run, account, each.check, each.reason) for each in account.waived]


def _finding(run: Run, account: AccountResult, check: Check, waiver: str) -> dict[str, Any]:
    where = f"arn:{partition(account.region)}:securityhub:{account.region}:{account.account}"
    description = f"{check.verdict}: {check.message or check.title}"
    if waiver:
        description = f"Waived: {waiver}. {description}"
    requirements = CONTROLS.requirements(check.id)[:32]
    return {
        "SchemaVersion": "2018-10-08",
        "Id": f"{account.region}/{account.account}/kms-lab/{check.id}",
        "ProductArn": f"{where}:product/{account.account}/default",
        "GeneratorId": f"kms-lab/{check.id}",
        "AwsAccountId": account.account,
        "Types": [TYPE],
        "CreatedAt": run.started,
        "UpdatedAt": run.finished,
        "Severity": {"Label": "HIGH" if check.verdict is Verdict.FAIL and not waiver else "INFORMATIONAL"},
        "Title": check.title[:256],
        "Description": description[:1024],
        "Resources": [
            {"Type": "AwsAccount", "Id": f"AWS::::Account:{account.account}", "Region": account.region,
             "Partition": partition(account.region)}
        ],
        "Compliance": {
            "Status": STATUS[check.verdict],
            **({"RelatedRequirements": requirements} if requirements else {}),
        },
        "ProductFields": {"kms-lab/verdict": check.verdict.value, "kms-lab/run": run.id,
                          "kms-lab/evidence": " ".join(check.evidence[:40]) or "none",
                          "kms-lab/evidence-head": account.head or "none"},
        "RecordState": "ACTIVE",
        "Workflow": {"Status": "SUPPRESSED" if waiver else "RESOLVED" if check.verdict is Verdict.PASS else "NEW"},
        **({"Remediation": {"Recommendation": {"Text": check.hint[:512]}}} if check.hint else {}),
    }  # fmt: skip
