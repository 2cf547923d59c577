"""Authorization by key policy, by IAM where the key policy leaves the decision to it, and by grants.

Facts: KMS-51, KMS-55 to KMS-65, KMS-67, MOTO-02.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.request import ApiRequest
from embedded.services.iam.authorization import (
    access_denied,
    denial_message,
    denial_reason,
    iam_backend,
    identity_denial_reason,
    identity_effect,
    require_permission,
)
from embedded.services.iam.policy_engine import (
    AccessRequest,
    Context,
    Effect,
    PrincipalMatch,
    decide_by_resource,
    principal_context,
    statements,
)
from embedded.services.kms.keys import KmsContext, kms_backend

BEHAVIOUR = Behaviour("key policies")

WITHOUT_KEY = {
    "CreateKey",
    "GenerateRandom",
    "ListAliases",
    "ListKeys",
    "ListRetirableGrants",
    "RetireGrant",
    "DescribeCustomKeyStores",
}
POLICY_BYTES = 32 * 1024
ROLE_OR_USER = re.compile(r"arn:aws(?:-[a-z]+)*:iam::(\d{12}):(role|user)/(.+)")
ACCOUNT = re.compile(r"\d{12}|arn:aws(?:-[a-z]+)*:iam::\d{12}:root|arn:aws(?:-[a-z]+)*:sts::\d{12}:assumed-role/.+")
CONTEXT_PREFIX = "kms:EncryptionContext:"
OTHER_ACCOUNT = (
    "because the resource does not exist in this Region, no resource-based policies allow access, "
    "or a resource-based policy explicitly denies access"
)


def require_key_permission(request: ApiRequest, key: Any, action: str, context: Context) -> None:
    """Raise KMS's error unless key policy, IAM and grants together allow the action on the key."""
    tags = {f"aws:ResourceTag/{name}": value for name, value in _tags(key).items()}
    principal = request.principal
    common = {**principal_context(principal), **tags, "kms:CallerAccount": principal.account}
    access = AccessRequest(action, key.arn, principal, {**common, "aws:SourceIp": request.http.source_ip, **context})
    reason = _denial(access, key)
    if reason:
        raise access_denied("kms", denial_message(access, reason))


def _denial(access: AccessRequest, key: Any) -> str:
    """Return why the action is denied, or an empty text."""
    policy, identity = decide_by_resource(key.policy, access), identity_effect(access)
    if policy.denied:
        return denial_reason(Effect.DENY, access.action, "resource-based")
    if identity == Effect.DENY:
        return identity_denial_reason(access, identity)
    same_account = access.principal.account == key.account_id
    if same_account:
        allowed = bool(policy.allowed & {PrincipalMatch.PRINCIPAL, PrincipalMatch.EVERYONE}) or (
            PrincipalMatch.ACCOUNT in policy.allowed and identity == Effect.ALLOW
        )
    else:
        allowed = identity == Effect.ALLOW and bool(policy.allowed)
    if allowed or _is_granted(key, access):
        return ""
    if not same_account:
        return OTHER_ACCOUNT
    kind = "identity-based" if PrincipalMatch.ACCOUNT in policy.allowed else "resource-based"
    return denial_reason(Effect.NONE, access.action, kind)


def _tags(key: Any) -> dict[str, str]:
    return dict(kms_backend(key.account_id, key.region).tagger.get_tag_dict_for_resource(key.id))


def _is_granted(key: Any, access: AccessRequest) -> bool:
    operation = access.action.removeprefix("kms:")
    encryption_context = {
        name.removeprefix(CONTEXT_PREFIX): value
        for name, value in access.context.items()
        if name.startswith(CONTEXT_PREFIX)
    }
    for grant in key.grants.values():
        constraints = grant.constraints or {}
        subset = constraints.get("EncryptionContextSubset") or {}
        if (
            grant.grantee_principal in (access.principal.arn, access.principal.role_arn, access.principal.name)
            and operation in grant.operations
            and all(encryption_context.get(name) == value for name, value in subset.items())
            and constraints.get("EncryptionContextEquals") in (None, encryption_context)
        ):
            return True
    return False


def encryption_context_keys(encryption_context: Mapping[str, str] | None) -> dict[str, str | list[str]]:
    """Return an encryption context as condition keys."""
    pairs = dict(encryption_context or {})
    return {
        **{f"{CONTEXT_PREFIX}{name}": value for name, value in pairs.items()},
        "kms:EncryptionContextKeys": [*pairs],
    }


