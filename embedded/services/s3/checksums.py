"""Checksums of bodies: S3 refuses an upload whose `Content-MD5` or checksum is not that of the body.

The checksum of an `aws-chunked` body comes in its trailer, which is a header by now
(`embedded/core/signed_payloads.py`). Facts: S3-213 to S3-215, S3-267.
"""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
import zlib
from array import array
from collections.abc import Callable

from embedded.core.behaviours import Behaviour
from embedded.core.error_responses import not_implemented
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.request import ApiRequest

BEHAVIOUR = Behaviour("s3 checksums")

PREFIX = "x-amz-checksum-"
NOT_OF_THE_BODY = ("CompleteMultipartUpload", "CreateMultipartUpload", "CopyObject", "UploadPartCopy")
"""Operations whose checksum headers are about the object and not about the body."""
SETTINGS = ("algorithm", "type", "mode")
CRC32C, CRC64NVME = 0x82F63B78, 0x9A6C9329AC4BC9B5
"""The polynomials, with their bits in reverse."""


@functools.cache
def _crc_table(polynomial: int) -> list[int]:
    """Return the CRC of each pair of bytes."""
    single = [_shifted(value, polynomial) for value in range(256)]
    firsts = ((single[pair & 255], pair >> 8) for pair in range(1 << 16))
    return [single[(first ^ second) & 255] ^ first >> 8 for first, second in firsts]


def _shifted(value: int, polynomial: int) -> int:
    for _ in range(8):
        value = value >> 1 ^ (polynomial if value & 1 else 0)
    return value


def crc(body: bytes, polynomial: int, width: int) -> bytes:
    """Return a reflected CRC of some bytes' width. The standard library has none of these polynomials."""
    table, mask = _crc_table(polynomial), (1 << 8 * width) - 1
    value = mask
    pairs = array("H")
    pairs.frombytes(body[: len(body) & ~1])
    if array("H", [1]).tobytes() != b"\x01\x00":
        pairs.byteswap()
    for pair in pairs:
        value = table[(value ^ pair) & 0xFFFF] ^ value >> 16
    if len(body) & 1:
        value = _shifted(value ^ body[-1], polynomial)
    return (value ^ mask).to_bytes(width, "big")


ALGORITHMS: dict[str, Callable[[bytes], bytes]] = {
    "crc32": lambda body: zlib.crc32(body).to_bytes(4, "big"),
    "crc32c": lambda body: crc(body, CRC32C, 4),
    "crc64nvme": lambda body: crc(body, CRC64NVME, 8),
    "sha1": lambda body: hashlib.sha1(body, usedforsecurity=False).digest(),
    "sha256": lambda body: hashlib.sha256(body).digest(),
    "sha512": lambda body: hashlib.sha512(body).digest(),
    "md5": lambda body: hashlib.md5(body, usedforsecurity=False).digest(),
}
NOT_COMPUTED = ("xxhash64", "xxhash3", "xxhash128")


def _decoded(text: str, length: int) -> bytes | None:
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return value if len(value) == length else None


@BEHAVIOUR.validate("s3", "PutObject", "UploadPart")
def _check_length(request: ApiRequest) -> HttpResponse | None:
    """Raise S3's error for an upload that does not say how long it is (S3-267)."""
    if "content-length" in request.http.headers:
        return None
    if "transfer-encoding" in request.http.headers:
        message = "A header you provided implies functionality that is not implemented"
        raise AwsError("NotImplemented", message, 501, Header="Transfer-Encoding")
    raise AwsError("MissingContentLength", "You must provide the Content-Length HTTP header.", 411)


@BEHAVIOUR.validate("s3")
def _check_body(request: ApiRequest) -> HttpResponse | None:
    _check_md5(request)
    if request.operation not in NOT_OF_THE_BODY:
        _check_checksum(request)
    return None


def _check_md5(request: ApiRequest) -> None:
    sent = request.http.headers.get("content-md5")
    if sent is None:
        return
    expected = _decoded(sent, 16)
    if expected is None:
        raise AwsError("InvalidDigest", "The Content-MD5 you specified was invalid.", 400, **{"Content-MD5": sent})
    digest = hashlib.md5(request.http.body, usedforsecurity=False).digest()
    if digest != expected:
        # An upload is told its own digest in hexadecimal, a part in base64.
        shown = expected.hex() if request.operation == "PutObject" else sent
        raise AwsError(
            "BadDigest",
            "The Content-MD5 you specified did not match what we received.",
            ExpectedDigest=shown,
            CalculatedDigest=base64.b64encode(digest).decode(),
        )


def _check_checksum(request: ApiRequest) -> None:
    headers = request.http.headers
    named = [name for name in headers if name.startswith(PREFIX) and name.removeprefix(PREFIX) not in SETTINGS]
    if len(named) > 1:
        message = "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
        raise AwsError("InvalidRequest", message)
    algorithm = headers.get("x-amz-sdk-checksum-algorithm", "")
    if algorithm and algorithm.lower() not in (*ALGORITHMS, *NOT_COMPUTED):
        raise AwsError("InvalidRequest", "Value for x-amz-sdk-checksum-algorithm header is invalid.")
    if not named:
        return
    name, found = named[0], named[0].removeprefix(PREFIX)
    if found in NOT_COMPUTED:
        raise not_implemented(f"does not compute {found} checksums.")
    compute = ALGORITHMS.get(found)
    expected = _decoded(headers[name], len(compute(b""))) if compute else None
    if compute is None or expected is None:
        raise AwsError("InvalidRequest", f"Value for {name} header is invalid.")
    if algorithm and algorithm.lower() != found:
        raise AwsError("InvalidRequest", "Value for x-amz-sdk-checksum-algorithm header is invalid.")
    if compute(request.http.body) != expected:
        message = f"The {found.upper()} you specified did not match the calculated checksum."
        raise AwsError("BadDigest", message)
