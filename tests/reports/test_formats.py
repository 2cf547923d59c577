"""Each format is what its consumer reads, and none shows an error or a block as a failure."""

from __future__ import annotations

import base64
import csv
import dataclasses
import html
import io
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import botocore.session
import jsonschema
import junitparser
import pytest
from botocore.validate import ParamValidator
from py_ocsf_models.events.findings.compliance_finding import ComplianceFinding
from py_ocsf_models.objects.compliance_status import StatusID

from grading.results import Reason, Verdict
from grading.sanitizing import sanitize_record
from grading.wording import open_sentence
from reports.account_page import report_html
from reports.controls import CONTROLS
from reports.formats import FORMATS
from reports.formats.output import FormatOutput
from reports.results_json import as_json
from reports.terminal_summary import write_details, write_outcome
from tests.support import records
from tests.support.checks_run import ROOT, run_checks

GRADESCOPE = {
    "type": "object",
    "required": ["score", "tests"],
    "additionalProperties": False,
    "properties": {
        "score": {"type": "number"},
        "execution_time": {"type": "number"},
        "output": {"type": "string"},
        "output_format": {"$ref": "#/$defs/format"},
        "test_output_format": {"$ref": "#/$defs/format"},
        "test_name_format": {"$ref": "#/$defs/format"},
        "visibility": {"$ref": "#/$defs/visibility"},
        "stdout_visibility": {"$ref": "#/$defs/visibility"},
        "extra_data": {"type": "object"},
        "tests": {"type": "array", "items": {"$ref": "#/$defs/test"}},
    },
    "$defs": {
        "format": {"enum": ["text", "html", "simple_format", "md", "ansi"]},
        "visibility": {"enum": ["hidden", "after_due_date", "after_published", "visible"]},
        "test": {
            "type": "object",
            "additionalProperties": False,
            "dependentRequired": {"score": ["max_score"]},
            "properties": {
                "score": {"type": "number"},
                "max_score": {"type": "number"},
                "status": {"enum": ["passed", "failed"]},
                "name": {"type": "string"},
                "name_format": {"$ref": "#/$defs/format"},
                "number": {"type": "string"},
                "output": {"type": "string"},
                "output_format": {"$ref": "#/$defs/format"},
                "tags": {"type": "array", "items": {"type": "string"}},
                "visibility": {"$ref": "#/$defs/visibility"},
                "extra_data": {"type": "object"},
            },
        },
    },
}
"""Gradescope's specification as a schema (gradescope-autograders.readthedocs.io/en/latest/specs)."""
CLASSROOM = {
    "type": "object",
    "required": ["version", "status", "max_score", "tests"],
    "properties": {
        "version": {"const": 1},
        "status": {"enum": ["pass", "fail", "error"]},
        "max_score": {"type": "integer"},
        "tests": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "status", "score", "message", "test_code", "filename", "line_no", "duration"],
                "properties": {
                    "status": {"enum": ["pass", "fail", "error"]},
                    "score": {"type": "integer"},
                    "message": {"type": "string", "maxLength": 500},
                },
            },
        },
    },
}
"""classroom-resources/autograding-grading-reporter."""


@pytest.fixture(scope="module")
def mixed():
    """Return a run with every verdict and a waiver."""
    return sanitize_record(records.run(records.account(1, records.mixed, waived=(records.waived(),))))


@pytest.fixture(scope="module")
def classful():
    """Return a run with three students: all passed, one error, one failure."""
    kinds = [
        lambda *_: "pass",
        lambda _, check: "error" if check == "alias" else "pass",
        lambda _, check: "fail" if check == "alias" else "pass",
    ]
    return sanitize_record(records.run(*(records.account(n, kind) for n, kind in enumerate(kinds, 1))))


def render(name: str, run, **environ: str) -> FormatOutput:
    return FORMATS[name](run, environ)


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def test_gradescope_accepts_the_file(mixed):
    """It has the specification's fields and values, and the points of passed checks."""
    results = json.loads(render("gradescope", mixed).files["gradescope.json"])
    jsonschema.validate(results, GRADESCOPE)
    assert results["score"] == sum(test.get("score", 0) for test in results["tests"]) == mixed.accounts[0].earned
    assert results["stdout_visibility"] == "hidden"


