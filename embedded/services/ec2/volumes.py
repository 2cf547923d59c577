"""Volumes: creating, attaching and detaching them, each in its time and with EC2's errors.

Facts: EC2-03, EC2-04, EC2-12 to EC2-16, EC2-48 to EC2-50, EC2-118, MOTO-31, MOTO-32.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.environment import ObjectSet
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.protocols import serialize
from embedded.core.request import ApiRequest, current_request
from embedded.services.ec2.resources import (
    check_dry_run,
    created_ids,
    ec2_backend,
    find_instance,
    find_snapshot,
    find_volume,
)
from embedded.services.ec2.transitions import after_transition
from embedded.services.ec2.volume_encryption import encryption_failure, open_volume, retire_grants

BEHAVIOUR = Behaviour("ebs volumes")

DEVICE = re.compile(r"(/dev/)?(sd|xvd|hd)[a-z]{1,2}[0-9]{0,2}")


class CreatingVolumes(ObjectSet):
    """The volumes (moto's objects) that are in the state `creating`."""


@BEHAVIOUR.patch("moto.ec2.models.elastic_block_store:Volume.status", "self")
def _status(original: Callable[[Any], str], volume: Any) -> str:
    request = current_request()
    creating = request is not None and volume in request.aws.state(CreatingVolumes)
    return "creating" if creating else original(volume)


@BEHAVIOUR.validate("ec2", "DescribeVolumes", "DeleteVolume", "CreateSnapshot", "ModifyVolume")
def _check_volumes_exist(request: ApiRequest) -> HttpResponse | None:
    for volume_id in [*(request.params.get("VolumeIds") or []), request.params.get("VolumeId")]:
        if volume_id:
            find_volume(request, volume_id)
    return None


@BEHAVIOUR.validate("ec2", "DeleteVolume")
def _check_not_attached(request: ApiRequest) -> HttpResponse | None:
    volume_id = str(request.params.get("VolumeId"))
    attachment = find_volume(request, volume_id).attachment
    if attachment:
        raise AwsError("VolumeInUse", f"Volume {volume_id} is currently attached to {attachment.instance.id}")
    check_available(find_volume(request, volume_id))
    return None


@BEHAVIOUR.validate("ec2", "CreateVolume")
def _check_source_and_zone(request: ApiRequest) -> HttpResponse | None:
    snapshot_id, zone = request.params.get("SnapshotId"), request.params.get("AvailabilityZone")
    if not snapshot_id and request.params.get("Size") is None:
        raise AwsError("MissingParameter", "The request must contain the parameter size/snapshot")
    if snapshot_id:
        status = find_snapshot(request, snapshot_id).status
        if status == "pending":
            raise AwsError("IncorrectState", f"Snapshot is in invalid state - {status}")
    if zone and ec2_backend(request).get_zone_by_name(zone) is None:
        raise AwsError("InvalidZone.NotFound", f"The zone '{zone}' does not exist.")
    return None


@BEHAVIOUR.modify_response("ec2", "CreateVolume")
def _begin_creating(request: ApiRequest, response: HttpResponse) -> HttpResponse:
    (volume_id,) = created_ids(response, "volumeId")
    volume, creating = find_volume(request, volume_id), request.aws.state(CreatingVolumes)
    creating.add(volume)
    response.body = response.body.replace(b"<status>available</status>", b"<status>creating</status>")

    def become_available() -> None:
        creating.discard(volume)
        if encryption_failure(request, volume):
            ec2_backend(request).volumes.pop(volume.id, None)

    after_transition(request, "volume", become_available)
    return response


@BEHAVIOUR.implements("ec2", "AttachVolume")
def _attach_volume(request: ApiRequest) -> HttpResponse:
    volume = find_volume(request, str(request.params.get("VolumeId")))
    instance = find_instance(request, str(request.params.get("InstanceId")))
    device = str(request.params.get("Device") or "")
    _check_attachment(volume, instance, device)
    check_dry_run(request)
    if volume.encrypted and instance.state == "running":
        try:
            open_volume(request, volume, instance.id)
        except AwsError as refused:
            message = f"Volume {volume.id} cannot be attached. The encrypted volume was unable to access the KMS key."
            raise AwsError("CustomerKeyHasBeenRevoked", message) from refused
    attachment = ec2_backend(request).attach_volume(volume.id, instance.id, device)
    attachment.status = "attaching"
    instance.block_device_mapping[device].status = "attaching"

    def become_attached() -> None:
        attachment.status = "attached"
        if device in instance.block_device_mapping:
            instance.block_device_mapping[device].status = "in-use"

    after_transition(request, "attach", become_attached)
    return serialize(request, _attachment(attachment, "attaching"))


def _check_attachment(volume: Any, instance: Any, device: str) -> None:
    if not device:
        raise AwsError("MissingParameter", "The request must contain the parameter device")
    if not DEVICE.fullmatch(device):
        message = f"Value ({device}) for parameter device is invalid. {device} is not a valid EBS device name."
        raise AwsError("InvalidParameterValue", message)
    if volume.attachment:
        raise AwsError("VolumeInUse", f"{volume.id} is already attached to an instance")
    check_available(volume)
    check_same_zone(volume, instance)
    if instance.state not in ("running", "stopped"):
        raise AwsError("IncorrectState", f"Instance '{instance.id}' is not 'running'.")
    if device in instance.block_device_mapping:
        message = f"Invalid value '{device}' for unixDevice. Attachment point {device} is already in use"
        raise AwsError("InvalidParameterValue", message)


def check_available(volume: Any) -> None:
    """Raise EC2's error for a volume that is not available."""
    if volume.status != "available":
        raise AwsError("IncorrectState", f"Volume '{volume.id}' is in the '{volume.status}' state")


def check_same_zone(volume: Any, instance: Any) -> None:
    """Raise EC2's error for a volume in another Availability Zone than the instance."""
    if volume.availability_zone != instance.availability_zone:
        message = f"The volume '{volume.id}' is not in the same availability zone as instance '{instance.id}'"
        raise AwsError("InvalidVolume.ZoneMismatch", message)


@BEHAVIOUR.implements("ec2", "DetachVolume")
def _detach_volume(request: ApiRequest) -> HttpResponse:
    volume = find_volume(request, str(request.params.get("VolumeId")))
    attachment = volume.attachment
    if attachment is None:
        raise AwsError("IncorrectState", f"Volume '{volume.id}' is in the 'available' state.")
    instance = attachment.instance
    _check_detachment(request, attachment)
    check_dry_run(request)
    attachment.status = "detaching"
    retire_grants(request, volume, instance.id)

    def become_detached() -> None:
        if volume.attachment is attachment:
            ec2_backend(request).detach_volume(volume.id, instance.id, attachment.device)

    after_transition(request, "detach", become_detached)
    return serialize(request, _attachment(attachment, "detaching"))


def _check_detachment(request: ApiRequest, attachment: Any) -> None:
    volume, instance = attachment.volume, attachment.instance
    wanted, device = request.params.get("InstanceId"), request.params.get("Device")
    if (wanted and wanted != instance.id) or device not in (None, "", attachment.device):
        raise AwsError(
            "InvalidAttachment.NotFound",
            f"The volume '{volume.id}' is not attached to instance '{wanted or instance.id}' "
            f"as device '{device or attachment.device}'.",
        )
    if attachment.device == instance.root_device_name and instance.state != "stopped":
        message = f"Unable to detach root volume '{volume.id}' from instance '{instance.id}'"
        raise AwsError("IncorrectState", message)


def _attachment(attachment: Any, state: str) -> dict[str, Any]:
    return {
        "VolumeId": attachment.volume.id,
        "InstanceId": attachment.instance.id,
        "Device": attachment.device,
        "State": state,
        "AttachTime": attachment.attach_time,
    }
