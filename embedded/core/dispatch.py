"""The way of a request: routed, authenticated, parsed, passed through all phases, answered, recorded.

Whatever arrives gets a response in AWS's own form. What the embedded AWS fails to do is `NotImplemented`, never a
traceback.
"""

from __future__ import annotations

import functools
import logging
import re
import uuid
from collections.abc import Callable, Iterable
from typing import Any
from weakref import WeakKeyDictionary

from werkzeug.exceptions import HTTPException

from embedded.core.behaviours import Behaviour, Phase, Pipeline
from embedded.core.catalogue import SERVICES, Catalogue, check_parameters
from embedded.core.environment import Environment
from embedded.core.error_responses import error_response, internal_failure, moto_error, not_implemented
from embedded.core.errors import AwsError
from embedded.core.foreign_services import foreign_response, is_cbor
from embedded.core.http import HttpRequest, HttpResponse
from embedded.core.moto_imports import import_lazily
from embedded.core.principal import ANONYMOUS
from embedded.core.protocols import (
    SIGNING_NAMES,
    UNSIGNED,
    apply_overrides,
    detect_service,
    find_operation,
    moto_request,
    parse_params,
    path_style,
    service_protocol,
)
from embedded.core.query_lists import one_based
from embedded.core.request import ApiRequest, SignatureKind, serving
from embedded.core.signatures import Authenticated, authenticate

REQUEST_ID = re.compile(rb"(<[Rr]equestId>)[^<]*")
LOG = logging.getLogger(__name__)

MOTO_INTERFACES = Behaviour("dispatch")
"""Not a behaviour of AWS: what parsing a request, calling moto and serializing a response need of moto."""
for _target, _parameters in (
    ("moto.core.request:environ_key_for_header", "header_name"),
    ("moto.core.request:Request", "args, kwargs"),
    ("moto.core.parse:RequestParser.__init__", "self, operation_model, timestamp_parser, blob_parser, map_type"),
    ("moto.core.parse:default_timestamp_parser", "value"),
    ("moto.core.utils:get_service_model", "service_name"),
    ("moto.core.routing:get_service_router", "service_name"),
    ("moto.core.serialize:get_serializer_class", "service_name, protocol"),
    ("moto.s3.responses:S3Response.key_response", "self, request, full_url, headers"),
    ("moto.s3.responses:S3Response.bucket_response", "self, request, full_url, headers"),
    ("moto.utilities.utils:load_resource", "resource"),
):
    MOTO_INTERFACES.requires(_target, _parameters)


@functools.cache
def _kept(names_of: Callable[[type], list[str]], responses: type) -> list[str]:
    return names_of(responses)


@MOTO_INTERFACES.patch("moto.core.responses:method_names_from_class", "clazz")
def _method_names(original: Callable[[type], list[str]], responses: type) -> list[str]:
    """Keep the names: moto looks at each member of a service's class again for each request."""
    return _kept(original, responses)


PickedKeys = dict[tuple[type, str], tuple[str, ...]]
_picked: WeakKeyDictionary[Any, PickedKeys] = WeakKeyDictionary()
"""By the shape of botocore's model: under which names the value of a member is looked for in an object of a class."""


@MOTO_INTERFACES.patch("moto.core.serialize:XFormedAttributePicker.get_possible_keys", "self, context")
def _possible_keys(original: Callable[..., Iterable[str]], picker: Any, context: Any) -> Iterable[str]:
    """Keep the names: moto derives them again for each member of each response."""
    if context.shape is None:
        return original(picker, context)
    keys = _picked.setdefault(context.shape, {})
    named = (type(context.obj), context.key)
    if named not in keys:
        keys[named] = tuple(dict.fromkeys(original(picker, context)))
    return keys[named]


