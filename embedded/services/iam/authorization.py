"""Authorization by identity-based policies, and AWS's messages for a denial.

Facts: GUARD-40, IAM-01, IAM-02, IAM-05, IAM-06, IAM-45, IAM-47, STS-71, LAB-03, MOTO-40, MOTO-42.
"""

from __future__ import annotations

from typing import Any

from embedded.core.behaviours import EVERY_SERVICE, Behaviour
from embedded.core.errors import AwsError
from embedded.core.principal import Principal, PrincipalKind
from embedded.core.protocols import SIGNING_NAMES
from embedded.core.request import ApiRequest
from embedded.core.signature_errors import iso_time
from embedded.services.iam import organization
from embedded.services.iam.conditions import Value
from embedded.services.iam.policy_engine import (
    AccessRequest,
    Context,
    Effect,
    PrincipalMatch,
    ResourceDecision,
    decide,
    principal_context,
)
from embedded.services.iam.principals import (
    boundary,
    iam_backend,
    identity_policies,
    policy_document,
    policy_holders,
    principal_tags,
)
from embedded.services.iam.resources import action_context, resources_of

BEHAVIOUR = Behaviour("identity policies")

TAG_LISTS = ("Tags", "TagsList", "TagList")
"""Parameters that are lists of tags."""

AUTHORIZE_THEMSELVES = ("ec2", "kms", "s3", "sts")
"""Services whose resources have policies of their own, EC2 with its resources, and STS, where trust policies decide."""


def identity_effect(access: AccessRequest) -> Effect:
    """Return what the principal's own policies decide; session policies and a permissions boundary can only limit."""
    principal = access.principal
    if principal.account and organization.denies(iam_backend(principal.account), access):
        return Effect.DENY
    if principal.kind is PrincipalKind.ROOT or not principal.account:
        return Effect.ALLOW if principal.account else Effect.NONE
    effect = decide(identity_policies(principal), access)
    for limit in _limits(principal):
        if effect != Effect.DENY:
            limited = decide(limit, access)
            effect = limited if limited != Effect.ALLOW else effect
    return effect


def _limits(principal: Principal) -> list[tuple[str, ...]]:
    """Return the sets of policies each of which must allow, too."""
    return [limit for limit in _limits_by_kind(principal).values() if limit]


def _limits_by_kind(principal: Principal) -> dict[str, tuple[str, ...]]:
    """Return these by the words of AWS's messages (GUARD-40)."""
    bound = boundary(principal)
    return {"session policy": principal.session_policies, "permissions boundary": (bound,) if bound is not None else ()}


def is_allowed_by_policy(access: AccessRequest, policy: ResourceDecision) -> bool:
    """Return whether a resource-based policy of the principal's own account is enough without its own policies.

    What is granted to a role is limited by its boundary and its session policies, what is granted to the session, to a
    user or to everyone is not (IAM-47).
    """
    if policy.allowed & {PrincipalMatch.SESSION, PrincipalMatch.EVERYONE}:
        return True
    limits = _limits(access.principal)
    return PrincipalMatch.PRINCIPAL in policy.allowed and all(decide(each, access) == Effect.ALLOW for each in limits)


def denial_message(access: AccessRequest, reason: str, *, quoted: bool = False) -> str:
    """Return AWS's message for a denied request; S3 quotes the resource."""
    resource = f'"{access.resource}"' if quoted else access.resource
    return (
        f"User: {access.principal.arn} is not authorized to perform: {access.action} on resource: {resource} {reason}"
    )


def denial_reason(effect: Effect, action: str, policy: str = "identity-based") -> str:
    """Return the end of the message: an explicit deny, or no allow, in this kind of policy."""
    if effect == Effect.DENY:
        return f"with an explicit deny in {'an' if policy[0] in 'aeiou' else 'a'} {policy} policy"
    return f"because no {policy} policy allows the {action} action"


def identity_denial_reason(access: AccessRequest, effect: Effect) -> str:
    """Return the end of the message for the principal's own policies.

    An explicit deny in a managed policy is named by its ARN (LAB-03). What limits the principal is named where nothing
    else is against it.
    """
    own = decide(identity_policies(access.principal), access)
    if effect != Effect.DENY:
        limit = limit_denial_reason(access) if own == Effect.ALLOW else ""
        return limit or denial_reason(effect, access.action)
    if organization.denies(iam_backend(access.principal.account), access):
        return denial_reason(effect, access.action, organization.KIND)
    if own != Effect.DENY:
        return limit_denial_reason(access)
    managed = (each for holder in policy_holders(access.principal) for each in holder.managed_policies.items())
    by = next((arn for arn, policy in managed if decide([policy_document(policy)], access) == Effect.DENY), "")
    return f"{denial_reason(effect, access.action)}{f': {by}' if by else ''}"


