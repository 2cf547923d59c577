"""boto3 clients whose requests never leave the process: those of a student who works in the console.

boto3 signs and parses as for any other endpoint, and the requests are served as those that come over HTTP: signatures,
policies, grants and events are the same. Without the network a whole lab takes a tenth of a second.
"""

from __future__ import annotations

import contextvars
import io
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials, ReadOnlyCredentials

from embedded.core.credentials import Credential
from embedded.core.http import HttpRequest, HttpResponse
from embedded.core.isolation import isolated_environment

BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0 Safari/537.36"
UNREACHABLE = "http://127.0.0.1:9"
"""The endpoint of the clients. If a request were sent all the same, nobody would receive it."""

_signed_in: contextvars.ContextVar[tuple[ReadOnlyCredentials, str]] = contextvars.ContextVar("signed in")


class _ThreadsCredentials(Credentials):
    """The credentials that `signed_in` set for this thread, so that one set of clients serves all students."""

    def __init__(self) -> None:
        super().__init__("", "")

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        return _signed_in.get()[0]


class _CredentialProvider:
    """The credential provider of the botocore session."""

    def load_credentials(self) -> Credentials:
        return _ThreadsCredentials()


class _Body(io.BytesIO):
    """A response body with the interface of urllib3's."""

    def stream(self, amt: int = 65536, decode_content: bool | None = None) -> Iterator[bytes]:
        while part := self.read(amt):
            yield part


class InProcessClients:
    """boto3 clients whose requests are answered by `serve`. Each is made when it is first used. Thread-safe."""

    def __init__(self, serve: Callable[[HttpRequest], HttpResponse], region: str) -> None:
        self._serve, self._region = serve, region
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, str], Any] = {}
        self._session: Any = None

    def client(self, service: str, region: str = "") -> Any:
        """Return the boto3 client of a service, by default in the lab's Region. It signs with the credential that
        `signed_in` names.
        """
        name = (service, region or self._region)
        if name not in self._clients:
            with self._lock:
                if name not in self._clients:
                    self._clients[name] = self._create(*name)
        return self._clients[name]

    @staticmethod
    @contextmanager
    def signed_in(credential: Credential, source_ip: str) -> Iterator[None]:
        """Sign this thread's requests with a credential, and let them come from an IP address."""
        keys = (credential.access_key_id, credential.secret_access_key, credential.session_token)
        token = _signed_in.set((ReadOnlyCredentials(*keys), source_ip))
        try:
            yield
        finally:
            _signed_in.reset(token)

    def fetch(self, url: str, source_ip: str) -> HttpResponse:
        """Return the response to a browser's GET request, signed only if the URL is presigned."""
        split = urlsplit(url)
        target = split.path + (f"?{split.query}" if split.query else "")
        return self._serve(HttpRequest("GET", target, {"host": split.netloc, "user-agent": BROWSER}, b"", source_ip))

    def _create(self, service: str, region: str) -> Any:
        import botocore.session
        from botocore.config import Config

        with isolated_environment():
            if self._session is None:
                self._session = botocore.session.Session()
                self._session.register_component("credential_provider", _CredentialProvider())
            config = Config(
                user_agent=BROWSER,
                parameter_validation=False,
                retries={"total_max_attempts": 1},
                signature_version="s3v4" if service == "s3" else None,
                s3={"addressing_style": "path"},
            )
            client = self._session.create_client(service, region_name=region, endpoint_url=UNREACHABLE, config=config)
        client.meta.events.register("before-send", self._send)
        return client

    def _send(self, request: AWSPreparedRequest, **kwargs: object) -> Any:
        """Serve a request of botocore, which takes what is returned here for the response."""
        body: Any = request.body or b""
        body = body.read() if hasattr(body, "read") else body
        split = urlsplit(str(request.url))
        headers: dict[str, str] = {}
        for name, sent in request.headers.items():
            value: Any = sent
            headers[name.lower()] = value.decode() if isinstance(value, bytes) else str(value)
        headers.setdefault("host", split.netloc)
        response = self._serve(
            HttpRequest(
                str(request.method),
                split.path + (f"?{split.query}" if split.query else ""),
                headers,
                body.encode() if isinstance(body, str) else bytes(body),
                _signed_in.get()[1],
            )
        )
        received = HTTPHeaders()
        for name, text in response.headers.items():
            received[name] = text
        return AWSResponse(str(request.url), response.status, received, _Body(response.body))
