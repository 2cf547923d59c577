"""Signature versions 4 and 2, in headers and in query strings.

Each request is signed again by botocore's signers with the secret key of the account, and the signatures are compared.

Facts: S3-45, S3-50, S3-52 to S3-57, STS-05 to STS-07, STS-09, MOTO-13.
"""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import hmac
import re
import time
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qsl, quote, urlsplit

from botocore.auth import HmacV1Auth, S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

from embedded.core.credentials import CredentialStore
from embedded.core.errors import AwsError
from embedded.core.http import HttpRequest
from embedded.core.principal import ANONYMOUS, Principal
from embedded.core.protocols import CREDENTIAL, path_style
from embedded.core.request import SignatureKind

SKEW_SECONDS = 15 * 60
LONGEST_PRESIGNED_SECONDS = 7 * 24 * 3600
ISO_BASIC = "%Y%m%dT%H%M%SZ"
SECONDS = re.compile(r"[0-9]{1,18}")
UNSIGNED_BODIES = ("UNSIGNED-PAYLOAD", "STREAMING-")
MISMATCH = "The request signature we calculated does not match the signature you provided. Check your "


@dataclasses.dataclass(frozen=True)
class _Claim:
    """What a request states about its signature, not yet verified."""

    kind: SignatureKind
    access_key_id: str
    signature: str
    token: str
    date: str = ""
    region: str = ""
    service: str = ""
    signed_headers: tuple[str, ...] = ()
    expires: str = ""


def authenticate(
    http_request: HttpRequest, service: str, credentials: CredentialStore
) -> tuple[Principal, SignatureKind]:
    """Return the principal that signed a request, and how; `ANONYMOUS` for an unsigned request to S3.

    Raises `AwsError` if a signature is missing, malformed, wrong or expired.
    """
    claim = _claim(http_request, service)
    if claim is None:
        if service == "s3":
            return ANONYMOUS, SignatureKind.NONE
        raise AwsError("MissingAuthenticationToken", "Missing Authentication Token", 403)
    credential = credentials.find(claim.access_key_id)
    if credential is None:
        raise _unknown_key(service, claim.access_key_id)
    _check_token(service, claim, credential.session_token)
    signature = _signature(http_request, claim, credential.secret_access_key)
    if not hmac.compare_digest(signature.encode(), claim.signature.encode()):
        raise _mismatch(service, claim)
    _check_dates(service, claim, credentials.now(), credential.expires)
    _check_body(http_request, service, claim)
    return credential.principal, claim.kind


def _claim(http_request: HttpRequest, service: str) -> _Claim | None:
    authorization = http_request.headers.get("authorization", "")
    query = dict(parse_qsl(urlsplit(http_request.target).query, keep_blank_values=True))
    token = http_request.headers.get("x-amz-security-token", "")
    if authorization.startswith("AWS4-HMAC-SHA256"):
        credential = CREDENTIAL.search(authorization)
        signed = re.search(r"SignedHeaders=([^,\s]+)", authorization)
        signature = re.search(r"Signature=([0-9a-f]+)", authorization)
        if not (credential and signed and signature):
            raise _malformed(service, authorization)
        key, _, region, named_service = credential.groups()
        date = http_request.headers.get("x-amz-date") or http_request.headers.get("date", "")
        headers = tuple(signed[1].split(";"))
        return _Claim(SignatureKind.V4, key, signature[1], token, date, region, named_service, headers)
    if authorization.startswith("AWS ") and ":" in authorization and service == "s3":
        key, _, signature_v2 = authorization[4:].strip().rpartition(":")
        return _Claim(SignatureKind.V2, key, signature_v2, token)
    if authorization:
        raise _malformed(service, authorization)
    if "X-Amz-Signature" in query or "X-Amz-Algorithm" in query:
        credential = CREDENTIAL.search(f"Credential={query.get('X-Amz-Credential', '')}")
        if not (credential and "X-Amz-Signature" in query and "X-Amz-Date" in query):
            raise AwsError(
                "AuthorizationQueryParametersError",
                "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, "
                "X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
            )
        key, _, region, named_service = credential.groups()
        return _Claim(
            SignatureKind.V4_QUERY,
            key,
            query["X-Amz-Signature"],
            query.get("X-Amz-Security-Token", token),
            query["X-Amz-Date"],
            region,
            named_service,
            tuple(query.get("X-Amz-SignedHeaders", "host").split(";")),
            query.get("X-Amz-Expires", ""),
        )
    if service == "s3" and "AWSAccessKeyId" in query and "Signature" in query:
        token = query.get("x-amz-security-token", token)
        return _Claim(
            SignatureKind.V2_QUERY, query["AWSAccessKeyId"], query["Signature"], token, expires=query.get("Expires", "")
        )
    return None


