"""Bodies of S3's requests: their hash, and `aws-chunked` bodies with signed chunks and trailers.

A body is verified before an operation sees it, and reaches the operation without chunks; a checksum in its trailer
becomes a header.

Facts: S3-207 to S3-212.
"""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Self

from embedded.core import signature_errors as errors
from embedded.core.errors import AwsError
from embedded.core.http import HttpRequest
from embedded.core.signature_claims import Claim

UNSIGNED = "UNSIGNED-PAYLOAD"
STREAMING = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
CHUNKED = {
    STREAMING: (True, False),
    f"{STREAMING}-TRAILER": (True, True),
    "STREAMING-UNSIGNED-PAYLOAD-TRAILER": (False, True),
}
"""Kinds of chunked bodies: whether chunks are signed, and whether there is a trailer."""
SHA256 = re.compile(r"[0-9a-f]{64}")
CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})(?:;chunk-signature=([0-9a-f]{64}))?")
TRAILING = re.compile(r"x-amz-checksum-(crc32c?|crc64nvme|sha1|sha256|sha512|md5|xxhash(64|3|128))")
LENGTH = re.compile(r"[0-9]{1,15}")
SMALLEST_CHUNK = 8 * 1024
TRAILER_LINES = 10
TRAILER_SIGNATURE = "x-amz-trailer-signature"
EMPTY = hashlib.sha256(b"").hexdigest()


@dataclasses.dataclass
class ChunkSigner:
    """Computes the signatures of chunks and trailer, each of which depends on the one before."""

    key: bytes
    prefix: str
    previous: str

    @classmethod
    def of(cls, claim: Claim, secret: str) -> Self:
        """Return the signer of a request, whose own signature is the first one."""
        key = f"AWS4{secret}".encode()
        scope = (claim.time[:8], claim.region, claim.service, "aws4_request")
        for part in scope:
            key = hmac.digest(key, part.encode(), "sha256")
        return cls(key, f"{claim.time}\n{'/'.join(scope)}", claim.signature)

    def verifies(self, kind: str, signature: str, *hashes: str) -> bool:
        """Return whether a signature is the next one, of these hashes."""
        text = "\n".join((f"AWS4-HMAC-SHA256-{kind}", self.prefix, self.previous, *hashes))
        self.previous = hmac.new(self.key, text.encode(), "sha256").hexdigest()
        return hmac.compare_digest(self.previous, signature)


def received_payload(http_request: HttpRequest, signer: ChunkSigner | None, *, is_signed: bool) -> HttpRequest:
    """Return a request to S3 with its body as the operation gets it. `is_signed`: by version 4, in the header.

    Raises `AwsError` if hash, length, chunks or trailer are not what the request states.
    """
    digest = http_request.headers.get("x-amz-content-sha256", "")
    if digest in CHUNKED:
        return _unchunked(http_request, signer, digest)
    if digest.startswith("STREAMING-AWS4-ECDSA"):
        raise AwsError("NotImplemented", "The embedded AWS has no Signature Version 4A.", 501)
    if not is_signed:
        return http_request
    if not digest:
        raise AwsError("InvalidRequest", "Missing required header for this request: x-amz-content-sha256")
    if digest == UNSIGNED:
        return http_request
    if not SHA256.fullmatch(digest):
        message = f"x-amz-content-sha256 must be {UNSIGNED}, {STREAMING}, or a valid sha256 value."
        members = {"ArgumentName": "x-amz-content-sha256", "ArgumentValue": digest[:100]}
        raise AwsError("InvalidArgument", message, 400, **members)
    computed = hashlib.sha256(http_request.body).hexdigest()
    if computed != digest:
        raise AwsError(
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
            ClientComputedContentSHA256=digest,
            S3ComputedContentSHA256=computed,
        )
    return http_request


