"""Authorization in EC2: an action on each resource that a request names or creates, with the tags of both.

Facts: the service authorization reference for EC2
(https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html). RunInstances needs permission
for the image, the subnet and everything that it creates. What is created has `aws:RequestTag/…`, what exists
`aws:ResourceTag/…` and `ec2:ResourceTag/…`. Tags at creation need `ec2:CreateTags` with `ec2:CreateAction`. The ARNs of
snapshots and images have no account.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.partition import partition
from embedded.core.request import ApiRequest
from embedded.services.ec2.resources import ec2_backend
from embedded.services.iam.authorization import request_context, require_permission
from embedded.services.iam.policy_engine import AccessRequest, Context

BEHAVIOUR = Behaviour("ec2 authorization")

NAMED = {
    "InstanceId": "instance",
    "InstanceIds": "instance",
    "VolumeId": "volume",
    "VolumeIds": "volume",
    "SnapshotId": "snapshot",
    "SnapshotIds": "snapshot",
    "SourceSnapshotId": "snapshot",
}
"""The types of resources that parameters name."""
CREATED = {
    "RunInstances": ("instance", "volume", "network-interface"),
    "CreateVolume": ("volume",),
    "CreateSnapshot": ("snapshot",),
}
WITHOUT_ACCOUNT = ("snapshot", "image")
RESOURCE_TAG_KEYS = ("aws:ResourceTag", "ec2:ResourceTag")


@dataclasses.dataclass(frozen=True)
class RequiredPermission:
    """An action on a resource, and the condition keys that tags give."""

    action: str
    resource: str
    tags: Context = dataclasses.field(default_factory=dict)


def required_permissions(request: ApiRequest) -> list[RequiredPermission]:
    """Return everything that the principal must be allowed to do; `*` for a request without resources."""
    action = f"ec2:{request.operation}"
    if request.operation.startswith("Describe"):
        return [RequiredPermission(action, "*")]
    found = [*_for_named(request, action), *_for_created(request, action)]
    return found or [RequiredPermission(action, "*")]


def _for_named(request: ApiRequest, action: str) -> Iterator[RequiredPermission]:
    for parameter, kind in NAMED.items():
        value = request.params.get(parameter) or []
        for each in [value] if isinstance(value, str) else value:
            tags = _tags(request, str(each))
            context = {f"{key}/{name}": value for name, value in tags.items() for key in RESOURCE_TAG_KEYS}
            yield RequiredPermission(action, _arn(request, kind, str(each)), context)


def _for_created(request: ApiRequest, action: str) -> Iterator[RequiredPermission]:
    specifications = request.params.get("TagSpecifications") or []
    given = {each.get("ResourceType"): each.get("Tags") or [] for each in specifications}
    for kind in CREATED.get(request.operation, ()):
        tags = {str(each["Key"]): str(each["Value"]) for each in given.get(kind, [])}
        context: dict[str, Any] = {f"aws:RequestTag/{name}": value for name, value in tags.items()}
        context["aws:TagKeys"] = [*tags]
        yield RequiredPermission(action, _arn(request, kind, "*"), context)
        if tags:
            context = {**context, "ec2:CreateAction": request.operation}
            yield RequiredPermission("ec2:CreateTags", _arn(request, kind, "*"), context)
    if request.operation == "RunInstances":
        for parameter, kind in (("ImageId", "image"), ("SubnetId", "subnet")):
            if request.params.get(parameter):
                yield RequiredPermission(action, _arn(request, kind, str(request.params[parameter])))
        yield RequiredPermission(action, _arn(request, "security-group", "*"))


def _tags(request: ApiRequest, resource_id: str) -> dict[str, str]:
    found = ec2_backend(request).describe_tags({"resource-id": [resource_id]})
    return {str(each["key"]): str(each["value"]) for each in found}


def _arn(request: ApiRequest, kind: str, resource_id: str) -> str:
    if kind in WITHOUT_ACCOUNT:
        return f"arn:{partition()}:ec2:{request.region}::{kind}/{resource_id}"
    return request.arn("ec2", f"{kind}/{resource_id}")


@BEHAVIOUR.authorize("ec2")
def _authorize(request: ApiRequest) -> None:
    context = request_context(request)
    for each in required_permissions(request):
        access = AccessRequest(each.action, each.resource, request.principal, {**context, **each.tags})
        require_permission(access, "ec2")
