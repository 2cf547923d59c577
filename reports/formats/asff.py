"""AWS Security Finding Format, for `securityhub batch-import-findings --cli-input-json` (at most 100 findings).

One file per account, because a call is for one account. Verdict `blocked` becomes `NOT_AVAILABLE` and `error` becomes
`WARNING`; neither becomes `FAILED`. A waived check is suppressed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from grading.results import AccountResult, CheckResult, RunResult, Verdict
from reports.controls import CONTROLS
from reports.formats.ocsf import partition
from reports.formats.output import FormatOutput, account_files, account_label, reason_fields

STATUS = {
    Verdict.PASS: "PASSED",
    Verdict.FAIL: "FAILED",
    Verdict.BLOCKED: "NOT_AVAILABLE",
    Verdict.ERROR: "WARNING",
}
TYPE = "Software and Configuration Checks/Industry and Regulatory Standards/KMS lab"
ACCOUNT = re.compile(r"\d{12}")
PARTITIONS = ("aws", "aws-cn", "aws-us-gov")
"""Those that the format has."""
MOST = 100


def render(run: RunResult, environ: Mapping[str, str]) -> FormatOutput:
    """Return `asff.json`, without accounts whose number is not known: Security Hub requires it."""
    files, warnings = {}, []
    for account, name in account_files(run, "asff", ".json"):
        if ACCOUNT.fullmatch(account.account):
            files[name] = json.dumps({"Findings": _findings(run, account)[:MOST]}, indent=1, ensure_ascii=False) + "\n"
        else:
            warnings.append(
                f"asff: {account_label(account)}: the account number is not known, and Security Hub requires it"
            )
    return FormatOutput(files, warnings=warnings)


def _findings(run: RunResult, account: AccountResult) -> list[dict[str, Any]]:
    found = [_finding(run, account, check, "") for each in account.objectives for check in each.checks]
    return found + [_finding(run, account, each.check, each.reason) for each in account.waived]


def _finding(run: RunResult, account: AccountResult, check: CheckResult, waiver: str) -> dict[str, Any]:
    where = f"arn:{partition(account)}:securityhub:{account.region}:{account.account}"
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
             **({"Partition": partition(account)} if partition(account) in PARTITIONS else {})}
        ],
        "Compliance": {
            "Status": STATUS[check.verdict],
            **({"RelatedRequirements": requirements} if requirements else {}),
        },
        "ProductFields": {"kms-lab/verdict": check.verdict.value, "kms-lab/run": run.id,
                          **{f"kms-lab/{name.replace('_', '-')}": str(each)
                             for name, each in reason_fields(check).items()},
                          "kms-lab/evidence": " ".join(check.evidence[:40]) or "none",
                          "kms-lab/evidence-head": account.evidence_hash or "none"},
        "RecordState": "ACTIVE",
        "Workflow": {"Status": "SUPPRESSED" if waiver else "RESOLVED" if check.verdict is Verdict.PASS else "NEW"},
        **({"Remediation": {"Recommendation": {"Text": check.hint[:512]}}} if check.hint else {}),
    }  # fmt: skip