def test_gradescope_shows_no_error_as_a_failure(mixed):
    """A blocked check or an error has no status and no points, and says so; so does the banner."""
    results = json.loads(render("gradescope", mixed).files["gradescope.json"])
    verdicts = {test["extra_data"]["check"]: test for test in results["tests"]}
    for name, verdict, reason in (("signed-read", "error", "late"), ("kms-refuses", "blocked", "read-only")):
        assert verdicts[name]["extra_data"]["verdict"] == verdict
        assert verdicts[name]["extra_data"]["reason"] == reason
        assert f"[ungraded: {reason}]" in verdicts[name]["name"]
        assert not verdicts[name].keys() & {"status", "score", "max_score"}
    assert verdicts["sse-kms"]["status"] == "failed"
    assert "not the student's fault" in results["output"]


def test_vocareum_reads_its_files(mixed, tmp_path):
    """There is a line `criterion,score` per objective, and none for an objective with an error."""
    grades, report = tmp_path / "grades", tmp_path / "report"
    output = render("vocareum", mixed, vocareumGradeFile=str(grades), vocareumReportFile=str(report))
    texts = dict(output.appended)
    lines = dict(line.split(",") for line in texts[grades].splitlines())
    assert lines["encrypted-object"] == "2"
    assert lines["disable-and-re-enable"] == "4"
    assert "public-and-signed-access" not in lines
    assert "could not be seen; no mark is written for it" in texts[report]
    assert output.files == {}


def test_vocareum_says_which_variable_is_missing(mixed, tmp_path):
    """If one of two is set, the other is named; with none, the files are in the reports folder."""
    assert render("vocareum", mixed, vocareumGradeFile=str(tmp_path / "g")).warnings == [
        "vocareum: $vocareumReportFile is not set, so Vocareum does not get this part"
    ]
    assert set(render("vocareum", mixed).files) == {"vocareum.grades.csv", "vocareum.report.html"}


def test_canvas_gets_a_blank_cell_for_an_error(classful):
    """Ids are the roster's, and the row of points is Canvas's own."""
    header, possible, *students = rows(render("canvas", classful, CANVAS_ASSIGNMENT="KMS lab (12)").files["canvas.csv"])
    assert header == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "KMS lab (12)"]
    assert possible == ["    Points Possible", "", "", "", "", "36"]
    assert [each[5] for each in students] == ["36", "", "34"]
    assert students[0] == ["student-001", "7001", "", "login1", "01", "36"]


@pytest.mark.parametrize("name", ["canvas", "moodle"])
def test_a_blank_cell_is_told(name, classful):
    """Canvas and Moodle clear an earlier mark where a cell is empty: the students are named."""
    (told,) = [each for each in render(name, classful).warnings if "delete this row" in each]
    assert told.startswith(f"{name}: no mark for student-002. ")
    passed = records.run(records.account(1), records.account(2))
    assert not [each for each in render(name, passed).warnings if "delete" in each]


def test_moodle_gives_nobody_the_mark_of_another(classful):
    """It takes a row without an address for the student of the row before, so there is none."""
    without = dataclasses.replace(classful.accounts[2], person={"sis_login_id": "login3"})
    run = dataclasses.replace(classful, accounts=(*classful.accounts[:2], without))
    output = render("moodle", run)
    assert [row[0] for row in rows(output.files["moodle.csv"])] == ["student", "student-001", "student-002"]
    assert [each for each in output.warnings if each.startswith("moodle: without student-003: no email")]
    nobody = dataclasses.replace(run, accounts=(without,))
    assert len(rows(render("moodle", nobody).files["moodle.csv"])) == 2


def test_canvas_needs_the_assignments_number(classful):
    """Without it Canvas would create a new assignment: there is a warning."""
    numbered = render("canvas", classful, CANVAS_ASSIGNMENT="KMS lab (12)").warnings
    assert not [each for each in numbered if "would create a new one" in each]
    assert "would create a new one" in render("canvas", classful).warnings[0]


def test_canvas_ignores_some_titles(classful):
    """Those of its own columns: there is a warning."""
    (told,) = [
        each for each in render("canvas", classful, CANVAS_ASSIGNMENT="Final Grade (12)").warnings if "12" in each
    ]
    assert "Canvas ignores columns with 'Final Grade' in the title" in told


