"""The HTTP side: requests in, calls through the behaviours and moto, answers out.

Loopback only. Connections are kept open, and every request is read to its end before it is answered, so that an
answer never overtakes a body. Whatever arrives gets an answer in AWS's own form: a fault of ours is
`InternalFailure`, never a traceback.
"""

from __future__ import annotations

import logging
import re
import socket
import struct
import threading
import time
import uuid
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from werkzeug.exceptions import HTTPException

from embedded.audit import records as recorder
from embedded.core import protocols as wire
from embedded.core.behaviours import Behaviour
from embedded.core.call import Answer, AwsError, Call, Incoming, current
from embedded.core.moto_imports import import_frugally
from embedded.core.signatures import authenticate

if TYPE_CHECKING:
    from embedded.aws import EmbeddedAWS

LOG = logging.getLogger(__name__)
IDLE_SECONDS = 120
LARGEST_BODY = 5 * 1024**3

FRONT = Behaviour("front")
"""No behaviour of AWS: what reading a request, asking moto and writing an answer stand on."""
for _target, _parameters in (
    ("moto.core.request:environ_key_for_header", "header_name"),
    ("moto.core.request:Request", "args, kwargs"),
    ("moto.core.utils:get_service_model", "service_name"),
    ("moto.core.routing:get_service_router", "service_name"),
    ("moto.core.serialize:get_serializer_class", "service_name, protocol"),
    ("moto.s3.responses:S3Response.key_response", "self, request, full_url, headers"),
    ("moto.s3.responses:S3Response.bucket_response", "self, request, full_url, headers"),
):
    FRONT.stands_on(_target, _parameters)


class Server:
    """Serves an `EmbeddedAWS` on 127.0.0.1 from `__enter__` to `__exit__`."""

    def __init__(self, aws: EmbeddedAWS, port: int) -> None:
        self._aws, self._port = aws, port
        self._http: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        handler = type("Handler", (_Handler,), {"answer": staticmethod(self.answer)})
        self._http = _Listener(("127.0.0.1", self._port), handler)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), name="embedded AWS", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._http and self._thread:
            self._http.shutdown()
            self._thread.join()
            self._http.server_close()

    @property
    def endpoint(self) -> str:
        if self._http is None:
            raise RuntimeError("the embedded AWS is not started; use it as a context manager")
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def answer(self, incoming: Incoming) -> Answer:
        """The answer to one request, as long as it takes. Never raises."""
        if self._aws.settings.latency:
            time.sleep(self._aws.settings.latency)
        return self.serve(incoming)

    def serve(self, incoming: Incoming) -> Answer:
        """The answer to one request, at once. Never raises."""
        request_id = str(uuid.uuid4())
        head = incoming.method == "HEAD"
        service, region = "s3", self._aws.settings.region
        call: Call | None = None
        answer: Answer | None = None
        error: AwsError | None = None
        try:
            service, region = wire.service_of(incoming)
            sent = wire.path_style(incoming)
            operation, bound = wire.operation_of(service, sent)
            call = Call(self._aws, service, operation, region, sent, request_id, self._aws.now())
            signed_for = wire.SIGNED_AS.get(service, service)
            call.caller, call.signed_by = authenticate(incoming, signed_for, self._aws.identities)
            call.account = call.caller.account
            call.params = wire.params_of(service, operation, sent, bound)
            token = current.set(call)
            try:
                answer = self._through(call)
            finally:
                current.reset(token)
        except AwsError as refused:
            error = refused
        except Exception:
            LOG.exception(
                "the embedded AWS failed to serve %s %s", service, call.operation if call else incoming.method
            )
            error = AwsError("InternalFailure", "We encountered an internal error. Please try again.", 500)
        if error is not None or answer is None:
            error = error or AwsError("InternalFailure", "We encountered an internal error. Please try again.", 500)
            answer = wire.refusal(service, error, request_id, head=head)
        if call is not None and call.caller.account:
            self._write_down(call, answer, error)
        if call is not None:
            answer.sent, answer.silence = call.notes.get("sent", 1.0), call.notes.get("silence", 0.0)
        return self._finished(service, answer, request_id, head)

    def _through(self, call: Call) -> Answer:
        if call.account:
            self._aws.lay_out(call.account, "iam")
            self._aws.lay_out(call.account, call.service)
        behaviours = self._aws.behaviours
        for behaviour in behaviours:
            for gate in behaviour.gates:
                if gate.meets(call):
                    early = gate.run(call)
                    if early is not None:
                        return early
        stand_in = next((hook for each in behaviours for hook in each.stand_ins if hook.meets(call)), None)
        answer = stand_in.run(call) if stand_in else self._ask_moto(call)
        if answer.served:
            for behaviour in behaviours:
                for after in behaviour.afters:
                    if after.meets(call):
                        answer = after.run(call, answer)
        return answer

    def _ask_moto(self, call: Call) -> Answer:
        sent = wire.with_params(call) if call.rewritten else call.sent
        request = wire.moto_request(sent, account=call.account)
        try:
            status, headers, body = self._handler(call)(request, request.raw_url, dict(request.headers))
        except HTTPException as refused:
            status, headers, body = refused.code or 400, {}, refused.description or ""
        except NotImplementedError as missing:
            raise AwsError("NotImplemented", f"The embedded AWS has no {call.operation} ({missing}).", 501) from missing
        except AwsError:
            raise
        except Exception as failed:
            if _is_ours(failed):
                raise
            # moto was asked for what it does not expect: nothing that AWS would say is known.
            LOG.warning("moto failed at %s %s: %r", call.service, call.operation, failed)
            message = f"The embedded AWS cannot answer {call.operation} with these parameters."
            raise AwsError("NotImplemented", message, 501) from failed
        told = {str(name).lower(): str(value) for name, value in headers.items()}
        told.pop("status", None)
        answer = Answer(int(status), told, body if isinstance(body, bytes) else str(body).encode())
        if not answer.served:
            return wire.moto_refusal(answer)
        return answer

    def _handler(self, call: Call) -> Any:
        if call.service == "s3":
            response = import_frugally("moto.s3.responses").S3Response()
            return response.key_response if call.params.get("Key") is not None else response.bucket_response
        missing = AwsError("NotImplemented", f"The embedded AWS has no {call.service}:{call.operation}.", 501)
        try:
            paths = import_frugally(f"moto.{call.service.replace('-', '')}.urls").url_paths
        except ImportError:
            raise missing from None
        for pattern, handler in paths.items():
            if pattern.startswith("{0}") and re.fullmatch(pattern[3:].rstrip("$") or "/", call.sent.path):
                return handler
        raise missing

    @staticmethod
    def _write_down(call: Call, answer: Answer, error: AwsError | None) -> None:
        token = current.set(call)
        try:
            recorder.record(call, answer, error)
            for act in call.afterwards:
                act()
        except Exception:
            LOG.exception("the embedded AWS failed after %s %s", call.service, call.operation)
        finally:
            current.reset(token)

    @staticmethod
    def _finished(service: str, answer: Answer, request_id: str, head: bool) -> Answer:
        answer.headers.setdefault("x-amz-request-id" if service == "s3" else "x-amzn-requestid", request_id)
        answer.headers.setdefault("server", "AmazonS3" if service == "s3" else "Server")
        if head:
            answer.headers.setdefault("content-length", str(len(answer.body)))
            answer.body = b""
        return answer


