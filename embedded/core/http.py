"""HTTP requests and responses as the server receives and sends them."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclasses.dataclass(frozen=True)
class HttpRequest:
    """A request as it was received.

    `target` is the raw path and query. `headers` have lower-case names; `spelled` maps those to the names as sent.
    `requested_host` is the `Host` of a request whose bucket was there and is in the path now.
    """

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    source_ip: str = "127.0.0.1"
    spelled: Mapping[str, str] = dataclasses.field(default_factory=dict)
    requested_host: str = ""

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.target).query, keep_blank_values=True)

    @property
    def host(self) -> str:
        return self.headers.get("host", "127.0.0.1")

    def with_headers(self, changes: Mapping[str, str | None]) -> HttpRequest:
        """Return a copy with these headers set; `None` removes a header."""
        headers = {**self.headers, **changes}
        kept = {name: value for name, value in headers.items() if value is not None}
        return dataclasses.replace(self, headers=kept)


@dataclasses.dataclass
class Fault:
    """The injected fault of a request.

    `sent` is the share of the body that is sent before the connection is reset; with 0 it is closed before anything is
    sent. `silence` is the number of seconds before the response. A request `without_effect` leaves no event.
    """

    sent: float = 1.0
    silence: float = 0.0
    without_effect: bool = False


@dataclasses.dataclass
class HttpResponse:
    """A response as it will be sent. `headers` have lower-case names. A `chunked` body is sent without its length."""

    status: int
    headers: dict[str, str]
    body: bytes
    fault: Fault = dataclasses.field(default_factory=Fault)
    chunked: bool = False

    @property
    def ok(self) -> bool:
        return self.status < 400

    def json(self) -> dict[str, Any]:
        """Return the body of a JSON service's response, or `{}` where there is none."""
        decoded = json.loads(self.body) if self.body else {}
        return decoded if isinstance(decoded, dict) else {}
