"""Verdicts again from evidence alone: the same ones, or a refusal by name."""

from __future__ import annotations

import itertools
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from embedded import Settings
from embedded.weather import around
from fixtures.chosen import chosen
from fixtures.evidence import FILE, Evidence
from fixtures.patience import KNOWN
from fixtures.replay import Recording, by_name, shared
from tests.judging import Judged, judged

MODES = {"provision": (), "grade": ("--grade",)}


@pytest.fixture(scope="module", params=MODES)
def recorded(request, tmp_path_factory: pytest.TempPathFactory) -> tuple[Judged, Path]:
    """A run, and the evidence that it left."""
    folder = tmp_path_factory.mktemp(request.param)
    return judged(folder, "checks", *MODES[request.param], "-q"), folder / "evidence"


def lines(folder: Path) -> tuple[Path, list[str]]:
    path = next(folder.glob("*/answers.jsonl"))
    return path, path.read_text().splitlines()


def test_a_replay_tells_the_same(recorded, tmp_path):
    """Every verdict, message, hint and piece of evidence."""
    run, evidence = recorded
    again = judged(tmp_path, "checks", f"--replay={evidence}", "-q")
    assert again.results["run"]["mode"] == "replay"
    assert again.results["accounts"] == run.results["accounts"]
    assert again.exit_code == run.exit_code == 0


def test_a_bad_days_replay_tells_the_same(tmp_path):
    """What was not known at once was waited for within other waits; the order is that of then."""
    bad = Settings(stale=0.1, seed=2)
    run = judged(tmp_path / "then", "checks", "-q", broken=lambda behaviours: around(bad, behaviours))
    evidence = tmp_path / "then" / "evidence"
    assert KNOWN in lines(evidence)[0].read_text()
    again = judged(tmp_path / "now", "checks", f"--replay={evidence}", "-q")
    assert again.results["accounts"] == run.results["accounts"]
    assert again.exit_code == run.exit_code == 0


def changed(told: list[str]) -> list[str]:
    record: dict[str, Any] = json.loads(told[5])
    record["added"] = "later"
    return [*told[:5], json.dumps(record), *told[6:]]


