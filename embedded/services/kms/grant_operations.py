"""CreateGrant, RevokeGrant, RetireGrant and ListRetirableGrants, and the grant tokens of requests.

Facts: KMS-66, KMS-85, KMS-153, KMS-154, KMS-160 to KMS-162, MOTO-06.
"""

from __future__ import annotations

from typing import Any

from embedded.audit.records import EventDetails
from embedded.core.behaviours import Behaviour
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.protocols import serialize
from embedded.core.request import ApiRequest
from embedded.services.iam.authorization import access_denied, denial_message, identity_effect
from embedded.services.iam.policy_engine import AccessRequest, Effect
from embedded.services.kms.access_context import key_context
from embedded.services.kms.dry_run import check_dry_run
from embedded.services.kms.grants import GrantTokens, all_grants, is_principal, means, new_token
from embedded.services.kms.key_specs import KEY_SPECS
from embedded.services.kms.keys import USAGES, KmsContext
from embedded.services.kms.pages import page

BEHAVIOUR = Behaviour("kms grant operations")
BEHAVIOUR.requires(
    "moto.kms.models:Key.add_grant",
    "self, name, grantee_principal, operations, constraints, retiring_principal",
)

OF_SYMMETRIC_KEYS = (
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext",
)
OF_KEY_PAIRS = ("GetPublicKey",)
RE_ENCRYPT = ("ReEncryptFrom", "ReEncryptTo")


@BEHAVIOUR.uses_state("kms", "RetireGrant")
def _account_of_grant(request: ApiRequest) -> list[tuple[str, str]]:
    found = _named(request)
    return [(found[0].account_id, "kms")] if found else []


@BEHAVIOUR.validate("kms")
def _check_tokens(request: ApiRequest) -> HttpResponse | None:
    """Refuse grant tokens that were never given (KMS-162)."""
    tokens = request.params.get("GrantTokens") or []
    if not all(request.aws.state(GrantTokens).was_given(str(each)) for each in tokens):
        raise AwsError("InvalidGrantTokenException", "")
    return None


@BEHAVIOUR.validate("kms", "CreateGrant")
def _check_grant(request: ApiRequest) -> HttpResponse | None:
    """Refuse a principal that is no ARN, or of nobody, and what a key of this kind has not (KMS-153, KMS-161)."""
    if not request.params.get("GranteePrincipal"):
        raise AwsError("ValidationException", "You must specify a GranteePrincipal or a GranteeServicePrincipal.")
    for name in ("GranteePrincipal", "RetiringPrincipal"):
        principal = request.params.get(name)
        if principal is not None and not is_principal(str(principal)):
            raise AwsError("InvalidArnException", f"ARN does not refer to a valid principal: {principal}")
    key = request.context(KmsContext).key
    for operation in request.params["Operations"]:
        if not _supports(key, str(operation)):
            message = f"The grant operation {operation} is not supported by {key.arn}."
            raise AwsError("ValidationException", message)
    if request.params.get("Constraints") and not KEY_SPECS[key.key_spec].is_symmetric:
        message = "Grant constraints are not supported for asymmetric and HMAC keys."
        raise AwsError("ValidationException", message)
    return None


def _supports(key: Any, operation: str) -> bool:
    is_symmetric = KEY_SPECS[key.key_spec].is_symmetric
    if operation in OF_SYMMETRIC_KEYS:
        return is_symmetric
    if operation in OF_KEY_PAIRS:
        return not KEY_SPECS[key.key_spec].is_secret
    usage = USAGES["ReEncrypt" if operation in RE_ENCRYPT else operation] if _has_usage(operation) else key.key_usage
    return bool(usage == key.key_usage)


def _has_usage(operation: str) -> bool:
    return operation in USAGES or operation in RE_ENCRYPT


