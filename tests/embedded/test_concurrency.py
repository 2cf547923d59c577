"""Many requests at once: those of one account are served one after the other, those of others at the same time."""

from __future__ import annotations

import json
import multiprocessing
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.config import Config

from embedded.audit.history import EventStore
from embedded.aws import BEHAVIOURS, EmbeddedAWS, Settings
from embedded.core.behaviours import Behaviour
from embedded.core.environment import Environment
from tests.embedded.question import code
from tests.embedded.world import session

LAUNCHES, FAILING_LAUNCHES = 40, 30
Client = Callable[..., Any]


@contextmanager
def served(*behaviours: Behaviour, **settings: Any) -> Iterator[tuple[EmbeddedAWS, Client]]:
    """An AWS of two accounts, and a function that makes clients of them."""
    with EmbeddedAWS(Settings(students=2, transition=0, **settings), behaviours=(*behaviours, *BEHAVIOURS)) as aws:

        def client(service: str, student: int = 0) -> Any:
            named = aws.students[student]
            signed_in = session(
                aws_access_key_id=named.access_key_id,
                aws_secret_access_key=named.secret_access_key,
                aws_session_token=named.session_token,
            )
            config = Config(max_pool_connections=LAUNCHES, retries={"total_max_attempts": 1}, read_timeout=60)
            return signed_in.client(service, endpoint_url=aws.endpoint, config=config)

        yield aws, client


def launch_at_once(ec2: Any, key: str, count: int) -> list[str]:
    """The ids of instances that were launched at once, each with a root that is encrypted with the key."""
    image = ec2.describe_images(Filters=[{"Name": "architecture", "Values": ["x86_64"]}])["Images"][0]
    root = {"DeviceName": image["RootDeviceName"], "Ebs": {"Encrypted": True, "KmsKeyId": key}}

    def launch(_: int) -> str:
        launched = ec2.run_instances(
            ImageId=image["ImageId"], InstanceType="t3.micro", MinCount=1, MaxCount=1, BlockDeviceMappings=[root]
        )
        return str(launched["Instances"][0]["InstanceId"])

    with ThreadPoolExecutor(count) as clients:
        return list(clients.map(launch, range(count)))


def test_concurrent_launches_have_a_grant_and_an_event_each():
    """No launch takes the instance of another for its own."""
    with served() as (aws, client):
        kms, account = client("kms"), aws.students[0].account
        key = kms.create_key()["KeyMetadata"]["Arn"]
        launched = launch_at_once(client("ec2"), key, LAUNCHES)
        pages = kms.get_paginator("list_grants").paginate(KeyId=key)
        grants = Counter(grant["GranteePrincipal"].rpartition("/")[2] for page in pages for grant in page["Grants"])
        events = [event.record for event in aws.state(EventStore).visible(account, "us-east-1", aws.now(), 0)]
        created = Counter(
            event["requestParameters"]["granteePrincipal"].rpartition("/")[2]
            for event in events
            if event["eventName"] == "CreateGrant"
        )
    assert len(set(launched)) == LAUNCHES
    assert [grants[instance] for instance in launched] == [1] * LAUNCHES
    assert [created[instance] for instance in launched] == [1] * LAUNCHES


def test_concurrent_launches_with_a_disabled_key_all_end():
    """Each instance ends in `terminated`."""
    with served() as (_, client):
        kms, ec2 = client("kms"), client("ec2")
        key = kms.create_key()["KeyMetadata"]["Arn"]
        kms.disable_key(KeyId=key)
        launched = launch_at_once(ec2, key, FAILING_LAUNCHES)
        pages = ec2.get_paginator("describe_instances").paginate(InstanceIds=launched)
        states = [
            each["State"]["Name"]
            for page in pages
            for reservation in page["Reservations"]
            for each in reservation["Instances"]
        ]
    assert states == ["terminated"] * FAILING_LAUNCHES


