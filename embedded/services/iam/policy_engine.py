"""Policy documents: what their statements decide about a request.

Facts: IAM-01, IAM-02, IAM-40 to IAM-48: IAM's evaluation logic
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html). How several kinds of policy
decide together is the services' own rule.
"""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from embedded.core.partition import partition
from embedded.core.principal import Principal, PrincipalKind
from embedded.services.iam.conditions import (
    Condition,
    RequestContext,
    Value,
    matches_resource,
    matches_text,
    read_conditions,
)

Context = Mapping[str, Value]
WITH_VARIABLES = "2012-10-17"


class Effect(StrEnum):
    """What policies decide: an explicit deny, an allow, or nothing."""

    ALLOW = "Allow"
    DENY = "Deny"
    NONE = ""


class PrincipalMatch(StrEnum):
    """How a statement names a principal.

    `SESSION`: the session or user itself. `PRINCIPAL`: the role that a session is of. `ACCOUNT`: its whole account.
    `EVERYONE`: all. `NONE`: not at all.
    """

    SESSION = "session"
    PRINCIPAL = "principal"
    ACCOUNT = "account"
    EVERYONE = "everyone"
    NONE = ""


@dataclasses.dataclass(frozen=True)
class AccessRequest:
    """An action that a principal requests on a resource. `context` has the condition keys."""

    action: str
    resource: str
    principal: Principal
    context: Context = dataclasses.field(default_factory=dict)

    @functools.cached_property
    def conditions(self) -> RequestContext:
        return RequestContext(self.context)


@dataclasses.dataclass(frozen=True)
class ResourceDecision:
    """What a resource-based policy decides: whether it denies, and how its allowing statements name the principal."""

    denied: bool
    allowed: frozenset[PrincipalMatch]


@dataclasses.dataclass(frozen=True)
class Statement:
    """A statement. An element that is absent is `None`; action names are in lower case.

    `conditions` are `None` if they cannot be read: such a statement allows nothing and denies whatever else applies.
    """

    effect: Effect
    actions: tuple[str, ...] | None
    not_actions: tuple[str, ...] | None
    resources: tuple[str, ...] | None
    not_resources: tuple[str, ...] | None
    conditions: tuple[Condition, ...] | None
    variables: bool
    elements: Mapping[str, Any]

    def applies(self, access: AccessRequest) -> bool:
        """Return whether action, resource and conditions apply; the principal is not compared."""
        return self.names_action(access.action) and self._names_resource(access) and self._conditions_hold(access)

    def _conditions_hold(self, access: AccessRequest) -> bool:
        if self.conditions is None:
            return self.effect is Effect.DENY
        return all(condition.holds(access.conditions) for condition in self.conditions)

    def names_action(self, action: str) -> bool:
        """Return whether the statement is about an action."""
        action = action.lower()
        if self.actions is not None:
            return any(matches_text(action, each) for each in self.actions)
        return self.not_actions is not None and not any(matches_text(action, each) for each in self.not_actions)

    def _names_resource(self, access: AccessRequest) -> bool:
        """Return whether the statement is about the resource. A variable without a value fits nothing (IAM-91)."""
        if self.resources is not None:
            patterns = [self._substituted(access, each) for each in self.resources]
            return any(matches_resource(access.resource, each) for each in patterns if each is not None)
        if self.not_resources is not None:
            patterns = [self._substituted(access, each) for each in self.not_resources]
            return not any(each is None or matches_resource(access.resource, each) for each in patterns)
        return True  # a trust policy is about its own role

    def _substituted(self, access: AccessRequest, pattern: str) -> str | None:
        return access.conditions.substituted(pattern) if self.variables and "$" in pattern else pattern


@functools.lru_cache(maxsize=4096)
def statements(document: str) -> tuple[dict[str, Any], ...]:
    """Return the statements of a policy document as they are written; none if it is malformed."""
    try:
        policy = json.loads(document or "{}")
    except (ValueError, RecursionError):
        return ()
    found = policy.get("Statement", []) if isinstance(policy, dict) else []
    return tuple(item for item in (found if isinstance(found, list) else [found]) if isinstance(item, dict))


@functools.lru_cache(maxsize=4096)
def read_statements(document: str) -> tuple[Statement, ...]:
    """Return the statements of a policy document; none if it is malformed."""
    found = statements(document)
    variables = bool(found) and json.loads(document).get("Version") == WITH_VARIABLES
    return tuple(_statement(each, variables=variables) for each in found)


def _statement(elements: Mapping[str, Any], *, variables: bool) -> Statement:
    try:
        conditions = read_conditions(elements.get("Condition") or {}, variables=variables)
    except ValueError:
        conditions = None
    effect = str(elements.get("Effect", "")).capitalize()
    return Statement(
        Effect(effect) if effect in tuple(Effect) else Effect.NONE,
        _texts(elements, "Action", lower=True),
        _texts(elements, "NotAction", lower=True),
        _texts(elements, "Resource"),
        _texts(elements, "NotResource"),
        conditions,
        variables,
        elements,
    )


