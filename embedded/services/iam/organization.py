"""Service control policies: what an organization denies everybody in an account.

Facts: GUARD-30, GUARD-31.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from embedded.services.iam.policy_engine import AccessRequest, Effect, decide

KIND = "service control"
_policies: WeakKeyDictionary[Any, list[str]] = WeakKeyDictionary()
"""By account (moto's IAM of it)."""


def attach(backend: Any, document: str) -> None:
    """Attach a policy to an account; it can only deny."""
    _policies.setdefault(backend, []).append(document)


def attached(backend: Any) -> list[str]:
    return _policies.get(backend, [])


def denies(backend: Any, access: AccessRequest) -> bool:
    """Return whether a policy of the organization denies an action in its account."""
    return decide(attached(backend), access) == Effect.DENY
