"""Rotation: what GetKeyRotationStatus tells.

Facts: https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyRotationStatus.html (the key's ARN, a period of
365 days unless another was given, 90 to 2560, the next date). The states in which rotation may be changed:
`aws-behaviour.md` §1.1. moto tells the switch alone.
"""

from __future__ import annotations

from embedded.core.behaviours import Behaviour
from embedded.core.call import Answer, AwsError, Call
from embedded.core.protocols import serialized

BEHAVIOUR = Behaviour("kms rotation")

DAY = 24 * 3600
DEFAULT_DAYS = 365


@BEHAVIOUR.gate("kms", "EnableKeyRotation")
def _period(call: Call) -> Answer | None:
    days = call.params.get("RotationPeriodInDays", DEFAULT_DAYS)
    if not 90 <= days <= 2560:
        raise AwsError("ValidationException", "RotationPeriodInDays must be between 90 and 2560, inclusive.")
    key = call.notes["keys"][0]
    key.rotation_days, key.rotates_from = days, call.aws.now()
    return None


@BEHAVIOUR.instead("kms", "GetKeyRotationStatus")
def _status(call: Call) -> Answer:
    key = call.notes["keys"][0]
    told = {"KeyId": key.arn, "KeyRotationEnabled": bool(key.key_rotation_status)}
    if key.key_rotation_status:
        days = getattr(key, "rotation_days", DEFAULT_DAYS)
        told["RotationPeriodInDays"] = days
        told["NextRotationDate"] = call.aws.datetime(getattr(key, "rotates_from", call.aws.now()) + days * DAY)
    return serialized(call, told)
