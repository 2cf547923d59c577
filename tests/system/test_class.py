"""A class is gathered concurrently, and each student is judged as if alone."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from embedded.core.isolation import isolated_environment
from fixtures.aws.evidence import Evidence
from fixtures.replay.recording import RecordingError
from tests.embedded.test_practice_server import served
from tests.support.checks_run import ROOT, ChecksRun, run_checks
from tests.support.live_run import environment

STUDENTS = 5


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, Any], Path]]:
    """Return a practice class that has done the lab, and its roster."""
    path = tmp_path_factory.mktemp("class") / "class.csv"
    with served("--students", str(STUDENTS), "--played", "--seed", "3", "--roster", str(path)) as (server, _):
        yield server, path


@pytest.fixture
def live(practice, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return the roster, in an environment in which the practice server is AWS."""
    with isolated_environment():
        monkeypatch.setenv("AWS_ENDPOINT_URL", practice[0]["endpoint"])
        yield practice[1]


def accounts(run: ChecksRun) -> dict[str, Any]:
    """Return verdict, score and checks by student."""
    found = {}
    for each in run.results["accounts"]:
        checks = {c["id"]: (c["verdict"], c["message"]) for o in each["objectives"] for c in o["checks"]}
        found[each["student"]] = (each["verdict"], each["score"], checks)
    return found


def start_times(folder: Path) -> dict[str, float]:
    """Return when each student's account was queried."""
    headers = [json.loads(path.open().readline())["header"] for path in folder.glob("evidence/*/answers.jsonl")]
    return {header["student"]: header["started"] for header in headers}


@pytest.fixture(scope="module")
def whole(practice, tmp_path_factory: pytest.TempPathFactory) -> tuple[ChecksRun, Path]:
    """Return a run that grades the whole class."""
    folder = tmp_path_factory.mktemp("whole")
    patch = pytest.MonkeyPatch()
    with isolated_environment():
        patch.setenv("AWS_ENDPOINT_URL", practice[0]["endpoint"])
        run = run_checks(folder, "checks", "-m", "live", f"--roster={practice[1]}", "-q")
        patch.undo()
    return run, folder


def test_every_student_is_judged(whole):
    """Each has an account and points."""
    run, _ = whole
    assert len(accounts(run)) == len({each["account"] for each in run.results["accounts"]}) == STUDENTS
    assert "student-005" in run.printed


def test_a_student_is_judged_as_alone(practice, whole, tmp_path, monkeypatch):
    """The same verdicts, points and messages as in a run of their own."""
    server = practice[0]
    for number, account in enumerate(server["accounts"][:2]):
        with isolated_environment():
            for name, value in environment(server, account).items():
                monkeypatch.setenv(name, value)
            alone = run_checks(tmp_path / str(number), "checks", "-m", "live", "--grade", "-q")
        ((_, mine),) = accounts(alone).items()
        assert mine == accounts(whole[0])[account["student"]]


def test_the_same_command_queries_only_missing_accounts(live, whole, tmp_path):
    """`--only` queries one student again."""
    shutil.copytree(whole[1] / "evidence", tmp_path / "evidence")
    lost = next(path for path in tmp_path.glob("evidence/*/answers.jsonl") if "student-002" in path.read_text())
    lost.unlink()
    resumed = run_checks(tmp_path, "checks", "-m", "live", f"--roster={live}", "-q")
    assert re.search(
        r"4 accounts were gathered in an earlier run \(the oldest on [-0-9]+ [0-9:]+ UTC\); --again", resumed.printed
    )
    assert "gathered in an earlier run" not in whole[0].printed
    before, after = start_times(whole[1]), start_times(tmp_path)
    assert {name for name in after if after[name] != before[name]} == {"student-002"}
    assert accounts(resumed).keys() == accounts(whole[0]).keys()
    run_checks(tmp_path, "checks", "-m", "live", f"--roster={live}", "--only", "student-004", "-q")
    once_more = start_times(tmp_path)
    assert {name for name in once_more if once_more[name] != after[name]} == {"student-004"}


def test_two_shards_are_one_whole(live, whole, tmp_path):
    """Gathered separately, they are judged together from the evidence."""
    for part in ("1/2", "2/2"):
        run_checks(tmp_path / part[0], "checks", "-m", "live", f"--roster={live}", "--shard", part, "-q")
    parts = [f"--replay={tmp_path / part / 'evidence'}" for part in ("1", "2")]
    together = run_checks(tmp_path / "all", "checks", *parts, "-q")
    assert accounts(together) == accounts(whole[0])


