"""Requests to services that are not served, or in a protocol that is not: an error in the protocol of the request.

The protocol is read from the request, not from a model: loading the models of all services would take seconds.
https://smithy.io/2.0/aws/protocols/index.html, https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
"""

from __future__ import annotations

import json

from embedded.core.catalogue import SERVICES
from embedded.core.error_responses import query_error, rest_xml_error
from embedded.core.errors import AwsError
from embedded.core.http import HttpRequest, HttpResponse

XML_SERVICES = ("cloudfront", "route53", "s3express", "s3-outposts")
"""Services (names in signatures) whose protocol is REST with XML."""
FORM = "application/x-www-form-urlencoded"
TEXT = 0x60
"""CBOR's major type of text, in the upper bits of an item's first byte (RFC 8949)."""


def foreign_error(service: str) -> AwsError:
    """Return the error that names the services that there are, or the protocol that is not spoken."""
    if service in SERVICES:
        message = f"The embedded AWS does not speak CBOR with {service}. Let the client use another protocol."
        return AwsError("NotImplemented", message, 501)
    served = ", ".join(SERVICES)
    return AwsError("NotImplemented", f"The embedded AWS has no {service[:100]}. It has {served}.", 501)


def is_cbor(http_request: HttpRequest) -> bool:
    """Return whether a request is in the protocol rpc-v2-cbor, in which nothing is served."""
    return http_request.headers.get("smithy-protocol", "") == "rpc-v2-cbor"


def foreign_response(http_request: HttpRequest, service: str, request_id: str) -> HttpResponse:
    """Return the error for a service that is not served, in the client's protocol."""
    error = foreign_error(service)
    kind = http_request.headers.get("content-type", "").partition(";")[0].strip()
    headers = {"x-amzn-requestid": request_id, "content-type": kind}
    if is_cbor(http_request) or kind == "application/cbor":
        headers |= {"smithy-protocol": "rpc-v2-cbor", "content-type": "application/cbor"}
        return HttpResponse(error.status, headers, cbor_map({"__type": error.code, "message": error.message}))
    if kind == FORM or "Action" in http_request.query:
        return HttpResponse(error.status, headers | {"content-type": "text/xml"}, query_error(error, request_id))
    if service in XML_SERVICES:
        body = query_error(error, request_id) if service != "s3express" else rest_xml_error(error, request_id)
        return HttpResponse(error.status, headers | {"content-type": "application/xml"}, body)
    if not kind.startswith("application/x-amz-json"):
        headers["content-type"] = "application/json"
    headers["x-amzn-errortype"] = error.code
    return HttpResponse(error.status, headers, json.dumps({"__type": error.code, "message": error.message}).encode())


def cbor_map(members: dict[str, str]) -> bytes:
    """Return a map of texts, of which there are at most 23, in CBOR."""
    return bytes([0xA0 | len(members)]) + b"".join(_text(name) + _text(value) for name, value in members.items())


def _text(text: str) -> bytes:
    raw = text.encode()
    if len(raw) < 24:
        return bytes([TEXT | len(raw)]) + raw
    if len(raw) < 256:
        return bytes([TEXT | 24, len(raw)]) + raw
    return bytes([TEXT | 25]) + len(raw).to_bytes(2, "big") + raw
