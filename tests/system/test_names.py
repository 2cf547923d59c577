"""Names of resources, students and checks that cannot be or exist nowhere are told, and recordings have their own."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from fixtures import run_config
from tests.support.checks_run import ROOT, run_checks


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """The reports of a graded account that was recorded with an alias of its own."""
    folder = tmp_path_factory.mktemp("recorded")
    run_checks(folder, "checks", "--grade", "-k", "test_alias", "--lab-alias=alias/Recorded")
    return folder


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--lab-alias=alias/aws/s3", "--lab-alias: 'alias/aws/s3' cannot be the name: only AWS's own keys have"),
        ("--lab-bucket=ImageBucket", "--lab-bucket: 'ImageBucket' cannot be the name: the name of a bucket has lower"),
        ("--lab-instance=Lab*", "--lab-instance: 'Lab*' cannot be the name: EC2 takes"),
        ("--lab-role=a/voclabs", "--lab-role: 'a/voclabs' cannot be the name: give the role's name alone"),
        (f"--lab-object={'a' * 1025}", "cannot be the name: it has 1025 bytes; the key of an object has at most 1024"),
        (f"--lab-bucket={'a' * 38}", "it is too long by 1: the run puts its id behind it (at most 63)"),
        ("-olab_role=a b", "pytest.ini: lab_role: 'a b' cannot be the name: the name of a role"),
        ("--assert=plain", "--assert=plain: a failed check could not say what was seen; leave it out"),
    ],
)
def test_a_name_that_cannot_be_is_refused_in_one_line(option, said, tmp_path):
    """Before any call, and without a file."""
    run = run_checks(tmp_path / "out", "checks", option)
    assert run.exit_code == 4
    assert run.printed.startswith("ERROR: ")
    assert said in run.printed.strip()
    assert len(run.printed.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_a_name_of_the_rubric_is_refused_with_its_file(tmp_path):
    """As one of the command line is."""
    (tmp_path / "r.toml").write_text('[names]\nbucket = "My Bucket"\n')
    run = run_checks(tmp_path / "out", "checks", f"--rubric={tmp_path / 'r.toml'}")
    assert run.exit_code == 4
    assert f"{tmp_path / 'r.toml'}: bucket: 'My Bucket' cannot be the name" in run.printed


def test_an_alias_as_the_console_shows_it_is_taken_and_told(tmp_path):
    """On the terminal and on the page."""
    run = run_checks(tmp_path, "checks", "--grade", "-k", "test_alias", "--lab-alias", "MyKMSKey")
    assert run.exit_code == 0
    said = "--lab-alias: MyKMSKey is taken as alias/MyKMSKey"
    assert said in run.printed
    assert said in (tmp_path / "report.html").read_text()


def test_optimized_python_is_refused(tmp_path):
    """It drops the assertions."""
    command = [sys.executable, "-m", "pytest", f"--reports={tmp_path / 'out'}"]
    environ = {**os.environ, "PYTHONOPTIMIZE": "1"}
    run = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert run.returncode == 4
    assert "ERROR: python -O and PYTHONOPTIMIZE switch assertions off" in run.stderr
    assert not (tmp_path / "out").exists()


def test_a_recording_with_other_names_is_refused(recorded, tmp_path):
    """It answers for another alias. Without a name, it is judged with its own."""
    evidence = recorded / "evidence"
    run = run_checks(tmp_path / "a", "checks", f"--replay={evidence}", "--lab-alias=MyKMSKey")
    assert run.exit_code == 4
    said = "it was recorded with the alias alias/Recorded, and this run's is alias/MyKMSKey; grade the account again"
    assert said in run.printed
    assert not (tmp_path / "a").exists()
    for same in ([], ["--lab-alias=Recorded"]):
        run = run_checks(tmp_path / "b", "checks", f"--replay={evidence}", "-k", "test_alias", *same)
        assert "Recorded" in run.results["accounts"][0]["objectives"][0]["checks"][0]["message"]


def test_a_rubric_that_was_found_by_itself_is_named(evidence, tmp_path, monkeypatch):
    """And one that was given is not."""
    rubric = tmp_path / "rubric.toml"
    rubric.write_text("[points]\nalias = 3\n")
    monkeypatch.setattr(run_config, "RUBRIC", str(rubric))
    run = run_checks(tmp_path / "a", "checks", f"--replay={evidence}")
    given = run_checks(tmp_path / "b", "checks", f"--replay={evidence}", f"--rubric={rubric}")
    said = f"{rubric} was found beside pytest.ini"
    assert said in run.printed
    assert said in (tmp_path / "a" / "report.html").read_text()
    assert said not in given.printed


@pytest.fixture(scope="module")
def evidence(tmp_path_factory):
    """The evidence of a graded account."""
    folder = tmp_path_factory.mktemp("graded")
    run_checks(folder, "checks", "--grade", "-k", "test_alias")
    return folder / "evidence"


def test_a_waiver_of_nobody_is_told(evidence, tmp_path):
    """With the line; the other waivers have their effect."""
    rubric = tmp_path / "r.toml"
    one = '[[waivers]]\ncheck = "alias"\nreason = "x"\nuntil = 2099-01-01\n'
    rubric.write_text(one + '[[waivers]]\ncheck = "decrypt"\nstudent = "ann"\nreason = "x"\nuntil = 2099-01-01\n')
    run = run_checks(tmp_path / "out", "checks", f"--replay={evidence}", f"--rubric={rubric}")
    assert f"{rubric}, line 7: this waiver has no effect: this run has no students." in run.printed
    assert len(run.results["accounts"][0]["waived"]) == 1
