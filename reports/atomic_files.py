"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


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


def moved(path: Path, to: Path) -> None:
    """Move a report to another place of the same folder."""
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        path.replace(to)
    except OSError as failed:
        raise NotWritten(to, failed) from failed


def append(path: Path, text: str) -> None:
    """Add to a file that others add to as well."""
    try:
        with path.open("a", encoding="utf-8", newline="") as file:
            file.write(text)
    except OSError as failed:
        raise NotWritten(path, failed) from failed