def _texts(elements: Mapping[str, Any], name: str, *, lower: bool = False) -> tuple[str, ...] | None:
    if name not in elements:
        return None
    texts = tuple(str(each) for each in as_list(elements[name]))
    return tuple(each.lower() for each in texts) if lower else texts


def decide(documents: Iterable[str], access: AccessRequest) -> Effect:
    """Return what identity-based policies decide together: a deny outweighs an allow."""
    effects = {
        statement.effect
        for document in documents
        for statement in read_statements(document)
        if statement.applies(access)
    }
    return next((effect for effect in (Effect.DENY, Effect.ALLOW) if effect in effects), Effect.NONE)


def condition_keys(documents: Iterable[str], action: str = "") -> set[str]:
    """Return the condition keys of all statements, or of those that are about an action."""
    return {
        condition.key
        for document in documents
        for statement in read_statements(document)
        if not action or statement.names_action(action)
        for condition in statement.conditions or ()
    }


def decide_by_resource(
    document: str, access: AccessRequest, known_ids: Mapping[str, str] | None = None
) -> ResourceDecision:
    """Return what a resource-based policy decides.

    `known_ids` are the unique ids that the principals of the policy had when it was stored, by ARN: a role that was
    deleted and made anew is another one (IAM-48).
    """
    found = [
        (statement.effect, principal_match(statement.elements, access.principal, known_ids or {}))
        for statement in read_statements(document)
        if statement.applies(access)
    ]
    matches = {effect: frozenset(match for each, match in found if each == effect and match) for effect in Effect}
    return ResourceDecision(bool(matches[Effect.DENY]), matches[Effect.ALLOW])


def principal_match(
    statement: Mapping[str, Any], principal: Principal, known_ids: Mapping[str, str] | None = None
) -> PrincipalMatch:
    """Return how a statement names a principal.

    The account's root stands for the account: a key policy that names it leaves the decision to IAM (KMS-51).
    """
    if "NotPrincipal" in statement:
        # Excepting the account's root excepts nobody else of the account (IAM-94).
        match = _match(statement["NotPrincipal"], principal, known_ids or {})
        excepted = match not in (PrincipalMatch.ACCOUNT, PrincipalMatch.NONE)
        return PrincipalMatch.NONE if excepted else PrincipalMatch.EVERYONE
    return _match(statement.get("Principal"), principal, known_ids or {})


def _match(element: Any, principal: Principal, known_ids: Mapping[str, str]) -> PrincipalMatch:
    if element in ("*", ["*"]):
        return PrincipalMatch.EVERYONE
    if not isinstance(element, dict):
        return PrincipalMatch.NONE
    if principal.kind is PrincipalKind.AWS_SERVICE:
        named = principal.name in as_list(element.get("Service", [])) or "*" in as_list(element.get("Service", []))
        return PrincipalMatch.PRINCIPAL if named else PrincipalMatch.NONE
    names = {str(each) for each in as_list(element.get("AWS", []))}
    found = PrincipalMatch.NONE if principal.is_anonymous else _named(names, principal, known_ids)
    if found:
        return found
    if "*" in names:
        return PrincipalMatch.EVERYONE
    roots = {principal.account, f"arn:{partition()}:iam::{principal.account}:root"}
    return PrincipalMatch.ACCOUNT if not principal.is_anonymous and names & roots else PrincipalMatch.NONE


def _named(names: set[str], principal: Principal, known_ids: Mapping[str, str]) -> PrincipalMatch:
    """Return whether a principal is among these names, and whether as itself or by its role."""
    unique_id = principal.principal_id.partition(":")[0]
    is_same = {arn: known_ids.get(arn, unique_id) == unique_id for arn in (principal.arn, principal.role_arn) if arn}
    if principal.arn in names and is_same[principal.arn]:
        return PrincipalMatch.SESSION
    if principal.kind is PrincipalKind.IAM_USER and unique_id in names:
        return PrincipalMatch.SESSION
    if (principal.role_arn in names and is_same[principal.role_arn]) or (unique_id and unique_id in names):
        return PrincipalMatch.PRINCIPAL
    return PrincipalMatch.NONE


def principal_context(principal: Principal) -> dict[str, Value]:
    """Return the condition keys that a principal gives to each of its requests."""
    if principal.is_anonymous:
        return {
            "aws:PrincipalType": "Anonymous",
            "aws:userid": "anonymous",
            "aws:PrincipalIsAWSService": "false",
            "aws:ViaAWSService": "false",
        }
    is_user = principal.kind is PrincipalKind.IAM_USER
    context: dict[str, Value] = {
        "aws:PrincipalAccount": principal.account,
        "aws:PrincipalArn": principal.role_arn or principal.arn,
        "aws:PrincipalIsAWSService": "false",
        "aws:PrincipalType": "User" if is_user else str(principal.kind),
        "aws:ViaAWSService": "false",
        "aws:userid": principal.principal_id,
    }
    if is_user:
        context["aws:username"] = principal.name
    if principal.source_identity:
        context["aws:SourceIdentity"] = principal.source_identity
    return context


def as_list(value: Any) -> list[Any]:
    """Return a list, or a single value as a list."""
    return value if isinstance(value, list) else [value]
