"""Who may use and manage a key: its policy, IAM where the policy hands over to it, and grants.

Facts: `aws-behaviour.md` §7.1 (default policy, lock-out check, malformed policies, principals that do not exist) and
§7.3 (refusals are HTTP 400 with the sentence of the kind of policy). moto stores policies and grants and reads
neither (`moto-gaps.md` §2).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.call import PARTITION, Answer, AwsError, Call, Caller
from embedded.services.iam.authorization import denial, identity_effect, refusal, require, sentence, why_not
from embedded.services.iam.policy_engine import Request, caller_context, matching, names, statements

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
ROLE_OR_USER = re.compile(r"arn:aws:iam::(\d{12}):(role|user)/(.+)")
ACCOUNT = re.compile(r"\d{12}|arn:aws:iam::\d{12}:root|arn:aws:sts::\d{12}:assumed-role/.+")


def require_use(
    call: Call,
    key: Any,
    action: str,
    *,
    caller: Caller | None = None,
    context: Mapping[str, str | list[str]] | None = None,
) -> None:
    """Raise AWS's refusal unless key policy, IAM and grants together allow the action on the key."""
    caller = caller or call.caller
    tags = {f"aws:ResourceTag/{name}": value for name, value in _tags(key).items()}
    known = {**caller_context(caller), **tags, "kms:CallerAccount": caller.account, "aws:SourceIp": call.sent.source_ip}
    request = Request(action, key.arn, caller, {**known, **(context or {})})
    effects = {(each.get("Effect"), names(each, caller)) for each in matching(key.policy, request)}
    if any(effect == "Deny" and how for effect, how in effects):
        raise refusal("kms", sentence(request, why_not("Deny", action, "resource-based")))
    identity = identity_effect(request)
    if identity == "Deny":
        raise refusal("kms", sentence(request, denial(request)))
    allowed = {how for effect, how in effects if effect == "Allow"}
    own_account = caller.account == key.account_id
    if own_account and (allowed & {"principal", "everyone"} or ("account" in allowed and identity == "Allow")):
        return
    if not own_account and identity == "Allow" and allowed - {""}:
        return
    if _granted(key, request):
        return
    if not own_account:
        why = (
            "because the resource does not exist in this Region, no resource-based policies allow access, "
            "or a resource-based policy explicitly denies access"
        )
        raise refusal("kms", sentence(request, why))
    raise refusal(
        "kms", sentence(request, why_not("", action, "identity-based" if "account" in allowed else "resource-based"))
    )


def _tags(key: Any) -> dict[str, str]:
    from moto.kms.models import kms_backends

    return dict(kms_backends[key.account_id][key.region].tagger.get_tag_dict_for_resource(key.id))


def _granted(key: Any, request: Request) -> bool:
    operation = request.action.removeprefix("kms:")
    context = {name[len(PREFIX) :]: value for name, value in request.context.items() if name.startswith(PREFIX)}
    for grant in key.grants.values():
        limits = grant.constraints or {}
        subset, equals = limits.get("EncryptionContextSubset") or {}, limits.get("EncryptionContextEquals")
        if (
            grant.grantee_principal in (request.caller.arn, request.caller.role_arn, request.caller.name)
            and operation in grant.operations
            and all(context.get(name) == value for name, value in subset.items())
            and (equals is None or equals == context)
        ):
            return True
    return False


PREFIX = "kms:EncryptionContext:"


def encryption_context(context: Mapping[str, str] | None) -> dict[str, str | list[str]]:
    """An encryption context as condition keys."""
    pairs = dict(context or {})
    return {**{f"{PREFIX}{name}": value for name, value in pairs.items()}, "kms:EncryptionContextKeys": [*pairs]}


@BEHAVIOUR.gate("kms")
def _gate(call: Call) -> Answer | None:
    operation = call.operation
    if operation in WITHOUT_KEY:
        tags = {f"aws:RequestTag/{each['TagKey']}": str(each["TagValue"]) for each in call.params.get("Tags") or []}
        # Tags at creation ask for a right of their own (API_CreateKey).
        for action in (operation, "TagResource") if tags else (operation,):
            if operation != "RetireGrant":
                context = {**caller_context(call.caller), **tags}
                require(Request(f"kms:{action}", "*", call.caller, context), "kms")
        return None
    if operation.endswith("Alias"):
        alias = call.arn("kms", str(call.params.get("AliasName", "")))
        require(Request(f"kms:{operation}", alias, call.caller, caller_context(call.caller)), "kms")
    sides = ("ReEncryptFrom", "ReEncryptTo") if operation == "ReEncrypt" else (operation,)
    for key, side in zip(call.notes.get("keys", ()), sides, strict=False):
        source = "Source" if side == "ReEncryptFrom" else "Destination" if side == "ReEncryptTo" else ""
        context = encryption_context(call.params.get(f"{source}EncryptionContext"))
        require_use(call, key, f"kms:{side}", context=context)
    return None


@BEHAVIOUR.gate("kms", "CreateKey", "PutKeyPolicy")
def _check_new_policy(call: Call) -> Answer | None:
    policy = call.params.get("Policy")
    if policy is None:
        return None
    if len(policy) > POLICY_BYTES:
        raise AwsError("LimitExceededException", f"The policy is larger than {POLICY_BYTES} bytes.")
    try:
        document = json.loads(policy)
    except ValueError:
        raise AwsError("MalformedPolicyDocumentException", "") from None
    if not isinstance(document, dict) or not _well_formed(policy):
        raise AwsError("MalformedPolicyDocumentException", "")
    if not all(_exists(principal) for each in statements(policy) for principal in _principals(each)):
        message = "Policy contains a statement with one or more invalid principals."
        raise AwsError("MalformedPolicyDocumentException", message)
    if not call.params.get("BypassPolicyLockoutSafetyCheck") and not _can_be_changed_again(call, policy):
        message = "The new key policy will not allow you to update the key policy in the future."
        raise AwsError("MalformedPolicyDocumentException", message)
    return None


def _well_formed(policy: str) -> bool:
    found = statements(policy)
    return bool(found) and all(
        each.get("Effect") in ("Allow", "Deny")
        and ("Principal" in each or "NotPrincipal" in each)
        and ("Action" in each or "NotAction" in each)
        and ("Resource" in each or "NotResource" in each)
        for each in found
    )


def _principals(statement: Mapping[str, Any]) -> list[str]:
    principal = statement.get("Principal", statement.get("NotPrincipal"))
    if not isinstance(principal, dict):
        return []
    named = principal.get("AWS", [])
    return [str(each) for each in (named if isinstance(named, list) else [named])]


def _exists(principal: str) -> bool:
    from moto.iam.models import iam_backends

    found = ROLE_OR_USER.fullmatch(principal)
    if not found:
        return principal == "*" or ACCOUNT.fullmatch(principal) is not None or principal.startswith(("AROA", "AIDA"))
    account, kind, _ = found.groups()
    if account not in iam_backends:
        return False
    backend = iam_backends[account][PARTITION]
    there = backend.users if kind == "user" else backend.roles
    return any(each.arn == principal for each in there.values())


def _can_be_changed_again(call: Call, policy: str) -> bool:
    request = Request("kms:PutKeyPolicy", "*", call.caller, caller_context(call.caller))
    found = [(each.get("Effect"), names(each, call.caller)) for each in matching(policy, request)]
    return not any(effect == "Deny" and how for effect, how in found) and any(
        effect == "Allow" and how for effect, how in found
    )
