"""The scripts of docs/places grade a practice account as Gradescope and Vocareum call them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from tests.support.checks_run import ROOT
from tests.support.live_run import environment, practice

PLACES = ROOT / "docs" / "places"
SLUGS = {
    "customer-managed-key",
    "encrypted-object",
    "public-and-signed-access",
    "key-usage-history",
    "encrypted-root-volume",
    "disable-and-re-enable",
}
OF_GRADESCOPE = {
    "type": "object",
    "properties": {
        "score": {"type": "number"},
        "output": {"type": "string"},
        "tests": {"type": "array", "items": {"properties": {"status": {"enum": ["passed", "failed"]}}}},
    },
    "required": ["tests"],
}
"""What gradescope-autograders.readthedocs.io, "Specifications", says of the fields that are used."""


@pytest.fixture(scope="module")
def server():
    with practice(2, "--played") as server:
        yield server


def call(script: str, given: dict[str, str]) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    variables = {**kept, "PYTHON": sys.executable, **given}
    subprocess.run([str(PLACES / script)], env=variables, check=True, capture_output=True, timeout=120)


@pytest.fixture
def autograder(tmp_path: Path) -> Path:
    for name in ("source", "results", "submission"):
        (tmp_path / name).mkdir()
    (tmp_path / "source" / "kms-lab").symlink_to(ROOT)
    return tmp_path


def test_gradescope_grades_what_the_student_submits(server, autograder):
    """A file with the block that AWS Academy shows; the results have Gradescope's form."""
    account = server["accounts"][0]
    keys = {f"aws_{name}": account[name] for name in ("access_key_id", "secret_access_key", "session_token")}
    block = "\n".join(f"{name} = {value}" for name, value in keys.items())
    (autograder / "submission" / "credentials").write_text(f"[default]\n{block}\n", encoding="utf-8")
    call("gradescope-run_autograder", {"AUTOGRADER": str(autograder), "AWS_ENDPOINT_URL": server["endpoint"]})
    text = (autograder / "results" / "results.json").read_text(encoding="utf-8")
    results = json.loads(text)
    jsonschema.validate(results, OF_GRADESCOPE)
    assert results["score"] > 0
    assert len(results["tests"]) >= 20
    assert not any(secret in text for secret in keys.values())


def test_gradescope_gives_no_mark_without_credentials(server, autograder):
    """The student is told what to submit."""
    call("gradescope-run_autograder", {"AUTOGRADER": str(autograder), "AWS_ENDPOINT_URL": server["endpoint"]})
    results = json.loads((autograder / "results" / "results.json").read_text(encoding="utf-8"))
    assert "score" not in results
    assert "credentials" in results["output"]


def test_vocareum_gets_a_line_for_each_objective(server, tmp_path):
    """The criteria are the slugs, without a blank after the comma."""
    grades, report = tmp_path / "grades", tmp_path / "report"
    given = {"vocareumGradeFile": str(grades), "vocareumReportFile": str(report), "KMS_LAB": str(ROOT)}
    call("vocareum-grade.sh", {**given, **environment(server, server["accounts"][0])})
    lines = dict(line.split(",") for line in grades.read_text(encoding="utf-8").splitlines())
    assert lines.keys() <= SLUGS
    assert all(points.isdigit() for points in lines.values())
    assert "points" in report.read_text(encoding="utf-8")
