"""Grants: ids and tokens, the entries of ListGrants, whom they allow what, and who may retire them.

Facts: KMS-66, KMS-67, KMS-153, KMS-154, IAM-48, MOTO-06.
"""

from __future__ import annotations

import base64
import dataclasses
import re
import secrets
from collections.abc import Callable
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.environment import ObjectState
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.partition import partition
from embedded.core.principal import Principal
from embedded.core.request import ApiRequest, current_request
from embedded.services.iam.authorization import access_denied, denial_message, identity_effect
from embedded.services.iam.policy_engine import AccessRequest, Effect
from embedded.services.iam.principals import ROLE_OR_USER, unique_id_of
from embedded.services.kms.access_context import ENCRYPTION_CONTEXT, key_context
from embedded.services.kms.keys import keys_of

BEHAVIOUR = Behaviour("kms grants")

PRINCIPAL = re.compile(
    r"arn:aws(?:-[a-z]+)*:iam::\d{12}:root|arn:aws(?:-[a-z]+)*:sts::\d{12}:(assumed-role|federated-user)/.+"
    r"|[a-z0-9.-]+\.amazonaws\.com(\.cn)?"
)
"""Principals of grants that are neither roles nor users: accounts, sessions, services."""


@dataclasses.dataclass(frozen=True)
class GrantOrigin:
    """When a grant was created, in seconds since the epoch, by which account, and for whom by unique id."""

    created: float
    issuing_account: str
    grantee_id: str = ""
    retiring_id: str = ""


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
        request.aws.state(GrantOrigins)[grant] = GrantOrigin(
            request.time,
            issuer,
            unique_id_of(str(grant.grantee_principal)),
            unique_id_of(str(grant.retiring_principal or "")),
        )


@BEHAVIOUR.validate("kms", "CreateGrant")
def _check_principals(request: ApiRequest) -> HttpResponse | None:
    """Refuse a principal that is no ARN, or of nobody (KMS-153)."""
    for name in ("GranteePrincipal", "RetiringPrincipal"):
        principal = request.params.get(name)
        if principal is not None and not _is_principal(str(principal)):
            raise AwsError("InvalidArnException", f"ARN does not refer to a valid principal: {principal}")
    return None


def _is_principal(text: str) -> bool:
    if ROLE_OR_USER.fullmatch(text):
        return bool(unique_id_of(text))
    return PRINCIPAL.fullmatch(text) is not None


def is_granted(request: ApiRequest, key: Any, access: AccessRequest) -> bool:
    """Return whether a grant of a key (moto's object) allows an action."""
    operation = access.action.removeprefix("kms:")
    encryption_context = {
        name.removeprefix(ENCRYPTION_CONTEXT): value
        for name, value in access.context.items()
        if name.startswith(ENCRYPTION_CONTEXT)
    }
    for grant in key.grants.values():
        constraints = grant.constraints or {}
        subset = constraints.get("EncryptionContextSubset") or {}
        if (
            _means(request, grant, "grantee", access.principal)
            and operation in grant.operations
            and all(encryption_context.get(name) == value for name, value in subset.items())
            and constraints.get("EncryptionContextEquals") in (None, encryption_context)
        ):
            return True
    return False


def _means(request: ApiRequest, grant: Any, part: str, principal: Principal) -> bool:
    """Return whether the grantee or the retiring principal of a grant (moto's object) is a principal."""
    named = str(getattr(grant, f"{part}_principal") or "")
    origin = request.aws.state(GrantOrigins).get(grant)
    unique_id = getattr(origin, f"{part}_id", "")
    is_same = unique_id in ("", principal.principal_id.partition(":")[0])
    account = f"arn:{partition()}:iam::{principal.account}:root"
    return bool(named) and ((named in (principal.arn, principal.role_arn) and is_same) or named == account)


@BEHAVIOUR.authorize("kms", "RetireGrant")
def _authorize_retirement(request: ApiRequest) -> None:
    """Let the retiring principal, a grantee that may retire, and the key's account retire a grant (KMS-154)."""
    found = _find(request)
    if found is None:
        return  # moto says that there is none
    key, grant = found
    principal = request.principal
    if _means(request, grant, "retiring", principal):
        return
    if "RetireGrant" in grant.operations and _means(request, grant, "grantee", principal):
        return
    access = AccessRequest("kms:RetireGrant", key.arn, principal, key_context(request, key))
    if principal.account == key.account_id and identity_effect(access) == Effect.ALLOW:
        return
    reason = "because no resource-based policy allows the kms:RetireGrant action"
    raise access_denied("kms", denial_message(access, reason))


def _find(request: ApiRequest) -> tuple[Any, Any] | None:
    """Return key and grant (moto's objects) that RetireGrant names, or `None`."""
    token, grant_id = request.params.get("GrantToken"), request.params.get("GrantId")
    account = request.account
    named = re.fullmatch(r"arn:[^:]+:kms:[^:]+:(\d{12}):key/.+", str(request.params.get("KeyId") or ""))
    for key in keys_of(request, named[1] if named else account).values():
        for grant in key.grants.values():
            if grant.token == token or (grant_id and grant.id == grant_id):
                return key, grant
    return None


@BEHAVIOUR.patch("moto.kms.models:Grant.to_json", "self")
def _list_entry(original: Callable[[Any], dict[str, Any]], grant: Any) -> dict[str, Any]:
    entry = {name: value for name, value in original(grant).items() if value}
    request = current_request()
    origin = request.aws.state(GrantOrigins).get(grant) if request else None
    if request is None or origin is None:
        return entry
    arn = request.arn("kms", f"key/{grant.key_id}")
    return {**entry, "KeyId": arn, "CreationDate": origin.created, "IssuingAccount": origin.issuing_account}