def test_an_error_in_one_row_does_not_affect_others(practice, live, tmp_path):
    """Wrong keys, a wrong account, and one account on two rows are errors of those rows."""
    accounts = practice[0]["accounts"]
    head = "student,access_key_id,secret_access_key,session_token,account\n"
    rows = [
        (accounts[0]["student"], accounts[0], "wrong", accounts[0]["account"]),
        (accounts[1]["student"], accounts[1], accounts[1]["secret_access_key"], "000000000000"),
        ("../../one", accounts[2], accounts[2]["secret_access_key"], ""),
        ("=two()", accounts[2], accounts[2]["secret_access_key"], ""),
        (accounts[3]["student"], accounts[3], accounts[3]["secret_access_key"], accounts[3]["account"]),
    ]
    lines = [
        f"{name},{a['access_key_id']},{secret},{a['session_token']},{account}" for name, a, secret, account in rows
    ]
    path = tmp_path / "class.csv"
    path.write_text(head + "\n".join(lines) + "\n")
    path.chmod(0o644)
    run = run_checks(tmp_path / "out", "checks", "-m", "live", f"--roster={path}", "-q")
    verdicts = {each["student"]: each["verdict"] for each in run.results["accounts"]}
    assert [verdicts[name] for name, *_ in rows[:4]] == ["error"] * 4
    assert verdicts[accounts[3]["student"]] != "error"
    assert all(each["score"]["ungraded"] == 100 for each in run.results["accounts"] if each["verdict"] == "error")
    assert "4 accounts could not be queried" in run.printed
    assert "--only" in run.printed
    assert "chmod 600" in run.printed
    assert {path.parent.parent for path in tmp_path.rglob("answers.jsonl")} == {tmp_path / "out" / "evidence"}
    secrets = [a[name] for a in accounts for name in ("secret_access_key", "session_token")]
    texts = [each.read_text(errors="replace") for each in (tmp_path / "out").rglob("*") if each.is_file()]
    assert not any(secret in text for secret in secrets for text in [*texts, run.printed])


def retried(run: ChecksRun) -> list[str]:
    """Return the printed command that queries accounts again, from `checks` on."""
    command = shlex.split(run.printed.partition("again:\n  pytest ")[2].splitlines()[0])
    return command[command.index("checks") :]


def wrong_keys(folder: Path, *students: str) -> Path:
    """Write a roster of students with wrong keys."""
    path = folder / "wrong.csv"
    path.write_text("student,access_key_id,secret_access_key\n" + "".join(f"{name},ASIA1,s\n" for name in students))
    return path


def test_the_command_for_refused_students_repeats_the_options(tmp_path, live):
    """And it names the students."""
    given = ["checks", "-m", "live", f"--roster={wrong_keys(tmp_path, 'Ann Lee', '-x', 'Bo')}", "--shard=1/1"]
    given += ["--format=canvas", "--lab-object", "an other.png", "-k", "test_alias", "-q"]
    run = run_checks(tmp_path / "out", *given, "--only", "Bo", "--again", "--only=Ann Lee")
    assert "3 accounts could not be queried. To query only these again" in run.printed
    assert retried(run) == [*given, "--only=Ann Lee", "--only=-x", "--only=Bo"]
    assert retried(run_checks(tmp_path / "out", *retried(run)[:-2])) == retried(run)


def test_a_command_for_many_students_names_none(tmp_path, live):
    """It is never cut: without names it queries the same students."""
    path = wrong_keys(tmp_path, *(f"student with a long name {number}" for number in range(40)))
    run = run_checks(tmp_path / "out", "checks", "-m", "live", f"--roster={path}", "-k", "test_alias", "-q")
    assert "40 accounts could not be queried" in run.printed
    assert retried(run) == ["checks", "-m", "live", f"--roster={path}", "-k", "test_alias", "-q"]


