"""Every student's account is judged as a fair grader would, through HTTP, by whole runs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.broken_labs import ACCOUNTS
from tests.student_accounts import table
from tests.students import Class, StudentAccount


@pytest.fixture(scope="module")
def students() -> Iterator[Class]:
    with Class.began(len(ACCOUNTS)) as began:
        yield began


@pytest.mark.parametrize("account", ACCOUNTS, ids=str)
def test_account_is_judged_rightly(students: Class, account: StudentAccount, tmp_path):
    """Verdict by verdict, and points for what passed alone; nothing is lost for what could not be seen."""
    run = students.judged(account, tmp_path)
    assert run.not_passed == dict(sorted(account.not_passed.items(), key=lambda each: list(run.checks).index(each[0])))
    assert run.objectives == account.objectives
    wanted = 1 if "F" in account.verdicts else 6 if set(account.verdicts) != {"P"} else 0
    assert run.exit_code == wanted
    score = run.results["accounts"][0]["score"]
    worth = points(run)
    assert score["possible"] == 100
    assert score["earned"] == sum(worth[check] for check in worth if check not in account.not_passed)
    unseen = {check for check, verdict in account.not_passed.items() if verdict != "fail"}
    assert score["ungraded"] == sum(worth[check] for check in unseen)
    assert run.results["accounts"][0]["api_calls"] <= 25


def points(run) -> dict[str, int]:
    (account,) = run.results["accounts"]
    return {each["id"]: each["possible"] for objective in account["objectives"] for each in objective["checks"]}


def test_there_are_enough():
    """At least 45 accounts; each has its own name; every check of grading fails in one of them, and passes in most."""
    assert len({account.name for account in ACCOUNTS}) == len(ACCOUNTS) >= 45
    assert sum(account.verdicts == "PPPPPP" for account in ACCOUNTS) >= 20


def test_a_wrong_verdict_shows_in_the_table():
    """The table counts what it is given: a failure missed lowers the recall, one made up the precision."""
    account = StudentAccount("one", "FFFFFF", lambda work: None, fails="alias symmetric")
    told = table([(account, {"alias": "fail", "symmetric": "pass", "origin": "fail", "users": "blocked"})])
    assert "all 4 checks                1    1    1      1      0.500   0.500" in told
