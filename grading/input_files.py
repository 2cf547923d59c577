"""Read files that others wrote: regular ones only, of a limited size, and none that a link puts in another place.

A FIFO would keep the run waiting, a device would never end, and a link in a folder of submissions may lead to a file
that is nobody's submission.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a FIFO"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)
FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
"""To open a FIFO without a writer then returns at once. Windows lacks the first two, and needs the last one."""


class InputFileError(Exception):
    """Why a file is not read; goes after "cannot be read: "."""


@contextmanager
def opened(path: Path, largest: int, *, within: Path | None = None) -> Iterator[BinaryIO]:
    """Open a regular file of at most so many bytes; with `within`, only if it is in this folder after all links.

    Raises `InputFileError`, also for errors while it is read.
    """
    try:
        if within is not None and not path.resolve().is_relative_to(within.resolve()):
            raise InputFileError(f"it is a link that leads out of {within}")
        number = os.open(path, FLAGS)
        try:
            _require_regular(os.fstat(number), largest)
        except InputFileError:
            os.close(number)
            raise
        with os.fdopen(number, "rb") as file:
            yield file
    except (
        OSError,
        ValueError,
        RuntimeError,
    ) as failed:  # a path with a NUL in it; on Python 3.11 and 3.12 a loop of links
        raise InputFileError(_reason(failed)) from None


def read_bytes(path: Path, largest: int, *, within: Path | None = None) -> bytes:
    """Return the content of such a file. Raises `InputFileError`."""
    with opened(path, largest, within=within) as file:
        content = file.read(largest + 1)
    if len(content) > largest:  # a file of /proc, which has no size
        raise _too_large(largest)
    return content


def decoded(content: bytes) -> str:
    """Return UTF-8 as text, without a byte order mark. Raises `InputFileError`."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputFileError("it is not UTF-8") from None


def _require_regular(found: os.stat_result, largest: int) -> None:
    if not stat.S_ISREG(found.st_mode):
        kind = next((kind for is_kind, kind in KINDS if is_kind(found.st_mode)), "no regular file")
        raise InputFileError(f"it is {kind}")
    if found.st_size > largest:
        raise _too_large(largest)


def _too_large(largest: int) -> InputFileError:
    return InputFileError(f"it is larger than {largest:,} bytes, which are the most")


def _reason(failed: Exception) -> str:
    if isinstance(failed, RuntimeError):
        return "it is a loop of links"
    return getattr(failed, "strerror", None) or str(failed)
