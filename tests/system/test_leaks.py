"""Nothing that a run writes contains a secret of that run, however loud its options are."""

from __future__ import annotations

import base64
import os
import re
import sys
from pathlib import Path

import botocore.auth
import botocore.parsers
import pytest

from tests.support.checks_run import ChecksRun, run_checks

LOUD = (
    "-vv", "-rA", "--showlocals", "--full-trace", "--setup-show", "--log-level=DEBUG", "--log-file-level=DEBUG",
    "-olog_cli=true", "-olog_cli_level=DEBUG", "-ojunit_logging=all", "-ojunit_log_passing_tests=true",
)  # fmt: skip
BUILD = {
    "JENKINS_URL": "https://ci.example/",
    "BUILD_URL": "https://robot:hunter2hunter2@ci.example/job/7/?token=t0ken-0f-the-build",
    "DEPLOY_TOKEN": "another-secret-of-the-build",
    "CI": "true",
}


@pytest.fixture
def secrets(monkeypatch):
    """The secrets of the runs in this test: keys and tokens that sign, every signature, and plaintexts of KMS."""
    seen: dict[str, set[str]] = {"credentials": set(), "signatures": set(), "plaintexts": set()}
    sign, parse = botocore.auth.SigV4Auth.signature, botocore.parsers.ResponseParser.parse

    def signature(self, string_to_sign, request):
        made = sign(self, string_to_sign, request)
        seen["credentials"] |= {self.credentials.secret_key, self.credentials.token}
        seen["signatures"].add(made)
        return made

    def parsed(self, response, shape):
        answer = parse(self, response, shape)
        if isinstance(answer.get("Plaintext"), bytes):
            seen["plaintexts"].add(base64.b64encode(answer["Plaintext"]).decode())
        return answer

    monkeypatch.setattr(botocore.auth.SigV4Auth, "signature", signature)
    monkeypatch.setattr(botocore.parsers.ResponseParser, "parse", parsed)
    for name, value in BUILD.items():
        monkeypatch.setenv(name, value)
    return seen


def loud_run(folder: Path, *arguments: str) -> ChecksRun:
    loud = (*LOUD, f"--log-file={folder}/log.txt", f"--debug={folder}/debug.txt")
    run = run_checks(folder / "out", *loud, *arguments, "checks")
    (folder / "terminal.txt").write_text(run.printed, encoding="utf-8")
    return run


def leaks(folder: Path, secrets: set[str]) -> dict[str, list[str]]:
    """Return the files that contain one of these, with what they contain."""
    texts = {path: path.read_text(encoding="utf-8", errors="replace") for path in folder.rglob("*") if path.is_file()}
    found = {str(path): [each for each in secrets if each in text] for path, text in texts.items()}
    return {path: each for path, each in found.items() if each}


@pytest.mark.parametrize("mode", [(), ("--grade",)], ids=["provision", "grade"])
def test_no_file_contains_a_secret(mode, secrets, tmp_path):
    """No key, token, signature, link or plaintext; nothing of the build service's variables."""
    run = loud_run(tmp_path, *mode)
    assert run.exit_code == 0, run.printed
    files = {path.name for path in tmp_path.rglob("*")}
    assert files >= {"report.html", "junit.xml", "results.json", "answers.jsonl", "log.txt", "debug.txt"}
    assert len(secrets["signatures"]) > 20
    assert len(secrets["credentials"]) >= 2
    assert secrets["plaintexts"] or mode
    of_the_build = {"hunter2hunter2", "t0ken-0f-the-build", "another-secret-of-the-build"}
    assert leaks(tmp_path, set().union(*secrets.values(), of_the_build)) == {}


class TellsSecrets:
    """A plugin that tells what it must not: in a log record, on standard output, in a warning and in an error."""

    def __init__(self, secrets: dict[str, set[str]]) -> None:
        self._secrets = secrets

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> None:
        import logging
        import warnings

        told = " ".join(self._secrets["credentials"])
        logging.getLogger("another").debug("uses %s", told)
        warnings.warn(f"saw {told}", stacklevel=1)
        sys.stdout.write(told)
        raise RuntimeError(told)


def test_what_others_tell_is_redacted(secrets, tmp_path):
    """Log records, output, warnings and errors of other plugins."""
    loud = (*LOUD, f"--log-file={tmp_path}/log.txt", f"--debug={tmp_path}/debug.txt")
    run = run_checks(tmp_path / "out", *loud, "-ktest_symmetric", "checks", plugins=[TellsSecrets(secrets)])
    (tmp_path / "terminal.txt").write_text(run.printed, encoding="utf-8")
    assert "uses (redacted)" in (tmp_path / "log.txt").read_text()
    assert "1 error" in run.printed
    assert len(secrets["credentials"]) >= 2
    assert leaks(tmp_path, secrets["credentials"]) == {}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes of files")
def test_files_are_their_owners_only(tmp_path):
    """Evidence, marks and pages, whatever the umask is."""
    before = os.umask(0)
    try:
        run_checks(tmp_path, "checks", "--grade", "--format=csv", "--format=gradescope")
    finally:
        os.umask(before)
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.rglob("*") if path.is_file()}
    assert len(modes) >= 6
    assert set(modes.values()) == {0o600}, modes


def test_loggers_are_left_as_they_were(tmp_path):
    """After the run, in a process that goes on."""
    import logging

    before = logging.getLogRecordFactory(), logging.getLogger("botocore").level
    run_checks(tmp_path, "checks", "-ktest_symmetric")
    assert (logging.getLogRecordFactory(), logging.getLogger("botocore").level) == before
    assert not re.search("redact", str(before))
