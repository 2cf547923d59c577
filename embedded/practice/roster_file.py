"""The accounts of a practice class as the roster that `pytest --roster` reads (`contract.md` §6)."""

from __future__ import annotations

import csv
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from embedded.aws import EmbeddedAWS

COLUMNS = ("student", "account", "access_key_id", "secret_access_key", "session_token", "region", "email")


def write_roster(aws: EmbeddedAWS, path: Path) -> None:
    """Write it whole or not at all, readable by its owner alone. Raises `OSError` where that cannot be done."""
    # The temporary file is made with mode 0600, which it keeps when it is renamed.
    handle, beside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            rows = csv.DictWriter(file, COLUMNS)
            rows.writeheader()
            for student in aws.students:
                email = f"{student.student}@example.edu"
                rows.writerow({**student.as_json(), "region": aws.settings.region, "email": email})
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
