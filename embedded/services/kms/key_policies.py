"""Authorization by key policy, by IAM where the key policy leaves the decision to it, and by grants.

Facts: KMS-51, KMS-55 to KMS-65, KMS-67, KMS-152, KMS-164, KMS-166, IAM-48, MOTO-02.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.environment import ObjectState
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.request import ApiRequest
from embedded.services.iam.authorization import (
    access_denied,
    denial_message,
    denial_reason,
    identity_denial_reason,
    identity_effect,
    is_allowed_by_policy,
    limit_denial_reason,
    request_context,
    require_permission,
)
from embedded.services.iam.policy_engine import (
    AccessRequest,
    Context,
    Effect,
    PrincipalMatch,
    decide_by_resource,
    statements,
)
from embedded.services.iam.policy_grammar import PolicyKind, check_policy
from embedded.services.iam.principals import exists, known_ids, unique_id_of
from embedded.services.kms.access_context import ENCRYPTION_CONTEXT, key_context, parameters_context
from embedded.services.kms.aliases import named_key
from embedded.services.kms.grants import is_granted
from embedded.services.kms.keys import KmsContext, keys_of

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
CROSS_ACCOUNT = {
    "CreateGrant",
    "Decrypt",
    "DeriveSharedSecret",
    "DescribeKey",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateMac",
    "GetKeyRotationStatus",
    "GetPublicKey",
    "ListGrants",
    "ReEncryptFrom",
    "ReEncryptTo",
    "RetireGrant",
    "RevokeGrant",
    "Sign",
    "Verify",
    "VerifyMac",
}
"""The actions that another account may be allowed (KMS-152)."""
OTHER_ACCOUNT = (
    "because the resource does not exist in this Region, no resource-based policies allow access, "
    "or a resource-based policy explicitly denies access"
)


class KeyPolicyIds(ObjectState[dict[str, str]]):
    """The unique ids of the principals of key policies when they were stored, by key (moto's object) and ARN."""


def require_key_permission(request: ApiRequest, key: Any, action: str, context: Context) -> None:
    """Raise KMS's error unless key policy, IAM and grants together allow the action on the key."""
    access = AccessRequest(action, key.arn, request.principal, {**key_context(request, key), **context})
    reason = _denial(request, access, key)
    if reason:
        raise access_denied("kms", denial_message(access, reason))


def _denial(request: ApiRequest, access: AccessRequest, key: Any) -> str:
    """Return why the action is denied, or an empty text."""
    policy = decide_by_resource(key.policy, access, request.aws.state(KeyPolicyIds).get(key))
    identity = identity_effect(access)
    if policy.denied:
        return denial_reason(Effect.DENY, access.action, "resource-based")
    if identity == Effect.DENY:
        return identity_denial_reason(access, identity)
    same_account = access.principal.account == key.account_id
    if not same_account and access.action.removeprefix("kms:") not in CROSS_ACCOUNT:
        return OTHER_ACCOUNT
    if same_account:
        allowed = is_allowed_by_policy(access, policy) or (
            PrincipalMatch.ACCOUNT in policy.allowed and identity == Effect.ALLOW
        )
    else:
        allowed = identity == Effect.ALLOW and bool(policy.allowed)
    if allowed or is_granted(request, key, access):
        return ""
    if not same_account:
        return OTHER_ACCOUNT
    limit = limit_denial_reason(access) if PrincipalMatch.PRINCIPAL in policy.allowed else ""
    by_account = PrincipalMatch.ACCOUNT in policy.allowed
    nobody = denial_reason(Effect.NONE, access.action, "resource-based")
    return limit or (identity_denial_reason(access, identity) if by_account else nobody)


def encryption_context_keys(encryption_context: Mapping[str, str] | None) -> dict[str, str | list[str]]:
    """Return an encryption context as condition keys."""
    pairs = dict(encryption_context or {})
    return {
        **{f"{ENCRYPTION_CONTEXT}{name}": value for name, value in pairs.items()},
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
        context = {**request_context(request), **parameters_context(request)}
        require_permission(AccessRequest(f"kms:{operation}", alias, request.principal, context), "kms")
    if operation == "UpdateAlias":
        # The key that the alias names by now, too (KMS-164).
        require_key_permission(request, named_key(request), "kms:UpdateAlias", {})
    if operation == "ReplicateKey":
        _authorize_replica(request)
    sides = (("ReEncryptFrom", "Source"), ("ReEncryptTo", "Destination"))
    actions = sides if operation == "ReEncrypt" else ((operation, ""),)
    for key, (action, side) in zip(request.context(KmsContext).keys, actions, strict=False):
        encryption_context = request.params.get(f"{side}EncryptionContext")
        require_key_permission(request, key, f"kms:{action}", encryption_context_keys(encryption_context))


def _authorize_replica(request: ApiRequest) -> None:
    """Require kms:CreateKey in the replica's Region, and kms:TagResource for its tags (KMS-166)."""
    region = str(request.params["ReplicaRegion"])
    context = {**request_context(request), **parameters_context(request), "aws:RequestedRegion": region}
    for action in ("CreateKey", "TagResource") if request.params.get("Tags") else ("CreateKey",):
        require_permission(AccessRequest(f"kms:{action}", "*", request.principal, context), "kms")


def _authorize_without_key(request: ApiRequest) -> None:
    if request.operation == "RetireGrant":
        return  # the grant says who may (`embedded/services/kms/grants.py`)
    context = {**request_context(request), **parameters_context(request)}
    # Tags at creation need a permission of their own (API_CreateKey).
    for action in (request.operation, "TagResource") if request.params.get("Tags") else (request.operation,):
        require_permission(AccessRequest(f"kms:{action}", "*", request.principal, context), "kms")


@BEHAVIOUR.validate("kms", "CreateKey", "PutKeyPolicy", "ReplicateKey")
def _check_new_policy(request: ApiRequest) -> HttpResponse | None:
    policy = request.params.get("Policy")
    if policy is None:
        return None
    if len(policy) > POLICY_BYTES:
        raise AwsError("LimitExceededException", f"The policy is larger than {POLICY_BYTES} bytes.")
    check_policy(policy, PolicyKind.KEY)
    if not all(exists(principal) for each in statements(policy) for principal in _principals(each)):
        message = "Policy contains a statement with one or more invalid principals."
        raise AwsError("MalformedPolicyDocumentException", message)
    if not request.params.get("BypassPolicyLockoutSafetyCheck") and _locks_out(request, policy):
        message = "The new key policy will not allow you to update the key policy in the future."
        raise AwsError("MalformedPolicyDocumentException", message)
    return None


@BEHAVIOUR.modify_response("kms", "CreateKey", "PutKeyPolicy")
def _note_ids(request: ApiRequest, response: HttpResponse) -> HttpResponse:
    """Keep which roles and users a policy means: made anew under the same name they are others (IAM-48)."""
    if request.operation == "CreateKey":
        key = keys_of(request, request.account)[response.json()["KeyMetadata"]["KeyId"]]
    else:
        key = request.context(KmsContext).key
    request.aws.state(KeyPolicyIds)[key] = known_ids(key.policy)
    return response


@BEHAVIOUR.modify_response("kms", "GetKeyPolicy")
def _show_deleted(request: ApiRequest, response: HttpResponse) -> HttpResponse:
    """Show roles and users that were deleted since by their unique ids (KMS-57)."""
    body = response.json()
    for arn, unique_id in (request.aws.state(KeyPolicyIds).get(request.context(KmsContext).key) or {}).items():
        if unique_id_of(arn) != unique_id:
            body["Policy"] = body["Policy"].replace(json.dumps(arn), json.dumps(unique_id))
    response.body = json.dumps(body).encode()
    return response


def _principals(statement: Mapping[str, Any]) -> list[str]:
    element = statement.get("Principal", statement.get("NotPrincipal"))
    if not isinstance(element, dict):
        return []
    names = element.get("AWS", [])
    return [str(each) for each in (names if isinstance(names, list) else [names])]


def _locks_out(request: ApiRequest, policy: str) -> bool:
    context = {**request_context(request), **parameters_context(request)}
    keys = request.context(KmsContext).keys
    resource = keys[0].arn if keys else request.arn("kms", "key/new")
    decision = decide_by_resource(policy, AccessRequest("kms:PutKeyPolicy", resource, request.principal, context))
    return decision.denied or not decision.allowed


@BEHAVIOUR.patch("moto.kms.responses:KmsResponse._validate_key_policy", "self, key_id, action")
def _already_authorized(original: Callable[..., None], response: Any, key_id: str, action: str) -> None:
    """Permit: moto refuses DescribeKey for any Deny, whatever its conditions, after `_authorize` has decided."""
