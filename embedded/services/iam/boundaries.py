"""Permissions boundaries of users, which moto has for roles only.

Facts: IAM-02, IAM-50.
"""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

from embedded.core.behaviours import Behaviour
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.protocols import serialize
from embedded.core.request import ApiRequest
from embedded.services.iam.principals import UserBoundaries, iam_backend

BEHAVIOUR = Behaviour("user boundaries")


@BEHAVIOUR.validate("iam", "CreateUser", "PutUserPermissionsBoundary")
def _check_boundary(request: ApiRequest) -> HttpResponse | None:
    arn = request.params.get("PermissionsBoundary")
    if arn is not None and arn not in iam_backend(request.account).managed_policies:
        raise AwsError("NoSuchEntity", f"Scope ARN: {arn} does not exist or is not attachable.", 404)
    return None


@BEHAVIOUR.implements("iam", "PutUserPermissionsBoundary")
def _put(request: ApiRequest) -> HttpResponse:
    request.aws.state(UserBoundaries)[_user(request)] = str(request.params["PermissionsBoundary"])
    return serialize(request, {})


@BEHAVIOUR.implements("iam", "DeleteUserPermissionsBoundary")
def _delete(request: ApiRequest) -> HttpResponse:
    request.aws.state(UserBoundaries).pop(_user(request), None)
    return serialize(request, {})


def _user(request: ApiRequest) -> Any:
    name = str(request.params.get("UserName", ""))
    user = iam_backend(request.account).users.get(name)
    if user is None:
        raise AwsError("NoSuchEntity", f"The user with name {name} cannot be found.", 404)
    return user


@BEHAVIOUR.modify_response("iam", "CreateUser")
def _created(request: ApiRequest, response: HttpResponse) -> HttpResponse:
    arn = request.params.get("PermissionsBoundary")
    if arn is not None:
        request.aws.state(UserBoundaries)[_user(request)] = str(arn)
    return _with_boundary(request, response)


@BEHAVIOUR.modify_response("iam", "GetUser")
def _with_boundary(request: ApiRequest, response: HttpResponse) -> HttpResponse:
    """Add the boundary, which moto does not return."""
    user = iam_backend(request.account).users.get(str(request.params.get("UserName", "")))
    arn = request.aws.state(UserBoundaries).get(user) if user is not None else None
    if arn:
        kind = "<PermissionsBoundaryType>Policy</PermissionsBoundaryType>"
        named = f"<PermissionsBoundaryArn>{escape(arn)}</PermissionsBoundaryArn>"
        element = f"<PermissionsBoundary>{kind}{named}</PermissionsBoundary></User>".encode()
        response.body = response.body.replace(b"</User>", element, 1)
    return response
