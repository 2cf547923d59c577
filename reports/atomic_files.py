"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reports.places import require_replaceable

PRIVATE = 0o600
"""The mode of a file: its owner may read and write it, and nobody else."""


class WriteError(Exception):
    """A report could not be written: which, why, and what to do, in one line."""

    def __init__(self, path: Path, reason: OSError) -> None:
        why = reason.strerror or str(reason) or type(reason).__name__
        super().__init__(
            f"could not write {path}: {why}. The verdicts above are valid. Free space or allow writing there, or name "
            "another folder with --reports, and run again"
        )


@contextmanager
def whole(path: Path, folder: Path | None = None) -> Iterator[Path]:
    """Yield a temporary path beside a file's own, and rename it when the file is complete. Only its owner may read it:
    it holds marks and account numbers.

    Raises `WriteError` if that fails, and leaves what is there as it is: an earlier file, or what is no regular file.
    No folder below `folder` may be a symbolic link.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        try:
            require_replaceable(path, folder)
            path.parent.mkdir(parents=True, exist_ok=True)
            part.unlink(missing_ok=True)
            os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE))
            yield part
            part.chmod(PRIVATE)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as failed:
        raise WriteError(path, failed) from failed


def write(path: Path, text: str, folder: Path | None = None) -> None:
    """Write a report whole or not at all. No folder below `folder` may be a symbolic link."""
    with whole(path, folder) as part:
        part.write_text(text, encoding="utf-8", newline="")


def move(path: Path, to: Path, folder: Path) -> None:
    """Move a report to another place in the same folder."""
    try:
        require_replaceable(to, folder)
        to.parent.mkdir(parents=True, exist_ok=True)
        path.replace(to)
    except OSError as failed:
        raise WriteError(to, failed) from failed


def append(path: Path, text: str) -> None:
    """Append a text whole or not at all to a file to which others append as well. A named pipe that nobody reads is an
    error, not a wait.
    """
    try:
        number = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0), PRIVATE)
        before = os.fstat(number)
        try:
            with os.fdopen(number, "a", encoding="utf-8", newline="", closefd=False) as file:
                file.write(text)
        except OSError:
            if stat.S_ISREG(before.st_mode):
                os.ftruncate(number, before.st_size)  # a half of a line may be another mark
            raise
        finally:
            os.close(number)
    except OSError as failed:
        raise WriteError(path, failed) from failed
