"""Questions about what is signed of a request to S3, and about bodies that are not what the request states."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable, Mapping
from email.utils import formatdate
from typing import Any
from xml.etree import ElementTree

from botocore.auth import HmacV1Auth, S3SigV4Auth
from botocore.awsrequest import AWSRequest

from tests.embedded.question import question
from tests.embedded.world import World

SIGNED = "signatures"
CHECKSUMS = "s3 checksums"
BODY = b"clock"
STREAMING = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"


def send(method: str, url: str, headers: Mapping[str, str], body: bytes = b"", element: str = "Code") -> str:
    """Send a request as it is. Return the status, and an element of the error."""
    request = urllib.request.Request(url, data=body or None, method=method, headers={"Content-Type": "", **headers})
    try:
        with urllib.request.urlopen(request) as answer:
            return str(answer.status)
    except urllib.error.HTTPError as refused:
        content = refused.read()
        found = ElementTree.fromstring(content).findtext(element) if content.startswith(b"<") else ""
        return f"{refused.code} {found or 'without ' + element}"


def sign(
    world: World, method: str, url: str, headers: Mapping[str, str], digest: str = "", body: bytes = b""
) -> dict[str, str]:
    """Return the headers of a request that is signed with version 4, with this payload hash if one is given."""
    request = AWSRequest(method, url, data=body, headers={"Content-Type": "", **headers})
    signer = S3SigV4Auth(world.credentials, "s3", world.region)
    if digest:
        signer.payload = lambda request: digest  # type: ignore[method-assign]
        vars(signer)["_should_sha256_sign_payload"] = lambda request: True
    signer.add_auth(request)
    return dict(request.headers.items())


def upload(world: World, headers: Mapping[str, str], *, added: Mapping[str, str] | None = None, **how: Any) -> str:
    """Upload an object. Return the answer, and how many objects there are then. `added` headers are not signed."""
    bucket = world.bucket()
    url = world.url(bucket, "x.png")
    body = how.pop("body", BODY)
    signed = sign(world, "PUT", url, headers, body=body, **how)
    answer = send("PUT", url, {**signed, **(added or {})}, body)
    return f"{answer}, {count(world, bucket)} stored"


def count(world: World, bucket: str) -> int:
    return len(world.s3.list_objects_v2(Bucket=bucket).get("Contents", []))


def encoded(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def crc32(body: bytes) -> str:
    return encoded(zlib.crc32(body).to_bytes(4, "big"))


WRONG_MD5 = encoded(hashlib.md5(b"other", usedforsecurity=False).digest())

for _what, _sent, _answer in (
    ("of another body", WRONG_MD5, "400 BadDigest, 0 stored"),
    ("that is none", "MTIz", "400 InvalidDigest, 0 stored"),
    ("of the body", encoded(hashlib.md5(BODY, usedforsecurity=False).digest()), "200, 1 stored"),
):

    @question("S3", f"PutObject with a Content-MD5 {_what}", "S3-213", _answer, CHECKSUMS)
    def _(world: World, sent: str = _sent) -> str:
        return upload(world, {"Content-MD5": sent})


CHECKS = {"crc32": crc32(BODY), "sha1": encoded(hashlib.sha1(BODY, usedforsecurity=False).digest())}

for _algorithm in ("crc32", "crc32c", "crc64nvme", "sha1", "sha256"):
    _lengths = {"crc32": 4, "crc32c": 4, "crc64nvme": 8, "sha1": 20, "sha256": 32}

    @question("S3", f"PutObject with a {_algorithm} of another body", "S3-214", "400 BadDigest, 0 stored", CHECKSUMS)
    def _(world: World, name: str = f"x-amz-checksum-{_algorithm}", length: int = _lengths[_algorithm]) -> str:
        return upload(world, {name: encoded(b"\1" * length)})

    @question("S3", f"PutObject with a {_algorithm} that is none", "S3-214", "400 InvalidRequest, 0 stored", CHECKSUMS)
    def _(world: World, name: str = f"x-amz-checksum-{_algorithm}") -> str:
        return upload(world, {name: "bad"})


@question("S3", "PutObject with two checksums", "S3-215", "400 InvalidRequest, 0 stored", CHECKSUMS)
def _(world: World) -> str:
    return upload(world, {"x-amz-checksum-crc32": CHECKS["crc32"], "x-amz-checksum-sha1": CHECKS["sha1"]})


@question("S3", "PutObject with another checksum than it names", "S3-215", "400 InvalidRequest, 0 stored", CHECKSUMS)
def _(world: World) -> str:
    return upload(world, {"x-amz-sdk-checksum-algorithm": "crc32", "x-amz-checksum-sha1": CHECKS["sha1"]})


@question("S3", "UploadPart with a Content-MD5 of another body", "S3-213", "400 BadDigest, 0 parts", CHECKSUMS)
def _(world: World) -> str:
    bucket = world.bucket()
    where = {"Bucket": bucket, "Key": "x.png"}
    upload_id = world.s3.create_multipart_upload(**where)["UploadId"]
    world.keep(world.s3.abort_multipart_upload, **where, UploadId=upload_id)
    url = f"{world.url(bucket, 'x.png')}?partNumber=1&uploadId={upload_id}"
    answer = send("PUT", url, sign(world, "PUT", url, {"Content-MD5": WRONG_MD5}, body=BODY), BODY)
    return f"{answer}, {len(world.s3.list_parts(**where, UploadId=upload_id).get('Parts', []))} parts"


@question("S3", "DeleteObjects with a Content-MD5 of another body", "S3-213", "400 BadDigest, 1 stored", CHECKSUMS)
def _(world: World) -> str:
    bucket = world.bucket()
    world.s3.put_object(Bucket=bucket, Key="x.png", Body=BODY)
    url = world.url(bucket, "x").rpartition("/")[0] + "/?delete"
    body = b"<Delete><Object><Key>x.png</Key></Object></Delete>"
    answer = send("POST", url, sign(world, "POST", url, {"Content-MD5": WRONG_MD5}, body=body), body)
    return f"{answer}, {count(world, bucket)} stored"


@question("S3", "a header x-amz-* that is not signed", "S3-201", "403 AccessDenied, 0 stored", SIGNED)
def _(world: World) -> str:
    return upload(world, {}, added={"x-amz-meta-a": "b"})


@question("S3", "an ACL in a header that is not signed", "S3-201", "403 AccessDenied, 0 stored", SIGNED)
def _(world: World) -> str:
    return upload(world, {}, added={"x-amz-acl": "bucket-owner-full-control"})


@question("S3", "which headers were not signed", "S3-201", "403 x-amz-meta-a, x-amz-meta-b", SIGNED)
def _(world: World) -> str:
    url = world.url(world.bucket(), "x.png")
    added = {"x-amz-meta-b": "b", "x-amz-meta-a": "a"}
    return send("PUT", url, {**sign(world, "PUT", url, {}, body=BODY), **added}, BODY, "HeadersNotSigned")


@question("S3", "a header x-amz-* that is not signed, with a presigned PUT", "S3-201", "403 AccessDenied", SIGNED)
def _(world: World) -> str:
    link = world.s3.generate_presigned_url("put_object", Params={"Bucket": world.bucket(), "Key": "x.png"})
    return send("PUT", link, {"x-amz-meta-a": "b"}, BODY)


def _put_link(world: World, bucket: str, signature: str, **more: Any) -> str:
    params = {"Bucket": bucket, "Key": "x.png", **more}
    return str(world.client("s3", signature).generate_presigned_url("put_object", Params=params))


@question("S3", "a SigV2 presigned PUT with metadata", "S3-205", "200, {'a': 'b'}", SIGNED)
def _(world: World) -> str:
    bucket = world.bucket()
    answer = send("PUT", _put_link(world, bucket, "s3", Metadata={"a": "b"}), {}, BODY)
    return f"{answer}, {world.s3.head_object(Bucket=bucket, Key='x.png')['Metadata']}"


@question("S3", "a SigV2 presigned PUT with a changed content type", "S3-205", "403 SignatureDoesNotMatch", SIGNED)
def _(world: World) -> str:
    return send("PUT", _put_link(world, world.bucket(), "s3"), {"Content-Type": "text/plain"}, BODY)


for _signature, _parameter, _answer in (
    ("s3", "Expires", "403 AccessDenied"),
    ("s3", "Signature", "403 AccessDenied"),
    ("s3v4", "X-Amz-Expires", "400 AuthorizationQueryParametersError"),
    ("s3v4", "X-Amz-Date", "400 AuthorizationQueryParametersError"),
    ("s3v4", "X-Amz-SignedHeaders", "400 AuthorizationQueryParametersError"),
):

    @question("S3", f"a presigned PUT without {_parameter}", "S3-202", _answer, SIGNED)
    def _(world: World, signature: str = _signature, parameter: str = _parameter) -> str:
        path, _, query = _put_link(world, world.bucket(), signature).partition("?")
        kept = "&".join(each for each in query.split("&") if not each.startswith(f"{parameter}="))
        return send("PUT", f"{path}?{kept}", {}, BODY)


for _element in ("StringToSign", "SignatureProvided", "CanonicalRequest", "StringToSignBytes"):

    @question("S3", f"the refusal of a changed link has a {_element}", "S3-203", "403 yes", SIGNED)
    def _(world: World, element: str = _element) -> str:
        link = _put_link(world, world.bucket(), "s3v4")
        changed = link.replace("X-Amz-Signature=", "X-Amz-Signature=0")
        return "403 yes" if "without" not in send("PUT", changed, {}, BODY, element) else "without"


class _DatedV2(HmacV1Auth):
    """Signs with a date that is given."""

    def __init__(self, credentials: Any, date: str) -> None:
        super().__init__(credentials)
        self.date = date

    def _get_date(self) -> str:
        return self.date


def _v2(world: World, method: str, url: str, date: str, *, resource: str = "") -> dict[str, str]:
    """Return the headers of a request that is signed with version 2, dated with an HTTP date."""
    request = AWSRequest(method, url)
    signer = _DatedV2(world.credentials, date)
    if world.credentials.token:
        request.headers["x-amz-security-token"] = world.credentials.token
    request.auth_path = resource or None
    signer.add_auth(request)
    return {**dict(request.headers.items()), "Date": date}


def _bucket_url(world: World, bucket: str) -> str:
    return world.url(bucket, "x").removesuffix("/x")


@question("S3", "a SigV2 request of yesterday", "S3-204", "403 RequestTimeTooSkewed", SIGNED)
def _(world: World) -> str:
    bucket = world.bucket()
    url = _bucket_url(world, bucket) + "/x.png"
    return send("GET", url, _v2(world, "GET", url, formatdate(time.time() - 86400, usegmt=True)))


for _signed_as in ("/", ""):

    @question("S3", f"a SigV2 list that is signed over /bucket{_signed_as}", "S3-206", "200", SIGNED)
    def _(world: World, signed_as: str = _signed_as) -> str:
        bucket = world.bucket()
        url = _bucket_url(world, bucket)
        return send("GET", url, _v2(world, "GET", url, formatdate(usegmt=True), resource=f"/{bucket}{signed_as}"))


class _DatedByDate(S3SigV4Auth):
    """Signs with `Date` instead of `X-Amz-Date`."""

    def _modify_request_before_signing(self, request: AWSRequest) -> None:
        super()._modify_request_before_signing(request)  # type: ignore[misc]  # not in botocore's stubs
        del request.headers["X-Amz-Date"]
        request.headers["Date"] = formatdate(usegmt=True)


@question("S3", "SigV4 with a Date header only", "S3-204", "404 NoSuchKey", SIGNED)
def _(world: World) -> str:
    url = world.url(world.bucket(), "x.png")
    request = AWSRequest("GET", url, headers={"Content-Type": ""})
    signer = _DatedByDate(world.credentials, "s3", world.region)
    signer.add_auth(request)
    return send("GET", url, dict(request.headers.items()))


def _chunked(
    world: World,
    chunks: list[bytes],
    *,
    kind: str = STREAMING,
    length: int | None = None,
    trailer: Mapping[str, str] | None = None,
    change: Callable[[bytes], bytes] = bytes,
    announced: str = "",
) -> str:
    """Upload an object in chunks. `change` is applied to the body after it was signed."""
    bucket = world.bucket()
    url = world.url(bucket, "x.png")
    total = sum(map(len, chunks)) if length is None else length
    headers = {"x-amz-decoded-content-length": str(total), "Content-Encoding": "aws-chunked"}
    names = announced or ",".join(trailer or {})
    if names:
        headers["x-amz-trailer"] = names
    signed = sign(world, "PUT", url, headers, kind)
    body = _in_chunks(world, chunks, kind, signed, trailer or {})
    return f"{send('PUT', url, signed, change(body))}, {count(world, bucket)} stored"


def _in_chunks(
    world: World, chunks: list[bytes], kind: str, signed: Mapping[str, str], trailer: Mapping[str, str]
) -> bytes:
    date, previous = signed["X-Amz-Date"], signed["Authorization"].rpartition("Signature=")[2]
    scope = f"{date[:8]}/{world.region}/s3/aws4_request"
    key = f"AWS4{world.credentials.secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")

    def signature(what: str, *hashes: str) -> str:
        nonlocal previous
        text = "\n".join((f"AWS4-HMAC-SHA256-{what}", date, scope, previous, *hashes))
        previous = hmac.new(key, text.encode(), "sha256").hexdigest()
        return previous

    def sha256(data: bytes) -> str:
        return hashlib.sha256(data).hexdigest()

    body = b""
    for data in [*chunks, b""]:
        mark = f";chunk-signature={signature('PAYLOAD', sha256(b''), sha256(data))}" if "UNSIGNED" not in kind else ""
        body += f"{len(data):x}{mark}\r\n".encode() + (data + b"\r\n" if data else b"")
    body += "".join(f"{name}:{value}\r\n" for name, value in trailer.items()).encode()
    if kind.endswith("TRAILER") and "UNSIGNED" not in kind:
        canonical = "".join(f"{name}:{value}\n" for name, value in trailer.items()).encode()
        body += f"x-amz-trailer-signature:{signature('TRAILER', sha256(canonical))}\r\n".encode()
    return body + b"\r\n"


CRC = {"x-amz-checksum-crc32": crc32(BODY)}
WRONG_CRC = {"x-amz-checksum-crc32": crc32(b"other")}
LARGE = b"a" * 8192

for _what, _fact, _answer, _how in (
    ("in signed chunks", "S3-208", "200, 1 stored", {"chunks": [LARGE, BODY]}),
    (
        "a chunk changed",
        "S3-208",
        "403 SignatureDoesNotMatch, 0 stored",
        {"chunks": [BODY], "change": lambda body: body.replace(BODY, b"clack")},
    ),
    (
        "a chunk's signature changed",
        "S3-208",
        "403 SignatureDoesNotMatch, 0 stored",
        {"chunks": [BODY], "change": lambda body: body[:30] + (b"1" if body[30:31] == b"0" else b"0") + body[31:]},
    ),
    ("a decoded length that is too small", "S3-209", "400 IncompleteBody, 0 stored", {"chunks": [BODY], "length": 3}),
    ("a decoded length that is too large", "S3-209", "400 IncompleteBody, 0 stored", {"chunks": [BODY], "length": 9}),
    ("a chunk that is too small", "S3-210", "403 InvalidChunkSizeError, 0 stored", {"chunks": [BODY, BODY]}),
    (
        "a body that ends early",
        "S3-209",
        "400 IncompleteBody, 0 stored",
        {"chunks": [BODY], "change": lambda body: body[:-100]},
    ),
    (
        "a signed trailer",
        "S3-211",
        "200, 1 stored",
        {"chunks": [BODY], "kind": f"{STREAMING}-TRAILER", "trailer": CRC},
    ),
    (
        "a signed trailer that was changed",
        "S3-211",
        "403 SignatureDoesNotMatch, 0 stored",
        {
            "chunks": [BODY],
            "kind": f"{STREAMING}-TRAILER",
            "trailer": CRC,
            "change": lambda body: body.replace(CRC["x-amz-checksum-crc32"].encode(), crc32(b"other").encode()),
        },
    ),
    ("an unsigned trailer", "S3-211", "200, 1 stored", {"chunks": [BODY], "kind": UNSIGNED_TRAILER, "trailer": CRC}),
    (
        "a trailer with the checksum of another body",
        "S3-214",
        "400 BadDigest, 0 stored",
        {"chunks": [BODY], "kind": UNSIGNED_TRAILER, "trailer": WRONG_CRC},
    ),
    (
        "a trailer that was not announced",
        "S3-211",
        "400 MalformedTrailerError, 0 stored",
        {"chunks": [BODY], "kind": UNSIGNED_TRAILER, "trailer": CRC, "announced": "x-amz-checksum-sha1"},
    ),
    (
        "an announced trailer that is missing",
        "S3-211",
        "400 MalformedTrailerError, 0 stored",
        {"chunks": [BODY], "kind": UNSIGNED_TRAILER, "announced": "x-amz-checksum-crc32"},
    ),
    (
        "a trailer that S3 does not know",
        "S3-211",
        "400 InvalidRequest, 0 stored",
        {"chunks": [BODY], "kind": UNSIGNED_TRAILER, "announced": "x-amz-checksum-sha10"},
    ),
):
    _behaviour = CHECKSUMS if "BadDigest" in _answer else SIGNED

    @question("S3", f"PutObject aws-chunked: {_what}", _fact, _answer, _behaviour)
    def _(world: World, how: Any = _how) -> str:
        return _chunked(world, **how)


@question("S3", "Content-Encoding of an object that was sent aws-chunked", "S3-212", "gzip", SIGNED)
def _(world: World) -> str:
    bucket = world.bucket()
    url = world.url(bucket, "x.png")
    headers = {"x-amz-decoded-content-length": str(len(BODY)), "Content-Encoding": "gzip,aws-chunked"}
    signed = sign(world, "PUT", url, headers, STREAMING)
    send("PUT", url, signed, _in_chunks(world, [BODY], STREAMING, signed, {}))
    return str(world.s3.head_object(Bucket=bucket, Key="x.png").get("ContentEncoding"))