@pytest.mark.parametrize(
    ("caller", "region", "partition"),
    [
        ("arn:aws-us-gov:sts::100000000001:assumed-role/voclabs/a", "us-gov-west-1", "aws-us-gov"),
        ("arn:aws-eusc:sts::100000000001:assumed-role/voclabs/a", "eusc-de-east-1", "aws-eusc"),
        ("", "eusc-de-east-1", "aws-eusc"),
        ("", "cn-north-1", "aws-cn"),
        ("", "us-east-1", "aws"),
    ],
)
def test_findings_have_the_partition_of_the_account(caller, region, partition):
    """That of the caller, or else of the Region; Security Hub's format has three of them."""
    run = sanitize_record(records.run(records.account(1, caller=caller, region=region)))
    (finding, *_) = json.loads(render("asff", run).files["asff.json"])["Findings"]
    assert finding["ProductArn"].startswith(f"arn:{partition}:securityhub:{region}:")
    assert finding["Resources"][0].get("Partition") == (None if partition == "aws-eusc" else partition)
    (finding, *_) = json.loads(render("ocsf", run).files["ocsf.json"])
    assert finding["resources"][0]["cloud_partition"] == partition


def test_what_needs_another_objective_first_is_not_earned(mixed):
    """In Gradescope it has no points, and is not called ungraded."""
    needs = {"verdict": Verdict.BLOCKED, "reason": Reason.PREREQUISITE, "needs_objective": 1}
    account = mixed.accounts[0]
    first = account.objectives[0]
    checks = (dataclasses.replace(first.checks[0], **needs), *first.checks[1:])
    objectives = (dataclasses.replace(first, checks=checks), *account.objectives[1:])
    run = records.run(dataclasses.replace(account, objectives=objectives))
    test = json.loads(render("gradescope", run).files["gradescope.json"])["tests"][0]
    assert (test["score"], test["max_score"]) == (0, 2)
    assert test["name"].startswith("[needs objective 1 first] ")


@pytest.mark.parametrize("name", ["gradescope", "vocareum", "canvas", "github"])
def test_every_report_says_the_same_about_what_is_ungraded(name, mixed):
    """The sentence and its number are those of the page and the terminal."""
    (account,) = mixed.accounts
    said = (
        "4 points are ungraded, not lost. It cannot be tried without changing the account: the teacher decides "
        "(2 points). CloudTrail may be late: grade again after 19:40 UTC (2 points)."
    )
    assert open_sentence(account) == said
    terminal = Terminal()
    write_outcome(terminal, mixed, None)
    assert said in " ".join(terminal.lines)
    assert said in report_html(mixed)
    output = render(name, mixed)
    everything = "\n".join([*output.files.values(), *output.warnings])
    assert said in html.unescape(re.sub(r"\\([^\w\s])", r"\1", everything))


@pytest.mark.parametrize("name", ["github", "vocareum", "moodle"])
def test_where_nothing_was_judged_no_report_has_points(name):
    """The trouble is told once, with what to do; 0 points would look like a mark."""
    run = sanitize_record(records.run(*(records.account(n, lambda *_: "error") for n in (1, 2))))
    output = render(name, run)
    for said in ("\n".join(output.files.values()), *output.stdout_lines):
        plain = html.unescape(said).replace("\\", "")
        assert "Nothing could be judged: no points were given or lost. alias was seen" in " ".join(plain.split())
        assert "signed-read was seen" not in plain
        assert not re.search(r"\b0 of \d|\b0/\d", plain)


