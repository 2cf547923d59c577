"""ModifyVolume and its states: modifying, then optimizing, then completed.

Facts: EC2-61, EC2-121, MOTO-84. A volume that is being modified cannot be modified again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.environment import ObjectState, moto_datetime
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.request import ApiRequest, current_request
from embedded.services.ec2.resources import find_volume
from embedded.services.ec2.transitions import after_transition

BEHAVIOUR = Behaviour("ebs modifications")

MODIFYING, OPTIMIZING = ("modifying", 0), ("optimizing", 99)
COMPLETED = ("completed", 100)


class Modifications(ObjectState[tuple[str, int]]):
    """State and progress (in percent) of modifications (moto's objects) that are not completed."""


def _seen(modification: Any) -> tuple[str, int]:
    request = current_request()
    return request.aws.state(Modifications).get(modification, COMPLETED) if request else COMPLETED


@BEHAVIOUR.patch("moto.ec2.models.elastic_block_store:VolumeModification.modification_state", "self")
def _state(original: Callable[[Any], str], modification: Any) -> str:
    return _seen(modification)[0]


@BEHAVIOUR.patch("moto.ec2.models.elastic_block_store:VolumeModification.progress", "self")
def _progress(original: Callable[[Any], int], modification: Any) -> int:
    return _seen(modification)[1]


@BEHAVIOUR.validate("ec2", "ModifyVolume")
def _check_not_modifying(request: ApiRequest) -> HttpResponse | None:
    volume = find_volume(request, str(request.params.get("VolumeId")))
    if volume.modifications and _seen(volume.modifications[-1]) != COMPLETED:
        message = f"Volume {volume.id} is in {_seen(volume.modifications[-1])[0].upper()} state"
        raise AwsError("IncorrectModificationState", message)
    size = request.params.get("Size")
    if size is not None and size < volume.size:
        raise AwsError("InvalidParameterValue", "New size cannot be smaller than existing size")
    return None


@BEHAVIOUR.validate("ec2", "DescribeVolumesModifications")
def _check_was_modified(request: ApiRequest) -> HttpResponse | None:
    """Refuse the name of a volume that was never modified (EC2-121)."""
    for each in request.params.get("VolumeIds") or []:
        volume = find_volume(request, str(each))
        if not volume.modifications:
            message = f"Modification for volume '{volume.id}' does not exist."
            raise AwsError("InvalidVolumeModification.NotFound", message)
    return None


@BEHAVIOUR.patch(
    "moto.ec2.models.elastic_block_store:EBSBackend.modify_volume",
    "self, volume_id, target_size, target_volume_type, target_iops, target_throughput, target_multi_attach_enabled",
)
def _begin(original: Callable[..., Any], backend: Any, *args: Any, **kwargs: Any) -> Any:
    volume, request = original(backend, *args, **kwargs), current_request()
    if request is not None:
        _take_time(request, volume.modifications[-1])
    return volume


def _take_time(request: ApiRequest, modification: Any) -> None:
    states = request.aws.state(Modifications)
    states[modification], modification.end_time = MODIFYING, None

    def optimize() -> None:
        states[modification] = OPTIMIZING
        after_transition(request, "modification", complete)

    def complete() -> None:
        states.pop(modification, None)
        modification.end_time = moto_datetime(request.aws.now())

    after_transition(request, "modification", optimize)
