"""Client tokens: a request with the same token is served once.

Facts: https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html: the same token with the same parameters
returns the first result and changes nothing, with other parameters `IdempotentParameterMismatch`. botocore sends a
token of its own, and repeats it when it retries. moto stores the token and serves the request again.
"""

from __future__ import annotations

import dataclasses
import json
from collections import defaultdict

from embedded.core.behaviours import Behaviour
from embedded.core.environment import Environment
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.request import ApiRequest

BEHAVIOUR = Behaviour("ec2 client tokens")


@dataclasses.dataclass(frozen=True)
class FirstRequest:
    """The parameters of the first request with a token, as JSON, and its response."""

    parameters: str
    response: HttpResponse


class ClientTokens:
    """The first requests by account and Region, then by operation and token. Used under the lock of the account."""

    def __init__(self, aws: Environment) -> None:
        self._kept: dict[tuple[str, str], dict[tuple[str, str], FirstRequest]] = defaultdict(dict)

    def of(self, request: ApiRequest) -> dict[tuple[str, str], FirstRequest]:
        return self._kept[request.account, request.region]


def _token(request: ApiRequest) -> tuple[str, str] | None:
    token = request.params.get("ClientToken")
    return (request.operation, str(token)) if token else None


def _parameters(request: ApiRequest) -> str:
    return json.dumps(request.params, sort_keys=True, default=str)


def _copy(response: HttpResponse) -> HttpResponse:
    return HttpResponse(response.status, dict(response.headers), response.body)


@BEHAVIOUR.validate("ec2")
def _repeat(request: ApiRequest) -> HttpResponse | None:
    token = _token(request)
    first = request.aws.state(ClientTokens).of(request).get(token) if token else None
    if first is None:
        return None
    if first.parameters != _parameters(request):
        message = "Arguments on this idempotent request are inconsistent with arguments used in previous request(s)."
        raise AwsError("IdempotentParameterMismatch", message)
    return _copy(first.response)


@BEHAVIOUR.completed("ec2")
def _keep(request: ApiRequest, response: HttpResponse, error: AwsError | None) -> None:
    token = _token(request)
    if token and error is None:
        first = FirstRequest(_parameters(request), _copy(response))
        request.aws.state(ClientTokens).of(request).setdefault(token, first)
