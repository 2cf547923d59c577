"""How a policy document decides: statements, principals, wildcards, conditions, variables.

Facts: IAM's evaluation logic
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html) and its grammar of
conditions (…/reference_policies_elements_condition_operators.html). One document gives one answer: an explicit deny,
an allow, or nothing; who combines several documents decides what they are together.
"""

from __future__ import annotations

import base64
import dataclasses
import fnmatch
import functools
import ipaddress
import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal

from embedded.core.call import Caller

Effect = Literal["Allow", "Deny", ""]
Context = Mapping[str, str | list[str]]
VARIABLE = re.compile(r"\$\{([^}]+)\}")


@dataclasses.dataclass(frozen=True)
class Request:
    """A question to a policy. `context` holds condition keys, compared without regard to case."""

    action: str
    resource: str
    caller: Caller
    context: Context = dataclasses.field(default_factory=dict)

    def value(self, key: str) -> str | list[str] | None:
        wanted = key.lower()
        return next((value for name, value in self.context.items() if name.lower() == wanted), None)


@functools.lru_cache(maxsize=4096)
def statements(document: str) -> tuple[dict[str, Any], ...]:
    """The statements of a policy; none of a text that is no policy."""
    try:
        policy = json.loads(document or "{}")
    except ValueError:
        return ()
    found = policy.get("Statement", []) if isinstance(policy, dict) else []
    return tuple(item for item in (found if isinstance(found, list) else [found]) if isinstance(item, dict))


def decide(documents: Iterable[str], request: Request) -> Effect:
    """What identity-based policies say together: deny before allow before nothing."""
    effects = {
        statement["Effect"]
        for document in documents
        for statement in statements(document)
        if "Effect" in statement and applies(statement, request)
    }
    return "Deny" if "Deny" in effects else "Allow" if "Allow" in effects else ""


def keys_asked(documents: Iterable[str], action: str) -> set[str]:
    """The condition keys of all statements that name the action."""
    return {
        key
        for document in documents
        for statement in statements(document)
        if any(_like(action.lower(), str(each).lower()) for each in _many(statement.get("Action", "*")))
        for keys in (statement.get("Condition") or {}).values()
        for key in keys
    }


def matching(document: str, request: Request) -> list[dict[str, Any]]:
    """Statements of a resource-based policy that apply, whoever their principal is."""
    return [statement for statement in statements(document) if applies(statement, request)]


def applies(statement: Mapping[str, Any], request: Request) -> bool:
    """Whether action, resource and conditions of a statement meet the request; principals are asked apart."""
    if "Action" in statement:
        if not any(_like(request.action.lower(), str(each).lower()) for each in _many(statement["Action"])):
            return False
    elif any(_like(request.action.lower(), str(each).lower()) for each in _many(statement.get("NotAction", "*"))):
        return False
    if "Resource" in statement:
        if not any(_like(request.resource, _filled(str(each), request)) for each in _many(statement["Resource"])):
            return False
    elif "NotResource" in statement and any(
        _like(request.resource, _filled(str(each), request)) for each in _many(statement["NotResource"])
    ):
        return False
    return _conditions_hold(statement.get("Condition") or {}, request)


def names(statement: Mapping[str, Any], caller: Caller) -> Literal["", "account", "everyone", "principal"]:
    """How a statement's principal names the caller: itself, its whole account, everyone, or not at all.

    The account's root stands for the account: in a key policy it hands the decision to IAM (`aws-behaviour.md` §7.1).
    """
    if "NotPrincipal" in statement:
        return "" if _named(statement["NotPrincipal"], caller) else "everyone"
    return _named(statement.get("Principal"), caller)


