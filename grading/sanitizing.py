r"""What others wrote, as text that does nothing: aliases, tags, names, messages and the history's contents are somebody
else's.

Control characters, terminal escapes, characters that turn the direction of writing and halves of characters are shown
as their escapes (`\x1b`, `\u202e`); what a build service takes for a command gets a space; a text that is too long is
cut and says so. A whole record goes through `plain_run` once, before anything is told of it; what remains to each
format is its own syntax.
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
LONGEST_ANSWER = 4_000
OF_SEVERAL_LINES = ("answer", "notes", "leftovers")
NAMES = ("student", "account", "region", "operation", "code", "request_id", "time", "name", "error", "through", "what")
"""Fields of the record that may have lines, and those that are short."""
DOES_SOMETHING = (
    r"\x00-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff"
    r"\ud800-\udfff\U000e0000-\U000e007f"
)
IN_A_LINE = re.compile(f"[{DOES_SOMETHING}]")
IN_LINES = re.compile(f"(?![\\n\\t])[{DOES_SOMETHING}]")
COMMAND = re.compile(r"^\s*:(?=:)|##(?=\w*\[)", re.MULTILINE)
"""What a build service takes for a command in a line of output: `::error`, `##[error]`, `##vso[...]`."""
NOT_IN_A_FILE_NAME = re.compile(r"[^A-Za-z0-9._-]+")
LONGEST_FILE_NAME = 60
DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")
"""Names that mean a device on Windows."""
T = TypeVar("T")


def plain(text: str, longest: int = LONGEST, *, lines: bool = False) -> str:
    """A text without effect, of about so many bytes; in one line, except where `lines` are wanted."""
    if len(text) * 4 <= longest:
        return _without_effect(text, lines=lines)
    kept = _without_effect(text[:longest], lines=lines)
    told = kept.encode()
    if len(told) <= longest and len(text) <= longest:
        return kept
    return f"{told[:longest].decode(errors='ignore')}… (cut: {len(text):,} characters)"


def _without_effect(told: str, *, lines: bool) -> str:
    if "::" in told or "##" in told:
        told = COMMAND.sub(r"\g<0> ", told)
    if told.isprintable():
        return told
    return (IN_LINES if lines else IN_A_LINE).sub(_escape, told)


def _escape(found: re.Match[str]) -> str:
    return found.group().encode("unicode_escape").decode("ascii")


def plain_run(run: T) -> T:
    """A record, or a part of one, with every text in it made plain."""
    told: T = _plain(run, "")
    return told


def _plain(value: Any, field: str) -> Any:
    if isinstance(value, str) and not isinstance(value, enum.Enum):
        lines = field in OF_SEVERAL_LINES
        longest = LONGEST_ANSWER if lines else LONGEST_NAME if field in NAMES else LONGEST
        return plain(value, longest, lines=lines)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = vars(value)
        told = {name: _plain(each, name) for name, each in fields.items()}
        # Nearly everything is plain already, and a class has a million texts.
        changed = any(told[name] is not each for name, each in fields.items())
        return dataclasses.replace(value, **told) if changed else value
    if isinstance(value, tuple):
        parts = tuple(_plain(each, field) for each in value)
        return parts if any(part is not each for part, each in zip(parts, value, strict=True)) else value
    if isinstance(value, Mapping):
        named = {plain(str(name)): _plain(each, field) for name, each in value.items()}
        return named if any(each is not value.get(name) for name, each in named.items()) else value
    return value


def safe_name(name: str) -> str:
    """A file's name for a person's: no path, no surprise on any system, and never the same for two names."""
    kept = NOT_IN_A_FILE_NAME.sub("-", name).strip(".-")[:LONGEST_FILE_NAME]
    if kept == name == name.lower() and not DEVICE.fullmatch(kept):
        return kept
    return f"{kept or 'student'}-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
