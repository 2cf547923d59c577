"""What an EC2 call asks of IAM: an action on each resource that it names or makes, with the tags of both.

Facts: the service authorization reference for EC2
(https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html): RunInstances asks for the
image, the subnet and everything that it makes; what is made has `aws:RequestTag/…`, what is there `aws:ResourceTag/…`
and `ec2:ResourceTag/…`; tags given at creation ask for `ec2:CreateTags` with `ec2:CreateAction`. Snapshots and images
have no account in their ARN.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from embedded.core.call import PARTITION, Call

NAMED = {
    "InstanceId": "instance",
    "InstanceIds": "instance",
    "VolumeId": "volume",
    "VolumeIds": "volume",
    "SnapshotId": "snapshot",
    "SnapshotIds": "snapshot",
    "SourceSnapshotId": "snapshot",
}
MADE = {
    "RunInstances": ("instance", "volume", "network-interface"),
    "CreateVolume": ("volume",),
    "CreateSnapshot": ("snapshot",),
}
OWNERLESS = ("snapshot", "image")


@dataclasses.dataclass(frozen=True)
class Right:
    """An action on a resource, and the condition keys that tags give."""

    action: str
    resource: str
    tags: dict[str, str | list[str]]


def rights(call: Call) -> Iterator[Right]:
    """Everything that the call must be allowed to do; `*` stands for a call that knows no resources."""
    action, any_found = f"ec2:{call.operation}", False
    if not call.operation.startswith("Describe"):
        for right in (*_named(call, action), *_made(call, action)):
            any_found = True
            yield right
    if not any_found:
        yield Right(action, "*", {})


def _named(call: Call, action: str) -> Iterator[Right]:
    for parameter, kind in NAMED.items():
        value = call.params.get(parameter) or []
        for each in [value] if isinstance(value, str) else value:
            tags = _tags_of(call, str(each))
            both: dict[str, str | list[str]] = {f"{key}/{name}": value for name, value in tags.items() for key in KEYS}
            yield Right(action, _arn(call, kind, str(each)), both)


KEYS = ("aws:ResourceTag", "ec2:ResourceTag")


def _made(call: Call, action: str) -> Iterator[Right]:
    if call.operation not in MADE:
        return
    given = {each.get("ResourceType"): each.get("Tags") or [] for each in call.params.get("TagSpecifications") or []}
    for kind in MADE[call.operation]:
        tags = {str(each["Key"]): str(each["Value"]) for each in given.get(kind, [])}
        asked: dict[str, Any] = {f"aws:RequestTag/{name}": value for name, value in tags.items()}
        asked["aws:TagKeys"] = [*tags]
        yield Right(action, _arn(call, kind, "*"), asked)
        if tags:
            yield Right("ec2:CreateTags", _arn(call, kind, "*"), {**asked, "ec2:CreateAction": call.operation})
    if call.operation == "RunInstances":
        for parameter, kind in (("ImageId", "image"), ("SubnetId", "subnet")):
            if call.params.get(parameter):
                yield Right(action, _arn(call, kind, str(call.params[parameter])), {})
        yield Right(action, _arn(call, "security-group", "*"), {})


def _tags_of(call: Call, identifier: str) -> dict[str, str]:
    from moto.ec2.models import ec2_backends

    found = ec2_backends[call.account][call.region].describe_tags({"resource-id": [identifier]})
    return {str(each["key"]): str(each["value"]) for each in found}


def _arn(call: Call, kind: str, identifier: str) -> str:
    if kind in OWNERLESS:
        return f"arn:{PARTITION}:ec2:{call.region}::{kind}/{identifier}"
    return call.arn("ec2", f"{kind}/{identifier}")