def test_accounts_that_use_one_anothers_buckets_do_not_wait_for_ever():
    """Each request needs the state of both accounts, in both directions."""
    with served() as (aws, client):

        def visit(student: int) -> list[str]:
            bucket, s3 = aws.students[1 - student].bucket, client("s3", student)
            return [code(lambda: s3.put_object(Bucket=bucket, Key="clock.png", Body=b"clock")) for _ in range(25)]

        with ThreadPoolExecutor(8) as clients:
            outcomes = list(clients.map(visit, [0, 1] * 4, timeout=60))
    assert {each for outcome in outcomes for each in outcome} == {"AccessDenied 403"}


def test_locks_of_two_accounts_are_taken_in_one_order():
    """Whatever the order in which a request names the accounts."""
    environment, both_named_one = Environment(Settings()), threading.Barrier(2)

    def named(first: str, second: str) -> Iterator[str]:
        yield first
        both_named_one.wait(10)
        yield second

    def hold(first: str, second: str) -> None:
        with environment.locked(named(first, second)):
            pass

    holders = [threading.Thread(target=hold, args=each, daemon=True) for each in (("1", "2"), ("2", "1"))]
    for holder in holders:
        holder.start()
    for holder in holders:
        holder.join(10)
    assert not any(holder.is_alive() for holder in holders)


def test_a_silent_request_keeps_nobody_waiting():
    """The account is free while the response is held back."""
    silent, recorded = Behaviour("silence"), threading.Event()

    @silent.intercept("kms", "ListKeys")
    def hold_back(request: Any) -> None:
        request.fault.silence = 2.0

    @silent.completed("kms", "ListKeys")
    def record(request: Any, response: Any, error: Any) -> None:
        recorded.set()

    with served(silent) as (_, client), ThreadPoolExecutor(1) as other:
        kms = client("kms")
        held = other.submit(kms.list_keys)
        assert recorded.wait(30)
        kms.list_aliases()
        assert not held.done()


def test_latency_is_spent_by_all_at_the_same_time():
    """Eight requests of one account take the latency of one, not of eight."""
    latency = 0.5
    with served(latency=latency) as (_, client), ThreadPoolExecutor(8) as clients:
        kms = client("kms")
        kms.list_keys()
        began = time.monotonic()
        list(clients.map(lambda _: kms.list_keys(), range(8)))
        assert time.monotonic() - began < 4 * latency


def test_a_second_one_in_a_process_is_refused():
    """In so many words; the first one goes on, and when it has ended another may start."""
    with served() as (_, client):
        with pytest.raises(RuntimeError, match="is running in this process already"), EmbeddedAWS():
            pass
        assert client("kms").list_keys()["Keys"] == []
    with EmbeddedAWS() as aws:
        assert aws.endpoint


def imported_at_once() -> str:
    """What is still replaced after concurrent first imports of moto, as JSON."""
    import botocore.session
    import moto.utilities.utils as utilities

    from embedded.core.moto_imports import import_lazily

    before = (utilities.load_resource, botocore.session.create_loader)
    modules = ["moto.ec2.responses", "moto.kms.responses", "moto.s3.responses", "moto.iam.responses"] * 3
    together = threading.Barrier(len(modules))

    def load(module: str) -> None:
        together.wait()
        import_lazily(module)

    with ThreadPoolExecutor(len(modules)) as threads:
        list(threads.map(load, modules))
    offerings = utilities.load_resource("ec2/resources/instance_type_offerings/region/us-east-1.json")
    return json.dumps(
        {
            "restored": (utilities.load_resource, botocore.session.create_loader) == before,
            "offerings": type(offerings).__name__,
        }
    )


def test_concurrent_first_imports_leave_nothing_replaced():
    """In a process that has not imported moto before."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        found = json.loads(pool.submit(imported_at_once).result(timeout=120))
    assert found == {"restored": True, "offerings": "list"}
