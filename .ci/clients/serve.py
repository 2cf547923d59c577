"""Run a command in front of a practice account, as somebody does who copied its exports into a shell.

    python .ci/clients/serve.py [--tls] -- COMMAND ...

The environment also has ACCOUNT and BUCKET. Ends with the command's exit code.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
EXPORT = re.compile(r"^export (\w+)=(.+)$", re.MULTILINE)
BUCKET = re.compile(r"bucket (\S+)")


def main(arguments: list[str]) -> int:
    """Serve with what stands before `--`, and run what stands behind it."""
    split = arguments.index("--")
    server = [sys.executable, "-m", "embedded", *arguments[:split]]
    with tempfile.TemporaryFile("w+") as people:
        process = subprocess.Popen(server, cwd=ROOT, stdout=subprocess.PIPE, stderr=people, text=True)
        try:
            assert process.stdout
            line = json.loads(process.stdout.readline())
            while "export" not in (said := _read(people)):
                pass
            kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
            bucket = BUCKET.search(said)
            more = {"ACCOUNT": line["accounts"][0]["account"], "BUCKET": bucket[1] if bucket else ""}
            return subprocess.run(
                arguments[split + 1 :], env={**kept, **dict(EXPORT.findall(said)), **more}, check=False
            ).returncode
        finally:
            process.terminate()
            process.wait(timeout=30)


def _read(file: object) -> str:
    file.seek(0)  # type: ignore[attr-defined]  # a temporary file has no class of its own
    return file.read()  # type: ignore[attr-defined]  # the same


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
