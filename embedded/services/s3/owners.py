"""The canonical user of an account: 64 hexadecimal digits, and no name beside them.

Facts: S3-100.
"""

from __future__ import annotations

import hashlib
from typing import Any

from embedded.core.environment import Environment, ObjectState


class Owners(ObjectState[str]):
    """The accounts that own objects (moto's), where they are not the bucket's owner."""


def canonical_id(account: str) -> str:
    """Return the canonical user id of an account."""
    return hashlib.sha256(f"canonical user of {account}".encode()).hexdigest()


def owner(account: str) -> dict[str, str]:
    """Return an account as `Owner`."""
    return {"ID": canonical_id(account)}


def account_of(aws: Environment, bucket: Any, stored: Any) -> str:
    """Return the account that owns an object (moto's)."""
    return aws.state(Owners).get(stored) or str(bucket.account_id)


def owner_of_object(aws: Environment, bucket: Any, stored: Any) -> dict[str, str]:
    """Return the `Owner` of an object."""
    return owner(account_of(aws, bucket, stored))
