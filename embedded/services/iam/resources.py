"""The resources that an action of IAM, CloudTrail or Systems Manager is about, as policies name them.

Facts: IAM-49, and the service authorization reference
(https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html, and
its pages of CloudTrail and Systems Manager).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from embedded.core.partition import partition
from embedded.core.principal import Principal, PrincipalKind
from embedded.core.request import ApiRequest
from embedded.services.iam.conditions import Value
from embedded.services.iam.principals import boundary_arn, iam_backend, principal_tags

NAMED = {
    "UserName": ("user", "users"),
    "RoleName": ("role", "roles"),
    "GroupName": ("group", "groups"),
    "InstanceProfileName": ("instance-profile", "instance_profiles"),
    "PolicyName": ("policy", "policies"),
    "ServerCertificateName": ("server-certificate", "certificates"),
}
"""Parameters that name a resource: its type in ARNs, and moto's collection."""
OF_GROUP = ("AddUserToGroup", "RemoveUserFromGroup")
OF_POLICY = ("CreatePolicy",)
ARN_PARAMETERS = ("PolicyArn", "SAMLProviderArn", "OpenIDConnectProviderArn", "PolicySourceArn")
NAMED_BY_ARN = (
    "CreatePolicyVersion",
    "DeletePolicy",
    "DeletePolicyVersion",
    "GetPolicy",
    "GetPolicyVersion",
    "ListEntitiesForPolicy",
    "ListPolicyTags",
    "ListPolicyVersions",
    "SetDefaultPolicyVersion",
    "TagPolicy",
    "UntagPolicy",
)
OWN_USER = (
    "GetUser",
    "ListAccessKeys",
    "CreateAccessKey",
    "UpdateAccessKey",
    "DeleteAccessKey",
    "ListSigningCertificates",
    "ListMFADevices",
    "ChangePassword",
)
"""Operations that are about the caller where they name no user."""
TRAIL_PARAMETERS = ("Name", "TrailName", "ResourceId", "EventDataStore")


def resources_of(request: ApiRequest) -> list[str]:
    """Return the ARNs that policies must allow, or `*` where an action is about no single resource."""
    find = {"iam": _of_iam, "cloudtrail": _of_cloudtrail, "ssm": _of_ssm, "s3control": _of_s3_control}.get(
        request.service
    )
    return (find(request) if find else []) or ["*"]


def _of_s3_control(request: ApiRequest) -> list[str]:
    return [str(request.params["ResourceArn"])] if request.params.get("ResourceArn") else []


def _of_iam(request: ApiRequest) -> list[str]:
    params, operation = request.params, request.operation
    if operation in NAMED_BY_ARN:
        return [str(params.get("PolicyArn", ""))]
    if operation == "SimulatePrincipalPolicy":
        return [str(params.get("PolicySourceArn", ""))]
    if operation in OF_GROUP:
        return [iam_arn(request.account, "group", str(params.get("GroupName", "")))]
    for name, (kind, _) in NAMED.items():
        if name == "PolicyName" and operation not in OF_POLICY:
            continue
        if params.get(name):
            return [iam_arn(request.account, kind, str(params[name]), params.get("Path"))]
    arns = [str(params[name]) for name in ARN_PARAMETERS if params.get(name)]
    if operation in OWN_USER and request.principal.kind is PrincipalKind.IAM_USER:
        return [request.principal.arn]
    return arns


def iam_arn(account: str, kind: str, name: str, path: Any = None) -> str:
    """Return the ARN of a resource of IAM: with the path that it has, or is to have."""
    collection = next((collection for each, collection in NAMED.values() if each == kind), "")
    found = getattr(iam_backend(account), collection, {})
    existing = found.get(name) if isinstance(found, Mapping) else None
    if kind == "role":
        existing = next((role for role in iam_backend(account).roles.values() if role.name == name), None)
    where = str(getattr(existing, "path", None) or path or "/")
    return f"arn:{partition()}:iam::{account}:{kind}{where}{name}"


def _of_cloudtrail(request: ApiRequest) -> list[str]:
    given = [request.params.get(name) for name in TRAIL_PARAMETERS]
    given += [*(request.params.get("ResourceIdList") or []), *(request.params.get("trailNameList") or [])]
    names = [str(each) for each in given if each]
    return [each if each.startswith("arn:") else request.arn("cloudtrail", f"trail/{each}") for each in names]


def _of_ssm(request: ApiRequest) -> list[str]:
    """Return the ARNs of parameters; a public one has no account.

    (https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters.html)
    """
    if "Parameter" not in request.operation:
        return []
    given = [request.params.get("Name"), request.params.get("Path"), *(request.params.get("Names") or [])]
    return [_parameter_arn(request, str(each)) for each in given if each]


def _parameter_arn(request: ApiRequest, name: str) -> str:
    if name.startswith("arn:"):
        return name
    resource = f"parameter/{name.lstrip('/')}"
    if name.startswith("/aws/"):
        return f"arn:{partition()}:ssm:{request.region}::{resource}"
    return request.arn("ssm", resource)


def action_context(request: ApiRequest) -> dict[str, Value]:
    """Return the condition keys of IAM's own actions: the policy that is attached, the boundary, and tags."""
    if request.service != "iam":
        return {}
    context: dict[str, Value] = {}
    for key, name in (("iam:PolicyARN", "PolicyArn"), ("iam:PermissionsBoundary", "PermissionsBoundary")):
        if request.params.get(name):
            context[key] = str(request.params[name])
    for name, kind in (("UserName", PrincipalKind.IAM_USER), ("RoleName", PrincipalKind.ASSUMED_ROLE)):
        if request.params.get(name):
            holder = Principal(kind, request.account, name=str(request.params[name]))
            for prefix in ("aws:ResourceTag", "iam:ResourceTag"):
                context |= {f"{prefix}/{tag}": value for tag, value in principal_tags(holder).items()}
            if "iam:PermissionsBoundary" not in context and boundary_arn(holder):
                context["iam:PermissionsBoundary"] = boundary_arn(holder)
    return context