@BEHAVIOUR.authorize("kms")
def _authorize(request: ApiRequest) -> None:
    operation = request.operation
    if operation in WITHOUT_KEY:
        _authorize_without_key(request)
        return
    if operation.endswith("Alias"):
        alias = request.arn("kms", str(request.params.get("AliasName", "")))
        context = principal_context(request.principal)
        require_permission(AccessRequest(f"kms:{operation}", alias, request.principal, context), "kms")
    sides = (("ReEncryptFrom", "Source"), ("ReEncryptTo", "Destination"))
    actions = sides if operation == "ReEncrypt" else ((operation, ""),)
    for key, (action, side) in zip(request.context(KmsContext).keys, actions, strict=False):
        encryption_context = request.params.get(f"{side}EncryptionContext")
        require_key_permission(request, key, f"kms:{action}", encryption_context_keys(encryption_context))


def _authorize_without_key(request: ApiRequest) -> None:
    if request.operation == "RetireGrant":
        return
    tags = {f"aws:RequestTag/{each['TagKey']}": str(each["TagValue"]) for each in request.params.get("Tags") or []}
    context = {**principal_context(request.principal), **tags}
    # Tags at creation need a permission of their own (API_CreateKey).
    for action in (request.operation, "TagResource") if tags else (request.operation,):
        require_permission(AccessRequest(f"kms:{action}", "*", request.principal, context), "kms")


@BEHAVIOUR.validate("kms", "CreateKey", "PutKeyPolicy")
def _check_new_policy(request: ApiRequest) -> HttpResponse | None:
    policy = request.params.get("Policy")
    if policy is None:
        return None
    if len(policy) > POLICY_BYTES:
        raise AwsError("LimitExceededException", f"The policy is larger than {POLICY_BYTES} bytes.")
    if not _is_well_formed(policy):
        raise AwsError("MalformedPolicyDocumentException", "")
    if not all(_exists(principal) for each in statements(policy) for principal in _principals(each)):
        message = "Policy contains a statement with one or more invalid principals."
        raise AwsError("MalformedPolicyDocumentException", message)
    if not request.params.get("BypassPolicyLockoutSafetyCheck") and _locks_out(request, policy):
        message = "The new key policy will not allow you to update the key policy in the future."
        raise AwsError("MalformedPolicyDocumentException", message)
    return None


def _is_well_formed(policy: str) -> bool:
    try:
        document = json.loads(policy)
    except ValueError:
        return False
    found = statements(policy)
    return (
        isinstance(document, dict)
        and bool(found)
        and all(
            each.get("Effect") in ("Allow", "Deny")
            and ("Principal" in each or "NotPrincipal" in each)
            and ("Action" in each or "NotAction" in each)
            and ("Resource" in each or "NotResource" in each)
            for each in found
        )
    )


def _principals(statement: Mapping[str, Any]) -> list[str]:
    element = statement.get("Principal", statement.get("NotPrincipal"))
    if not isinstance(element, dict):
        return []
    names = element.get("AWS", [])
    return [str(each) for each in (names if isinstance(names, list) else [names])]


def _exists(principal: str) -> bool:
    from moto.iam.models import iam_backends

    found = ROLE_OR_USER.fullmatch(principal)
    if not found:
        return principal == "*" or ACCOUNT.fullmatch(principal) is not None or principal.startswith(("AROA", "AIDA"))
    account, kind, _ = found.groups()
    if account not in iam_backends:
        return False
    backend = iam_backend(account)
    holders = backend.users if kind == "user" else backend.roles
    return any(each.arn == principal for each in holders.values())


def _locks_out(request: ApiRequest, policy: str) -> bool:
    context = principal_context(request.principal)
    decision = decide_by_resource(policy, AccessRequest("kms:PutKeyPolicy", "*", request.principal, context))
    return decision.denied or not decision.allowed


@BEHAVIOUR.patch("moto.kms.responses:KmsResponse._validate_key_policy", "self, key_id, action")
def _already_authorized(original: Callable[..., None], response: Any, key_id: str, action: str) -> None:
    """Permit: moto refuses DescribeKey for any Deny, whatever its conditions, after `_authorize` has decided."""
