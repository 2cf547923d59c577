"""AWS's protocols as they look on the wire: which service and operation a request is for, and how errors are told.

Parsing, routing and serializing are moto's, driven by botocore's service models; the error bodies are written here,
because a refusal must have AWS's form whatever moto would have done with the call. Forms: `aws-behaviour.md` §1
(JSON 1.1), §3 (REST-XML), §6 (EC2's query protocol).
"""

from __future__ import annotations

import dataclasses
import io
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode
from xml.sax.saxutils import escape, unescape

from botocore.validate import ParamValidator

from embedded.core.call import Answer, AwsError, Call, Incoming
from embedded.core.moto_imports import import_frugally

TARGETS = {
    "TrentService": "kms",
    "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101": "cloudtrail",
    "CloudTrail_20131101": "cloudtrail",
    "AmazonSSM": "ssm",
    "ServiceQuotasV20190624": "service-quotas",
}
QUERY_VERSIONS = {"2016-11-15": "ec2", "2011-06-15": "sts", "2010-05-08": "iam"}
SIGNED_AS = {"service-quotas": "servicequotas", "s3control": "s3"}
"""Services whose name in signatures is another than botocore's."""
MOTOS_OWN = ("PostObject", "BucketCORSPreflightCheck", "ObjectCORSPreflightCheck")
DEFAULT_REGION = "us-east-1"
S3_CONTROL = "/v20180820/"
CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/(\d{8})/([^/,\s]+)/([^/,\s]+)/aws4_request")
HOSTED_BUCKET = re.compile(
    r"^(?P<bucket>[a-z0-9][a-z0-9.-]+)\.(s3[.-][a-z0-9.-]*amazonaws\.com|s3\.localhost|localhost)(:\d+)?$"
)
NOT_IN_XML, UNREADABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"), "\ufffd"
S3_HOST_ID = "9Gjjt1m+cjU4OPvX9O9/8RuvnG41MRb/18Oux2o5H5MY7ISNTlXN+Dz9IG62/ILVxhAGI0qyPfg="


def scope(incoming: Incoming) -> tuple[str, str] | None:
    """Region and service that the signature names, from header or query; `None` where nothing is signed by SigV4."""
    found = CREDENTIAL.search(incoming.headers.get("authorization", ""))
    if not found:
        credential = incoming.query.get("X-Amz-Credential", [""])[0]
        found = CREDENTIAL.search(f"Credential={credential}")
    return (found[3], found[4]) if found else None


def service_of(incoming: Incoming) -> tuple[str, str]:
    """Service (botocore's name) and region; S3 where nothing says otherwise, as on moto's and AWS's bare endpoints."""
    signed = scope(incoming)
    if signed:
        if signed[1] == "s3":
            return "s3control" if incoming.path.startswith(S3_CONTROL) else "s3", signed[0]
        return next((service for service, name in SIGNED_AS.items() if name == signed[1]), signed[1]), signed[0]
    target = incoming.headers.get("x-amz-target", "").rpartition(".")[0]
    if target:
        return TARGETS.get(target, target), DEFAULT_REGION
    version = form(incoming).get("Version", [""])[0] or incoming.query.get("Version", [""])[0]
    return QUERY_VERSIONS.get(version, "s3"), DEFAULT_REGION


def form(incoming: Incoming) -> dict[str, list[str]]:
    if not incoming.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return {}
    return parse_qs(incoming.body.decode("utf-8", "replace"), keep_blank_values=True)


def path_style(incoming: Incoming) -> Incoming:
    """A request for `bucket.s3…` as the same request for `/bucket`, which is how moto is always asked."""
    if incoming.path.startswith(S3_CONTROL):
        # moto would take a form for the query protocol, which this service does not have.
        return incoming.with_headers(content_type="application/xml")
    hosted = HOSTED_BUCKET.match(incoming.host)
    if not hosted:
        return incoming
    target = "/" + hosted["bucket"] + (incoming.target if incoming.target != "/" else "")
    return dataclasses.replace(incoming, target=target).with_headers(host="127.0.0.1")


