"""Run every command of README and docs, in a copy of the checkout and an environment that has only requirements.txt.

    python .ci/documented_commands.py [DOCUMENT ...]

Run it with the environment's own Python: its `bin` comes first in the commands' PATH, and is `.venv` in the copy. The
fenced `sh` and `console` blocks of each document run in their order, in one copy for each document. A command that
serves (`python -m embedded`) goes on until the document ends. A command with `-m live` works in the first account of
the last server; where there is none yet, one is started whose class has done the lab and has its roster in `class.csv`.

An HTML comment before a block says what differs from exit code 0: `<!-- ci: exit 1 -->` (for all commands of the
block, or one code for each), or `<!-- ci: skip REASON -->`. Ends with the command's output and exit code 1 at the
first one that ends otherwise.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple, Self

ROOT = Path(__file__).parents[1]
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "docs/*.md")
BLOCK = re.compile(
    r"^(?:<!-- ci: (?P<expected>[^\n]*?) -->\n\n?)?[ ]*```(?:sh|console)\n(?P<body>.*?)^[ ]*```$",
    re.MULTILINE | re.DOTALL,
)
COMMENT = re.compile(r"\s+# .*$")
SERVES = re.compile(r"\bpython3? -m embedded\b")
LIVE = re.compile(r"-m live\b")
CLASS = "python -m embedded --students 4 --seed 3 --played --roster class.csv"
LONGEST_SECONDS = 120
OMITTED = shutil.ignore_patterns(".git", ".venv", "__pycache__", "out", "node_modules", ".*_cache", ".hypothesis")


class Command(NamedTuple):
    """A command of a document, the line it is in, and the exit code that is documented."""

    document: str
    line: int
    text: str
    exit_code: int


def commands(document: Path) -> Iterator[Command]:
    """Yield the commands of a document that run here. Raises `ValueError` for a comment that cannot be read."""
    name, text = os.path.relpath(document, ROOT), document.read_text(encoding="utf-8")
    for block in BLOCK.finditer(text):
        expected = block["expected"] or "exit 0"
        if expected.startswith("skip "):
            continue
        if not re.fullmatch(r"exit( \d)+", expected):
            raise ValueError(f"{name}: <!-- ci: {expected} --> is neither 'exit CODE ...' nor 'skip REASON'")
        first = text.count("\n", 0, block.start("body")) + 1
        lines = [
            (first + number, COMMENT.sub("", line).strip())
            for number, line in enumerate(block["body"].replace("\\\n", "  ").splitlines())
        ]
        found = [(number, line) for number, line in lines if line and not line.startswith("#")]
        codes = [int(code) for code in expected.split()[1:]]
        codes = codes * len(found) if len(codes) == 1 else codes
        if len(codes) != len(found):
            raise ValueError(f"{name}:{first}: {len(found)} commands, but {len(codes)} exit codes")
        for (number, line), code in zip(found, codes, strict=True):
            yield Command(name, number, line, code)


@contextlib.contextmanager
def copied(environment: Path) -> Iterator[Path]:
    """Copy the checkout; `.venv` of the copy is the environment."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "checkout"
        shutil.copytree(ROOT, copy, ignore=OMITTED)
        (copy / ".venv").symlink_to(environment)
        yield copy


def surroundings(environment: Path) -> dict[str, str]:
    """Return the environment variables of a command: no AWS, no pytest options, the environment's programs first."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTEST_", "PYTHON", "COV"))
    }
    return {**kept, "PATH": f"{environment / 'bin'}{os.pathsep}{kept.get('PATH', '')}"}


def served(process: subprocess.Popen[str]) -> tuple[str, dict[str, str]]:
    """Return what a practice server printed until it served, and what a shell exports to work in its first account."""
    printed = ""
    while process.poll() is None and process.stdout:
        line = process.stdout.readline()
        printed += line
        if line.startswith('{"endpoint"'):
            return printed, exported(json.loads(line))
    return printed, {}


def exported(line: Mapping[str, Any]) -> dict[str, str]:
    """Return the variables that the line of JSON of a practice server stands for."""
    account = line["accounts"][0]
    return {
        "AWS_ENDPOINT_URL": line["endpoint"],
        "AWS_DEFAULT_REGION": line["region"],
        "AWS_ACCESS_KEY_ID": account["access_key_id"],
        "AWS_SECRET_ACCESS_KEY": account["secret_access_key"],
        "AWS_SESSION_TOKEN": account["session_token"],
    }


class Shell:
    """A shell in a copy of the checkout. A context manager; leaving it ends the servers that were started in it."""

    def __init__(self, copy: Path, variables: Mapping[str, str]) -> None:
        self._copy, self._variables = copy, variables
        self._live: Mapping[str, str] = {}
        self._servers: list[subprocess.Popen[str]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        for server in self._servers:
            server.terminate()
            server.communicate(timeout=LONGEST_SECONDS)

    def run(self, text: str) -> tuple[int, str]:
        """Return the exit code of a command, 0 for a server that serves, and what the command printed."""
        if LIVE.search(text) and not self._live:
            self.run(CLASS)
        process = self._started(text, {**self._variables, **self._live} if LIVE.search(text) else self._variables)
        if SERVES.search(text):
            printed, live = served(process)
            if live:
                self._live = live
                self._servers.append(process)
                return 0, printed
        try:
            printed = process.communicate(timeout=LONGEST_SECONDS)[0]
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            printed = f"{process.communicate()[0]}\n(killed after {LONGEST_SECONDS} s)"
        return process.returncode, printed

    def _started(self, text: str, variables: Mapping[str, str]) -> subprocess.Popen[str]:
        simple = not re.search(r"[;&|]", text)
        return subprocess.Popen(
            ["bash", "-c", f"exec {text}" if simple else text],
            cwd=self._copy,
            env=dict(variables),
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def tried(document: Path, environment: Path) -> int:
    """How many commands of a document ended as it says. Raises `SystemExit` at the first one that did not."""
    found = list(commands(document))
    if not found:
        return 0
    with copied(environment) as copy, Shell(copy, surroundings(environment)) as shell:
        for command in found:
            began = time.monotonic()
            code, printed = shell.run(command.text)
            told = f"{command.document}:{command.line}: {time.monotonic() - began:.1f} s, exit {code}: {command.text}"
            if code != command.exit_code:
                raise SystemExit(f"{printed}\n{told}\nthe documented exit code is {command.exit_code}")
            print(told, flush=True)
    return len(found)


def main(patterns: Sequence[str]) -> int:
    documents = [path for pattern in patterns or DOCUMENTS for path in sorted(ROOT.glob(pattern))]
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # each document has its own copy and its own servers
        count = sum(pool.map(tried, documents, itertools.repeat(Path(sys.prefix))))
    print(f"{count} commands of {len(documents)} documents")
    return 0 if count else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
