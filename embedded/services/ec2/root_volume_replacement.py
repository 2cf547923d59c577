"""Replacing the root of a running instance: from its own snapshot, from an image, or by a volume that is there.

Facts: `aws-behaviour.md` §6.1. The instance must be running; there is no key to choose: from a snapshot or an image
the new root is encrypted only as its source or encryption by default has it; `VolumeId` (2026) takes an available
volume of the zone, and an encrypted root cannot be replaced by an unencrypted one; a snapshot must come from the root
itself. moto has no such operation (`moto-gaps.md` §5).
"""

from __future__ import annotations

import secrets
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.call import Answer, AwsError, Call
from embedded.core.protocols import serialized
from embedded.services.ec2 import volume_encryption as ebs_encryption
from embedded.services.ec2.volumes import backend_of, dry_run, instance_of, volume_of

BEHAVIOUR = Behaviour("root volume replacement")


@BEHAVIOUR.instead("ec2", "CreateReplaceRootVolumeTask")
def _replace(call: Call) -> Answer:
    backend = backend_of(call)
    instance = instance_of(call, str(call.params.get("InstanceId")))
    if instance.state != "running":
        raise AwsError("IncorrectInstanceState", f"The instance '{instance.id}' is not in the 'running' state.")
    old = backend.volumes[instance.block_device_mapping[instance.root_device_name].volume_id]
    new = _new_root(call, backend, instance, old)
    dry_run(call)
    task = {
        "ReplaceRootVolumeTaskId": f"replacevol-{secrets.token_hex(9)[:17]}",
        "InstanceId": instance.id,
        "TaskState": "pending",
        "StartTime": _moment(call),
        "DeleteReplacedRootVolume": bool(call.params.get("DeleteReplacedRootVolume")),
        **{name: call.params[name] for name in ("SnapshotId", "ImageId") if call.params.get(name)},
    }
    tasks = backend.__dict__.setdefault("replace_root_volume_tasks", {})
    tasks[task["ReplaceRootVolumeTaskId"]] = task
    refused = _opened(call, new, instance)

    def done() -> None:
        task["CompleteTime"] = _moment(call)
        if refused:
            task["TaskState"] = "failed"
            return
        new.creating = False
        backend.detach_volume(old.id, instance.id, instance.root_device_name)
        backend.attach_volume(new.id, instance.id, instance.root_device_name, True)
        if task["DeleteReplacedRootVolume"]:
            backend.delete_volume(old.id)
        task["TaskState"] = "succeeded"

    call.aws.transitions.later(call, done)
    return serialized(call, {"ReplaceRootVolumeTask": task})


def _new_root(call: Call, backend: Any, instance: Any, old: Any) -> Any:
    volume_id, snapshot_id, image_id = (call.params.get(name) for name in ("VolumeId", "SnapshotId", "ImageId"))
    if volume_id:
        volume = volume_of(call, volume_id)
        if volume.status != "available":
            raise AwsError("IncorrectState", f"Volume '{volume.id}' is in the '{volume.status}' state")
        if volume.availability_zone != instance.availability_zone:
            message = f"The volume '{volume.id}' is not in the same availability zone as instance '{instance.id}'"
            raise AwsError("InvalidVolume.ZoneMismatch", message)
        if old.encrypted and not volume.encrypted:
            message = "If the original root volume is encrypted, the specified volume must also be encrypted."
            raise AwsError("InvalidParameterCombination", message)
        return volume
    if snapshot_id:
        snapshot = backend.snapshots.get(snapshot_id)
        if snapshot is None:
            raise AwsError("InvalidSnapshot.NotFound", f"The snapshot '{snapshot_id}' does not exist.")
        if snapshot.volume is not old:
            message = f"The snapshot '{snapshot_id}' was not created from the root volume of '{instance.id}'."
            raise AwsError("InvalidParameterValue", message)
        source = snapshot_id
    else:
        image = backend.amis.get(image_id or instance.image_id)
        if image is None:
            raise AwsError("InvalidAMIID.NotFound", f"The image id '[{image_id or instance.image_id}]' does not exist")
        source = image.ebs_snapshot.id
    return backend.create_volume(old.size, instance.availability_zone, source, volume_type=old.volume_type)


def _opened(call: Call, volume: Any, instance: Any) -> AwsError | None:
    if not volume.encrypted:
        return None
    failed: AwsError | None = getattr(volume, "fails", None)
    key = ebs_encryption.key_of(call, volume.kms_key_id)
    if failed or key is None:
        return failed or AwsError("NotFoundException", str(volume.kms_key_id))
    try:
        ebs_encryption.open_for(call, key, volume.id, instance.id)
    except AwsError as refused:
        return refused
    return None


@BEHAVIOUR.instead("ec2", "DescribeReplaceRootVolumeTasks")
def _tasks(call: Call) -> Answer:
    tasks = backend_of(call).__dict__.get("replace_root_volume_tasks", {})
    wanted = call.params.get("ReplaceRootVolumeTaskIds")
    found = [task for name, task in tasks.items() if not wanted or name in wanted]
    filters = {each["Name"]: each.get("Values", []) for each in call.params.get("Filters") or []}
    if "instance-id" in filters:
        found = [task for task in found if task["InstanceId"] in filters["instance-id"]]
    return serialized(call, {"ReplaceRootVolumeTasks": found})


def _moment(call: Call) -> str:
    return call.aws.datetime(call.aws.now()).strftime("%Y-%m-%dT%H:%M:%SZ")
