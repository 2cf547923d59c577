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


@pytest.fixture
def places(tmp_path):
    """A folder with what no report or log can replace."""
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    return tmp_path


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("--debug={}/folder", "Is a directory; name another file"),
        ("--debug={}/pipe", "it is a named pipe that nobody reads; name another file"),
        ("--debug={}/no/file", "No such file or directory; name another file"),
        ("--log-file={}/folder", "Is a directory; name another file"),
        ("--log-file={}/pipe", "it is a named pipe that nobody reads; name another file"),
        ("--html={}/folder", "it is a folder, and reports only replace regular files; name another file"),
        ("--html={}/link", "it is a symbolic link, and reports only replace regular files; name another file"),
        ("--junitxml={}/pipe", "it is a named pipe, and reports only replace regular files; name another file"),
        ("--css={}/none.css", "cannot be read: No such file or directory; name a style sheet"),
        ("--css={}/pipe", "cannot be read: it is a FIFO; name a style sheet"),
        ("--sign={}/file", "ssh-keygen"),
        ("--replay={}/" + 300 * "n", 300 * "n"),
        ("--reports=~nobody-of-this-name/out", "there is no such home folder; give the path without ~"),
        (
            "-omax_asset_filename_length=x",
            "pytest_html.basereport: invalid literal for int() with base 10: 'x';",
        ),
        ("-oenvironment_table_redact_list=(", "pytest_html.basereport: missing ), unterminated subpattern"),
        ("-ofaulthandler_timeout=x", "faulthandler_timeout=x: give seconds, or leave it out"),
        ("--metadata-from-json=[1]", "pytest_metadata.plugin: "),
        ("-pno:terminal", "-p no:terminal: verdicts are said on the terminal; leave it out"),
        ("-pno:metadata", "-p no:metadata: pytest-html needs it; leave it out, or give -p no:html, too"),
        ("--noconftest", "--noconftest: the lab is in plugins that conftest.py names; leave it out"),
        ("--pastebin=all", "--pastebin: it would publish account numbers and marks; leave it out"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(argument, message, places):
    """Before anything starts, whichever plugin of pytest the option is of; what is there stays."""
    before = sorted(places.iterdir())
    given = [f"--reports={places}/out", argument.format(places), *([] if "--replay" in argument else ["--grade"])]
    code, printed = pytest_main(f"-c{ROOT / 'pytest.ini'}", *given)
    assert code == 4
    assert message in printed
    assert len(printed.strip().splitlines()) == 1, printed
    assert sorted(places.iterdir()) == before
    assert (places / "file").read_text() == "x"


class Interrupting:
    """A plugin that is interrupted while pytest is configured."""

    def pytest_load_initial_conftests(self):
        raise KeyboardInterrupt


def test_an_interrupted_start_is_said_in_one_line(capsys):
    """It ends with pytest's exit code for that, as an interrupted run does."""
    with pytest.raises(SystemExit) as ended:
        pytest.main(["-c", str(ROOT / "pytest.ini"), "--grade", "-p", "no:hypothesispytest"], plugins=[Interrupting()])
    assert ended.value.code == 2
    assert capsys.readouterr().err == "interrupted before anything was started\n"


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
