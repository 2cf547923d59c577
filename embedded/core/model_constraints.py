"""The constraints of a service's model: required members, lengths, ranges, patterns and enumerations.

Facts: KMS-09, KMS-84, IAM-100. KMS, IAM and STS check all members before anything else, and list every violation in one
message.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

ENUM_ORDERS = {
    "KeySpec": (
        "RSA_2048, ECC_NIST_P384, ECC_NIST_P256, ECC_NIST_P521, HMAC_384, RSA_3072, ECC_SECG_P256K1, RSA_4096, "
        "SYMMETRIC_DEFAULT, HMAC_256, HMAC_224, HMAC_512"
    ),
    "KeyUsageType": "ENCRYPT_DECRYPT, SIGN_VERIFY, GENERATE_VERIFY_MAC",
    "MacAlgorithmSpec": "HMAC_SHA_384, HMAC_SHA_256, HMAC_SHA_224, HMAC_SHA_512",
}
"""The values as AWS was recorded to list them in its messages, by shape (KMS-84); others are listed as in the model."""


class Violation(NamedTuple):
    """A member that breaks a constraint: where it is, how the message shows it, and what follows "Member must"."""

    place: str
    shown: str
    constraint: str

    def __str__(self) -> str:
        value = f"Value {self.shown}".strip()
        return f"{value} at '{self.place}' failed to satisfy constraint: Member must {self.constraint}"


def violations(shape: Any, value: Any, place: str = "") -> Iterator[Violation]:
    """Yield the violations in the value of a shape of botocore's model, in the order of the model."""
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            inside = f"{place}.{_lower(name)}".removeprefix(".")
            if name in shape.required_members and value.get(name) is None:
                yield Violation(inside, "null", "not be null")
            elif value.get(name) is not None:
                yield from violations(member, value[name], inside)
        return
    yield from (Violation(place, _shown(shape, value), each) for each in _broken(shape, value))
    if shape.type_name == "list" and shape.member.type_name == "structure":
        for number, each in enumerate(value, 1):
            yield from violations(shape.member, each, f"{place}.{number}.member")


def missing(shape: Any, value: Any) -> Iterator[str]:
    """Yield the required members that the value of a shape lacks, by their names in a query."""
    match shape.type_name:
        case "structure":
            for name, member in shape.members.items():
                given = value.get(name)
                if given is not None:
                    yield from missing(member, given)
                elif name in shape.required_members:
                    sent = str(member.serialization.get("name", name))
                    yield sent[:1].upper() + sent[1:]
        case "list":
            for each in value:
                yield from missing(shape.member, each)


def message(found: list[Violation]) -> str:
    """Return AWS's message for some violations."""
    count = f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected"
    return f"{count}: {'; '.join(map(str, found))}"


def _broken(shape: Any, value: Any) -> Iterator[str]:
    limits: Mapping[str, Any] = shape.metadata
    match shape.type_name:
        case "string":
            if limits.get("enum") and value not in limits["enum"]:
                yield f"satisfy enum value set: [{ENUM_ORDERS.get(shape.name, ', '.join(limits['enum']))}]"
            yield from _length(limits, len(value))
            if "pattern" in limits and not _pattern(limits["pattern"]).fullmatch(value):
                yield f"satisfy regular expression pattern: {limits['pattern']}"
        case "blob":
            yield from _length(limits, len(value))
        case "list":
            yield from _length(limits, len(value))
            if shape.member.type_name == "string":
                broken = dict.fromkeys(each for item in value for each in _broken(shape.member, item))
                if broken:
                    yield f"satisfy constraint: [{', '.join(f'Member must {each}' for each in broken)}]"
        case "integer" | "long":
            yield from _bounds(limits, value, "have value")


@functools.cache
def _pattern(text: str) -> re.Pattern[str]:
    """Return a pattern of a model, which has Java's form: classes of letters and digits, and of spaces."""
    return re.compile(text.replace(r"\p{L}", r"\w").replace(r"\p{N}", r"\d").replace(r"\p{Z}", r"\s"))


def _length(limits: Mapping[str, Any], length: int) -> Iterator[str]:
    yield from _bounds(limits, length, "have length")


def _bounds(limits: Mapping[str, Any], value: int, have: str) -> Iterator[str]:
    if value < limits.get("min", value):
        yield f"{have} greater than or equal to {limits['min']}"
    if value > limits.get("max", value):
        yield f"{have} less than or equal to {limits['max']}"


def _shown(shape: Any, value: Any) -> str:
    if shape.type_name == "blob" or shape.metadata.get("sensitive"):
        return ""
    return f"'[{', '.join(map(str, value))}]'" if isinstance(value, list) else f"'{value}'"


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]