def _is_ours(failed: BaseException) -> bool:
    """Whether it was one of our modules that failed, and not moto under it."""
    trace = failed.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return trace is not None and str(trace.tb_frame.f_globals.get("__name__", "")).startswith("embedded.")


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        LOG.debug("a connection ended early")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = IDLE_SECONDS
    wbufsize = 64 * 1024
    answer: Any

    def handle_one_request(self) -> None:
        with suppress(ConnectionError, TimeoutError, socket.timeout):
            super().handle_one_request()
            return
        self.close_connection = True

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def handle_expect_100(self) -> bool:
        """Tell a waiting client at once that its body may come."""
        proceed = super().handle_expect_100()
        self.wfile.flush()
        return proceed

    def _serve(self) -> None:
        try:
            body = self._body()
        except AwsError as refused:
            self.close_connection = True
            self._send(wire.refusal("s3", refused, str(uuid.uuid4()), head=self.command == "HEAD"))
            return
        headers: dict[str, str] = {}
        spelled: dict[str, str] = {}
        for name, value in self.headers.items():
            low = name.lower()
            spelled[low] = name
            headers[low] = f"{headers[low]},{value.strip()}" if low in headers else value.strip()
        target = self.path if self.path.startswith("/") else "/" + self.path.partition("://")[2].partition("/")[2]
        self._send(self.answer(Incoming(self.command, target, headers, body, self.client_address[0], spelled)))

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._chunks()
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > LARGEST_BODY:
            raise AwsError("InvalidRequest", "The Content-Length header is not valid.")
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            raise AwsError(
                "IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header"
            )
        return body

    def _chunks(self) -> bytes:
        parts: list[bytes] = []
        while True:
            try:
                size = int(self.rfile.readline(1024).partition(b";")[0].strip(), 16)
            except ValueError:
                raise AwsError("InvalidRequest", "The chunked transfer encoding is not valid.") from None
            if not 0 <= size <= LARGEST_BODY:
                raise AwsError("InvalidRequest", "The chunked transfer encoding is not valid.")
            if size == 0:
                while self.rfile.readline(1024).strip():
                    pass
                return b"".join(parts)
            parts.append(self.rfile.read(size))
            self.rfile.readline(1024)

    def _send(self, answer: Answer) -> None:
        if answer.silence:
            time.sleep(answer.silence)
        if not answer.sent:
            self.close_connection = True
            return
        self.send_response_only(
            answer.status, HTTPStatus(answer.status).phrase if answer.status in HTTPStatus._value2member_map_ else ""
        )
        answer.headers.setdefault("date", self.date_time_string())
        answer.headers.pop("transfer-encoding", None)
        answer.headers.pop("connection", None)
        if self.command != "HEAD":
            answer.headers["content-length"] = str(len(answer.body))
        for name, value in answer.headers.items():
            self.send_header(name, value.replace("\r", " ").replace("\n", " "))
        if self.close_connection:
            self.send_header("connection", "close")
        self.end_headers()
        if self.command != "HEAD" and answer.status not in (204, 304):
            self.wfile.write(answer.body[: int(len(answer.body) * answer.sent)])
        self.wfile.flush()
        if answer.sent < 1:
            self._reset()

    def _reset(self) -> None:
        """End the connection by a reset: closed with nothing to linger for, and not shut down first."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        for each in (self.wfile, self.rfile, self.connection):
            each.close()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What http.server itself refuses (a request line or headers that are none), in AWS's form."""
        self.close_connection = True
        self.command = getattr(self, "command", None) or "GET"
        self.request_version = self.protocol_version
        error = AwsError("BadRequest", message or "An error occurred when parsing the HTTP request.", int(code))
        with suppress(OSError):
            self._send(wire.refusal("s3", error, str(uuid.uuid4())))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # http.server's name
        LOG.debug(format, *args)
