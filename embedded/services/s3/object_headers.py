"""The headers that describe an object, and what a request says of the object that it stores.

Facts: S3-111 to S3-114, S3-212, S3-252.
"""

from __future__ import annotations

import base64
import quopri
import re
import string
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote

from embedded.core.behaviours import Behaviour
from embedded.core.errors import AwsError
from embedded.core.http import HttpRequest
from embedded.services.s3.encryption import KMS_ALGORITHMS, SSE, SSE_BUCKET_KEY, SSE_KEY

BEHAVIOUR = Behaviour("s3 object headers")
SYSTEM = (
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
)
META = "x-amz-meta-"
ENCODED_WORD = re.compile(r"=\?(utf-8|us-ascii|iso-8859-1)\?([bq])\?(.*?)\?=", re.IGNORECASE)
OVERRIDES = {
    "response-cache-control": "cache-control",
    "response-content-disposition": "content-disposition",
    "response-content-encoding": "content-encoding",
    "response-content-language": "content-language",
    "response-content-type": "content-type",
    "response-expires": "expires",
}
STORAGE_CLASSES = (
    "STANDARD",
    "REDUCED_REDUNDANCY",
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "GLACIER",
    "DEEP_ARCHIVE",
    "GLACIER_IR",
)
LARGEST_METADATA = 2048
MOST_TAGS = 10
PLAIN = frozenset(map(chr, range(33, 127))) - frozenset("=_?")
"""Characters that stand for themselves in a quoted word of RFC 2047."""
BASE64 = frozenset(string.ascii_letters + string.digits + "+/")
TAG_TEXT = re.compile(r"[\w\s+\-=.:/@]*")
RESERVED_TAG = (
    'User-defined tag keys can\'t start with "aws:". This prefix is reserved for system tags. Remove "aws:" from your '
    "tag keys and try again."
)


