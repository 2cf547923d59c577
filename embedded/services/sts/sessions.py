"""Caller identity, and sessions of roles and users.

Facts: STS-01 to STS-05, STS-51, STS-70, STS-71, STS-73, IAM-04, IAM-53, MOTO-40, MOTO-89.
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
from embedded.services.iam.authorization import access_denied, identity_effect, is_allowed_by_policy, request_context
from embedded.services.iam.policy_engine import (
    AccessRequest,
    Effect,
    ResourceDecision,
    decide_by_resource,
)
from embedded.services.iam.policy_grammar import PolicyKind, check_policy
from embedded.services.iam.principals import TrustedIds, iam_backend, managed_policy, policy_document
from embedded.services.sts.session_tags import given_tags, keep_tags

BEHAVIOUR = Behaviour("sts")

ROLE = re.compile(r"arn:aws(?:-[a-z]+)*:iam::(\d{12}):role/(?:.*/)?([\w+=,.@-]{1,64})")
SHORTEST_SECONDS, DEFAULT_SECONDS = 900, 3600
CONDITION_KEYS = {
    "sts:SourceIdentity": "SourceIdentity",
    "sts:ExternalId": "ExternalId",
    "sts:RoleSessionName": "RoleSessionName",
    "sts:DurationSeconds": "DurationSeconds",
}
LONGEST_POLICY = 2048
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
    identity = _source_identity(request)
    actions = ["sts:AssumeRole", *(["sts:TagSession"] if given_tags(request) else [])]
    actions += ["sts:SetSourceIdentity"] if identity else []
    denied = next((action for action in actions if role is None or not _may(request, role, arn, action)), "")
    if denied:
        who = request.principal.arn
        raise access_denied("sts", f"User: {who} is not authorized to perform: {denied} on resource: {arn}")
    seconds = _role_duration(request, role)
    policies = _session_policies(request)
    credential = request.aws.credentials.assume_role(role, session, seconds, policies, identity)
    keep_tags(request, credential.access_key_id)
    assumed = {"AssumedRoleId": credential.principal.principal_id, "Arn": credential.principal.arn}
    result = {"Credentials": _result(credential), "AssumedRoleUser": assumed}
    return serialize(request, {**result, "SourceIdentity": identity} if identity else result)


def _source_identity(request: ApiRequest) -> str:
    """Return the source identity of the new session: the calling session's, which cannot change, or the given one."""
    given, before = str(request.params.get("SourceIdentity") or ""), request.principal.source_identity
    if before and given and given != before:
        raise access_denied("sts", "The source identity of the calling session cannot be changed.")
    return before or given


def _find_role(arn: str) -> Any:
    from moto.iam.models import iam_backends

    found = ROLE.fullmatch(arn)
    if not found:
        raise AwsError("ValidationError", f"{arn} is invalid")
    roles = iam_backend(found[1]).roles.values() if found[1] in iam_backends else ()
    return next((role for role in roles if role.arn == arn), None)


def _may(request: ApiRequest, role: Any, arn: str, action: str) -> bool:
    context = {**request_context(request), "aws:ResourceAccount": role.account_id}
    for key, name in CONDITION_KEYS.items():
        if request.params.get(name):
            context[key] = str(request.params[name])
    if request.params.get("TransitiveTagKeys"):
        context["sts:TransitiveTagKeys"] = [str(each) for each in request.params["TransitiveTagKeys"]]
    context |= {f"aws:ResourceTag/{each['Key']}": str(each["Value"]) for each in role.tags or []}
    access = AccessRequest(action, arn, request.principal, context)
    trusted = request.aws.state(TrustedIds).get(role, {})
    trust: ResourceDecision = decide_by_resource(role.assume_role_policy_document, access, trusted)
    identity = identity_effect(access)
    if trust.denied or identity == Effect.DENY or not trust.allowed:
        return False
    same_account = role.account_id == request.principal.account
    return identity == Effect.ALLOW or (same_account and is_allowed_by_policy(access, trust))


@BEHAVIOUR.validate("sts", "AssumeRole")
def _check_session(request: ApiRequest) -> HttpResponse | None:
    policy = request.params.get("Policy")
    if len(str(policy or "")) > LONGEST_POLICY:
        raise AwsError("PackedPolicyTooLarge", f"The session policy is longer than {LONGEST_POLICY} characters.")
    if policy is not None:
        check_policy(str(policy), PolicyKind.IDENTITY)
    return None


def _session_policies(request: ApiRequest) -> tuple[str, ...]:
    """Return the policies that limit the session: the given one, and the managed ones (IAM-02)."""
    account = ROLE.fullmatch(str(request.params["RoleArn"]))
    given = [str(request.params["Policy"])] if request.params.get("Policy") else []
    for each in request.params.get("PolicyArns") or []:
        arn = str(each.get("arn", ""))
        found = managed_policy(account[1], arn) if account else None
        if found is None:
            raise AwsError("ValidationError", f"The managed policy {arn} does not exist or is not attachable.")
        given.append(policy_document(found))
    return tuple(given)


def _role_duration(request: ApiRequest, role: Any) -> int:
    longest = int(role.max_session_duration or DEFAULT_SECONDS)
    asked = int(request.params.get("DurationSeconds") or DEFAULT_SECONDS)
    if request.principal.kind is PrincipalKind.ASSUMED_ROLE and DEFAULT_SECONDS < asked <= longest:
        message = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
        raise AwsError("ValidationError", message)
    return _duration(request, longest, DEFAULT_SECONDS)


@BEHAVIOUR.implements("sts", "GetSessionToken")
def _get_session_token(request: ApiRequest) -> HttpResponse:
    if request.principal.kind is not PrincipalKind.IAM_USER or request.principal.session_started:
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
