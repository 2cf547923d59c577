"""What a student or a teacher must never read: the form in which Python writes objects, and half sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

FIELDS = ("title", "message", "seen", "wanted", "hint")
PYTHON = re.compile(
    r"<|anything but|\b(None|True|False)\b|\bwhere .+ = |\w+Error\b|\.\w+\(|\[\]|\{\}|[\[({]['\"]|[({\[]\d+, |"
    r"(?<!\w)b'|\\x|\bone of \(|\bin it\b|\s{2}"
)
"""A tuple, a list, an object or a call as Python writes it; a name of an exception; words of a comparison."""
AWS_ERROR = re.compile(r"\b(Client|Server)\.InternalError\b|\bKMSInternal\w*")
COUNT = re.compile(
    r"\b1 (events|points|volumes|accounts|checks|reads)\b|\b(0|[2-9]|\d\d+) (event|point|volume|check)\b"
)


def unreadable(check: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the texts of a check of `results.json`."""
    for field in FIELDS:
        text = str(check.get(field) or "")
        found = PYTHON.search(AWS_ERROR.sub("", text))
        if found:
            yield f"{check['id']}: {field} has '{found.group()}': {text}"
        if COUNT.search(text):
            yield f"{check['id']}: {field} miscounts: {text}"
        if text and not text.endswith((".", "?", "!", "…")):
            yield f"{check['id']}: {field} is no sentence: {text}"
    if check["verdict"] != "pass" and not check["message"]:
        yield f"{check['id']}: says nothing"
    if check["verdict"] == "fail" and not (check["seen"] and check["wanted"] and check.get("hint")):
        yield f"{check['id']}: lacks what was seen, wanted or what to do"