class Terminal:
    """A terminal that keeps its lines."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def section(self, title: str, sep: str = "=") -> None:
        self.lines.append(title)

    def write(self, content: str, **markup: bool) -> None:
        self.lines.append(content)

    def write_line(self, line: str, **markup: bool) -> None:
        self.lines.append(line)


def test_the_last_lines_of_a_class_say_where_its_files_are(classful):
    """The page, and the table for a spreadsheet; where nothing could be judged, no number stands in the heading."""
    terminal = Terminal()
    write_outcome(terminal, classful, Path("out/class.html"), Path("out/class.csv"))
    assert terminal.lines == ["Page: out/class.html", "Table: out/class.csv"]
    unseen = sanitize_record(records.run(records.account(1, lambda *_: "error")))
    write_details(terminal, unseen)
    assert "points" not in terminal.lines[2]
    assert terminal.lines[2].endswith(": error, nothing could be judged")


def test_github_annotates_within_its_limits(mixed):
    """There is a command for each objective that did not pass; the worst come first."""
    printed = render("github", mixed).stdout_lines
    assert [line.split(" ")[0] for line in printed] == ["::error", "::warning", "::notice"]
    assert all("\n" not in line for line in printed)
    many = sanitize_record(records.run(*(records.account(n, lambda *_: "fail") for n in range(1, 60))))
    assert len(render("github", many).stdout_lines) == 10


def test_github_summary_fits(mixed, tmp_path):
    """It goes to the file that GitHub names, and is cut before GitHub would drop it."""
    path = tmp_path / "summary"
    path.write_text("x" * 500_000)
    many = sanitize_record(records.run(*(records.account(n, lambda *_: "fail") for n in range(1, 500))))
    ((where, text),) = render("github", many, GITHUB_STEP_SUMMARY=str(path)).appended
    assert where == path
    assert 400_000 < len(text.encode()) + 500_000 < 1024 * 1024
    assert "The rest is left out" in text


def test_classroom_reads_its_result(mixed, tmp_path):
    """It has the reporter's fields, base64 in the step's output; a blocked objective is no failure."""
    output = render("github", mixed, GITHUB_OUTPUT=str(tmp_path / "output"))
    ((_, line),) = output.appended
    result = json.loads(base64.b64decode(line.removeprefix("result=")))
    jsonschema.validate(result, CLASSROOM)
    assert result["status"] == "fail"
    assert [test["status"] for test in result["tests"]] == ["pass", "fail", "error", "pass", "pass", "error"]
    assert "blocked" in result["tests"][5]["message"]
    assert sum(test["score"] for test in result["tests"]) == mixed.accounts[0].earned


def test_ocsf_classes_accept_the_findings(mixed):
    """`py-ocsf-models` reads every finding; times are milliseconds."""
    findings = json.loads(render("ocsf", mixed).files["ocsf.json"])
    read = [ComplianceFinding(**finding) for finding in findings]
    assert len(read) == 19
    finished = datetime.fromisoformat(mixed.finished)
    assert {datetime.fromtimestamp(each.time / 1000, UTC) for each in read} == {finished}


def test_ocsf_keeps_the_verdicts_apart(mixed):
    """Errors and blocked checks are warnings without a result; a waived failure is suppressed."""
    found = {
        each["metadata"]["uid"].split(":")[-1]: each for each in json.loads(render("ocsf", mixed).files["ocsf.json"])
    }
    states = {name: StatusID(each["compliance"]["status_id"]).name for name, each in found.items()}
    assert (states["alias"], states["sse-kms"], states["signed-read"], states["kms-refuses"]) == (
        "Pass", "Fail", "Warning", "Warning",
    )  # fmt: skip
    assert found["signed-read"]["unmapped"]["verdict"] == "error"
    assert found["kms-refuses"]["unmapped"]["verdict"] == "blocked"
    assert found["volume-zone"]["status"] == "Suppressed"
    assert "2026-12-31" in found["volume-zone"]["comment"]
    assert found["kms-refuses"]["status_code"] == "DisabledException"


def test_security_hub_accepts_the_findings(mixed):
    """They have botocore's shape of BatchImportFindings and respect the limits of the reference."""
    request = json.loads(render("asff", mixed).files["asff.json"])
    shape = botocore.session.get_session().get_service_model("securityhub").operation_model("BatchImportFindings")
    assert shape.input_shape is not None
    problems = ParamValidator().validate(request, shape.input_shape)
    assert not problems.has_errors(), problems.generate_report()
    findings = request["Findings"]
    assert len(findings) <= 100
    assert all(len(each["Title"]) <= 256 and len(each["Description"]) <= 1024 for each in findings)
    assert all(re.fullmatch(r"\d{12}", each["AwsAccountId"]) for each in findings)
    states = {each["GeneratorId"].removeprefix("kms-lab/"): each["Compliance"]["Status"] for each in findings}
    assert (states["alias"], states["sse-kms"], states["signed-read"], states["kms-refuses"]) == (
        "PASSED", "FAILED", "WARNING", "NOT_AVAILABLE",
    )  # fmt: skip


def test_asff_needs_an_account():
    """Without the account number there is no finding, but a warning."""
    output = render("asff", sanitize_record(records.run(records.account(1, account=""))))
    assert output.files == {}
    assert "the account number is not known" in output.warnings[0]


def test_csv_has_every_check(mixed):
    """There is a row for each, the waived one with its date and without points."""
    header, *checks = rows(render("csv", mixed).files["checks.csv"])
    found = [dict(zip(header, row, strict=True)) for row in checks]
    assert len(found) == 19
    assert {each["verdict"] for each in found} == {each.value for each in Verdict}
    assert found[-1]["waived_until"] == "2026-12-31"
    assert sum(int(each["earned"] or 0) for each in found) == mixed.accounts[0].earned


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "junit"])
def test_each_student_is_in_every_format(name, classful):
    """In one file for all or in a file of their own."""
    output = render(name, classful)
    everything = "\n".join([*output.files, *output.files.values(), *output.stdout_lines])
    for number in (1, 2, 3):
        assert re.search(rf"student\\?-00{number}", everything)


