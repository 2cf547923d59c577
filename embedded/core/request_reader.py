"""What the server refuses before it knows an operation: hosts, headers, and bodies that are no request of a client.

None of this is AWS's answer, except where a fact is cited: AWS's servers are not on loopback. A page in a browser can
send requests to loopback, under its own name (a name that resolves to 127.0.0.1) or from another site; neither is
served. Facts: S3-200.
"""

from __future__ import annotations

import io
import ipaddress
import re
import socket
import time
import uuid
from email.errors import CloseBoundaryNotFoundDefect, MultipartInvariantViolationDefect, StartBoundaryNotFoundDefect
from email.message import Message

from embedded.core.error_responses import error_response
from embedded.core.errors import AwsError
from embedded.core.http import HttpRequest, HttpResponse
from embedded.core.protocols import detect_service

OF_THE_BODY = (CloseBoundaryNotFoundDefect, MultipartInvariantViolationDefect, StartBoundaryNotFoundDefect)
"""What the parser says of a form, whose body it does not get."""
LARGEST_BODY = 100 * 1024**2
TOO_LARGE = f"The embedded AWS takes bodies of at most 100 MiB ({LARGEST_BODY} bytes)."
HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
HEADER_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")
LENGTH = re.compile(r"[0-9]{1,19}")
CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,15}")
CHUNK_LINES = 1000
ONCE = (
    "authorization",
    "content-length",
    "content-md5",
    "content-type",
    "date",
    "host",
    "transfer-encoding",
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-decoded-content-length",
    "x-amz-security-token",
    "x-amz-target",
)
"""Headers that a request has once. Other headers that repeat are joined by commas."""
LOCAL_NAMES = ("localhost", "amazonaws.com")
"""Names under which clients reach the server: on loopback, and as a proxy for AWS's own names."""
LONGEST_AUTHORIZATION = 8 * 1024


class DeadlineReader(io.RawIOBase):
    """Reads a socket until a deadline, however slowly bytes arrive. Raises `TimeoutError` past it."""

    def __init__(self, connection: socket.socket) -> None:
        super().__init__()
        self._connection, self._deadline = connection, 0.0

    def allow(self, seconds: float) -> None:
        """Set the deadline to some seconds from now."""
        self._deadline = time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # BufferedReader gives a memoryview
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(left)
        return self._connection.recv_into(buffer)


def joined_headers(headers: Message) -> tuple[dict[str, str], dict[str, str]]:
    """Return the headers by their lower-case names, and these names as they were sent."""
    joined: dict[str, str] = {}
    spelled: dict[str, str] = {}
    for name, value in headers.items():
        low = name.lower()
        spelled[low] = name
        joined[low] = f"{joined[low]},{value.strip()}" if low in joined else value.strip()
    return joined, spelled


def check_headers(headers: Message) -> None:
    """Raise `AwsError` for headers that are malformed or repeat, and for requests of foreign pages."""
    _check_form(headers)
    _check_origin(headers)
    _check_length(headers)


def _check_form(headers: Message) -> None:
    names = [name.lower() for name in headers]
    if any(not isinstance(each, OF_THE_BODY) for each in headers.defects) or not all(map(HEADER_NAME.fullmatch, names)):
        raise AwsError("BadRequest", "A header of the request is malformed.")
    if not all(HEADER_VALUE.fullmatch(value) for value in headers.values()):
        raise AwsError("BadRequest", "A header of the request has a control character or a line break.")
    repeated = next((name for name in ONCE if names.count(name) > 1), "")
    if repeated:
        raise AwsError("BadRequest", f"The header {repeated} is there more than once.")
    if len(headers.get("authorization", "")) > LONGEST_AUTHORIZATION:
        raise AwsError("RequestHeaderSectionTooLarge", "The Authorization header is longer than 8192 bytes.")


def _check_origin(headers: Message) -> None:
    host = headers.get("host", "")
    if not is_local(host):
        message = f"The embedded AWS serves this machine only, not the host {host[:100]!r}: use 127.0.0.1 or localhost."
        raise AwsError("AccessDenied", message, 403)
    if headers.get("sec-fetch-site", "").strip().lower() == "cross-site":
        message = "The embedded AWS serves no page of another site. Open the URL itself, or use an AWS client."
        raise AwsError("AccessDenied", message, 403)


def _check_length(headers: Message) -> None:
    encoding = headers.get("transfer-encoding", "").strip().lower()
    if encoding and encoding not in ("chunked", "identity"):
        raise AwsError("NotImplemented", "A header you provided implies functionality that is not implemented", 501)
    if encoding == "chunked" and "content-length" in headers:
        raise AwsError("BadRequest", "The request has both Transfer-Encoding and Content-Length.")
    length = headers.get("content-length", "0").strip()
    if not LENGTH.fullmatch(length):
        raise AwsError("BadRequest", "The Content-Length header is not valid.")
    if int(length) > LARGEST_BODY:
        raise too_large()


def is_local(host: str) -> bool:
    """Return whether a Host header names loopback, or AWS itself as clients of a proxy name it.

    A request without the header is no browser's, and is served.
    """
    name = re.sub(r":\d{1,5}$", "", host.strip().lower()).strip("[]").rstrip(".")
    if not name or any(name == each or name.endswith(f".{each}") for each in LOCAL_NAMES):
        return True
    try:
        # A name may stand before the address: s3control's clients put the account there.
        address = ipaddress.ip_address(name if ":" in name else ".".join(name.split(".")[-4:]))
    except ValueError:
        return False
    return address.is_loopback


def too_large() -> AwsError:
    """Return the error for a body above the limit."""
    return AwsError("EntityTooLarge", TOO_LARGE, MaxSizeAllowed=str(LARGEST_BODY))


def read_body(stream: io.BufferedIOBase, headers: Message) -> bytes:
    """Return the body of a request. Raises `AwsError` if it is incomplete or larger than 100 MiB."""
    if headers.get("transfer-encoding", "").strip().lower() == "chunked":
        return _chunks(stream)
    length = int(headers.get("content-length", "0").strip())
    body = stream.read(length) if length else b""
    if len(body) < length:
        raise AwsError(
            "IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header"
        )
    return body


def _chunks(stream: io.BufferedIOBase) -> bytes:
    parts: list[bytes] = []
    total = 0
    while True:
        found = CHUNK_SIZE.fullmatch(stream.readline(1024).partition(b";")[0].strip())
        if found is None:
            raise AwsError("BadRequest", "The chunked transfer encoding is not valid.")
        size = int(found[0], 16)
        total += size
        if total > LARGEST_BODY:
            raise too_large()
        if size == 0:
            for _ in range(CHUNK_LINES):
                if not stream.readline(1024).strip():
                    return b"".join(parts)
            raise AwsError("BadRequest", "The chunked transfer encoding is not valid.")
        parts.append(stream.read(size))
        if len(parts[-1]) < size or stream.readline(3) not in (b"\r\n", b"\n"):
            raise AwsError("IncompleteBody", "The request body terminated unexpectedly")


def refusal(head: HttpRequest, error: AwsError) -> HttpResponse:
    """Return an error in the form of the service that the head of a request names."""
    service, _region = detect_service(head)
    return error_response(service, error, str(uuid.uuid4()), head=head.method == "HEAD")
