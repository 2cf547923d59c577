"""A check that was not run never becomes a mark, whatever else was judged."""

from __future__ import annotations

import csv
import dataclasses
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from grading.results import Verdict
from grading.sanitizing import sanitize_record
from reports.class_csv import class_csv
from reports.formats import FORMATS
from reports.results_json import as_json
from tests.support import records

NAMES = [(number, name) for number, names in records.IDS.items() for name in names]


def broken_off(verdicts, unrun):
    """A run of one account with these verdicts, without the checks at these places."""
    kinds = dict(zip(NAMES, verdicts, strict=True))
    account = records.account(1, lambda number, name: kinds[number, name])
    places = {NAMES[each] for each in unrun}
    objectives = tuple(
        dataclasses.replace(
            objective,
            checks=tuple(
                dataclasses.replace(check, verdict=Verdict.ERROR, was_run=False)
                if (objective.id, check.id) in places
                else check
                for check in objective.checks
            ),
        )
        for objective in account.objectives
    )
    return sanitize_record(records.run(dataclasses.replace(account, objectives=objectives)))


def rows(text):
    return list(csv.reader(text.splitlines()))


@given(
    st.lists(st.sampled_from(["pass", "fail", "blocked"]), min_size=len(NAMES), max_size=len(NAMES)),
    st.sets(st.integers(0, len(NAMES) - 1), min_size=1),
)
@settings(max_examples=30)
def test_what_was_not_run_is_no_mark_in_any_format(verdicts, unrun):
    """Blank in Canvas and Moodle, no line in Vocareum, no file for Gradescope and Classroom, ungraded elsewhere."""
    run = broken_off(verdicts, unrun)
    (account,) = run.accounts
    lost = {NAMES[each] for each in unrun}
    written = {name: render(run, {}) for name, render in FORMATS.items()}
    assert rows(written["canvas"].files["canvas.csv"])[-1][-1] == ""
    assert rows(written["moodle"].files["moodle.csv"])[-1][4] == ""
    assert written["gradescope"].files == {}
    assert "github-classroom.json" not in written["github"].files
    marked = {row[0] for row in rows(written["vocareum"].files["vocareum.grades.csv"])}
    assert marked.isdisjoint(each.slug for each in account.objectives if each.id in {number for number, _ in lost})
    checks = {(int(each["objective"]), each["check"]): each for each in csv.DictReader(
        written["csv"].files["checks.csv"].splitlines()
    )}  # fmt: skip
    assert {place for place, each in checks.items() if each["verdict"] == "error"} == lost
    findings = json.loads(written["asff"].files["asff.json"])["Findings"]
    assert sum(each["Compliance"]["Status"] == "WARNING" for each in findings) == len(lost)
    score = as_json(run)["accounts"][0]["score"]
    assert score["ungraded"] >= 2 * len(lost)
    assert score["earned"] <= score["possible"] - score["ungraded"]
    table = dict(zip(*rows(class_csv(run)), strict=True))
    assert {table[f"{each.id} {each.slug}"] for each in account.objectives if each.id in {n for n, _ in lost}} == {""}
