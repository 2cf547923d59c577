"""What students leave behind: every story can be lived, lies in the past, and ends as it is told."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from embedded import EmbeddedAWS, Settings
from embedded.core.credentials import Student
from embedded.practice.console_user import AtWork
from embedded.practice.scenarios import STORIES, Story, drawn, play
from tests.embedded.world import YEAR, session

CLOSING = 5 * 60


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAWS]:
    with EmbeddedAWS(Settings(students=400, seed=3, transition=1.0, session=YEAR, played=True)) as started:
        yield started


@pytest.fixture(scope="module")
def students(aws: EmbeddedAWS) -> Iterator[Any]:
    return iter(aws.students)


def records(work: AtWork) -> list[dict[str, Any]]:
    """The account's whole event history, oldest first."""
    shown = work.aws.history.visible(work.account, work.region, work.aws.now(), 0)
    return [event.record for event in reversed(shown)]


@pytest.mark.parametrize("story", STORIES.values(), ids=str)
def test_a_story_is_lived_in_the_past(aws: EmbeddedAWS, students: Iterator[Any], story: Story):
    """Without an error, and finished some minutes before a grader comes."""
    before = aws.now()
    work = play(aws, next(students), story)
    assert work.moment < before - CLOSING
    assert all(event["eventTime"] < work.aws.datetime(before - CLOSING).isoformat() for event in records(work))
    assert all(event["userIdentity"].get("accessKeyId") != work.student.access_key_id for event in records(work))
    if story.right:
        finished(work)


def finished(work: AtWork) -> None:
    """§9.2, the row `end`."""
    found = work.ask("kms", "describe_key", KeyId="alias/MyKMSKey")["KeyMetadata"]
    assert (found["KeyState"], found["Arn"]) == ("Enabled", work.key)
    shown = work.described()
    assert shown["State"]["Name"] == "running"
    (volume,) = work.ask("ec2", "describe_volumes", VolumeIds=[work.root()])["Volumes"]
    assert (volume["Encrypted"], volume["KmsKeyId"]) == (True, work.key)
    stored = work.ask("s3", "head_object", Bucket=work.bucket, Key="clock.png")
    assert (stored["ServerSideEncryption"], stored["SSEKMSKeyId"]) == ("aws:kms", work.key)
    assert work.open_public_link() == "InvalidArgument"
    assert work.open_in_console() == "200"


def test_the_handouts_history(aws: EmbeddedAWS, students: Iterator[Any]):
    """Upload, reading, the disabled span and what it did, each in the order of the tasks."""
    work = play(aws, next(students), STORIES["by the handout"])
    seen = [(event["eventName"], event.get("errorCode", "")) for event in records(work)]
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
    work = play(aws, next(students), STORIES["only the key"])
    student = work.student
    grader = session(
        aws_access_key_id=student.access_key_id,
        aws_secret_access_key=student.secret_access_key,
        aws_session_token=student.session_token,
    )
    arn = grader.client("sts", endpoint_url=aws.endpoint).get_caller_identity()["Arn"]
    made = next(event for event in records(work) if event["eventName"] == "CreateKey")
    assert made["userIdentity"]["arn"] == arn
    assert made["userIdentity"]["accessKeyId"] != student.access_key_id
    assert made["sourceIPAddress"] != "127.0.0.1"
    assert made["sessionCredentialFromConsole"] == "true"
    assert "boto" not in json.dumps(made).lower()


def test_things_are_dated_as_their_events(aws: EmbeddedAWS, students: Iterator[Any]):
    """The key, the object and the volumes are as old as the work."""
    work = play(aws, next(students), STORIES["by the handout"])
    latest = aws.now() - CLOSING
    key = work.ask("kms", "describe_key", KeyId=work.key)["KeyMetadata"]
    stored = work.ask("s3", "head_object", Bucket=work.bucket, Key="clock.png")
    (volume,) = work.ask("ec2", "describe_volumes", VolumeIds=[work.volume])["Volumes"]
    for moment in (key["CreationDate"], stored["LastModified"], volume["CreateTime"]):
        assert moment.timestamp() < latest


def test_work_is_not_done_in_the_future(aws: EmbeddedAWS, students: Iterator[Any]):
    """A story that would not be over now is refused."""
    work = AtWork(aws, next(students), ago=1)
    with pytest.raises(ValueError, match="begin earlier"):
        work.wait(2)


def test_a_class_is_drawn_from_its_seed(aws: EmbeddedAWS):
    """The same seed gives the same class, another seed another one; some are right, most are not."""
    first = [drawn(student, 1).name for student in aws.students]
    assert first == [drawn(student, 1).name for student in aws.students]
    assert first != [drawn(student, 2).name for student in aws.students]
    right = sum(STORIES[name].right for name in first)
    assert 0 < right < len(first) * 0.7


def unasked(aws: EmbeddedAWS) -> Student:
    """A student who followed the handout, and whose account nobody has asked for anything."""
    return next(
        student
        for student in reversed(aws.students)
        if student.account not in aws.played and drawn(student, aws.settings.seed).name == "by the handout"
    )


def test_a_class_has_played_before_anybody_asks(aws: EmbeddedAWS):
    """Whoever comes first finds finished work, and only the account that was asked has cost anything."""
    student, before = unasked(aws), set(aws.played)
    grader = session(
        aws_access_key_id=student.access_key_id,
        aws_secret_access_key=student.secret_access_key,
        aws_session_token=student.session_token,
    )
    aliases = grader.client("kms", endpoint_url=aws.endpoint).list_aliases()["Aliases"]
    assert "alias/MyKMSKey" in [alias["AliasName"] for alias in aliases]
    assert aws.played - before == {student.account}


def test_the_public_finds_played_work_too(aws: EmbeddedAWS):
    """The first to ask may be somebody who opens the object's address."""
    student = unasked(aws)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{aws.endpoint}/{student.bucket}/clock.png")
    assert "InvalidArgument" in refused.value.read().decode()
