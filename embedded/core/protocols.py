"""AWS's protocols: the service and operation of an HTTP request, its parameters, and the form of a result.

Parsing, routing and serializing are done by moto with botocore's service models.
"""

from __future__ import annotations

import dataclasses
import datetime
import functools
import io
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, unquote_to_bytes, urlencode

from botocore.validate import ParamValidator

from embedded.core.error_responses import constraint_error, malformed_error, not_implemented, timestamp_error
from embedded.core.errors import AwsError
from embedded.core.http import HttpRequest, HttpResponse
from embedded.core.model_constraints import message, missing, violations
from embedded.core.moto_imports import import_lazily
from embedded.core.request import ApiRequest

TARGETS = {
    "TrentService": "kms",
    "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101": "cloudtrail",
    "CloudTrail_20131101": "cloudtrail",
    "AmazonSSM": "ssm",
    "ServiceQuotasV20190624": "service-quotas",
}
QUERY_VERSIONS = {"2016-11-15": "ec2", "2011-06-15": "sts", "2010-05-08": "iam"}
SIGNING_NAMES = {"service-quotas": "servicequotas", "s3control": "s3"}
"""Services whose name in signatures is not botocore's."""
CONSTRAINED = {"iam": "ValidationError", "kms": "ValidationException", "sts": "ValidationError"}
"""Services that check all parameters against their model first, and the code of a violation (KMS-84, IAM-100).

Elsewhere only required parameters are checked here; operations check what else they need.
"""
PREFLIGHTS = ("BucketCORSPreflightCheck", "ObjectCORSPreflightCheck")
"""Operations that moto adds to S3's model: what a browser asks before a request to another origin, unsigned."""
UNSIGNED = (*PREFLIGHTS, "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity")
"""Operations whose requests are not signed."""
BROWSER_OPERATIONS = ("PostObject", *PREFLIGHTS)
"""Operations without parameters of a model."""
DEFAULT_REGION = "us-east-1"
S3_CONTROL = "/v20180820/"
RPC_PATH = re.compile(r"/service/([\w.-]{1,100})/operation/[\w.-]{1,100}")
"""The path of a request in the protocol rpc-v2-cbor, with the service."""
CREDENTIAL = re.compile(r"Credential=([^/,\s]{1,128})/(\d{8})/([^/,\s]{1,64})/([^/,\s]{1,64})/aws4_request")
HOSTED_BUCKET = re.compile(
    r"^(?P<bucket>[a-z0-9][a-z0-9.-]+)\.(s3[.-][a-z0-9.-]*amazonaws\.com|s3\.localhost|localhost)(:\d+)?$"
)


def credential_scope(http_request: HttpRequest) -> tuple[str, str] | None:
    """Return Region and service of a SigV4 signature in header or query string; `None` without one."""
    found = CREDENTIAL.search(http_request.headers.get("authorization", ""))
    if not found:
        credential = http_request.query.get("X-Amz-Credential", [""])[0]
        found = CREDENTIAL.search(f"Credential={credential}")
    return (found[3], found[4]) if found else None


def detect_service(http_request: HttpRequest) -> tuple[str, str]:
    """Return the service (botocore's name) and the Region. Without any sign of another service it is S3."""
    scope = credential_scope(http_request)
    if scope:
        region, signing_name = scope
        if signing_name == "s3":
            return "s3control" if http_request.path.startswith(S3_CONTROL) else "s3", region
        return next((service for service, name in SIGNING_NAMES.items() if name == signing_name), signing_name), region
    target = http_request.headers.get("x-amz-target", "").rpartition(".")[0]
    if target:
        return TARGETS.get(target, target), DEFAULT_REGION
    called = RPC_PATH.fullmatch(http_request.path)
    if called and http_request.headers.get("smithy-protocol"):
        return TARGETS.get(called[1], called[1]), DEFAULT_REGION
    fields = form_fields(http_request)
    version = fields.get("Version", [""])[0] or http_request.query.get("Version", [""])[0]
    is_call = bool(fields.get("Action")) and http_request.path == "/"
    return QUERY_VERSIONS.get(version, "service of this API version" if is_call and version else "s3"), DEFAULT_REGION


