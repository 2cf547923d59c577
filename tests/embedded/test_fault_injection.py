"""Injected faults: failures that a client with five attempts survives, stale reads, events late and twice."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from embedded.audit.history import EventStore
from embedded.aws import BEHAVIOURS, EmbeddedAWS, Settings
from embedded.fault_injection import with_faults
from tests.embedded.world import session

ONCE = {"total_max_attempts": 1}
FIVE = {"mode": "standard", "total_max_attempts": 5}
Client = Callable[..., Any]


@contextmanager
def faulty(**settings: Any) -> Iterator[tuple[EmbeddedAWS, Client]]:
    """An AWS with faults, and a function that makes clients of its accounts."""
    with EmbeddedAWS(Settings(students=2, transition=0, **{"silence": 0, **settings})) as aws:

        def client(
            service: str, student: int = 0, retries: dict[str, Any] = ONCE, config: dict[str, Any] | None = None
        ) -> Any:
            named = aws.students[student]
            signed_in = session(
                aws_access_key_id=named.access_key_id,
                aws_secret_access_key=named.secret_access_key,
                aws_session_token=named.session_token,
            )
            configured = Config(**{"retries": retries, **(config or {})})
            return signed_in.client(service, endpoint_url=aws.endpoint, config=configured)

        yield aws, client


def outcome(step: Callable[..., Any], **params: Any) -> str:
    """Return the code of the error, `lost` or `silent` for a request without response, or an empty text."""
    try:
        step(**params)
    except ClientError as refused:
        return str(refused.response["Error"]["Code"])
    except ConnectionClosedError:
        return "lost"
    except ReadTimeoutError:
        return "silent"
    return ""


EACH_SERVICES_OWN = {
    "kms": ("list_keys", {"ThrottlingException", "KMSInternalException", "DependencyTimeoutException"}),
    "s3": ("list_buckets", {"SlowDown", "InternalError", "ServiceUnavailable"}),
    "ec2": ("describe_volumes", {"RequestLimitExceeded", "InternalError", "Unavailable"}),
    "sts": ("get_caller_identity", {"Throttling", "InternalFailure", "ServiceUnavailable"}),
    "cloudtrail": ("describe_trails", {"ThrottlingException", "InternalFailure", "ServiceUnavailable"}),
}


def test_faults_are_each_services_own():
    """CT-10 and each service's common errors; the share is the one asked for, and never four in a row."""
    with faulty(fault_rate=0.5) as (_, client):
        for service, (operation, codes) in EACH_SERVICES_OWN.items():
            step = getattr(client(service), operation)
            seen = [outcome(step) for _ in range(80)]
            assert set(seen) == codes | {"", "lost"}
            assert 0.3 < sum(map(bool, seen)) / len(seen) < 0.6
            assert not any(all(seen[place : place + 4]) for place in range(len(seen) - 3))


def test_the_same_seed_gives_the_same_faults():
    """In each account by itself: requests of another account change nothing."""

    def seen(seed: int, other: bool) -> list[str]:
        with faulty(fault_rate=0.3, seed=seed) as (_, client):
            mine, yours = client("kms"), client("kms", 1)
            outcomes = []
            for _ in range(25):
                outcomes.append(outcome(mine.list_keys))
                if other:
                    outcome(yours.list_keys)
            return outcomes

    alone = seen(1, other=False)
    assert alone == seen(1, other=True)
    assert alone != seen(2, other=False)


def test_five_attempts_come_through():
    """botocore's standard retries meet no error."""
    with faulty(fault_rate=0.3) as (_, client):
        kms = client("kms", retries=FIVE)
        for _ in range(12):
            kms.list_keys()


def test_an_unsigned_get_meets_faults_too():
    """The object's address answers 503, 500, or nothing, and then as always."""
    with faulty(fault_rate=0.6) as (aws, _):
        seen = Counter(_status(f"{aws.endpoint}/{aws.students[0].bucket}/clock.png") for _ in range(40))
    assert seen.keys() == {403, 500, 503, 0}


def _status(url: str) -> int:
    try:
        with urllib.request.urlopen(url) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        refused.close()
        return refused.code
    except OSError:
        return 0


def test_what_took_no_effect_leaves_no_event_and_what_was_lost_may_have():
    """As many keys as CreateKey events; a lost answer may have made one, which the client never hears of."""
    with faulty(fault_rate=0.6) as (aws, client):
        kms = client("kms")
        seen = Counter(outcome(kms.create_key) for _ in range(60))
        student = aws.students[0]
        from moto.kms.models import kms_backends

        made = len(kms_backends[student.account]["us-east-1"].keys)
        events = aws.state(EventStore).visible(student.account, "us-east-1", aws.now(), 0)
        created = [event.record for event in events if event.record["eventName"] == "CreateKey"]
    assert made == len(created)
    assert all("errorCode" not in record for record in created)
    assert seen[""] < made < seen[""] + seen["lost"]


def test_without_faults_no_hook_is_added():
    """The behaviours are those of the services."""
    assert with_faults(Settings(), BEHAVIOURS) == BEHAVIOURS
    with EmbeddedAWS() as aws:
        assert aws.behaviours == BEHAVIOURS