def test_results_contain_the_evidence_hash(mixed):
    """The records can be compared with it."""
    assert as_json(mixed)["accounts"][0]["evidence_head"] == records.EVIDENCE_HASH


def test_controls_name_existing_checks():
    """Every framework has a version and a source."""
    names = re.findall(r"^def test_(\w+)", "".join(p.read_text() for p in (ROOT / "checks").glob("*.py")), re.MULTILINE)
    known = {name.replace("_", "-") for name in names}
    assert {check for topic in CONTROLS.topics for check in topic["checks"]} <= known
    assert all(each.version and each.source.startswith("https://") and each.read for each in CONTROLS.frameworks)
    assert CONTROLS.descriptions("sse-kms")[0].startswith("evidence toward NIST SP 800-53 Revision 5: ")
    assert all(
        len(each) <= 64
        for topic in CONTROLS.topics
        for check in topic["checks"]
        for each in CONTROLS.requirements(check)
    )


def test_a_run_writes_what_is_asked_for(tmp_path, monkeypatch):
    """All formats from one run, and `junit.xml` with its properties."""
    for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT", "vocareumGradeFile", "vocareumReportFile"):
        monkeypatch.delenv(name, raising=False)
    chosen = [f"--format={name}" for name in FORMATS]
    run = run_checks(tmp_path, "checks", "--grade", *chosen)
    assert run.exit_code == 0
    assert {path.name for path in tmp_path.iterdir()} >= {
        "results.json", "report.html", "junit.xml", "gradescope.json", "vocareum.grades.csv", "vocareum.report.html",
        "canvas.csv", "github-summary.md", "github-classroom.json", "ocsf.json", "asff.json", "checks.csv",
    }  # fmt: skip
    (suite,) = junitparser.JUnitXml.fromfile(str(tmp_path / "junit.xml"))
    assert {each.name: each.value for each in suite.properties()}["points_earned"] == "100"
    case = {each.name: each for each in suite}["test_alias"]
    properties = {each.name: each.value for each in case.child(junitparser.Properties)}
    assert properties == {
        "objective": "1",
        "check": "alias",
        "verdict": "pass",
        "points_earned": "2",
        "points_possible": "2",
    }


def test_an_unknown_format_is_refused_in_one_line(tmp_path):
    """With the existing names, before any call to AWS."""
    run = run_checks(tmp_path, "checks", "--format=pdf")
    assert run.exit_code == 4
    assert "--format pdf: no such format; there are gradescope, vocareum, canvas" in run.printed
    assert "Traceback" not in run.printed


def test_a_report_that_cannot_be_written_does_not_affect_others(tmp_path):
    """One line says what, where and what to do; verdicts and other reports exist."""
    for name in ("results.json", "report.html", "junit.xml", "ocsf.json"):
        (tmp_path / name / "in the way").mkdir(parents=True)
    run = run_checks(tmp_path, "checks", "-k", "test_symmetric", "--format=ocsf", "--format=csv")
    assert run.exit_code == 0
    assert "pass, 1 of 1 points" in run.printed
    assert "Traceback" not in run.printed
    assert "INTERNALERROR" not in run.printed
    for name in ("results.json", "report.html", "junit.xml", "ocsf.json"):
        assert len(re.findall(rf"^could not write \S+/{name}: .+ --reports", run.printed, re.MULTILINE)) == 1
    assert (tmp_path / "checks.csv").exists()
    assert not list(Path(tmp_path).glob("*.part"))
    assert not list(Path(tmp_path).glob(".*.part"))


def test_a_full_disk_leaves_the_earlier_report(tmp_path):
    """The kernel refuses the rest of a file: there is one line, and the earlier page is complete."""
    resource = pytest.importorskip("resource", reason="needs limits on files, as Unix has them")
    assert run_checks(tmp_path, "checks", "-k", "test_symmetric").exit_code == 0
    before = (tmp_path / "report.html").read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    try:
        run = run_checks(tmp_path, "checks", "-k", "test_symmetric")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert "pass, 1 of 1 points" in run.printed
    assert re.findall(r"^could not write \S+/report.html: File too large", run.printed, re.MULTILINE)
    assert (tmp_path / "report.html").read_bytes() == before
    assert not list(Path(tmp_path).glob(".*.part"))
