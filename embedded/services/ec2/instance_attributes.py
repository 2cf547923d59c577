"""ModifyInstanceAttribute: one attribute of an instance at a time.

Facts: EC2-116, EC2-117, MOTO-90.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.error_responses import not_implemented
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.protocols import serialize
from embedded.core.request import ApiRequest
from embedded.services.ec2.resources import check_dry_run, ec2_backend, find_instance

BEHAVIOUR = Behaviour("ec2 instance attributes")

WHILE_STOPPED = {"EbsOptimized": "ebs_optimized", "InstanceType": "instance_type", "UserData": "user_data"}
AT_ANY_TIME = {
    "DisableApiStop": "disable_api_stop",
    "DisableApiTermination": "disable_api_termination",
    "InstanceInitiatedShutdownBehavior": "instance_initiated_shutdown_behavior",
    "SourceDestCheck": "source_dest_check",
}
VALUES = {**WHILE_STOPPED, **AT_ANY_TIME}
"""The attributes with a value, and moto's names of them."""
NOT_CHANGED = ("EnaSupport", "EnclaveOptions", "Kernel", "Ramdisk", "SriovNetSupport")


@BEHAVIOUR.implements("ec2", "ModifyInstanceAttribute")
def _modify(request: ApiRequest) -> HttpResponse:
    instance = find_instance(request, str(request.params["InstanceId"]))
    given = _given(request.params)
    if len(given) > 1:
        names = ", ".join(f"{name[0].lower()}{name[1:]}" for name in given)
        raise AwsError("InvalidParameterCombination", f"Fields for multiple attribute types specified: {names}")
    refused = next((name for name in given if name in NOT_CHANGED), "")
    if refused or not given:
        raise not_implemented(f"does not change {refused or 'nothing'} in ModifyInstanceAttribute.")
    ((name, value),) = given.items()
    if name == "BlockDeviceMappings":
        changes = [(_device(instance, device), "delete_on_termination", deleted) for device, deleted in value.items()]
    elif name == "Groups":
        changes = [(instance, "security_groups", _groups(request, value))]
    else:
        changes = [(instance, VALUES.get(name, ""), _checked(instance, name, value))]
    check_dry_run(request)
    for changed, attribute, wanted in changes:
        setattr(changed, attribute, wanted)
    return serialize(request, {})


def _given(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes that are to change, and their values."""
    given = {name: params[name].get("Value") for name in VALUES if params.get(name) is not None}
    given |= {name: True for name in NOT_CHANGED if params.get(name) is not None}
    if params.get("Attribute"):
        # The older form: the attribute's name and its value as a text.
        name = str(params["Attribute"])
        value = params.get("Value")
        given[f"{name[0].upper()}{name[1:]}"] = {"true": True, "false": False}.get(str(value), value)
    if params.get("BlockDeviceMappings"):
        given["BlockDeviceMappings"] = {
            str(each.get("DeviceName")): bool((each.get("Ebs") or {}).get("DeleteOnTermination"))
            for each in params["BlockDeviceMappings"]
        }
    return {**given, **({"Groups": params["Groups"]} if params.get("Groups") else {})}


def _device(instance: Any, name: str) -> Any:
    if name not in instance.block_device_mapping:
        raise AwsError("InvalidInstanceAttributeValue", f"No device is currently mapped at {name}")
    return instance.block_device_mapping[name]


def _groups(request: ApiRequest, ids: list[str]) -> list[Any]:
    found = {each: ec2_backend(request).get_security_group_from_id(str(each)) for each in ids}
    absent = next((each for each, group in found.items() if group is None), "")
    if absent:
        raise AwsError("InvalidGroup.NotFound", f"The security group '{absent}' does not exist")
    return list(found.values())


def _checked(instance: Any, name: str, value: Any) -> Any:
    if name not in VALUES:
        raise AwsError(
            "InvalidParameterValue", f"Value ({name}) for parameter attribute is invalid. Unknown attribute."
        )
    if name in WHILE_STOPPED and instance.state != "stopped":
        raise AwsError("IncorrectInstanceState", f"The instance '{instance.id}' is not in the 'stopped' state.")
    if name == "InstanceType":
        _check_type(str(value))
    if name == "InstanceInitiatedShutdownBehavior" and value not in ("stop", "terminate"):
        message = f"Value ({value}) for parameter instanceInitiatedShutdownBehavior is invalid."
        raise AwsError("InvalidParameterValue", message)
    return value


def _check_type(name: str) -> None:
    from moto.ec2.models.instance_types import INSTANCE_TYPES

    if name not in INSTANCE_TYPES:
        raise AwsError("InvalidInstanceAttributeValue", f"Invalid value '{name}' for InstanceType.")
