"""Scenarios of students: each can be run, is dated in the past, and ends as its summary says."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from embedded.audit.history import EventStore
from embedded.aws import EmbeddedAWS, Settings
from embedded.core.credentials import Student
from embedded.core.environment import moto_datetime
from embedded.practice.console_user import ConsoleUser
from embedded.practice.scenarios import SCENARIOS, Scenario, choose_scenario
from tests.embedded.world import YEAR, session

CLOSING = 5 * 60


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAWS]:
    with EmbeddedAWS(Settings(students=400, seed=3, transition=1.0, session=YEAR, lab_completed=True)) as started:
        yield started


@pytest.fixture(scope="module")
def students(aws: EmbeddedAWS) -> Iterator[Any]:
    return iter(aws.students)


def records(user: ConsoleUser) -> list[dict[str, Any]]:
    """The account's whole event history, oldest first."""
    shown = user.aws.state(EventStore).visible(user.account, user.region, user.aws.now(), 0)
    return [event.record for event in reversed(shown)]


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=str)
def test_a_scenario_is_run_in_the_past(aws: EmbeddedAWS, students: Iterator[Any], scenario: Scenario):
    """Without an error, and finished some minutes before a grader comes."""
    before = aws.now()
    user = aws.run_scenario(next(students), scenario)
    assert user.time < before - CLOSING
    assert all(event["eventTime"] < moto_datetime(before - CLOSING).isoformat() for event in records(user))
    assert all(event["userIdentity"].get("accessKeyId") != user.student.access_key_id for event in records(user))
    if scenario.complete:
        finished(user)


def finished(user: ConsoleUser) -> None:
    """LAB-18."""
    found = user.call("kms", "describe_key", KeyId="alias/MyKMSKey")["KeyMetadata"]
    assert (found["KeyState"], found["Arn"]) == ("Enabled", user.key)
    shown = user.describe_instance()
    assert shown["State"]["Name"] == "running"
    (volume,) = user.call("ec2", "describe_volumes", VolumeIds=[user.root()])["Volumes"]
    assert (volume["Encrypted"], volume["KmsKeyId"]) == (True, user.key)
    stored = user.call("s3", "head_object", Bucket=user.bucket, Key="clock.png")
    assert (stored["ServerSideEncryption"], stored["SSEKMSKeyId"]) == ("aws:kms", user.key)
    assert user.open_object_url() == "InvalidArgument"
    assert user.open_in_console() == "200"


def test_the_handouts_history(aws: EmbeddedAWS, students: Iterator[Any]):
    """Upload, reading, the disabled span and what it did, each in the order of the tasks."""
    user = aws.run_scenario(next(students), SCENARIOS["by the handout"])
    seen = [(event["eventName"], event.get("errorCode", "")) for event in records(user)]
    wanted = [
        ("CreateKey", ""),
        ("GenerateDataKey", ""),
        ("PutBucketPublicAccessBlock", ""),
        ("PutBucketOwnershipControls", ""),
        ("Decrypt", ""),
        ("DisableKey", ""),
        ("StartInstances", ""),
        ("CreateGrant", "DisabledException"),
        ("EnableKey", ""),
        ("StartInstances", ""),
        ("CreateGrant", ""),
    ]
    places = iter(seen)
    assert all(each in places for each in wanted), seen


def test_the_console_is_another_session_of_the_same_role(aws: EmbeddedAWS, students: Iterator[Any]):
    """The same name in the history, another access key, an address that is not the grader's."""
    user = aws.run_scenario(next(students), SCENARIOS["only the key"])
    student = user.student
    grader = session(
        aws_access_key_id=student.access_key_id,
        aws_secret_access_key=student.secret_access_key,
        aws_session_token=student.session_token,
    )
    arn = grader.client("sts", endpoint_url=aws.endpoint).get_caller_identity()["Arn"]
    made = next(event for event in records(user) if event["eventName"] == "CreateKey")
    assert made["userIdentity"]["arn"] == arn
    assert made["userIdentity"]["accessKeyId"] != student.access_key_id
    assert made["sourceIPAddress"] != "127.0.0.1"
    assert made["sessionCredentialFromConsole"] == "true"
    assert "boto" not in json.dumps(made).lower()


def test_things_are_dated_as_their_events(aws: EmbeddedAWS, students: Iterator[Any]):
    """The key, the object and the volumes are as old as the work."""
    user = aws.run_scenario(next(students), SCENARIOS["by the handout"])
    latest = aws.now() - CLOSING
    key = user.call("kms", "describe_key", KeyId=user.key)["KeyMetadata"]
    stored = user.call("s3", "head_object", Bucket=user.bucket, Key="clock.png")
    (volume,) = user.call("ec2", "describe_volumes", VolumeIds=[user.volume])["Volumes"]
    for date in (key["CreationDate"], stored["LastModified"], volume["CreateTime"]):
        assert date.timestamp() < latest


def test_work_is_not_done_in_the_future(aws: EmbeddedAWS, students: Iterator[Any]):
    """A scenario that would end after now is refused."""
    user = aws.console_user(next(students), minutes_ago=1)
    with pytest.raises(ValueError, match="begin earlier"):
        user.wait(2)


def test_the_scenarios_of_a_class_depend_on_its_seed(aws: EmbeddedAWS):
    """The same seed gives the same class, another seed another one; some are right, most are not."""
    first = [choose_scenario(student, 1).name for student in aws.students]
    assert first == [choose_scenario(student, 1).name for student in aws.students]
    assert first != [choose_scenario(student, 2).name for student in aws.students]
    right = sum(SCENARIOS[name].complete for name in first)
    assert 0 < right < len(first) * 0.7


def unasked(aws: EmbeddedAWS) -> Student:
    """A student who followed the handout, and whose account nobody has asked for anything."""
    return next(
        student
        for student in reversed(aws.students)
        if student.account not in aws.completed_accounts
        and choose_scenario(student, aws.settings.seed).name == "by the handout"
    )


def test_a_lab_is_completed_at_the_first_request(aws: EmbeddedAWS):
    """Whoever comes first finds finished work, and only the account that was asked has cost anything."""
    student, before = unasked(aws), set(aws.completed_accounts)
    grader = session(
        aws_access_key_id=student.access_key_id,
        aws_secret_access_key=student.secret_access_key,
        aws_session_token=student.session_token,
    )
    aliases = grader.client("kms", endpoint_url=aws.endpoint).list_aliases()["Aliases"]
    assert "alias/MyKMSKey" in [alias["AliasName"] for alias in aliases]
    assert aws.completed_accounts - before == {student.account}


def test_an_anonymous_request_finds_a_completed_lab(aws: EmbeddedAWS):
    """The first to ask may be somebody who opens the object's address."""
    student = unasked(aws)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{aws.endpoint}/{student.bucket}/clock.png")
    assert "InvalidArgument" in refused.value.read().decode()
