"""The page shows objectives without JavaScript, failures first, with the key timeline and the evidence."""

from __future__ import annotations

import csv
import dataclasses
import itertools
import re
from xml.etree import ElementTree

import pytest

from grading.results import Mode, ObjectiveResult, Origin, RunResult, Verdict
from grading.sanitizing import sanitize_record
from reports.account_page import report_html, student_html
from reports.class_csv import class_csv
from reports.class_page import class_html
from reports.timeline import MOST_ROWS, timeline
from reports.writer import ReportWriter
from tests.support import records


@pytest.fixture(scope="module")
def page() -> str:
    return report_html(records.run(records.account(1, records.mixed, waived=(records.waived(),))))


def html(run: RunResult) -> str:
    return report_html(sanitize_record(run))


def test_failures_come_first_and_open(page):
    """What must be done is visible without a click: fail, then error, then blocked, then pass."""
    order = [page.index(f'id="objective-{number}"') for number in (2, 3, 6, 1)]
    assert order == sorted(order)
    assert '<details class="lab-check" id="check-2-sse-kms" open>' in page
    assert '<details class="lab-check" id="check-2-default-encryption">' in page


def test_points_and_verdicts_are_words(page):
    """The page needs no colours, and points of errors are not lost."""
    assert {"✗ fail", "! error", "– blocked", "✓ pass"} <= set(re.findall(r'class="lab-verdict is-\w+">([^<]+)<', page))
    assert "<strong>28</strong> of 36 points, 4 ungraded" in page


def test_a_check_shows_seen_wanted_and_next(page):
    """Each in its own field."""
    check = page[page.index('id="check-2-sse-kms"') :]
    fields = re.findall(r"<dt>(\w+)</dt><dd>(.*?)</dd>", check)[:3]
    assert fields == [
        ("Seen", "&#39;Disabled&#39;"), ("Wanted", "&#39;Enabled&#39;"), ("Next", "Look at alias/MyKMSKey again."),
    ]  # fmt: skip


def test_evidence_is_shown_once(page):
    """Request id, time, status, code and AWS's response; a further citation of a response is a link."""
    assert page.count("&#34;key-1&#34;") == 1
    assert page.count('href="#answer-0001"') == 17
    assert "request request-7" in page
    assert "<strong>400 DisabledException</strong>: The key is disabled." in page


def test_long_responses_are_cut():
    """The rest is in evidence/, and the page says so."""
    responses = {f"{n:04}": records.response(n, text='"<&>"' * 10_000) for n in range(1, 90)}
    page = html(records.run(records.account(1, records.mixed, responses=responses)))
    assert len(page.encode()) < 300_000
    assert "the whole answer is in evidence/" in page


def test_the_page_shows_waits_waivers_and_the_evidence_hash(page):
    """How long the waits took, and what was waived, why and until when."""
    assert "(did not come true in time)" in page
    assert "The region has no such thing." in page
    assert "2026-12-31" in page
    assert records.EVIDENCE_HASH in page


def svg(page: str) -> ElementTree.Element:
    found = re.search(r"<svg.*?</svg>", page, re.DOTALL)
    assert found
    return ElementTree.fromstring(found.group())


def test_the_timeline_is_described_for_screen_readers(page):
    """Title, description, and the same as a list."""
    drawing = svg(page)
    named = {each.get("id"): each.text for each in drawing if each.tag in ("title", "desc")}
    assert drawing.get("role") == "img"
    assert set((drawing.get("aria-labelledby") or "").split()) == set(named)
    assert named["timeline-title"] == "Key timeline: 13 events on 2026-11-23 (UTC), over 7 min 25 s"
    assert "Decrypt refused: DisabledException, through s3 ×2" in (named["timeline-text"] or "")
    assert "<li>19:05:12: Decrypt refused: DisabledException, through s3</li>" in page


