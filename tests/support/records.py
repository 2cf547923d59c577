"""Records of runs for tests: one account or a class, with every verdict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from fixtures.resources.objectives import Objective
from grading.results import (
    AccountResult,
    CheckResult,
    KeyEvent,
    Mode,
    ObjectiveResult,
    Reason,
    ResponseSummary,
    RunResult,
    Target,
    Verdict,
    Wait,
    Waived,
    exit_code,
)

EVIDENCE_HASH = "5e" * 32
BEGAN = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)
IDS = {
    1: ("alias", "customer-managed", "symmetric", "enabled"),
    2: ("default-encryption", "sse-kms", "object-under-the-key"),
    3: ("public-link-while-blocked", "signed-read", "presigned-link"),
    4: ("create-key", "generate-data-key", "decrypt"),
    5: ("volume-encrypted", "volume-under-the-key"),
    6: ("kms-refuses", "s3-refuses", "kms-serves-again"),
}
REASONS: dict[Verdict, dict[str, Any]] = {
    Verdict.BLOCKED: {"reason": Reason.READ_ONLY},
    Verdict.ERROR: {"reason": Reason.LATE, "again_after": "2026-11-23T19:40:00Z"},
}
KEY_EVENTS = (
    (0, "CreateKey", "", ""),
    (2, "CreateAlias", "", ""),
    (40, "GenerateDataKey", "", "fas.s3.amazonaws.com"),
    (65, "Decrypt", "", "fas.s3.amazonaws.com"),
    (90, "Decrypt", "AccessDenied", ""),
    (200, "GenerateDataKeyWithoutPlaintext", "", "AWS Internal"),
    (201, "CreateGrant", "", "AWS Internal"),
    (300, "DisableKey", "", ""),
    (312, "Decrypt", "DisabledException", "fas.s3.amazonaws.com"),
    (330, "Decrypt", "DisabledException", "fas.s3.amazonaws.com"),
    (350, "CreateGrant", "DisabledException", "AWS Internal"),
    (420, "EnableKey", "", ""),
    (445, "Decrypt", "", "fas.s3.amazonaws.com"),
)


def time_after(seconds: float) -> str:
    return (BEGAN + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def asked(days_ago: float = 0) -> tuple[str, str]:
    """Return the times of the first and the last answer of AWS."""
    return time_after(-86_400 * days_ago), time_after(200 - 86_400 * days_ago)


def key_events(events: Sequence[tuple[float, str, str, str]] = KEY_EVENTS) -> tuple[KeyEvent, ...]:
    return tuple(KeyEvent(time_after(seconds), name, error, through) for seconds, name, error, through in events)


def response(number: int, *, code: str = "", text: str = "") -> ResponseSummary:
    status = 400 if code else 200
    body = text or f'{{\n "KeyMetadata": {{\n  "KeyId": "key-{number}",\n  "KeyState": "Enabled"\n }}\n}}'
    message = "The key is disabled." if code else ""
    time = time_after(number)
    return ResponseSummary(f"{number:04}", "kms:DescribeKey", status, code, message, f"request-{number}", time, body)


def check(objective: int, name: str, verdict: Verdict, text: Callable[[str], str] = lambda ours: ours) -> CheckResult:
    """Return the result of a check; `text` replaces untrusted text."""
    seen, wanted = text(f"{name} was seen"), ""
    message = seen
    if verdict is Verdict.FAIL:
        seen, wanted = repr(text("Disabled")), "'Enabled'"
        message = f"seen {seen}, wanted {wanted}"
    return CheckResult(
        id=name,
        nodeid=f"checks/test_{objective}.py::test_{name.replace('-', '_')}",
        title=f"What {name} asks for holds.",
        verdict=verdict,
        possible=2,
        message=message,
        hint="" if verdict is Verdict.PASS else f"Look at {text('alias/MyKMSKey')} again.",
        evidence=("0001", f"{objective + 1:04}"),
        seconds=0.01,
        seen=seen,
        wanted=wanted,
        **REASONS.get(verdict, {}),
    )


def account(
    number: int = 1,
    verdict: Callable[[int, str], str] = lambda objective, check: "pass",
    text: Callable[[str], str] = lambda ours: ours,
    **given: Any,
) -> AccountResult:
    """Return an account with a verdict for each check; `text` replaces untrusted text."""
    objectives = []
    for each in Objective:
        checks = [check(each.value, name, Verdict(verdict(each.value, name)), text) for name in IDS[each.value]]
        objectives.append(ObjectiveResult(each.value, each.slug, each.title, tuple(checks)))
    fields: dict[str, Any] = {
        "student": text(f"student-{number:03}"),
        "account": f"{100_000_000_000 + number}",
        "region": "us-east-1",
        "api_calls": 21,
        "asked": asked(),
        "objectives": tuple(objectives),
        "evidence_hash": EVIDENCE_HASH,
        "key_timeline": key_events(),
        "responses": {f"{n:04}": response(n, code="DisabledException" if n == 7 else "") for n in range(1, 8)},
        "waits": (Wait(text("KMS refuses"), 12.5, 4, True), Wait("S3 serves", 60.0, 20, False)),
        "person": {
            "email": "a@example.org",
            "canvas_id": str(7000 + number),
            "sis_login_id": text(f"login{number}"),
            "section": "01",
        },
    }
    return AccountResult(**{**fields, **given})


def waived(reason: str = "The region has no such thing.") -> Waived:
    failed = check(5, "volume-zone", Verdict.FAIL)
    return Waived(failed, 5, reason, "2026-12-31")


def run(*accounts: AccountResult, **given: Any) -> RunResult:
    found = accounts or (account(),)
    fields: dict[str, Any] = {
        "id": "20261123-0badcafe",
        "started": time_after(0),
        "finished": time_after(500),
        "target": Target.LIVE,
        "mode": Mode.GRADE,
        "exit_code": exit_code(found, ()),
        "accounts": found,
    }
    return RunResult(**{**fields, **given})


def mixed(objective: int, check: str) -> str:
    """Return each kind of verdict: objective 2 fails, 3 has an error, 6 is blocked."""
    return {"sse-kms": "fail", "object-under-the-key": "fail", "signed-read": "error", "kms-refuses": "blocked"}.get(
        check, "pass"
    )
