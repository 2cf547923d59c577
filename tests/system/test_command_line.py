"""pytest's own options keep their meaning, and contradicting options are refused in one line."""

from __future__ import annotations

import dataclasses
import json
import os
import re
from xml.etree import ElementTree

import pytest

import kms_lab
from fixtures.resources.names import Names
from tests.support.checks_run import ROOT, pytest_main, run_checks


def test_collect_only_calls_nothing(tmp_path):
    """The checks are listed; nothing is created or written."""
    run = run_checks(tmp_path, "checks", "--collect-only", "-q")
    assert run.exit_code == 0
    assert re.search(r"^\d+/\d+ tests collected \(\d+ deselected\)", run.printed, re.MULTILINE)
    assert list(tmp_path.iterdir()) == []


def test_k_selects(tmp_path):
    """Only what was selected is created and judged, and the exit code is about that."""
    run = run_checks(tmp_path, "checks", "-k", "test_symmetric", "-q")
    assert run.exit_code == 0
    assert [check for check, verdict in run.checks.items() if verdict != "error"] == ["symmetric"]
    answers = next(tmp_path.glob("evidence/*/answers.jsonl")).read_text()
    assert "CreateBucket" not in answers


def test_k_that_selects_nothing_writes_no_results(tmp_path):
    """The exit code is pytest's: 5."""
    run = run_checks(tmp_path, "checks", "-k", "no_such_check", "-q")
    assert run.exit_code == 5
    assert run.results == {}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-m", "live or not live"], "does not say whether real AWS is meant"),
        (["--lab-alias="], "--lab-alias is empty"),
        (["-n", "2"], "-n: the lab runs in one process; leave -n out"),
        (["--tx", "popen", "--dist", "load"], "-n: the lab runs in one process; leave -n out"),
    ],
)
def test_contradicting_options_are_refused(arguments, message, tmp_path):
    """Before any call to AWS, with pytest's exit code for usage errors."""
    run = run_checks(tmp_path, "checks", *arguments)
    assert run.exit_code == 4
    assert message in run.printed
    assert "Traceback" not in run.printed


@pytest.mark.parametrize("option", ["--reports", "--rubric", "--replay"])
def test_an_empty_path_is_refused(option, tmp_path, monkeypatch):
    """It would be the folder that the command was called from."""
    monkeypatch.chdir(tmp_path)
    code, printed = pytest_main(f"-c{ROOT / 'pytest.ini'}", f"{option}=")
    assert (code, f"{option} is empty; give a" in printed) == (4, True)
    assert list(tmp_path.iterdir()) == []


def test_a_path_is_relative_to_where_the_command_was_called(tmp_path, monkeypatch):
    """And `~` is the home folder, also where no shell replaces it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for given, path in (("here", "here"), ("~/there", "home/there")):
        code, printed = pytest_main(f"-c{ROOT / 'pytest.ini'}", f"--reports={given}", "-k", "test_symmetric")
        assert code == 0, printed
        assert (tmp_path / path / "results.json").is_file()


def test_another_ini_file_is_refused(tmp_path):
    """The lab has its own."""
    ini = tmp_path / "pytest.ini"
    ini.write_text("[pytest]\n", encoding="utf-8")
    code, printed = pytest_main(f"-c{ini}", "--grade")
    assert code == 4
    assert f"-c {ini}: the lab runs with its own pytest.ini; leave -c out" in printed


def test_a_program_is_told_which_ini_file_to_give(tmp_path, monkeypatch):
    """pytest cannot be started again in the middle of a program."""
    monkeypatch.chdir(tmp_path)
    code, printed = pytest_main("--grade")
    assert code == 4
    assert f"give pytest.main also '-c', '{ROOT / 'pytest.ini'}'" in printed


def test_the_plugin_knows_the_names_of_the_lab():
    """`kms_lab` imports nothing of ours, and repeats the defaults."""
    assert dataclasses.asdict(Names()) == kms_lab.NAMES


def test_not_live_selects_no_check(tmp_path):
    """Every check may be live."""
    assert run_checks(tmp_path, "checks", "-m", "not live").exit_code == 5


def test_the_environment_does_not_affect_the_default_run(tmp_path, monkeypatch):
    """Whatever variables and proxies there are, the run uses the embedded AWS, and leaves them as they were."""
    variables = {
        "AWS_PROFILE": "no-such-profile",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ACCESS_KEY_ID": "AKIASOMEBODYELSES",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "MOTO_ACCOUNT_ID": "1",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    run = run_checks(tmp_path, "checks", "-k", "test_symmetric", "-q")
    assert run.exit_code == 0
    assert {name: os.environ[name] for name in variables} == variables


def test_reports_go_where_they_are_wanted(tmp_path):
    """`--reports`, and pytest's own `--html` and `--junitxml`, are followed."""
    page, xml = tmp_path / "page.html", tmp_path / "results.xml"
    run_checks(tmp_path / "there", "checks", "-k", "test_alias", f"--html={page}", f"--junitxml={xml}")
    assert page.exists()
    assert ElementTree.parse(xml).getroot().find("testsuite") is not None
    assert {path.name for path in (tmp_path / "there").iterdir()} >= {"results.json", "evidence"}
    assert not (tmp_path / "there" / "pytest-html.html").exists()


