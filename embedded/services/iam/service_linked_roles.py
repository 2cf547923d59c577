"""Service-linked roles: their names are the services' own; those that are not known here are refused.

Facts: IAM-66, MOTO-82.
"""

from __future__ import annotations

import json
import re
from urllib.parse import quote

from embedded.core.behaviours import Behaviour
from embedded.core.error_responses import not_implemented
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.partition import partition
from embedded.core.protocols import serialize
from embedded.core.request import ApiRequest
from embedded.services.iam.principals import iam_backend, load_aws_managed_policies

BEHAVIOUR = Behaviour("service-linked roles")

NAMES = {
    "acm": ("CertificateManager", "CertificateManagerServiceRolePolicy"),
    "appmesh": ("AppMesh", "AWSAppMeshServiceRolePolicy"),
    "autoscaling": ("AutoScaling", "AutoScalingServiceRolePolicy"),
    "backup": ("Backup", "AWSBackupServiceLinkedRolePolicyForBackup"),
    "batch": ("Batch", "BatchServiceRolePolicy"),
}
"""The end of the role's name, and the policy that is attached to it, by the first part of the service's name."""
ALLOW_SUFFIXES = ("autoscaling",)
ID = re.compile(r"<DeletionTaskId>([^<]+)</DeletionTaskId>")


@BEHAVIOUR.resolve("iam", "CreateServiceLinkedRole")
def _load_policies(request: ApiRequest) -> None:
    load_aws_managed_policies(request.account)


@BEHAVIOUR.implements("iam", "CreateServiceLinkedRole")
def _create(request: ApiRequest) -> HttpResponse:
    service, suffix = str(request.params["AWSServiceName"]), request.params.get("CustomSuffix")
    short = service.removesuffix(".amazonaws.com")
    if short not in NAMES or (suffix and short not in ALLOW_SUFFIXES):
        raise not_implemented(f"has no service-linked role of {service} with these parameters.")
    backend, (ending, policy) = iam_backend(request.account), NAMES[short]
    name = f"AWSServiceRoleFor{ending}" + (f"_{suffix}" if suffix else "")
    if any(role.name == name for role in backend.roles.values()):
        message = f"Service role name {name} has been taken in this account, please try a different suffix."
        raise AwsError("InvalidInput", message)
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    description = str(request.params.get("Description") or "")
    role = backend.create_role(name, document, f"/aws-service-role/{service}/", None, description, [], 3600)
    backend.attach_role_policy(f"arn:{partition()}:iam::aws:policy/aws-service-role/{policy}", name)
    shown = {
        "Path": role.path,
        "RoleName": name,
        "RoleId": role.id,
        "Arn": role.arn,
        "CreateDate": role.create_date,
        "AssumeRolePolicyDocument": quote(document, safe=""),
    }
    return serialize(request, {"Role": shown})


@BEHAVIOUR.validate("iam", "DeleteServiceLinkedRole")
def _detach_policies(request: ApiRequest) -> HttpResponse | None:
    """Take its policies from the role, which moto would not delete otherwise."""
    roles = iam_backend(request.account).roles.values()
    role = next((each for each in roles if each.name == request.params["RoleName"]), None)
    for policy in list(role.managed_policies.values()) if role else ():
        policy.detach_from(role)
    return None


@BEHAVIOUR.modify_response("iam", "DeleteServiceLinkedRole")
def _task_id(request: ApiRequest, response: HttpResponse) -> HttpResponse:
    role, text = str(request.params["RoleName"]), response.body.decode()
    ending = role.removeprefix("AWSServiceRoleFor").partition("_")[0]
    service = next((short for short, (known, _) in NAMES.items() if known == ending), "")
    task = rf"<DeletionTaskId>task/aws-service-role/{service}.amazonaws.com/{role}/\1</DeletionTaskId>"
    response.body = ID.sub(task, text).encode()
    return response
