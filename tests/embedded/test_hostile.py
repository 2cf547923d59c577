"""Whatever arrives, the answer is AWS's own kind of error: never a traceback, never an HTML page, never a hang."""

from __future__ import annotations

import json
import logging
import socket
import string
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode, urlsplit
from xml.etree import ElementTree

import botocore.session
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from tests.embedded.world import EmbeddedWorld
from tests.support.raw_requests import ODD_TIMES, SECONDS, TARGETS, VERSIONS, send, signed

FUZZED = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)
MODELS = botocore.session.get_session()
SLOW = {"CreateKey", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext"}


@pytest.fixture(scope="module")
def hostile(worlds: Iterator[EmbeddedWorld] | None) -> EmbeddedWorld:
    """An account that a stranger plays with; never a real one."""
    if worlds is None:
        pytest.skip("nobody plays with a real account")
    return next(worlds)


@pytest.fixture(autouse=True)
def no_faults_of_ours(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """The server logs what it failed at; there must be nothing."""
    caplog.set_level(logging.ERROR, logger="embedded.core.dispatch")
    yield
    assert not caplog.records, caplog.text


def is_awss_own(method: str, status: int, body: bytes) -> None:
    """An answer, or an error in the form of one of AWS's protocols."""
    assert status != 500
    assert b"Traceback" not in body
    assert b"<!doctype" not in body.lower()
    if status < 400 or method == "HEAD":
        return
    if body.startswith(b"{"):
        assert json.loads(body)["__type"]
    else:
        assert ElementTree.fromstring(body).find(".//Code") is not None


junk = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.sampled_from(ODD_TIMES),
    st.text(max_size=40),
    st.lists(st.text(max_size=5), max_size=3),
    st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=3),
)


