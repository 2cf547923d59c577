"""What the server refuses before it knows an operation: hosts, pages, headers, sizes; and that it answers in time."""

from __future__ import annotations

import socket
import time
import uuid
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from embedded.core.request_reader import LARGEST_BODY, is_local
from tests.embedded.world import EmbeddedWorld
from tests.support.raw_requests import send, signed

SECONDS = 10


@pytest.fixture(scope="module")
def here(worlds: Iterator[EmbeddedWorld] | None) -> EmbeddedWorld:
    """An account of the embedded AWS; requests like these are no use to a real one."""
    if worlds is None:
        pytest.skip("asked of the embedded AWS only")
    return next(worlds)


def raw(world: EmbeddedWorld, *lines: str, body: bytes = b"", half_close: bool = True) -> bytes:
    """Send a request as it is, and return everything that comes back."""
    parts = urlsplit(world.endpoint)
    with socket.create_connection((str(parts.hostname), parts.port), timeout=SECONDS) as connection:
        connection.sendall("\r\n".join((*lines, "", "")).encode("latin-1") + body)
        if half_close:
            connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.parametrize(
    ("host", "served"),
    [
        ("127.0.0.1", True),
        ("127.0.0.1:4000", True),
        ("127.1.2.3", True),
        ("localhost", True),
        ("LOCALHOST:80", True),
        ("localhost.", True),
        ("bucket.s3.localhost:4000", True),
        ("123456789012.127.0.0.1:4000", True),
        ("[::1]:4000", True),
        ("bucket.s3.us-east-1.amazonaws.com", True),
        ("", True),
        ("evil.example", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("evil-amazonaws.com", False),
        ("amazonaws.com.evil.example", False),
        ("10.0.0.1", False),
        ("[2001:db8::1]", False),
        ("x", False),
        ("127.0.0.1@evil.example", False),
    ],
)
def test_which_hosts_are_served(host, served):
    """Loopback, its names, and AWS's own for clients of a proxy."""
    assert is_local(host) is served


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "192.0.2.1"])
def test_a_foreign_host_is_refused(here, host):
    """A page can have its name resolve to loopback; its requests still name it."""
    answer = raw(here, "GET / HTTP/1.1", f"Host: {host}")
    assert answer.startswith(b"HTTP/1.1 403")
    assert b"use 127.0.0.1 or localhost" in answer


@pytest.mark.parametrize(
    ("site", "status"), [("cross-site", 403), ("Cross-Site", 403), ("none", 200), ("same-origin", 200)]
)
def test_a_page_of_another_site_is_refused(here, site, status):
    """Browsers say where a request comes from; a signed request changes nothing about it."""
    headers = {"sec-fetch-site": site}
    assert send(here, "GET", "/", signed(here, "s3", "GET", "/", headers, b""), b"")[0] == status


