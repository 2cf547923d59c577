"""Automatic key rotation: its period and GetKeyRotationStatus.

Facts: KMS-29, KMS-36, MOTO-07.
"""

from __future__ import annotations

import dataclasses

from embedded.core.behaviours import Behaviour
from embedded.core.environment import ObjectState, moto_datetime
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.protocols import serialize
from embedded.core.request import ApiRequest
from embedded.services.kms.keys import KmsContext

BEHAVIOUR = Behaviour("kms rotation")

DAY_SECONDS = 24 * 3600
DEFAULT_DAYS, SHORTEST_DAYS, LONGEST_DAYS = 365, 90, 2560


@dataclasses.dataclass(frozen=True)
class Rotation:
    """The period of a key's rotation in days, and when it was enabled, in seconds since the epoch."""

    days: int
    since: float


class Rotations(ObjectState[Rotation]):
    """The rotations of keys (moto's objects)."""


def _days(request: ApiRequest) -> int:
    return int(request.params.get("RotationPeriodInDays", DEFAULT_DAYS))


@BEHAVIOUR.validate("kms", "EnableKeyRotation")
def _check_period(request: ApiRequest) -> HttpResponse | None:
    if not SHORTEST_DAYS <= _days(request) <= LONGEST_DAYS:
        raise AwsError("ValidationException", "RotationPeriodInDays must be between 90 and 2560, inclusive.")
    return None


@BEHAVIOUR.modify_response("kms", "EnableKeyRotation")
def _keep_period(request: ApiRequest, response: HttpResponse) -> HttpResponse:
    rotation = Rotation(_days(request), request.aws.now())
    request.aws.state(Rotations)[request.context(KmsContext).key] = rotation
    return response


@BEHAVIOUR.implements("kms", "GetKeyRotationStatus")
def _get_key_rotation_status(request: ApiRequest) -> HttpResponse:
    key = request.context(KmsContext).key
    result = {"KeyId": key.arn, "KeyRotationEnabled": bool(key.key_rotation_status)}
    if key.key_rotation_status:
        rotation = request.aws.state(Rotations).get(key, Rotation(DEFAULT_DAYS, request.aws.now()))
        result["RotationPeriodInDays"] = rotation.days
        result["NextRotationDate"] = moto_datetime(rotation.since + rotation.days * DAY_SECONDS)
    return serialize(request, result)
