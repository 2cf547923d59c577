"""The options that README and docs name exist, and every option of ours is documented."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OPTION = re.compile(r"(?<![\w-])--[a-z][\w-]+")
CODE = re.compile(r"`[^`\n]+`|^```.*?^```", re.MULTILINE | re.DOTALL)
OTHER_PROGRAMS = re.compile(r"^```(?:bash|text)\n.*?^```", re.MULTILINE | re.DOTALL)
"""The blocks of docs/practice.md: the AWS CLI and curl have options of their own."""
GROUP = re.compile(r"\n\n(?=\S)")
KNOWN = {"--check", "--junitxml", "--region", "--array", "--dependency", "--output", "--parsable", "--query", "--wrap"}
"""Options of ruff, the AWS CLI and Slurm; another name of pytest's --junit-xml; one that docs/contract.md announces."""
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def help_of(*command: str) -> str:
    run = subprocess.run(
        [sys.executable, "-m", *command, "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return run.stdout


@pytest.fixture(scope="module")
def pytest_help() -> str:
    return help_of("pytest")


@pytest.fixture(scope="module")
def embedded_help() -> str:
    return help_of("embedded")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_documented_options_exist(document, pytest_help, embedded_help):
    """In the code of a document: fenced blocks and words in backticks."""
    text = OTHER_PROGRAMS.sub("", document.read_text(encoding="utf-8"))
    named = {option for code in CODE.findall(text) for option in OPTION.findall(code)}
    assert named - set(OPTION.findall(pytest_help + embedded_help)) - KNOWN == set()


def test_options_are_documented(pytest_help, embedded_help):
    """Each option of the lab and of the practice account is in docs/contract.md."""
    (ours,) = [group for group in GROUP.split(pytest_help) if "--roster" in group]
    options = set(OPTION.findall(ours + embedded_help)) - {"--help"}
    assert options - set(OPTION.findall((ROOT / "docs" / "contract.md").read_text(encoding="utf-8"))) == set()
