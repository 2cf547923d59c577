"""What each service answers to a signature, a key or a session that it does not take.

Facts: S3-52, S3-56, S3-202 to S3-204, STS-05 to STS-08, STS-50.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from urllib.parse import quote

from embedded.core.errors import AwsError
from embedded.core.protocols import service_protocol

MISMATCH = "The request signature we calculated does not match the signature you provided. Check your "
SKEW_SECONDS = 15 * 60


def bytes_shown(text: str) -> str:
    """Return a text's bytes in hexadecimal, as S3 shows them."""
    return text.encode("utf-8", "surrogateescape").hex(" ")


def unsigned_call() -> AwsError:
    """Return the error for a request without a signature, to a service that takes none."""
    return AwsError("MissingAuthenticationToken", "Missing Authentication Token", 403)


def unknown_key(service: str, access_key_id: str) -> AwsError:
    """Return the error for an access key that does not exist, or whose session token is missing or another."""
    if service == "s3":
        message = "The AWS Access Key Id you provided does not exist in our records."
        return AwsError("InvalidAccessKeyId", message, 403, AWSAccessKeyId=access_key_id)
    if service == "ec2":
        message = "AWS was not able to validate the provided access credentials"
        return AwsError("AuthFailure", message, 401)
    message = "The security token included in the request is invalid."
    if service_protocol(service) == "query":
        return AwsError("InvalidClientTokenId", message, 403)
    return AwsError("UnrecognizedClientException", message)


def wrong_token() -> AwsError:
    """Return S3's error for a session token that is not the session's."""
    return AwsError("InvalidToken", "The provided token is malformed or otherwise invalid.")


def mismatch(service: str, message: str = "", **members: str) -> AwsError:
    """Return the error for a signature that does not verify; `members` are S3's."""
    if service == "s3":
        return AwsError("SignatureDoesNotMatch", message or f"{MISMATCH}key and signing method.", 403, **members)
    if service == "ec2":
        return AwsError("AuthFailure", message or "AWS was not able to validate the provided access credentials", 401)
    message = message or (
        f"{MISMATCH}AWS Secret Access Key and signing method. Consult the service documentation for details."
    )
    if service_protocol(service) == "query":
        return AwsError("SignatureDoesNotMatch", message, 403)
    return AwsError("InvalidSignatureException", message)


def unsigned_headers(service: str, names: Iterable[str]) -> AwsError:
    """Return the error for headers that a signature must cover and does not."""
    listed = ", ".join(names)
    if service == "s3":
        message = "There were headers present in the request which were not signed"
        return AwsError("AccessDenied", message, 403, HeadersNotSigned=listed)
    return mismatch(service, f"'{listed}' must be a 'SignedHeader' in the AWS Authorization.")


def wrong_time(service: str, sent: str, now: float) -> AwsError:
    """Return the error for a request that was signed more than 15 minutes ago or ahead."""
    if service == "s3":
        message = "The difference between the request time and the current time is too large."
        skew = str(SKEW_SECONDS * 1000)
        members = {"RequestTime": sent, "ServerTime": iso_time(now), "MaxAllowedSkewMilliseconds": skew}
        return AwsError("RequestTimeTooSkewed", message, 403, **members)
    if service == "ec2":
        return AwsError("RequestExpired", "Request has expired.")
    return mismatch(service, f"Signature expired: {sent} is now earlier than the current time.")


def without_time(service: str) -> AwsError:
    """Return the error for a signature without a date."""
    if service == "s3":
        return AwsError("AccessDenied", "AWS authentication requires a valid Date or x-amz-date header", 403)
    return _incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")


def expired_session(service: str) -> AwsError:
    """Return the error for a session that has ended."""
    if service == "s3":
        return AwsError("ExpiredToken", "The provided token has expired.")
    if service == "ec2":
        return AwsError("RequestExpired", "Request has expired.")
    message = "The security token included in the request is expired"
    if service_protocol(service) == "query":
        return AwsError("ExpiredToken", message, 403)
    return AwsError("ExpiredTokenException", message)


def expired_presigned(now: float, ended: float, seconds: str = "") -> AwsError:
    """Return S3's error for a presigned URL that has expired; times are in seconds since the epoch."""
    members = {"X-Amz-Expires": seconds} if seconds else {}
    return AwsError(
        "AccessDenied", "Request has expired", 403, **members, Expires=iso_time(ended), ServerTime=iso_time(now)
    )


def iso_time(timestamp: float) -> str:
    """Return a time as S3's errors show it."""
    return datetime.datetime.fromtimestamp(timestamp, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def incomplete_query(version: int) -> AwsError:
    """Return S3's error for a presigned URL that lacks parameters of its signature version."""
    if version == 4:
        message = (
            "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, "
            "X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."
        )
        return AwsError("AuthorizationQueryParametersError", message)
    message = "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters"
    return AwsError("AccessDenied", message, 403)


def malformed_credential() -> AwsError:
    """Return S3's error for a presigned URL whose credential is none."""
    message = (
        "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; "
        'expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".'
    )
    return AwsError("AuthorizationQueryParametersError", message)


def malformed_authorization(service: str, authorization: str) -> AwsError:
    """Return the error for an `Authorization` header that is no signature."""
    if service == "s3":
        return AwsError(
            "InvalidArgument",
            "Unsupported Authorization Type"
            if " " not in authorization
            else "Authorization header is invalid -- one and only one ' ' (space) required",
            ArgumentName="Authorization",
            ArgumentValue=quote(authorization[:100], safe=" =/,;:"),
        )
    return _incomplete("Authorization header requires 'Credential', 'Signature' and 'SignedHeaders' parameters.")


def _incomplete(message: str) -> AwsError:
    return AwsError("IncompleteSignature", message)
