"""A whole run of the checks in this process, and what it said."""

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
class Judged:
    """What a run left: its exit code, what it printed, and its `results.json` (empty where none was written)."""

    exit_code: int
    printed: str
    results: dict[str, Any]

    @property
    def checks(self) -> dict[str, str]:
        """Verdict by the check's id."""
        return {
            check["id"]: check["verdict"]
            for account in self.results.get("accounts", [])
            for objective in account["objectives"]
            for check in objective["checks"]
        }

    @property
    def objectives(self) -> dict[int, str]:
        """Verdict by the objective's number."""
        accounts = self.results.get("accounts", [])
        return {objective["id"]: objective["verdict"] for each in accounts for objective in each["objectives"]}

    @property
    def not_passed(self) -> dict[str, str]:
        return {name: verdict for name, verdict in self.checks.items() if verdict != "pass"}


class _Breaking:
    def __init__(self, broken: Callable[[Behaviours], Behaviours]) -> None:
        self._broken = broken

    def pytest_lab_behaviours(self, behaviours: Behaviours) -> Behaviours:
        return self._broken(behaviours)


def judged(reports: Path, *arguments: str, broken: Callable[[Behaviours], Behaviours] | None = None) -> Judged:
    """Run the checks with these arguments, on the right AWS or on one that is broken."""
    plugins = [_Breaking(broken)] if broken else []
    printed = io.StringIO()
    command = ["-p", "no:hypothesispytest", "-p", "no:randomly", f"--rootdir={ROOT}", f"-c{ROOT / 'pytest.ini'}"]
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        code = pytest.main([*command, f"--reports={reports}", *(arguments or ("checks",))], plugins=plugins)
    gc.unfreeze()
    path = reports / "results.json"
    results = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return Judged(int(code), printed.getvalue(), results)
