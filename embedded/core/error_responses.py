"""Error responses in the form of each protocol, and errors that are the same for all services.

Facts: KMS-01, S3-01, EC2-01. Errors are written here and not by moto: a refusal has AWS's form even if moto would not
have refused.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from xml.sax.saxutils import escape, unescape

from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse

NOT_IN_XML, REPLACEMENT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"), "\ufffd"


ELEMENT = re.compile(r"<([A-Z]\w*)>([^<]*)</\1>")
NOT_MEMBERS = ("Code", "Message", "RequestId", "RequestID", "HostId", "Type", "Resource")


def s3_host_id(request_id: str) -> str:
    """Return the second id that S3 gives a response, of 76 characters."""
    return base64.b64encode(hashlib.sha512(request_id.encode()).digest()[:56]).decode()


def internal_failure() -> AwsError:
    """Return the error for a failure of the embedded AWS itself."""
    return AwsError("InternalFailure", "We encountered an internal error. Please try again.", 500)


def not_implemented(reason: str) -> AwsError:
    """Return the error for what the embedded AWS lacks. AWS uses it for parameters of S3 that it does not support."""
    return AwsError("NotImplemented", f"The embedded AWS {reason}", 501)


def constraint_error(place: str, value: str | None, constraint: str, *, code: str = "ValidationException") -> AwsError:
    """Return AWS's error for a parameter outside its model (KMS-09).

    `place` names the parameter, `None` stands for null, `constraint` follows "Member must".
    """
    shown = "null" if value is None else f"'{value}'"
    found = f"1 validation error detected: Value {shown} at '{place}'"
    return AwsError(code, f"{found} failed to satisfy constraint: Member must {constraint}")


def malformed_error(protocol: str) -> AwsError:
    """Return a protocol's error for a body that cannot be parsed."""
    if protocol == "json":
        return AwsError("SerializationException", "")
    if protocol == "rest-xml":
        return AwsError(
            "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema"
        )
    return AwsError("MalformedQueryString", "The query string contains a syntax error", 404)


def timestamp_error(protocol: str, name: str, value: str, *, in_body: bool) -> AwsError:
    """Return a protocol's error for a timestamp that cannot be read or is out of range.

    Facts: https://github.com/aws/aws-sdk-java/issues/74 (EC2's form), https://github.com/brendanhay/amazonka/issues/495
    (query). `in_body` is false for a header of S3.
    """
    if protocol == "ec2":
        message = f"Value ({value}) for parameter {name} is invalid. Must be in ISO8601 format."
        return AwsError("InvalidParameterValue", message)
    if protocol == "query":
        return AwsError("MalformedInput", "timestamp must follow ISO8601")
    if protocol == "rest-xml" and not in_body:
        return AwsError("InvalidArgument", f"The timestamp '{value}' is not valid.")
    return malformed_error(protocol)


def error_response(service: str, error: AwsError, request_id: str, *, head: bool = False) -> HttpResponse:
    """Return an error in the form of the service's protocol.

    S3 sends it in chunks (S3-240), and without a body for a HEAD request.
    """
    if service in ("s3", "s3control"):
        headers = {
            "content-type": "application/xml",
            "x-amz-request-id": request_id,
            "x-amz-id-2": s3_host_id(request_id),
        }
        headers |= error.headers
        write = rest_xml_error if service == "s3" else s3_control_error
        return HttpResponse(error.status, headers, b"" if head else write(error, request_id), chunked=True)
    headers = {"x-amzn-requestid": request_id}
    if service == "ec2":
        headers["content-type"] = "text/xml;charset=UTF-8"
        return HttpResponse(error.status, headers, _ec2_xml(error, request_id))
    if service in ("sts", "iam"):
        headers["content-type"] = "text/xml"
        return HttpResponse(error.status, headers, query_error(error, request_id))
    headers["content-type"] = "application/x-amz-json-1.1"
    body = {"__type": error.code, "message": error.message} if error.message else {"__type": error.code}
    return HttpResponse(error.status, headers, json.dumps(body).encode())


def _xml(**elements: str) -> str:
    return "".join(f"<{name}>{escape(NOT_IN_XML.sub(REPLACEMENT, value))}</{name}>" for name, value in elements.items())


def rest_xml_error(error: AwsError, request_id: str) -> bytes:
    """Return S3's form of an error."""
    inside = _xml(
        Code=error.code, Message=error.message, **error.members, RequestId=request_id, HostId=s3_host_id(request_id)
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{inside}</Error>'.encode()


def s3_control_error(error: AwsError, request_id: str) -> bytes:
    """Return S3 Control's form of an error (S3-241)."""
    inside = _xml(Code=error.code, Message=error.message, **error.members)
    whole = f"<Error>{inside}</Error>{_xml(RequestId=request_id, HostId=s3_host_id(request_id))}"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<ErrorResponse>{whole}</ErrorResponse>'.encode()


def _ec2_xml(error: AwsError, request_id: str) -> bytes:
    inside = _xml(Code=error.code, Message=error.message)
    errors = f"<Errors><Error>{inside}</Error></Errors>{_xml(RequestID=request_id)}"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<Response>{errors}</Response>'.encode()


def query_error(error: AwsError, request_id: str) -> bytes:
    """Return the query protocol's form of an error."""
    side = "Sender" if error.status < 500 else "Receiver"
    inside = f"<Error>{_xml(Type=side, Code=error.code, Message=error.message)}</Error>{_xml(RequestId=request_id)}"
    return f"<ErrorResponse>{inside}</ErrorResponse>".encode()


def moto_error(response: HttpResponse) -> AwsError | None:
    """Return the error of a response that moto wrote, or `None` if it has no code.

    It is raised again, so that CloudTrail records it and its form and request id are AWS's.
    """
    text = response.body.decode("utf-8", "replace")
    if text.startswith("{"):
        body = json.loads(text)
        code, message = str(body.get("__type", "")).rpartition("#")[2], body.get("message", body.get("Message", ""))
    else:
        code, message = _element(text, "Code"), _element(text, "Message")
    members = {name: unescape(value) for name, value in ELEMENT.findall(text) if name not in NOT_MEMBERS}
    return AwsError(code, str(message), response.status, **members) if code else None


def _element(text: str, name: str) -> str:
    found = re.search(f"<{name}>(.*?)</{name}>", text, re.DOTALL)
    return unescape(found[1]) if found else ""