FORGERIES = {
    "changed": (changed, "record 0005 was changed"),
    "missing": (lambda told: told[:5] + told[6:], "record 0005 is missing, and 0006 stands in its place"),
    "reordered": (lambda told: [*told[:5], told[6], told[5], *told[7:]], "record 0005 is missing"),
    "cut off": (lambda told: told[:-2], "is cut off after record"),
    "not evidence": (lambda told: ["hello"], "cannot be read: it is not JSON"),
    "of no run": (lambda told: told[1:], "record 0000 does not tell"),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_what_was_tampered_with_is_refused_by_name(forgery, recorded, tmp_path):
    """With pytest's exit code for usage, before anything is judged."""
    alter, told = FORGERIES[forgery]
    path = tmp_path / "evidence" / "123456789012" / "answers.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text("\n".join(alter(lines(recorded[1])[1])) + "\n")
    run = judged(tmp_path / "out", "checks", f"--replay={tmp_path / 'evidence'}", "-q")
    assert run.exit_code == 4
    assert told in run.printed
    assert run.results == {}


def recording(folder: Path, place: str, student: str, **closed: Any) -> Recording:
    evidence = Evidence()
    evidence.begin({"mode": "grade", "student": student})
    evidence.keep(folder / place)
    evidence.close(**closed)
    return Recording.of(folder / place / FILE)


def test_an_account_that_others_were_refused_for_is_refused_too(tmp_path):
    """One machine judged it for one student; another had refused it to two."""
    account, refused = "123456789012", ("it is also that of another", "correct it")
    found = [recording(tmp_path, account, "ann")]
    found += [recording(tmp_path, f"{account}-{name}", name, refused=refused, shared=account) for name in ("bo", "cy")]
    found += [recording(tmp_path, f"{account}-di", "di", refused=refused)]
    assert [each.also_of for each in by_name(found).values()] == [("bo", "cy"), ("ann", "cy"), ("ann", "bo"), ()]


def seen(folder: Path, part: str, student: str, account: str, started: float = 1, **closed: Any) -> Path:
    """A recording in a folder that does not tell the account."""
    evidence, place = Evidence(), folder / part / f"of {student or account}"
    evidence.begin({"mode": "grade", "student": student, "started": started})
    if account:
        asked = {"service": "sts", "operation": "GetCallerIdentity", "body": {"Account": account}}
        evidence.add(asked)
    evidence.keep(place)
    evidence.close(**closed)
    return place


REFUSED = {"refused": ("it was denied", "allow it")}
ONE, OTHER = "111111111111", "222222222222"


def test_a_student_of_several_machines_counts_once(tmp_path):
    """The last time when the account was seen counts, in whichever order the parts are given; the rest is named."""
    first = seen(tmp_path, "a", "ann", ONE, 1)
    last = seen(tmp_path, "b", "ann", ONE, 2)
    refused = seen(tmp_path, "c", "ann", "", 3, **REFUSED)
    bo = seen(tmp_path, "c", "bo", "", 2, **REFUSED), seen(tmp_path, "a", "bo", "", 1, **REFUSED)
    shutil.copytree(tmp_path / "b", tmp_path / "copy")
    for parts in itertools.permutations("abc"):
        found = chosen([tmp_path / part for part in (*parts, "copy", "b")])
        counted = {each.student: each for each in found.recordings}
        assert (counted["ann"].begun, counted["ann"].refused, counted["ann"].account) == (2, None, ONE)
        assert counted["bo"].path.parent == bo[0]
        assert len(found.recordings) == 2
        (note,) = found.notes
        assert all(str(place) in note for place in (first, refused, bo[1]))
        assert str(last) not in note


def test_a_student_of_two_accounts_is_judged_for_neither(tmp_path):
    """Nobody knows which is right."""
    seen(tmp_path, "a", "ann", ONE)
    seen(tmp_path, "b", "ann", OTHER)
    seen(tmp_path, "b", "bo", "333333333333")
    ann, bo = chosen([tmp_path]).recordings
    assert ann.refused is not None
    assert ann.refused[0] == f"there is evidence of accounts {ONE}, {OTHER}"
    assert bo.refused is None


def test_an_account_is_known_by_what_sts_said(tmp_path):
    """Whatever its folder is called."""
    seen(tmp_path, "a", "ann", ONE)
    seen(tmp_path, "b", "cuckoo", ONE)
    assert [each.also_of for each in by_name(chosen([tmp_path]).recordings).values()] == [("cuckoo",), ("ann",)]


def test_a_class_is_judged_without_what_stands_beside(tmp_path):
    """Evidence of the main job, in the same folder, is named and left out; and the only student has a name."""
    seen(tmp_path, "evidence", "ann", ONE)
    beside = Evidence()
    beside.begin({"mode": "provision", "student": ""})
    beside.keep(tmp_path / "evidence" / OTHER)
    beside.close()
    found = chosen([tmp_path])
    assert list(by_name(found.recordings)) == ["ann"]
    assert found.is_class
    assert found.notes == (f"left out beside a class, because of no student: {tmp_path / 'evidence' / OTHER}",)


def test_an_account_of_a_whole_class_names_a_few_of_it(tmp_path):
    """However long the last record is, what it says is read."""
    seen, _ = shared("123456789012", [f"student-{number:03}" for number in range(300)])
    assert seen.endswith("student-003, student-004 and 295 more")
    reason = ("x" * 50_000, "correct it")
    assert recording(tmp_path, "unknown-ann", "ann", refused=reason).refused == reason


def test_what_others_wrote_breaks_no_line(tmp_path):
    """Line ends of every kind, and halves of characters, as a student may put them into a tag."""
    told = "one\u2028two\x85three\x0bfour\ud800"
    evidence = Evidence()
    evidence.begin({"mode": "grade", "student": told})
    evidence.keep(tmp_path)
    evidence.close()
    assert Recording.of(tmp_path / FILE).read().records[0]["header"]["student"] == told


def test_an_empty_folder_is_told(tmp_path):
    """What a folder of evidence looks like."""
    run = judged(tmp_path / "out", "checks", f"--replay={tmp_path}", "-q")
    assert run.exit_code == 4
    assert "holds no evidence" in run.printed


def test_another_rubric_may_be_applied(recorded, tmp_path):
    """Other points for what was seen then."""
    rubric = tmp_path / "rubric.toml"
    rubric.write_text('[points]\nalias = 12\n\n[leave-out]\nchecks = ["origin"]\n')
    run = judged(tmp_path, "checks", f"--replay={recorded[1]}", f"--rubric={rubric}", "-q")
    checks = {each["id"]: each for each in run.results["accounts"][0]["objectives"][0]["checks"]}
    assert checks["alias"]["earned"] == 12
    assert "origin" not in checks
