"""A request for an operation of a service, from its parameters to what happens after its response."""

from __future__ import annotations

import contextvars
import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any, TypeVar, cast

from embedded.core.environment import Environment
from embedded.core.http import Fault, HttpRequest
from embedded.core.partition import partition
from embedded.core.principal import ANONYMOUS, Principal

Context = TypeVar("Context")


class SignatureKind(StrEnum):
    """Signature version, and whether the signature is in the header or in the query string."""

    NONE = ""
    V4 = "v4"
    V4_QUERY = "v4-query"
    V2 = "v2"
    V2_QUERY = "v2-query"

    @property
    def is_v4(self) -> bool:
        return self in (SignatureKind.V4, SignatureKind.V4_QUERY)


@dataclasses.dataclass
class ApiRequest:
    """A request that was routed to an operation.

    `http` is the HTTP request as moto will see it. `params` are the parameters as sent, in botocore's names and types;
    moto sees `overrides` instead of them. `account` is the account whose state is used: at first the principal's, later
    that of the bucket or key. `time` is in seconds since the epoch. `deferred` runs after the response is recorded.
    """

    aws: Environment
    service: str
    operation: str
    region: str
    http: HttpRequest
    id: str
    time: float
    principal: Principal = ANONYMOUS
    account: str = ""
    params: dict[str, Any] = dataclasses.field(default_factory=dict)
    overrides: dict[str, Any] = dataclasses.field(default_factory=dict)
    signature: SignatureKind = SignatureKind.NONE
    fault: Fault = dataclasses.field(default_factory=Fault)
    deferred: list[Callable[[], None]] = dataclasses.field(default_factory=list)
    _contexts: dict[Callable[[], Any], Any] = dataclasses.field(default_factory=dict, init=False, repr=False)

    def context(self, kind: Callable[[], Context]) -> Context:
        """Return what a service knows about this request; the first call creates it."""
        if kind not in self._contexts:
            self._contexts[kind] = kind()
        return cast("Context", self._contexts[kind])

    def override(self, **params: Any) -> None:
        """Let moto see other parameters than were sent. CloudTrail records those that were sent. JSON services only."""
        self.overrides |= params

    def arn(self, service: str, resource: str, *, account: str | None = None) -> str:
        """Return the ARN of a resource in the request's Region, by default in the request's account."""
        return f"arn:{partition()}:{service}:{self.region}:{account or self.account}:{resource}"


_current: contextvars.ContextVar[ApiRequest | None] = contextvars.ContextVar("current request", default=None)


def current_request() -> ApiRequest | None:
    """Return the request that this thread serves, for functions of moto that do not receive it."""
    return _current.get()


@contextmanager
def serving(request: ApiRequest) -> Iterator[None]:
    """Make a request this thread's current one."""
    token = _current.set(request)
    try:
        yield
    finally:
        _current.reset(token)
