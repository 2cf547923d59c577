"""The policy simulator.

Facts: IAM-07, MOTO-41.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.principal import Principal, PrincipalKind
from embedded.core.protocols import serialize
from embedded.core.request import ApiRequest
from embedded.services.iam.authorization import iam_backend, identity_policies, policy_document
from embedded.services.iam.policy_engine import (
    AccessRequest,
    Effect,
    context_keys,
    decide,
    principal_context,
    statements,
)

BEHAVIOUR = Behaviour("policy simulation")

SOURCE = re.compile(r"arn:aws:(?:iam|sts)::(\d{12}):(role|user|group|assumed-role)/(.+)")
DECISIONS = {Effect.DENY: "explicitDeny", Effect.NONE: "implicitDeny", Effect.ALLOW: "allowed"}
"""The most restrictive first."""


@BEHAVIOUR.implements("iam", "SimulateCustomPolicy")
def _simulate_custom_policy(request: ApiRequest) -> HttpResponse:
    principal = Principal(PrincipalKind.IAM_USER, request.account, str(request.params.get("CallerArn") or ""))
    return _simulate(request, _given_policies(request), principal)


@BEHAVIOUR.implements("iam", "SimulatePrincipalPolicy")
def _simulate_principal_policy(request: ApiRequest) -> HttpResponse:
    source = str(request.params.get("PolicySourceArn", ""))
    found = SOURCE.fullmatch(source)
    account, kind, path = found.groups() if found else ("", "entity", "")
    name = path.rpartition("/")[2]
    backend = iam_backend(request.account)
    names = {
        "role": {role.name for role in backend.roles.values()},
        "user": set(backend.users),
        "group": set(backend.groups),
    }
    if account != request.account or name not in names.get(kind, set()):
        raise AwsError("NoSuchEntity", f"The {kind} with name {name or source} cannot be found.", 404)
    principal_kind = PrincipalKind.ASSUMED_ROLE if kind == "role" else PrincipalKind.IAM_USER
    principal = Principal(principal_kind, account, source, name=name)
    own = _group_policies(backend.groups[name]) if kind == "group" else identity_policies(principal)
    return _simulate(request, [*own, *_given_policies(request)], principal)


def _given_policies(request: ApiRequest) -> list[str]:
    return [str(each) for each in request.params.get("PolicyInputList") or []]


def _group_policies(group: Any) -> list[str]:
    return [*group.policies.values(), *map(policy_document, group.managed_policies.values())]


def _simulate(request: ApiRequest, policies: Sequence[str], principal: Principal) -> HttpResponse:
    for policy in policies:
        if not statements(policy):
            raise AwsError("InvalidInput", "Invalid Input: the policy is malformed.")
    context = {
        str(each["ContextKeyName"]): [str(value) for value in each.get("ContextKeyValues", [])]
        for each in request.params.get("ContextEntries") or []
    }
    resources = [str(each) for each in request.params.get("ResourceArns") or ["*"]]
    results = []
    for action in map(str, request.params.get("ActionNames") or []):
        effects = {each: decide(policies, AccessRequest(action, each, principal, dict(context))) for each in resources}
        given = {name.lower() for name in (*context, *principal_context(principal))}
        missing = sorted(key for key in context_keys(policies, action) if key.lower() not in given)
        results.append(_evaluation_result(action, effects, missing))
    return serialize(request, {"EvaluationResults": results, "IsTruncated": False})


def _evaluation_result(action: str, effects: Mapping[str, Effect], missing: list[str]) -> dict[str, Any]:
    """Return the result of one action, of all its resources and of each."""
    return {
        "EvalActionName": action,
        "EvalResourceName": "*",
        "EvalDecision": next(decision for effect, decision in DECISIONS.items() if effect in effects.values()),
        "MatchedStatements": [],
        "MissingContextValues": missing,
        "ResourceSpecificResults": [
            {
                "EvalResourceName": resource,
                "EvalResourceDecision": DECISIONS[effect],
                "MatchedStatements": [],
                "MissingContextValues": missing,
            }
            for resource, effect in effects.items()
            if resource != "*"
        ],
    }
