"""A grader's own requests never count for the student, and nothing that the student did is taken for the grader's or
lost because the event history is late.
"""

from __future__ import annotations

import concurrent.futures
import json
import random
import types
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from embedded.core.credentials import Student
from embedded.practice.console_user import ConsoleUser
from embedded.practice.tasks import TASKS, Steps, in_turn, make_key, open_to_the_public, read, store, until
from fixtures.aws.account import Account
from fixtures.aws.clients import Boto3Transport
from fixtures.aws.evidence import Evidence, Response
from fixtures.aws.rate_limit import RateLimiter
from fixtures.lab.existing import ExistingLab
from fixtures.resources.event_history import Event
from fixtures.resources.names import Names
from fixtures.resources.student_events import MARK, GraderRun
from tests.support.checks_run import ChecksRun
from tests.support.students import Class

MEANWHILE = 150
"""Seconds in which a student goes on; a link that is signed by the true clock is valid for longer."""
HUNDRED = {"earned": 100, "possible": 100, "ungraded": 0}


@pytest.fixture(scope="module")
def students() -> Iterator[Class]:
    with Class.open(12) as students:
        yield students


def disable_without_opening(user: ConsoleUser) -> None:
    user.disable_key()
    user.start_instance()
    user.enable_key()
    user.start_instance()


WITHOUT_A_PAUSE = (*TASKS[:-1], disable_without_opening)


class Quick(random.Random):
    """A student who does not hesitate."""

    def uniform(self, a: float, b: float) -> float:
        return 0.02


def at_once(steps: Steps, *, with_the_graders_key: bool = True) -> Steps:
    """Take steps without hesitating, so that they end just before now."""

    def take(user: ConsoleUser) -> None:
        mine = user.aws.credentials.find(user.student.access_key_id)
        user.random = Quick()
        if with_the_graders_key and mine:
            user.credential = mine
        steps(user)

    return take


def continue_work(students: Class, student: Student, user: ConsoleUser, steps: Steps) -> None:
    """Let the student go on after a grading run."""
    students.aws.advance_clock(MEANWHILE)
    on = students.aws.console_user(student, minutes_ago=MEANWHILE / 60)
    on.key, on.instance, on.random = user.key, user.instance, Quick()
    on.credential = user.credential
    steps(on)


def grade(students: Class, student: Student, folder: Path) -> ChecksRun:
    """Grade as of the clock of the students' AWS."""
    with mock.patch("fixtures.sessions.time.time", students.aws.now):
        return students.grade(folder, student)


def score(run: ChecksRun) -> dict[str, int]:
    found: dict[str, int] = run.results["accounts"][0]["score"]
    return found


@pytest.mark.parametrize("with_the_graders_key", [True, False])
def test_work_that_was_just_finished_is_graded_again_and_again(students: Class, with_the_graders_key, tmp_path):
    """With the access key of the work or another: 100 points each time."""
    user = students.work(at_once(in_turn(*WITHOUT_A_PAUSE), with_the_graders_key=with_the_graders_key), ago=3)
    for number in range(3):
        run = grade(students, user.student, tmp_path / str(number))
        assert score(run) == HUNDRED, run.not_passed


def test_work_that_goes_on_after_grading_counts(students: Class, tmp_path):
    """Graded up to the encrypted volume, then the key is disabled and enabled, by the same access key."""
    user = students.work(at_once(in_turn(*TASKS[:-1])), ago=3)
    first = grade(students, user.student, tmp_path / "1")
    assert {first.objectives[number] for number in (1, 2, 3, 4, 5)} == {"pass"}
    continue_work(students, user.student, user, disable_without_opening)
    assert score(grade(students, user.student, tmp_path / "2")) == HUNDRED
    assert score(grade(students, user.student, tmp_path / "3")) == HUNDRED
    students.aws.advance_clock(-MEANWHILE)


def test_an_object_that_only_graders_opened_was_never_opened(students: Class, tmp_path):
    """However often it is graded."""
    steps = in_turn(make_key, store, open_to_the_public, TASKS[4], disable_without_opening)
    user = students.work(steps, ago=150)
    for number in range(3):
        run = grade(students, user.student, tmp_path / str(number))
        assert run.not_passed == {"decrypt": "fail"}


def test_two_graders_at_once_do_not_take_each_other_for_the_student(students: Class, tmp_path):
    """Both ask at the same time, with the student's access key; a later run finds no read of the student's."""
    user = students.work(in_turn(make_key, store, open_to_the_public, TASKS[4], disable_without_opening), ago=150)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda run: ask(students, user.student, run), ("first", "second")))
    assert grade(students, user.student, tmp_path).not_passed == {"decrypt": "fail"}


