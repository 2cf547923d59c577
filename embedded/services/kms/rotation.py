"""Key rotation: automatic, with its period, and on demand.

Facts: KMS-29, KMS-36, KMS-102 to KMS-105, KMS-107, KMS-168, MOTO-07.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.environment import ObjectState, moto_datetime
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.protocols import serialize
from embedded.core.request import ApiRequest
from embedded.services.kms.key_material import KeyMaterial, Materials, MaterialsOfKeys, Rotation, material_id
from embedded.services.kms.key_specs import KEY_SPECS
from embedded.services.kms.key_states import ENDING
from embedded.services.kms.keys import KmsContext, primary_of
from embedded.services.kms.pages import page

BEHAVIOUR = Behaviour("kms rotation")

DAY_SECONDS = 24 * 3600
DEFAULT_DAYS = 365
MOST_ON_DEMAND = 10


@dataclasses.dataclass(frozen=True)
class RotationPeriod:
    """The period of a key's automatic rotation in days, and when it was enabled, in seconds since the epoch."""

    days: int
    since: float


class RotationPeriods(ObjectState[RotationPeriod]):
    """The periods of keys (moto's objects)."""


@BEHAVIOUR.validate("kms", "EnableKeyRotation", "DisableKeyRotation", "GetKeyRotationStatus")
def _check_rotates(request: ApiRequest) -> HttpResponse | None:
    key = request.context(KmsContext).key
    if not KEY_SPECS[key.key_spec].is_symmetric and not _is_unusable(request, key):
        raise AwsError("UnsupportedOperationException", "")
    if key.origin == "EXTERNAL" and request.operation == "EnableKeyRotation" and not _is_unusable(request, key):
        message = f"{key.arn} origin is {key.origin} which is not valid for this operation."
        raise AwsError("UnsupportedOperationException", message)
    if primary_of(key) is not key and request.operation != "GetKeyRotationStatus":
        raise AwsError("UnsupportedOperationException", f"{key.arn} is a multi-Region replica key.")
    return None


def _is_unusable(request: ApiRequest, key: Any) -> bool:
    """Whether the key's state has an error of its own for the operation, which comes first."""
    return request.operation != "GetKeyRotationStatus" and key.key_state in ("Disabled", *ENDING)


@BEHAVIOUR.modify_response("kms", "EnableKeyRotation")
def _keep_period(request: ApiRequest, response: HttpResponse) -> HttpResponse:
    period = RotationPeriod(int(request.params.get("RotationPeriodInDays", DEFAULT_DAYS)), request.aws.now())
    request.aws.state(RotationPeriods)[request.context(KmsContext).key] = period
    return response


@BEHAVIOUR.implements("kms", "GetKeyRotationStatus")
def _get_key_rotation_status(request: ApiRequest) -> HttpResponse:
    asked = request.context(KmsContext).key
    key = primary_of(asked)  # a property that replicas share (KMS-168)
    rotates = bool(key.key_rotation_status) and asked.key_state not in ENDING
    result = {"KeyId": asked.arn, "KeyRotationEnabled": rotates}
    if rotates:
        period = request.aws.state(RotationPeriods).get(key, RotationPeriod(DEFAULT_DAYS, request.aws.now()))
        result["RotationPeriodInDays"] = period.days
        result["NextRotationDate"] = moto_datetime(period.since + period.days * DAY_SECONDS)
    return serialize(request, result)


@BEHAVIOUR.implements("kms", "RotateKeyOnDemand")
def _rotate_key_on_demand(request: ApiRequest) -> HttpResponse:
    key = request.context(KmsContext).key
    if not KEY_SPECS[key.key_spec].is_symmetric:
        raise AwsError("UnsupportedOperationException", "")
    materials = request.aws.state(MaterialsOfKeys).of(key)
    if sum(each.type == "ON_DEMAND" for each in materials.rotations) >= MOST_ON_DEMAND:
        message = (
            "The on-demand rotations limit has been reached for the given keyId. "
            f"No more on-demand rotations can be performed for this key: {key.arn}"
        )
        raise AwsError("LimitExceededException", message)
    material = _next_material(key, materials)
    materials.known.append(material)
    materials.rotations.append(Rotation("ON_DEMAND", request.aws.now(), material))
    return serialize(request, {"KeyId": key.arn})


def _next_material(key: Any, materials: Materials) -> KeyMaterial:
    if key.origin != "EXTERNAL":
        return KeyMaterial(material_id(key, str(len(materials.known) + 1).encode()))
    material, materials.pending = materials.pending, None
    if material is None:
        message = f"No available key material pending rotation for the key: {key.arn}."
        raise AwsError("KMSInvalidStateException", message)
    return material


@BEHAVIOUR.implements("kms", "ListKeyRotations")
def _list_key_rotations(request: ApiRequest) -> HttpResponse:
    key = request.context(KmsContext).key
    if not KEY_SPECS[key.key_spec].is_symmetric:
        raise AwsError("UnsupportedOperationException", "")
    materials = request.aws.state(MaterialsOfKeys).of(key)
    rotated = {each.material.id: each for each in materials.rotations}
    everything = request.params.get("IncludeKeyMaterial") == "ALL_KEY_MATERIAL"
    shown = materials.known if everything else [each.material for each in materials.rotations]
    pending = [materials.pending] if everything and materials.pending else []
    entries = [_entry(key, materials, each, rotated.get(each.id)) for each in (*shown, *pending)]
    return serialize(
        request, page(request, "Rotations", entries, lambda entry: str(entry["KeyMaterialId"]), size=100, most=1000)
    )


def _entry(key: Any, materials: Materials, material: KeyMaterial, rotation: Rotation | None) -> dict[str, Any]:
    states = {id(materials.current): "CURRENT", id(materials.pending): "PENDING_ROTATION"}
    entry: dict[str, Any] = {
        "KeyId": key.id,
        "KeyMaterialId": material.id,
        "KeyMaterialState": states.get(id(material), "NON_CURRENT"),
    }
    if key.origin == "EXTERNAL":
        entry["ImportState"] = "IMPORTED" if material.present else "PENDING_IMPORT"
        if material.description:
            entry["KeyMaterialDescription"] = material.description
        if material.present and material.expiration_model:
            entry["ExpirationModel"] = material.expiration_model
            if material.expires:
                entry["ValidTo"] = moto_datetime(material.expires)
    if rotation is not None:
        entry["RotationDate"], entry["RotationType"] = moto_datetime(rotation.time), rotation.type
    return entry
