r"""Sanitize untrusted text (aliases, tags, names, messages, event records) before it reaches a terminal or a report.

Control characters, terminal escapes, characters that change the writing direction and lone surrogates become escapes
(`\x1b`, `\u202e`). A command of a build service gets a space. A text that is too long is cut, with a note. A run's
record goes through `sanitize_record` once, before any report is made; each format then escapes only its own syntax.
"""

from __future__ import annotations

import dataclasses
import enum
import hashlib
import re
from collections.abc import Mapping
from typing import Any, TypeVar

LONGEST = 700
LONGEST_NAME = 160
LONGEST_BODY = 4_000
OF_SEVERAL_LINES = ("body", "notes", "leftovers")
NAMES = ("student", "account", "region", "operation", "code", "request_id", "time", "name", "error", "through", "what")
"""Fields of the record that may have several lines, and those that are short."""
DOES_SOMETHING = (
    r"\x00-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff"
    r"\ud800-\udfff\U000e0000-\U000e007f"
)
IN_A_LINE = re.compile(f"[{DOES_SOMETHING}]")
IN_LINES = re.compile(f"(?![\\n\\t])[{DOES_SOMETHING}]")
COMMAND = re.compile(r"^\s*:(?=:)|##(?=\w*\[)", re.MULTILINE)
"""Commands of build services in a line of output: `::error`, `##[error]`, `##vso[...]`."""
NOT_IN_A_FILE_NAME = re.compile(r"[^A-Za-z0-9._-]+")
LONGEST_FILE_NAME = 60
DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")
"""Names of devices on Windows."""
T = TypeVar("T")


def sanitize(text: str, longest: int = LONGEST, *, lines: bool = False) -> str:
    """Return a harmless text of about so many bytes; in one line, unless `lines` are allowed."""
    if len(text) * 4 <= longest:
        return _escaped(text, lines=lines)
    kept = _escaped(text[:longest], lines=lines)
    encoded = kept.encode()
    if len(encoded) <= longest and len(text) <= longest:
        return kept
    return f"{encoded[:longest].decode(errors='ignore')}… (cut: {len(text):,} characters)"


def _escaped(text: str, *, lines: bool) -> str:
    if "::" in text or "##" in text:
        text = COMMAND.sub(r"\g<0> ", text)
    if text.isprintable():
        return text
    return (IN_LINES if lines else IN_A_LINE).sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    return found.group().encode("unicode_escape").decode("ascii")


def sanitize_record(record: T) -> T:
    """Return a run's record, or a part of it, with every text sanitized."""
    sanitized: T = _sanitized(record, "")
    return sanitized


def _sanitized(value: Any, field: str) -> Any:
    if isinstance(value, str) and not isinstance(value, enum.Enum):
        lines = field in OF_SEVERAL_LINES
        longest = LONGEST_BODY if lines else LONGEST_NAME if field in NAMES else LONGEST
        return sanitize(value, longest, lines=lines)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = vars(value)
        sanitized = {name: _sanitized(each, name) for name, each in fields.items()}
        # Most texts are harmless already, and a class has a million of them.
        changed = any(sanitized[name] is not each for name, each in fields.items())
        return dataclasses.replace(value, **sanitized) if changed else value
    if isinstance(value, tuple):
        parts = tuple(_sanitized(each, field) for each in value)
        return parts if any(part is not each for part, each in zip(parts, value, strict=True)) else value
    if isinstance(value, Mapping):
        named = {sanitize(str(name)): _sanitized(each, field) for name, each in value.items()}
        return named if any(each is not value.get(name) for name, each in named.items()) else value
    return value


def safe_name(name: str) -> str:
    """Return a file name for a person's name: valid on every system, and different for different names."""
    kept = NOT_IN_A_FILE_NAME.sub("-", name).strip(".-")[:LONGEST_FILE_NAME]
    if kept == name == name.lower() and not DEVICE.fullmatch(kept):
        return kept
    return f"{kept or 'student'}-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
