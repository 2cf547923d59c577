"""Untrusted text stays text: in every format, on the pages, on the terminal and in file names."""

from __future__ import annotations

import csv
import io
import json
import re
from html.parser import HTMLParser

import botocore.session
import pytest
from botocore.validate import ParamValidator
from hypothesis import given, settings
from hypothesis import strategies as st
from py_ocsf_models.events.findings.compliance_finding import ComplianceFinding

from grading.results import ResponseSummary, RunResult
from grading.sanitizing import LONGEST_BODY, safe_name, sanitize, sanitize_record
from reports.account_page import report_html, student_html
from reports.class_page import class_html
from reports.formats import FORMATS
from reports.results_json import as_json
from reports.terminal_summary import write_details, write_outcome
from reports.writer import ReportWriter
from tests.support import records

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</title></svg><svg onload=alert(1)>",
    "</style><style>*{display:none}</style>",
    "{{ 7 * 7 }}{% raw %}",
    "javascript:alert(1)",
    '=HYPERLINK("http://example.com","marks")',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1:A9)",
    "\t=1+1",
    "＝1+1",
    "a,b;c\"d'\r\n=1",
    "::error::forged",
    "\n::set-output name=result::forged",
    "##[error]forged ##vso[task.complete]",
    "\x1b[2J\x1b]0;owned\x07\x1b[31m",
    "\x9b31m\x00\x08\x7f",
    "abc\u202etxt.exe\u2066\u200b\ufeff",
    "../../../../etc/passwd",
    "..\\..\\con",
    "/etc/cron.d/x",
    "\ud800 half",
    "\ufffe\uffff not characters",
    "| a | b |\n|---|---|\n[x](http://example.com) ![y](z) `c` @everyone",
    "VOC_NO_REPORT_OUTPUT\nobjective,100",
    "x" * 200_000,
    "𝕏" * 50_000,
    "',\"--",
    "",
]  # fmt: skip


def hostile(text: str, number: int = 1) -> RunResult:
    """Return a run in which all untrusted text is this one."""
    body = text or records.response(1).body
    responses = {
        f"{n:04}": ResponseSummary(f"{n:04}", f"kms:{text}", 400, text, text, text, text, body) for n in range(1, 8)
    }
    account = records.account(
        number,
        records.mixed,
        lambda ours: text,
        key_timeline=records.key_events([(0, "CreateKey", "", ""), (1, text, text, text), (2, "DisableKey", "", "")]),
        responses=responses,
        waived=(records.waived(text),),
        person=dict.fromkeys(("email", "canvas_id", "sis_login_id", "section"), text),
    )
    return records.run(account, records.account(number + 1), notes=(text,), leftovers=(text,))


def alone(run: RunResult) -> RunResult:
    """Return the run with its first account only."""
    return records.run(run.accounts[0], notes=run.notes, leftovers=run.leftovers)


class Tags(HTMLParser):
    """The tags, attributes and links of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: dict[str, int] = {}
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags[tag] = self.tags.get(tag, 0) + 1
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]


@pytest.fixture(params=HOSTILE, ids=lambda text: ascii(text[:16]))
def run(request) -> RunResult:
    return sanitize_record(hostile(request.param))


def test_a_page_has_only_our_tags(run):
    """No tag, attribute or link comes from a text."""
    benign = sanitize_record(hostile("benign"))
    for render in (lambda r: report_html(alone(r)), class_html, lambda r: student_html(r, r.accounts[0])):
        found, ours = Tags(render(run)), Tags(render(benign))
        assert found.attributes <= ours.attributes | {"d", "cx", "cy", "r"}
        assert found.tags.keys() <= ours.tags.keys() | {"circle"}
        assert found.tags.get("script") == ours.tags.get("script")
        assert all(re.fullmatch(r"#[\w-]+|\.\./class\.html|students/[\w.~-]+\.html", link) for link in found.links)


def test_no_cell_is_a_formula(run):
    """Neither in Canvas's file nor in ours; and no text adds a row or column."""
    for name, file, width in (("canvas", "canvas.csv", 6), ("csv", "checks.csv", 19)):
        found = list(csv.reader(io.StringIO(FORMATS[name](run, {}).files[file], newline="")))
        assert {len(row) for row in found} == {width}
        assert not [cell for row in found for cell in row if re.match(r"\s*[=+\-@＝＋－＠|%]", cell)]


def test_no_line_is_a_command_that_is_not_ours(run):
    """GitHub gets one annotation per line, whose properties end where we end them."""
    for each in (run, alone(run)):
        for line in FORMATS["github"](each, {}).stdout_lines:
            assert re.fullmatch(r"::(error|warning|notice) (file=[^:,]+,)?title=[^:,\r\n]*::[^\r\n]*", line)
    summary = FORMATS["github"](alone(run), {}).files["github-summary.md"]
    assert "<" not in summary
    assert not re.search(r"(?<!\\)[`\[\]@]", summary)
    rows = [line for line in summary.splitlines() if re.match(r"\| \d", line)]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {5}


