"""Authorization in EC2: an action on each resource that a request names or creates, with the tags of both.

Facts: the service authorization reference for EC2
(https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html). RunInstances needs permission
for the image, the subnet and everything that it creates. What is created has `aws:RequestTag/…`, what exists
`aws:ResourceTag/…` and `ec2:ResourceTag/…`. Tags at creation need `ec2:CreateTags` with `ec2:CreateAction`. The ARNs of
snapshots and images have no account. An id anywhere in the parameters names a resource.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.partition import partition
from embedded.core.request import ApiRequest
from embedded.services.ec2.access_context import new_resource_contexts, resource_context
from embedded.services.ec2.resources import ec2_backend
from embedded.services.iam.authorization import request_context, require_permission
from embedded.services.iam.policy_engine import AccessRequest, Context

BEHAVIOUR = Behaviour("ec2 authorization")

KINDS = {
    "acl": "network-acl",
    "ami": "image",
    "dopt": "dhcp-options",
    "eipalloc": "elastic-ip",
    "eni": "network-interface",
    "i": "instance",
    "igw": "internet-gateway",
    "key": "key-pair",
    "lt": "launch-template",
    "nat": "natgateway",
    "pcx": "vpc-peering-connection",
    "rtb": "route-table",
    "sg": "security-group",
    "snap": "snapshot",
    "subnet": "subnet",
    "vol": "volume",
    "vpc": "vpc",
    "vpce": "vpc-endpoint",
}
"""The types of resources in ARNs, by the beginning of their ids."""
RESOURCE_ID = re.compile(r"([a-z]+)-[0-9a-f]{8,17}")
CREATED = {
    "RunInstances": ("instance", "volume", "network-interface"),
    "CreateVolume": ("volume",),
    "CreateSnapshot": ("snapshot",),
    "CreateSnapshots": ("snapshot",),
    "CopySnapshot": ("snapshot",),
    "CreateImage": ("image", "snapshot"),
    "CopyImage": ("image",),
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
    if request.operation == "RunInstances":
        return
    requested = _tag_context(request.params.get("Tags") or []) if request.operation == "CreateTags" else {}
    for resource_id in _named_ids(request.params):
        kind = KINDS[resource_id.partition("-")[0]]
        tags = _tags(request, resource_id)
        context = {f"{key}/{name}": value for name, value in tags.items() for key in RESOURCE_TAG_KEYS}
        keys = resource_context(request, kind, resource_id)
        yield RequiredPermission(action, _arn(request, kind, resource_id), {**keys, **context, **requested})


def _named_ids(value: Any) -> list[str]:
    """Return the ids of resources anywhere in the parameters, each once."""
    if isinstance(value, str):
        found = RESOURCE_ID.fullmatch(value)
        return [value] if found and found[1] in KINDS else []
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return list(dict.fromkeys(each for one in inside for each in _named_ids(one)))


def _tag_context(tags: list[dict[str, Any]]) -> dict[str, Any]:
    given = {str(each["Key"]): str(each.get("Value") or "") for each in tags if each.get("Key") is not None}
    context: dict[str, Any] = {f"aws:RequestTag/{name}": value for name, value in given.items()}
    return {**context, "aws:TagKeys": [*given]}


def _for_created(request: ApiRequest, action: str) -> Iterator[RequiredPermission]:
    specifications = request.params.get("TagSpecifications") or []
    given = {each.get("ResourceType"): each.get("Tags") or [] for each in specifications}
    for kind in CREATED.get(request.operation, ()):
        tags = given.get(kind, [])
        for keys in new_resource_contexts(request, kind):
            yield RequiredPermission(action, _arn(request, kind, "*"), {**keys, **_tag_context(tags)})
        if tags:
            context = {**_tag_context(tags), "ec2:CreateAction": request.operation}
            yield RequiredPermission("ec2:CreateTags", _arn(request, kind, "*"), context)
    if request.operation == "RunInstances":
        yield from _for_launch(request, action)


def _for_launch(request: ApiRequest, action: str) -> Iterator[RequiredPermission]:
    for parameter, kind in (("ImageId", "image"), ("SubnetId", "subnet"), ("KeyName", "key-pair")):
        if request.params.get(parameter):
            name = str(request.params[parameter])
            keys = resource_context(request, kind, name)
            yield RequiredPermission(action, _arn(request, kind, name), keys)
    groups = [str(each) for each in request.params.get("SecurityGroupIds") or []] or ["*"]
    for group in groups:
        yield RequiredPermission(action, _arn(request, "security-group", group))


def _tags(request: ApiRequest, resource_id: str) -> dict[str, str]:
    found = ec2_backend(request).describe_tags({"resource-id": [resource_id]})
    return {str(each["key"]): str(each["value"]) for each in found}


def _arn(request: ApiRequest, kind: str, resource_id: str) -> str:
    if kind in WITHOUT_ACCOUNT:
        return f"arn:{partition()}:ec2:{request.region}::{kind}/{resource_id}"
    return request.arn("ec2", f"{kind}/{resource_id}")


@BEHAVIOUR.authorize("ec2")
def _authorize(request: ApiRequest) -> None:
    context = {**request_context(request), "ec2:Region": request.region}
    if request.params.get("Attribute"):
        context["ec2:Attribute"] = str(request.params["Attribute"])
    for each in required_permissions(request):
        access = AccessRequest(each.action, each.resource, request.principal, {**context, **each.tags})
        require_permission(access, "ec2")