def test_the_disabled_span_is_shaded():
    """From DisableKey to EnableKey; to the end if the key was not enabled again."""
    events = [
        (0, "CreateKey", "", ""),
        (10, "DisableKey", "", ""),
        (20, "EnableKey", "", ""),
        (30, "DisableKey", "", ""),
    ]
    drawing = timeline(records.key_events(events))
    assert drawing is not None
    first, second = drawing.disabled
    rows = {round(row.y): row.label for row in drawing.rows}
    heights = [round(float(corner.split(",")[1])) for corner in first.split()]
    assert [rows[heights[2]], rows[heights[4]]] == ["DisableKey", "EnableKey"]
    assert second.split()[4].endswith(f",{drawing.height:g}")


def test_a_refused_disable_shades_nothing():
    """Only a successful call changes the key."""
    drawing = timeline(records.key_events([(0, "CreateKey", "", ""), (9, "DisableKey", "AccessDenied", "")]))
    assert drawing is not None
    assert drawing.disabled == ()


@pytest.mark.parametrize("events", [1, 13, 400])
def test_labels_never_overlap(events):
    """Each row has its own height; the number of rows is limited, and the drawing says so."""
    names = ("Decrypt", "DisableKey", "GenerateDataKey", "EnableKey", "CreateGrant")
    drawing = timeline(records.key_events([(n / 2, names[n % 5], "", "") for n in range(events)]))
    assert drawing is not None
    heights = [row.y for row in drawing.rows]
    assert all(later - earlier >= 30 for earlier, later in itertools.pairwise(heights))
    assert len(drawing.rows) <= MOST_ROWS + 1
    on_ruler = [row.ruler_y for row in drawing.rows if row.kind != "gap"]
    assert on_ruler == sorted(on_ruler)
    if events == 400:
        assert any("more rows" in row.label for row in drawing.rows)
        assert drawing.unlisted == 250


def test_without_events_there_is_no_timeline():
    """A page without a history has no empty drawing."""
    assert timeline(()) is None
    assert "<svg" not in html(records.run(records.account(1, key_timeline=())))


def test_a_students_page_does_not_show_other_students():
    """Notes on the run are for the teacher, and only on the class's page."""
    note = "1 account could not be seen: --only=student-002"
    run = sanitize_record(records.run(records.account(1), records.account(2), notes=(note,)))
    assert note in class_html(run)
    assert "student-002" not in student_html(run, run.accounts[0])


@pytest.fixture(scope="module")
def class_page() -> str:
    wrong = [lambda *_: "pass", lambda _, check: "fail" if check in ("alias", "sse-kms") else "pass", records.mixed]
    return class_html(sanitize_record(records.run(*(records.account(n, kind) for n, kind in enumerate(wrong, 1)))))


def test_the_class_needs_no_colours(class_page):
    """There are a sign and the points in each cell, and a link to each student's page."""
    row = re.search(r'<a href="students/student-003.html">[^<]*</a></th>.*?</tr>', class_page, re.DOTALL)
    assert row
    assert re.findall(r'<td class="(?:pass|fail|error|blocked)">(.*?)</td>', row.group()) == [
        "✓ 8",
        "✗ 2",
        "! 4",
        "✓ 6",
        "✓ 4",
        "– 4",
    ]


def test_an_account_that_could_not_be_judged_has_no_mark(class_page):
    """Median and mean are those of the judged accounts, and the page says of how many."""
    kinds = [lambda *_: "pass", records.mixed, lambda *_: "error", lambda *_: "blocked"]
    page = class_html(sanitize_record(records.run(*(records.account(n, kind) for n, kind in enumerate(kinds, 1)))))
    assert "Points of 36: median <strong>32</strong>, mean <strong>32.0</strong>, of 2 judged." in page
    assert "of 3 judged" in class_page
    unseen = class_html(sanitize_record(records.run(*(records.account(n, lambda *_: "error") for n in (1, 2)))))
    assert "Nothing could be judged." in unseen
    assert "Points of 36" not in unseen
    assert "Nobody" not in unseen
    assert re.findall(r'<td class="error">(.*?)</td>', unseen) == ["!"] * 12


