"""What works without the parts of Unix: everything is imported, an account is graded, and judged again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.support.checks_run import ROOT
from tests.support.live_run import environment, practice


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.support.as_windows", "-q", *arguments, "checks"],
        cwd=ROOT,
        env={**os.environ, **variables},
        text=True,
        capture_output=True,
        check=False,
    )


def verdicts(folder: Path) -> object:
    return json.loads((folder / "results.json").read_text(encoding="utf-8"))["accounts"]


def test_the_main_job_runs_and_is_judged_again(tmp_path):
    """In the embedded AWS; a replay has the same verdicts."""
    done = run(f"--reports={tmp_path / 'first'}")
    assert done.returncode == 0, done.stdout + done.stderr
    done = run(f"--replay={tmp_path / 'first' / 'evidence'}", f"--reports={tmp_path / 'again'}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert verdicts(tmp_path / "again") == verdicts(tmp_path / "first")


def test_a_lab_in_a_real_account_is_refused_in_one_line(tmp_path):
    """Nothing is created: a sweep could not see that the run is alive. Grading works."""
    with practice(1) as server:
        variables = environment(server, server["accounts"][0])
        done = run("-mlive", f"--reports={tmp_path}", **variables)
        graded = run("-mlive", "--grade", f"--reports={tmp_path}", **variables)
    assert done.returncode == 6, done.stdout + done.stderr
    assert "from Linux and macOS only" in done.stdout
    assert "Traceback" not in done.stdout
    assert not list(tmp_path.glob("ledger/*"))
    assert graded.returncode == 1, graded.stdout + graded.stderr