def test_vocareum_reads_only_our_marks(run):
    """There are at most six criteria, and only our tag in the report."""
    files = FORMATS["vocareum"](alone(run), {}).files
    assert all(re.fullmatch(r"[a-z-]+,\d+", line) for line in files["vocareum.grades.csv"].splitlines())
    assert Tags(files["vocareum.report.html"]).tags == {"pre": 1}
    assert "VOC_NO_REPORT_OUTPUT" not in files["vocareum.report.html"].splitlines()


def test_findings_stay_valid(run):
    """They match Security Hub's and OCSF's schemas, whatever the texts are."""
    single = alone(run)
    shape = botocore.session.get_session().get_service_model("securityhub").operation_model("BatchImportFindings")
    request = json.loads(FORMATS["asff"](single, {}).files["asff.json"])
    assert shape.input_shape is not None
    assert not ParamValidator().validate(request, shape.input_shape).has_errors()
    assert all(len(each["Description"]) <= 1024 for each in request["Findings"])
    for finding in json.loads(FORMATS["ocsf"](single, {}).files["ocsf.json"]):
        ComplianceFinding(**finding)


def test_nothing_swells_a_report(run):
    """However long a text is, the files of an account stay small, and say what was cut."""
    single = alone(run)
    assert len(report_html(single).encode()) < 300_000
    for name in FORMATS:
        assert all(len(text.encode()) < 300_000 for text in FORMATS[name](single, {}).files.values())
    if len(run.notes[0]) > LONGEST_BODY:
        assert "(cut: " in run.notes[0]


def test_files_are_written_in_their_folder(run, tmp_path):
    """No name is a path, and two students never share a page."""
    writer = ReportWriter(tmp_path / "out", tuple(FORMATS))
    writer.write(run, {})
    assert writer.errors == []
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert len(list((tmp_path / "out" / "students").iterdir())) == 2


def test_the_terminal_gets_no_command(run):
    """No escape sequence reaches it, and no line begins with a command."""

    class Terminal:
        text = ""

        def write(self, content, **markup):
            self.text += content

        def write_line(self, line, **markup):
            self.text += line + "\n"

        def section(self, title, sep="="):
            self.text += title + "\n"

    for each in (run, alone(run)):
        terminal = Terminal()
        write_details(terminal, each)
        write_outcome(terminal, each, None)
        assert not re.search(
            r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", terminal.text.replace("\t", "")
        )
        assert not re.search(r"^\s*::|##\w*\[", terminal.text, re.MULTILINE)


@given(st.text(alphabet=st.characters(codec=None), max_size=40))
@settings(max_examples=50, deadline=None)
def test_sanitized_text_stays_the_same(text):
    """Sanitized once, it does not change again, can be encoded, and is in one line."""
    sanitized = sanitize(text)
    assert sanitize(sanitized) == sanitized
    assert sanitized.encode("utf-8").decode() == sanitized
    assert len(sanitized.splitlines()) <= 1


@given(
    st.lists(st.text(alphabet=st.characters(codec=None), min_size=1, max_size=80), min_size=2, max_size=5, unique=True)
)
@settings(max_examples=50, deadline=None)
def test_file_names_are_valid_and_different(names):
    """Whatever the names are, also on a system that does not distinguish `A` and `a`."""
    safe = [safe_name(name) for name in names]
    assert all(re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", each) for each in safe)
    assert len({each.lower() for each in safe}) == len(names)
    assert all(len(each) < 80 for each in safe)


def test_a_common_name_is_kept():
    """The page of a student with an ordinary name has that name."""
    assert safe_name("student-001") == "student-001"
    assert safe_name("con") != "con"


def test_results_keep_an_ordinary_text():
    """Letters of all languages and harmless signs are not changed."""
    name = "Zoë Ø'Brien-Łukasz 李小龍 नमस्ते <b>"
    results = as_json(sanitize_record(records.run(records.account(1, student=name))))
    assert results["accounts"][0]["student"] == name


def test_two_of_one_name_have_pages_of_their_own(tmp_path):
    """The second does not overwrite the first, and the class links to both."""
    twin = records.account(1, student="twin")
    ReportWriter(tmp_path, ()).write(records.run(twin, twin), {})
    assert {path.name for path in (tmp_path / "students").iterdir()} == {"twin.html", "twin~2.html"}
    assert "students/twin~2.html" in (tmp_path / "class.html").read_text()
