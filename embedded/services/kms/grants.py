"""Grants: ids and tokens, and the entries of ListGrants.

Facts: KMS-66, KMS-67, MOTO-06.
"""

from __future__ import annotations

import base64
import dataclasses
import secrets
from collections.abc import Callable
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.environment import ObjectState
from embedded.core.partition import partition
from embedded.core.request import current_request

BEHAVIOUR = Behaviour("kms grants")


@dataclasses.dataclass(frozen=True)
class GrantOrigin:
    """When a grant was created, in seconds since the epoch, and by which account."""

    created: float
    issuing_account: str


class GrantOrigins(ObjectState[GrantOrigin]):
    """The origins of grants (moto's objects)."""


@BEHAVIOUR.patch(
    "moto.kms.models:Grant.__init__",
    "self, key_id, name, grantee_principal, operations, constraints, retiring_principal",
)
def _created(original: Callable[..., None], grant: Any, *args: Any, **kwargs: Any) -> None:
    original(grant, *args, **kwargs)
    grant.id = secrets.token_hex(32)
    grant.token = base64.b64encode(secrets.token_bytes(180)).decode()
    request = current_request()
    if request is not None:
        issuer = f"arn:{partition()}:iam::{request.principal.account}:root"
        request.aws.state(GrantOrigins)[grant] = GrantOrigin(request.time, issuer)


@BEHAVIOUR.patch("moto.kms.models:Grant.to_json", "self")
def _list_entry(original: Callable[[Any], dict[str, Any]], grant: Any) -> dict[str, Any]:
    entry = {name: value for name, value in original(grant).items() if value}
    request = current_request()
    origin = request.aws.state(GrantOrigins).get(grant) if request else None
    if request is None or origin is None:
        return entry
    arn = request.arn("kms", f"key/{grant.key_id}")
    return {**entry, "KeyId": arn, "CreationDate": origin.created, "IssuingAccount": origin.issuing_account}
