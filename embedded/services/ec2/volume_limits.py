"""The types of volumes, which sizes, IOPS and throughput each takes, and what else a launch must be given.

Facts: EC2-113, EC2-114, EC2-124, MOTO-86.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.request import ApiRequest
from embedded.services.ec2.resources import check_image_id, ec2_backend, find_snapshot, find_volume
from embedded.services.iam.principals import iam_backend

BEHAVIOUR = Behaviour("ebs volume limits")

DEFAULT = "gp2"


@dataclasses.dataclass(frozen=True)
class VolumeType:
    """The least and the greatest size in GiB, and whether IOPS and throughput can be chosen."""

    least: int
    greatest: int
    has_iops: bool = False
    has_throughput: bool = False


TYPES = {
    "gp2": VolumeType(1, 16384),
    "gp3": VolumeType(1, 65536, has_iops=True, has_throughput=True),
    "io1": VolumeType(4, 16384, has_iops=True),
    "io2": VolumeType(4, 65536, has_iops=True),
    "sc1": VolumeType(125, 16384),
    "st1": VolumeType(125, 16384),
    "standard": VolumeType(1, 1024),
}


def _check(name: str, size: int | None, iops: Any, throughput: Any) -> None:
    limits = TYPES.get(name)
    if limits is None:
        raise AwsError("UnknownVolumeType", f"Unsupported volume type '{name}' for volume creation.")
    if size is not None and not limits.least <= size <= limits.greatest:
        is_small = size < limits.least
        most, limit = ("least", limits.least) if is_small else ("most", limits.greatest)
        message = (
            f"The volume size is invalid for {name} volumes: {size} GiB. {name} volumes must be at {most} {limit} GiB "
            f"in size. Please specify a volume size {'above the minimum' if is_small else 'below the maximum'} limit."
        )
        raise AwsError("InvalidParameterValue", message)
    if iops and not limits.has_iops:
        raise AwsError("InvalidParameterCombination", f"The parameter iops is not supported for {name} volumes.")
    if throughput and not limits.has_throughput:
        raise AwsError("InvalidParameterCombination", "throughput can only be specified for volumeType gp3.")


@BEHAVIOUR.validate("ec2", "CreateVolume")
def _check_new_volume(request: ApiRequest) -> HttpResponse | None:
    params = request.params
    size, source = params.get("Size"), None
    if not params.get("AvailabilityZone") and (size or params.get("SnapshotId")):
        raise AwsError("MissingParameter", "The request must contain the parameter zone")
    if params.get("SnapshotId"):
        source = find_snapshot(request, str(params["SnapshotId"]))
    _check(str(params.get("VolumeType") or DEFAULT), size, params.get("Iops"), params.get("Throughput"))
    if source is not None and size is not None and size < source.volume.size:
        message = (
            f"The volume size ({size}) is smaller than the size of the snapshot '{source.id}' ({source.volume.size})."
        )
        raise AwsError("InvalidParameterValue", message)
    return None


@BEHAVIOUR.validate("ec2", "ModifyVolume")
def _check_modification(request: ApiRequest) -> HttpResponse | None:
    params, volume = request.params, find_volume(request, str(request.params["VolumeId"]))
    size = params.get("Size")
    _check(str(params.get("VolumeType") or volume.volume_type), size, params.get("Iops"), params.get("Throughput"))
    return None


@BEHAVIOUR.validate("ec2", "RunInstances")
def _check_launch(request: ApiRequest) -> HttpResponse | None:
    """Refuse a launch of so many, or with an image, a key pair or a profile that is not there."""
    params, backend = request.params, ec2_backend(request)
    if params["MinCount"] < 1:
        message = f"Value ({params['MinCount']}) for parameter minCount is invalid. Expected a number greater than 0."
        raise AwsError("InvalidParameterValue", message)
    if params["MinCount"] > params["MaxCount"]:
        message = "The parameter MinCount cannot be greater than the parameter MaxCount."
        raise AwsError("InvalidParameterCombination", message)
    if params.get("ImageId"):
        check_image_id(str(params["ImageId"]))
    elif not params.get("LaunchTemplate"):
        raise AwsError("MissingParameter", "The request must contain the parameter ImageId")
    key_name = params.get("KeyName")
    if key_name and key_name not in backend.key_pairs:
        raise AwsError("InvalidKeyPair.NotFound", f"The key pair '{key_name}' does not exist")
    profile = str((params.get("IamInstanceProfile") or {}).get("Name") or "")
    if profile and all(each.name != profile for each in iam_backend(request.account).instance_profiles.values()):
        message = (
            f"Value ({profile}) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name"
        )
        raise AwsError("InvalidParameterValue", message)
    _check_mappings(request)
    return None


def _check_mappings(request: ApiRequest) -> None:
    """Refuse volumes that the types of a launch's mappings, or its image's, or their snapshots do not allow."""
    params, backend = request.params, ec2_backend(request)
    image = backend.amis.get(params.get("ImageId"))
    devices = {each["DeviceName"]: each["Ebs"] for each in image.block_device_mappings} if image is not None else {}
    for each in params.get("BlockDeviceMappings") or []:
        given = each.get("Ebs") or {}
        described = devices.get(each.get("DeviceName")) or {}
        kind = str(given.get("VolumeType") or described.get("VolumeType") or DEFAULT)
        _check(kind, given.get("VolumeSize"), given.get("Iops"), given.get("Throughput"))
        snapshot = backend.snapshots.get(given.get("SnapshotId") or described.get("SnapshotId"))
        size = given.get("VolumeSize")
        if snapshot is not None and size is not None and size < snapshot.volume.size:
            message = (
                f"Volume of size {size}GB is smaller than snapshot '{snapshot.id}', "
                f"expect size >= {snapshot.volume.size}GB"
            )
            raise AwsError("InvalidBlockDeviceMapping", message)


@BEHAVIOUR.validate("ec2", "DescribeImages", "DeregisterImage")
def _check_image_ids(request: ApiRequest) -> HttpResponse | None:
    for each in [*(request.params.get("ImageIds") or []), request.params.get("ImageId")]:
        if each is not None:
            check_image_id(str(each))
    return None
