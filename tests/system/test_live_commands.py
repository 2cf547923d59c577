"""The plan of a live run, signals, and commands."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.checks_run import ROOT, run_checks
from tests.support.live_run import environment, practice, snapshot


@pytest.fixture(scope="module")
def server():
    with practice(5) as server:
        yield server


def start(server, number: int, *arguments: str, terminal: int = subprocess.PIPE) -> subprocess.Popen[str]:
    exported = {**os.environ, **environment(server, server["accounts"][number])}
    plugin = ("-p", "tests.support.quick_waits")
    command = [sys.executable, "-m", "pytest", *plugin, "-m", "live", "-q", *arguments]
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=exported,
        text=True,
        stdout=terminal,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def run(server, number: int, *arguments: str) -> tuple[int, str]:
    with start(server, number, *arguments) as process:
        printed, _ = process.communicate(timeout=120)
    return process.returncode, printed


def test_the_plan_creates_nothing(server):
    """It names the caller, the place, the resources and the cost, and ends with 0."""
    before = snapshot(server, server["accounts"][0])
    code, printed = run(server, 0, "--plan")
    assert code == 0, printed
    for word in (
        "assumed-role/voclabs",
        server["accounts"][0]["account"],
        "us-east-1",
        "t3.nano",
        "US$",
        "kms-lab-run",
    ):
        assert word in printed
    assert snapshot(server, server["accounts"][0]) == before


def test_another_account_is_refused(server, tmp_path):
    """By a run and by the plan, before anything is created, with pytest's exit code for usage errors."""
    for arguments in (["--plan"], [f"--reports={tmp_path}"]):
        code, printed = run(server, 0, "--account=111122223333", *arguments)
        assert code == 4, printed
        assert "--account 111122223333: the credentials belong to" in printed
    assert not (tmp_path / "results.json").exists()


@pytest.mark.parametrize(("sent", "number"), [(signal.SIGINT, 1), (signal.SIGTERM, 2)])
def test_a_signal_tears_down(server, sent, number, tmp_path):
    """In the middle of a run, everything that was created is deleted."""
    before = snapshot(server, server["accounts"][number])
    with start(server, number, f"--reports={tmp_path}") as process:
        _wait_for_a_resource(tmp_path)
        process.send_signal(sent)
        printed, _ = process.communicate(timeout=120)
    assert process.returncode == 2, printed
    assert f"{sent.name}: deleting what this run created" in printed
    assert snapshot(server, server["accounts"][number]) == before
    assert list((tmp_path / "ledger").iterdir()) == []


def test_a_closed_terminal_tears_down(server, tmp_path):
    """The end of a session sends two signals and closes the terminal; everything is deleted all the same."""
    before = snapshot(server, server["accounts"][4])
    ours, theirs = os.openpty()
    with start(server, 4, f"--reports={tmp_path}", terminal=theirs) as process:
        os.close(theirs)
        _wait_for_a_resource(tmp_path)
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGTERM)
        os.close(ours)
        assert process.wait(timeout=120) == 2
    assert snapshot(server, server["accounts"][4]) == before
    assert list((tmp_path / "ledger").iterdir()) == []


def test_a_second_signal_prints_what_is_left(server, tmp_path):
    """With the commands that delete it; a sweep then deletes it."""
    before = snapshot(server, server["accounts"][3])
    with start(server, 3, f"--reports={tmp_path}") as process:
        # The deletion of the first one may be under way when the second signal comes.
        _wait_for_a_resource(tmp_path, count=3)
        process.send_signal(signal.SIGTERM)
        assert process.stdout is not None
        os.set_blocking(process.stdout.fileno(), True)
        while "deleting what this run created" not in process.stdout.readline():
            pass
        process.send_signal(signal.SIGTERM)
        printed = process.stdout.read()
    assert process.returncode == 2, printed
    assert "SIGTERM again: stopping at once." in printed
    assert "aws ec2 terminate-instances --instance-ids" in printed
    assert snapshot(server, server["accounts"][3]) != before
    code, printed = run(server, 3, "--sweep", f"--reports={tmp_path}")
    assert code == 0, printed
    assert snapshot(server, server["accounts"][3]) == before


def _wait_for_a_resource(reports: Path, count: int = 1) -> None:
    """Return when the ledger contains an id that AWS returned, or so many."""
    for _ in range(600):
        ledgers = list(reports.glob("ledger/*.jsonl"))
        if ledgers and ledgers[0].read_text().count('"made"') >= count:
            return
        time.sleep(0.02)  # polls the other process
    raise AssertionError("the run created nothing")


def test_a_sweep_that_is_interrupted_says_so(tmp_path):
    """In one line, without a traceback."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = {"endpoint": f"http://127.0.0.1:{silent.getsockname()[1]}", "region": "us-east-1"}
        keys = {"access_key_id": "a", "secret_access_key": "b", "session_token": "c"}
        with start({**server, "accounts": [keys]}, 0, "--sweep", f"--reports={tmp_path}") as process:
            silent.accept()
            process.send_signal(signal.SIGINT)
            printed, _ = process.communicate(timeout=30)
    assert (process.returncode, printed) == (2, "interrupted; the next sweep finds what still exists\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--sweep"], "--sweep needs a real account; run pytest -m live --sweep"),
        (["--plan"], "--plan needs a real account; run pytest -m live --plan"),
        (["-m", "live", "--dry-run"], "--dry-run requires --sweep"),
        (["-m", "live", "--sweep", "--older-than=soon"], "--older-than: 'soon' is no age"),
        (["-m", "live", "--sweep", "--plan"], "--sweep and --plan exclude each other"),
        (["-m", "live", "--sweep", "--older-than="], "--older-than: '' is no age"),
        (["-m", "live", "--plan", "--account="], "--account: '' is no account number"),
        (["-m", "live", "--account=12345"], "--account: '12345' is no account number"),
        (["-m", "live", "--sweep", "--grade"], "and --grade creates none"),
        (["-m", "live", "--sweep", "--roster=class.csv"], "and --roster creates none"),
    ],
)
def test_contradicting_options_are_refused(arguments, message, tmp_path, monkeypatch):
    """In one line, with exit code 4 and without any call."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "none")
    refused = run_checks(tmp_path, *arguments, "checks")
    assert refused.exit_code == 4
    assert message in refused.printed