class Dispatcher:
    """Serves the requests of one environment. Thread-safe: one request at a time uses the state of an account."""

    def __init__(self, aws: Environment, behaviours: Iterable[Behaviour]) -> None:
        self._aws = aws
        behaviours = tuple(behaviours)
        self._pipeline = Pipeline(behaviours)
        self._catalogue = Catalogue(behaviours)

    def serve(self, http_request: HttpRequest) -> HttpResponse:
        """Return the response to one request. Never raises."""
        request_id = str(uuid.uuid4())
        head = http_request.method == "HEAD"
        service = "s3"
        try:
            service, region = detect_service(http_request)
            if service in SERVICES and not is_cbor(http_request):
                response = self._route(http_request, service, region, request_id)
            else:
                response = foreign_response(http_request, service, request_id)
        except AwsError as error:
            response = error_response(service, error, request_id, head=head)
        except Exception:
            LOG.exception("the embedded AWS failed to serve %s %s", service, http_request.method)
            response = error_response(service, internal_failure(), request_id, head=head)
        _identify(response, service, request_id)
        response.headers.setdefault("server", "AmazonS3" if service == "s3" else "Server")
        if head:
            response.headers.setdefault("content-length", str(len(response.body)))
            response.body = b""
        return response

    def _route(self, http_request: HttpRequest, service: str, region: str, request_id: str) -> HttpResponse:
        operation, bound = find_operation(service, path_style(http_request))
        signing_name = SIGNING_NAMES.get(service, service)
        if operation in UNSIGNED:
            verified = Authenticated(ANONYMOUS, SignatureKind.NONE, http_request)
        else:
            verified = authenticate(http_request, signing_name, self._aws.credentials)
        http = path_style(verified.http)
        if service_protocol(service) in ("query", "ec2"):
            http = one_based(http)
        request = ApiRequest(self._aws, service, operation, region, http, request_id, self._aws.now())
        request.principal, request.signature = verified.principal, verified.signature
        request.account = request.principal.account
        try:
            self._catalogue.check(service, operation)
            request.params = parse_params(service, operation, http, bound)
            check_parameters(service, operation, request.params)
        except AwsError as error:
            with self._aws.locked([request.account]), serving(request):
                return self._refuse(request, error)
        return self._serve(request)

    def _serve(self, request: ApiRequest) -> HttpResponse:
        used = self._state_used(request)
        accounts = {account for account, _ in used}
        for account in accounts:
            self._aws.complete_lab(account)
        with self._aws.locked(accounts), serving(request):
            try:
                for account, service in used:
                    self._aws.seed_account(account, service)
                response = self._pass_phases(request)
            except AwsError as error:
                return self._refuse(request, error)
            except Exception:
                LOG.exception("the embedded AWS failed to serve %s %s", request.service, request.operation)
                # Whatever is not done as AWS does it is refused, and not repeated by the client as a 500 would be.
                return self._refuse(request, not_implemented(f"cannot do {request.operation} with these parameters."))
            self._complete(request, response, None)
        response.fault = request.fault
        return response

    def _state_used(self, request: ApiRequest) -> list[tuple[str, str]]:
        """Return the accounts and services whose state the request uses."""
        hooks = self._pipeline.hooks(Phase.STATE, request)
        used = [(request.account, "iam"), (request.account, request.service)]
        used += [each for find in hooks for each in find(request)]
        return [each for each in used if each[0]]

    def _pass_phases(self, request: ApiRequest) -> HttpResponse:
        for phase in (Phase.INTERCEPT, Phase.RESOLVE, Phase.AUTHORIZE, Phase.VALIDATE):
            for run in self._pipeline.hooks(phase, request):
                early: HttpResponse | None = run(request)
                if early is not None:
                    return early
        implementation = next(iter(self._pipeline.hooks(Phase.IMPLEMENT, request)), call_moto)
        response: HttpResponse = implementation(request)
        if response.ok:
            for modify in self._pipeline.hooks(Phase.MODIFY_RESPONSE, request):
                response = modify(request, response)
        return response

    def _refuse(self, request: ApiRequest, error: AwsError) -> HttpResponse:
        response = error_response(request.service, error, request.id, head=request.http.method == "HEAD")
        self._complete(request, response, error)
        response.fault = request.fault
        return response

    def _complete(self, request: ApiRequest, response: HttpResponse, error: AwsError | None) -> None:
        try:
            for learn in self._pipeline.hooks(Phase.COMPLETED, request):
                learn(request, response, error)
            for act in request.deferred:
                act()
        except Exception:
            LOG.exception("the embedded AWS failed after %s %s", request.service, request.operation)


def call_moto(request: ApiRequest) -> HttpResponse:
    """Return moto's response. Raises `AwsError` for moto's errors, and `NotImplemented` where moto fails."""
    http = apply_overrides(request)
    moto = moto_request(http, account=request.account)
    try:
        status, headers, body = _moto_handler(request)(moto, moto.raw_url, dict(moto.headers))
    except HTTPException as refused:
        status, headers, body = refused.code or 400, {}, refused.description or ""
    except NotImplementedError as missing:
        raise not_implemented(f"has no {request.operation} ({missing}).") from missing
    except AwsError:
        raise
    except Exception as failed:
        if _is_ours(failed):
            raise
        # moto failed at what it does not expect; AWS's response is not known.
        LOG.warning("moto failed at %s %s: %r", request.service, request.operation, failed)
        raise not_implemented(f"cannot answer {request.operation} with these parameters.") from failed
    lowered = {str(name).lower(): str(value) for name, value in headers.items() if str(name).lower() != "status"}
    response = HttpResponse(int(status), lowered, body if isinstance(body, bytes) else str(body).encode())
    error = None if response.ok else moto_error(response)
    if error is not None:
        raise error
    return response


def _moto_handler(request: ApiRequest) -> Any:
    if request.service == "s3":
        response = import_lazily("moto.s3.responses").S3Response()
        return response.key_response if request.params.get("Key") is not None else response.bucket_response
    missing = not_implemented(f"has no {request.service}:{request.operation}.")
    try:
        paths = import_lazily(f"moto.{request.service.replace('-', '')}.urls").url_paths
    except ImportError:
        raise missing from None
    for pattern, handler in paths.items():
        if pattern.startswith("{0}") and re.fullmatch(pattern[3:].rstrip("$") or "/", request.http.path):
            return handler
    raise missing


def _is_ours(failed: BaseException) -> bool:
    """Return whether a module of this package raised, and not moto below it."""
    trace = failed.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return trace is not None and str(trace.tb_frame.f_globals.get("__name__", "")).startswith("embedded.")


def _identify(response: HttpResponse, service: str, request_id: str) -> None:
    """Give a response the id of its request, in the place of those that moto makes up."""
    if service == "s3":
        response.headers.setdefault("x-amz-request-id", request_id)
    else:
        response.headers["x-amzn-requestid"] = request_id
        if response.body.startswith(b"<"):
            response.body = REQUEST_ID.sub(rb"\g<1>" + request_id.encode(), response.body, count=1)