@pytest.mark.parametrize("operation", ["create_volume", "run_instances"])
def test_a_client_token_makes_a_thing_once(operation):
    """The same token, the same thing; with other parameters it is refused."""
    with faulty() as (_, client):
        ec2 = client("ec2")
        image = ec2.describe_images()["Images"][0]["ImageId"]
        how: dict[str, Any] = {
            "create_volume": {"AvailabilityZone": "us-east-1a", "Size": 1},
            "run_instances": {"ImageId": image, "MinCount": 1, "MaxCount": 1},
        }[operation]
        others: dict[str, dict[str, Any]] = {
            "create_volume": {"Size": 2},
            "run_instances": {"InstanceType": "t3.small"},
        }
        volumes = len(ec2.describe_volumes()["Volumes"])
        first, second = (getattr(ec2, operation)(**how, ClientToken="once") for _ in range(2))
        for each in (first, second):
            del each["ResponseMetadata"]
        assert first == second
        assert len(ec2.describe_volumes()["Volumes"]) == volumes + 1
        code = outcome(getattr(ec2, operation), **{**how, **others[operation]}, ClientToken="once")
        assert code == "IdempotentParameterMismatch"
        getattr(ec2, operation)(**how)
        assert len(ec2.describe_volumes()["Volumes"]) == volumes + 2


def test_a_new_volume_is_not_found_at_once():
    """TIME-13; when the time is over it is found for good."""
    with faulty(stale=60) as (aws, client):
        ec2 = client("ec2")
        made = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
        seen = {outcome(ec2.describe_volumes, VolumeIds=[made]) for _ in range(20)}
        assert seen == {"", "InvalidVolume.NotFound"}
        aws.advance_clock(61)
        assert {outcome(ec2.describe_volumes, VolumeIds=[made]) for _ in range(10)} == {""}


def test_a_new_key_and_its_alias_are_not_found_at_once():
    """TIME-01, TIME-04."""
    with faulty(stale=60) as (aws, client):
        kms = client("kms")
        made = kms.create_key()["KeyMetadata"]["KeyId"]
        assert {outcome(kms.describe_key, KeyId=made) for _ in range(20)} == {"", "NotFoundException"}
        aws.advance_clock(61)
        kms.create_alias(AliasName="alias/new", TargetKeyId=made)
        assert {outcome(kms.describe_key, KeyId="alias/new") for _ in range(20)} == {"", "NotFoundException"}
        aws.advance_clock(61)
        assert {outcome(kms.describe_key, KeyId="alias/new") for _ in range(10)} == {""}


def test_a_keys_state_flips_after_a_write():
    """Enabled, disabled, enabled: older reads come between newer ones, for a while."""
    with faulty(stale=60) as (aws, client):
        kms = client("kms")
        made = kms.create_key()["KeyMetadata"]["KeyId"]
        aws.advance_clock(61)
        kms.describe_key(KeyId=made)
        kms.disable_key(KeyId=made)
        states = {kms.describe_key(KeyId=made)["KeyMetadata"]["KeyState"] for _ in range(20)}
        assert states == {"Enabled", "Disabled"}
        aws.advance_clock(61)
        assert {kms.describe_key(KeyId=made)["KeyMetadata"]["KeyState"] for _ in range(10)} == {"Disabled"}


def test_an_old_read_is_the_last_before_the_last_write():
    """Not one from before several writes: a reader is behind for so long, and no longer."""
    with faulty(stale=60) as (aws, client):
        kms = client("kms")
        made = kms.create_key(Description="first")["KeyMetadata"]["KeyId"]
        aws.advance_clock(61)
        kms.describe_key(KeyId=made)
        for written, older in (("second", "first"), ("third", "second")):
            kms.update_key_description(KeyId=made, Description=written)
            read = {kms.describe_key(KeyId=made)["KeyMetadata"]["Description"] for _ in range(20)}
            assert read == {written, older}


def test_some_calls_get_no_answer():
    """For as long as it is set; half of them take effect all the same."""
    with faulty(fault_rate=0.9, silence=60, seed=1) as (_, client):
        kms = client("kms", config={"read_timeout": 0.2})
        seen = Counter(outcome(kms.create_key) for _ in range(60))
        assert seen["silent"]


def test_a_buckets_settings_are_eventual_and_its_objects_are_not():
    """TIME-10, TIME-11: the setting reads old and acts old for a while; an object is there at once."""
    with faulty(stale=60) as (aws, client):
        s3, bucket = client("s3"), aws.students[0].bucket
        s3.get_public_access_block(Bucket=bucket)
        switches = dict.fromkeys(
            ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), False
        )
        s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=switches)
        rules = {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
        s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=rules)
        read = {
            s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]["BlockPublicAcls"]
            for _ in range(20)
        }
        assert read == {True, False}
        for number in range(20):
            s3.put_object(Bucket=bucket, Key="clock.png", Body=str(number).encode())
            assert s3.get_object(Bucket=bucket, Key="clock.png")["Body"].read() == str(number).encode()
        public = {"Bucket": bucket, "Key": "clock.png", "ACL": "public-read"}
        assert {outcome(s3.put_object_acl, **public) for _ in range(20)} == {"", "AccessDenied"}
        aws.advance_clock(61)
        assert {outcome(s3.put_object_acl, **public) for _ in range(10)} == {""}


def test_events_are_late_out_of_order_and_twice():
    """Each in its own time; when all have come, none is missing and some are there twice, in one paged reading."""
    with faulty(event_jitter=100) as (aws, client):
        kms = client("kms")
        for _ in range(60):
            kms.list_keys()
        account = aws.students[0].account
        late = [event.late for event in aws.state(EventStore).visible(account, "us-east-1", aws.now() + 101, 0)]
        assert late != sorted(late)
        aws.advance_clock(50)
        some = len(aws.state(EventStore).visible(account, "us-east-1", aws.now(), 0))
        assert 0 < some < len(late)
        aws.advance_clock(60)
        trail = client("cloudtrail", retries=FIVE)
        wanted = [{"AttributeKey": "EventName", "AttributeValue": "ListKeys"}]
        pages = trail.get_paginator("lookup_events").paginate(LookupAttributes=wanted)
        counts = Counter(event["EventId"] for page in pages for event in page["Events"])
        assert len(counts) == 60
        assert set(counts.values()) == {1, 2}
