"""Patterns, policy variables and conditions of policy documents.

Facts: IAM-03, IAM-40 to IAM-44, IAM-90, IAM-91. A pattern takes linear time in the text, however many wildcards it
has.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import functools
import ipaddress
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

Value = str | list[str]
VARIABLE = re.compile(r"\$\{([^}]*)\}")
DEFAULT = re.compile(r"\s*([^,]+?)\s*(?:,\s*'([^']*)'\s*)?")
OPERATOR = re.compile(r"(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?")
LITERAL_STAR, LITERAL_QUESTION = "\ue000", "\ue001"
LITERALS = str.maketrans({"*": LITERAL_STAR, "?": LITERAL_QUESTION})
PLAIN = str.maketrans({LITERAL_STAR: "*", LITERAL_QUESTION: "?"})
ARN_PARTS = 6
SYNTAX = "Syntax errors in policy."


def _fixed(text: str, single: str) -> str:
    """Return a regular expression for a text without `*`; `single` stands for `?`."""
    return "".join(single if each == "?" else re.escape(each.translate(PLAIN)) for each in text)


def _glob(pattern: str, single: str) -> str:
    """Return a regular expression for a pattern; what a `*` skips is never tried again, the last one apart."""
    first, *rest = (_fixed(part, single) for part in re.split(r"\*+", pattern))
    if not rest:
        return first
    *middle, last = rest
    return first + "".join(f"(?>{single}*?{part})" for part in middle) + f"{single}*{last}"


@functools.lru_cache(maxsize=4096)
def _text_pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(_glob(pattern, "."), re.DOTALL)


@functools.lru_cache(maxsize=4096)
def _arn_pattern(pattern: str, *, open_ended: bool) -> re.Pattern[str]:
    """Return the expression of an ARN: wildcards stay within its parts, except `open_ended` ones at a part's end."""
    parts = pattern.split(":", ARN_PARTS - 1)
    inner = [
        _glob(part, "[^:]") if not (open_ended and part.endswith("*")) else _glob(part[:-1], "[^:]") + ".*"
        for part in parts[:-1]
    ]
    return re.compile(":".join([*inner, _glob(parts[-1], ".")]), re.DOTALL)


def matches_text(text: str, pattern: str) -> bool:
    """Return whether a text is what a pattern with `*` and `?` describes."""
    return pattern == "*" or _text_pattern(pattern).fullmatch(text) is not None


def matches_arn(text: str, pattern: str) -> bool:
    """Return whether an ARN is what the pattern of a condition describes, part by part (IAM-44)."""
    if pattern == "*":
        return True
    if pattern.count(":") < ARN_PARTS - 1 or text.count(":") < ARN_PARTS - 1:
        return False
    return _arn_pattern(pattern, open_ended=False).fullmatch(text) is not None


def matches_resource(text: str, pattern: str) -> bool:
    """Return whether a resource is what an element `Resource` describes (IAM-40)."""
    if pattern in ("*", text):
        return True
    missing = ARN_PARTS - 1 - pattern.count(":")
    if pattern.startswith("arn:") and missing > 0:
        pattern += ":*" * missing
    return _arn_pattern(pattern, open_ended=True).fullmatch(text) is not None


@dataclasses.dataclass(frozen=True)
class RequestContext:
    """The condition keys of a request. Their names are compared without regard to case."""

    values: Mapping[str, Value]

    @functools.cached_property
    def _lower(self) -> dict[str, Value]:
        return {name.lower(): value for name, value in self.values.items()}

    def get(self, key: str) -> Value | None:
        """Return the value of a condition key. An absent key has none, and so has one with an empty list."""
        value = self._lower.get(key.lower())
        return value if value != [] else None

    def substituted(self, text: str) -> str | None:
        """Return a text of a policy with the values of its variables, or `None` if one has no value and no default.

        Wildcards in values, and `${*}`, `${?}` and `${$}`, stand for these characters themselves.
        """
        parts: list[str] = []
        place = 0
        for found in VARIABLE.finditer(text):
            value = self._variable(found[1])
            if value is None:
                return None
            parts += [text[place : found.start()], value.translate(LITERALS)]
            place = found.end()
        return "".join((*parts, text[place:]))

    def _variable(self, name: str) -> str | None:
        if name in ("*", "?", "$"):
            return name
        found = DEFAULT.fullmatch(name)
        if found is None:
            return None
        value = self.get(found[1])
        return value if isinstance(value, str) else found[2]


