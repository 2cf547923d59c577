"""The forms of IAM's responses: ids, dates, encoded policies, and what CreateRole and policies show.

Facts: IAM-60 to IAM-63, MOTO-82.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import unescape

from embedded.core.behaviours import Behaviour
from embedded.core.credentials import ID_LETTERS
from embedded.core.http import HttpResponse
from embedded.core.request import ApiRequest
from embedded.services.iam.principals import UserBoundaries, iam_backend

BEHAVIOUR = Behaviour("iam responses")

MICROSECONDS = re.compile(rb"(>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.\d+(Z<)")
POLICY = re.compile(r"<(AssumeRolePolicyDocument|PolicyDocument|Document)>(\s*(?:\{|&#|&quot;).*?)</\1>", re.DOTALL)
NOT_IN_CREATE_ROLE = re.compile(
    rb"<MaxSessionDuration>\d+</MaxSessionDuration>|<RoleLastUsed ?/>|<RoleLastUsed></RoleLastUsed>"
)
ATTACHMENTS = re.compile(r"(<Arn>([^<]+)</Arn>(?:(?!<Arn>).)*?<AttachmentCount>\d+</AttachmentCount>)", re.DOTALL)


def new_id(prefix: str) -> str:
    """Return a unique id of IAM: a prefix of four letters that names the kind, and 17 letters and digits."""
    return prefix + "".join(secrets.choice(ID_LETTERS) for _ in range(17))


@BEHAVIOUR.patch("moto.iam.models:User.__init__", "self, account_id, region_name, name, path")
def _user_id(original: Callable[..., None], user: Any, *args: Any, **kwargs: Any) -> None:
    original(user, *args, **kwargs)
    user.id = new_id("AIDA")


@BEHAVIOUR.patch("moto.iam.models:Group.__init__", "self, account_id, region_name, name, path")
def _group_id(original: Callable[..., None], group: Any, *args: Any, **kwargs: Any) -> None:
    original(group, *args, **kwargs)
    group.id = new_id("AGPA")


@BEHAVIOUR.patch("moto.iam.models:random_policy_id", "")
def _policy_id(original: Callable[[], str]) -> str:
    return new_id("ANPA")


@BEHAVIOUR.modify_response("iam")
def _dates_and_documents(request: ApiRequest, response: HttpResponse) -> HttpResponse:
    response.body = MICROSECONDS.sub(rb"\1\2", response.body)
    if b"Document>" in response.body:
        response.body = POLICY.sub(_encoded, response.body.decode()).encode()
    return response


def _encoded(found: re.Match[str]) -> str:
    document = unescape(found[2], {"&quot;": '"', "&apos;": "'", "&#10;": "\n", "&#13;": "\r", "&#9;": "\t"})
    return f"<{found[1]}>{quote(document, safe='')}</{found[1]}>"


@BEHAVIOUR.modify_response("iam", "CreateRole")
def _created_role(request: ApiRequest, response: HttpResponse) -> HttpResponse:
    response.body = NOT_IN_CREATE_ROLE.sub(b"", response.body)
    return response


@BEHAVIOUR.modify_response("iam", "CreatePolicy", "GetPolicy", "ListPolicies", "GetAccountAuthorizationDetails")
def _boundary_usage(request: ApiRequest, response: HttpResponse) -> HttpResponse:
    """Add how many users and roles have a policy as their permissions boundary."""
    backend = iam_backend(request.account)
    boundaries = [role.permissions_boundary_arn for role in backend.roles.values()]
    boundaries += [request.aws.state(UserBoundaries).get(user) for user in backend.users.values()]

    def counted(found: re.Match[str]) -> str:
        count = boundaries.count(found[2])
        return f"{found[1]}<PermissionsBoundaryUsageCount>{count}</PermissionsBoundaryUsageCount>"

    text = response.body.decode()
    if "<PermissionsBoundaryUsageCount>" not in text:
        response.body = ATTACHMENTS.sub(counted, text).encode()
    return response
