"""Where reports go: whether they can be written there, before anything starts, and one run at a time."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from pathlib import Path

KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISLNK, "a symbolic link"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


class PlaceError(Exception):
    """A folder or file cannot be written: which and why, in one line."""


class Folder:
    """The folder of a run's reports. It is locked while it is open: another run there is refused.

    Raises `PlaceError` if it cannot be written to, or if another run has it.
    """

    def __init__(self, path: Path) -> None:
        require_writable(path)
        self._created = [each for each in (path, *path.parents) if not each.exists()]
        self._number: int | None = None
        try:
            path.mkdir(parents=True, exist_ok=True)
            self._number = _locked(path)
        except OSError as failed:
            raise PlaceError(f"cannot write to {path}: {_why(failed)}") from None
        finally:
            if self._number is None:
                self.close()

    def close(self) -> None:
        """Release the lock. Folders that were created and are empty are removed."""
        if self._number is not None:
            os.close(self._number)
        with contextlib.suppress(OSError):
            for each in self._created:
                each.rmdir()


def _locked(path: Path) -> int:
    """Return a descriptor of the folder; the kernel releases its lock however the process ends."""
    try:
        import fcntl
    except ImportError:  # Windows
        return os.open(os.devnull, os.O_RDONLY)
    number = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(number)
        raise PlaceError(f"another run is writing to {path} now") from None
    except OSError:
        pass  # the file system has no locks
    return number


def require_writable(folder: Path) -> None:
    """Raise `PlaceError` if files cannot be written to a folder, which need not exist. Nothing is created."""
    existing = next(each for each in (folder, *folder.parents) if _exists(each))
    try:
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as failed:
        raise PlaceError(f"cannot write to {folder}: {_why(failed)}") from None


def require_place(path: Path) -> None:
    """Raise `PlaceError` if a report cannot be written to a file, which need not exist. Nothing is created."""
    require_writable(path.parent)
    try:
        require_replaceable(path)
    except OSError as failed:
        raise PlaceError(f"cannot write to {path}: {_why(failed)}") from None


def _exists(path: Path) -> bool:
    try:
        path.stat()
    except FileNotFoundError:
        return path.is_symlink()
    except OSError:
        return True
    return True


def require_replaceable(path: Path, folder: Path | None = None) -> None:
    """Raise `OSError` if there is something at `path` that is no regular file, or if a folder between `folder` and
    `path` is a symbolic link: what is not ours must not be replaced.
    """
    between = [each for each in path.parents if folder in each.parents] if folder else []
    for each in (path, *between):
        try:
            mode = each.lstat().st_mode
        except FileNotFoundError:
            continue
        kind = next((name for is_kind, name in KINDS if is_kind(mode)), "")
        if kind == "a folder" and each in between:
            continue
        if kind:
            what = "it" if each == path else str(each)
            raise OSError(0, f"{what} is {kind}, and reports only replace regular files")


def _why(failed: OSError) -> str:
    return failed.strerror or type(failed).__name__
