"""A class: gathered concurrently, judged from what was gathered, each student as if alone."""

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

from embedded.core.isolation import ignored
from fixtures.aws.evidence import Evidence
from fixtures.replay.recording import BadRecording
from tests.embedded.test_practice_server import served
from tests.support.judged_run import ROOT, Judged, judged
from tests.support.live_run import environment

STUDENTS = 5


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, Any], Path]]:
    """A practice class that has done the lab, and its roster."""
    path = tmp_path_factory.mktemp("class") / "class.csv"
    with served("--students", str(STUDENTS), "--played", "--seed", "3", "--roster", str(path)) as (told, _):
        yield told, path


@pytest.fixture
def live(practice, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The roster, in a shell in which the practice server is AWS."""
    with ignored():
        monkeypatch.setenv("AWS_ENDPOINT_URL", practice[0]["endpoint"])
        yield practice[1]


def accounts(run: Judged) -> dict[str, Any]:
    """By student, without what differs from run to run."""
    told = {}
    for each in run.results["accounts"]:
        checks = {c["id"]: (c["verdict"], c["message"]) for o in each["objectives"] for c in o["checks"]}
        told[each["student"]] = (each["verdict"], each["score"], checks)
    return told


def answers(folder: Path) -> dict[str, float]:
    """When each student's account was asked."""
    headers = [json.loads(path.open().readline())["header"] for path in folder.glob("evidence/*/answers.jsonl")]
    return {header["student"]: header["started"] for header in headers}


@pytest.fixture(scope="module")
def whole(practice, tmp_path_factory: pytest.TempPathFactory) -> tuple[Judged, Path]:
    """The class, graded once."""
    folder = tmp_path_factory.mktemp("whole")
    patch = pytest.MonkeyPatch()
    with ignored():
        patch.setenv("AWS_ENDPOINT_URL", practice[0]["endpoint"])
        run = judged(folder, "checks", "-m", "live", f"--roster={practice[1]}", "-q")
        patch.undo()
    return run, folder


def test_every_student_is_judged(whole):
    """With an account and points of their own."""
    run, _ = whole
    assert len(accounts(run)) == len({each["account"] for each in run.results["accounts"]}) == STUDENTS
    assert "student-005" in run.printed


def test_a_student_is_judged_as_alone(practice, whole, tmp_path, monkeypatch):
    """The same verdicts, points and messages as in a run of their own."""
    told = practice[0]
    for number, account in enumerate(told["accounts"][:2]):
        with ignored():
            for name, value in environment(told, account).items():
                monkeypatch.setenv(name, value)
            alone = judged(tmp_path / str(number), "checks", "-m", "live", "--grade", "-q")
        ((_, mine),) = accounts(alone).items()
        assert mine == accounts(whole[0])[account["student"]]


def test_the_same_command_goes_on_where_it_was_broken_off(live, whole, tmp_path):
    """What was gathered is not asked again; what is missing is; `--only` asks one student again."""
    shutil.copytree(whole[1] / "evidence", tmp_path / "evidence")
    lost = next(path for path in tmp_path.glob("evidence/*/answers.jsonl") if "student-002" in path.read_text())
    lost.unlink()
    resumed = judged(tmp_path, "checks", "-m", "live", f"--roster={live}", "-q")
    assert re.search(r"4 accounts were gathered before \(the oldest on [-0-9]+ [0-9:]+ UTC\); --again", resumed.printed)
    assert "gathered before" not in whole[0].printed
    before, after = answers(whole[1]), answers(tmp_path)
    assert {name for name in after if after[name] != before[name]} == {"student-002"}
    assert accounts(resumed).keys() == accounts(whole[0]).keys()
    judged(tmp_path, "checks", "-m", "live", f"--roster={live}", "--only", "student-004", "-q")
    once_more = answers(tmp_path)
    assert {name for name in once_more if once_more[name] != after[name]} == {"student-004"}


def test_two_shards_are_one_whole(live, whole, tmp_path):
    """Gathered apart, judged together from the evidence."""
    for part in ("1/2", "2/2"):
        judged(tmp_path / part[0], "checks", "-m", "live", f"--roster={live}", "--shard", part, "-q")
    parts = [f"--replay={tmp_path / part / 'evidence'}" for part in ("1", "2")]
    together = judged(tmp_path / "all", "checks", *parts, "-q")
    assert accounts(together) == accounts(whole[0])


def test_one_student_never_costs_another(practice, live, tmp_path):
    """Wrong keys, another's account, and one account on two rows are errors of those rows, with what to do."""
    told = practice[0]["accounts"]
    head = "student,access_key_id,secret_access_key,session_token,account\n"
    rows = [
        (told[0]["student"], told[0], "wrong", told[0]["account"]),
        (told[1]["student"], told[1], told[1]["secret_access_key"], "000000000000"),
        ("../../one", told[2], told[2]["secret_access_key"], ""),
        ("=two()", told[2], told[2]["secret_access_key"], ""),
        (told[3]["student"], told[3], told[3]["secret_access_key"], told[3]["account"]),
    ]
    lines = [
        f"{name},{a['access_key_id']},{secret},{a['session_token']},{account}" for name, a, secret, account in rows
    ]
    path = tmp_path / "class.csv"
    path.write_text(head + "\n".join(lines) + "\n")
    path.chmod(0o644)
    run = judged(tmp_path / "out", "checks", "-m", "live", f"--roster={path}", "-q")
    verdicts = {each["student"]: each["verdict"] for each in run.results["accounts"]}
    assert [verdicts[name] for name, *_ in rows[:4]] == ["error"] * 4
    assert verdicts[told[3]["student"]] != "error"
    assert all(each["score"]["ungraded"] == 100 for each in run.results["accounts"] if each["verdict"] == "error")
    assert "4 accounts could not be seen" in run.printed
    assert "--only" in run.printed
    assert "chmod 600" in run.printed
    assert {path.parent.parent for path in tmp_path.rglob("answers.jsonl")} == {tmp_path / "out" / "evidence"}
    secrets = [a[name] for a in told for name in ("secret_access_key", "session_token")]
    texts = [each.read_text(errors="replace") for each in (tmp_path / "out").rglob("*") if each.is_file()]
    assert not any(secret in text for secret in secrets for text in [*texts, run.printed])


def retried(run: Judged) -> list[str]:
    """The command that the run tells to ask again, without what every command of these tests has."""
    told = run.printed.partition("again:\n  pytest ")[2].splitlines()[0]
    return shlex.split(told)[shlex.split(told).index("checks") :]


def unseen(folder: Path, *students: str) -> Path:
    """A roster of students whose keys are wrong."""
    path = folder / "wrong.csv"
    path.write_text("student,access_key_id,secret_access_key\n" + "".join(f"{name},ASIA1,s\n" for name in students))
    return path


def test_the_command_for_the_unseen_is_the_one_that_was_given(tmp_path, live):
    """With all that says where reports go and what is looked for, and the students one by one."""
    given = ["checks", "-m", "live", f"--roster={unseen(tmp_path, 'Ann Lee', '-x', 'Bo')}", "--shard=1/1"]
    given += ["--format=canvas", "--lab-alias", "alias/An other", "-k", "test_alias", "-q"]
    run = judged(tmp_path / "out", *given, "--only", "Bo", "--again", "--only=Ann Lee")
    assert "3 accounts could not be seen. To ask just them again" in run.printed
    assert retried(run) == [*given, "--only=Ann Lee", "--only=-x", "--only=Bo"]
    assert retried(judged(tmp_path / "out", *retried(run)[:-2])) == retried(run)


def test_a_command_too_long_to_be_shown_finds_the_unseen_itself(tmp_path, live):
    """It is never cut: without names it asks the same students."""
    path = unseen(tmp_path, *(f"student with a long name {number}" for number in range(40)))
    run = judged(tmp_path / "out", "checks", "-m", "live", f"--roster={path}", "-k", "test_alias", "-q")
    assert "40 accounts could not be seen" in run.printed
    assert retried(run) == ["checks", "-m", "live", f"--roster={path}", "-k", "test_alias", "-q"]


def test_collecting_asks_nobody(tmp_path, live):
    """The names of students and checks, and nothing else."""
    run = judged(tmp_path, "checks", "-m", "live", f"--roster={live}", "--collect-only", "-q")
    assert "test_alias[student-001]" in run.printed
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--roster=none.csv"], "--roster is about real accounts"),
        (["-m", "live", "--roster=none.csv"], "none.csv cannot be read"),
        (["--only", "ann"], "of a class; give its --roster"),
        (["--roster="], "--roster is empty; give a file"),
        (["-m", "live", "--roster="], "--roster is empty; give a file"),
        (["-m", "live", "--shard="], "of a class; give its --roster"),
        (["-m", "live", "--roster=none.csv", "-n", "2"], "-n: the lab runs in one process"),
    ],
)
def test_what_cannot_be_meant_is_refused(arguments, told, tmp_path):
    """Before anything is asked."""
    run = judged(tmp_path, "checks", *arguments)
    assert run.exit_code == 4
    assert told in run.printed


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--only=student-002", "--only=student-001", "--shard=1/3"], "--only student-002: not in part 1/3"),
        (["--only=nobody", "--only=student-001", "--only=also"], "--only nobody, also: there is no such student"),
        (["--account=123456789012"], "--account is of one account; in a class the roster's column 'account'"),
        (["--reports={folder}/class.csv/out"], "class.csv/out/evidence: Not a directory; name another place"),
    ],
)
def test_what_cannot_be_meant_of_a_class_is_refused(arguments, told, tmp_path, live):
    """In a line, before anybody is asked."""
    given = [each.format(folder=live.parent) for each in arguments]
    run = judged(tmp_path, "checks", "-m", "live", f"--roster={live}", *given)
    assert run.exit_code == 4
    assert told in run.printed
    assert "Traceback" not in run.printed
    assert not list(tmp_path.rglob("answers.jsonl"))


