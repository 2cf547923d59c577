"""`iam:PassRole`: who gives a role to a service needs permission for the role.

Facts: IAM-52.
"""

from __future__ import annotations

from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.partition import partition
from embedded.core.request import ApiRequest
from embedded.services.iam.authorization import request_context, require_permission
from embedded.services.iam.policy_engine import AccessRequest
from embedded.services.iam.principals import iam_backend
from embedded.services.iam.resources import iam_arn

BEHAVIOUR = Behaviour("role passing")

EC2, CLOUDTRAIL = "ec2.amazonaws.com", "cloudtrail.amazonaws.com"


def _require(request: ApiRequest, role_arn: str, service: str) -> None:
    context = {**request_context(request), "iam:PassedToService": service}
    access = AccessRequest("iam:PassRole", role_arn, request.principal, context)
    require_permission(access, request.service)


@BEHAVIOUR.authorize("ec2", "RunInstances", "AssociateIamInstanceProfile", "ReplaceIamInstanceProfileAssociation")
def _to_instance(request: ApiRequest) -> None:
    for role in _roles(request, request.params.get("IamInstanceProfile") or {}):
        _require(request, str(role.arn), EC2)


def _roles(request: ApiRequest, named: dict[str, Any]) -> list[Any]:
    """Return the roles (moto's objects) of an instance profile that a request names."""
    name = str(named.get("Name") or str(named.get("Arn") or "").rpartition("/")[2])
    profiles = iam_backend(request.account).instance_profiles.values()
    return [role for profile in profiles if profile.name == name for role in profile.roles]


@BEHAVIOUR.authorize("iam", "AddRoleToInstanceProfile")
def _to_profile(request: ApiRequest) -> None:
    _require(request, iam_arn(request.account, "role", str(request.params.get("RoleName", ""))), EC2)


@BEHAVIOUR.authorize("cloudtrail", "CreateTrail", "UpdateTrail")
def _to_trail(request: ApiRequest) -> None:
    arn = str(request.params.get("CloudWatchLogsRoleArn") or "")
    if arn.startswith(f"arn:{partition()}:iam::"):
        _require(request, arn, CLOUDTRAIL)