def moto_request(incoming: Incoming, *, account: str = "") -> Any:
    """The request as moto's own class; `account` is whose state moto is to use."""
    request_module = import_frugally("moto.core.request")
    path, _, query = incoming.target.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": incoming.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(path, "latin-1"),
        "QUERY_STRING": query,
        "RAW_URI": incoming.target,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": incoming.source_ip,
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(incoming.body),
        "CONTENT_LENGTH": str(len(incoming.body)),
    }
    names: dict[str, str] = {}
    for name, value in incoming.headers.items():
        key = request_module.environ_key_for_header(name)
        if name in ("content-length", "transfer-encoding", "x-moto-account-id"):
            continue
        if "_" in name:
            names[key] = incoming.spelled.get(name, name)
        environ[key] = value
    environ[request_module.PRESERVED_HEADER_NAMES_ENVIRON_KEY] = names
    if account:
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = account
    request = request_module.Request(environ)
    request.from_wsgi_server = True
    return request


def model(service: str) -> Any:
    """moto's reading of botocore's service model. Raises `AwsError` for a service that AWS does not have."""
    from botocore.exceptions import UnknownServiceError

    try:
        return import_frugally("moto.core.utils").get_service_model(service)
    except UnknownServiceError:
        raise AwsError("UnknownService", f"There is no service '{service}'.", 404) from None


def operation_of(service: str, incoming: Incoming) -> tuple[str, dict[str, Any]]:
    """The operation's name in botocore's model, and what the path binds. Raises `AwsError` for an unknown action."""
    protocol = str(model(service).protocol)
    if protocol == "json":
        name = incoming.headers.get("x-amz-target", "").rpartition(".")[2]
        if name in model(service).operation_names:
            return name, {}
        raise AwsError("UnknownOperationException", "")
    if protocol in ("query", "ec2"):
        name = (form(incoming).get("Action") or incoming.query.get("Action") or [""])[0]
        if name in model(service).operation_names:
            return name, {}
        if not name:
            raise AwsError("MissingAction", "The request must contain the parameter Action")
        raise AwsError("InvalidAction", f"The action {name} is not valid for this web service.")
    routing = import_frugally("moto.core.routing")
    try:
        operation, bound = routing.get_service_router(service).match(moto_request(incoming))
    except routing.NotFound:
        raise AwsError("MethodNotAllowed", "The specified method is not allowed against this resource.", 405) from None
    if operation.name in MOTOS_OWN:
        # moto's additions to the model: what browsers send, which is signed in its own way or not at all.
        raise AwsError("NotImplemented", f"The embedded AWS has no {operation.name}.", 501)
    return operation.name, bound


def params_of(service: str, operation: str, incoming: Incoming, bound: dict[str, Any]) -> dict[str, Any]:
    """The parameters, in the names and types of botocore's model. Raises `AwsError` where they cannot be read."""
    service_model = model(service)
    protocol = str(service_model.protocol)
    if protocol == "json":
        _json_refused(service, operation, incoming)
    request = moto_request(incoming)
    parser = import_frugally("moto.core.parse").PROTOCOL_PARSERS[protocol]
    try:
        parsed = parser(service_model.operation_model(operation), map_type=dict).parse(
            {
                "method": incoming.method,
                "values": request.values,
                "headers": request.headers,
                "body": incoming.body,
                "url_path": request.path,
                "url_params": bound,
            }
        )
    except Exception as unreadable:
        raise malformed(protocol) from unreadable
    if not isinstance(parsed, dict):
        raise malformed(protocol)
    return parsed


def _json_refused(service: str, operation: str, incoming: Incoming) -> None:
    """Raises what a JSON service says to a body that is no JSON object, or whose members have other types or lack.

    Lengths and ranges are left to the operations, which have messages of their own for them.
    """
    try:
        body = _without_nulls(json.loads(incoming.body or b"{}"))
    except (ValueError, RecursionError):
        raise malformed("json") from None
    if not isinstance(body, dict):
        raise malformed("json")
    shape = model(service).operation_model(operation).input_shape
    wrong = ParamValidator().validate(body, shape)._errors if shape is not None else []
    if any(kind == "invalid type" for kind, _, _ in wrong):
        raise malformed("json")
    for kind, place, told in wrong:
        if kind == "missing required field":
            name = ".".join(filter(None, [*place.split("."), told["required_name"]]))
            raise unsatisfied(f"{name[0].lower()}{name[1:]}", None, "not be null")


def _without_nulls(value: Any) -> Any:
    """A JSON value without the members that are null, which AWS takes for absent."""
    if isinstance(value, dict):
        return {name: _without_nulls(each) for name, each in value.items() if each is not None}
    return [_without_nulls(each) for each in value] if isinstance(value, list) else value


