"""A second reading of IAM's rules, as plain as they are written: slow, recursive, and sharing no code with the engine.

Sources: IAM's guide, its pages on the elements of a policy, on condition operators, and on variables.
"""

from __future__ import annotations

import functools
from typing import Any


def naive_decision(documents: list[dict[str, Any]], action: str, resource: str, context: dict[str, Any]) -> str:
    """Return `Deny`, `Allow`, or an empty text."""
    found = [
        statement["Effect"]
        for document in documents
        for statement in document["Statement"]
        if _applies(statement, document.get("Version") == "2012-10-17", action, resource, context)
    ]
    if "Deny" in found:
        return "Deny"
    return "Allow" if "Allow" in found else ""


def _applies(statement: Any, variables: bool, action: str, resource: str, context: Any) -> bool:
    def action_listed(listed: Any) -> bool:
        return any(_like(action.lower(), _plain(each.lower())) for each in _list(listed))

    def resource_listed(listed: Any) -> bool:
        return any(_resource_is(resource, each, variables, context) for each in _list(listed))

    without_value = any(_filled(each, variables, context) is None for each in _list(statement.get("NotResource", [])))
    return (
        ("Action" not in statement or action_listed(statement["Action"]))
        and ("NotAction" not in statement or not action_listed(statement["NotAction"]))
        and ("Resource" not in statement or resource_listed(statement["Resource"]))
        and ("NotResource" not in statement or not (without_value or resource_listed(statement["NotResource"])))
        and all(
            _condition(operator, key, _list(wanted), variables, context)
            for operator, keys in statement.get("Condition", {}).items()
            for key, wanted in keys.items()
        )
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _plain(text: str) -> list[str]:
    """A pattern as a list of characters; a wildcard is a pair, so that it differs from the character."""
    return ["any" if each == "*" else "one" if each == "?" else each for each in text]


def _filled(text: str, variables: bool, context: Any) -> list[str] | None:
    """A pattern with the values of its variables, which have no wildcards."""
    if not variables or "${" not in text:
        return _plain(text)
    before, _, rest = text.partition("${")
    inside, _, after = rest.partition("}")
    name, comma, default = inside.partition(",")
    value: Any
    if inside in ("*", "?", "$"):
        value = inside
    else:
        value = _value(name.strip(), context)
        if not isinstance(value, str):
            value = default.strip().strip("'") if comma else None
    following = _filled(after, variables, context)
    if value is None or following is None:
        return None
    return [*_plain(before), *value, *following]


def _value(key: str, context: Any) -> Any:
    for name, value in context.items():
        if name.lower() == key.lower():
            return None if value == [] else value
    return None


def _like(text: str, pattern: list[str]) -> bool:
    return _fits(text, tuple(pattern))


@functools.cache
def _fits(text: str, pattern: tuple[str, ...]) -> bool:
    if not pattern:
        return text == ""
    if pattern[0] == "any":
        return any(_fits(text[skipped:], pattern[1:]) for skipped in range(len(text) + 1))
    if not text:
        return False
    return (pattern[0] == "one" or pattern[0] == text[0]) and _fits(text[1:], pattern[1:])


def _resource_is(resource: str, text: str, variables: bool, context: Any) -> bool:
    if text == "*":
        return True
    pattern = _filled(text, variables, context)
    if pattern is None:
        return False
    if text.startswith("arn:"):
        while pattern.count(":") < 5:
            pattern = [*pattern, ":", "any"]
    return _parts_are(resource, pattern, parts_left=5)


def _parts_are(text: str, pattern: list[str], parts_left: int) -> bool:
    """Compare part by part: a wildcard stays within its part, unless it is the part's last character."""
    if parts_left == 0 or ":" not in pattern:
        return _like(text, pattern)
    place = pattern.index(":")
    part, rest = pattern[:place], pattern[place + 1 :]
    for end in range(len(text)):
        if text[end] != ":":
            continue
        within, after = text[:end], text[end + 1 :]
        fits = _like(within, part) and (":" not in within or (part[-1:] == ["any"] and _begins(within, part)))
        if fits and _parts_are(after, rest, parts_left - 1):
            return True
    return False


def _begins(within: str, part: list[str]) -> bool:
    """Whether what stands before the last wildcard of a part fits text without a colon."""
    first = within.partition(":")[0]
    return any(_like(first[:length], part[:-1]) for length in range(len(first) + 1))


def _condition(operator: str, key: str, wanted: list[Any], variables: bool, context: Any) -> bool:
    value = _value(key, context)
    if operator == "Null":
        return any((value is None) == (each.lower() == "true") for each in wanted)
    every, any_of = operator.startswith("ForAllValues:"), operator.startswith("ForAnyValue:")
    name = operator.rpartition(":")[2]
    optional = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    negated = "Not" in name
    if value is None:
        return optional or every or (negated and not any_of)
    if negated and any(_filled(each, variables, context) is None for each in wanted):
        return False
    results = []
    for each in _list(value):
        equal = any(_compare(name.replace("Not", ""), each, one, variables, context) for one in wanted)
        results.append(not equal if negated else equal)
    return False not in results if every or (negated and not any_of) else True in results


def _compare(name: str, value: str, wanted: str, variables: bool, context: Any) -> bool:
    if name.startswith("String"):
        pattern = _filled(wanted, variables, context)
        if pattern is None:
            return False
        if name == "StringLike":
            return _like(value, pattern)
        text = "".join({"any": "*", "one": "?"}.get(each, each) for each in pattern)
        return value.lower() == text.lower() if name == "StringEqualsIgnoreCase" else value == text
    if name == "Bool":
        return value.lower() == wanted.lower()
    try:
        return float(value) == float(wanted) if name == "NumericEquals" else float(value) < float(wanted)
    except ValueError:
        return False
