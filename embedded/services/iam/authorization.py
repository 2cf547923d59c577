"""What users and roles may do is what their policies say, and a refusal says which policy did not allow it.

Facts: `aws-behaviour.md` §7.3 (sentences and codes), `moto-gaps.md` §6 (moto's own enforcement and its gaps).
Roles, users, groups and policies are kept by moto's IAM; a session counts by its role and its session policy.
"""

from __future__ import annotations

from typing import Any

from embedded.core.behaviours import EVERY_SERVICE, Behaviour
from embedded.core.call import PARTITION, Answer, AwsError, Call, Caller
from embedded.core.protocols import SIGNED_AS
from embedded.services.ec2.authorization import Right, rights
from embedded.services.iam.policy_engine import Effect, Request, caller_context, decide

BEHAVIOUR = Behaviour("identity policies")

DECIDED_ELSEWHERE = ("kms", "s3", "sts")
"""Services whose resources have policies of their own, and STS, where trust policies decide."""


def documents(caller: Caller) -> list[str]:
    """The identity-based policies of a caller: its own, its groups', those attached."""
    return [
        text
        for holder in _holders(caller)
        for text in (*holder.policies.values(), *map(policy_document, holder.managed_policies.values()))
    ]


def _holders(caller: Caller) -> list[Any]:
    from moto.iam.models import iam_backends

    backend = iam_backends[caller.account][PARTITION]
    if caller.kind == "AssumedRole":
        return [role for role in backend.roles.values() if role.name == caller.name]
    if caller.kind == "IAMUser" and caller.name in backend.users:
        return [backend.users[caller.name], *backend.get_groups_for_user(caller.name)]
    return []


def identity_effect(request: Request) -> Effect:
    """What the caller's own policies say; its session policy and its boundary can only take away."""
    caller = request.caller
    if caller.kind == "Root" or not caller.account:
        return "Allow" if caller.account else ""
    effect = decide(documents(caller), request)
    for limit in (caller.session_policy, _boundary(caller)):
        if limit and effect != "Deny":
            limited = decide([limit], request)
            effect = limited if limited != "Allow" else effect
    return effect


def policy_document(policy: Any) -> str:
    """The text of a managed policy (moto's object), in its default version."""
    return next((version.document for version in policy.versions if version.is_default), "")


def _boundary(caller: Caller) -> str:
    from moto.iam.models import iam_backends

    backend = iam_backends[caller.account][PARTITION]
    if caller.kind != "AssumedRole":
        return ""
    role = next((role for role in backend.roles.values() if role.name == caller.name), None)
    arn = role.permissions_boundary_arn if role else None
    return policy_document(backend.managed_policies[arn]) if arn in backend.managed_policies else ""


def sentence(request: Request, why: str, *, quoted: bool = False) -> str:
    """AWS's sentence for a refusal; S3 puts the resource in quotation marks."""
    resource = f'"{request.resource}"' if quoted else request.resource
    return f"User: {request.caller.arn} is not authorized to perform: {request.action} on resource: {resource} {why}"


def why_not(effect: Effect, action: str, policy: str = "identity-based") -> str:
    """The end of the sentence: an explicit deny, or the lack of an allow, in this kind of policy."""
    if effect == "Deny":
        return f"with an explicit deny in {'an' if policy[0] in 'aeiou' else 'a'} {policy} policy"
    return f"because no {policy} policy allows the {action} action"


def denial(request: Request) -> str:
    """The end of the sentence for an explicit deny in the caller's own policies, which names a managed one by its ARN
    (§9.1).
    """
    managed = (each for holder in _holders(request.caller) for each in holder.managed_policies.items())
    by = next((arn for arn, policy in managed if decide([policy_document(policy)], request) == "Deny"), "")
    return f"{why_not('Deny', request.action)}{f': {by}' if by else ''}"


def refusal(service: str, message: str) -> AwsError:
    """Access denied, as each service says it."""
    match service:
        case "ec2":
            return AwsError(
                "UnauthorizedOperation", f"You are not authorized to perform this operation. {message}", 403
            )
        case "s3" | "s3control" | "sts" | "iam":
            return AwsError("AccessDenied", message, 403)
        case _:
            return AwsError("AccessDeniedException", message)


def require(request: Request, service: str) -> None:
    """Raise AWS's refusal unless the caller's own policies allow the action."""
    effect = identity_effect(request)
    if effect != "Allow":
        why = denial(request) if effect == "Deny" else why_not(effect, request.action)
        raise refusal(service, sentence(request, why))


def _action(call: Call) -> str:
    if call.service == "s3control":
        return f"s3:{call.operation.replace('PublicAccessBlock', 'AccountPublicAccessBlock').replace('Delete', 'Put')}"
    return f"{SIGNED_AS.get(call.service, call.service)}:{call.operation}"


def _resource(call: Call) -> str:
    """Public parameters are nobody's (https://docs.aws.amazon.com/systems-manager/latest/userguide/
    parameter-store-public-parameters.html).
    """
    name = str(call.params.get("Name", ""))
    if call.operation == "GetParameter" and name.startswith("/aws/"):
        return f"arn:{PARTITION}:ssm:{call.region}::parameter{name}"
    return "*"


@BEHAVIOUR.gate(EVERY_SERVICE)
def _gate(call: Call) -> Answer | None:
    if call.service not in DECIDED_ELSEWHERE:
        context = {
            **caller_context(call.caller),
            "aws:RequestedRegion": call.region,
            "aws:SourceIp": call.sent.source_ip,
        }
        asked = rights(call) if call.service == "ec2" else [Right(_action(call), _resource(call), {})]
        for each in asked:
            require(Request(each.action, each.resource, call.caller, {**context, **each.tags}), call.service)
    return None
