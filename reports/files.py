"""Files that are written whole or not at all, and names of files that nobody else chose."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")
LONGEST_NAME = 60
DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")
"""Names that mean a device on Windows."""


class NotWritten(Exception):
    """A report that could not be written: what, why, and what to do, in one line."""

    def __init__(self, path: Path, reason: OSError) -> None:
        why = reason.strerror or type(reason).__name__
        super().__init__(
            f"could not write {path}: {why}. The verdicts above stand; make room or rights there, or name another "
            "place with --reports, and run again"
        )


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A place beside a file's own to write it in; the name is given when it is complete.

    Raises `NotWritten` where that fails, and leaves the file that was there.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            yield part
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as failed:
        raise NotWritten(path, failed) from failed


def write(path: Path, text: str) -> None:
    """Write a report whole or not at all."""
    with whole(path) as part:
        part.write_text(text, encoding="utf-8", newline="")


def append(path: Path, text: str) -> None:
    """Add to a file that others add to as well."""
    try:
        with path.open("a", encoding="utf-8", newline="") as file:
            file.write(text)
    except OSError as failed:
        raise NotWritten(path, failed) from failed


def safe_name(name: str) -> str:
    """A file's name for a person's: no path, no surprise on any system, and never the same for two names."""
    kept = NOT_IN_A_NAME.sub("-", name).strip(".-")[:LONGEST_NAME]
    if kept == name == name.lower() and not DEVICE.fullmatch(kept):
        return kept
    return f"{kept or 'student'}-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