@BEHAVIOUR.implements("kms", "CreateGrant")
def _create_grant(request: ApiRequest) -> HttpResponse:
    check_dry_run(request)
    key, params = request.context(KmsContext).key, request.params
    wanted = (
        params.get("Name"),
        params["GranteePrincipal"],
        params["Operations"],
        params.get("Constraints") or {},
        params.get("RetiringPrincipal"),
    )
    grant = next((each for each in key.grants.values() if wanted[0] and _content(each) == wanted), None)
    if grant is None:
        grant = key.add_grant(*wanted)
        token = grant.token
    else:
        token = new_token()
    request.aws.state(GrantTokens).keep(grant, token)
    return serialize(request, {"GrantId": grant.id, "GrantToken": token})


def _content(grant: Any) -> tuple[Any, ...]:
    return (grant.name, grant.grantee_principal, grant.operations, grant.constraints or {}, grant.retiring_principal)


@BEHAVIOUR.implements("kms", "RevokeGrant")
def _revoke_grant(request: ApiRequest) -> HttpResponse:
    key, grant_id = request.context(KmsContext).key, str(request.params["GrantId"])
    if grant_id not in key.grants:
        raise AwsError("NotFoundException", f"Grant ID {grant_id} not found")
    check_dry_run(request)
    del key.grants[grant_id]
    return serialize(request, {})


@BEHAVIOUR.authorize("kms", "RetireGrant")
def _authorize_retirement(request: ApiRequest) -> None:
    """Let the retiring principal, a grantee that may retire, and the key's account retire a grant (KMS-154)."""
    found = _named(request)
    if found is None:
        return  # the operation says that there is none
    key, grant = found
    principal = request.principal
    if means(request, grant, "retiring", principal):
        return
    if "RetireGrant" in grant.operations and means(request, grant, "grantee", principal):
        return
    access = AccessRequest("kms:RetireGrant", key.arn, principal, key_context(request, key))
    if principal.account == key.account_id and identity_effect(access) == Effect.ALLOW:
        return
    reason = "because no resource-based policy allows the kms:RetireGrant action"
    raise access_denied("kms", denial_message(access, reason))


def _named(request: ApiRequest) -> tuple[Any, Any] | None:
    """Return key and grant (moto's objects) that RetireGrant names, or `None`. The key may be another account's."""
    params, tokens = request.params, request.aws.state(GrantTokens)
    key_id = str(params.get("KeyId") or "").rpartition("/")[2]
    for key, grant in all_grants(request):
        if params.get("GrantToken"):
            if str(params["GrantToken"]) in tokens.of(grant):
                return key, grant
        elif grant.id == params.get("GrantId") and key.id == key_id:
            return key, grant
    return None


@BEHAVIOUR.implements("kms", "RetireGrant")
def _retire_grant(request: ApiRequest) -> HttpResponse:
    found, token = _named(request), request.params.get("GrantToken")
    if token is None and (request.params.get("GrantId") is None or request.params.get("KeyId") is None):
        raise AwsError("ValidationException", "Either a grant token, or a key id and a grant id must be specified.")
    if found is None and token is not None and not request.aws.state(GrantTokens).was_given(str(token)):
        raise AwsError("InvalidGrantTokenException", "")
    if found is None:
        raise AwsError("NotFoundException", f"Grant ID {request.params.get('GrantId')} not found")
    check_dry_run(request)
    key, grant = found
    request.context(EventDetails).key_arns = (key.arn,)
    del key.grants[grant.id]
    return serialize(request, {})


@BEHAVIOUR.implements("kms", "ListRetirableGrants")
def _list_retirable_grants(request: ApiRequest) -> HttpResponse:
    wanted = request.params.get("RetiringPrincipal")
    if not wanted:
        raise AwsError("ValidationException", "You must specify a RetiringPrincipal or a RetiringServicePrincipal.")
    grants: list[dict[str, Any]] = [
        grant.to_json() for _, grant in all_grants(request) if grant.retiring_principal == wanted
    ]
    return serialize(request, page(request, "Grants", grants, lambda grant: str(grant["GrantId"])))