def form_fields(http_request: HttpRequest) -> dict[str, list[str]]:
    """Return the fields of a form; none if the body is not a form."""
    if not http_request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return {}
    return parse_qs(http_request.body.decode("utf-8", "replace"), keep_blank_values=True)


def add_form_fields(http_request: HttpRequest, fields: Mapping[str, str]) -> HttpRequest:
    """Return a copy of a form with more fields."""
    return dataclasses.replace(http_request, body=http_request.body + b"&" + urlencode(fields).encode())


def path_style(http_request: HttpRequest) -> HttpRequest:
    """Return a request for `bucket.s3…` as a request for `/bucket`, the only form that moto gets."""
    if http_request.path.startswith(S3_CONTROL):
        # moto takes a form for the query protocol, which this service does not use.
        return http_request.with_headers({"content-type": "application/xml"})
    hosted = HOSTED_BUCKET.match(http_request.host)
    if not hosted:
        return http_request
    target = "/" + hosted["bucket"] + (http_request.target if http_request.target != "/" else "")
    hosted_there = dataclasses.replace(http_request, target=target, requested_host=http_request.host)
    return hosted_there.with_headers({"host": "127.0.0.1"})


def moto_request(http_request: HttpRequest, *, account: str = "") -> Any:
    """Return the request as an object of moto's class. moto uses the state of `account`."""
    request_module = import_lazily("moto.core.request")
    path, _, query = http_request.target.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": http_request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(path, "latin-1"),
        "QUERY_STRING": query,
        "RAW_URI": http_request.target,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": http_request.source_ip,
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(http_request.body),
        "CONTENT_LENGTH": str(len(http_request.body)),
    }
    names: dict[str, str] = {}
    for name, value in http_request.headers.items():
        key = request_module.environ_key_for_header(name)
        if name in ("content-length", "transfer-encoding", "x-moto-account-id"):
            continue
        if "_" in name:
            names[key] = http_request.spelled.get(name, name)
        environ[key] = value
    environ[request_module.PRESERVED_HEADER_NAMES_ENVIRON_KEY] = names
    if account:
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = account
    request = request_module.Request(environ)
    request.from_wsgi_server = True
    return request


def service_model(service: str) -> Any:
    """Return moto's form of botocore's service model. Raises `AwsError` for a service that AWS does not have."""
    from botocore.exceptions import UnknownServiceError

    try:
        return import_lazily("moto.core.utils").get_service_model(service)
    except UnknownServiceError:
        raise AwsError("UnknownService", f"There is no service '{service}'.", 404) from None


def service_protocol(signing_name: str) -> str:
    """Return the protocol of a service by its name in signatures; `json` where there is no such service."""
    try:
        return str(service_model(signing_name).protocol)
    except AwsError:
        return "json"


def find_operation(service: str, http_request: HttpRequest) -> tuple[str, dict[str, Any]]:
    """Return the operation's name in botocore's model, and the parameters in the path.

    Raises `AwsError` for an unknown operation.
    """
    protocol = str(service_model(service).protocol)
    if protocol == "json":
        name = http_request.headers.get("x-amz-target", "").rpartition(".")[2]
        if name in service_model(service).operation_names:
            return name, {}
        raise AwsError("UnknownOperationException", "")
    if protocol in ("query", "ec2"):
        return _query_action(service, http_request), {}
    if not _is_text(http_request.path):
        raise AwsError("InvalidURI", "Couldn't parse the specified URI.")
    routing = import_lazily("moto.core.routing")
    try:
        operation, bound = routing.get_service_router(service).match(moto_request(http_request))
    except routing.NotFound:
        raise AwsError("MethodNotAllowed", "The specified method is not allowed against this resource.", 405) from None
    if service == "s3":
        _check_sub_resources(operation.name, http_request)
    return operation.name, bound