def test_names_can_be_set(tmp_path):
    """The lab's names are defaults; resources get the given ones."""
    run = run_checks(tmp_path, "checks", "-k", "test_alias", "--lab-alias=alias/Another")
    assert run.checks["alias"] == "pass"
    (answers,) = tmp_path.glob("evidence/*/answers.jsonl")
    assert "alias/Another-" in answers.read_text()


def test_results_have_the_contracts_form(tmp_path):
    """`results.json` has the fields that scripts rely on."""
    run = run_checks(tmp_path).results
    assert run["schema"] == "kms-lab-results/2"
    assert run["run"].keys() == {
        "id", "asked", "judged", "started", "finished", "target", "endpoint", "mode", "suite", "command", "rubric",
        "exit_code",
    }  # fmt: skip
    assert run["run"]["started"] <= run["run"]["asked"]["first"] <= run["run"]["asked"]["last"] <= run["run"]["judged"]
    assert run["run"]["endpoint"] is None
    assert re.fullmatch(r"\d+\.\d+\.\d+", run["run"]["suite"]["version"])
    assert re.fullmatch(r"[0-9a-f]{40}", run["run"]["suite"]["commit"] or "0" * 40)
    assert run["run"]["command"][0] == "pytest"
    assert run["run"]["command"][-1] == "checks"
    assert run["run"]["rubric"]["file"] is None
    assert re.fullmatch(r"[0-9a-f]{64}", run["run"]["rubric"]["sha256"])
    assert (run["run"]["target"], run["run"]["mode"], run["run"]["exit_code"]) == ("embedded", "provision", 0)
    (account,) = run["accounts"]
    assert account.keys() == {
        "student",
        "account",
        "region",
        "caller",
        "verdict",
        "score",
        "next",
        "api_calls",
        "evidence_head",
        "objectives",
    }
    assert account["student"] is None
    assert account["caller"].startswith(f"arn:aws:sts::{account['account']}:assumed-role/voclabs/")
    assert [(each["id"], each["slug"]) for each in account["objectives"]] == [
        (1, "customer-managed-key"),
        (2, "encrypted-object"),
        (3, "public-and-signed-access"),
        (4, "key-usage-history"),
        (5, "encrypted-root-volume"),
        (6, "disable-and-re-enable"),
    ]
    checks = [check for objective in account["objectives"] for check in objective["checks"]]
    assert len(checks) >= 40
    assert len({check["id"] for check in checks}) == len(checks)
    for check in checks:
        assert check.keys() - {"hint"} == {
            "id",
            "nodeid",
            "title",
            "verdict",
            "reason",
            "needs_objective",
            "again_after",
            "earned",
            "possible",
            "message",
            "seen",
            "wanted",
            "evidence",
        }
    answers = next(tmp_path.glob("evidence/*/answers.jsonl")).read_text().splitlines()
    kept = {json.loads(line)["id"] for line in answers}
    assert all(check["evidence"] and kept.issuperset(check["evidence"]) for check in checks)