def test_a_part_without_students_asks_nobody(tmp_path, live, monkeypatch):
    """More machines than students: a line, and no failure of the machine that has nobody; above all not the lab of a
    run of its own in the grader's account.
    """
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "grader")
    run = judged(tmp_path, "checks", "-m", "live", f"--roster={live}", "--shard=6/6")
    assert run.exit_code == 0
    assert run.printed.strip() == "Exit: part 6 of 6 has no students: nothing to ask"
    assert list(tmp_path.iterdir()) == []


def test_an_account_of_two_shards_is_refused_to_both(whole, tmp_path):
    """Machines that gather apart know nothing of one another; whoever judges the whole does."""
    first = next(path for path in (whole[1] / "evidence").iterdir() if path.name.isdigit())
    shutil.copytree(first, tmp_path / "a" / first.name)
    told = (first / "answers.jsonl").read_text().splitlines()
    evidence = Evidence()
    header = json.loads(told[0])["header"]
    evidence.begin({**header, "student": "cuckoo"})
    evidence.keep(tmp_path / "b" / first.name)
    for line in told[1:-1]:
        record = json.loads(line)
        evidence.add({name: value for name, value in record.items() if name not in ("id", "previous", "sha256")})
    evidence.close()
    run = judged(tmp_path / "out", "checks", f"--replay={tmp_path / 'a'}", f"--replay={tmp_path / 'b'}", "-q")
    assert {each["student"]: each["verdict"] for each in run.results["accounts"]} == {
        header["student"]: "error",
        "cuckoo": "error",
    }
    assert "is also that of cuckoo" in json.dumps(run.results)