def _is_text(path: str) -> bool:
    """Return whether the bytes of a path are UTF-8 (S3-176)."""
    try:
        unquote_to_bytes(path).decode()
    except UnicodeDecodeError:
        return False
    return True


@functools.cache
def _sub_resources(operation: str = "") -> frozenset[str]:
    """Return the names in the query that choose an operation of S3, by default those of all operations."""
    model = service_model("s3")
    named = [operation] if operation else model.operation_names
    queries = [model.operation_model(name).http["requestUri"].partition("?")[2] for name in named]
    return frozenset(each.partition("=")[0] for query in queries for each in query.split("&") if each) - {"x-id"}


def _check_sub_resources(operation: str, http_request: HttpRequest) -> None:
    """Raise `NotImplemented` if the query names a sub-resource that this operation is not about (MOTO-60).

    The router takes a request that lacks something of a sub-resource's operation to the object's or bucket's own.
    """
    if "?" not in http_request.target:
        return
    named = (_sub_resources() & http_request.query.keys()) - _sub_resources(operation)
    if named:
        raise not_implemented(f"does not take ?{min(named)} in {operation}.")


def _query_action(service: str, http_request: HttpRequest) -> str:
    name = (form_fields(http_request).get("Action") or http_request.query.get("Action") or [""])[0]
    if not name:
        raise AwsError("MissingAction", "The request must contain the parameter Action")
    if name not in service_model(service).operation_names:
        raise AwsError("InvalidAction", f"The action {name} is not valid for this web service.")
    return name