def request_metadata(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the metadata of a request by lower-case names: system metadata, and `x-amz-meta-…`."""
    kept = {name: value for name, value in headers.items() if name in SYSTEM}
    codings = [each.strip() for each in kept.get("content-encoding", "").split(",")]
    if "aws-chunked" in codings:
        kept["content-encoding"] = ",".join(each for each in codings if each != "aws-chunked")
    if not kept.get("content-encoding"):
        kept.pop("content-encoding", None)
    if not kept.get("content-type"):
        kept["content-type"] = "binary/octet-stream"
    own = {name: _decoded(value) for name, value in headers.items() if name.startswith(META) and name != META}
    size = sum(len(name.removeprefix(META).encode()) + len(value.encode()) for name, value in own.items())
    if size > LARGEST_METADATA:
        message = "Your metadata headers exceed the maximum allowed metadata size"
        raise AwsError("MetadataTooLarge", message, Size=str(size), MaxSizeAllowed=str(LARGEST_METADATA))
    return kept | own


def _decoded(value: str) -> str:
    """Return the text of a header whose bytes are UTF-8 or words of RFC 2047."""
    try:
        text = value.encode("latin-1").decode("utf-8", "replace")
    except UnicodeEncodeError:
        text = value

    def word(found: re.Match[str]) -> str:
        charset, kind, content = found.groups()
        spaced = content.replace("_", " ")
        raw = _from_base64(content) if kind.lower() == "b" else quopri.decodestring(spaced, header=False)
        return raw.decode(charset, "replace")

    return ENCODED_WORD.sub(word, text)


def _from_base64(text: str) -> bytes:
    """Return what S3 reads in a word of base64: a character that has no place in it counts as its last digit."""
    kept = text.rstrip("=")
    known = "".join(each if each in BASE64 else "/" for each in kept)
    return base64.b64decode(known[: len(known) - (len(known) % 4 == 1)] + "=" * (-len(known) % 4))


def _is_ascii(character: str) -> bool:
    return " " <= character <= "~" or character in "\t\r\n"


def _encoded(value: str) -> str:
    """Return a value that is not all ASCII as a word of RFC 2047: quoted if most of it is ASCII, or else in base64."""
    ascii_characters = sum(map(_is_ascii, value))
    if ascii_characters == len(value):
        return value
    raw = value.encode()
    if ascii_characters > len(value) - ascii_characters:
        quoted = "".join("_" if each == 32 else chr(each) if chr(each) in PLAIN else f"={each:02X}" for each in raw)
        return f"=?UTF-8?Q?{quoted}?="
    return f"=?UTF-8?B?{base64.b64encode(raw).decode()}?="


def _latin(value: str) -> str:
    """Return a value with spaces for characters that a header cannot have."""
    return "".join(each if ord(each) < 256 else " " for each in value)


def header_tags(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the tags of the header `x-amz-tagging`. Raises `InvalidArgument`, `InvalidTag` or `BadRequest`."""
    text = headers.get("x-amz-tagging", "")
    if not text:
        return {}
    pairs = parse_qsl(text, keep_blank_values=True)
    malformed = any(each.count("=") > 1 for each in text.split("&"))
    if not pairs or malformed or len({name for name, _ in pairs}) != len(pairs):
        message = "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without "
        raise AwsError(
            "InvalidArgument", f"{message}tag name duplicates.", ArgumentName="x-amz-tagging", ArgumentValue=text
        )
    check_object_tags(pairs)
    return dict(pairs)


def check_tags(pairs: list[tuple[str, str]], reserved: str = "Your TagKey cannot be prefixed with aws:") -> None:
    """Raise `InvalidTag` for tags that cannot be: those of AWS itself with the message `reserved`."""
    for name, value in pairs:
        if name.lower().startswith("aws:"):
            raise AwsError("InvalidTag", reserved, TagKey=name)
        check_tag(name, value)


def check_object_tags(pairs: list[tuple[str, str]]) -> None:
    """Raise S3's error for tags that an object cannot have."""
    if len(pairs) > MOST_TAGS:
        raise AwsError("BadRequest", "Object tags cannot be greater than 10")
    check_tags(pairs)


def is_tag(name: str, value: str) -> bool:
    """Return whether a tag is as long as a tag may be, and of the characters that it may have."""
    fits = 0 < len(name) <= 128 and len(value) <= 256
    return fits and bool(TAG_TEXT.fullmatch(name)) and bool(TAG_TEXT.fullmatch(value))


def check_tag(name: str, value: str) -> None:
    """Raise `InvalidTag` for a tag that is too long or has other characters than a tag may have."""
    if not is_tag(name, ""):
        raise AwsError("InvalidTag", "The TagKey you have provided is invalid", TagKey=name)
    if not is_tag(name, value):
        raise AwsError("InvalidTag", "The TagValue you have provided is invalid", TagKey=name, TagValue=value)


def storage_class(headers: Mapping[str, str]) -> str:
    """Return the storage class that a request names. Raises `InvalidStorageClass`."""
    named = headers.get("x-amz-storage-class", "STANDARD")
    if named not in STORAGE_CLASSES:
        message = "The storage class you specified is not valid"
        raise AwsError("InvalidStorageClass", message, StorageClassRequested=named)
    return named


def encryption_headers(stored: Any) -> dict[str, str]:
    """Return the headers that tell how an object (moto's) is encrypted; none for a customer key."""
    if not stored.encryption:
        return {}
    headers = {SSE: stored.encryption}
    if stored.encryption in KMS_ALGORITHMS:
        if stored.kms_key_id:
            headers[SSE_KEY] = stored.kms_key_id
        if str(stored.bucket_key_enabled).lower() == "true":
            headers[SSE_BUCKET_KEY] = "true"
    return headers


def object_url(http_request: HttpRequest, bucket: str, name: str) -> str:
    """Return the URL of an object, of the form in which the request named its bucket."""
    place = http_request.requested_host or f"{http_request.host}/{bucket}"
    # AWS's own names are reached through a proxy that ends TLS.
    scheme = "https" if place.partition("/")[0].endswith("amazonaws.com") else "http"
    return f"{scheme}://{place}/{quote(name, safe='')}"


def version_header(bucket: Any, stored: Any) -> dict[str, str]:
    """Return the header of the version, which a bucket has whose versioning was ever on."""
    return {"x-amz-version-id": str(stored.version_id)} if bucket.versioning_status else {}


def object_headers(bucket: Any, stored: Any, tags: int) -> dict[str, str]:
    """Return the headers of GetObject and HeadObject, without length and checksum."""
    headers = {
        "accept-ranges": "bytes",
        "last-modified": stored.last_modified.strftime("%a, %d %b %Y %H:%M:%S GMT"),
        "etag": stored.etag,
    }
    for name, value in stored.metadata.items():
        headers[name.lower()] = _encoded(str(value)) if name.lower().startswith(META) else _latin(str(value))
    headers |= version_header(bucket, stored) | encryption_headers(stored)
    if stored.storage_class != "STANDARD":
        headers["x-amz-storage-class"] = str(stored.storage_class)
    if stored.website_redirect_location:
        headers["x-amz-website-redirect-location"] = stored.website_redirect_location
    if tags:
        headers["x-amz-tagging-count"] = str(tags)
    locks = (
        ("legal-hold", stored.lock_legal_status),
        ("mode", stored.lock_mode),
        ("retain-until-date", stored.lock_until),
    )
    return headers | {f"x-amz-object-lock-{name}": str(value) for name, value in locks if value}
