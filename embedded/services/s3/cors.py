"""Cross-origin requests: what browsers ask before one (`OPTIONS`), and the headers of the answer to one.

Facts: S3-171 to S3-174.
"""

from __future__ import annotations

from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.error_responses import s3_host_id
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.protocols import PREFLIGHTS, serialize
from embedded.core.request import ApiRequest
from embedded.services.s3.buckets import S3Context, owner_of, s3_backend
from embedded.services.s3.object_locks import malformed

BEHAVIOUR = Behaviour("s3 cors")
BEHAVIOUR.requires(
    "moto.s3.models:CorsRule", "allowed_methods, allowed_origins, allowed_headers, expose_headers, max_age_seconds, id_"
)
METHODS = ("GET", "PUT", "POST", "DELETE", "HEAD")
MOST_RULES = 100
NOT_ALLOWED = (
    "CORSResponse: This CORS request is not allowed. This is usually because the "
    "evalution of Origin, request method / "  # codespell:ignore evalution
    "Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec."
)
VARY = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"


def _matches(pattern: str, text: str) -> bool:
    """Return whether a text is of a pattern with at most one `*`."""
    before, star, after = pattern.partition("*")
    if not star:
        return pattern == text
    return len(text) >= len(before) + len(after) and text.startswith(before) and text.endswith(after)


def _allowing(bucket: Any, origin: str, method: str, asked: list[str]) -> Any:
    """Return the first rule (moto's) that allows a request, or `None`."""
    for rule in bucket.cors:
        headers = [each.lower() for each in rule.allowed_headers or []]
        if (
            method in rule.allowed_methods
            and any(_matches(each, origin) for each in rule.allowed_origins)
            and all(any(_matches(each, name) for each in headers) for name in asked)
        ):
            return rule
    return None


def _asked_headers(request: ApiRequest) -> list[str]:
    sent = request.http.headers.get("access-control-request-headers", "")
    return [each.strip().lower() for each in sent.split(",") if each.strip()]


def _headers(rule: Any, origin: str, asked: list[str]) -> dict[str, str]:
    everywhere = "*" in rule.allowed_origins
    headers = {
        "access-control-allow-origin": "*" if everywhere else origin,
        "access-control-allow-methods": ", ".join(rule.allowed_methods),
        "vary": VARY,
    }
    if not everywhere:
        headers["access-control-allow-credentials"] = "true"
    if asked:
        headers["access-control-allow-headers"] = ", ".join(asked)
    if rule.exposed_headers:
        headers["access-control-expose-headers"] = ", ".join(rule.exposed_headers)
    if rule.max_age_seconds is not None:
        headers["access-control-max-age"] = str(rule.max_age_seconds)
    return headers


@BEHAVIOUR.intercept("s3", *PREFLIGHTS)
def _preflight(request: ApiRequest) -> HttpResponse:
    """Say what a browser may send. Nothing of the object is looked at, and no signature."""
    headers, name = request.http.headers, request.params["Bucket"]
    origin, method = headers.get("origin"), headers.get("access-control-request-method")
    if not origin:
        raise AwsError("BadRequest", "Insufficient information. Origin request header needed.")
    owner, shown = owner_of(name), method or "OPTIONS"
    if not owner:
        raise _forbidden("CORSResponse: Bucket not found", shown, "BUCKET")
    bucket = s3_backend(owner).buckets[name]
    if not bucket.cors:
        raise _forbidden("CORSResponse: CORS is not enabled for this bucket.", shown, "BUCKET")
    if method is None or method not in METHODS:
        raise AwsError("BadRequest", f"Invalid Access-Control-Request-Method: {method or 'null'}")
    asked = _asked_headers(request)
    rule = _allowing(bucket, origin, method, asked)
    if rule is None:
        raise _forbidden(NOT_ALLOWED, method, "OBJECT" if request.params.get("Key") else "BUCKET")
    return HttpResponse(200, _headers(rule, origin, asked) | {"x-amz-id-2": s3_host_id(request.id)}, b"")


def _forbidden(message: str, method: str, kind: str) -> AwsError:
    return AwsError("AccessForbidden", message, 403, Method=method, ResourceType=kind)


@BEHAVIOUR.completed("s3")
def _add_headers(request: ApiRequest, response: HttpResponse, error: AwsError | None) -> None:
    """Add what a browser needs to show the answer, be it an error, to a page of another origin."""
    origin, bucket = request.http.headers.get("origin"), request.context(S3Context).bucket
    if not origin or bucket is None or not bucket.cors:
        return
    method = request.http.headers.get("access-control-request-method", request.http.method)
    asked = _asked_headers(request)
    rule = _allowing(bucket, origin, method, asked)
    if rule is not None:
        response.headers |= _headers(rule, origin, asked)


@BEHAVIOUR.implements("s3", "PutBucketCors")
def put_bucket_cors(request: ApiRequest) -> HttpResponse:
    """Replace the rules."""
    from moto.s3.models import CorsRule

    rules = (request.params.get("CORSConfiguration") or {}).get("CORSRules") or []
    if not 0 < len(rules) <= MOST_RULES:
        raise malformed()
    kept = [_rule(CorsRule, rule) for rule in rules]
    request.context(S3Context).bucket.cors = kept
    return HttpResponse(200, {}, b"")


def _rule(kind: Any, rule: dict[str, Any]) -> Any:
    methods, origins = rule.get("AllowedMethods") or [], rule.get("AllowedOrigins") or []
    if not methods or not origins:
        raise malformed()
    wrong = next((each for each in methods if each not in METHODS), None)
    if wrong is not None:
        raise AwsError("InvalidRequest", f"Found unsupported HTTP method in CORS config. Unsupported method is {wrong}")
    for name, values in (("AllowedOrigin", origins), ("AllowedHeader", rule.get("AllowedHeaders") or [])):
        if any(str(each).count("*") > 1 for each in values):
            wide = next(each for each in values if str(each).count("*") > 1)
            raise AwsError("InvalidRequest", f'{name} "{wide}" can not have more than one wildcard.')
    if any("*" in each for each in rule.get("ExposeHeaders") or []):
        wide = next(each for each in rule["ExposeHeaders"] if "*" in each)
        message = f'ExposeHeader "{wide}" contains wildcard. We currently do not support wildcard for ExposeHeader.'
        raise AwsError("InvalidRequest", message)
    return kind(
        methods,
        origins,
        rule.get("AllowedHeaders"),
        rule.get("ExposeHeaders"),
        rule.get("MaxAgeSeconds"),
        rule.get("ID"),
    )


@BEHAVIOUR.implements("s3", "GetBucketCors")
def get_bucket_cors(request: ApiRequest) -> HttpResponse:
    """Return the rules."""
    bucket = request.context(S3Context).bucket
    if not bucket.cors:
        message = "The CORS configuration does not exist"
        raise AwsError("NoSuchCORSConfiguration", message, 404, BucketName=bucket.name)
    return serialize(request, {"CORSRules": [_shown(rule) for rule in bucket.cors]})


def _shown(rule: Any) -> dict[str, Any]:
    every = {
        "ID": rule.id_,
        "AllowedHeaders": rule.allowed_headers,
        "AllowedMethods": rule.allowed_methods,
        "AllowedOrigins": rule.allowed_origins,
        "ExposeHeaders": rule.exposed_headers,
        "MaxAgeSeconds": rule.max_age_seconds,
    }
    return {name: value for name, value in every.items() if value is not None}
