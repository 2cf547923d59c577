"""Dry runs, and what the cryptographic operations have in common.

Facts: KMS-85, KMS-86. `DryRunOperationException` is answered where the request would have been served.
"""

from __future__ import annotations

from typing import Any

from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.protocols import serialize
from embedded.core.request import ApiRequest
from embedded.services.kms.key_specs import algorithms_of


def check_dry_run(request: ApiRequest) -> None:
    """Raise `DryRunOperationException` if the request is a dry run; everything else was checked before."""
    if request.params.get("DryRun"):
        message = "The request would have succeeded, but the DryRun option is set."
        raise AwsError("DryRunOperationException", message)


def served(request: ApiRequest, result: dict[str, Any]) -> HttpResponse:
    """Return the response of a cryptographic operation, unless it is a dry run."""
    check_dry_run(request)
    return serialize(request, result)


def check_algorithm(key: Any, algorithm: str) -> None:
    """Raise KMS's error for an algorithm that the key (moto's object) does not have."""
    if algorithm not in algorithms_of(key):
        message = f"Algorithm {algorithm} is incompatible with key spec {key.key_spec}."
        raise AwsError("InvalidKeyUsageException", message)
