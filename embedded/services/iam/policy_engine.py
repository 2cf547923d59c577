"""Policy documents: statements, principals, wildcards, conditions and variables.

Facts: IAM's evaluation logic
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html) and its condition operators
(…/reference_policies_elements_condition_operators.html). How several kinds of policy decide together is the services'
own rule.
"""

from __future__ import annotations

import base64
import dataclasses
import fnmatch
import functools
import ipaddress
import json
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from embedded.core.partition import partition
from embedded.core.principal import Principal, PrincipalKind

Context = Mapping[str, str | list[str]]
VARIABLE = re.compile(r"\$\{([^}]+)\}")


class Effect(StrEnum):
    """What policies decide: an explicit deny, an allow, or nothing."""

    ALLOW = "Allow"
    DENY = "Deny"
    NONE = ""


class PrincipalMatch(StrEnum):
    """How a statement names a principal: itself, its whole account, everyone, or not at all."""

    PRINCIPAL = "principal"
    ACCOUNT = "account"
    EVERYONE = "everyone"
    NONE = ""


@dataclasses.dataclass(frozen=True)
class AccessRequest:
    """An action that a principal requests on a resource.

    `context` has the condition keys; their names are compared without regard to case.
    """

    action: str
    resource: str
    principal: Principal
    context: Context = dataclasses.field(default_factory=dict)

    def value(self, key: str) -> str | list[str] | None:
        """Return the value of a condition key, or `None`."""
        wanted = key.lower()
        return next((value for name, value in self.context.items() if name.lower() == wanted), None)


@dataclasses.dataclass(frozen=True)
class ResourceDecision:
    """What a resource-based policy decides: whether it denies, and how its allowing statements name the principal."""

    denied: bool
    allowed: frozenset[PrincipalMatch]


@functools.lru_cache(maxsize=4096)
def statements(document: str) -> tuple[dict[str, Any], ...]:
    """Return the statements of a policy document; none if it is malformed."""
    try:
        policy = json.loads(document or "{}")
    except ValueError:
        return ()
    found = policy.get("Statement", []) if isinstance(policy, dict) else []
    return tuple(item for item in (found if isinstance(found, list) else [found]) if isinstance(item, dict))


def decide(documents: Iterable[str], access: AccessRequest) -> Effect:
    """Return what identity-based policies decide together: a deny outweighs an allow."""
    effects = {
        statement["Effect"]
        for document in documents
        for statement in statements(document)
        if "Effect" in statement and applies(statement, access)
    }
    return next((effect for effect in (Effect.DENY, Effect.ALLOW) if effect in effects), Effect.NONE)


def context_keys(documents: Iterable[str], action: str) -> set[str]:
    """Return the condition keys of all statements that name an action."""
    return {
        key
        for document in documents
        for statement in statements(document)
        if any(_matches(action.lower(), str(each).lower()) for each in _as_list(statement.get("Action", "*")))
        for keys in (statement.get("Condition") or {}).values()
        for key in keys
    }


def decide_by_resource(document: str, access: AccessRequest) -> ResourceDecision:
    """Return what a resource-based policy decides."""
    found = [
        (statement.get("Effect"), principal_match(statement, access.principal))
        for statement in statements(document)
        if applies(statement, access)
    ]
    matches = {effect: frozenset(match for each, match in found if each == effect and match) for effect in Effect}
    return ResourceDecision(bool(matches[Effect.DENY]), matches[Effect.ALLOW])


def applies(statement: Mapping[str, Any], access: AccessRequest) -> bool:
    """Return whether action, resource and conditions of a statement apply; its principal is not compared."""
    if "Action" in statement:
        if not any(_matches(access.action.lower(), str(each).lower()) for each in _as_list(statement["Action"])):
            return False
    elif any(_matches(access.action.lower(), str(each).lower()) for each in _as_list(statement.get("NotAction", "*"))):
        return False
    if "Resource" in statement:
        if not any(
            _matches(access.resource, _substitute(str(each), access)) for each in _as_list(statement["Resource"])
        ):
            return False
    elif "NotResource" in statement and any(
        _matches(access.resource, _substitute(str(each), access)) for each in _as_list(statement["NotResource"])
    ):
        return False
    return _conditions_hold(statement.get("Condition") or {}, access)


def principal_match(statement: Mapping[str, Any], principal: Principal) -> PrincipalMatch:
    """Return how a statement names a principal.

    The account's root stands for the account: a key policy that names it leaves the decision to IAM
    (KMS-51).
    """
    if "NotPrincipal" in statement:
        # Excepting the account's root excepts nobody else of the account (IAM-94).
        excepted = _match(statement["NotPrincipal"], principal) in (PrincipalMatch.PRINCIPAL, PrincipalMatch.EVERYONE)
        return PrincipalMatch.NONE if excepted else PrincipalMatch.EVERYONE
    return _match(statement.get("Principal"), principal)