def unsatisfied(place: str, value: str | None, constraint: str, *, code: str = "ValidationException") -> AwsError:
    """AWS's words for a parameter outside its model (`aws-behaviour.md` §1.2, Encrypt size limits)."""
    told = "null" if value is None else f"'{value}'"
    found = f"1 validation error detected: Value {told} at '{place}'"
    return AwsError(code, f"{found} failed to satisfy constraint: Member must {constraint}")


def malformed(protocol: str) -> AwsError:
    if protocol == "json":
        return AwsError("SerializationException", "")
    if protocol == "rest-xml":
        return AwsError(
            "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema"
        )
    return AwsError("MalformedQueryString", "The query string contains a syntax error", 404)


def serialized(call: Call, result: dict[str, Any]) -> Answer:
    """A result in the operation's own protocol, by moto's serializers."""
    serialize = import_frugally("moto.core.serialize")
    service_model = model(call.service)
    serializer = serialize.get_serializer_class(call.service, str(service_model.protocol))
    answer = serializer(operation_model=service_model.operation_model(call.operation)).serialize(result)
    body = answer["body"]
    headers = {name.lower(): str(value) for name, value in answer["headers"].items()}
    return Answer(answer["status_code"], headers, body.encode() if isinstance(body, str) else body)


def refusal(service: str, error: AwsError, request_id: str, *, head: bool = False) -> Answer:
    """An error in the form of the service's protocol; nothing but the status on a HEAD."""
    if service in ("s3", "s3control"):
        body, kind = _rest_xml(error, request_id), "application/xml"
        headers = {"x-amz-request-id": request_id, "x-amz-id-2": S3_HOST_ID}
        return Answer(error.status, {"content-type": kind, **headers}, b"" if head else body)
    headers = {"x-amzn-requestid": request_id}
    if service == "ec2":
        return Answer(error.status, {"content-type": "text/xml;charset=UTF-8", **headers}, _ec2_xml(error, request_id))
    if service in ("sts", "iam"):
        return Answer(error.status, {"content-type": "text/xml", **headers}, _query_xml(error, request_id))
    told = {"__type": error.code, "message": error.message} if error.message else {"__type": error.code}
    return Answer(error.status, {"content-type": "application/x-amz-json-1.1", **headers}, json.dumps(told).encode())


def _xml(**elements: str) -> str:
    return "".join(f"<{name}>{escape(NOT_IN_XML.sub(UNREADABLE, value))}</{name}>" for name, value in elements.items())


def _rest_xml(error: AwsError, request_id: str) -> bytes:
    inside = _xml(Code=error.code, Message=error.message, **error.members, RequestId=request_id, HostId=S3_HOST_ID)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{inside}</Error>'.encode()


def _ec2_xml(error: AwsError, request_id: str) -> bytes:
    inside = _xml(Code=error.code, Message=error.message)
    errors = f"<Errors><Error>{inside}</Error></Errors>{_xml(RequestID=request_id)}"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<Response>{errors}</Response>'.encode()


def _query_xml(error: AwsError, request_id: str) -> bytes:
    side = "Sender" if error.status < 500 else "Receiver"
    inside = f"<Error>{_xml(Type=side, Code=error.code, Message=error.message)}</Error>{_xml(RequestId=request_id)}"
    return f"<ErrorResponse>{inside}</ErrorResponse>".encode()


def with_form(incoming: Incoming, more: Mapping[str, str]) -> Incoming:
    """A form as it was sent, with more in it."""
    return dataclasses.replace(incoming, body=incoming.body + b"&" + urlencode(more).encode())


def with_params(call: Call) -> Incoming:
    """A JSON call as it was sent, but with the parameters that moto is to see."""
    body = {**json.loads(call.sent.body or b"{}"), **call.rewritten}
    return dataclasses.replace(call.sent, body=json.dumps(body).encode())


def moto_refusal(answer: Answer) -> Answer:
    """moto's refusal told again by us, so that its form and its request id are AWS's; raised, so that it is
    recorded.
    """
    code, message = _told_by_moto(answer)
    if not code:
        return answer
    raise AwsError(code, message, answer.status)


def _told_by_moto(answer: Answer) -> tuple[str, str]:
    text = answer.body.decode("utf-8", "replace")
    if text.startswith("{"):
        told = json.loads(text)
        return str(told.get("__type", "")).rpartition("#")[2], str(told.get("message", told.get("Message", "")))
    code = re.search(r"<Code>(.*?)</Code>", text, re.DOTALL)
    message = re.search(r"<Message>(.*?)</Message>", text, re.DOTALL)
    return (unescape(code[1]) if code else ""), (unescape(message[1]) if message else "")
