"""Each page of ours in Chromium with axe-core, and by the validator of HTML: no violation, no error.

axe's rules are WCAG 2.2 A and AA and its best practice, tried in light and dark, on a phone and a desktop, with all
folds open.
"""

from __future__ import annotations

import itertools
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from grading.results import Origin
from grading.sanitizing import sanitize_record
from reports.account_page import report_html
from reports.writer import ReportWriter
from tests.support import records
from tests.support.browser import chromium, opened
from tests.support.npm_package import npm_package

AXE, VNU = "4.14.1", "26.9.27"
"""Versions of axe-core and of vnu-jar."""
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
OF_COLOURS = ["color-contrast", "link-in-text-block"]
"""The rules of these that look at colours; the dark pages differ from the light ones in nothing else."""
RULES, WIDTHS = {"light": {"type": "tag", "values": TAGS}, "dark": {"type": "rule", "values": OF_COLOURS}}, (360, 1280)
RUN_AXE = """
const done = arguments[arguments.length - 1];
axe.run(document, {runOnly: arguments[0], resultTypes: ["violations"]}).then(
  (found) => done(found.violations.map((each) => [each.id, each.nodes.length, each.nodes[0].html.slice(0, 120)])));
"""
UNREACHABLE = """
return [...document.querySelectorAll("*")].filter((each) => {
  const style = getComputedStyle(each);
  const scrolls = each.scrollWidth > each.clientWidth + 1 && ["auto", "scroll"].includes(style.overflowX)
    || each.scrollHeight > each.clientHeight + 1 && ["auto", "scroll"].includes(style.overflowY);
  return scrolls && each !== document.scrollingElement && each.tabIndex < 0;
}).map((each) => each.outerHTML.slice(0, 120));
"""
HEIGHTS = """
return [...document.querySelectorAll(arguments[0])].map((each) => each.getBoundingClientRect().height);
"""


def written(folder: Path) -> list[Path]:
    """Write a page of each kind, with every verdict, and return them."""
    sections = itertools.cycle(({"section": "A", "email": "a@example.org"}, {"section": "B"}))
    kinds = (records.mixed, lambda *_: "pass", lambda *_: "fail", lambda *_: "error", lambda *_: "blocked")
    accounts = [records.account(n, kind, person=next(sections)) for n, kind in enumerate(kinds, 1)]
    origin = Origin("1.0.0", "0badcafe", ("pytest", "-m", "live", "--roster=class.csv"), "rubric.toml", "ab" * 32)
    earlier = records.run(*(records.account(n, asked=records.asked(days_ago=3)) for n in (1, 2, 3)))
    for run in (earlier, records.run(*accounts, origin=origin, notes=("A note.",))):
        ReportWriter(folder, ()).write(sanitize_record(run), {})
    single = records.run(
        records.account(1, records.mixed, waived=(records.waived(),)), origin=origin, leftovers=("aws ...",)
    )
    unjudged = records.run(records.account(1, lambda *_: "error"))
    for name, run in (("report", single), ("unjudged", unjudged)):
        (folder / f"{name}.html").write_text(report_html(sanitize_record(run), "pytest-html.html"), encoding="utf-8")
    return [*sorted(folder.glob("*.html")), *sorted(folder.glob("students/*.html"))]


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> list[Path]:
    return written(tmp_path_factory.mktemp("pages"))


@pytest.fixture(scope="module")
def browser(tmp_path_factory) -> Iterator[Any]:
    with chromium(tmp_path_factory.mktemp("profile")) as driver:
        driver.set_script_timeout(60)
        yield driver


@pytest.fixture(scope="module")
def axe(tmp_path_factory) -> str:
    return (npm_package(tmp_path_factory.mktemp("npm"), "axe-core", AXE) / "axe.min.js").read_text(encoding="utf-8")


def unfolded(browser: Any, page: Path, width: int, scheme: str) -> Any:
    opened(browser, page, width, scheme)
    browser.execute_script("for (const each of document.querySelectorAll('details')) each.open = true")
    return browser


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", RULES)
def test_axe_finds_no_violation(browser, axe, pages, scheme, width):
    """On any page, with all folds open."""
    found = {}
    for page in pages:
        unfolded(browser, page, width, scheme)
        browser.execute_script(axe)
        found[page.name] = browser.execute_async_script(RUN_AXE, RULES[scheme])
    assert {page: violations for page, violations in found.items() if violations} == {}


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_wider_than_the_screen_or_out_of_the_keyboards_reach(browser, pages, width):
    """What scrolls can be focused, so that arrow keys scroll it."""
    for page in pages:
        unfolded(browser, page, width, "light")
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width, page.name
        assert browser.execute_script(UNREACHABLE) == [], page.name


def test_print_has_a_line_for_each_cited_record(browser, pages):
    """Also of a check whose fold is closed; the text of the answers stays away."""
    (page,) = [each for each in pages if each.name == "report.html"]
    opened(browser, page, 700, "light", "print")
    shown = browser.execute_script(HEIGHTS, ".lab-answer")
    assert len(shown) == 36
    assert all(0 < height < 80 for height in shown)
    assert set(browser.execute_script(HEIGHTS, ".lab-answer pre")) == {0}


def test_html_is_valid(tmp_path_factory, pages):
    """By vnu, the checker of validator.w3.org."""
    java = shutil.which("java")
    if not java:
        pytest.skip("vnu needs Java")
    jar = npm_package(tmp_path_factory.mktemp("npm"), "vnu-jar", VNU) / "build" / "dist" / "vnu.jar"
    command = [java, "-jar", str(jar), *map(str, pages)]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert (run.returncode, run.stderr) == (0, "")
