"""Try other releases of moto: the start of the emulator, and the main job.

    python -m bench.moto_versions [VERSION ...]

Each release gets a virtual environment of its own, with the other packages of requirements.txt, in a temporary folder.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
VERSIONS = ("5.2.5", "5.2.4", "5.2.3", "5.2.2", "5.2.1", "5.2.0", "5.1.22")
START = "from embedded.aws import EmbeddedAWS\nwith EmbeddedAWS(): pass"


def try_version(version: str, folder: Path) -> tuple[str, str]:
    """Return the result of the start, and the last line of the main job."""
    requirements = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    (folder / "requirements.txt").write_text(
        re.sub(r"^moto==\S+", f"moto=={version}", requirements, flags=re.MULTILINE), encoding="utf-8"
    )
    python = str(folder / "venv" / "bin" / "python")
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    install = [python, "-m", "pip", "install", "--quiet", "-r", str(folder / "requirements.txt")]
    installed = subprocess.run(install, capture_output=True, text=True, check=False)
    if installed.returncode:
        return "cannot be installed: " + _last(installed.stderr), "-"
    start = subprocess.run([python, "-c", START], cwd=ROOT, capture_output=True, text=True, check=False)
    if start.returncode:
        return _last(start.stderr), "-"
    job = [python, "-m", "pytest", "-q", f"--reports={folder / 'reports'}"]
    run = subprocess.run(job, cwd=ROOT, capture_output=True, text=True, check=False)
    counted = re.findall(r"^.*\d+ (?:passed|failed|skipped|error).*$", run.stdout, flags=re.MULTILINE)
    return "starts", f"exit {run.returncode}: {counted[-1].strip('= ') if counted else _last(run.stdout)}"


def _last(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "no output"


def main(versions: tuple[str, ...]) -> None:
    print("| moto | start | main job |\n|---|---|---|", flush=True)
    for version in versions:
        with tempfile.TemporaryDirectory() as folder:
            start, job = try_version(version, Path(folder))
        print(f"| {version} | {start} | {job} |", flush=True)


if __name__ == "__main__":
    main(tuple(sys.argv[1:]) or VERSIONS)
