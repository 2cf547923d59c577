"""The practice server beside plain moto's own: milliseconds a call, calls a second, start, memory of a class.

    python -m bench.practice_server [CALLS]

Both serve in processes of their own and are asked in turn, call by call, so that what else the machine does meets both
alike. The clients are boto3's; their own work is in the figures of both. Plain moto has no LookupEvents.
"""

from __future__ import annotations

import http.client
import itertools
import json
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore.session
from botocore.config import Config
from botocore.loaders import Loader

ROOT = Path(__file__).parent.parent
LOADER = Loader()
TOGETHER = 8
ACCOUNTS = 64
CLASS = 1000
READY_SECONDS, CLASS_MEGABYTES = 1.0, 2000
Calls = dict[str, Callable[[], Any]]


@contextmanager
def server(*command: str) -> Iterator[tuple[str, float, int]]:
    """Start a server. Gives its first line, the seconds until it was printed, and its process id."""
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, *command], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout
        line = process.stdout.readline()
        try:
            yield line, time.perf_counter() - began, process.pid
        finally:
            process.terminate()


def megabytes(pid: int) -> float:
    """Return the resident memory of a process."""
    (line,) = (each for each in Path(f"/proc/{pid}/status").read_text().splitlines() if each.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def clients(endpoint: str, **credentials: str) -> Callable[[str], Any]:
    core = botocore.session.Session()
    core.register_component("data_loader", LOADER)
    session = boto3.Session(botocore_session=core, region_name="us-east-1", **credentials)
    config = Config(max_pool_connections=TOGETHER, retries={"total_max_attempts": 1})

    def client(service: str) -> Any:
        return session.client(service, endpoint_url=endpoint, config=config)  # type: ignore[call-overload]  # any service

    return client


def calls(client: Callable[[str], Any]) -> Calls:
    """Return the lab's commonest calls, on resources that were created for them."""
    kms, s3, ec2, sts = map(client, ("kms", "s3", "ec2", "sts"))
    key = kms.create_key()["KeyMetadata"]["Arn"]
    bucket = f"bench-{key[-12:]}"
    s3.create_bucket(Bucket=bucket)
    form = {"Bucket": bucket, "Key": "clock.png"}
    sse = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    body, numbers = b"clock" * 2000, itertools.count()  # plain moto fails when clients write one object at once
    s3.put_object(**form, **sse, Body=body)
    blob = kms.encrypt(KeyId=key, Plaintext=b"bench")["CiphertextBlob"]
    ec2.create_volume(Size=8, AvailabilityZone="us-east-1a")
    return {
        "sts GetCallerIdentity": sts.get_caller_identity,
        "kms DescribeKey": lambda: kms.describe_key(KeyId=key),
        "kms Encrypt": lambda: kms.encrypt(KeyId=key, Plaintext=b"bench"),
        "kms Decrypt": lambda: kms.decrypt(CiphertextBlob=blob),
        "kms GenerateDataKey": lambda: kms.generate_data_key(KeyId=key, KeySpec="AES_256"),
        "s3 PutObject, SSE-KMS": lambda: s3.put_object(Bucket=bucket, Key=f"{next(numbers)}", **sse, Body=body),
        "s3 GetObject, SSE-KMS": lambda: s3.get_object(**form)["Body"].read(),  # noqa: PLW0108  # each time anew
        "s3 HeadObject": lambda: s3.head_object(**form),
        "s3 ListObjectsV2": lambda: s3.list_objects_v2(Bucket=bucket, Prefix="clock"),
        "ec2 DescribeInstances": ec2.describe_instances,
        "ec2 DescribeVolumes": ec2.describe_volumes,
    }


def milliseconds(call: Callable[[], Any]) -> float:
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1000


def a_second(call: Callable[[], Any], count: int) -> float:
    """Return the calls a second of several clients at once."""
    began = time.perf_counter()
    with ThreadPoolExecutor(TOGETHER) as pool:
        for done in [pool.submit(call) for _ in range(count)]:
            done.result()
    return count / (time.perf_counter() - began)


def compared(ours: Calls, plain: Calls, count: int) -> list[str]:
    """Print a line for each call. Return the names of those that are slower than plain moto's."""
    slower = []
    print(f"{'':24}{'one client, ms':^24}{f'{TOGETHER} clients, calls/s':^24}")
    print(f"{'':24}{'ours':>8}{'moto':>8}{'ratio':>8}{'ours':>8}{'moto':>8}{'ratio':>8}")
    totals = [0.0, 0.0]
    for name in ours:
        both: tuple[list[float], list[float]] = ([], [])
        for _ in range(count):
            for times, call in zip(both, (ours[name], plain[name]), strict=True):
                times.append(milliseconds(call))
        mine, theirs = map(statistics.median, both)
        rates = [a_second(call, count * 2) for call in (ours[name], plain[name])]
        totals = [totals[0] + mine, totals[1] + theirs]
        print(
            f"{name:24}{mine:8.2f}{theirs:8.2f}{mine / theirs:8.2f}"
            f"{rates[0]:8.0f}{rates[1]:8.0f}{rates[0] / rates[1]:8.2f}",
            flush=True,
        )
        if mine > theirs or rates[0] < rates[1]:
            slower.append(name)
    print(f"{'one of each':24}{totals[0]:8.2f}{totals[1]:8.2f}{totals[0] / totals[1]:8.2f}")
    return slower


def history(client: Callable[[str], Any], count: int) -> None:
    """LookupEvents, which AWS serves twice a second."""
    trail, times = client("cloudtrail"), []
    for _ in range(min(count, 6)):
        times.append(milliseconds(lambda: trail.lookup_events(MaxResults=50)))
        threading.Event().wait(0.6)
    print(f"{'cloudtrail LookupEvents':24}{statistics.median(times):8.2f}       –")


def a_class() -> float:
    """Return the megabytes of a server whose thousand accounts were all called for what they start with."""
    with server("-m", "embedded", "--students", str(CLASS)) as (line, seconds, pid):
        ready_line = json.loads(line)
        began = megabytes(pid)

        def looks(account: dict[str, str]) -> None:
            client = clients(ready_line["endpoint"], **_signed_in(account))
            client("sts").get_caller_identity()
            assert len(client("s3").list_buckets()["Buckets"]) == 1
            assert len(client("ec2").describe_instances()["Reservations"]) == 1
            assert client("kms").list_keys()["Keys"] == []

        with ThreadPoolExecutor(TOGETHER) as pool:
            list(pool.map(looks, ready_line["accounts"]))
        used = megabytes(pid)
    print(
        f"{CLASS} accounts: ready in {seconds:.2f} s with {began:.0f} MB; each called by four services: {used:.0f} MB"
    )
    return used


def many_accounts(seconds: float = 10) -> float:
    """Return the calls a second of 64 clients over 64 accounts.

    Each client sends the signed requests of its account again and again over one connection: boto3's own work, which
    would be most of the time on two cores, is left out.
    """
    with server("-m", "embedded", "--students", str(ACCOUNTS)) as (line, _, _):
        ready_line = json.loads(line)
        address = urlsplit(ready_line["endpoint"])
        prepared = [signed_requests(clients(address.geturl(), **_signed_in(each))) for each in ready_line["accounts"]]
        end = time.perf_counter() + seconds

        def client(requests: list[Any]) -> int:
            connection = http.client.HTTPConnection(str(address.hostname), address.port)
            for sent, request in enumerate(itertools.cycle(requests)):
                if time.perf_counter() > end:
                    connection.close()
                    return sent
                target = request.url.removeprefix(address.geturl())
                if hasattr(request.body, "seek"):
                    request.body.seek(0)
                connection.request(request.method, target, request.body, dict(request.headers.items()))
                response = connection.getresponse()
                response.read()
                assert response.status == 200, (target, response.status)
            raise AssertionError

        with ThreadPoolExecutor(ACCOUNTS) as pool:
            rate = sum(pool.map(client, prepared)) / seconds
    print(f"{ACCOUNTS} clients over {ACCOUNTS} accounts: {rate:.0f} calls/s")
    return rate


def signed_requests(client: Callable[[str], Any]) -> list[Any]:
    """One account's commonest calls as requests that are ready to be sent; each was sent once."""
    kms, s3, ec2, sts = map(client, ("kms", "s3", "ec2", "sts"))
    requests: list[Any] = []
    key = kms.create_key()["KeyMetadata"]["Arn"]
    (bucket,) = s3.list_buckets()["Buckets"]
    for each in (kms, s3, ec2, sts):
        each.meta.events.register("before-send", lambda request, **_: requests.append(request))
    sts.get_caller_identity()
    kms.describe_key(KeyId=key)
    kms.generate_data_key(KeyId=key, KeySpec="AES_256")
    how = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    s3.put_object(Bucket=bucket["Name"], Key="clock.png", Body=b"clock" * 200, **how)
    s3.get_object(Bucket=bucket["Name"], Key="clock.png")["Body"].read()
    ec2.describe_volumes()
    return requests


def _signed_in(account: dict[str, str]) -> dict[str, str]:
    return {
        "aws_access_key_id": account["access_key_id"],
        "aws_secret_access_key": account["secret_access_key"],
        "aws_session_token": account["session_token"],
    }


def ready() -> float:
    """Seconds from the start of `python -m embedded` to its line of JSON, the median of five."""
    times = []
    for _ in range(5):
        with server("-m", "embedded") as (_, seconds, _pid):
            times.append(seconds)
    return statistics.median(times)


def main(count: int) -> None:
    start = ready()
    with ExitStack() as stack:
        line, _, _ = stack.enter_context(server("-m", "embedded"))
        address, _, _ = stack.enter_context(server("-m", "tests.support.plain_moto"))
        ready_line = json.loads(line)
        mine = clients(ready_line["endpoint"], **_signed_in(ready_line["accounts"][0]))
        plain = clients(address.strip(), aws_access_key_id="plain", aws_secret_access_key="plain")  # noqa: S106  # plain moto accepts any
        other = calls(plain)
        plain("ec2").run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1)
        slower = compared(calls(mine), other, count)
        history(mine, count)
    print(f"start to ready: {start:.2f} s")
    many_accounts()
    used = a_class()
    missed = [
        *(f"{name} is slower than plain moto's" for name in slower),
        *([f"ready after {start:.2f} s, not {READY_SECONDS:.0f}"] if start > READY_SECONDS else []),
        *([f"{used:.0f} MB, not {CLASS_MEGABYTES}"] if used > CLASS_MEGABYTES else []),
    ]
    print(f"verdict: {'; '.join(missed) or 'no slower than plain moto, ready in time, and small'}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
