"""Marks are never invented: what was not run is `error`, and what was not judged leaves no trace."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys

import junitparser
import pytest

from grading.plugin import COLLECTOR
from reports.formats import FORMATS, MARKS
from tests.support.checks_run import ROOT, run_checks

ALL_FORMATS = [f"--format={name}" for name in FORMATS]


class Ending:
    """A plugin that ends the run when it comes to a check."""

    def __init__(self, check: str, error: BaseException) -> None:
        self._check, self._error = check, error

    def __repr__(self) -> str:
        return f"{type(self._error).__name__} in {self._check}"

    def pytest_runtest_protocol(self, item):
        if item.name == self._check:
            raise self._error


class Failing:
    """A plugin that lets a check fail."""

    def __init__(self, check: str) -> None:
        self._check = check

    def pytest_runtest_call(self, item):
        if item.name == self._check:
            exec("raise AssertionError", vars(item.module))  # noqa: S102  # as if the check raised it


def files(folder):
    """The files of a folder with their content."""
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def evidence(tmp_path_factory):
    """The evidence of a graded account. Runs judge it again, which is quicker than the embedded AWS."""
    folder = tmp_path_factory.mktemp("recorded")
    assert run_checks(folder, "checks", "--grade", "-q").exit_code == 0
    return folder / "evidence"


@pytest.fixture
def earlier(tmp_path):
    """A folder with the reports of a whole run, of which each file must stay as it is."""
    for name in (
        "results.json",
        "report.html",
        "junit.xml",
        "canvas.csv",
        "students/a.html",
        "evidence/1/answers.jsonl",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text('{"earlier": true}')
    return tmp_path


@pytest.mark.parametrize(
    ("plugins", "arguments", "code"),
    [
        ([Ending("test_public_link_now", KeyboardInterrupt())], [], 2),
        ([Ending("test_public_link_now", ZeroDivisionError())], [], 3),
        ([Failing("test_public_link_now")], ["-x"], 1),
    ],
    ids=["Ctrl-C", "a crash", "-x"],
)
def test_a_check_that_was_not_run_is_an_error_in_every_format(
    plugins, arguments, code, evidence, tmp_path, monkeypatch
):
    """Canvas gets a blank, Vocareum no line, Gradescope and GitHub Classroom no file; what was judged stays."""
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    run = run_checks(tmp_path, "checks", f"--replay={evidence}", *arguments, *ALL_FORMATS, plugins=plugins)
    assert (run.exit_code, run.results["run"]["exit_code"]) == (code, code)
    not_run = {each for each, verdict in run.checks.items() if verdict == "error"}
    assert {"signed-read-now", "decrypt", "key-enabled-again"} <= not_run
    assert run.objectives[1] == run.objectives[2] == "pass"
    assert {run.objectives[number] for number in (4, 5, 6)} == {"error"}
    (account,) = run.results["accounts"]
    assert account["score"]["ungraded"] > 50
    # After an internal error, pytest prints no summary.
    assert code == 3 or re.search(r"The run ended early: \d+ of \d+ checks were not run\.", run.printed)
    _, _, row = csv.reader((tmp_path / "canvas.csv").read_text().splitlines())
    assert row[-1] == ""
    assert (tmp_path / "vocareum.grades.csv").read_text().startswith("customer-managed-key,")
    assert "disable-and-re-enable," not in (tmp_path / "vocareum.grades.csv").read_text()
    assert not (tmp_path / "gradescope.json").exists()
    assert not (tmp_path / "github-classroom.json").exists()
    refused = re.findall("^(?:gradescope|github): no .*not all checks were run", run.printed, re.MULTILINE)
    assert code == 3 or len(refused) == 2
    suite = junitparser.JUnitXml.fromfile(str(tmp_path / "junit.xml"))
    assert suite.errors == len(not_run) + (code == 3)
    rows = csv.DictReader((tmp_path / "checks.csv").read_text().splitlines())
    assert {row["check"] for row in rows if row["verdict"] == "error"} == not_run
    statuses = {each["Compliance"]["Status"] for each in json.loads((tmp_path / "asff.json").read_text())["Findings"]}
    assert "NOT_AVAILABLE" not in statuses


@pytest.mark.parametrize(
    ("arguments", "plugins", "code"),
    [
        (["--grade", "--account", "000000000000"], [], 4),
        (["-k", "no_such_check"], [], 5),
        (["-m", "not live"], [], 5),
        (["checks/test_1_customer_managed_key.py::test_none"], [], 4),
        (["--format=pdf"], [], 4),
        (["--replay", "no-such-folder"], [], 4),
        (["--setup-plan"], [], 0),
        (["--rootdir=/tmp"], [], 4),
        (["--collect-only"], [], 0),
        ([], [Ending("test_alias", KeyboardInterrupt())], 2),
        ([], [Ending("test_alias", ZeroDivisionError())], 3),
    ],
    ids=str,
)
def test_a_run_that_judges_nothing_leaves_the_earlier_reports(arguments, plugins, code, evidence, earlier):
    """Not one file is written, changed or moved."""
    before = files(earlier)
    page, xml = earlier / "page.html", earlier / "other.xml"
    chosen = [*ALL_FORMATS, f"--html={page}", f"--junitxml={xml}"]
    where = [] if any("::" in each for each in arguments) else ["checks"]
    what = [] if "--grade" in arguments else [f"--replay={evidence}"]
    run = run_checks(earlier, *where, *what, *chosen, *arguments, plugins=plugins)
    assert run.exit_code == code
    assert files(earlier) == before


@pytest.mark.parametrize(
    "hook", ["pytest_fixture_setup", "pytest_runtest_setup", "pytest_runtest_call", "pytest_runtest_teardown"]
)
def test_an_assertion_that_is_not_of_a_check_is_no_failure(hook, evidence, tmp_path):
    """Of a fixture, a plugin or a library: it says nothing about the account. pytest itself asserts that what came
    before was torn down.
    """
    plugin = type("Broken", (), {hook: pytest.hookimpl(tryfirst=True)(fails)})()
    run = run_checks(tmp_path, "checks", f"--replay={evidence}", "--format=canvas", plugins=[plugin])
    assert set(run.checks.values()) <= {"pass", "error"}
    assert run.exit_code == 6
    row = (tmp_path / "canvas.csv").read_text().splitlines()[-1]
    assert row.endswith(",")


def fails():
    raise AssertionError("not about the account")


class EndingInReports:
    """A plugin that ends the run while reports are written."""

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self):
        raise KeyboardInterrupt


def test_an_end_while_reports_are_written_is_said_in_one_line(evidence, tmp_path):
    """Each report is whole."""
    run = run_checks(tmp_path, "checks", f"--replay={evidence}", plugins=[EndingInReports()])
    assert run.exit_code == 2
    assert "Exit: interrupted while the reports were written: each is whole" in run.printed
    assert run.results["accounts"][0]["score"]["earned"] == 100
    assert "Traceback" not in run.printed


@pytest.mark.parametrize("where", [">&-", "2>&-", ">/dev/full", "| true"])
def test_a_run_outlives_its_output(where, evidence, tmp_path):
    """A reader that ends (`| head`), a full disk, a stream that is closed: reports and exit code are as without."""
    command = f"set -o pipefail; {sys.executable} -m pytest -vv --replay={evidence} --reports={tmp_path} {where}"
    done = subprocess.run(["/bin/bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "results.json").read_text())["run"]["exit_code"] == 0
    assert (tmp_path / "junit.xml").is_file()
    assert "Traceback" not in done.stdout + done.stderr


class EndingInCheck:
    """A plugin that ends the run in its first check, when the account is open."""

    def pytest_runtest_call(self, item):
        raise KeyboardInterrupt


def test_an_end_in_the_first_check_leaves_the_earlier_evidence(tmp_path):
    """It is of the earlier results. In an empty folder, nothing is left."""
    run_checks(tmp_path / "a", "checks", "--grade", "-k", "test_alias")
    before = files(tmp_path / "a")
    run = run_checks(tmp_path / "a", "checks", "--grade", plugins=[EndingInCheck()])
    assert run.exit_code == 2
    assert "Generated html report" not in run.printed
    assert files(tmp_path / "a") == before
    run_checks(tmp_path / "b", "checks", "--grade", plugins=[EndingInCheck()])
    assert not (tmp_path / "b").exists()


class OtherChecks:
    """A plugin that has the checks in another folder, too."""

    def __init__(self, folder) -> None:
        self._folder = folder

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config):
        config.stash[COLLECTOR].checks = self._folder


def test_a_file_of_checks_that_cannot_be_imported_makes_a_partial_run(evidence, tmp_path):
    """How many checks there are is not known then."""
    (tmp_path / "test_7_broken.py").write_text("import nothing_of_this_name")
    run = run_checks(
        tmp_path / "out", "checks", f"--replay={evidence}", "--format=canvas", plugins=[OtherChecks(tmp_path)]
    )
    assert run.exit_code == 6
    assert re.fullmatch("Partial run: .*test_7_broken.py cannot be imported. .+", run.results["run"]["partial"])
    assert not (tmp_path / "out" / "canvas.csv").exists()


def test_a_run_without_pytest_html_has_its_other_reports(evidence, tmp_path):
    """As with `-p no:html`."""
    run = run_checks(tmp_path, "checks", f"--replay={evidence}", "-p", "no:html", "--format=canvas")
    assert run.exit_code == 0
    assert {"results.json", "junit.xml", "canvas.csv"} <= {path.name for path in tmp_path.iterdir()}


def test_a_run_that_judges_nothing_makes_no_folder(tmp_path):
    """Nor a ledger or evidence."""
    assert run_checks(tmp_path / "a" / "b", "checks", "-k", "no_such_check").exit_code == 5
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "selection",
    [
        ["checks", "-k", "test_symmetric"],
        ["checks/test_1_customer_managed_key.py::test_symmetric"],
        ["checks/test_1_customer_managed_key.py", "-k", "symmetric"],
        ["checks", "--ignore=checks/test_6_disable_and_re_enable.py", "-k", "test_symmetric or disable"],
    ],
    ids=" ".join,
)
def test_a_selection_is_a_partial_run(selection, evidence, tmp_path):
    """Results, pages and terminal say so, what was not selected is `error`, and there are no marks."""
    run = run_checks(tmp_path, *selection, f"--replay={evidence}", *ALL_FORMATS)
    assert run.exit_code == 0
    judged = [each for each, verdict in run.checks.items() if verdict != "error"]
    assert judged == ["symmetric"]
    said = f"Partial run: 1 of {len(run.checks)} checks was selected."
    assert len(run.checks) > 20
    assert run.results["run"]["partial"].startswith(said)
    assert said in run.printed
    assert "\nPartial run: 2 of 2 points.\n" in run.printed
    for name in ("report.html", "junit.xml", "github-summary.md"):
        assert f"1 of {len(run.checks)} checks was selected" in (tmp_path / name).read_text()
    for name in MARKS:
        assert run.printed.count(f"--format {name}: not written. It needs all checks, and this run is partial.") == 1
        assert not list(tmp_path.glob(f"{name}*"))
    assert not (tmp_path / "github-classroom.json").exists()


def test_a_whole_run_is_not_partial(evidence, tmp_path):
    """Neither by naming the folder of the checks, nor by naming all of its files."""
    names = [str(path) for path in sorted((ROOT / "checks").glob("test_*.py"))]
    run = run_checks(tmp_path, f"--replay={evidence}", *names)
    assert "partial" not in run.results["run"]
    assert run.results["accounts"][0]["score"]["earned"] == 100


def test_what_an_earlier_run_left_goes_to_before(evidence, earlier):
    """Pages and formats that this run does not write, and nothing of another's."""
    for name in (
        "gradescope.json",
        "vocareum/a.grades.csv",
        "asff/a.json",
        "checks.csv",
        "class.csv",
        "pytest-html.html",
    ):
        (earlier / name).parent.mkdir(exist_ok=True)
        (earlier / name).write_text('{"earlier": true}')
    (earlier / "notes.csv").write_text("mine")
    (earlier / "elsewhere").mkdir()
    (earlier / "elsewhere" / "b.json").write_text("mine")
    (earlier / "gradescope").symlink_to(earlier / "elsewhere")
    run = run_checks(earlier, "checks", "-k", "test_symmetric", f"--replay={evidence}", "--format=csv")
    moved = {"canvas.csv", "students/a.html", "gradescope.json", "vocareum/a.grades.csv", "asff/a.json", "class.csv"}
    for name in moved:
        assert (earlier / "before" / name).read_text() == '{"earlier": true}'
        assert not (earlier / name).is_file()
    assert (earlier / "notes.csv").read_text() == (earlier / "elsewhere" / "b.json").read_text() == "mine"
    assert (earlier / "checks.csv").read_text() != '{"earlier": true}'
    assert f"moved to {earlier / 'before'}" in run.printed


def test_a_checkout_behind_a_link_is_this_checkout(evidence, tmp_path):
    """Its checks are judged, and not run as any tests."""
    (tmp_path / "link").symlink_to(ROOT)
    command = [sys.executable, "-m", "pytest", str(tmp_path / "link" / "checks"), f"--replay={evidence}"]
    variables = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*command, f"--reports={tmp_path}/out"], cwd="/", env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert (tmp_path / "out" / "results.json").is_file()
