"""Grading costs as many calls in an account with much besides as in one without (`bench/scale.py` has the figures)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from bench.scale import MOST_CALLS, Besides, Quick, add_events, fill
from embedded.practice.console_user import ConsoleUser
from embedded.practice.tasks import TASKS, Steps, in_turn
from tests.checks.test_fair_grading import operations
from tests.support.students import Class

BESIDES = Besides(keys=12, aliases=105, buckets=6, lab_buckets=4, instances=200, volumes=5, events=300)
"""More than AWS returns on one page of each, and more than grading looks at."""
HOURS_AGO = 6


@pytest.fixture(scope="module")
def students() -> Iterator[Class]:
    with Class.open(3) as students:
        yield students


def crowded(students: Class, steps: Steps) -> ConsoleUser:
    """Have a student do these steps in an account in which much was done before."""

    def work(user: ConsoleUser) -> None:
        before = students.aws.console_user(user.student, minutes_ago=HOURS_AGO * 60)
        before.random = Quick()
        fill(before, BESIDES, user.student.account)
        steps(user)

    return students.work(work)


def test_a_finished_lab_costs_as_many_calls_among_many_resources(students: Class, tmp_path):
    """And has the same verdicts: of the history only what is later than the key is read, and of the buckets that which
    the key's events name.
    """
    run = students.grade(tmp_path, crowded(students, in_turn(*TASKS)).student)
    assert run.not_passed == {}
    assert len(operations(run, tmp_path)) <= MOST_CALLS


def test_nothing_done_costs_few_calls_among_many_resources(students: Class, tmp_path):
    """Neither each key nor each bucket is looked at; which one is meant is the teacher's decision."""
    run = students.grade(tmp_path, crowded(students, in_turn()).student)
    assert "pass" not in run.checks.values()
    assert run.checks["alias"] == run.checks["object-name"] == "error"
    assert "Several keys fit: 12 others." in run.printed
    assert len(operations(run, tmp_path)) <= MOST_CALLS


def test_the_last_page_is_read(students: Class, tmp_path):
    """The lab's instance is the only one of its name, and EC2 lists it after 200 others."""

    def late(user: ConsoleUser) -> None:
        in_turn(*TASKS)(user)
        user.call("ec2", "create_tags", Resources=[user.instance], Tags=[{"Key": "Name", "Value": "mine"}])
        add_events(user.aws, user.student, 60, user.time)

    run = students.grade(tmp_path, crowded(students, late).student)
    assert run.not_passed == {"instance-name": "fail"}
    assert Counter(operations(run, tmp_path))["LookupEvents"] > 1
