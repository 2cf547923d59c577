"""Instances: the root at the image's device, states that take time, and a start that an unusable key ends.

Facts: EC2-02, EC2-11, EC2-16 to EC2-18, EC2-44, EC2-45, EC2-63, EC2-114, EC2-119, CT-33, CT-39, GUARD-42, MOTO-30,
MOTO-32. The state reason is EC2-45, the newer of the reported ones; checks accept each (EC2-47).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from enum import IntEnum
from typing import Any

from embedded.audit.records import EventDetails
from embedded.core.behaviours import Behaviour
from embedded.core.environment import moto_datetime
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.protocols import add_form_fields, serialize
from embedded.core.request import ApiRequest, current_request
from embedded.services.ec2.images import ROOT_SIZE_GIB
from embedded.services.ec2.launch_limits import require_launch
from embedded.services.ec2.resources import check_dry_run, created_ids, ec2_backend, find_instance
from embedded.services.ec2.transitions import after_transition
from embedded.services.ec2.volume_encryption import (
    attached_volumes,
    encryption_failure,
    open_volumes,
    retire_grants,
)

BEHAVIOUR = Behaviour("ec2 instances")
BEHAVIOUR.requires("moto.ec2.models.instances:StateReason", "message, code")

UNUSABLE_KEY = "Client.InvalidKMSKey.InvalidState"
UNUSABLE_KEY_MESSAGE = f"{UNUSABLE_KEY}: The KMS key provided is in an incorrect state"
OTHER_ARCHITECTURE = (
    "The architecture '{}' of the specified instance type does not match the architecture '{}' of the specified AMI. "
    "Specify an instance type and an AMI that have matching architectures, and try again. You can use "
    "'describe-instance-types' or 'describe-images' to discover the architecture of the instance type or AMI."
)
USER_SHUTDOWN = "Client.UserInitiatedShutdown"
USER_SHUTDOWN_MESSAGE = f"{USER_SHUTDOWN}: User initiated shutdown"


class InstanceState(IntEnum):
    """The states of an instance, with EC2's codes."""

    PENDING = 0
    RUNNING = 16
    SHUTTING_DOWN = 32
    TERMINATED = 48
    STOPPING = 64
    STOPPED = 80

    @property
    def label(self) -> str:
        """EC2's name for it."""
        return self.name.lower().replace("_", "-")


def _state(instance: Any) -> InstanceState:
    return InstanceState(instance.state_code)


def _set_state(instance: Any, state: InstanceState) -> None:
    instance.instance_state.name, instance.instance_state.code = state.label, int(state)


def _set_reason(instance: Any, code: str, message: str, transition: str) -> None:
    from moto.ec2.models.instances import StateReason

    instance.state_reason = StateReason(message, code)
    instance._reason = transition  # noqa: SLF001  # moto's instance has no setter for the transition reason


def _in_state(instances: Iterable[Any], *states: InstanceState) -> Any:
    return next((instance for instance in instances if _state(instance) in states), None)


