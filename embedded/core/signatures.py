"""Signature versions 4 and 2, in headers and in query strings.

Each request is signed again by botocore's signers with the secret key of the account, and the signatures are compared.

Facts: S3-45, S3-50, S3-52 to S3-57, S3-200 to S3-206, STS-05 to STS-09, MOTO-13.
"""

from __future__ import annotations

import dataclasses
import hmac
import re
import time
from urllib.parse import quote, unquote_to_bytes, urlsplit

from botocore.auth import HmacV1Auth, S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

from embedded.core import signature_errors as errors
from embedded.core.credentials import CredentialStore
from embedded.core.errors import AwsError
from embedded.core.http import HttpRequest
from embedded.core.principal import ANONYMOUS, Principal
from embedded.core.protocols import path_style
from embedded.core.request import SignatureKind
from embedded.core.signature_claims import V2_PARAMETERS, Claim, read_claim
from embedded.core.signed_payloads import ChunkSigner, received_payload

LONGEST_PRESIGNED_SECONDS = 7 * 24 * 3600
SECONDS = re.compile(r"[0-9]{1,18}")
CONTENT_HASH = "x-amz-content-sha256"
"""The header that need not be signed: its value is a part of the signature of its own."""


@dataclasses.dataclass(frozen=True)
class Authenticated:
    """A verified request: its principal, how it was signed, and the request without signature and chunks.

    Headers that a presigned URL has in its query string are headers here.
    """

    principal: Principal
    signature: SignatureKind
    http: HttpRequest


@dataclasses.dataclass(frozen=True)
class _Computed:
    """A computed signature, and the texts that it is of."""

    signature: str
    string_to_sign: str
    canonical_request: str = ""


def authenticate(http_request: HttpRequest, service: str, credentials: CredentialStore) -> Authenticated:
    """Verify a request's signature and body. The principal of an unsigned request to S3 is `ANONYMOUS`.

    Raises `AwsError` if a signature is missing, malformed, wrong or expired, or if the body is not the signed one.
    """
    claim = read_claim(http_request, service)
    if claim is None:
        if service != "s3":
            raise errors.unsigned_call()
        return Authenticated(ANONYMOUS, SignatureKind.NONE, received_payload(http_request, None, is_signed=False))
    credential = credentials.find(claim.access_key_id)
    if credential is None:
        raise errors.unknown_key(service, claim.access_key_id)
    _check_token(service, claim, credential.session_token)
    if claim.kind.is_v4:
        _check_signed_headers(http_request, service, claim)
    if claim.kind in (SignatureKind.V4, SignatureKind.V2):
        _check_time(service, claim)
    computed = _accepted(http_request, claim, credential.secret_access_key)
    if computed is not None:
        raise _mismatch(service, claim, computed)
    _check_dates(service, claim, credentials.now(), credential.expires)
    http = _with_hoisted_headers(http_request, claim)
    if service == "s3":
        signer = ChunkSigner.of(claim, credential.secret_access_key) if claim.kind is SignatureKind.V4 else None
        http = received_payload(http, signer, is_signed=claim.kind is SignatureKind.V4)
    return Authenticated(credential.principal, claim.kind, http)


def _accepted(http_request: HttpRequest, claim: Claim, secret: str) -> _Computed | None:
    """Return `None` if the signature verifies, otherwise the one that was expected."""
    credentials = Credentials(claim.access_key_id, secret, claim.token or None)
    compute = _signatures_v4 if claim.kind.is_v4 else _signatures_v2
    expected = compute(http_request, claim, credentials)
    if any(hmac.compare_digest(each.signature.encode(), claim.signature.encode()) for each in expected):
        return None
    return expected[0]


def _signatures_v4(http_request: HttpRequest, claim: Claim, credentials: Credentials) -> list[_Computed]:
    request = AWSRequest(
        method=http_request.method,
        url=f"http://{http_request.host}{_canonical_target(http_request.target, claim)}",
        data=http_request.body,
    )
    for name in claim.signed_headers:
        sent = http_request.headers.get(name)
        request.headers[name] = _text(sent) if sent is not None else claim.hoisted.get(name, "")
    request.context["timestamp"] = claim.time
    signer = _signer(claim)(credentials, claim.service, claim.region)
    canonical = signer.canonical_request(request)
    to_sign = signer.string_to_sign(request, canonical)
    return [_Computed(str(signer.signature(to_sign, request)), to_sign, canonical)]


def _text(value: str) -> str:
    """Return a header's value in the characters that a signer encodes: the bytes that were sent are UTF-8 (S3-248)."""
    if value.isascii():
        return value
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value


def _canonical_target(target: str, claim: Claim) -> str:
    """Return path and query decoded, encoded and, the query, sorted, without the signature (S3-57)."""
    path, _, query = target.partition("?")
    if claim.service == "s3":
        path = quote(unquote_to_bytes(path), safe="/-_.~")
    pairs = [part.partition("=") for part in query.split("&") if part]
    encoded = sorted((_encoded(name), _encoded(value)) for name, _, value in pairs if name != "X-Amz-Signature")
    return path + ("?" + "&".join(f"{name}={value}" for name, value in encoded) if encoded else "")


def _encoded(text: str) -> str:
    return quote(unquote_to_bytes(text.replace("+", " ")), safe="-_.~")


def _signer(claim: Claim) -> type[SigV4Auth]:
    if claim.service != "s3":
        return _V4
    return _V4Presigned if claim.kind is SignatureKind.V4_QUERY else _V4S3


