"""Volumes and snapshots on their way: made, attached, detached, each taking its time and refusing what AWS refuses.

Facts: `aws-behaviour.md` §6.1 (the sequence of the handout, its refusals), §6.3 (a volume whose key cannot be used
disappears; `CustomerKeyHasBeenRevoked` on a running instance). Attaching to a stopped instance asks nothing of KMS
(§10, best guess). In moto an attached volume can be pushed off its device, the root be taken from a running machine,
and a volume of another zone be attached (`moto-gaps.md` §5).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.call import Answer, AwsError, Call, current
from embedded.core.protocols import serialized
from embedded.services.ec2 import volume_encryption as ebs_encryption

BEHAVIOUR = Behaviour("ebs volumes")


def backend_of(call: Call) -> Any:
    from moto.ec2.models import ec2_backends

    return ec2_backends[call.account][call.region]


def volume_of(call: Call, volume_id: str) -> Any:
    """moto's volume. Raises EC2's refusals for ids that are none or name nothing."""
    volume = backend_of(call).volumes.get(volume_id)
    if volume is None:
        if not str(volume_id).startswith("vol-"):
            raise AwsError(
                "InvalidParameterValue", f"Value ({volume_id}) for parameter volumeId is invalid. Expected: 'vol-...'."
            )
        raise AwsError("InvalidVolume.NotFound", f"The volume '{volume_id}' does not exist.")
    return volume


def instance_of(call: Call, instance_id: str) -> Any:
    """moto's instance. Raises EC2's refusals for ids that are none or name nothing."""
    for reservation in list(backend_of(call).reservations.values()):
        for instance in reservation.instances:
            if instance.id == instance_id:
                return instance
    if not str(instance_id).startswith("i-"):
        raise AwsError("InvalidInstanceID.Malformed", f'Invalid id: "{instance_id}"')
    raise AwsError("InvalidInstanceID.NotFound", f"The instance ID '{instance_id}' does not exist")


def dry_run(call: Call) -> None:
    if call.params.get("DryRun"):
        raise AwsError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412)


@BEHAVIOUR.patch("moto.ec2.models.elastic_block_store:Volume.status", "self")
def _status(original: Callable[[Any], str], volume: Any) -> str:
    return "creating" if getattr(volume, "creating", False) else original(volume)


@BEHAVIOUR.patch("moto.ec2.models.elastic_block_store:Snapshot.progress", "self")
def _progress(original: Callable[[Any], str], snapshot: Any) -> str:
    return "0%" if snapshot.status == "pending" else original(snapshot)


@BEHAVIOUR.after("ec2", "CreateVolume")
def _creating(call: Call, answer: Answer) -> Answer:
    volume = next(each for each in list(backend_of(call).volumes.values()) if each.id.encode() in answer.body)
    volume.creating = True
    answer.body = answer.body.replace(b"<status>available</status>", b"<status>creating</status>")

    def ready() -> None:
        volume.creating = False
        if getattr(volume, "fails", None):
            backend_of(call).volumes.pop(volume.id, None)

    call.aws.transitions.later(call, ready)
    return answer


@BEHAVIOUR.after("ec2", "CreateSnapshot", "CreateSnapshots", "CopySnapshot")
def _snapshotting(call: Call, answer: Answer) -> Answer:
    backend = backend_of(call)
    fresh = [each for each in list(backend.snapshots.values()) if each.id.encode() in answer.body]
    for snapshot in fresh:
        snapshot.status = "pending"

    def done() -> None:
        for snapshot in fresh:
            failed = getattr(snapshot, "fails", None)
            snapshot.status = "error" if failed else "completed"
            if failed:
                snapshot.state_message = ebs_encryption.INACCESSIBLE

    call.aws.transitions.later(call, done)
    answer.body = answer.body.replace(b"<status>completed</status>", b"<status>pending</status>")
    answer.body = answer.body.replace(b"<progress>100%</progress>", b"<progress/>")
    return answer


@BEHAVIOUR.gate("ec2", "DescribeVolumes", "DeleteVolume", "CreateSnapshot", "ModifyVolume")
def _volumes_exist(call: Call) -> Answer | None:
    for volume_id in [*(call.params.get("VolumeIds") or []), *filter(None, [call.params.get("VolumeId")])]:
        volume = volume_of(call, volume_id)
        if call.operation == "DeleteVolume" and volume.attachment:
            instance = volume.attachment.instance.id
            raise AwsError("VolumeInUse", f"Volume {volume_id} is currently attached to {instance}")
    return None


@BEHAVIOUR.gate("ec2", "DescribeSnapshots", "DeleteSnapshot", "CreateVolume")
def _snapshots_exist(call: Call) -> Answer | None:
    for snapshot_id in [*(call.params.get("SnapshotIds") or []), *filter(None, [call.params.get("SnapshotId")])]:
        snapshot = backend_of(call).snapshots.get(snapshot_id)
        if snapshot is None:
            raise AwsError("InvalidSnapshot.NotFound", f"The snapshot '{snapshot_id}' does not exist.")
        if call.operation == "CreateVolume" and snapshot.status == "pending":
            raise AwsError("IncorrectState", f"Snapshot is in invalid state - {snapshot.status}")
    zone = call.params.get("AvailabilityZone")
    if call.operation == "CreateVolume" and zone and backend_of(call).get_zone_by_name(zone) is None:
        raise AwsError("InvalidZone.NotFound", f"The zone '{zone}' does not exist.")
    return None


@BEHAVIOUR.patch("moto.ec2.models.elastic_block_store:EBSBackend.describe_snapshots", "self, snapshot_ids, filters")
def _only_the_owners(original: Callable[..., Any], backend: Any, *args: Any, **kwargs: Any) -> Any:
    """moto does not read `OwnerIds`."""
    found = original(backend, *args, **kwargs)
    call = current.get()
    wanted = call.params.get("OwnerIds") if call and call.operation == "DescribeSnapshots" else None
    if not wanted:
        return found
    names = {{"self": backend.account_id, "amazon": "137112412989"}.get(each, each) for each in wanted}
    return [snapshot for snapshot in found if snapshot.owner_id in names]


@BEHAVIOUR.instead("ec2", "AttachVolume")
def _attach(call: Call) -> Answer:
    backend = backend_of(call)
    volume = volume_of(call, str(call.params.get("VolumeId")))
    instance = instance_of(call, str(call.params.get("InstanceId")))
    device = str(call.params.get("Device") or "")
    if not device:
        raise AwsError("MissingParameter", "The request must contain the parameter device")
    if volume.attachment:
        raise AwsError("VolumeInUse", f"{volume.id} is already attached to an instance")
    if volume.status != "available":
        raise AwsError("IncorrectState", f"Volume '{volume.id}' is in the '{volume.status}' state")
    if volume.availability_zone != instance.availability_zone:
        message = f"The volume '{volume.id}' is not in the same availability zone as instance '{instance.id}'"
        raise AwsError("InvalidVolume.ZoneMismatch", message)
    if instance.state not in ("running", "stopped"):
        raise AwsError("IncorrectState", f"Instance '{instance.id}' is not 'running'.")
    if device in instance.block_device_mapping:
        message = f"Invalid value '{device}' for unixDevice. Attachment point {device} is already in use"
        raise AwsError("InvalidParameterValue", message)
    dry_run(call)
    if volume.encrypted and instance.state == "running":
        _open_now(call, volume, instance)
    attachment = backend.attach_volume(volume.id, instance.id, device)
    attachment.status = "attaching"
    instance.block_device_mapping[device].status = "attaching"

    def attached() -> None:
        attachment.status = "attached"
        if device in instance.block_device_mapping:
            instance.block_device_mapping[device].status = "in-use"

    call.aws.transitions.later(call, attached)
    return serialized(call, _told(attachment, "attaching"))


def _open_now(call: Call, volume: Any, instance: Any) -> None:
    key = ebs_encryption.key_of(call, volume.kms_key_id)
    try:
        if key is None:
            raise AwsError("NotFoundException", volume.kms_key_id)
        ebs_encryption.open_for(call, key, volume.id, instance.id)
    except AwsError as refused:
        message = f"Volume {volume.id} cannot be attached. The encrypted volume was unable to access the KMS key."
        raise AwsError("CustomerKeyHasBeenRevoked", message) from refused


@BEHAVIOUR.instead("ec2", "DetachVolume")
def _detach(call: Call) -> Answer:
    volume = volume_of(call, str(call.params.get("VolumeId")))
    attachment = volume.attachment
    if attachment is None:
        raise AwsError("IncorrectState", f"Volume '{volume.id}' is in the 'available' state.")
    instance = attachment.instance
    wanted = call.params.get("InstanceId")
    if (wanted and wanted != instance.id) or call.params.get("Device") not in (None, "", attachment.device):
        raise AwsError(
            "InvalidAttachment.NotFound",
            f"The volume '{volume.id}' is not attached to instance '{wanted or instance.id}' "
            f"as device '{call.params.get('Device') or attachment.device}'.",
        )
    if attachment.device == instance.root_device_name and instance.state != "stopped":
        message = f"Unable to detach root volume '{volume.id}' from instance '{instance.id}'"
        raise AwsError("IncorrectState", message)
    dry_run(call)
    attachment.status = "detaching"
    if volume.encrypted:
        key = ebs_encryption.key_of(call, volume.kms_key_id)
        if key is not None:
            ebs_encryption.retire(call, key, volume.id, instance.id)

    def detached() -> None:
        if volume.attachment is attachment:
            backend_of(call).detach_volume(volume.id, instance.id, attachment.device)

    call.aws.transitions.later(call, detached)
    return serialized(call, _told(attachment, "detaching"))


def _told(attachment: Any, state: str) -> dict[str, Any]:
    return {
        "VolumeId": attachment.volume.id,
        "InstanceId": attachment.instance.id,
        "Device": attachment.device,
        "State": state,
        "AttachTime": attachment.attach_time,
    }