def limit_denial_reason(access: AccessRequest) -> str:
    """Return the end of the message for a session policy or boundary that does not allow; an empty text if all do."""
    for kind, limit in _limits_by_kind(access.principal).items():
        effect = decide(limit, access) if limit else Effect.ALLOW
        if effect == Effect.DENY:
            return f"with an explicit deny in a {kind}"
        if effect != Effect.ALLOW:
            return f"because no {kind} allows the {access.action} action"
    return ""


def access_denied(service: str, message: str) -> AwsError:
    """Return a service's error for a denied request."""
    match service:
        case "ec2":
            return AwsError(
                "UnauthorizedOperation", f"You are not authorized to perform this operation. {message}", 403
            )
        case "s3" | "s3control" | "sts" | "iam":
            return AwsError("AccessDenied", message, 403)
        case _:
            return AwsError("AccessDeniedException", message)


def require_permission(access: AccessRequest, service: str, *, quoted: bool = False) -> None:
    """Raise the service's error unless the principal's own policies allow the action."""
    effect = identity_effect(access)
    if effect != Effect.ALLOW:
        reason = identity_denial_reason(access, effect)
        raise access_denied(service, denial_message(access, reason, quoted=quoted))


def request_context(request: ApiRequest) -> Context:
    """Return the condition keys of a request that are the same for all services (IAM-45)."""
    principal, headers = request.principal, request.http.headers
    now = request.time
    context: dict[str, Value] = {
        **principal_context(principal),
        "aws:CurrentTime": iso_time(now),
        "aws:EpochTime": str(int(now)),
        "aws:RequestedRegion": request.region,
        # The practice server has only http; loopback counts as TLS.
        "aws:SecureTransport": "true",
        "aws:SourceIp": request.http.source_ip,
        **{f"aws:PrincipalTag/{name}": value for name, value in principal_tags(principal).items()},
        **_tag_context(request),
    }
    if request.account:
        context["aws:ResourceAccount"] = request.account
    for key, header in (("aws:Referer", "referer"), ("aws:UserAgent", "user-agent")):
        if headers.get(header):
            context[key] = headers[header]
    if principal.session_started:
        context["aws:TokenIssueTime"] = iso_time(principal.session_started)
        context["aws:MultiFactorAuthPresent"] = "false"
    return context


def _tag_context(request: ApiRequest) -> dict[str, Value]:
    """Return the condition keys of the tags that a request sends or names."""
    sent: list[Any] = next(
        (request.params[name] for name in TAG_LISTS if isinstance(request.params.get(name), list)), []
    )
    tags = {
        str(each.get("Key", each.get("TagKey"))): str(each.get("Value", each.get("TagValue")) or "")
        for each in sent
        if isinstance(each, dict)
    }
    names = [*tags] if tags else [str(each) for each in request.params.get("TagKeys") or []]
    context: dict[str, Value] = {f"aws:RequestTag/{name}": value for name, value in tags.items()}
    return {**context, "aws:TagKeys": names} if names else context


def _action(request: ApiRequest) -> str:
    if request.service == "s3control":
        name = request.operation
        if name.endswith("PublicAccessBlock"):
            name = name.replace("PublicAccessBlock", "AccountPublicAccessBlock").replace("Delete", "Put")
        return f"s3:{name}"
    return f"{SIGNING_NAMES.get(request.service, request.service)}:{request.operation}"


@BEHAVIOUR.authorize(EVERY_SERVICE)
def _authorize(request: ApiRequest) -> None:
    if request.service == "iam" and request.principal.kind is PrincipalKind.IAM_USER:
        _require_long_term_keys(request)
    if request.service in AUTHORIZE_THEMSELVES:
        return
    context = {**request_context(request), **action_context(request)}
    for resource in resources_of(request):
        access = AccessRequest(_action(request), resource, request.principal, context)
        require_permission(access, request.service)


def _require_long_term_keys(request: ApiRequest) -> None:
    """Refuse the sessions of GetSessionToken, which have no MFA here (STS-71)."""
    if request.principal.session_started:
        raise AwsError("InvalidClientTokenId", "The security token included in the request is invalid", 403)
