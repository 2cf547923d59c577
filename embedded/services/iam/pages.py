"""Pages of IAM's lists: `MaxItems`, `Marker` and `IsTruncated`, which moto has for some lists only.

Facts: IAM-101, MOTO-87.
"""

from __future__ import annotations

from embedded.core.behaviours import Behaviour
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.request import ApiRequest
from embedded.core.xml_pages import cut, insert, read_token

BEHAVIOUR = Behaviour("iam pages")

MOST = 100
OPERATIONS = (
    "GetGroup",
    "ListAccessKeys",
    "ListAccountAliases",
    "ListGroupPolicies",
    "ListGroups",
    "ListGroupsForUser",
    "ListInstanceProfiles",
    "ListInstanceProfilesForRole",
    "ListMFADevices",
    "ListPolicyVersions",
    "ListRolePolicies",
    "ListSSHPublicKeys",
    "ListServerCertificates",
    "ListSigningCertificates",
    "ListUserPolicies",
    "ListUserTags",
    "SimulateCustomPolicy",
    "SimulatePrincipalPolicy",
)
"""The lists that are returned whole otherwise."""


@BEHAVIOUR.validate("iam", *OPERATIONS)
def _check_marker(request: ApiRequest) -> HttpResponse | None:
    _first(request)
    return None


def _first(request: ApiRequest) -> int:
    marker = request.params.get("Marker")
    try:
        return read_token(request, str(marker)) if marker else 0
    except ValueError:
        raise AwsError("ValidationError", "Invalid Marker.") from None


@BEHAVIOUR.validate("iam")
def _check_motos_marker(request: ApiRequest) -> HttpResponse | None:
    """Refuse a marker that moto did not give: its own are numbers."""
    marker = request.params.get("Marker")
    if marker is not None and request.operation not in OPERATIONS and not str(marker).isdecimal():
        raise AwsError("ValidationError", "Invalid Marker.")
    return None


@BEHAVIOUR.modify_response("iam", *OPERATIONS)
def _page(request: ApiRequest, response: HttpResponse) -> HttpResponse:
    if not request.params.get("MaxItems") and not request.params.get("Marker"):
        return response
    following = cut(request, response, _first(request), int(request.params.get("MaxItems") or MOST))
    shown = {"IsTruncated": "true", "Marker": following} if following else {"IsTruncated": "false"}
    insert(response, f"{request.operation}Result", shown)
    return response
