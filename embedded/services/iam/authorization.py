"""Authorization by identity-based policies, and AWS's messages for a denial.

Facts: IAM-01, IAM-02, IAM-05, IAM-06, LAB-03, MOTO-40, MOTO-42. moto keeps the roles, users, groups and policies. A
session has the permissions of its role, limited by its session policy.
"""

from __future__ import annotations

from typing import Any

from embedded.core.behaviours import EVERY_SERVICE, Behaviour
from embedded.core.errors import AwsError
from embedded.core.partition import partition
from embedded.core.principal import Principal, PrincipalKind
from embedded.core.protocols import SIGNING_NAMES
from embedded.core.request import ApiRequest
from embedded.services.iam.policy_engine import AccessRequest, Context, Effect, decide, principal_context

BEHAVIOUR = Behaviour("identity policies")

AUTHORIZE_THEMSELVES = ("ec2", "kms", "s3", "sts")
"""Services whose resources have policies of their own, EC2 with its resources, and STS, where trust policies decide."""


def iam_backend(account: str) -> Any:
    """Return moto's IAM of an account."""
    from moto.iam.models import iam_backends

    return iam_backends[account][partition()]


def identity_policies(principal: Principal) -> list[str]:
    """Return the identity-based policies of a principal: inline, attached, and those of its groups."""
    return [
        text
        for holder in _holders(principal)
        for text in (*holder.policies.values(), *map(policy_document, holder.managed_policies.values()))
    ]


def _holders(principal: Principal) -> list[Any]:
    backend = iam_backend(principal.account)
    if principal.kind is PrincipalKind.ASSUMED_ROLE:
        return [role for role in backend.roles.values() if role.name == principal.name]
    if principal.kind is PrincipalKind.IAM_USER and principal.name in backend.users:
        return [backend.users[principal.name], *backend.get_groups_for_user(principal.name)]
    return []


def identity_effect(access: AccessRequest) -> Effect:
    """Return what the principal's own policies decide; a session policy and a permissions boundary can only limit."""
    principal = access.principal
    if principal.kind is PrincipalKind.ROOT or not principal.account:
        return Effect.ALLOW if principal.account else Effect.NONE
    effect = decide(identity_policies(principal), access)
    for limit in (principal.session_policy, _boundary(principal)):
        if limit and effect != Effect.DENY:
            limited = decide([limit], access)
            effect = limited if limited != Effect.ALLOW else effect
    return effect


def policy_document(policy: Any) -> str:
    """Return the default version of a managed policy (moto's object)."""
    return next((version.document for version in policy.versions if version.is_default), "")


def _boundary(principal: Principal) -> str:
    if principal.kind is not PrincipalKind.ASSUMED_ROLE:
        return ""
    backend = iam_backend(principal.account)
    role = next((role for role in backend.roles.values() if role.name == principal.name), None)
    arn = role.permissions_boundary_arn if role else None
    return policy_document(backend.managed_policies[arn]) if arn in backend.managed_policies else ""


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

    An explicit deny in a managed policy is named by its ARN (LAB-03).
    """
    if effect != Effect.DENY:
        return denial_reason(effect, access.action)
    managed = (each for holder in _holders(access.principal) for each in holder.managed_policies.items())
    by = next((arn for arn, policy in managed if decide([policy_document(policy)], access) == Effect.DENY), "")
    return f"{denial_reason(effect, access.action)}{f': {by}' if by else ''}"


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
    """Return the condition keys of a request that are the same for all services."""
    return {
        **principal_context(request.principal),
        "aws:RequestedRegion": request.region,
        "aws:SourceIp": request.http.source_ip,
    }


def _action(request: ApiRequest) -> str:
    if request.service == "s3control":
        name = request.operation.replace("PublicAccessBlock", "AccountPublicAccessBlock").replace("Delete", "Put")
        return f"s3:{name}"
    return f"{SIGNING_NAMES.get(request.service, request.service)}:{request.operation}"


def _resource(request: ApiRequest) -> str:
    """Return `*`, or the ARN of a public parameter, which has no account.

    (https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters.html)
    """
    name = str(request.params.get("Name", ""))
    if request.operation == "GetParameter" and name.startswith("/aws/"):
        return f"arn:{partition()}:ssm:{request.region}::parameter{name}"
    return "*"


@BEHAVIOUR.authorize(EVERY_SERVICE)
def _authorize(request: ApiRequest) -> None:
    if request.service not in AUTHORIZE_THEMSELVES:
        access = AccessRequest(_action(request), _resource(request), request.principal, request_context(request))
        require_permission(access, request.service)