def _match(element: Any, principal: Principal) -> PrincipalMatch:
    if element == "*":
        return PrincipalMatch.EVERYONE
    if not isinstance(element, dict):
        return PrincipalMatch.NONE
    if principal.kind is PrincipalKind.AWS_SERVICE:
        named = principal.name in _as_list(element.get("Service", []))
        return PrincipalMatch.PRINCIPAL if named else PrincipalMatch.NONE
    names = {str(each) for each in _as_list(element.get("AWS", []))}
    if not principal.is_anonymous and names & _own_names(principal):
        return PrincipalMatch.PRINCIPAL
    if "*" in names:
        return PrincipalMatch.EVERYONE
    roots = {principal.account, f"arn:{partition()}:iam::{principal.account}:root"}
    return PrincipalMatch.ACCOUNT if not principal.is_anonymous and names & roots else PrincipalMatch.NONE


def _own_names(principal: Principal) -> set[str]:
    return {name for name in (principal.arn, principal.role_arn, principal.principal_id.partition(":")[0]) if name}


def principal_context(principal: Principal) -> dict[str, str | list[str]]:
    """Return the condition keys that a principal gives to each of its requests."""
    if principal.is_anonymous:
        return {"aws:PrincipalType": "Anonymous"}
    is_user = principal.kind is PrincipalKind.IAM_USER
    return {
        "aws:PrincipalAccount": principal.account,
        "aws:PrincipalArn": principal.role_arn or principal.arn,
        "aws:PrincipalType": "User" if is_user else str(principal.kind),
        "aws:userid": principal.principal_id,
        "aws:username": principal.name if is_user else "",
    }


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@functools.lru_cache(maxsize=4096)
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(pattern.replace("[", "[[]")), re.DOTALL)


def _matches(text: str, pattern: str) -> bool:
    return pattern == "*" or _pattern(pattern).match(text) is not None


def _substitute(text: str, access: AccessRequest) -> str:
    def value(found: re.Match[str]) -> str:
        if found[1] in ("*", "?", "$"):
            return found[1]
        known = access.value(found[1].partition(",")[0].strip())
        return known if isinstance(known, str) and known else found[0]

    return VARIABLE.sub(value, text)


def _conditions_hold(conditions: Mapping[str, Any], access: AccessRequest) -> bool:
    return all(
        _condition_holds(qualified, key, [_text(each) for each in _as_list(wanted)], access)
        for qualified, keys in conditions.items()
        for key, wanted in keys.items()
    )


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _condition_holds(qualified: str, key: str, wanted: list[str], access: AccessRequest) -> bool:
    qualifier, _, name = qualified.rpartition(":")
    value = access.value(key)
    if name == "Null":
        return (value is None) == (wanted[0].lower() == "true")
    lenient = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    negated = "Not" in name
    if value is None:
        return lenient or negated or qualifier == "ForAllValues"
    wanted = [_substitute(each, access) for each in wanted]
    values = [value] if isinstance(value, str) else value
    compare = functools.partial(_compares, name.replace("Not", "", 1))
    met = [any(compare(each, one) for one in wanted) != negated for each in values]
    return all(met) if qualifier == "ForAllValues" or (negated and not qualifier) else any(met)


def _compares(name: str, value: str, wanted: str) -> bool:
    try:
        if name in TEXT_OPERATORS:
            return TEXT_OPERATORS[name](value, wanted)
        kind, relation = re.fullmatch(r"(Numeric|Date)(.+)", name).groups()  # type: ignore[union-attr]  # caught below
        parse = float if kind == "Numeric" else _timestamp
        return RELATIONS[relation](parse(value), parse(wanted))
    except (ArithmeticError, AttributeError, KeyError, ValueError):
        return False


def _timestamp(text: str) -> float:
    """Return seconds since the epoch. A date without a time zone is in UTC."""
    if text.replace(".", "", 1).isdigit():
        return float(text)
    parsed = datetime.fromisoformat(text)
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()


def _same_but_case(value: str, wanted: str) -> bool:
    return value.lower() == wanted.lower()


def _in_network(value: str, wanted: str) -> bool:
    return ipaddress.ip_address(value) in ipaddress.ip_network(wanted, strict=False)


def _same_bytes(value: str, wanted: str) -> bool:
    return base64.b64decode(value) == base64.b64decode(wanted)


TEXT_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": operator.eq,
    "StringEqualsIgnoreCase": _same_but_case,
    "StringLike": _matches,
    "ArnLike": _matches,
    "ArnEquals": _matches,
    "Bool": _same_but_case,
    "IpAddress": _in_network,
    "BinaryEquals": _same_bytes,
}
RELATIONS: dict[str, Callable[[float, float], bool]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}
