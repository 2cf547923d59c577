"""Run the checks in this process, and keep what the run printed and wrote."""

from __future__ import annotations

import contextlib
import dataclasses
import gc
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from embedded.core.behaviours import Behaviour

ROOT = Path(__file__).parents[2]
Behaviours = Sequence[Behaviour]


@dataclasses.dataclass(frozen=True)
class ChecksRun:
    """A finished run: its exit code, its output, and its `results.json` (empty if none was written)."""

    exit_code: int
    printed: str
    results: dict[str, Any]

    @property
    def checks(self) -> dict[str, str]:
        """Return the verdicts by check id."""
        return {
            check["id"]: check["verdict"]
            for account in self.results.get("accounts", [])
            for objective in account["objectives"]
            for check in objective["checks"]
        }

    @property
    def objectives(self) -> dict[int, str]:
        """Return the verdicts by objective."""
        accounts = self.results.get("accounts", [])
        return {objective["id"]: objective["verdict"] for each in accounts for objective in each["objectives"]}

    @property
    def not_passed(self) -> dict[str, str]:
        return {name: verdict for name, verdict in self.checks.items() if verdict != "pass"}


class _BehavioursPlugin:
    def __init__(self, change: Callable[[Behaviours], Behaviours]) -> None:
        self._change = change

    def pytest_lab_behaviours(self, behaviours: Behaviours) -> Behaviours:
        return self._change(behaviours)


def run_checks(
    reports: Path,
    *arguments: str,
    broken: Callable[[Behaviours], Behaviours] | None = None,
    plugins: Sequence[object] = (),
) -> ChecksRun:
    """Run the checks with these arguments; `broken` changes the behaviours of the embedded AWS."""
    plugins = [*plugins, *([_BehavioursPlugin(broken)] if broken else [])]
    options = [f"--rootdir={ROOT}", f"-c{ROOT / 'pytest.ini'}", f"--reports={reports}"]
    code, printed = pytest_main(*options, *(arguments or ("checks",)), plugins=plugins)
    path = reports / "results.json"
    results = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return ChecksRun(code, printed, results)


def pytest_main(*arguments: str, plugins: Sequence[object] = ()) -> tuple[int, str]:
    """Call pytest in this process; return its exit code and what it printed."""
    printed = io.StringIO()
    command = ["-p", "no:hypothesispytest", "-p", "no:randomly", "-p", "kms_lab", *arguments]
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        code = pytest.main(command, plugins=plugins)
    gc.unfreeze()
    return int(code), printed.getvalue()
