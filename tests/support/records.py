"""Records of runs, made by hand: one account or a class, with every verdict there is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from grading.marks import TITLES
from grading.results import AccountResult, Check, KeyEvent, Objective, Run, Seen, Verdict, Wait, Waived, exit_code

HEAD = "5e" * 32
BEGAN = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)
IDS = {
    1: ("alias", "customer-managed", "symmetric", "enabled"),
    2: ("default-encryption", "sse-kms", "object-under-the-key"),
    3: ("public-link-while-blocked", "signed-read", "presigned-link"),
    4: ("create-key", "generate-data-key", "decrypt"),
    5: ("volume-encrypted", "volume-under-the-key"),
    6: ("kms-refuses", "s3-refuses", "kms-serves-again"),
}
LIFE = (
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


def moment(seconds: float) -> str:
    return (BEGAN + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def life(events: Sequence[tuple[float, str, str, str]] = LIFE) -> tuple[KeyEvent, ...]:
    return tuple(KeyEvent(moment(at), name, error, through) for at, name, error, through in events)


def answer(number: int, *, code: str = "", text: str = "") -> Seen:
    status = 400 if code else 200
    body = text or f'{{\n "KeyMetadata": {{\n  "KeyId": "key-{number}",\n  "KeyState": "Enabled"\n }}\n}}'
    said = "The key is disabled." if code else ""
    return Seen(f"{number:04}", "kms:DescribeKey", status, code, said, f"request-{number}", moment(number), body)


def account(
    number: int = 1,
    verdict: Callable[[int, str], str] = lambda objective, check: "pass",
    text: Callable[[str], str] = lambda ours: ours,
    **given: Any,
) -> AccountResult:
    """An account with a verdict for each check; `text` stands for what others wrote."""
    objectives = []
    for objective, (slug, title) in TITLES.items():
        checks = []
        for name in IDS[objective]:
            found = Verdict(verdict(objective, name))
            seen = f"seen {text('Disabled')!r}, wanted 'Enabled'" if found is Verdict.FAIL else text(f"{name} was seen")
            hint = "" if found is Verdict.PASS else f"Look at {text('alias/MyKMSKey')} again."
            node = f"checks/test_{objective}.py::test_{name.replace('-', '_')}"
            checks.append(
                Check(
                    name,
                    node,
                    f"What {name} asks for holds.",
                    found,
                    2,
                    seen,
                    hint,
                    ("0001", f"{objective + 1:04}"),
                    0.01,
                )
            )
        objectives.append(Objective(objective, slug, title, tuple(checks)))
    told: dict[str, Any] = {
        "student": text(f"student-{number:03}"),
        "account": f"{100_000_000_000 + number}",
        "region": "us-east-1",
        "api_calls": 21,
        "objectives": tuple(objectives),
        "head": HEAD,
        "life": life(),
        "answers": {f"{n:04}": answer(n, code="DisabledException" if n == 7 else "") for n in range(1, 8)},
        "waits": (Wait(text("KMS refuses"), 12.5, 4, True), Wait("S3 serves", 60.0, 20, False)),
        "person": {
            "email": "a@example.org",
            "canvas_id": str(7000 + number),
            "sis_login_id": text(f"login{number}"),
            "section": "01",
        },
    }
    return AccountResult(**{**told, **given})


def waived(reason: str = "The region has no such thing.") -> Waived:
    check = Check(
        "volume-zone", "node", "The volume is in the instance's zone.", Verdict.FAIL, 2, "seen 'b', wanted 'a'"
    )
    return Waived(check, 5, reason, "2026-12-31")


def run(*accounts: AccountResult, **given: Any) -> Run:
    found = accounts or (account(),)
    told: dict[str, Any] = {
        "id": "20261123-0badcafe",
        "started": moment(0),
        "finished": moment(500),
        "target": "live",
        "mode": "grade",
        "exit_code": exit_code(found, ()),
        "accounts": found,
    }
    return Run(**{**told, **given})


def mixed(objective: int, check: str) -> str:
    """A verdict of each kind: objective 2 fails, 3 could not be seen, 6 could not be tried."""
    return {"sse-kms": "fail", "object-under-the-key": "fail", "signed-read": "error", "kms-refuses": "blocked"}.get(
        check, "pass"
    )
