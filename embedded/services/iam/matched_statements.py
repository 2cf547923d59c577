"""Where the statements of a policy document stand, as the policy simulator reports them.

Facts: IAM-67.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

KEY = re.compile(r'"Statement"\s*:\s*')
GAP = re.compile(r"[\s,]*")


class Position(NamedTuple):
    """A place in a document: line and column begin with 1."""

    line: int
    column: int


def positions(document: str) -> list[tuple[Position, Position]]:
    """Return start and end of each statement of a well-formed document, in their order."""
    key, decoder = KEY.search(document), json.JSONDecoder()
    if key is None:
        return []
    if document[key.end()] != "[":
        return [_span(document, key.end(), decoder.raw_decode(document, key.end())[1])]
    found, place = [], _skip(document, key.end() + 1)
    while document[place] != "]":
        end = decoder.raw_decode(document, place)[1]
        found.append(_span(document, place, end))
        place = _skip(document, end)
    return found


def _skip(document: str, place: int) -> int:
    gap = GAP.match(document, place)
    return gap.end() if gap else place


def _span(document: str, start: int, end: int) -> tuple[Position, Position]:
    """Return the places right behind the first and the last character of a statement, as IAM counts them."""
    return _position(document, start + 1), _position(document, end)


def _position(document: str, offset: int) -> Position:
    before = document[:offset]
    return Position(before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1)


def matched_statement(policy: str, span: tuple[Position, Position]) -> dict[str, Any]:
    """Return an entry of `MatchedStatements`."""
    start, end = span
    return {
        "SourcePolicyId": policy,
        "SourcePolicyType": "IAM Policy",
        "StartPosition": {"Line": start.line, "Column": start.column},
        "EndPosition": {"Line": end.line, "Column": end.column},
    }
