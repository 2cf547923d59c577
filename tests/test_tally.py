"""The tally of a run, also where other processes judge."""

from __future__ import annotations

from grading.objective import Terms
from grading.rubric import Rubric
from grading.tally import NOT_RUN, Tally
from grading.verdict import Check, Verdict


def terms(check: str, subject: str) -> Terms:
    return Terms(check, f"checks/test_1.py::test_{check}[{subject}]", check, 1, {"grade": 2}, "", subject)


def passed(told: Terms) -> Check:
    return Check(told.id, told.nodeid, told.title, Verdict.PASS, 2)


def test_what_a_process_did_not_tell_counts_as_not_run():
    """A process that judges may be killed: nobody gets fewer points to earn by it."""
    tally = Tally("live", "replay", Rubric(), "grade")
    for subject in ("ann", "bo", "cy"):
        tally.of(subject)
    told = [terms("alias", "ann"), terms("origin", "ann"), terms("alias", "bo")]
    tally.expect(told)
    for each in told:
        tally.add(each.subject, passed(each))
    tally.selected = [terms(check, subject).nodeid for subject in ("ann", "bo", "cy") for check in ("alias", "origin")]
    run = tally.run()
    assert [(account.earned, account.possible) for account in run.accounts] == [(4, 4), (2, 4), (0, 4)]
    assert {check.message for check in run.accounts[2].objectives[0].checks} == {NOT_RUN}
