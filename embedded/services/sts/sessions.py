"""Caller identity, and sessions of roles and users.

Facts: STS-01 to STS-05, IAM-04, MOTO-40.
"""

from __future__ import annotations

import re
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.credentials import Credential
from embedded.core.environment import moto_datetime
from embedded.core.error_responses import constraint_error
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.principal import PrincipalKind
from embedded.core.protocols import serialize
from embedded.core.request import ApiRequest
from embedded.services.iam.authorization import access_denied, iam_backend, identity_effect
from embedded.services.iam.policy_engine import (
    AccessRequest,
    Effect,
    PrincipalMatch,
    ResourceDecision,
    decide_by_resource,
    principal_context,
)

BEHAVIOUR = Behaviour("sts")

ROLE = re.compile(r"arn:aws(?:-[a-z]+)*:iam::(\d{12}):role/(?:.*/)?([\w+=,.@-]{1,64})")
SHORTEST_SECONDS, DEFAULT_SECONDS = 900, 3600
USER_DEFAULT_SECONDS, USER_LONGEST_SECONDS = 43200, 3 * 43200


@BEHAVIOUR.uses_state("sts", "AssumeRole")
def _roles_account(request: ApiRequest) -> list[tuple[str, str]]:
    found = ROLE.fullmatch(str(request.params.get("RoleArn", "")))
    return [(found[1], "iam")] if found else []


@BEHAVIOUR.implements("sts", "GetCallerIdentity")
def _get_caller_identity(request: ApiRequest) -> HttpResponse:
    caller = request.principal
    return serialize(request, {"UserId": caller.principal_id, "Account": caller.account, "Arn": caller.arn})


@BEHAVIOUR.implements("sts", "AssumeRole")
def _assume_role(request: ApiRequest) -> HttpResponse:
    arn, session = str(request.params.get("RoleArn", "")), str(request.params.get("RoleSessionName", ""))
    if not re.fullmatch(r"[\w+=,.@-]{2,64}", session):
        pattern = r"satisfy regular expression pattern: [\w+=,.@-]*"
        raise constraint_error("roleSessionName", session, pattern, code="ValidationError")
    role = _find_role(arn)
    if role is None or not _may_assume(request, role, arn):
        who = request.principal.arn
        raise access_denied("sts", f"User: {who} is not authorized to perform: sts:AssumeRole on resource: {arn}")
    seconds = _duration(request, int(role.max_session_duration or DEFAULT_SECONDS), DEFAULT_SECONDS)
    policy = str(request.params.get("Policy") or "")
    credential = request.aws.credentials.assume_role(role, session, seconds, policy)
    assumed = {"AssumedRoleId": credential.principal.principal_id, "Arn": credential.principal.arn}
    return serialize(request, {"Credentials": _result(credential), "AssumedRoleUser": assumed})


def _find_role(arn: str) -> Any:
    from moto.iam.models import iam_backends

    found = ROLE.fullmatch(arn)
    if not found:
        raise AwsError("ValidationError", f"{arn} is invalid")
    roles = iam_backend(found[1]).roles.values() if found[1] in iam_backends else ()
    return next((role for role in roles if role.name == found[2]), None)


def _may_assume(request: ApiRequest, role: Any, arn: str) -> bool:
    context = principal_context(request.principal)
    if request.params.get("ExternalId"):
        context["sts:ExternalId"] = str(request.params["ExternalId"])
    access = AccessRequest("sts:AssumeRole", arn, request.principal, context)
    trust: ResourceDecision = decide_by_resource(role.assume_role_policy_document, access)
    identity = identity_effect(access)
    if trust.denied or identity == Effect.DENY or not trust.allowed:
        return False
    same_account = role.account_id == request.principal.account
    return identity == Effect.ALLOW or (same_account and PrincipalMatch.PRINCIPAL in trust.allowed)


@BEHAVIOUR.implements("sts", "GetSessionToken")
def _get_session_token(request: ApiRequest) -> HttpResponse:
    if request.principal.kind is not PrincipalKind.IAM_USER:
        raise access_denied("sts", "Cannot call GetSessionToken with session credentials")
    seconds = _duration(request, USER_LONGEST_SECONDS, USER_DEFAULT_SECONDS)
    credential = request.aws.credentials.user_session(request.principal, seconds)
    return serialize(request, {"Credentials": _result(credential)})


@BEHAVIOUR.implements("sts", "GetAccessKeyInfo")
def _get_access_key_info(request: ApiRequest) -> HttpResponse:
    credential = request.aws.credentials.find(str(request.params.get("AccessKeyId")))
    if credential is None:
        raise AwsError("ValidationError", "The access key ID is not valid.")
    return serialize(request, {"Account": credential.principal.account})


def _duration(request: ApiRequest, longest: int, default: int) -> int:
    seconds = int(request.params.get("DurationSeconds") or min(default, longest))
    if not SHORTEST_SECONDS <= seconds <= longest:
        raise AwsError(
            "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        )
    return seconds


def _result(credential: Credential) -> dict[str, Any]:
    return {
        "AccessKeyId": credential.access_key_id,
        "SecretAccessKey": credential.secret_access_key,
        "SessionToken": credential.session_token,
        "Expiration": moto_datetime(credential.expires),
    }