def test_a_class_of_one_has_its_pages(live, whole, tmp_path):
    """As one of many has; and pages that earlier runs left do not stand beside them as if they were new."""
    judged(tmp_path, "checks", "-k", "test_symmetric", "-q")
    many = judged(tmp_path, "checks", f"--replay={whole[1] / 'evidence'}", "-q")
    assert f"2 pages of earlier runs were moved to {tmp_path / 'before'}" in many.printed
    assert (tmp_path / "before" / "report.html").is_file()
    roster = tmp_path / "one.csv"
    roster.write_text("".join(live.read_text().splitlines(keepends=True)[:2]))
    run = judged(tmp_path, "checks", "-m", "live", f"--roster={roster}", "-q")
    assert "The class: 1 account<" in (tmp_path / "class.html").read_text()
    assert "student-001" in (tmp_path / "report.html").read_text()
    assert [path.name for path in (tmp_path / "students").iterdir()] == ["student-001.html"]
    again = judged(tmp_path, "checks", f"--replay={tmp_path / 'evidence'}", "-q")
    assert again.results["accounts"] == run.results["accounts"]
    assert " moved to " not in again.printed
    judged(tmp_path, "checks", "-k", "test_symmetric", "-q")
    left = {path.name for path in tmp_path.rglob("*.html") if "before" not in path.parts}
    assert left == {"report.html"}