def _unchunked(http_request: HttpRequest, signer: ChunkSigner | None, digest: str) -> HttpRequest:
    signed, trailing = CHUNKED[digest]
    length = http_request.headers.get("x-amz-decoded-content-length", "")
    if not LENGTH.fullmatch(length):
        raise AwsError("MissingContentLength", "You must provide the Content-Length HTTP header.", 411)
    if signed and signer is None:
        raise AwsError("AccessDenied", "Access Denied", 403)
    body, rest = _chunks(http_request.body, signer if signed else None)
    if len(body) != int(length):
        raise _incomplete()
    trailer = _trailer(rest, http_request, signer if signed else None) if trailing else {}
    if not trailing and rest not in (b"", b"\r\n"):
        raise _incomplete()
    codings = [each.strip() for each in http_request.headers.get("content-encoding", "").split(",")]
    kept = ",".join(each for each in codings if each and each.lower() != "aws-chunked")
    changes: dict[str, str | None] = {
        **trailer,
        "content-encoding": kept or None,
        "content-length": str(len(body)),
        "x-amz-content-sha256": UNSIGNED,
        "x-amz-decoded-content-length": None,
        "x-amz-trailer": None,
    }
    return dataclasses.replace(http_request, body=body).with_headers(changes)


def _chunks(raw: bytes, signer: ChunkSigner | None) -> tuple[bytes, bytes]:
    """Return the body, and what follows the line of the last chunk, which is empty."""
    parts: list[bytes] = []
    place = 0
    while True:
        end = raw.find(b"\r\n", place, place + 128)
        found = CHUNK.fullmatch(raw[place:end]) if end >= 0 else None
        if found is None or (signer is not None and found[2] is None):
            raise _incomplete()
        size, place = int(found[1], 16), end + 2
        data = raw[place : place + size]
        if signer and not signer.verifies("PAYLOAD", found[2].decode(), EMPTY, hashlib.sha256(data).hexdigest()):
            raise errors.mismatch("s3")
        if size == 0:
            return b"".join(parts), raw[place:]
        if parts and len(parts[-1]) < SMALLEST_CHUNK:
            message = f"Only the last chunk is allowed to have a size less than {SMALLEST_CHUNK} bytes"
            members = {"Chunk": str(len(parts) + 1), "BadChunkSize": str(len(parts[-1]))}
            raise AwsError("InvalidChunkSizeError", message, 403, **members)
        place += size
        if len(data) < size or raw[place : place + 2] != b"\r\n":
            raise _incomplete()
        parts.append(data)
        place += 2


def _trailer(rest: bytes, http_request: HttpRequest, signer: ChunkSigner | None) -> Mapping[str, str]:
    """Return the fields of a trailer that the request announced, of which there is one of each."""
    announced = [
        each.strip().lower() for each in http_request.headers.get("x-amz-trailer", "").split(",") if each.strip()
    ]
    if not all(TRAILING.fullmatch(name) for name in announced):
        raise AwsError("InvalidRequest", "The value specified in the x-amz-trailer header is not supported")
    lines = [line for line in rest.split(b"\r\n")[: TRAILER_LINES + 1] if line]
    fields: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.decode("latin-1").partition(":")
        low = name.strip().lower()
        if not colon or low in fields:
            raise _malformed_trailer()
        fields[low] = value.strip()
    signature = fields.pop(TRAILER_SIGNATURE, "")
    if len(lines) > TRAILER_LINES or sorted(fields) != sorted(announced):
        raise _malformed_trailer()
    if signer is not None:
        canonical = "".join(f"{name}:{value}\n" for name, value in sorted(fields.items()))
        if not signer.verifies("TRAILER", signature, hashlib.sha256(canonical.encode()).hexdigest()):
            raise errors.mismatch("s3")
    return fields


def _incomplete() -> AwsError:
    return AwsError("IncompleteBody", "The request body terminated unexpectedly")


def _malformed_trailer() -> AwsError:
    message = "The request contained trailing data that was not well-formed or did not conform to our published schema."
    return AwsError("MalformedTrailerError", message)
