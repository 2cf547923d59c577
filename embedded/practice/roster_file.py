"""The roster of a practice class, which `pytest --roster` reads (docs/contract.md, The roster)."""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from embedded.core.credentials import Student

COLUMNS = ("student", "account", "access_key_id", "secret_access_key", "session_token", "region", "email")


def write_roster(path: Path, students: Iterable[Student], region: str) -> None:
    """Write the roster completely or not at all, readable by its owner only. Raises `OSError`."""
    # mkstemp creates the file with mode 0600, which it keeps when it is renamed.
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            rows = csv.DictWriter(file, COLUMNS)
            rows.writeheader()
            for student in students:
                email = f"{student.student}@example.edu"
                rows.writerow({**student.as_json(), "region": region, "email": email})
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