@st.composite
def json_calls(draw: st.DrawFn) -> tuple[str, str, bytes]:
    """An operation of a JSON service with parameters that have the right names and anything in them."""
    service = draw(st.sampled_from(sorted(TARGETS)))
    model = MODELS.get_service_model(service)
    name = draw(st.sampled_from([each for each in model.operation_names if each not in SLOW]))
    shape = model.operation_model(name).input_shape
    members = list(shape.members) if shape else []
    params = draw(st.dictionaries(st.sampled_from(members or ["Nothing"]), junk, max_size=6))
    body = json.dumps(params).encode()
    return service, name, draw(st.one_of(st.just(body), st.just(body[: len(body) // 2]), st.binary(max_size=30)))


@FUZZED
@given(call=json_calls())
@example(call=("cloudtrail", "ListInsightsData", b'{"StartTime": 1180591620717411303424}'))
def test_json_services(hostile: EmbeddedWorld, call: tuple[str, str, bytes]):
    """KMS, CloudTrail and SSM, with parameters of every kind, truncated bodies, and bodies that are none."""
    service, name, body = call
    headers = {"x-amz-target": f"{TARGETS[service]}.{name}", "content-type": "application/x-amz-json-1.1"}
    is_awss_own("POST", *send(hostile, "POST", "/", signed(hostile, service, "POST", "/", headers, body), body))


@st.composite
def query_calls(draw: st.DrawFn) -> tuple[str, bytes]:
    """An operation of a query service with parameters that have the right names and anything in them."""
    service = draw(st.sampled_from(sorted(VERSIONS)))
    model = MODELS.get_service_model(service)
    some = ("Volume", "Snapshot", "Instance", "Role", "User", "Polic", "Session", "Ebs", "Image", "Caller", "Assume")
    names = [each for each in model.operation_names if any(word in each for word in some)]
    name = draw(st.sampled_from(names))
    shape = model.operation_model(name).input_shape
    members = list(shape.members or ["Nothing"]) if shape else ["Nothing"]
    keys = st.builds(
        "{}{}".format, st.sampled_from(members), st.sampled_from(["", ".1", ".member.1", ".1.Key", ".0", ".x"])
    )
    params = draw(st.dictionaries(keys, st.text(max_size=20) | st.sampled_from(ODD_TIMES), max_size=5))
    return service, urlencode({"Action": name, "Version": VERSIONS[service], **params}).encode()


@FUZZED
@given(call=query_calls())
def test_query_services(hostile: EmbeddedWorld, call: tuple[str, bytes]):
    """EC2, STS and IAM, with parameters of every kind."""
    service, body = call
    headers = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
    is_awss_own("POST", *send(hostile, "POST", "/", signed(hostile, service, "POST", "/", headers, body), body))


SUBRESOURCES = [
    "acl",
    "encryption",
    "policy",
    "publicAccessBlock",
    "ownershipControls",
    "tagging",
    "versioning",
    "uploads",
    "delete",
    "lifecycle",
    "cors",
    "website",
    "logging",
    "notification",
    "replication",
    "object-lock",
    "list-type=2",
    "versions",
    "uploadId=x&partNumber=1",
    "partNumber=x",
    "versionId=null",
    "attributes",
    "restore",
    "select&select-type=2",
    "accelerate",
    "inventory&id=1",
    "legal-hold",
    "retention",
    "torrent",
    "location",
    "max-keys=x",
    "max-keys=-1",
    "requestPayment",
    "metadataTable",
    "session",
    "policyStatus",
]
XML = st.one_of(
    st.just(b""),
    st.binary(max_size=40),
    st.text(max_size=30).map(lambda text: f"<a>{text}".encode()),
    st.sampled_from(
        [
            b"<PublicAccessBlockConfiguration/>",
            b"<ServerSideEncryptionConfiguration><Rule/></ServerSideEncryptionConfiguration>",
            b"<OwnershipControls><Rule/></OwnershipControls>",
            b"<AccessControlPolicy/>",
            b"<Delete><Object/></Delete>",
            b"<Tagging><TagSet/></Tagging>",
            b"<CompleteMultipartUpload/>",
            b'{"Version": "2012-10-17"}',
            b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
        ]
    ),
)


@st.composite
def s3_calls(draw: st.DrawFn, bucket: str) -> tuple[str, str, dict[str, str], bytes]:
    """Any method on any path, with any of S3's sub-resources and headers."""
    method = draw(st.sampled_from(["GET", "PUT", "HEAD", "DELETE", "POST", "PATCH", "OPTIONS"]))
    name = draw(st.one_of(st.just(bucket), st.text(string.printable, max_size=12)))
    key = draw(
        st.one_of(st.just(""), st.text(max_size=20), st.sampled_from(["../../etc", "a//b", "%00", ".", "a/../b"]))
    )
    query = "&".join(draw(st.lists(st.sampled_from(SUBRESOURCES), max_size=2)))
    headers = draw(
        st.dictionaries(
            st.sampled_from(
                [
                    "x-amz-acl",
                    "x-amz-copy-source",
                    "x-amz-server-side-encryption",
                    "x-amz-server-side-encryption-aws-kms-key-id",
                    "x-amz-server-side-encryption-customer-algorithm",
                    "x-amz-server-side-encryption-customer-key",
                    "x-amz-tagging",
                    "x-amz-grant-read",
                    "range",
                    "if-modified-since",
                    "x-amz-storage-class",
                    "x-amz-decoded-content-length",
                    "x-amz-object-lock-mode",
                    "content-md5",
                    "content-encoding",
                    "x-amz-metadata-directive",
                ]
            ),
            st.text(string.ascii_letters + string.digits + "=/%-.:, ", max_size=20).map(str.strip),
            max_size=3,
        )
    )
    path = f"/{quote(name)}" + (f"/{quote(key)}" if key else "")
    return method, path + (f"?{query}" if query else ""), headers, draw(XML)


@FUZZED
@given(data=st.data(), anonymous=st.booleans())
def test_s3(hostile: EmbeddedWorld, data: st.DataObject, anonymous: bool):
    """Signed and unsigned, with XML of every kind and none."""
    bucket = hostile.__dict__.setdefault("playground", hostile.bucket())
    method, target, headers, body = data.draw(s3_calls(bucket))
    if not anonymous:
        headers = signed(hostile, "s3", method, target, headers, body)
    is_awss_own(method, *send(hostile, method, target, headers, body))


@FUZZED
@given(
    authorization=st.one_of(
        st.text(string.printable.strip(), max_size=80),
        st.sampled_from(
            [
                "AWS4-HMAC-SHA256",
                "AWS4-HMAC-SHA256 Credential=",
                "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request, SignedHeaders=, Signature=0",
                "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/kms/aws4_request, SignedHeaders=host, Signature=ab",
                "AWS a:b",
                "AWS a:\xfc",
                "AWS :",
                "Bearer x",
            ]
        ),
    ),
    target=st.sampled_from(
        ["/", "/b/k", "/?X-Amz-Algorithm=x", "/b?X-Amz-Signature=1&X-Amz-Credential=a/b", "//", "/%zz"]
    ),
    kind=st.sampled_from(["", "application/json", "application/x-www-form-urlencoded", "text/html", "a" * 300]),
    body=st.binary(max_size=60),
)
def test_signatures_that_are_none(hostile: EmbeddedWorld, authorization: str, target: str, kind: str, body: bytes):
    """Headers and queries that look like signatures, or do not."""
    headers = {"authorization": authorization, "content-type": kind}
    is_awss_own("POST", *send(hostile, "POST", target, headers, body))


@pytest.mark.parametrize("expires", ["10", "9" * 5_000, "\xb2", "-1", "x"])
def test_signatures_that_are_no_ascii(hostile: EmbeddedWorld, expires: str):
    """In URLs that name an access key of the account."""
    given = hostile.credentials
    key, token, expires = given.access_key, quote(given.token or "", safe=""), quote(expires)
    version_2 = f"AWSAccessKeyId={key}&Signature=%C3%BC&Expires={expires}&x-amz-security-token={token}"
    version_4 = (
        f"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={key}/20260101/us-east-1/s3/aws4_request"
        f"&X-Amz-Date=20260101T000000Z&X-Amz-Expires={expires}&X-Amz-SignedHeaders=host&X-Amz-Signature=%C3%BC"
        f"&X-Amz-Security-Token={token}"
    )
    for query in (version_2, version_4):
        status, body = send(hostile, "GET", f"/bucket/clock.png?{query}", {}, b"")
        assert (status, ElementTree.fromstring(body).findtext("Code")) == (403, "SignatureDoesNotMatch")


RAW = (
    b"\r\n\r\n",
    b"GET\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"".join(b"h%d: v\r\n" % n for n in range(300)) + b"\r\n",
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nBroken header\r\n\r\n",
    b"PUT /b/k HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n",
    b"PUT /b/k HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: many\r\n\r\n",
    b"PUT /b/k HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"PUT /b/k HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nabc\r\n0\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200,
    b"GET http://elsewhere.example/b/k HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
)


@pytest.mark.parametrize("raw", RAW, ids=lambda raw: repr(raw[:30]))
def test_bytes_that_are_no_request(hostile: EmbeddedWorld, raw: bytes):
    """An answer that is an error, or a closed connection; and the next request is served."""
    parts = urlsplit(hostile.endpoint)
    with socket.create_connection((str(parts.hostname), parts.port), timeout=SECONDS) as connection:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert not answer or answer.startswith((b"HTTP/1.1 4", b"HTTP/1.1 505"))
    assert b"Traceback" not in answer
    assert hostile.account


def test_a_body_that_never_comes(hostile: EmbeddedWorld):
    """An incomplete body is an error of its own request and delays no other."""
    parts = urlsplit(hostile.endpoint)
    with socket.create_connection((str(parts.hostname), parts.port), timeout=SECONDS) as connection:
        connection.sendall(b"PUT /b/k HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\nabc")
        assert hostile.account
        connection.shutdown(socket.SHUT_WR)
        assert b"IncompleteBody" in connection.recv(65536)


def test_header_tricks(hostile: EmbeddedWorld):
    """moto's own back doors are closed: nobody chooses an account by a header, or reaches moto's own API."""
    status, body = send(hostile, "GET", "/", {"x-moto-account-id": "123456789012"}, b"")
    is_awss_own("GET", status, body)
    assert status == 403
    for path in ("/moto-api/reset", "/moto-api/data.json", "/latest/meta-data/"):
        status, body = send(hostile, "POST", path, {}, b"")
        assert status in (403, 404, 405)
        is_awss_own("POST", status, body)


def test_what_is_deeply_nested(hostile: EmbeddedWorld):
    """Depth is no way to bring it down."""
    body = b'{"KeyId": ' + b"[" * 50_000 + b"]" * 50_000 + b"}"
    headers = {"x-amz-target": "TrentService.Encrypt", "content-type": "application/x-amz-json-1.1"}
    is_awss_own("POST", *send(hostile, "POST", "/", signed(hostile, "kms", "POST", "/", headers, body), body))


def test_a_very_long_answer_of_any(hostile: EmbeddedWorld):
    """A megabyte of a name is refused like a short one."""
    bucket: Any = "b" * 1_000
    is_awss_own("GET", *send(hostile, "GET", f"/{bucket}", {}, b""))


def test_two_replacements_of_one_root(hostile: EmbeddedWorld):
    """The first is made, the second fails as a task, and the next requests are served."""
    ec2, instance = hostile.ec2, hostile.instance()
    new = [hostile.volume(Size=8)["VolumeId"] for _ in range(2)]
    for each in new:
        ec2.create_replace_root_volume_task(InstanceId=instance, VolumeId=each)
    hostile.settle()
    tasks = ec2.describe_replace_root_volume_tasks()["ReplaceRootVolumeTasks"]
    assert sorted(each["TaskState"] for each in tasks) == ["failed", "succeeded"]
    assert hostile.root(instance) == new[0]
    assert hostile.volume_described(new[1])["State"] == "available"