def test_collecting_queries_no_account(tmp_path, live):
    """It lists students and checks, and nothing else."""
    run = run_checks(tmp_path, "checks", "-m", "live", f"--roster={live}", "--collect-only", "-q")
    assert "test_alias[student-001]" in run.printed
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--roster=none.csv"], "--roster needs real accounts"),
        (["-m", "live", "--roster=none.csv"], "none.csv cannot be read"),
        (["--only", "ann"], "--shard, --only and --again require --roster"),
        (["--roster="], "--roster is empty; give a file"),
        (["-m", "live", "--roster="], "--roster is empty; give a file"),
        (["-m", "live", "--shard="], "--shard, --only and --again require --roster"),
        (["-m", "live", "--roster=none.csv", "-n", "2"], "-n: the lab runs in one process"),
    ],
)
def test_contradicting_options_are_refused(arguments, message, tmp_path):
    """Before any call."""
    run = run_checks(tmp_path, "checks", *arguments)
    assert run.exit_code == 4
    assert message in run.printed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--only=student-002", "--only=student-001", "--shard=1/3"], "--only student-002: not in part 1/3"),
        (["--only=nobody", "--only=student-001", "--only=also"], "--only nobody, also: "),
        (
            ["--account=123456789012"],
            "--account is for a single account; for a class, use the roster's column 'account'",
        ),
        (["--reports={folder}/class.csv/out"], "class.csv/out: Not a directory; name another folder"),
    ],
)
def test_contradicting_options_of_a_class_are_refused(arguments, message, tmp_path, live):
    """In one line, before any call."""
    given = [each.format(folder=live.parent) for each in arguments]
    run = run_checks(tmp_path, "checks", "-m", "live", f"--roster={live}", *given)
    assert run.exit_code == 4
    assert message in run.printed
    assert "Traceback" not in run.printed
    assert not list(tmp_path.rglob("answers.jsonl"))


def test_a_part_without_students_queries_no_account(tmp_path, live, monkeypatch):
    """With more machines than students, such a run prints a line and succeeds. It provisions no lab in the grader's own
    account.
    """
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "grader")
    run = run_checks(tmp_path, "checks", "-m", "live", f"--roster={live}", "--shard=6/6")
    assert run.exit_code == 0
    assert run.printed.strip() == "Exit: part 6 of 6 has no students: nothing to ask"
    assert list(tmp_path.iterdir()) == []


def test_an_account_of_two_shards_is_refused_to_both(whole, tmp_path):
    """The machines cannot know it; the run that judges all of the evidence does."""
    first = next(path for path in (whole[1] / "evidence").iterdir() if path.name.isdigit())
    shutil.copytree(first, tmp_path / "a" / first.name)
    lines = (first / "answers.jsonl").read_text().splitlines()
    evidence = Evidence()
    header = json.loads(lines[0])["header"]
    evidence.begin({**header, "student": "cuckoo"})
    evidence.keep(tmp_path / "b" / first.name)
    for line in lines[1:-1]:
        record = json.loads(line)
        evidence.add({name: value for name, value in record.items() if name not in ("id", "previous", "sha256")})
    evidence.close()
    run = run_checks(tmp_path / "out", "checks", f"--replay={tmp_path / 'a'}", f"--replay={tmp_path / 'b'}", "-q")
    assert {each["student"]: each["verdict"] for each in run.results["accounts"]} == {
        header["student"]: "error",
        "cuckoo": "error",
    }
    assert "is also that of cuckoo" in json.dumps(run.results)


def test_a_class_of_one_has_its_pages(live, whole, tmp_path):
    """And pages of earlier runs are moved away, so that they do not look new."""
    run_checks(tmp_path, "checks", "-k", "test_symmetric", "-q")
    many = run_checks(tmp_path, "checks", f"--replay={whole[1] / 'evidence'}", "-q")
    assert f"3 files of earlier runs were moved to {tmp_path / 'before'}" in many.printed
    assert (tmp_path / "before" / "report.html").is_file()
    roster = tmp_path / "one.csv"
    roster.write_text("".join(live.read_text().splitlines(keepends=True)[:2]))
    run = run_checks(tmp_path, "checks", "-m", "live", f"--roster={roster}", "-q")
    assert "The class: 1 student<" in (tmp_path / "class.html").read_text()
    assert "student-001" in (tmp_path / "report.html").read_text()
    assert [path.name for path in (tmp_path / "students").iterdir()] == ["student-001.html"]
    again = run_checks(tmp_path, "checks", f"--replay={tmp_path / 'evidence'}", "-q")
    assert again.results["accounts"] == run.results["accounts"]
    assert " moved to " not in again.printed
    run_checks(tmp_path, "checks", "-k", "test_symmetric", "-q")
    left = {path.name for path in tmp_path.rglob("*.html") if "before" not in path.parts}
    assert left == {"report.html", "pytest-html.html"}


