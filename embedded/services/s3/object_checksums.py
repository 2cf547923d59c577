"""The checksum that S3 keeps of an object: the one that was sent, or CRC64NVME.

Facts: S3-109, S3-110.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from embedded.services.s3.checksums import ALGORITHMS

PREFIX = "x-amz-checksum-"
DEFAULT = "CRC64NVME"
FULL, COMPOSITE = "FULL_OBJECT", "COMPOSITE"


def compute(algorithm: str, body: bytes) -> str:
    """Return a checksum in base64."""
    return base64.b64encode(ALGORITHMS[algorithm.lower()](body)).decode()


def sent_checksum(headers: Mapping[str, str]) -> tuple[str, str]:
    """Return the algorithm of a request's checksum, and its value; both are empty where none is sent."""
    for name in ALGORITHMS:
        if f"{PREFIX}{name}" in headers:
            return name.upper(), headers[f"{PREFIX}{name}"]
    return headers.get("x-amz-sdk-checksum-algorithm", "").upper(), ""


def keep_checksum(stored: Any, headers: Mapping[str, str]) -> None:
    """Keep the checksum of an uploaded object (moto's)."""
    algorithm, value = sent_checksum(headers)
    stored.checksum_algorithm, stored.checksum_value, stored.checksum_type = algorithm or DEFAULT, value or None, FULL


def checksum_of(stored: Any) -> tuple[str, str, str]:
    """Return algorithm, value and type of an object's checksum. One that was not sent is computed when it is needed."""
    if not stored.checksum_algorithm:
        stored.checksum_algorithm, stored.checksum_value = DEFAULT, None
    if not stored.checksum_value:
        stored.checksum_value, stored.checksum_type = compute(stored.checksum_algorithm, stored.value), FULL
    return stored.checksum_algorithm, stored.checksum_value, stored.checksum_type or FULL


def checksum_members(stored: Any) -> dict[str, Any]:
    """Return the members of a list that tell of an object's checksum. Its value is not among them."""
    return {"ChecksumAlgorithm": [stored.checksum_algorithm or DEFAULT], "ChecksumType": stored.checksum_type or FULL}


def checksum_result(stored: Any) -> dict[str, str]:
    """Return an object's checksum as members of a result."""
    algorithm, value, kind = checksum_of(stored)
    return {f"Checksum{algorithm}": value, "ChecksumType": kind}
