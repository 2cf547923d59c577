"""Where a result comes from: who asked which AWS, when, with what, and how it can be verified."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Iterable, Iterator, Mapping

from grading.results import AccountResult, Mode, RunResult, Target, Verdict
from reports.controls import CONTROLS

RIGHTS = {
    Mode.PROVISION: "The run created its own resources in the account and removed them.",
    Mode.GRADE: "The run only read: requests that could change something are refused before they are sent.",
    Mode.REPLAY: "None: recorded answers were judged again.",
}


@dataclasses.dataclass(frozen=True)
class Provenance:
    """Facts with their labels; `head`, `verify` (a command) and `controls` are empty where there is no evidence. The
    evidence of a replay is not in the folder of its reports.
    """

    lines: tuple[tuple[str, str], ...]
    head: str = ""
    verify: str = ""
    controls: Mapping[str, Iterable[str]] = dataclasses.field(default_factory=dict)


def of_account(run: RunResult, account: AccountResult) -> Provenance:
    """Return the provenance of one account's result."""
    own = dataclasses.replace(run, accounts=(account,))
    return Provenance(
        tuple((label, value) for label, value in _lines(own, account) if value),
        account.evidence_hash,
        _verify(run, f"evidence/{account.account}") if account.evidence_hash else "",
        _controls(account),
    )


def of_run(run: RunResult) -> Provenance:
    """Return the provenance of a class; each student's page has the head of that account's evidence."""
    is_recorded = any(account.evidence_hash for account in run.accounts)
    return Provenance(
        tuple((label, value) for label, value in _lines(run, None) if value),
        verify=_verify(run, "evidence") if is_recorded else "",
    )


def _verify(run: RunResult, evidence: str) -> str:
    """Return the command that judges recorded answers again."""
    if run.mode is Mode.REPLAY:
        return shlex.join(run.origin.command)
    return f"pytest --replay={evidence}"


def where(run: RunResult) -> str:
    """Return which AWS was asked; `real AWS` only where no other endpoint was set."""
    if run.target is Target.EMBEDDED:
        return "the embedded AWS, in the process of the run"
    return f"{run.endpoint}, not AWS's own address" if run.endpoint else "real AWS"


def asked(run: RunResult) -> str:
    """Return when AWS was asked: a time, or the first and the last one."""
    first, last = run.asked
    return first if first == last else f"{first} to {last}"


def _lines(run: RunResult, account: AccountResult | None) -> Iterator[tuple[str, str]]:
    origin = run.origin
    if account:
        yield "Asked by", account.caller
        yield "Account", " ".join(filter(None, (account.account, account.region)))
    yield "AWS asked", asked(run)
    yield "Judged", run.finished
    yield "Where", where(run)
    yield "Rights", RIGHTS[run.mode]
    yield "Suite", " ".join(filter(None, ("kms-lab", origin.version, origin.commit and f"commit {origin.commit}")))
    yield "Command", shlex.join(origin.command)
    if origin.rubric_sha256:
        yield "Rubric", f"{origin.rubric_file or 'the points of the checks'}, SHA-256 {origin.rubric_sha256}"
    yield "AWS calls", str(sum(each.api_calls for each in run.accounts))
    yield "Run", run.id


def _controls(account: AccountResult) -> Mapping[str, Iterable[str]]:
    """Return the controls for which the passed checks are evidence, by framework."""
    found: dict[str, dict[str, None]] = {}
    for check in account.checks:
        if check.verdict is Verdict.PASS:
            for framework, ids in CONTROLS.of(check.id):
                found.setdefault(str(framework), {}).update(dict.fromkeys(ids))
    return {framework: sorted(ids) for framework, ids in found.items()}
