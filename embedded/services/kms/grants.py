"""Grants: ids and tokens, the entries of ListGrants, and whom they allow what.

Facts: KMS-66, KMS-67, KMS-160, KMS-163, IAM-48, MOTO-06.
"""

from __future__ import annotations

import base64
import dataclasses
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from weakref import WeakKeyDictionary

from embedded.core.behaviours import Behaviour
from embedded.core.environment import Environment, ObjectState
from embedded.core.partition import partition
from embedded.core.principal import Principal
from embedded.core.request import ApiRequest, current_request
from embedded.services.iam.policy_engine import AccessRequest
from embedded.services.iam.principals import ROLE_OR_USER, unique_id_of
from embedded.services.kms.access_context import ENCRYPTION_CONTEXT
from embedded.services.kms.keys import keys_of

BEHAVIOUR = Behaviour("kms grants")

WITH_ENCRYPTION_CONTEXT = {
    "Decrypt",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext",
    "ReEncryptFrom",
    "ReEncryptTo",
}
"""The operations to which the constraints of grants apply (KMS-163)."""
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


class GrantTokens:
    """The tokens of grants, of which CreateGrant gives one each time (KMS-160)."""

    def __init__(self, aws: Environment) -> None:
        self._given: set[str] = set()
        self._of: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()

    def keep(self, grant: Any, token: str) -> None:
        """Keep a token that was given for a grant (moto's object)."""
        self._given.add(token)
        self._of.setdefault(grant, set()).add(token)

    def of(self, grant: Any) -> set[str]:
        """Return the tokens of a grant (moto's object)."""
        return self._of.get(grant, set())

    def was_given(self, token: str) -> bool:
        """Return whether this is a token of a grant, of one that is gone by now included."""
        return token in self._given


def new_token() -> str:
    """Return a grant token."""
    return base64.b64encode(secrets.token_bytes(180)).decode()


@BEHAVIOUR.patch(
    "moto.kms.models:Grant.__init__",
    "self, key_id, name, grantee_principal, operations, constraints, retiring_principal",
)
def _created(original: Callable[..., None], grant: Any, *args: Any, **kwargs: Any) -> None:
    original(grant, *args, **kwargs)
    grant.id = secrets.token_hex(32)
    grant.token = new_token()
    request = current_request()
    if request is not None:
        issuer = f"arn:{partition()}:iam::{request.principal.account}:root"
        request.aws.state(GrantOrigins)[grant] = GrantOrigin(
            request.time,
            issuer,
            unique_id_of(str(grant.grantee_principal)),
            unique_id_of(str(grant.retiring_principal or "")),
        )


def is_principal(text: str) -> bool:
    """Return whether a text names an account, a session or a service, or a role or user that exists (KMS-153)."""
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
        if operation not in grant.operations or not means(request, grant, "grantee", access.principal):
            continue
        if operation in WITH_ENCRYPTION_CONTEXT and not _is_within(grant.constraints, encryption_context):
            continue
        if request.operation == "CreateGrant" and not _is_narrower(request.params, grant):
            continue
        return True
    return False


def _is_within(constraints: Mapping[str, Any] | None, encryption_context: Mapping[str, Any]) -> bool:
    """Return whether an encryption context meets the constraints of a grant."""
    constraints = constraints or {}
    subset = constraints.get("EncryptionContextSubset") or {}
    return all(encryption_context.get(name) == value for name, value in subset.items()) and constraints.get(
        "EncryptionContextEquals"
    ) in (None, encryption_context)


def _is_narrower(params: Mapping[str, Any], grant: Any) -> bool:
    """Return whether CreateGrant gives on no more than the grant (moto's object) that allows it (KMS-163)."""
    if not set(params["Operations"]) <= set(grant.operations):
        return False
    given = params.get("Constraints") or {}
    pairs = {**(given.get("EncryptionContextSubset") or {}), **(given.get("EncryptionContextEquals") or {})}
    exact = (grant.constraints or {}).get("EncryptionContextEquals")
    return _is_within(grant.constraints, pairs) and exact in (None, given.get("EncryptionContextEquals"))


def means(request: ApiRequest, grant: Any, part: str, principal: Principal) -> bool:
    """Return whether the grantee or the retiring principal of a grant (moto's object) is a principal."""
    named = str(getattr(grant, f"{part}_principal") or "")
    origin = request.aws.state(GrantOrigins).get(grant)
    unique_id = getattr(origin, f"{part}_id", "")
    is_same = unique_id in ("", principal.principal_id.partition(":")[0])
    account = f"arn:{partition()}:iam::{principal.account}:root"
    return bool(named) and ((named in (principal.arn, principal.role_arn) and is_same) or named == account)


def all_grants(request: ApiRequest) -> Iterator[tuple[Any, Any]]:
    """Yield the grants of the Region with their keys (moto's objects), those of all accounts."""
    from moto.kms.models import kms_backends

    for account in list(kms_backends):
        for key in list(keys_of(request, account).values()):
            for grant in list(key.grants.values()):
                yield key, grant


@BEHAVIOUR.patch("moto.kms.models:Grant.to_json", "self")
def _list_entry(original: Callable[[Any], dict[str, Any]], grant: Any) -> dict[str, Any]:
    entry = {name: value for name, value in original(grant).items() if value}
    request = current_request()
    origin = request.aws.state(GrantOrigins).get(grant) if request else None
    if request is None or origin is None:
        return entry
    arn = request.arn("kms", f"key/{grant.key_id}")
    return {**entry, "KeyId": arn, "CreationDate": origin.created, "IssuingAccount": origin.issuing_account}