class _AllHeaders:
    """Signs all headers that the client signed; botocore's own signers leave some out."""

    def headers_to_sign(self, request: AWSRequest) -> HTTPHeaders:
        return request.headers


class _V4(_AllHeaders, SigV4Auth):
    pass


class _V4S3(_AllHeaders, S3SigV4Auth):
    pass


class _V4Presigned(_AllHeaders, S3SigV4QueryAuth):
    pass


class _V2(HmacV1Auth):
    """Signs the date that was sent; botocore's own signer takes the present time."""

    def __init__(self, credentials: Credentials, date: str) -> None:
        super().__init__(credentials)
        self.date = date

    def _get_date(self) -> str:
        return self.date


def _signatures_v2(http_request: HttpRequest, claim: Claim, credentials: Credentials) -> list[_Computed]:
    headers = HTTPHeaders()
    sent = {**claim.hoisted, **{name: _text(value) for name, value in http_request.headers.items()}}
    for name, value in sent.items():
        if name.startswith("x-amz-") or name in ("content-md5", "content-type"):
            headers[name] = value
    date = claim.expires if claim.kind is SignatureKind.V2_QUERY else http_request.headers.get("date", "")
    signer = _V2(credentials, "" if "x-amz-date" in http_request.headers else date)
    hosted = path_style(http_request)
    path, mark, query = hosted.target.partition("?")
    kept = "&".join(part for part in query.split("&") if part and part.partition("=")[0] not in V2_PARAMETERS)
    # A bucket may be signed as `/bucket` or as `/bucket/`, however it was sent (S3-206).
    spelled = [path] if path.count("/") > 1 and not path.endswith("/") else [path, path.rstrip("/") + "/"]
    found = []
    for each in dict.fromkeys(spelled):
        split = urlsplit(f"http://{hosted.host}{each}{mark}{kept}")
        canonical = signer.canonical_string(http_request.method, split, headers)  # type: ignore[arg-type]  # a mapping to botocore
        found.append(_Computed(str(signer.sign_string(canonical)), canonical))
    return found


def _mismatch(service: str, claim: Claim, computed: _Computed) -> AwsError:
    members = {
        "AWSAccessKeyId": claim.access_key_id,
        "StringToSign": computed.string_to_sign,
        "SignatureProvided": claim.signature,
        "StringToSignBytes": errors.bytes_shown(computed.string_to_sign),
    }
    if computed.canonical_request:
        members["CanonicalRequest"] = computed.canonical_request
        members["CanonicalRequestBytes"] = errors.bytes_shown(computed.canonical_request)
    return errors.mismatch(service, **members)


def _check_signed_headers(http_request: HttpRequest, service: str, claim: Claim) -> None:
    """Raise unless the signature covers `host` and each `x-amz-*` header (S3-201, STS-50)."""
    required = (name for name in http_request.headers if name.startswith("x-amz-") and name != CONTENT_HASH)
    missing = sorted(name for name in ("host", *required) if name not in claim.signed_headers)
    if missing:
        raise errors.unsigned_headers(service, missing)


def _check_dates(service: str, claim: Claim, now: float, credential_ends: float) -> None:
    if credential_ends and now >= credential_ends:
        raise errors.expired_session(service)
    if claim.kind is SignatureKind.V4_QUERY:
        _check_presigned(claim, now)
    elif claim.kind is SignatureKind.V2_QUERY:
        if not SECONDS.fullmatch(claim.expires):
            raise errors.incomplete_query(2)
        if now > int(claim.expires):
            raise errors.expired_presigned(now, float(claim.expires))


def _check_time(service: str, claim: Claim) -> None:
    """Raise unless a request was signed now; S3 says so before it compares signatures (S3-204)."""
    if not claim.time:
        raise errors.without_time(service)
    if abs(time.time() - claim.signed_at) > errors.SKEW_SECONDS:
        # The machine's own clock: the clients sign by it. `advance_clock` is for links and sessions.
        raise errors.wrong_time(service, claim.date, time.time())


def _check_presigned(claim: Claim, now: float) -> None:
    wrong = ""
    if not SECONDS.fullmatch(claim.expires.removeprefix("-")):
        wrong = "X-Amz-Expires should be a number"
    elif claim.expires.startswith("-"):
        wrong = "X-Amz-Expires must be non-negative"
    elif int(claim.expires) > LONGEST_PRESIGNED_SECONDS:
        wrong = (
            "X-Amz-Expires must be less than a week (in seconds); "
            "that is, the given X-Amz-Expires must be less than 604800 seconds"
        )
    if wrong:
        raise AwsError("AuthorizationQueryParametersError", wrong)
    ends = claim.signed_at + int(claim.expires)
    if now > ends:
        raise errors.expired_presigned(now, ends, claim.expires)


def _check_token(service: str, claim: Claim, token: str) -> None:
    if token == claim.token:
        return
    if token and claim.token and service == "s3":
        raise errors.wrong_token()
    raise errors.unknown_key(service, claim.access_key_id)


def _with_hoisted_headers(http_request: HttpRequest, claim: Claim) -> HttpRequest:
    """Return the request with the headers of a presigned URL's query string; its own headers stay.

    A checksum in the URL was made before the body was known, and is not compared with it (S3-205).
    """
    hoisted = {
        name: value
        for name, value in claim.hoisted.items()
        if name not in http_request.headers and not name.startswith("x-amz-checksum-")
    }
    return http_request.with_headers(hoisted) if hoisted else http_request
