"""The server serves what the catalogue says, and refuses all else in the client's protocol."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from embedded.aws import BEHAVIOURS
from embedded.core.catalogue import Catalogue
from tests.embedded.catalogue import NAMES, TITLE, operations, refused, request_parameters
from tests.embedded.parity import PAGE
from tests.embedded.question import QUESTIONS
from tests.embedded.world import EmbeddedWorld

LACKS = "The embedded AWS has no "
ROW = re.compile(r"^\| (\w+) \| (\d+) \| (.+) \|$", re.MULTILINE)
SIGNED = "AWS4-HMAC-SHA256 Credential=AKIA/20261126/us-east-1/{}/aws4_request, SignedHeaders=host, Signature=0"


def answers(world: EmbeddedWorld, service: str, names: list[str]) -> dict[str, str]:
    """What each operation is answered with, called with what its address needs and nothing else."""
    credential = world.aws.credentials.find(world.credentials.access_key)
    assert credential
    given = {}
    with world.aws.clients.signed_in(credential, "127.0.0.1"):
        client = world.aws.clients.client(service)
        for name in names:
            try:
                client._make_api_call(name, request_parameters(service, name))  # noqa: SLF001  # by the name of the model
                given[name] = "served"
            except ClientError as error:
                status = error.response["ResponseMetadata"]["HTTPStatusCode"]
                given[name] = f"{status} {error.response['Error']['Code']} {error.response['Error'].get('Message', '')}"
            except BotoCoreError as error:
                given[name] = type(error).__name__
    return given


@pytest.mark.parametrize("service", NAMES)
def test_what_is_not_served_is_refused(service: str, worlds: Iterator[EmbeddedWorld]):
    """In the client's own protocol, with the operation's name."""
    given = answers(next(worlds), service, refused(service))
    expected = "501 NotImplemented " + LACKS
    without_body = "501 501 Not Implemented"
    assert {name: each for name, each in given.items() if not each.startswith((expected, without_body))} == {}
    assert all(
        each.startswith((f"{expected}{service}:{name}.", f"{expected}s3express", without_body))
        for name, each in given.items()
    )


@pytest.mark.parametrize("service", ["kms", "s3", "sts", "cloudtrail"])
def test_what_is_served_is_not_refused(service: str, worlds: Iterator[EmbeddedWorld]):
    """Whatever the answer to a request without parameters is, it is not that the operation is missing."""
    served = [name for name in operations(service) if name not in refused(service)]
    given = answers(next(worlds), service, served)
    assert [name for name, each in given.items() if LACKS in each or each.startswith("500")] == []


def part(service: str) -> str:
    """The page's part about a service."""
    text = PAGE.read_text(encoding="utf-8").partition(TITLE)[2]
    return text.partition(f"### Operations of {NAMES[service]}\n")[2].partition("\n### ")[0]


def listed(text: str, kind: str) -> list[str]:
    names = re.search(rf"^{kind}: (.*)\.$", text, re.MULTILINE)
    assert names, kind
    return [] if names[1] == "none" else names[1].split(", ")


@pytest.mark.parametrize("service", NAMES)
def test_the_page_has_each_operation_once(service: str):
    """`python -m tests.embedded.parity` would write what is there."""
    text = part(service)
    done = [row[1] for row in ROW.finditer(text)]
    unasked, by_moto, not_served = (
        listed(text, kind) for kind in ("Done, not asked", "Served by moto, not judged", "Refused")
    )
    assert sorted([*done, *unasked, *by_moto, *not_served]) == sorted(operations(service))
    assert not_served == refused(service)
    assert [
        name for name in operations(service) if Catalogue(BEHAVIOURS).is_own(service, name) and name in by_moto
    ] == []
    assert [name for name in unasked if not Catalogue(BEHAVIOURS).is_own(service, name)] == []


def test_the_page_names_questions_that_there_are():
    """Each operation that is done is called by questions."""
    asked = {question.id for question in QUESTIONS}
    for service in NAMES:
        for row in ROW.finditer(part(service)):
            assert int(row[2]) > 0
            named = row[3].replace("\\|", "|").split("; ")
            assert all(any(each.startswith(name) or name in each for each in asked) for name in named), row[0]


PROTOCOLS = {
    "JSON 1.0": (
        "dynamodb",
        {"x-amz-target": "DynamoDB_20120810.ListTables", "content-type": "application/x-amz-json-1.0"},
    ),
    "JSON 1.1": ("ecs", {"x-amz-target": "ECS.ListClusters", "content-type": "application/x-amz-json-1.1"}),
    "query": ("sns", {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}),
    "CBOR": ("monitoring", {"smithy-protocol": "rpc-v2-cbor", "content-type": "application/cbor"}),
    "REST with JSON": ("lambda", {}),
    "REST with XML": ("cloudfront", {}),
}


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_another_service_is_refused_in_its_protocol(protocol: str, worlds: Iterator[EmbeddedWorld]):
    """The error is one of the protocol's, and says what there is instead."""
    service, headers = PROTOCOLS[protocol]
    url = f"{next(worlds).endpoint}/service/x"
    request = urllib.request.Request(url, b"", {"Authorization": SIGNED.format(service), **headers}, method="POST")
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(request)
    assert refusal.value.code == 501
    body = refusal.value.read()
    message = f"The embedded AWS has no {service}. It has cloudtrail, ec2, iam, kms, s3"
    assert message.encode() in body
    kind = refusal.value.headers["content-type"]
    if "json" in kind:
        assert json.loads(body)["__type"] == "NotImplemented"
        assert kind == headers.get("content-type", "application/json")
    elif kind == "application/cbor":
        assert body.startswith(b"\xa2\x66__type\x6eNotImplemented\x67message")
    else:
        assert b"<Code>NotImplemented</Code>" in body


UNSIGNED = {
    "query": ("/", {"content-type": "application/x-www-form-urlencoded"}, b"Action=ListTopics&Version=2010-03-31"),
    "CBOR": ("/service/GraniteService/operation/ListMetrics", {"smithy-protocol": "rpc-v2-cbor"}, b"\xa0"),
    "CBOR with KMS": ("/service/TrentService/operation/ListKeys", {"smithy-protocol": "rpc-v2-cbor"}, b"\xa0"),
}


@pytest.mark.parametrize("protocol", UNSIGNED)
def test_an_unsigned_request_to_another_service_is_refused_in_its_protocol(
    protocol: str, worlds: Iterator[EmbeddedWorld]
):
    """It is no request to S3; and KMS speaks JSON only."""
    path, headers, body = UNSIGNED[protocol]
    request = urllib.request.Request(f"{next(worlds).endpoint}{path}", body, headers, method="POST")
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(request)
    assert refusal.value.code == 501
    assert refusal.value.headers["content-type"] == ("text/xml" if protocol == "query" else "application/cbor")
    assert b"The embedded AWS " in refusal.value.read()


@pytest.mark.parametrize("query", ["torrent", "annotation", "renameObject", "intelligent-tiering", "metrics&id=x"])
def test_a_sub_resource_that_moto_lacks_changes_and_returns_nothing(query: str, worlds: Iterator[EmbeddedWorld]):
    """moto would take the request for one to the object or to the bucket."""
    world = next(worlds)
    bucket = world.bucket()
    world.s3.put_object(Bucket=bucket, Key="x", Body=b"secret")
    for method in ("GET", "PUT", "DELETE", "POST"):
        answer = world.get(world.link(bucket, "x") + f"&{query}", method)
        assert "secret" not in answer
    assert world.s3.get_object(Bucket=bucket, Key="x")["Body"].read() == b"secret"