def test_the_commonest_cause_is_first(class_page):
    """What was seen, the number of students and who they are, with what to do."""
    causes = re.findall(r"<summary><strong>(\d+)</strong> students?: .*?\(objective (\d)\)", class_page)
    assert causes == [("2", "2"), ("1", "1"), ("1", "2")]
    first = class_page[class_page.index("<h2>Causes") :].partition("</li></ul>")[0]
    assert re.findall(r">(student-\d+)</a>", first) == ["student-002", "student-003"]


def test_causes_that_differ_in_ids_only_are_one():
    """What is of one account only is left out: ARNs, ids, account numbers, times."""
    seen = "The root volume vol-0123456789abcdef{0} of 12345678901{0} is not encrypted at 16:4{0} UTC."
    checks = [
        dataclasses.replace(records.check(5, "volume-encrypted", Verdict.FAIL), message=seen.format(number))
        for number in (1, 2)
    ]
    objectives = [(ObjectiveResult(5, "encrypted-root-volume", "Encrypt it", (check,)),) for check in checks]
    accounts = [records.account(number, objectives=each) for number, each in enumerate(objectives, 1)]
    page = class_html(sanitize_record(records.run(*accounts)))
    assert "<strong>2</strong> students: The root volume … of … is not encrypted at …." in page


def test_who_needs_help_is_weakest_first():
    """With the points and the first thing to do; whoever could not be judged is apart."""
    kinds = [records.mixed, lambda *_: "fail", lambda *_: "pass", lambda *_: "error"]
    page = class_html(sanitize_record(records.run(*(records.account(n, kind) for n, kind in enumerate(kinds, 1)))))
    helped = page[page.index("<h2>Who needs help") : page.index("<h2>What is ungraded")]
    assert re.findall(r">(student-\d+)</a> <strong>(\d+)</strong>", helped) == [
        ("student-002", "0"),
        ("student-001", "28"),
    ]
    assert "Nothing could be judged in 1 account." in page


def test_a_class_is_compared_with_its_run_before(tmp_path):
    """Who gained points is named, and the change stands in the table."""
    for days, kind in ((3, records.mixed), (0, lambda *_: "pass")):
        run = records.run(*(records.account(n, kind, asked=records.asked(days)) for n in (1, 2)))
        ReportWriter(tmp_path, ()).write(sanitize_record(run), {})
    page = (tmp_path / "class.html").read_text(encoding="utf-8")
    assert "2 improved, 0 lost points." in page
    assert "<td>+8</td>" in page
    ReportWriter(tmp_path, ()).write(sanitize_record(run), {})
    assert "2 improved" in (tmp_path / "class.html").read_text(encoding="utf-8"), "a replay is compared with the same"


def test_a_student_who_could_not_be_judged_lost_nothing(tmp_path):
    """Nor did one whose points are ungraded now, and nobody is compared with a partial run or with other points."""
    kinds = ((3, lambda *_: "pass", "", 4), (2, lambda *_: "fail", "1 of 30 checks was selected", 4))
    now = [lambda *_: "error", records.mixed, lambda _, check: "error" if check == "alias" else "pass"]
    for days, kind, partial, count in kinds:
        accounts = [records.account(n, kind, asked=records.asked(days)) for n in range(1, count)]
        ReportWriter(tmp_path, ()).write(sanitize_record(records.run(*accounts, partial=partial)), {})
    run = records.run(*(records.account(n, kind) for n, kind in enumerate(now, 1)))
    ReportWriter(tmp_path, ()).write(sanitize_record(run), {})
    page = (tmp_path / "class.html").read_text(encoding="utf-8")
    assert "Compared with 2026-11-20 19:03 UTC: 0 improved, 1 lost points." in page
    rows = re.findall(r"<tr data-verdict.*?</tr>", page, re.DOTALL)
    assert [re.findall(r"<td>(.*?)</td>", row)[:3] for row in rows] == [
        ["", "36", ""],
        ["28", "4", "-4"],
        ["34", "2", "0"],
    ]


