"""The tally of a run of which several processes judge a part each."""

from __future__ import annotations

import pytest

from grading.collector import NOT_RUN, Tally
from grading.cores import received, sent
from grading.marks import Terms
from grading.results import Check, Verdict
from grading.rubric import Rubric

IDS = {"ann": "ann", "José": "Jos\\xe9", "cy": "cy"}
"""Students, and what pytest calls them."""


def tally() -> Tally:
    made = Tally("live", "replay", Rubric(), "grade")
    for student in IDS:
        made.of(student).facts.student = student
    return made


def terms(check: str, student: str) -> Terms:
    return Terms(check, f"checks/test_1.py::test_{check}[{IDS[student]}]", check, 1, {"grade": 2}, "", student)


def report() -> pytest.TestReport:
    return pytest.TestReport("checks/test_1.py::test_alias[ann]", ("", 0, ""), {}, "passed", None, "call")


def test_what_a_process_did_not_tell_counts_as_not_run():
    """It may be killed after its first report: nobody gets fewer points to earn by it, or another name."""
    everything = [terms(check, student) for student in IDS for check in ("alias", "origin")]
    process, controller, first = tally(), tally(), report()
    process.expect(everything)
    process.of("ann").facts.region = "eu-west-1"
    process.known.append("ann")
    sent(first, everything[0], process)
    controller.selected = [each.nodeid for each in everything]
    received(first, controller)
    told = everything[0]
    controller.add(told.subject, Check(told.id, told.nodeid, told.title, Verdict.PASS, 2))
    run = controller.run()
    assert [(each.student, each.earned, each.possible) for each in run.accounts] == [
        ("ann", 2, 4),
        ("José", 0, 4),
        ("cy", 0, 4),
    ]
    assert run.accounts[0].region == "eu-west-1"
    assert {check.message for check in run.accounts[2].objectives[0].checks} == {NOT_RUN}
    second = report()
    sent(second, everything[1], process)
    assert not hasattr(second, "catalogue")