def ask(students: Class, student: Student, run: str) -> None:
    """Ask the account as a grading run of this name does."""
    transport = Boto3Transport.signed_in(
        endpoint=students.aws.endpoint,
        mark=f"{MARK}{run}",
        region_name=students.aws.settings.region,
        aws_access_key_id=student.access_key_id,
        aws_secret_access_key=student.secret_access_key,
        aws_session_token=student.session_token,
    )
    now = datetime.fromtimestamp(int(students.aws.now()), UTC)
    account = Account(transport, Evidence(), read_only=True)
    ExistingLab(account, Names(), RateLimiter(sleep=lambda seconds: None), now).prefetch()


# A history that is late


def test_grading_again_after_the_time_that_is_said_can_tell(students: Class, tmp_path):
    """What the history may not show yet is an error until then, and a verdict afterwards."""
    student = students.work(until(read), ago=15).student
    late = {
        each["id"]: each["again_after"]
        for each in checks(students.grade(tmp_path / "1", student))
        if each["again_after"]
    }
    assert late.keys() >= {"decrypt", "key-disabled"}
    then = datetime.fromisoformat(max(late.values())).timestamp() + 1
    with mock.patch("fixtures.sessions.time", types.SimpleNamespace(time=lambda: then)):
        run = students.grade(tmp_path / "2", student)
    assert {each["reason"] for each in checks(run)} <= {None, "prerequisite"}
    assert {run.checks[check] for check in late} == {"fail"}
    assert run.results["accounts"][0]["score"]["ungraded"] == 0


def checks(run: ChecksRun) -> list[dict[str, Any]]:
    (account,) = run.results["accounts"]
    return [check for objective in account["objectives"] for check in objective["checks"]]


# The rule itself


def event(
    name: str,
    second: int,
    *,
    key: str = "ASIAGRADER",
    session: str = "session",
    by: str = "",
    run: str = "",
    limit=None,
) -> Event:
    """Return an event of KMS. `by` is the service that made the call, `run` the grading run that marked it."""
    identity = {"arn": session, **({"accessKeyId": key} if key else {}), **({"invokedBy": by} if by else {})}
    record = {
        "userIdentity": identity,
        "userAgent": f"[Boto3 {MARK}{run} more]" if run else "[Boto3]",
        "requestParameters": {"limit": limit} if limit else None,
    }
    time = f"2026-11-23T19:00:{second:02}Z"
    fields = {"EventId": f"{name}{second}{key}", "EventName": name, "EventTime": time}
    body = {"Events": [{**fields, "CloudTrailEvent": json.dumps(record)}]}
    request = {"service": "cloudtrail", "operation": "LookupEvents", "params": "{}", "moment": ""}
    return Event(Response({"id": "0001", **request, "body": body, "code": "", "status": 200}, lambda record: None), 0)


MARKED = (
    event("DescribeKey", 10, run="one"),
    event("ListAliases", 20, run="one", limit=2),
    event("ListAliases", 30, run="one", limit=1),
)
S3 = "fas.s3.amazonaws.com"


@pytest.mark.parametrize(
    ("found", "is_graders"),
    [
        (event("Decrypt", 20, by=S3), True),
        (event("Decrypt", 30, by=S3), True),
        (event("Decrypt", 19, by=S3), False),
        (event("Decrypt", 31, by=S3), False),
        (event("Decrypt", 25), False),
        (event("Decrypt", 25, by="ec2.amazonaws.com"), False),
        (event("Decrypt", 25, by=S3, key="ASIASTUDENT"), False),
        (event("Decrypt", 25, by=S3, key=""), True),
        (event("Decrypt", 25, by=S3, key="", session="another"), False),
        (event("Decrypt", 25, by=S3, key="ASIADERIVED"), True),
        (event("Decrypt", 25, by=S3, key="ASIADERIVED", session="another"), False),
    ],
    ids=lambda given: repr(given) if isinstance(given, bool) else f"{given.time:%S} {given.access_key} {given.caller}",
)
def test_only_s3_calls_between_the_marks_are_the_graders(found: Event, is_graders):
    """By the access key, or by the session where the access key made no call of its own."""
    assert GraderRun.of(MARKED).made(found, {"ASIAGRADER", "ASIASTUDENT"}) == is_graders


def test_a_run_that_did_not_mark_its_reads_has_the_time_between_its_marks():
    """As runs of earlier versions."""
    run = GraderRun.of([event("DescribeKey", 10, run="one"), event("ListAliases", 30, run="one")])
    assert run.made(event("Decrypt", 11, by=S3), {"ASIAGRADER"})
    assert not run.made(event("Decrypt", 9, by=S3), {"ASIAGRADER"})