@pytest.mark.parametrize(
    "lines",
    [
        ["Host: 127.0.0.1", "Host: 127.0.0.1"],
        ["Host: 127.0.0.1", "Content-Length: 3", "Content-Length: 5"],
        ["Host: 127.0.0.1", "Content-Length: 3, 3"],
        ["Host: 127.0.0.1", "Content-Length: +3"],
        ["Host: 127.0.0.1", "Content-Length: \xb2"],
        ["Host: 127.0.0.1", "Content-Length: 3", "Transfer-Encoding: chunked"],
        ["Host: 127.0.0.1", "Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
        ["Host: 127.0.0.1", "Transfer-Encoding: gzip, chunked"],
        ["Host: 127.0.0.1", "Authorization: AWS a:b", "Authorization: AWS c:d"],
        ["Host: 127.0.0.1", "X-Amz-Security-Token: a", "X-Amz-Security-Token: b"],
        ["Host: 127.0.0.1", "X-Amz-Target: TrentService.ListKeys", "X-Amz-Target: TrentService.CreateKey"],
        ["Host: 127.0.0.1", "Broken header"],
        ["Host: 127.0.0.1", "Broken header: x"],
        ["Host: 127.0.0.1", "X-Amz-Meta-A: b", " folded"],
        ["Host: 127.0.0.1", "X-Amz-Meta-A: b\x00c"],
        ["Host: 127.0.0.1", ": no name"],
        ["Host: 127.0.0.1", f"Authorization: AWS4-HMAC-SHA256 {'Credential=' * 5000}"],
        ["Host: 127.0.0.1", *(f"X-Amz-Meta-{number}: x" for number in range(200))],
        ["Host: 127.0.0.1", f"X-Amz-Meta-A: {'a' * 70_000}"],
        ["Host: 127.0.0.1", "Transfer-Encoding: chunked", "Trailer: x", *[""], "0", *(f"a{n}: b" for n in range(2000))],
        ["Host: 127.0.0.1", "Transfer-Encoding: chunked", "", "ffffffff"],
        ["Host: 127.0.0.1", "Transfer-Encoding: chunked", "", "0x5", "hello", "0"],
        ["Host: 127.0.0.1", "Transfer-Encoding: chunked", "", "5", "helloXX0"],
    ],
    ids=lambda lines: repr(" ".join(lines[1:]))[:50],
)
def test_headers_that_repeat_or_are_malformed_get_an_answer_in_time(here, lines):
    """An error of the client, at once, and the connection ends: what follows is not read as another request."""
    began = time.monotonic()
    answer = raw(here, "PUT /bucket/key HTTP/1.1", *lines)
    assert answer.startswith((b"HTTP/1.1 4", b"HTTP/1.1 501"))
    assert answer.count(b"HTTP/1.1") == 1
    assert b"<Code>" in answer or b'"__type"' in answer
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("service", ["s3", "kms"])
@pytest.mark.parametrize("is_signed", [True, False])
def test_a_body_above_100_mib_is_refused_before_it_is_read(here, service, is_signed):
    """Whoever sends it, in the form of its service; and the error says the limit."""
    headers = {"x-amz-target": "TrentService.ListKeys"} if service == "kms" else {}
    if is_signed:
        headers = signed(here, service, "PUT", "/bucket/key", headers, b"")
    headers.pop("Host", None)
    lines = [f"{name}: {value}" for name, value in headers.items()]
    length = f"Content-Length: {LARGEST_BODY + 1}"
    answer = raw(here, "PUT /bucket/key HTTP/1.1", "Host: 127.0.0.1", length, *lines, body=b"x" * 100_000)
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"EntityTooLarge" in answer
    assert b"at most 100 MiB (104857600 bytes)" in answer
    assert (b"__type" in answer) == (service == "kms")


def test_a_chunked_body_above_100_mib_is_refused(here):
    """Its length is not announced; the chunks are counted."""
    answer = raw(here, "PUT /bucket/key HTTP/1.1", "Host: 127.0.0.1", "Transfer-Encoding: chunked", "", "6400001")
    assert b"EntityTooLarge" in answer


def test_a_client_that_waits_is_refused_before_it_sends(here):
    """No `100 Continue` for a body that is too large."""
    lines = ("Host: 127.0.0.1", f"Content-Length: {LARGEST_BODY + 1}", "Expect: 100-continue")
    answer = raw(here, "PUT /bucket/key HTTP/1.1", *lines)
    assert answer.startswith(b"HTTP/1.1 400")


def test_a_client_that_waits_may_send(here):
    """As AWS's SDKs do for uploads."""
    lines = ("Host: 127.0.0.1", "Content-Length: 1", "Expect: 100-continue")
    answer = raw(here, "PUT /bucket/key HTTP/1.1", *lines, body=b"x")
    assert answer.startswith(b"HTTP/1.1 100")
    assert b"HTTP/1.1 404" in answer


@pytest.mark.parametrize(
    ("service", "operation"),
    [("ec2", "describe_volumes"), ("sts", "get_caller_identity"), ("iam", "list_roles"), ("kms", "list_keys")],
)
def test_each_answer_has_the_id_of_its_request(here, service, operation):
    """In the body as in the header, and another for each request."""
    answers = [getattr(here.client(service), operation)()["ResponseMetadata"] for _ in range(2)]
    for each in answers:
        assert each["RequestId"] == each["HTTPHeaders"]["x-amzn-requestid"] == str(uuid.UUID(each["RequestId"]))
    assert len({each["RequestId"] for each in answers}) == 2
