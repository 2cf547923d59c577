"""The policy of a form: what a browser may upload, and until when.

Facts: S3-166 to S3-168; https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
"""

from __future__ import annotations

import base64
import binascii
import datetime
import json
import re
from collections.abc import Mapping
from typing import Any

from embedded.core.errors import AwsError

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")
NOT_IN_POLICY = (
    "awsaccesskeyid",
    "signature",
    "x-amz-signature",
    "policy",
    "x-amz-security-token",
    "x-amz-credential",
    "x-amz-algorithm",
    "x-amz-date",
)
"""Fields that need no condition; others do, unless they begin with `x-ignore-`."""


def check_policy(fields: Mapping[str, str], bucket: str, size: int, now: float) -> None:
    """Raise S3's error unless the form is what its policy allows. `size` is the file's, in bytes."""
    policy = _document(fields["policy"])
    expires = _time(policy.get("expiration"))
    if expires is None or not isinstance(policy.get("conditions"), list):
        raise _invalid(
            "Policy missing expiration or conditions." if "expiration" not in policy else "Malformed policy."
        )
    if expires <= now:
        raise _denied("Policy expired.")
    present = {**fields, "bucket": bucket}
    covered = {_check(condition, present, size) for condition in policy["conditions"]}
    extra = [name for name in fields if name not in NOT_IN_POLICY and not name.startswith("x-ignore-")]
    unnamed = next((name for name in extra if name not in covered), None)
    if unnamed is not None:
        raise _denied(f"Extra input fields: {unnamed}")


def _document(text: str) -> dict[str, Any]:
    try:
        document = json.loads(base64.b64decode(text))
    except (binascii.Error, ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise _invalid("Invalid JSON.")
    return document


def _time(text: Any) -> float | None:
    if not TIME.fullmatch(str(text)):
        return None
    try:
        return datetime.datetime.fromisoformat(str(text)).timestamp()
    except ValueError:
        return None


def _check(condition: Any, present: Mapping[str, str], size: int) -> str:
    """Return the field that a condition is about. Raises S3's error if it is not met."""
    if isinstance(condition, dict):
        if len(condition) != 1:
            raise _invalid("Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.")
        ((name, value),) = condition.items()
        if present.get(name.lower()) != value:
            raise _failed(["eq", f"${name}", value])
        return str(name).lower()
    if not isinstance(condition, list) or len(condition) != 3:
        raise _invalid("Invalid Condition: a condition is a list of three values or an object.")
    kind, name, value = condition
    if str(kind).lower() == "content-length-range":
        return _check_size(condition, size)
    field = str(name).removeprefix("$").lower()
    sent = present.get(field, "")
    matches = {"eq": sent == value, "starts-with": sent.startswith(str(value))}
    if not str(name).startswith("$") or not matches.get(str(kind).lower(), False):
        raise _failed(condition)
    return field


def _check_size(condition: list[Any], size: int) -> str:
    try:
        least, most = int(condition[1]), int(condition[2])
    except (TypeError, ValueError):
        raise _failed(condition) from None
    if size < least:
        message = "Your proposed upload is smaller than the minimum allowed size"
        raise AwsError("EntityTooSmall", message, ProposedSize=str(size), MinSizeAllowed=str(least))
    if size > most:
        message = "Your proposed upload exceeds the maximum allowed size"
        raise AwsError("EntityTooLarge", message, ProposedSize=str(size), MaxSizeAllowed=str(most))
    return "content-length-range"


def _failed(condition: list[Any]) -> AwsError:
    return _denied(f"Policy Condition failed: {json.dumps(condition)}")


def _denied(reason: str) -> AwsError:
    return AwsError("AccessDenied", f"Invalid according to Policy: {reason}", 403)


def _invalid(reason: str) -> AwsError:
    return AwsError("InvalidPolicyDocument", f"Invalid Policy: {reason}")
