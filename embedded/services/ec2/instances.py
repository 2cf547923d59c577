"""Instances: the root at the image's own device, states that take time, and a start that a disabled key ends.

Facts: `aws-behaviour.md` §6.1 (root device, no root no start), §6.3 (StartInstances answers 200 and `pending`, then
the instance is stopped with the state reason, the volume still attached; RunInstances ends in `terminated`), §5.2
(StartInstances without an error code, then the failed CreateGrant). moto puts every root at `/dev/sda1` and starts
whatever it is asked to start (`moto-gaps.md` §5). Of the codes that are reported for the state reason the newer one
is used; checks accept every one (§10).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.call import Answer, AwsError, Call, current
from embedded.core.protocols import serialized, with_form
from embedded.services.ec2 import volume_encryption as ebs_encryption
from embedded.services.ec2.volumes import backend_of, dry_run, instance_of

BEHAVIOUR = Behaviour("ec2 instances")
BEHAVIOUR.stands_on("moto.ec2.models.instances:StateReason", "message, code")

CODES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}
UNUSABLE_KEY = "Client.InvalidKMSKey.InvalidState"
UNUSABLE_KEY_MESSAGE = f"{UNUSABLE_KEY}: The KMS key provided is in an incorrect state"
USER_SHUTDOWN = "Client.UserInitiatedShutdown"
ROOT_SIZE_GIB = 8
IMAGE_PARAMETERS = (
    "self, ec2_backend, ami_id, instance, source_ami, name, description, owner_id, owner_alias, public, "
    "virtualization_type, architecture, state, creation_date, platform, image_type, image_location, hypervisor, "
    "root_device_type, root_device_name, sriov, region_name, snapshot_description, product_codes, boot_mode, tags"
)


def turn(instance: Any, state: str) -> None:
    """Put an instance in a state, with the state's code."""
    instance._state.name, instance._state.code = state, CODES[state]


def _reason(instance: Any, code: str, message: str, transition: str) -> None:
    from moto.ec2.models.instances import StateReason

    instance.state_reason = StateReason(message, code) if code else StateReason()
    instance._reason = transition


def _state(name: str) -> dict[str, Any]:
    return {"Name": name, "Code": CODES[name]}


@BEHAVIOUR.patch(
    "moto.ec2.models.instances:InstanceBackend.run_instances",
    "self, image_id, count, user_data, security_group_names, kwargs",
)
def _root_of_the_image(
    original: Callable[..., Any],
    backend: Any,
    image_id: str,
    count: int,
    user_data: Any,
    security_group_names: Any,
    **kwargs: Any,
) -> Any:
    image = backend.amis.get(image_id)
    if image is None and not kwargs.get("launch_template"):
        raise AwsError("InvalidAMIID.NotFound", f"The image id '[{image_id}]' does not exist")
    if image is not None:
        root = {
            "VolumeSize": ROOT_SIZE_GIB,
            "VolumeType": "gp3",
            "DeleteOnTermination": True,
            "SnapshotId": image.ebs_snapshot.id,
        }
        given = list(kwargs.get("block_device_mappings") or [])
        own = next((each for each in given if each.get("DeviceName") == image.root_device_name), None)
        if own is None:
            given.insert(0, {"DeviceName": image.root_device_name, "Ebs": root})
        else:
            asked = {name: value for name, value in own.get("Ebs", {}).items() if value not in (None, "")}
            own["Ebs"] = {**root, **asked}
        kwargs["block_device_mappings"] = given
    return original(backend, image_id, count, user_data, security_group_names, **kwargs)


@BEHAVIOUR.patch("moto.ec2.models.amis:Ami.__init__", IMAGE_PARAMETERS)
def _image_size(original: Callable[..., None], image: Any, *args: Any, **kwargs: Any) -> None:
    original(image, *args, **kwargs)
    image.ebs_snapshot.volume.size = ROOT_SIZE_GIB


@BEHAVIOUR.gate("ec2", "RunInstances")
def _size_of_the_image(call: Call) -> Answer | None:
    """A root that is only to be encrypted keeps its image's size; moto asks for size or snapshot."""
    sizes = {
        f"BlockDeviceMapping.{number}.Ebs.VolumeSize": str(ROOT_SIZE_GIB)
        for number, each in enumerate(call.params.get("BlockDeviceMappings") or [], 1)
        if each.get("Ebs") and not each["Ebs"].get("VolumeSize") and not each["Ebs"].get("SnapshotId")
    }
    if sizes:
        call.sent = with_form(call.sent, sizes)
    return None


@BEHAVIOUR.after("ec2", "RunInstances")
def _launching(call: Call, answer: Answer) -> Answer:
    backend = backend_of(call)
    reservation = list(backend.reservations.values())[-1]
    for instance in reservation.instances:
        if instance.id.encode() not in answer.body:
            continue
        turn(instance, "pending")
        volumes = [backend.volumes[each.volume_id] for each in instance.block_device_mapping.values()]
        refused = next((each.fails for each in volumes if getattr(each, "fails", None)), None)
        refused = refused or ebs_encryption.open_all(call, backend, instance)
        call.aws.transitions.later(call, functools.partial(_launched, instance, refused))
    return answer


def _launched(instance: Any, refused: AwsError | None) -> None:
    if instance.state != "pending":
        return
    if refused is None:
        turn(instance, "running")
        return
    _end(instance)
    _reason(instance, UNUSABLE_KEY, UNUSABLE_KEY_MESSAGE, UNUSABLE_KEY)


