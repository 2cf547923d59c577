"""The canonical user of an account: 64 hexadecimal digits, and no name beside them.

Facts: S3-100.
"""

from __future__ import annotations

import hashlib


def canonical_id(account: str) -> str:
    """Return the canonical user id of an account."""
    return hashlib.sha256(f"canonical user of {account}".encode()).hexdigest()


def owner(account: str) -> dict[str, str]:
    """Return an account as `Owner`."""
    return {"ID": canonical_id(account)}