def _named(principal: Any, caller: Caller) -> Literal["", "account", "everyone", "principal"]:
    if principal == "*":
        return "everyone"
    if not isinstance(principal, dict):
        return ""
    if caller.kind == "AWSService":
        return "principal" if caller.name in _many(principal.get("Service", [])) else ""
    named = [str(each) for each in _many(principal.get("AWS", []))]
    if any(each in _own_names(caller) for each in named) and not caller.is_anonymous:
        return "principal"
    if "*" in named:
        return "everyone"
    roots = {caller.account, f"arn:aws:iam::{caller.account}:root"}
    return "account" if not caller.is_anonymous and any(each in roots for each in named) else ""


def _own_names(caller: Caller) -> set[str]:
    return {name for name in (caller.arn, caller.role_arn, caller.principal_id.partition(":")[0]) if name}


def caller_context(caller: Caller) -> dict[str, str | list[str]]:
    """Condition keys that every call has."""
    if caller.is_anonymous:
        return {"aws:PrincipalType": "Anonymous"}
    return {
        "aws:PrincipalAccount": caller.account,
        "aws:PrincipalArn": caller.role_arn or caller.arn,
        "aws:PrincipalType": caller.kind if caller.kind != "IAMUser" else "User",
        "aws:userid": caller.principal_id,
        "aws:username": caller.name if caller.kind == "IAMUser" else "",
    }


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@functools.lru_cache(maxsize=4096)
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(pattern.replace("[", "[[]")), re.DOTALL)


def _like(text: str, pattern: str) -> bool:
    return pattern == "*" or _pattern(pattern).match(text) is not None


def _filled(text: str, request: Request) -> str:
    def value(found: re.Match[str]) -> str:
        if found[1] in ("*", "?", "$"):
            return found[1]
        known = request.value(found[1].partition(",")[0].strip())
        return known if isinstance(known, str) and known else found[0]

    return VARIABLE.sub(value, text)


def _conditions_hold(conditions: Mapping[str, Any], request: Request) -> bool:
    return all(
        _condition_holds(operator, key, [_text(each) for each in _many(wanted)], request)
        for operator, keys in conditions.items()
        for key, wanted in keys.items()
    )


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _condition_holds(operator: str, key: str, wanted: list[str], request: Request) -> bool:
    qualifier, _, name = operator.rpartition(":")
    value = request.value(key)
    if name == "Null":
        return (value is None) == (wanted[0].lower() == "true")
    lenient = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    negated = "Not" in name
    if value is None:
        return lenient or negated or qualifier == "ForAllValues"
    wanted = [_filled(each, request) for each in wanted]
    values = [value] if isinstance(value, str) else value
    compare = functools.partial(_compares, name.replace("Not", "", 1))
    met = [any(compare(each, one) for one in wanted) != negated for each in values]
    return all(met) if qualifier == "ForAllValues" or (negated and not qualifier) else any(met)


def _compares(name: str, value: str, wanted: str) -> bool:
    try:
        match name:
            case "StringEquals" | "ArnEquals" if name == "StringEquals":
                return value == wanted
            case "StringEqualsIgnoreCase":
                return value.lower() == wanted.lower()
            case "StringLike" | "ArnLike" | "ArnEquals":
                return _like(value, wanted)
            case "Bool":
                return value.lower() == wanted.lower()
            case "IpAddress":
                return ipaddress.ip_address(value) in ipaddress.ip_network(wanted, strict=False)
            case "BinaryEquals":
                return base64.b64decode(value) == base64.b64decode(wanted)
        kind, relation = re.fullmatch(r"(Numeric|Date)(.+)", name).groups()  # type: ignore[union-attr]
        left, right = (float(value), float(wanted)) if kind == "Numeric" else (_moment(value), _moment(wanted))
        return {
            "Equals": left == right,
            "LessThan": left < right,
            "LessThanEquals": left <= right,
            "GreaterThan": left > right,
            "GreaterThanEquals": left >= right,
        }[relation]
    except (ValueError, AttributeError, KeyError):
        return False


def _moment(text: str) -> float:
    return float(text) if text.replace(".", "", 1).isdigit() else datetime.fromisoformat(text).timestamp()
