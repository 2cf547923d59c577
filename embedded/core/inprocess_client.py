"""A client of this AWS that never leaves the process: the calls of a student who works in the console.

boto signs and parses as it does for anybody; only the wire is missing, so that a lab's work takes a tenth of a second.
The calls go the ordinary way: signatures, policies, grants and the event history are what they would be over HTTP.
"""

from __future__ import annotations

import contextvars
import io
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials, ReadOnlyCredentials

from embedded.core.call import Answer, Incoming
from embedded.core.isolation import ignored

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest

BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0 Safari/537.36"

_signing: contextvars.ContextVar[tuple[ReadOnlyCredentials, str]] = contextvars.ContextVar("console session")


class _Session(Credentials):
    """The credentials of whoever is at the console in this thread, so that one set of clients serves all."""

    def __init__(self) -> None:
        super().__init__("", "")

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        return _signing.get()[0]


class _Providers:
    """What botocore asks for credentials."""

    def load_credentials(self) -> Credentials:
        return _Session()


class _Body(io.BytesIO):
    """An answer's body as botocore's HTTP session gives it."""

    def stream(self, amt: int = 65536, decode_content: bool | None = None) -> Iterator[bytes]:
        while part := self.read(amt):
            yield part


class Console:
    """boto's clients whose requests are answered by `serve`; made when they are first used. Thread-safe."""

    def __init__(self, serve: Callable[[Incoming], Answer], region: str) -> None:
        self._serve, self._region = serve, region
        self._lock = threading.Lock()
        self._clients: dict[str, Any] = {}
        self._session: Any = None

    def client(self, service: str) -> Any:
        """boto's client. Its calls are signed by the session that `signed_in` names."""
        if service not in self._clients:
            with self._lock:
                if service not in self._clients:
                    self._clients[service] = self._made(service)
        return self._clients[service]

    @staticmethod
    @contextmanager
    def signed_in(key_id: str, secret: str, token: str, source_ip: str) -> Iterator[None]:
        """Let this thread's calls be those of a session, coming from an address."""
        before = _signing.set((ReadOnlyCredentials(key_id, secret, token), source_ip))
        try:
            yield
        finally:
            _signing.reset(before)

    def fetch(self, url: str, source_ip: str) -> Answer:
        """What a browser gets that opens an address: nothing is signed but what the address itself signs."""
        split = urlsplit(url)
        target = split.path + (f"?{split.query}" if split.query else "")
        return self._serve(Incoming("GET", target, {"host": split.netloc, "user-agent": BROWSER}, b"", source_ip))

    def _made(self, service: str) -> Any:
        import botocore.session
        from botocore.config import Config

        with ignored():
            if self._session is None:
                self._session = botocore.session.Session()
                self._session.register_component("credential_provider", _Providers())
            config = Config(
                user_agent=BROWSER,
                parameter_validation=False,
                retries={"total_max_attempts": 1},
                signature_version="s3v4" if service == "s3" else None,
                s3={"addressing_style": "path"},
            )
            # An address that leads nowhere: were a request ever sent, it would reach nobody.
            client = self._session.create_client(
                service, region_name=self._region, endpoint_url="http://127.0.0.1:9", config=config
            )
        client.meta.events.register("before-send", self._answered)
        return client

    def _answered(self, request: AWSPreparedRequest, **told: object) -> Any:
        from botocore.awsrequest import AWSResponse

        body: Any = request.body or b""
        body = body.read() if hasattr(body, "read") else body
        split = urlsplit(str(request.url))
        headers: dict[str, str] = {}
        for name, sent in request.headers.items():
            value: Any = sent
            headers[name.lower()] = value.decode() if isinstance(value, bytes) else str(value)
        headers.setdefault("host", split.netloc)
        answer = self._serve(
            Incoming(
                str(request.method),
                split.path + (f"?{split.query}" if split.query else ""),
                headers,
                body.encode() if isinstance(body, str) else bytes(body),
                _signing.get()[1],
            )
        )
        told_back = HTTPHeaders()
        for name, text in answer.headers.items():
            told_back[name] = text
        return AWSResponse(str(request.url), answer.status, told_back, _Body(answer.body))
