"""IAM's policies: those that AWS manages, those that are malformed, and what they would decide.

Facts: `moto-gaps.md` §6 (a malformed trust policy is taken, AWS's managed policies are not there, the simulator is
not there); https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html (decisions `allowed`,
`implicitDeny`, `explicitDeny`), and the model of `EvaluationResult` in botocore 1.44.5: one result an action, the most
restrictive of all resources, and the condition keys that the policies ask for and nobody gave.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.call import PARTITION, Answer, AwsError, Call, Caller
from embedded.core.moto_imports import import_frugally
from embedded.core.protocols import serialized
from embedded.services.iam.authorization import documents, policy_document
from embedded.services.iam.policy_engine import Request, caller_context, decide, keys_asked, statements

BEHAVIOUR = Behaviour("iam documents")

OF_AWS = "arn:aws:iam::aws:policy/"
PRINCIPAL = re.compile(r"arn:aws:(iam|sts)::(\d{12}):(role|user|group|assumed-role)/(.+)")
DECISIONS = {"Allow": "allowed", "": "implicitDeny", "Deny": "explicitDeny"}
RESTRICTIVE = ("explicitDeny", "implicitDeny", "allowed")
"""The most restrictive first."""


@BEHAVIOUR.gate("iam")
def _managed_by_aws(call: Call) -> Answer | None:
    """AWS's own policies are read when one is first named: there are more than a thousand."""
    arn = str(call.params.get("PolicyArn") or "")
    wanted = arn.startswith(OF_AWS) or (call.operation == "ListPolicies" and call.params.get("Scope") != "Local")
    backend = _backend(call.account)
    if wanted and not backend.aws_managed_policies:
        models = import_frugally("moto.iam.models")
        told = json.loads(models.aws_managed_policies_data)
        build = models.AWSManagedPolicy.from_data
        backend.aws_managed_policies = [build(name, call.account, PARTITION, each) for name, each in told.items()]
        backend.managed_policies.update({policy.arn: policy for policy in backend.aws_managed_policies})
    return None


@BEHAVIOUR.gate("iam", "CreateRole", "UpdateAssumeRolePolicy")
def _trust_policy(call: Call) -> Answer | None:
    text = str(call.params.get("AssumeRolePolicyDocument") or call.params.get("PolicyDocument") or "")
    try:
        json.loads(text)
    except ValueError:
        raise AwsError("MalformedPolicyDocument", "This policy contains invalid Json") from None
    found = statements(text)
    if not found or not all("Principal" in each or "NotPrincipal" in each for each in found):
        raise AwsError("MalformedPolicyDocument", "Missing required field Principal")
    if not all("Action" in each or "NotAction" in each for each in found):
        raise AwsError("MalformedPolicyDocument", "Missing required field Action")
    if any("Resource" in each for each in found):
        raise AwsError("MalformedPolicyDocument", "Has prohibited field Resource")
    return None


@BEHAVIOUR.instead("iam", "SimulateCustomPolicy")
def _simulate_custom(call: Call) -> Answer:
    caller = Caller("IAMUser", call.account, str(call.params.get("CallerArn") or ""))
    return _simulated(call, [str(each) for each in call.params.get("PolicyInputList") or []], caller)


@BEHAVIOUR.instead("iam", "SimulatePrincipalPolicy")
def _simulate_principal(call: Call) -> Answer:
    source = str(call.params.get("PolicySourceArn", ""))
    found = PRINCIPAL.fullmatch(source)
    name = found[4].rpartition("/")[2] if found else ""
    backend = _backend(call.account)
    holders = {
        "role": {role.name for role in backend.roles.values()},
        "user": set(backend.users),
        "group": set(backend.groups),
    }
    if not found or found[2] != call.account or name not in holders.get(found[3], set()):
        raise AwsError(
            "NoSuchEntity", f"The {found[3] if found else 'entity'} with name {name or source} cannot be found.", 404
        )
    caller = Caller("AssumedRole" if found[3] == "role" else "IAMUser", call.account, source, name=name)
    own = _group_documents(backend, name) if found[3] == "group" else documents(caller)
    return _simulated(call, [*own, *(str(each) for each in call.params.get("PolicyInputList") or [])], caller)


def _group_documents(backend: Any, name: str) -> list[str]:
    group = backend.groups[name]
    return [*group.policies.values(), *map(policy_document, group.managed_policies.values())]


def _simulated(call: Call, policies: Iterable[str], caller: Caller) -> Answer:
    policies = list(policies)
    for policy in policies:
        if not statements(policy):
            raise AwsError("InvalidInput", "Invalid Input: the policy is malformed.")
    context = {
        str(each["ContextKeyName"]): [str(value) for value in each.get("ContextKeyValues", [])]
        for each in call.params.get("ContextEntries") or []
    }
    resources = [str(each) for each in call.params.get("ResourceArns") or ["*"]]
    results = []
    for action in map(str, call.params.get("ActionNames") or []):
        known = {name.lower() for name in (*context, *caller_context(caller))}
        missing = sorted(key for key in keys_asked(policies, action) if key.lower() not in known)
        decisions = {
            each: DECISIONS[decide(policies, Request(action, each, caller, dict(context)))] for each in resources
        }
        results.append(
            {
                "EvalActionName": action,
                "EvalResourceName": "*",
                "EvalDecision": next(each for each in RESTRICTIVE if each in decisions.values()),
                "MatchedStatements": [],
                "MissingContextValues": missing,
                "ResourceSpecificResults": [
                    {
                        "EvalResourceName": each,
                        "EvalResourceDecision": decision,
                        "MatchedStatements": [],
                        "MissingContextValues": missing,
                    }
                    for each, decision in decisions.items()
                    if each != "*"
                ],
            }
        )
    return serialized(call, {"EvaluationResults": results, "IsTruncated": False})


def _backend(account: str) -> Any:
    from moto.iam.models import iam_backends

    return iam_backends[account][PARTITION]


@BEHAVIOUR.patch("moto.iam.models:IAMBackend.attach_role_policy", "self, policy_arn, role_name")
def _not_found(original: Callable[..., None], backend: Any, policy_arn: str, role_name: str) -> None:
    if policy_arn not in backend.managed_policies:
        raise AwsError("NoSuchEntity", f"Policy {policy_arn} does not exist or is not attachable.", 404)
    original(backend, policy_arn, role_name)