DAMAGES = {
    "cut off": lambda told: told[:-1],
    "changed": lambda told: [*told[:3], told[3].replace('"status":', '"status":1'), *told[4:]],
    "not evidence": lambda told: ["hello"],
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_evidence_is_an_error_of_its_student(damage, whole, tmp_path):
    """And costs no other; beside the main job's evidence, too, which counts for nobody."""
    shutil.copytree(whole[1] / "evidence", tmp_path / "evidence")
    judged(tmp_path / "evidence" / "another", "checks", "-k", "test_symmetric", "-q")
    path = next(path for path in tmp_path.glob("evidence/*/answers.jsonl") if "student-002" in path.read_text())
    path.write_text("".join(f"{line}\n" for line in DAMAGES[damage](path.read_text().splitlines())))
    run = judged(tmp_path / "out", "checks", f"--replay={tmp_path / 'evidence'}", "-q")
    told, before = accounts(run), accounts(whole[0])
    name = path.parent.name if damage == "not evidence" else "student-002"
    assert told.pop(name)[1]["ungraded"] == 100
    del before["student-002"]
    assert told == before
    assert "left out beside a class, because of no student" in run.printed
    (account,) = (each for each in run.results["accounts"] if each["student"] == name)
    hints = {check["hint"] for objective in account["objectives"] for check in objective["checks"]}
    assert hints == {BadRecording.advice}


@pytest.mark.parametrize("asked", [signal.SIGKILL, signal.SIGINT])
def test_what_was_gathered_before_a_class_is_broken_off_is_kept(asked, practice, tmp_path):
    """The same command then asks only the others, and judges all; Ctrl-C ends at once and says so."""
    told, roster = practice
    command = [sys.executable, "-m", "pytest", "-m", "live", "-q", f"--roster={roster}", f"--reports={tmp_path}"]
    exported = {**os.environ, "AWS_ENDPOINT_URL": told["endpoint"], "AWS_DEFAULT_REGION": told["region"]}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen([*command, "--jobs=1"], cwd=ROOT, env=exported, text=True, **pipes) as process:
        while not answers(tmp_path):
            time.sleep(0.02)  # the other process is looked at, not waited for
        process.send_signal(asked)
        printed, _ = process.communicate(timeout=30)
    kept = answers(tmp_path)
    assert 0 < len(kept) < STUDENTS
    if asked == signal.SIGINT:
        assert process.returncode == 2
        assert f"{len(kept)} of {STUDENTS} accounts were asked, and are kept" in printed
    subprocess.run(command, cwd=ROOT, env=exported, capture_output=True, check=False)
    after = answers(tmp_path)
    assert len(after) == STUDENTS
    assert {name: after[name] for name in kept} == kept