def parse_params(service: str, operation: str, http_request: HttpRequest, bound: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters in the names and types of botocore's model. Times are in UTC, without a zone.

    Raises `AwsError` for a malformed body, and for a timestamp that is none or out of range.
    """
    model = service_model(service)
    protocol = str(model.protocol)
    if operation in BROWSER_OPERATIONS:
        return dict(bound)
    if protocol == "json":
        _check_json(service, operation, http_request)
    if service == "s3":
        http_request = _with_numbers(operation, http_request)
        if http_request.method in ("GET", "HEAD"):
            http_request = dataclasses.replace(http_request, body=b"")  # S3 ignores it (S3-262).
    request = moto_request(http_request)
    parser = import_lazily("moto.core.parse").PROTOCOL_PARSERS[protocol]
    try:
        read_timestamp = functools.partial(_timestamp, protocol, request)
        parsed = parser(model.operation_model(operation), timestamp_parser=read_timestamp, map_type=dict).parse(
            {
                "method": http_request.method,
                "values": request.values,
                "headers": request.headers,
                "body": http_request.body,
                "url_path": request.path,
                "url_params": bound,
            }
        )
    except AwsError:
        raise
    except Exception as unreadable:
        raise malformed_error(protocol) from unreadable
    if not isinstance(parsed, dict):
        raise malformed_error(protocol)
    shape = model.operation_model(operation).input_shape
    if shape is not None:
        _check_constraints(service, shape, parsed)
    return parsed


@functools.cache
def _numbers(operation: str) -> tuple[tuple[str, str], ...]:
    """Return where an operation of S3 has numbers outside of its body: `querystring` or `header`, and the name."""
    shape = service_model("s3").operation_model(operation).input_shape
    members = shape.members.values() if shape is not None else ()
    return tuple(
        (each.serialization["location"], each.serialization["name"])
        for each in members
        if each.type_name in ("integer", "long") and each.serialization.get("location") in ("querystring", "header")
    )


def _with_numbers(operation: str, http_request: HttpRequest) -> HttpRequest:
    """Return a request of S3 without numbers that are empty. Raises `InvalidArgument` for what is none (S3-125)."""
    for place, name in _numbers(operation):
        in_query = place == "querystring"
        if in_query and f"{name}=" not in http_request.target:
            continue
        sent = http_request.query.get(name, [None])[0] if in_query else http_request.headers.get(name.lower())
        if sent == "":
            kept = [each for each in http_request.target.partition("?")[2].split("&") if each != f"{name}="]
            target = f"{http_request.path}?{'&'.join(kept)}" if in_query else http_request.target
            headers = {each: value for each, value in http_request.headers.items() if in_query or each != name.lower()}
            http_request = dataclasses.replace(http_request, target=target, headers=headers)
        elif sent is not None and not re.fullmatch(r"[-+]?\d{1,18}", sent.strip()):
            message = f"Provided {name} not an integer or within integer range"
            raise AwsError("InvalidArgument", message, ArgumentName=name, ArgumentValue=sent)
    return http_request


def _check_constraints(service: str, shape: Any, params: dict[str, Any]) -> None:
    if service in CONSTRAINED:
        found = list(violations(shape, params))
        if found:
            raise AwsError(CONSTRAINED[service], message(found))
    elif service == "ec2":
        absent = next(missing(shape, params), None)
        if absent:
            raise AwsError("MissingParameter", f"The request must contain the parameter {absent}")
    elif service == "s3control" and any(missing(shape, params)):
        raise malformed_error("rest-xml")


def _timestamp(protocol: str, request: Any, value: Any) -> datetime.datetime:
    try:
        parsed: datetime.datetime = import_lazily("moto.core.parse").default_timestamp_parser(value)
    except (ArithmeticError, RuntimeError, TypeError, ValueError):
        name = next((name for name, given in request.values.items() if given == value), "")
        raise timestamp_error(protocol, name, str(value), in_body=value not in request.headers.values()) from None
    return parsed


def _check_json(service: str, operation: str, http_request: HttpRequest) -> None:
    """Raise `AwsError` if the body is no JSON object, or if members are missing or of another type.

    Lengths and ranges are left to the operations, which have messages of their own for them.
    """
    try:
        body = _without_nulls(json.loads(http_request.body or b"{}"))
    except (ValueError, RecursionError):
        raise malformed_error("json") from None
    if not isinstance(body, dict):
        raise malformed_error("json")
    shape = service_model(service).operation_model(operation).input_shape
    try:
        wrong = ParamValidator().validate(body, shape)._errors if shape is not None else []  # noqa: SLF001  # its public report is one text for all errors
    except (ArithmeticError, RuntimeError):  # a timestamp that is out of range
        raise malformed_error("json") from None
    if any(kind == "invalid type" for kind, _, _ in wrong):
        raise malformed_error("json")
    for kind, place, details in wrong if service not in CONSTRAINED else ():
        if kind == "missing required field":
            name = ".".join(filter(None, [*place.split("."), details["required_name"]]))
            raise constraint_error(f"{name[0].lower()}{name[1:]}", None, "not be null")


def _without_nulls(value: Any) -> Any:
    """Return a JSON value without members that are null: AWS treats them as absent."""
    if isinstance(value, dict):
        return {name: _without_nulls(each) for name, each in value.items() if each is not None}
    return [_without_nulls(each) for each in value] if isinstance(value, list) else value


def apply_overrides(request: ApiRequest) -> HttpRequest:
    """Return the HTTP request of a JSON service with the parameters that moto is to see."""
    if not request.overrides:
        return request.http
    body = {**json.loads(request.http.body or b"{}"), **request.overrides}
    return dataclasses.replace(request.http, body=json.dumps(body).encode())


def serialize(request: ApiRequest, result: dict[str, Any]) -> HttpResponse:
    """Return a result in the operation's protocol, written by moto's serializers."""
    serializers = import_lazily("moto.core.serialize")
    model = service_model(request.service)
    serializer = serializers.get_serializer_class(request.service, str(model.protocol))
    serialized = serializer(operation_model=model.operation_model(request.operation)).serialize(result)
    body = serialized["body"]
    headers = {name.lower(): str(value) for name, value in serialized["headers"].items()}
    return HttpResponse(serialized["status_code"], headers, body.encode() if isinstance(body, str) else body)