def _signature(http_request: HttpRequest, claim: _Claim, secret: str) -> str:
    credentials = Credentials(claim.access_key_id, secret, claim.token or None)
    if claim.kind in (SignatureKind.V2, SignatureKind.V2_QUERY):
        return _signature_v2(
            http_request, claim, _V2(credentials, claim.expires or http_request.headers.get("date", ""))
        )
    request = AWSRequest(
        method=http_request.method,
        url=f"http://{http_request.host}{_without_signature(http_request.target)}",
        data=http_request.body,
    )
    for name in claim.signed_headers:
        request.headers[name] = http_request.headers.get(name, "")
    request.context["timestamp"] = claim.date if re.fullmatch(r"\d{8}T\d{6}Z", claim.date) else _iso_basic(claim.date)
    signer = _signer(claim)(credentials, claim.service, claim.region)
    return str(signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request))


def _signer(claim: _Claim) -> type[SigV4Auth]:
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


def _signature_v2(http_request: HttpRequest, claim: _Claim, signer: _V2) -> str:
    headers = HTTPHeaders()
    for name, value in http_request.headers.items():
        if name.startswith("x-amz-") or name in ("content-md5", "content-type"):
            headers[name] = value
    if "x-amz-date" in http_request.headers:
        signer.date = ""
    if claim.token and claim.kind is SignatureKind.V2_QUERY:
        headers["x-amz-security-token"] = claim.token
    hosted = path_style(http_request)
    split = urlsplit(f"http://{hosted.host}{_without_signature(hosted.target)}")
    canonical = signer.canonical_string(http_request.method, split, headers)  # type: ignore[arg-type]  # a mapping to botocore
    return str(signer.sign_string(canonical))


def _without_signature(target: str) -> str:
    path, mark, query = target.partition("?")
    kept = [part for part in query.split("&") if part and part.partition("=")[0] not in _SIGNATURE_PARTS]
    return path + (mark + "&".join(kept) if kept else "")


_SIGNATURE_PARTS = {"X-Amz-Signature", "Signature", "AWSAccessKeyId", "Expires", "x-amz-security-token"}


def _iso_basic(date: str) -> str:
    try:
        return parsedate_to_datetime(date).astimezone(datetime.UTC).strftime(ISO_BASIC)
    except (OverflowError, TypeError, ValueError):
        return ""


def _timestamp(basic: str) -> float:
    try:
        return datetime.datetime.strptime(basic, ISO_BASIC).replace(tzinfo=datetime.UTC).timestamp()
    except ValueError:
        return 0.0


def _check_dates(service: str, claim: _Claim, now: float, credential_ends: float) -> None:
    if credential_ends and now >= credential_ends:
        raise _expired_session(service)
    if claim.kind is SignatureKind.V4_QUERY:
        _check_presigned(claim, now, _timestamp(claim.date))
    elif claim.kind is SignatureKind.V2_QUERY:
        if not SECONDS.fullmatch(claim.expires):
            raise AwsError(
                "AccessDenied",
                "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters",
                403,
            )
        if now > int(claim.expires):
            raise _expired_presigned(now, float(claim.expires))
    elif abs(time.time() - _timestamp(claim.date)) > SKEW_SECONDS and claim.kind is SignatureKind.V4:
        # The machine's own clock: the clients sign by it. `advance_clock` is for links and sessions.
        if service == "s3":
            message = "The difference between the request time and the current time is too large."
            raise AwsError("RequestTimeTooSkewed", message, 403)
        message = f"Signature expired: {claim.date} is now earlier than the current time."
        raise AwsError("SignatureDoesNotMatch", message, 403)