@pytest.mark.parametrize("between", [records.run(records.account(9, student="")), records.run(partial="1 of 30")])
def test_the_results_of_a_class_outlive_another_run(tmp_path, between):
    """A run of one account or of a part of the checks leaves them in `before/`, and the next run finds them there."""
    for days, run in ((3, None), (2, between), (0, None)):
        given = run or records.run(*(records.account(n, asked=records.asked(days)) for n in (1, 2)))
        ReportWriter(tmp_path, ()).write(sanitize_record(given), {})
        if run:
            assert "student-002" in (tmp_path / "before" / "results.json").read_text(encoding="utf-8")
    assert "Compared with 2026-11-20 19:03 UTC" in (tmp_path / "class.html").read_text(encoding="utf-8")


def test_what_could_not_be_judged_is_said_once():
    """One banner with what to do; no number, and no card for each check."""
    page = html(records.run(records.account(1, lambda *_: "error")))
    assert page.count("Nothing could be judged") == 1
    assert "What to do:" in page
    assert 'class="lab-check"' not in page
    assert "points</p>" not in page


def test_the_page_says_how_to_verify_it():
    """From the folder of the reports; of a replay, whose evidence lies elsewhere, with its own command."""
    origin = Origin(command=("pytest", "--replay=kept/evidence"))
    live, again = (records.run(mode=mode, origin=origin) for mode in (Mode.GRADE, Mode.REPLAY))
    assert "<code>pytest --replay=evidence/100000000001</code>, in the folder of the reports, judges" in html(live)
    assert "<code>pytest --replay=evidence</code>, in the folder of the reports, judges" in class_html(live)
    for page in (html(again), class_html(again)):
        assert "<code>pytest --replay=kept/evidence</code> judges" in page


def test_a_partial_run_shows_what_was_selected():
    """As the terminal does: nothing is said of checks that nobody asked for."""
    account = records.account(1, records.mixed)
    first = account.objectives[0]
    others = tuple(
        dataclasses.replace(each, checks=tuple(dataclasses.replace(check, selected=False) for check in each.checks))
        for each in account.objectives[1:]
    )
    run = records.run(dataclasses.replace(account, objectives=(first, *others)), partial="4 of 18 checks were run.")
    for page in (html(run), student_html(run, run.accounts[0]), class_html(run)):
        assert "What alias asks for holds." in page
        assert "What sse-kms asks for holds." not in page
    assert "<strong>8</strong> of 8 points" in html(run)


def test_a_students_page_leads_nowhere_else():
    """Whoever gets it sees no other student's page."""
    page = student_html(records.run(), records.run().accounts[0])
    assert set(re.findall(r'href="([^#"][^"]*)"', page)) == set()


def test_a_class_of_a_thousand_is_small():
    """The overview stays under 2 MB."""
    account = records.account(1, records.mixed)
    run = records.run(*(records.account(n, objectives=account.objectives) for n in range(1000)))
    assert len(class_html(run).encode()) < 2_000_000


def test_the_table_of_a_class_has_a_row_for_each_student():
    """With the points of each objective and the first thing to do; a mark with an error in it is left empty."""
    kinds = (lambda *_: "pass", lambda _, check: "fail" if check == "alias" else "pass", records.mixed)
    run = sanitize_record(records.run(*(records.account(n, kind) for n, kind in enumerate(kinds, 1))))
    head, *rows = csv.reader(class_csv(run).splitlines())
    assert head[:8] == ["student", "section", "email", "account", "verdict", "earned", "ungraded", "possible"]
    assert len(head) == 8 + 6 + 1
    assert [row[5] for row in rows] == ["36", "34", ""]
    assert [row[-1] for row in rows] == ["", "Look at alias/MyKMSKey again.", "Look at alias/MyKMSKey again."]
    assert rows[2][8:14] == ["8", "2", "", "6", "4", ""]
