"""DescribeVolumeStatus and the attributes of volumes.

Facts: EC2-22, MOTO-34.
"""

from __future__ import annotations

from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.environment import ObjectSet
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.protocols import serialize
from embedded.core.request import ApiRequest
from embedded.services.ec2.resources import check_dry_run, ec2_backend, find_volume

BEHAVIOUR = Behaviour("ebs volume status")


class AutoEnabledVolumes(ObjectSet):
    """The volumes (moto's objects) whose attribute `autoEnableIO` is on."""


@BEHAVIOUR.implements("ec2", "DescribeVolumeStatus")
def _describe_volume_status(request: ApiRequest) -> HttpResponse:
    wanted = request.params.get("VolumeIds")
    volumes = [find_volume(request, each) for each in wanted] if wanted else list(ec2_backend(request).volumes.values())
    return serialize(request, {"VolumeStatuses": [_status(volume) for volume in volumes]})


def _status(volume: Any) -> dict[str, Any]:
    ready = volume.status != "creating"
    details = [
        {"Name": "io-enabled", "Status": "passed" if ready else "-"},
        {"Name": "io-performance", "Status": "not-applicable"},
    ]
    return {
        "VolumeId": volume.id,
        "AvailabilityZone": volume.availability_zone,
        "VolumeStatus": {"Status": "ok" if ready else "insufficient-data", "Details": details},
        "Actions": [],
        "Events": [],
    }


@BEHAVIOUR.implements("ec2", "DescribeVolumeAttribute")
def _describe_volume_attribute(request: ApiRequest) -> HttpResponse:
    volume, attribute = find_volume(request, str(request.params.get("VolumeId"))), request.params.get("Attribute")
    result: dict[str, Any] = {"VolumeId": volume.id}
    if attribute == "autoEnableIO":
        result["AutoEnableIO"] = {"Value": volume in request.aws.state(AutoEnabledVolumes)}
    elif attribute == "productCodes":
        result["ProductCodes"] = []
    else:
        message = f"Value ({attribute}) for parameter attribute is invalid. Unknown attribute."
        raise AwsError("InvalidParameterValue", message)
    return serialize(request, result)


@BEHAVIOUR.implements("ec2", "ModifyVolumeAttribute")
def _modify_volume_attribute(request: ApiRequest) -> HttpResponse:
    volume = find_volume(request, str(request.params.get("VolumeId")))
    check_dry_run(request)
    enabled = request.aws.state(AutoEnabledVolumes)
    if (request.params.get("AutoEnableIO") or {}).get("Value"):
        enabled.add(volume)
    else:
        enabled.discard(volume)
    return serialize(request, {})