@dataclasses.dataclass(frozen=True)
class Condition:
    """One key of one operator of a statement. `variables` are substituted in documents of 2012-10-17 only."""

    qualifier: str
    operator: str
    if_exists: bool
    key: str
    wanted: tuple[str, ...]
    variables: bool

    @property
    def negated(self) -> bool:
        return "Not" in self.operator

    def holds(self, context: RequestContext) -> bool:
        """Return whether a request meets the condition."""
        value = context.get(self.key)
        if self.operator == "Null":
            return any((value is None) == (each.lower() == "true") for each in self.wanted)
        if value is None:
            if self.qualifier == "ForAnyValue":
                return self.if_exists
            return self.if_exists or self.negated or self.qualifier == "ForAllValues"
        met = [self._meets(each, context) for each in ([value] if isinstance(value, str) else value)]
        return all(met) if self.qualifier == "ForAllValues" or (self.negated and not self.qualifier) else any(met)

    def _meets(self, value: str, context: RequestContext) -> bool:
        wanted = self._substituted(context)
        if self.negated and None in wanted:
            return False
        compare = COMPARISONS[self.operator.replace("Not", "", 1)]
        return any(self._compares(compare, value, each) for each in wanted if each is not None) != self.negated

    def _substituted(self, context: RequestContext) -> list[str | None]:
        """Return the values with those of their variables; `None` for one that has none (IAM-91)."""
        if not self.variables or not self.operator.startswith(("String", "Arn")):
            return [*self.wanted]
        return [context.substituted(each) for each in self.wanted]

    @staticmethod
    def _compares(compare: Callable[[str, str], bool], value: str, wanted: str) -> bool:
        try:
            return compare(value, wanted)
        except (ArithmeticError, ValueError):
            return False


def read_conditions(block: Any, *, variables: bool) -> tuple[Condition, ...]:
    """Return the conditions of a statement. Raises `ValueError` for what is none."""
    if not isinstance(block, Mapping) or not all(isinstance(keys, Mapping) for keys in block.values()):
        raise ValueError(SYNTAX)
    found = []
    for qualified, keys in block.items():
        match = OPERATOR.fullmatch(qualified)
        if keys and (match is None or match[2] not in OPERATORS or (match[2] == "Null" and match[3])):
            raise ValueError(f"Invalid Condition type : {qualified}.")
        for key, wanted in keys.items():
            assert match
            found.append(Condition(match[1] or "", match[2], bool(match[3]), str(key), _scalars(wanted), variables))
    return tuple(found)


def _scalars(wanted: Any) -> tuple[str, ...]:
    values: Sequence[Any] = wanted if isinstance(wanted, list) else [wanted]
    if not all(isinstance(each, str | bool | int | float) for each in values):
        raise ValueError(SYNTAX)
    return tuple(str(each).lower() if isinstance(each, bool) else str(each) for each in values)


def _plain(text: str) -> str:
    return text.translate(PLAIN)


def _equal(value: str, wanted: str) -> bool:
    return value == _plain(wanted)


def _same_but_case(value: str, wanted: str) -> bool:
    return value.lower() == _plain(wanted).lower()


def _in_network(value: str, wanted: str) -> bool:
    return ipaddress.ip_address(value) in ipaddress.ip_network(wanted, strict=False)


def _same_bytes(value: str, wanted: str) -> bool:
    try:
        return base64.b64decode(value, validate=True) == base64.b64decode(wanted, validate=True)
    except binascii.Error:
        return False


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError(text) from None
    if not number.is_finite():
        raise ValueError(text)
    return number


def _moment(text: str) -> Decimal:
    """Return seconds since the epoch. A date without a time zone is in UTC."""
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        return Decimal(text)
    parsed = datetime.fromisoformat(text)
    return Decimal(str((parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()))


Read = Callable[[str], Decimal]
Relation = Callable[[Decimal, Decimal], bool]


def _related(read: Read, relation: Relation) -> Callable[[str, str], bool]:
    return lambda value, wanted: relation(read(value), read(wanted))


RELATIONS: dict[str, Relation] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}
COMPARISONS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": _equal,
    "StringEqualsIgnoreCase": _same_but_case,
    "StringLike": matches_text,
    "ArnEquals": matches_arn,
    "ArnLike": matches_arn,
    "Bool": _same_but_case,
    "IpAddress": _in_network,
    "BinaryEquals": _same_bytes,
    **{f"Numeric{name}": _related(_number, relation) for name, relation in RELATIONS.items()},
    **{f"Date{name}": _related(_moment, relation) for name, relation in RELATIONS.items()},
}
OPERATORS = frozenset(
    {
        *COMPARISONS,
        "Null",
        "StringNotEquals",
        "StringNotEqualsIgnoreCase",
        "StringNotLike",
        "ArnNotEquals",
        "ArnNotLike",
        "NotIpAddress",
        "NumericNotEquals",
        "DateNotEquals",
    }
)
