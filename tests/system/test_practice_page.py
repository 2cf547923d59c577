"""docs/practice.md: its commands, run in one shell with the AWS CLI and curl, print what the page says they print."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from embedded.aws import EmbeddedAWS, Settings
from embedded.core.credentials import Student
from tests.support.checks_run import ROOT
from tests.support.live_run import environment

PAGE = ROOT / "docs" / "practice.md"
AWSCLI = "awscli==1.46.3"
"""The AWS CLI that PyPI has. It pins a botocore of its own, hence an environment of its own."""
FENCES = re.compile(
    r"^```bash\n(?P<commands>.*?)^```\n(?:\n?```text\n(?P<answer>.*?)^```\n)?", re.MULTILINE | re.DOTALL
)
ANY, LONGEST_SECONDS = "…", 120


class Step(NamedTuple):
    """Commands of the page, the line they begin in, and what they print."""

    line: int
    commands: str
    answer: str


def steps(page: str) -> list[Step]:
    """The blocks of commands of a page, each with the answer behind it; no answer is none."""
    return [
        Step(page.count("\n", 0, found.start()) + 1, found["commands"], found["answer"] or "")
        for found in FENCES.finditer(page)
    ]


def fits(answer: str, printed: str) -> bool:
    """Whether a text was printed. `…` stands for anything in a line, and alone in a line for any lines."""
    lines = [re.escape(line).replace(ANY, ".*") for line in answer.split("\n")]
    pattern = "\n".join("(?:.*\n)*?.*" if line == ".*" else line for line in lines)
    return re.fullmatch(pattern, printed) is not None


class Shell:
    """A shell that keeps its variables from one block to the next."""

    def __init__(self, folder: Path, variables: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            ["/bin/bash", "--norc", "--noprofile"],
            cwd=folder,
            env=variables,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def run(self, commands: str) -> str:
        """What the commands print, on standard output and on standard error."""
        end = f"end of {uuid.uuid4()}"
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{commands}\necho '{end}'\n")
        self._process.stdin.flush()
        printed = ""
        for line in self._process.stdout:
            if end in line:
                return printed + line.partition(end)[0]
            printed += line
        raise AssertionError(f"the shell ended: {printed}")

    def close(self) -> None:
        self._process.terminate()
        self._process.communicate(timeout=LONGEST_SECONDS)


@contextmanager
def shell_of(aws: EmbeddedAWS, student: Student, program: Path, folder: Path) -> Iterator[Shell]:
    """A terminal into which the exports of a practice account were copied. Its folder has this project's pytest."""
    programs = folder / ".venv" / "bin"
    programs.mkdir(parents=True)
    (programs / "pytest").write_text(
        f'#!/bin/sh\ncd "{ROOT}" && exec "{sys.executable}" -m pytest --reports="{folder}/reports" "$@"\n'
    )
    (programs / "pytest").chmod(0o700)
    server = {"endpoint": aws.endpoint, "region": aws.settings.region}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYT"))}
    path = f"{program.parent}{os.pathsep}{kept.get('PATH', '')}"
    shell = Shell(folder, {**kept, **environment(server, student.as_json()), "HOME": str(folder), "PATH": path})
    try:
        yield shell
    finally:
        shell.close()


@pytest.fixture(scope="module")
def aws_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The AWS CLI in an environment of its own. What its commands do not import is not compiled."""
    place = tmp_path_factory.mktemp("awscli")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
    pip = [sys.executable, "-m", "pip", "--python", str(place / "bin" / "python")]
    install = [*pip, "install", "--quiet", "--no-compile", AWSCLI]
    installed = subprocess.run(install, capture_output=True, text=True, check=False, timeout=300)
    if installed.returncode:
        pytest.skip(f"{AWSCLI} cannot be installed here: {installed.stderr.strip().splitlines()[-1:]}")
    return place / "bin" / "aws"


@pytest.fixture
def shell(aws_program: Path, tmp_path: Path) -> Iterator[Shell]:
    """A terminal in a fresh practice account."""
    if not shutil.which("curl"):
        pytest.skip("curl is not installed: the page opens object URLs with it")
    with EmbeddedAWS(Settings()) as aws, shell_of(aws, aws.students[0], aws_program, tmp_path) as shell:
        yield shell


def test_the_page_shows_what_aws_answers(shell: Shell):
    """Each of its commands in turn, to the whole handout done and graded (LAB-11 to LAB-17)."""
    found = steps(PAGE.read_text(encoding="utf-8"))
    assert len(found) > 20
    for step in found:
        printed = shell.run(step.commands)
        assert fits(step.answer, printed), f"docs/practice.md:{step.line} printed\n{printed}\nand not\n{step.answer}"


@pytest.mark.parametrize(
    ("answer", "printed", "expected"),
    [
        ("", "", True),
        ("", "a\n", False),
        ("a …\n", "a b c\n", True),
        ("a …\n", "b\n", False),
        ("a\n…\nd\n", "a\nb\nc\nd\n", True),
        ("a\n…\nd\n", "a\nb\n", False),
        ("(a)\n", "a\n", False),
    ],
)
def test_an_answer_that_differs_is_noticed(answer: str, printed: str, expected: bool):
    """Only what `…` stands for may differ."""
    assert fits(answer, printed) is expected