@BEHAVIOUR.patch(
    "moto.ec2.models.instances:InstanceBackend.run_instances",
    "self, image_id, count, user_data, security_group_names, kwargs",
)
def _run_with_root_of_image(
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
        kwargs["block_device_mappings"] = _with_image(image, list(kwargs.get("block_device_mappings") or []))
    request = current_request()
    if request is not None and request.operation == "RunInstances":
        count = int(request.params["MaxCount"])  # moto launches MinCount (EC2-114)
    reservation = original(backend, image_id, count, user_data, security_group_names, **kwargs)
    for instance in reservation.instances:
        if not instance.security_groups:
            instance.security_groups = [backend.get_security_group_by_name_or_id("default", instance.vpc_id)]
    return reservation


def _with_image(image: Any, mappings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return block device mappings that include the image's; the request's settings for a device prevail."""
    given = {each.get("DeviceName"): each for each in mappings}
    request = current_request()
    asked = (request.params.get("BlockDeviceMappings") or []) if request is not None else []
    sent = {each.get("DeviceName"): each.get("Ebs") or {} for each in asked}
    for device in image.block_device_mappings:
        name = device["DeviceName"]
        ebs = {key: value for key, value in device["Ebs"].items() if key != "Encrypted"}
        own = given.get(name)
        if own is None:
            mappings.insert(0, {"DeviceName": name, "Ebs": ebs})
        elif own.get("NoDevice") is None:
            given_ebs = {key: value for key, value in own.get("Ebs", {}).items() if value not in (None, "")}
            # moto fills in what was not sent.
            chosen = {key: value for key, value in given_ebs.items() if key in sent.get(name, given_ebs)}
            own["Ebs"] = {**given_ebs, **ebs, **chosen}
    return mappings


@BEHAVIOUR.resolve("ec2", "RunInstances")
def _default_size(request: ApiRequest) -> None:
    """Give a volume without size and snapshot the image's size: moto refuses it otherwise."""
    sizes = {
        f"BlockDeviceMapping.{number}.Ebs.VolumeSize": str(ROOT_SIZE_GIB)
        for number, each in enumerate(request.params.get("BlockDeviceMappings") or [], 1)
        if each.get("Ebs") and not each["Ebs"].get("VolumeSize") and not each["Ebs"].get("SnapshotId")
    }
    if sizes:
        request.http = add_form_fields(request.http, sizes)


@BEHAVIOUR.validate("ec2", "RunInstances")
def _check_type(request: ApiRequest) -> HttpResponse | None:
    """Refuse an instance type that EC2 does not have, or that is of another architecture than the image (EC2-63)."""
    from moto.ec2.models.instance_types import INSTANCE_TYPES

    name = request.params.get("InstanceType")
    if name and name not in INSTANCE_TYPES:
        raise AwsError("InvalidParameterValue", f"Invalid value '{name}' for InstanceType.")
    image = ec2_backend(request).amis.get(str(request.params.get("ImageId")))
    fitting = INSTANCE_TYPES[name]["ProcessorInfo"]["SupportedArchitectures"] if name else []
    if image is not None and fitting and image.architecture not in fitting:
        raise AwsError("InvalidParameterValue", OTHER_ARCHITECTURE.format(fitting[-1], image.architecture))
    if not request.params.get("DryRun"):
        require_launch(request)
    return None


@BEHAVIOUR.modify_response("ec2", "RunInstances")
def _begin_launch(request: ApiRequest, response: HttpResponse) -> HttpResponse:
    for instance_id in created_ids(response, "instanceId"):
        instance = find_instance(request, instance_id)
        _set_state(instance, InstanceState.PENDING)
        failures = (encryption_failure(request, volume) for volume in attached_volumes(request, instance))
        refused = next(filter(None, failures), None) or open_volumes(request, instance)
        after_transition(request, "launch", functools.partial(_end_launch, instance, refused))
    return response


def _end_launch(instance: Any, refused: AwsError | None) -> None:
    if _state(instance) is not InstanceState.PENDING:
        return
    if refused is None:
        _set_state(instance, InstanceState.RUNNING)
        return
    instance.terminate()
    _set_state(instance, InstanceState.TERMINATED)
    _set_reason(instance, UNUSABLE_KEY, UNUSABLE_KEY_MESSAGE, UNUSABLE_KEY)


@BEHAVIOUR.implements("ec2", "StartInstances")
def _start_instances(request: ApiRequest) -> HttpResponse:
    instances = _find_instances(request)
    ending = _in_state(instances, InstanceState.STOPPING, InstanceState.SHUTTING_DOWN, InstanceState.TERMINATED)
    if ending:
        message = f"The instance '{ending.id}' is not in a state from which it can be started."
        raise AwsError("IncorrectInstanceState", message)
    rootless = next((each for each in instances if each.root_device_name not in each.block_device_mapping), None)
    if rootless:
        message = (
            f"Invalid value '{rootless.id}' for instanceId. "
            f"Instance does not have a volume attached at root ({rootless.root_device_name})"
        )
        raise AwsError("InvalidParameterValue", message)
    return _change_states(request, "StartingInstances", instances, _start)


def _start(request: ApiRequest, instance: Any) -> None:
    if _state(instance) is not InstanceState.STOPPED:
        return
    instance.start()
    _set_state(instance, InstanceState.PENDING)
    # After the response: CloudTrail has StartInstances before the requests to KMS.
    request.deferred.append(functools.partial(_open_volumes_and_start, request, instance))


def _open_volumes_and_start(request: ApiRequest, instance: Any) -> None:
    refused = open_volumes(request, instance)

    def end_start() -> None:
        if _state(instance) is not InstanceState.PENDING:
            return
        _set_state(instance, InstanceState.STOPPED if refused else InstanceState.RUNNING)
        if refused:
            _set_reason(instance, UNUSABLE_KEY, UNUSABLE_KEY_MESSAGE, "Client.InternalError")

    after_transition(request, "refused start" if refused else "start", end_start)


@BEHAVIOUR.implements("ec2", "StopInstances")
def _stop_instances(request: ApiRequest) -> HttpResponse:
    instances = _find_instances(request)
    ending = _in_state(instances, InstanceState.SHUTTING_DOWN, InstanceState.TERMINATED)
    if ending:
        message = f"This instance '{ending.id}' is not in a state from which it can be stopped."
        raise AwsError("IncorrectInstanceState", message)
    _check_protection(instances, "stopped", "disableApiStop", lambda instance: instance.disable_api_stop)
    return _change_states(request, "StoppingInstances", instances, _stop)


def _stop(request: ApiRequest, instance: Any) -> None:
    if _state(instance) in (InstanceState.STOPPED, InstanceState.STOPPING):
        return
    instance.stop()
    _set_reason(instance, USER_SHUTDOWN, USER_SHUTDOWN_MESSAGE, _user_initiated(request))
    _set_state(instance, InstanceState.STOPPING)

    def end_stop() -> None:
        if _state(instance) is InstanceState.STOPPING:
            _set_state(instance, InstanceState.STOPPED)

    for volume in attached_volumes(request, instance):
        retire_grants(request, volume, instance.id)
    after_transition(request, "stop", end_stop)


@BEHAVIOUR.implements("ec2", "TerminateInstances")
def _terminate_instances(request: ApiRequest) -> HttpResponse:
    instances = _find_instances(request)
    _check_protection(
        instances, "terminated", "disableApiTermination", lambda instance: instance.disable_api_termination
    )
    return _change_states(request, "TerminatingInstances", instances, _terminate)


def _terminate(request: ApiRequest, instance: Any) -> None:
    if _state(instance) in (InstanceState.TERMINATED, InstanceState.SHUTTING_DOWN):
        return
    _set_state(instance, InstanceState.SHUTTING_DOWN)
    transition = _user_initiated(request)

    def end_termination() -> None:
        instance.terminate()
        _set_state(instance, InstanceState.TERMINATED)
        _set_reason(instance, USER_SHUTDOWN, USER_SHUTDOWN_MESSAGE, transition)

    for volume in attached_volumes(request, instance):
        retire_grants(request, volume, instance.id)
    after_transition(request, "terminate", end_termination)


@BEHAVIOUR.implements("ec2", "RebootInstances")
def _reboot_instances(request: ApiRequest) -> HttpResponse:
    """Leave the states as they are: a reboot shows in none, and one of a terminated instance is ignored (EC2-119)."""
    _find_instances(request)
    check_dry_run(request)
    return serialize(request, {})


def _find_instances(request: ApiRequest) -> list[Any]:
    ids = request.params.get("InstanceIds") or []
    if not ids:
        raise AwsError("MissingParameter", "The request must contain the parameter InstanceId")
    return [find_instance(request, str(each)) for each in ids]


def _check_protection(
    instances: Iterable[Any], ending: str, attribute: str, protected: Callable[[Any], object]
) -> None:
    for instance in instances:
        if protected(instance) is True:
            message = (
                f"The instance '{instance.id}' may not be {ending}. "
                f"Modify its '{attribute}' instance attribute and try again."
            )
            raise AwsError("OperationNotPermitted", message)


def _user_initiated(request: ApiRequest) -> str:
    return f"User initiated ({moto_datetime(request.time).strftime('%Y-%m-%d %H:%M:%S GMT')})"


def _change_states(
    request: ApiRequest, member: str, instances: list[Any], change: Callable[[ApiRequest, Any], None]
) -> HttpResponse:
    """Change each instance, and return the state of each before and after."""
    check_dry_run(request)
    changes = []
    for instance in instances:
        before = _state(instance)
        change(request, instance)
        changes.append((instance.id, _state(instance), before))
    items = [
        {
            "instanceId": instance_id,
            "currentState": {"code": int(now), "name": now.label},
            "previousState": {"code": int(before), "name": before.label},
        }
        for instance_id, now, before in changes
    ]
    details = request.context(EventDetails)
    details.response_elements = {"requestId": request.id, "instancesSet": {"items": items}}
    result = [
        {
            "InstanceId": instance_id,
            "CurrentState": {"Name": now.label, "Code": int(now)},
            "PreviousState": {"Name": before.label, "Code": int(before)},
        }
        for instance_id, now, before in changes
    ]
    return serialize(request, {member: result})
