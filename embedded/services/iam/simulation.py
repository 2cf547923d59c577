"""The policy simulator.

Facts: GUARD-31, GUARD-41, IAM-07, IAM-67, MOTO-41.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from embedded.core.behaviours import Behaviour
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.principal import Principal, PrincipalKind
from embedded.core.protocols import serialize
from embedded.core.request import ApiRequest
from embedded.services.iam import organization
from embedded.services.iam.matched_statements import matched_statement, positions
from embedded.services.iam.policy_engine import (
    AccessRequest,
    Effect,
    condition_keys,
    decide,
    principal_context,
    read_statements,
)
from embedded.services.iam.principals import boundary, iam_backend, policy_document

BEHAVIOUR = Behaviour("policy simulation")

SOURCE = re.compile(r"arn:aws(?:-[a-z]+)*:(?:iam|sts)::(\d{12}):(role|user|group|assumed-role)/(.+)")
DECISIONS = {Effect.DENY: "explicitDeny", Effect.NONE: "implicitDeny", Effect.ALLOW: "allowed"}
"""The most restrictive first."""


class Source(NamedTuple):
    """A policy document, and how its statements are referred to."""

    id: str
    document: str


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
    holders = _holders(request.account, kind, name) if account == request.account else []
    if not holders:
        raise AwsError("NoSuchEntity", f"The {kind} with name {name or source} cannot be found.", 404)
    principal_kind = PrincipalKind.ASSUMED_ROLE if kind == "role" else PrincipalKind.IAM_USER
    principal = Principal(principal_kind, account, source, name=name)
    own = [policy for holder in holders for policy in _policies_of(holder)]
    return _simulate(request, [*own, *_given_policies(request)], principal, boundary(principal))


def _holders(account: str, kind: str, name: str) -> list[Any]:
    """Return what has the policies of an entity: moto's role, group, or user with its groups; nothing if absent."""
    backend = iam_backend(account)
    if kind == "role":
        return [role for role in backend.roles.values() if role.name == name]
    if kind == "user" and name in backend.users:
        return [backend.users[name], *backend.get_groups_for_user(name)]
    return [backend.groups[name]] if kind == "group" and name in backend.groups else []


def _policies_of(holder: Any) -> list[Source]:
    kind = type(holder).__name__.lower()
    inline = [Source(f"{kind}_{holder.name}_{name}", text) for name, text in holder.policies.items()]
    return [*inline, *(Source(policy.name, policy_document(policy)) for policy in holder.managed_policies.values())]


def _given_policies(request: ApiRequest) -> list[Source]:
    given = request.params.get("PolicyInputList") or []
    return [Source(f"PolicyInputList.{number}", str(each)) for number, each in enumerate(given, 1)]


def _simulate(
    request: ApiRequest, policies: Sequence[Source], principal: Principal, attached: str | None = None
) -> HttpResponse:
    """Simulate policies, within the boundary that the request names or, without one, that is attached (GUARD-41)."""
    given_boundary = [str(each) for each in request.params.get("PermissionsBoundaryPolicyInputList") or []]
    bound = given_boundary[0] if given_boundary else attached
    for policy in policies:
        if not read_statements(policy.document):
            raise AwsError("InvalidInput", "Invalid Input: the policy is malformed.")
    context = {
        str(each.get("ContextKeyName")): [str(value) for value in each.get("ContextKeyValues", [])]
        for each in request.params.get("ContextEntries") or []
    }
    resources = [str(each) for each in request.params.get("ResourceArns") or ["*"]]
    documents = [policy.document for policy in policies]
    results, backend = [], iam_backend(request.account)
    for action in map(str, request.params.get("ActionNames") or []):
        requests = {each: AccessRequest(action, each, principal, dict(context)) for each in resources}
        given = {name.lower() for name in (*context, *principal_context(principal))}
        missing = sorted(key for key in condition_keys(documents, action) if key.lower() not in given)
        results.append(_evaluation_result(action, policies, requests, missing, backend, bound))
    return serialize(request, {"EvaluationResults": results, "IsTruncated": False})


def _evaluation_result(
    action: str,
    policies: Sequence[Source],
    requests: Mapping[str, AccessRequest],
    missing: list[str],
    backend: Any,
    bound: str | None,
) -> dict[str, Any]:
    """Return the result of one action, of all its resources and of each."""
    documents = [policy.document for policy in policies]
    effects = {resource: decide(documents, access) for resource, access in requests.items()}
    limited = {} if bound is None else {resource: decide([bound], access) for resource, access in requests.items()}
    bounded = {resource: effect for resource, effect in limited.items() if effect != Effect.ALLOW}
    effects |= {resource: effect for resource, effect in bounded.items() if effects[resource] != Effect.DENY}
    outside = [resource for resource, access in requests.items() if organization.denies(backend, access)]
    effects |= dict.fromkeys(outside, Effect.DENY)
    worst = next(effect for effect in DECISIONS if effect in effects.values())
    matched = {resource: _matched(policies, access, effects[resource]) for resource, access in requests.items()}
    return {
        "EvalActionName": action,
        "EvalResourceName": next(iter(requests)) if len(requests) == 1 else "*",
        "EvalDecision": DECISIONS[worst],
        "EvalDecisionDetails": {},
        "MatchedStatements": next(found for resource, found in matched.items() if effects[resource] == worst),
        "MissingContextValues": missing,
        "OrganizationsDecisionDetail": {"AllowedByOrganizations": not outside},
        **(
            {}
            if bound is None
            else {"PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": not bounded}}
        ),
        "ResourceSpecificResults": [
            {
                "EvalResourceName": resource,
                "EvalResourceDecision": DECISIONS[effect],
                "MatchedStatements": matched[resource],
                "MissingContextValues": missing,
            }
            for resource, effect in effects.items()
            if resource != "*"
        ],
    }


def _matched(policies: Sequence[Source], access: AccessRequest, effect: Effect) -> list[dict[str, Any]]:
    """Return the statements that decided."""
    return [
        matched_statement(policy.id, span)
        for policy in policies
        for statement, span in zip(read_statements(policy.document), positions(policy.document), strict=False)
        if statement.effect == effect and statement.applies(access)
    ]
