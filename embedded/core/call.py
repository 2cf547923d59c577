"""One call on its way through the embedded AWS: what was sent, by whom, and what is answered."""

from __future__ import annotations

import contextvars
import dataclasses
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from embedded.aws import EmbeddedAWS

PARTITION = "aws"


class AwsError(Exception):
    """An error that AWS itself would answer; `members` are elements beside code and message (S3's `ArgumentName`)."""

    def __init__(self, code: str, message: str, status: int = 400, **members: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.members = members


@dataclasses.dataclass(frozen=True)
class Caller:
    """A principal as STS names it. `role_arn` is the IAM ARN behind an assumed role's session."""

    kind: Literal["AssumedRole", "IAMUser", "Root", "Anonymous", "AWSService"]
    account: str = ""
    arn: str = ""
    principal_id: str = ""
    access_key_id: str = ""
    name: str = ""
    session_name: str = ""
    role_arn: str = ""
    session_started: float = 0.0
    session_policy: str = ""
    from_console: bool = False

    @property
    def is_anonymous(self) -> bool:
        return self.kind == "Anonymous"


ANONYMOUS = Caller("Anonymous")


@dataclasses.dataclass(frozen=True)
class Incoming:
    """A request as it came over the wire. `target` is the raw path and query, `headers` have lower-case names."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    source_ip: str = "127.0.0.1"
    spelled: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.target).query, keep_blank_values=True)

    @property
    def host(self) -> str:
        return self.headers.get("host", "127.0.0.1")

    def with_headers(self, **changes: str | None) -> Incoming:
        """A copy with other headers (`x_amz_acl="private"`), `None` taking one away."""
        headers = dict(self.headers)
        for key, value in changes.items():
            name = key.replace("_", "-")
            headers.pop(name, None)
            if value is not None:
                headers[name] = value
        return dataclasses.replace(self, headers=headers)


@dataclasses.dataclass
class Answer:
    """What goes back over the wire: with `sent` below 1 that share of the body before the connection is reset, with 0
    nothing before it ends; after `silence` seconds.
    """

    status: int
    headers: dict[str, str]
    body: bytes
    sent: float = 1.0
    silence: float = 0.0

    @property
    def served(self) -> bool:
        return self.status < 400

    def json(self) -> dict[str, Any]:
        """The body of a JSON service's answer, `{}` where there is none."""
        decoded = json.loads(self.body) if self.body else {}
        return decoded if isinstance(decoded, dict) else {}


@dataclasses.dataclass
class Call:
    """A routed request. `params` are as sent; behaviours that change what moto sees put it in `rewritten` or `sent`."""

    aws: EmbeddedAWS
    service: str
    operation: str
    region: str
    sent: Incoming
    request_id: str
    time: float
    caller: Caller = ANONYMOUS
    account: str = ""
    params: dict[str, Any] = dataclasses.field(default_factory=dict)
    rewritten: dict[str, Any] = dataclasses.field(default_factory=dict)
    signed_by: Literal["", "v4", "v4-query", "v2", "v2-query"] = ""
    notes: dict[str, Any] = dataclasses.field(default_factory=dict)
    afterwards: list[Callable[[], None]] = dataclasses.field(default_factory=list)
    """What the service does once the call is answered and written down."""

    def rewrite(self, **changes: Any) -> None:
        """Let moto see other parameters than were sent; the history keeps those that were sent. JSON services only."""
        self.rewritten |= changes

    def arn(self, service: str, resource: str, *, account: str | None = None) -> str:
        return f"arn:{PARTITION}:{service}:{self.region}:{account or self.account}:{resource}"


current: contextvars.ContextVar[Call | None] = contextvars.ContextVar("current call", default=None)
"""The call that this thread serves; `None` while accounts are laid out."""
