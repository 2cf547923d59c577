"""The pages in Chromium: no line on the console, nothing of a student's text runs, nothing is wider than a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fixtures.aws.evidence import Evidence
from fixtures.resources.names import Names
from grading.sanitizing import safe_name, sanitize_record
from reports.writer import ReportWriter
from tests.reports.test_hostile_text import HOSTILE, hostile
from tests.support import records
from tests.support.browser import chromium, opened
from tests.support.checks_run import run_checks


@pytest.fixture(scope="module")
def browser(tmp_path_factory) -> Iterator[Any]:
    with chromium(tmp_path_factory.mktemp("profile")) as driver:
        yield driver


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> Path:
    """Return the page of a real run, as pytest-html writes it."""
    folder: Path = tmp_path_factory.mktemp("report")
    run_checks(folder, "checks", "-k", "test_symmetric or test_create_key")
    return folder / "report.html"


@pytest.fixture(scope="module")
def hostile_pages(tmp_path_factory) -> list[Path]:
    """Return the pages of a class whose students wrote hostile text."""
    folder = tmp_path_factory.mktemp("class")
    accounts = [hostile(text, number).accounts[0] for number, text in enumerate(HOSTILE, 1)]
    run = sanitize_record(records.run(*accounts, notes=tuple(HOSTILE)))
    ReportWriter(folder, ()).write(run, {})
    return [folder / "class.html", *sorted((folder / "students").iterdir())]


def test_a_check_opens_at_a_click(browser, report):
    """So does its evidence, and nothing is written to the console."""
    opened(browser, report)
    (check,) = browser.find_elements("id", "check-1-symmetric")
    assert check.get_attribute("open") is None
    check.find_element("css selector", "summary").click()
    evidence = check.find_element("css selector", ".lab-evidence")
    evidence.find_element("css selector", "summary").click()
    assert "kms:DescribeKey" in evidence.text
    assert '"KeySpec": "SYMMETRIC_DEFAULT"' in evidence.text
    assert browser.get_log("browser") == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_report_fits_a_phone(browser, report, scheme):
    """Nothing is wider than 360 pixels, and text contrasts with its background in both schemes."""
    opened(browser, report, 360, scheme)
    assert browser.execute_script("return document.documentElement.scrollWidth") == 360
    ground, ink = browser.execute_script(
        "const s = getComputedStyle(document.body); return [s.backgroundColor, s.color]"
    )
    assert (brightness(ground) > brightness(ink) + 150) == (scheme == "light")
    assert (brightness(ink) > brightness(ground) + 150) == (scheme == "dark")


def brightness(colour: str) -> float:
    numbers = colour.partition("(")[2].rstrip(")").split(",")[:3]
    return sum(float(number) for number in numbers) / 3


def test_the_page_needs_no_javascript(browser, report):
    """Score, objectives and timeline are in the page itself."""
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        opened(browser, report)
        text = browser.find_element("css selector", "main").text
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    assert "3 of 3 points" in text
    assert "Key timeline" in text


def test_nothing_of_a_students_text_runs(browser, hostile_pages):
    """There is no dialog, console line, title or style but ours on any page of a hostile class."""
    for page in hostile_pages:
        opened(browser, page)
        assert browser.get_log("browser") == []
        assert browser.execute_script("return getComputedStyle(document.body).display") != "none"
        assert (
            browser.execute_script("return document.querySelectorAll('img, iframe, [onload], [onerror]').length") == 0
        )


def test_the_class_is_sorted_at_a_click(browser, hostile_pages):
    """By points, ascending or descending; the button says which."""
    opened(browser, hostile_pages[0])
    head = browser.find_elements("css selector", "#heat thead th")[2]
    button = head.find_element("css selector", "button")
    for order in ("ascending", "descending"):
        button.click()
        points = browser.execute_script(
            "return [...document.querySelectorAll('#heat tbody tr')].map(r => +r.cells[2].textContent)"
        )
        assert points == sorted(points, reverse=order == "descending")
        assert head.get_attribute("aria-sort") == order


SHOWN = """
const [wanted, done] = arguments;
function look() {
  const rows = [...document.querySelectorAll("#heat tbody tr")].filter((row) => row.offsetHeight);
  if (rows.length === wanted) done(rows.map((row) => row.cells[0].textContent));
  else setTimeout(look, 5);
}
look();
"""
"""Wait for so many rows to be shown, and return their first cells."""


def test_a_large_class_is_shown_in_parts(browser, tmp_path):
    """A filter finds whom the screen does not show yet, everybody is shown at a click, and all are printed."""
    browser.set_script_timeout(10)
    names = [f"student-{number:03}" for number in range(1, 76)]
    accounts = [
        records.account(number, (lambda *_: "pass") if number > 70 else records.mixed) for number in range(1, 76)
    ]
    ReportWriter(tmp_path, ()).write(sanitize_record(records.run(*accounts)), {})
    opened(browser, tmp_path / "class.html")
    assert browser.execute_async_script(SHOWN, 60) == names[:60]
    name = browser.find_element("id", "filter-name")
    name.send_keys("STUDENT-07")
    assert browser.execute_async_script(SHOWN, 6) == names[69:]
    assert browser.find_element("id", "filter-count").text == "6 of 75"
    browser.find_elements("css selector", "#heat thead button")[2].click()
    assert browser.execute_async_script(SHOWN, 6) == names[69:]
    name.send_keys("\ue003" * 10)
    browser.find_element("id", "filter-all").click()
    assert browser.execute_async_script(SHOWN, 75) == names
    browser.find_elements("css selector", "#heat thead button")[2].click()
    assert browser.execute_async_script(SHOWN, 75) == [*names[70:], *names[:70]]
    opened(browser, tmp_path / "class.html", media="print")
    assert sorted(browser.execute_async_script(SHOWN, 75)) == names


RUNS = "document.title = 'it ran'"


@pytest.mark.parametrize(
    "name",
    [
        f'<img src=x onerror="{RUNS}">',
        f"<script>{RUNS}</script>",
        f'"><svg onload="{RUNS}">',
        "</td><iframe srcdoc='<script>parent.document.title = `it ran`</script>'>",
        f'&lt;img src=x onerror="{RUNS}"&gt;',
    ],
    ids=["img", "script", "svg", "iframe", "entities"],
)
def test_no_name_runs_in_the_table_of_pytest_html(browser, tmp_path, name):
    """pytest-html's table names the tests, and a class has its students' names in them."""
    for student in (name, "ann"):
        evidence = Evidence()
        evidence.begin({"run": "r", "target": "embedded", "mode": "grade", "student": student, "names": vars(Names())})
        evidence.keep(tmp_path / "evidence" / safe_name(student))
        evidence.close()
    page = tmp_path / "page.html"
    run_checks(
        tmp_path / "out",
        "checks",
        "-ktest_symmetric",
        f"--replay={tmp_path / 'evidence'}",
        f"--html={page}",
        "--self-contained-html",
    )
    opened(browser, page)
    rows = browser.find_elements("css selector", ".col-testId")
    assert [row for row in rows if name in row.text]
    assert browser.title != "it ran"
    assert browser.find_elements("css selector", ".col-testId *") == []
    assert browser.get_log("browser") == []