def _check_presigned(claim: _Claim, now: float, signed_at: float) -> None:
    if not SECONDS.fullmatch(claim.expires) or int(claim.expires) > LONGEST_PRESIGNED_SECONDS:
        raise AwsError(
            "AuthorizationQueryParametersError",
            "X-Amz-Expires must be less than a week (in seconds); "
            "that is, the given X-Amz-Expires must be less than 604800 seconds",
        )
    if now > signed_at + int(claim.expires):
        raise _expired_presigned(now, signed_at + int(claim.expires), claim.expires)


def _expired_presigned(now: float, ended: float, seconds: str = "") -> AwsError:
    def iso(timestamp: float) -> str:
        return datetime.datetime.fromtimestamp(timestamp, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    members = {"X-Amz-Expires": seconds} if seconds else {}
    return AwsError("AccessDenied", "Request has expired", 403, **members, Expires=iso(ended), ServerTime=iso(now))


def _check_body(http_request: HttpRequest, service: str, claim: _Claim) -> None:
    digest = http_request.headers.get("x-amz-content-sha256", "")
    if service != "s3" or claim.kind is not SignatureKind.V4:
        return
    if not digest:
        raise AwsError("InvalidRequest", "Missing required header for this request: x-amz-content-sha256")
    if not digest.startswith(UNSIGNED_BODIES) and hashlib.sha256(http_request.body).hexdigest() != digest:
        raise AwsError(
            "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed."
        )


def _check_token(service: str, claim: _Claim, token: str) -> None:
    if token and not claim.token:
        raise _unknown_key(service, claim.access_key_id)
    if token != claim.token:
        if service == "s3":
            raise AwsError("InvalidToken", "The provided token is malformed or otherwise invalid.")
        raise _unknown_key(service, claim.access_key_id)


def _unknown_key(service: str, access_key_id: str) -> AwsError:
    if service == "s3":
        message = "The AWS Access Key Id you provided does not exist in our records."
        return AwsError("InvalidAccessKeyId", message, 403, AWSAccessKeyId=access_key_id)
    return AwsError("UnrecognizedClientException", "The security token included in the request is invalid.", 403)


def _mismatch(service: str, claim: _Claim) -> AwsError:
    if service == "s3":
        message = f"{MISMATCH}key and signing method."
        return AwsError("SignatureDoesNotMatch", message, 403, AWSAccessKeyId=claim.access_key_id)
    message = f"{MISMATCH}AWS Secret Access Key and signing method. Consult the service documentation for details."
    return AwsError("SignatureDoesNotMatch", message, 403)


def _expired_session(service: str) -> AwsError:
    match service:
        case "s3":
            return AwsError("ExpiredToken", "The provided token has expired.")
        case "ec2":
            return AwsError("RequestExpired", "Request has expired.")
        case "sts" | "iam":
            return AwsError("ExpiredToken", "The security token included in the request is expired", 403)
        case _:
            return AwsError("ExpiredTokenException", "The security token included in the request is expired")


def _malformed(service: str, authorization: str) -> AwsError:
    if service == "s3":
        return AwsError(
            "InvalidArgument",
            "Unsupported Authorization Type"
            if " " not in authorization
            else "Authorization header is invalid -- one and only one ' ' (space) required",
            ArgumentName="Authorization",
            ArgumentValue=quote(authorization[:100], safe=" =/,;:"),
        )
    return AwsError(
        "IncompleteSignature", "Authorization header requires 'Credential', 'Signature' and 'SignedHeaders' parameters."
    )