DAMAGES = {
    "cut off": lambda lines: lines[:-1],
    "changed": lambda lines: [*lines[:3], lines[3].replace('"status":', '"status":1'), *lines[4:]],
    "not evidence": lambda lines: ["hello"],
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_evidence_is_an_error_of_its_student(damage, whole, tmp_path):
    """Others are judged; evidence of the main job in the same folder does not count."""
    shutil.copytree(whole[1] / "evidence", tmp_path / "evidence")
    run_checks(tmp_path / "evidence" / "another", "checks", "-k", "test_symmetric", "-q")
    path = next(path for path in tmp_path.glob("evidence/*/answers.jsonl") if "student-002" in path.read_text())
    path.write_text("".join(f"{line}\n" for line in DAMAGES[damage](path.read_text().splitlines())))
    run = run_checks(tmp_path / "out", "checks", f"--replay={tmp_path / 'evidence'}", "-q")
    found, before = accounts(run), accounts(whole[0])
    name = path.parent.name if damage == "not evidence" else "student-002"
    assert found.pop(name)[1]["ungraded"] == 100
    del before["student-002"]
    assert found == before
    assert "left out of the class, without a student" in run.printed
    (account,) = (each for each in run.results["accounts"] if each["student"] == name)
    hints = {check["hint"] for objective in account["objectives"] for check in objective["checks"]}
    assert hints == {RecordingError.advice}


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT])
def test_an_interrupted_class_keeps_its_evidence(sent, practice, tmp_path):
    """The same command then queries only the others, and judges all; Ctrl-C ends at once and says so."""
    server, roster = practice
    command = [sys.executable, "-m", "pytest", "-m", "live", "-q", f"--roster={roster}", f"--reports={tmp_path}"]
    exported = {**os.environ, "AWS_ENDPOINT_URL": server["endpoint"], "AWS_DEFAULT_REGION": server["region"]}
    with subprocess.Popen(
        [*command, "--jobs=1"],
        cwd=ROOT,
        env=exported,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        while not start_times(tmp_path):
            time.sleep(0.02)  # polls the other process
        process.send_signal(sent)
        printed, _ = process.communicate(timeout=30)
    kept = start_times(tmp_path)
    assert 0 < len(kept) < STUDENTS
    if sent == signal.SIGINT:
        assert process.returncode == 2
        assert f"{len(kept)} of {STUDENTS} accounts were queried, and their evidence is kept" in printed
    subprocess.run(command, cwd=ROOT, env=exported, capture_output=True, check=False)
    after = start_times(tmp_path)
    assert len(after) == STUDENTS
    assert {name: after[name] for name in kept} == kept


def test_evidence_with_other_names_does_not_count(live, tmp_path):
    """With `--only`, the others are not asked again: they are an error, and the run says how to ask them."""
    command = ("checks", "-m", "live", f"--roster={live}", "-q")
    run_checks(tmp_path, *command)
    run = run_checks(tmp_path, *command, "--lab-alias=Another", "--only=student-001")
    found = accounts(run)
    assert found["student-001"][0] == "fail"
    for number in range(2, STUDENTS + 1):
        verdict, _, checks = found[f"student-00{number}"]
        assert verdict == "error"
        said = "It was recorded with the alias alias/MyKMSKey, and this run's is alias/Another."
        assert {message for _, message in checks.values()} == {said}
    assert "--lab-alias=Another --only=student-002" in run.printed
    again = run_checks(tmp_path, *command, "--lab-alias=Another")
    assert {verdict for verdict, _, _ in accounts(again).values()} == {"fail"}
    evidence = tmp_path / "evidence"
    refused = run_checks(tmp_path / "b", "checks", f"--replay={evidence}", "--lab-alias=alias/MyKMSKey")
    assert refused.exit_code == 4
    assert "it was recorded with the alias alias/Another, and this run's is alias/MyKMSKey" in refused.printed


def test_evidence_of_a_student_that_cannot_be_kept_is_an_error(live, tmp_path):
    """Of this student alone, and an earlier recording does not count instead."""
    command = ("checks", "-m", "live", f"--roster={live}", "-q")
    run_checks(tmp_path, *command)
    number = accounts_of_students(tmp_path)["student-002"]
    (tmp_path / "evidence" / number / "answers.jsonl.part").mkdir()
    (tmp_path / "r.toml").write_text(
        '[[waivers]]\ncheck = "alias"\nstudent = "studnet-002"\nreason = "x"\nuntil = 2099-01-01\n'
    )
    run = run_checks(tmp_path, *command, "--again", f"--rubric={tmp_path / 'r.toml'}")
    found = accounts(run)
    assert {message.partition(": ")[0] for _, message in found["student-002"][2].values()} == {"No evidence was kept"}
    assert found["student-002"][0] == "error"
    assert "error" not in {found[name][0] for name in ("student-001", "student-003")}
    assert "'studnet-002' is not among the students. Did you mean 'student-002'?" in run.printed


def accounts_of_students(folder: Path) -> dict[str, str]:
    """Return the folders of evidence by student."""
    paths = folder.glob("evidence/*/answers.jsonl")
    return {json.loads(path.open().readline())["header"]["student"]: path.parent.name for path in paths}