@BEHAVIOUR.instead("ec2", "StartInstances")
def _start(call: Call) -> Answer:
    instances = [instance_of(call, each) for each in _ids(call)]
    for instance in instances:
        if instance.state not in ("stopped", "running", "pending"):
            message = f"The instance '{instance.id}' is not in a state from which it can be started."
            raise AwsError("IncorrectInstanceState", message)
        if instance.root_device_name not in instance.block_device_mapping:
            message = (
                f"Invalid value '{instance.id}' for instanceId. "
                f"Instance does not have a volume attached at root ({instance.root_device_name})"
            )
            raise AwsError("InvalidParameterValue", message)
    dry_run(call)
    return _changed(call, "StartingInstances", [(each, *_start_one(call, each)) for each in instances])


def _start_one(call: Call, instance: Any) -> tuple[str, str]:
    before = instance.state
    if before != "stopped":
        return before, before
    instance.start()
    turn(instance, "pending")
    call.afterwards.append(lambda: _open_or_fall_back(call, instance))
    return "pending", before


def _open_or_fall_back(call: Call, instance: Any) -> None:
    refused = ebs_encryption.open_all(call, backend_of(call), instance)

    def started() -> None:
        if instance.state != "pending":
            return
        turn(instance, "stopped" if refused else "running")
        if refused:
            _reason(instance, UNUSABLE_KEY, UNUSABLE_KEY_MESSAGE, "Client.InternalError")

    call.aws.transitions.later(call, started)


@BEHAVIOUR.instead("ec2", "StopInstances")
def _stop(call: Call) -> Answer:
    instances = [instance_of(call, each) for each in _ids(call)]
    for instance in instances:
        if instance.state in ("terminated", "shutting-down"):
            message = f"This instance '{instance.id}' is not in a state from which it can be stopped."
            raise AwsError("IncorrectInstanceState", message)
        if instance.disable_api_stop is True:
            message = (
                f"The instance '{instance.id}' may not be stopped. "
                "Modify its 'disableApiStop' instance attribute and try again."
            )
            raise AwsError("OperationNotPermitted", message)
    dry_run(call)
    return _changed(call, "StoppingInstances", [(each, *_stop_one(call, each)) for each in instances])


def _stop_one(call: Call, instance: Any) -> tuple[str, str]:
    before = instance.state
    if before in ("stopped", "stopping"):
        return before, before
    instance.stop()
    moment = call.aws.datetime(call.time).strftime("%Y-%m-%d %H:%M:%S GMT")
    _reason(instance, USER_SHUTDOWN, f"{USER_SHUTDOWN}: User initiated shutdown", f"User initiated ({moment})")
    turn(instance, "stopping")

    def stopped() -> None:
        if instance.state == "stopping":
            turn(instance, "stopped")

    for volume, key in ebs_encryption.attached_keys(call, backend_of(call), instance):
        if key is not None:
            ebs_encryption.retire(call, key, volume.id, instance.id)
    call.aws.transitions.later(call, stopped)
    return "stopping", before


@BEHAVIOUR.instead("ec2", "TerminateInstances")
def _terminate(call: Call) -> Answer:
    instances = [instance_of(call, each) for each in _ids(call)]
    for instance in instances:
        if instance.disable_api_termination is True:
            message = (
                f"The instance '{instance.id}' may not be terminated. "
                "Modify its 'disableApiTermination' instance attribute and try again."
            )
            raise AwsError("OperationNotPermitted", message)
    dry_run(call)
    return _changed(call, "TerminatingInstances", [(each, *_terminate_one(call, each)) for each in instances])


def _terminate_one(call: Call, instance: Any) -> tuple[str, str]:
    before = instance.state
    if before in ("terminated", "shutting-down"):
        return before, before
    turn(instance, "shutting-down")
    moment = call.aws.datetime(call.time).strftime("%Y-%m-%d %H:%M:%S GMT")

    def terminated() -> None:
        _end(instance)
        _reason(instance, USER_SHUTDOWN, f"{USER_SHUTDOWN}: User initiated shutdown", f"User initiated ({moment})")

    for volume, key in ebs_encryption.attached_keys(call, backend_of(call), instance):
        if key is not None:
            ebs_encryption.retire(call, key, volume.id, instance.id)
    call.aws.transitions.later(call, terminated)
    return "shutting-down", before


def _end(instance: Any) -> None:
    instance.terminate()
    turn(instance, "terminated")


def _changed(call: Call, name: str, changes: list[tuple[Any, str, str]]) -> Answer:
    told = [
        {"InstanceId": instance.id, "CurrentState": _state(now), "PreviousState": _state(before)}
        for instance, now, before in changes
    ]
    items = [
        {
            "instanceId": each["InstanceId"],
            "currentState": {"code": each["CurrentState"]["Code"], "name": each["CurrentState"]["Name"]},
            "previousState": {"code": each["PreviousState"]["Code"], "name": each["PreviousState"]["Name"]},
        }
        for each in told
    ]
    call.notes["response_elements"] = {"requestId": call.request_id, "instancesSet": {"items": items}}
    return serialized(call, {name: told})


def _ids(call: Call) -> list[str]:
    ids = call.params.get("InstanceIds") or []
    if not ids:
        raise AwsError("MissingParameter", "The request must contain the parameter InstanceId")
    return [str(each) for each in ids]


@BEHAVIOUR.patch(
    "moto.ec2.models.instances:Instance.__init__", "self, ec2_backend, image_id, user_data, security_groups, kwargs"
)
def _no_reason_yet(original: Callable[..., None], instance: Any, *args: Any, **kwargs: Any) -> None:
    original(instance, *args, **kwargs)
    call = current.get()
    if call is not None:
        instance.launch_time = call.aws.datetime(call.time)
