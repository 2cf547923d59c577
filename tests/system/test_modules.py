"""Every module of the product can be imported by itself, and none is imported for its types only."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.support.import_each import PACKAGES, ROOT


def test_every_module_can_be_imported_by_itself():
    """With warnings as errors."""
    command = [sys.executable, "-m", "tests.support.import_each"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_no_module_of_ours_is_imported_for_its_types_only():
    """An import under `TYPE_CHECKING` hides a circle."""
    paths = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    assert {str(path.relative_to(ROOT)): found for path in paths if (found := list(imported_for_types(path)))} == {}


def imported_for_types(path: Path) -> Iterator[str]:
    """Yield the modules of ours that a file imports under `TYPE_CHECKING`."""
    for block in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.unparse(block.test):
            names = [node.module or "" for node in ast.walk(block) if isinstance(node, ast.ImportFrom)]
            yield from (name for name in names if name.partition(".")[0] in PACKAGES)
