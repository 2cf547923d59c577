"""The condition keys of requests to KMS.

Facts: KMS-150, KMS-151.
"""

from __future__ import annotations

from typing import Any

from embedded.core.request import ApiRequest
from embedded.services.iam.authorization import request_context
from embedded.services.iam.conditions import Value
from embedded.services.kms.keys import KmsContext, kms_backend

ENCRYPTION_CONTEXT = "kms:EncryptionContext:"
BY_PARAMETER = {
    "BypassPolicyLockoutSafetyCheck": "kms:BypassPolicyLockoutSafetyCheck",
    "ExpirationModel": "kms:ExpirationModel",
    "GranteePrincipal": "kms:GranteePrincipal",
    "KeyAgreementAlgorithm": "kms:KeyAgreementAlgorithm",
    "KeyPairSpec": "kms:DataKeyPairSpec",
    "MacAlgorithm": "kms:MacAlgorithm",
    "MessageType": "kms:MessageType",
    "PendingWindowInDays": "kms:ScheduleKeyDeletionPendingWindowInDays",
    "PrimaryRegion": "kms:PrimaryRegion",
    "ReplicaRegion": "kms:ReplicaRegion",
    "RetiringPrincipal": "kms:RetiringPrincipal",
    "RotationPeriodInDays": "kms:RotationPeriodInDays",
    "SigningAlgorithm": "kms:SigningAlgorithm",
    "ValidTo": "kms:ValidTo",
    "WrappingAlgorithm": "kms:WrappingAlgorithm",
    "WrappingKeySpec": "kms:WrappingKeySpec",
}
SYMMETRIC = ("Encrypt", "Decrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "ReEncrypt")
OF_GRANTS = ("CreateGrant", "ListGrants", "RevokeGrant")


def key_context(request: ApiRequest, key: Any) -> dict[str, Value]:
    """Return the condition keys of a request for a key (moto's object)."""
    context = {**request_context(request), **parameters_context(request), **_key(key)}
    tags = kms_backend(key.account_id, key.region).tagger.get_tag_dict_for_resource(key.id)
    context |= {f"aws:ResourceTag/{name}": str(value) for name, value in tags.items()}
    context["aws:ResourceAccount"] = key.account_id
    aliases = [str(name) for name in key.aliases]
    if aliases:
        context["kms:ResourceAliases"] = aliases
    if request.operation == "ReEncrypt":
        keys = request.context(KmsContext).keys
        context["kms:ReEncryptOnSameKey"] = str(len({each.arn for each in keys}) == 1).lower()
    return context


def parameters_context(request: ApiRequest) -> dict[str, Value]:
    """Return the condition keys that the parameters of a request to KMS give."""
    if request.service != "kms":
        return {"kms:CallerAccount": request.principal.account}
    params, operation = request.params, request.operation
    context: dict[str, Value] = {"kms:CallerAccount": request.principal.account}
    for name, key in BY_PARAMETER.items():
        if params.get(name) is not None:
            value = params[name]
            context[key] = str(value).lower() if isinstance(value, bool) else str(value)
    named = str(params.get("KeyId") or "")
    if ":alias/" in named or named.startswith("alias/"):
        context["kms:RequestAlias"] = f"alias/{named.rpartition('alias/')[2]}"
    algorithm = params.get("EncryptionAlgorithm") or params.get("SourceEncryptionAlgorithm")
    if algorithm or operation in SYMMETRIC:
        context["kms:EncryptionAlgorithm"] = str(algorithm or "SYMMETRIC_DEFAULT")
    if operation == "CreateKey":
        spec = str(params.get("KeySpec") or params.get("CustomerMasterKeySpec") or "SYMMETRIC_DEFAULT")
        usage = str(params.get("KeyUsage") or "ENCRYPT_DECRYPT")
        multi_region = bool(params.get("MultiRegion"))
        context |= _specification(spec, usage, str(params.get("Origin") or "AWS_KMS"), multi_region=multi_region)
    if operation in OF_GRANTS:
        context["kms:GrantIsForAWSResource"] = "false"
        constraints = [*(params.get("Constraints") or {})]
        if params.get("Operations"):
            context["kms:GrantOperations"] = [str(each) for each in params["Operations"]]
        if constraints:
            context["kms:GrantConstraintType"] = str(constraints[0])
    return context


def _key(key: Any) -> dict[str, Value]:
    context = _specification(key.key_spec, key.key_usage, key.origin, multi_region=bool(key.multi_region))
    if key.multi_region:
        context["kms:MultiRegionKeyType"] = str(key.multi_region_configuration["MultiRegionKeyType"])
    return context


def _specification(spec: str, usage: str, origin: str, *, multi_region: bool) -> dict[str, Value]:
    return {
        "kms:CustomerMasterKeySpec": spec,
        "kms:CustomerMasterKeyUsage": usage,
        "kms:KeyOrigin": origin,
        "kms:KeySpec": spec,
        "kms:KeyUsage": usage,
        "kms:MultiRegion": str(multi_region).lower(),
    }
