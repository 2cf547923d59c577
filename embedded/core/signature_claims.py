"""What a request states about its signature: version, key, date, Region, signed headers. Nothing is verified here.

Facts: S3-54, S3-56, S3-202, S3-204, S3-258.
"""

from __future__ import annotations

import dataclasses
import datetime
import functools
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qsl, urlsplit

from embedded.core.http import HttpRequest
from embedded.core.protocols import CREDENTIAL
from embedded.core.request import SignatureKind
from embedded.core.signature_errors import incomplete_query, malformed_authorization, malformed_credential

ISO_BASIC = "%Y%m%dT%H%M%SZ"
V4_PARAMETERS = (
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Signature",
    "X-Amz-Date",
    "X-Amz-SignedHeaders",
    "X-Amz-Expires",
)
V2_PARAMETERS = ("Signature", "Expires", "AWSAccessKeyId")
CONDITIONS = ("if-match", "if-none-match", "if-modified-since", "if-unmodified-since")
"""Headers that a presigned URL may have in its query string beside those of AWS (S3-258)."""
SIGNED_HEADERS = re.compile(r"SignedHeaders=([^,\s]+)")
SIGNATURE = re.compile(r"Signature=([0-9a-f]+)")


@dataclasses.dataclass(frozen=True)
class Claim:
    """What a request states about its signature.

    `date` is the text that was sent, `time` the same as an ISO 8601 basic time, or empty if it is none. `hoisted` are
    the headers that a presigned URL has in its query string.
    """

    kind: SignatureKind
    access_key_id: str
    signature: str
    token: str
    date: str = ""
    region: str = ""
    service: str = ""
    signed_headers: tuple[str, ...] = ()
    expires: str = ""
    hoisted: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @functools.cached_property
    def time(self) -> str:
        time = self.date if re.fullmatch(r"\d{8}T\d{6}Z", self.date) else _basic_time(self.date)
        return time if time >= "1970" else ""

    @functools.cached_property
    def signed_at(self) -> float:
        """The time in seconds since the epoch; 0 if there is none."""
        try:
            return datetime.datetime.fromisoformat(self.time).timestamp()
        except ValueError:
            return 0.0


def read_claim(http_request: HttpRequest, service: str) -> Claim | None:
    """Return what a request states about its signature, or `None` if it has none. Raises `AwsError` if malformed."""
    authorization = http_request.headers.get("authorization", "")
    if authorization:
        return _in_header(http_request, service, authorization)
    query = dict(parse_qsl(urlsplit(http_request.target).query, keep_blank_values=True))
    token = http_request.headers.get("x-amz-security-token", "")
    if any(name in query for name in V4_PARAMETERS):
        return _in_query(query, query.get("X-Amz-Security-Token", token))
    if service == "s3" and any(name in query for name in V2_PARAMETERS):
        if not all(name in query for name in V2_PARAMETERS):
            raise incomplete_query(2)
        return Claim(
            SignatureKind.V2_QUERY,
            query["AWSAccessKeyId"],
            query["Signature"].replace(" ", "+"),
            query.get("x-amz-security-token", token),
            expires=query["Expires"],
            hoisted={
                name: value
                for name, value in query.items()
                if name.startswith("x-amz-") or name in ("content-md5", "content-type")
            },
        )
    return None


def _in_header(http_request: HttpRequest, service: str, authorization: str) -> Claim:
    token = http_request.headers.get("x-amz-security-token", "")
    date = http_request.headers.get("x-amz-date", http_request.headers.get("date", ""))
    if authorization.startswith("AWS4-HMAC-SHA256"):
        credential = CREDENTIAL.search(authorization)
        signed = SIGNED_HEADERS.search(authorization)
        signature = SIGNATURE.search(authorization)
        if not (credential and signed and signature):
            raise malformed_authorization(service, authorization)
        key, _, region, named_service = credential.groups()
        headers = tuple(signed[1].split(";"))
        return Claim(SignatureKind.V4, key, signature[1], token, date, region, named_service, headers)
    if authorization.startswith("AWS ") and ":" in authorization and service == "s3":
        key, _, signature_v2 = authorization[4:].strip().rpartition(":")
        return Claim(SignatureKind.V2, key, signature_v2, token, date)
    raise malformed_authorization(service, authorization)


def _in_query(query: Mapping[str, str], token: str) -> Claim:
    if not all(name in query for name in V4_PARAMETERS):
        raise incomplete_query(4)
    credential = CREDENTIAL.search(f"Credential={query['X-Amz-Credential']}")
    if not credential:
        raise malformed_credential()
    key, _, region, named_service = credential.groups()
    hoisted = {
        name.lower(): value
        for name, value in query.items()
        if (name.lower().startswith("x-amz-") and name not in (*V4_PARAMETERS, "X-Amz-Security-Token"))
        or name.lower() in CONDITIONS
    }
    return Claim(
        SignatureKind.V4_QUERY,
        key,
        query["X-Amz-Signature"],
        token,
        query["X-Amz-Date"],
        region,
        named_service,
        tuple(query["X-Amz-SignedHeaders"].lower().split(";")),
        query["X-Amz-Expires"],
        hoisted,
    )


def _basic_time(date: str) -> str:
    """Return the time of a `Date` header, in the form of RFC 5322 or ISO 8601, as ISO 8601 basic."""
    for parse in (parsedate_to_datetime, datetime.datetime.fromisoformat):
        try:
            parsed = parse(date)
            return (
                (parsed if parsed.tzinfo else parsed.replace(tzinfo=datetime.UTC))
                .astimezone(datetime.UTC)
                .strftime(ISO_BASIC)
            )
        except (OverflowError, TypeError, ValueError):
            continue
    return ""
