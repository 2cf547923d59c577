"""The HTTP server of the embedded AWS, on loopback.

Connections are kept open. A request is read to its end before it is answered, so that a response never overtakes a
body; one that is refused for its headers or its size is answered at once, and the rest of it is thrown away. Injected
latency and silence pass here, outside the locks of the accounts.
"""

from __future__ import annotations

import dataclasses
import functools
import io
import logging
import socket
import ssl
import struct
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from embedded.core.error_responses import error_response
from embedded.core.errors import AwsError
from embedded.core.http import HttpRequest, HttpResponse
from embedded.core.request_reader import DeadlineReader, check_headers, joined_headers, read_body, refusal

LOG = logging.getLogger(__name__)
IDLE_SECONDS, HEAD_SECONDS, BODY_SECONDS, DISCARD_SECONDS = 120, 30, 300, 20
"""How long a client may be silent between requests, send a head, send a body, and send what is thrown away."""
READ_BYTES = 64 * 1024
CLOSING = (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_IMPLEMENTED)
"""Errors of S3 after which it closes the connection (S3-240)."""
Serve = Callable[[HttpRequest], HttpResponse]


class Server:
    """Serves requests on 127.0.0.1 while it is entered: over TLS with `tls`, each after `latency` seconds."""

    def __init__(self, serve: Serve, *, port: int, latency: float, tls: ssl.SSLContext | None = None) -> None:
        self._serve, self._port, self._latency, self._tls = serve, port, latency, tls
        self._http: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        handler = type("Handler", (_Handler,), {"respond": staticmethod(self._respond), "tls": self._tls})
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
        """The address, with the port. Raises `RuntimeError` if the server is not running."""
        if self._http is None:
            raise RuntimeError("the embedded AWS is not started; use it as a context manager")
        return f"http{'s' if self._tls else ''}://127.0.0.1:{self._http.server_address[1]}"

    def _respond(self, http_request: HttpRequest) -> HttpResponse:
        if self._latency:
            time.sleep(self._latency)
        return self._serve(http_request)


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        LOG.debug("a connection ended early")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 64 * 1024
    respond: Serve
    tls: ssl.SSLContext | None = None

    def setup(self) -> None:
        if self.tls is not None:
            self.request.settimeout(HEAD_SECONDS)
            self.request = self.tls.wrap_socket(self.request, server_side=True)
        super().setup()
        self.rfile.close()
        self._incoming = DeadlineReader(self.connection)
        self.rfile = self._buffered = io.BufferedReader(self._incoming, READ_BYTES)

    def handle_one_request(self) -> None:
        with suppress(ConnectionError, TimeoutError, socket.timeout):
            self._incoming.allow(IDLE_SECONDS)
            if self._buffered.peek(1):
                self._incoming.allow(HEAD_SECONDS)
                super().handle_one_request()
                return
        self.close_connection = True

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def handle_expect_100(self) -> bool:
        """Tell a waiting client at once to send its body, unless the request will be refused for its headers."""
        with suppress(AwsError):
            check_headers(self.headers)
            proceed = super().handle_expect_100()
            self.wfile.flush()
            return proceed
        return True

    def _serve(self) -> None:
        # `self.path` has one slash for several at the beginning, which are a part of a key (S3-250).
        path = self.requestline.split()[1]
        target = path if path.startswith("/") else "/" + path.partition("://")[2].partition("/")[2]
        headers, spelled = joined_headers(self.headers)
        head = HttpRequest(self.command, target, headers, b"", self.client_address[0], spelled)
        try:
            check_headers(self.headers)
            self._incoming.allow(BODY_SECONDS)
            body = read_body(self.rfile, self.headers)
        except AwsError as refused:
            self.close_connection = True
            self._send(refusal(head, refused))
            self._discard()
            return
        self._send(self.respond(dataclasses.replace(head, body=body)))

    def _discard(self) -> None:
        """Read what the client still sends: with unread bytes the close would be a reset, and the response lost."""
        self._incoming.allow(DISCARD_SECONDS)
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            while self.rfile.read(READ_BYTES):
                pass

    def _send(self, response: HttpResponse) -> None:
        fault = response.fault
        if fault.silence:
            time.sleep(fault.silence)
        if not fault.sent:
            self.close_connection = True
            return
        self.send_response_only(response.status, _reason(response.status))
        response.headers.setdefault("date", self.date_time_string())
        response.headers.pop("transfer-encoding", None)
        response.headers.pop("connection", None)
        with_body = self.command != "HEAD" and response.status not in (204, 304)
        chunked = response.chunked and self.request_version == "HTTP/1.1"
        self.close_connection |= response.chunked and response.status in CLOSING
        if chunked:
            response.headers.pop("content-length", None)
            response.headers["transfer-encoding"] = "chunked"
        elif with_body:
            response.headers["content-length"] = str(len(response.body))
        for name, value in response.headers.items():
            self.send_header(spelled(name), value.replace("\r", " ").replace("\n", " "))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if with_body:
            body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(response.body), response.body) if chunked else response.body
            self.wfile.write(body[: int(len(body) * fault.sent)])
        self.wfile.flush()
        if fault.sent < 1:
            self._reset()

    def _reset(self) -> None:
        """Reset the connection: `SO_LINGER` with 0 seconds makes the close a reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        for each in (self.wfile, self.rfile, self.connection):
            each.close()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what http.server itself refuses, such as a malformed request line, in AWS's form."""
        self.close_connection = True
        self.command = getattr(self, "command", None) or "GET"
        self.request_version = self.protocol_version
        error = AwsError("BadRequest", message or "An error occurred when parsing the HTTP request.", int(code))
        with suppress(OSError):
            self._send(error_response("s3", error, str(uuid.uuid4())))
        self._discard()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # http.server's name
        LOG.debug(format, *args)


@functools.cache
def spelled(name: str) -> str:
    """Return a header's name as S3 spells it: its own names and `accept-ranges` in lower case, HTTP's with capitals."""
    if name.startswith(("x-amz", "accept-ranges", "date", "server", "connection")):
        return name
    return "ETag" if name == "etag" else "-".join(part.capitalize() for part in name.split("-"))


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
