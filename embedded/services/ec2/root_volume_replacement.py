"""CreateReplaceRootVolumeTask: another root for a running instance, from a snapshot, an image or an existing volume.

Facts: EC2-30 to EC2-33, GUARD-02, MOTO-34.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.environment import Environment, moto_datetime
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.protocols import serialize
from embedded.core.request import ApiRequest
from embedded.services.ec2.resources import check_dry_run, ec2_backend, find_instance, find_snapshot, find_volume
from embedded.services.ec2.transitions import after_transition
from embedded.services.ec2.volume_encryption import encryption_failure, open_volume
from embedded.services.ec2.volumes import CreatingVolumes, check_available, check_same_zone

BEHAVIOUR = Behaviour("root volume replacement")


class ReplaceRootVolumeTasks:
    """The tasks by account and Region, then by id."""

    def __init__(self, aws: Environment) -> None:
        self._tasks: dict[tuple[str, str], dict[str, dict[str, Any]]] = defaultdict(dict)

    def of(self, request: ApiRequest) -> dict[str, dict[str, Any]]:
        return self._tasks[request.account, request.region]


@BEHAVIOUR.implements("ec2", "CreateReplaceRootVolumeTask")
def _create_task(request: ApiRequest) -> HttpResponse:
    backend = ec2_backend(request)
    instance = find_instance(request, str(request.params.get("InstanceId")))
    if instance.state != "running":
        raise AwsError("IncorrectInstanceState", f"The instance '{instance.id}' is not in the 'running' state.")
    old = backend.volumes[instance.block_device_mapping[instance.root_device_name].volume_id]
    new = _new_root(request, instance, old)
    check_dry_run(request)
    task = {
        "ReplaceRootVolumeTaskId": f"replacevol-{secrets.token_hex(9)[:17]}",
        "InstanceId": instance.id,
        "TaskState": "pending",
        "StartTime": _iso_time(request),
        "DeleteReplacedRootVolume": bool(request.params.get("DeleteReplacedRootVolume")),
        **{name: request.params[name] for name in ("SnapshotId", "ImageId") if request.params.get(name)},
    }
    request.aws.state(ReplaceRootVolumeTasks).of(request)[str(task["ReplaceRootVolumeTaskId"])] = task
    refused = _open_error(request, new, instance)

    def complete() -> None:
        task["CompleteTime"] = _iso_time(request)
        root = instance.block_device_mapping.get(instance.root_device_name)
        is_replaced = root is None or root.volume_id != old.id or new.attachment is not None
        if refused or is_replaced or instance.state in ("shutting-down", "terminated"):
            task["TaskState"] = "failed"
            return
        request.aws.state(CreatingVolumes).discard(new)
        backend.detach_volume(old.id, instance.id, instance.root_device_name)
        backend.attach_volume(new.id, instance.id, instance.root_device_name, True)
        if task["DeleteReplacedRootVolume"]:
            backend.delete_volume(old.id)
        task["TaskState"] = "succeeded"

    after_transition(request, "root volume", complete)
    return serialize(request, {"ReplaceRootVolumeTask": task})


def _new_root(request: ApiRequest, instance: Any, old: Any) -> Any:
    volume_id, snapshot_id = request.params.get("VolumeId"), request.params.get("SnapshotId")
    if volume_id:
        volume = find_volume(request, volume_id)
        check_available(volume)
        check_same_zone(volume, instance)
        if old.encrypted and not volume.encrypted:
            message = "If the original root volume is encrypted, the specified volume must also be encrypted."
            raise AwsError("InvalidParameterCombination", message)
        return volume
    backend = ec2_backend(request)
    if snapshot_id:
        if find_snapshot(request, snapshot_id).volume is not old:
            message = f"The snapshot '{snapshot_id}' was not created from the root volume of '{instance.id}'."
            raise AwsError("InvalidParameterValue", message)
    else:
        image_id = request.params.get("ImageId") or instance.image_id
        image = backend.amis.get(image_id)
        if image is None:
            raise AwsError("InvalidAMIID.NotFound", f"The image id '[{image_id}]' does not exist")
        snapshot_id = image.ebs_snapshot.id
    return backend.create_volume(old.size, instance.availability_zone, snapshot_id, volume_type=old.volume_type)


def _open_error(request: ApiRequest, volume: Any, instance: Any) -> AwsError | None:
    """Open the new root for the instance. Return KMS's error, if any."""
    if not volume.encrypted:
        return None
    failure = encryption_failure(request, volume)
    if failure:
        return failure
    try:
        open_volume(request, volume, instance.id)
    except AwsError as refused:
        return refused
    return None


@BEHAVIOUR.implements("ec2", "DescribeReplaceRootVolumeTasks")
def _describe_tasks(request: ApiRequest) -> HttpResponse:
    wanted = request.params.get("ReplaceRootVolumeTaskIds")
    filters = {each.get("Name"): each.get("Values", []) for each in request.params.get("Filters") or []}
    instances = filters.get("instance-id")
    found = [
        task
        for task_id, task in request.aws.state(ReplaceRootVolumeTasks).of(request).items()
        if (not wanted or task_id in wanted) and (instances is None or task["InstanceId"] in instances)
    ]
    return serialize(request, {"ReplaceRootVolumeTasks": found})


def _iso_time(request: ApiRequest) -> str:
    return moto_datetime(request.aws.now()).strftime("%Y-%m-%dT%H:%M:%SZ")
