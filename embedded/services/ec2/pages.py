"""Pages of EC2's lists: `MaxResults` and `NextToken`, which moto reads for few operations.

Facts: EC2-112, MOTO-86.
"""

from __future__ import annotations

from embedded.core.behaviours import Behaviour
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.request import ApiRequest
from embedded.core.xml_pages import cut, has_pages, insert, read_token
from embedded.services.ec2.resources import ec2_backend

BEHAVIOUR = Behaviour("ec2 pages")

FEWEST, MOST = 5, 1000
MOTOS_OWN = (
    "DescribeIamInstanceProfileAssociations",
    "DescribeInstances",
    "DescribeLaunchTemplateVersions",
    "DescribeLaunchTemplates",
    "DescribeVpcEndpointServices",
    "GetTransitGatewayRouteTableAssociations",
    "GetTransitGatewayRouteTablePropagations",
    "SearchTransitGatewayRoutes",
)
"""Operations whose pages moto makes."""
IDS = {
    "DescribeInstances": "InstanceIds",
    "DescribeSnapshots": "SnapshotIds",
    "DescribeVolumeStatus": "VolumeIds",
    "DescribeVolumes": "VolumeIds",
}
"""Lists of ids that cannot be asked for together with a page's size."""


def _is_paged(request: ApiRequest) -> bool:
    return has_pages("ec2", request.operation, "MaxResults", "NextToken")


@BEHAVIOUR.resolve("ec2")
def _check(request: ApiRequest) -> None:
    size, token = request.params.get("MaxResults"), request.params.get("NextToken")
    if (size is None and token is None) or not _is_paged(request):
        return
    if size is not None and size < FEWEST:
        message = f"Value ( {size} ) for parameter maxResults is invalid. Expecting a value greater than {FEWEST}."
        raise AwsError("InvalidParameterValue", message)
    ids = IDS.get(request.operation, "")
    if size is not None and request.params.get(ids):
        raise AwsError(
            "InvalidParameterCombination", f"The parameter {ids} cannot be used with the parameter maxResults"
        )
    if token is not None and not _is_known(request, str(token)):
        raise AwsError("InvalidNextToken", "The specified next token is not valid.")


def _is_known(request: ApiRequest, token: str) -> bool:
    if request.operation == "DescribeInstances":
        return token in ec2_backend(request).reservations
    if request.operation in MOTOS_OWN:
        return True
    try:
        return read_token(request, token) >= 0
    except ValueError:
        return False


@BEHAVIOUR.modify_response("ec2")
def _page(request: ApiRequest, response: HttpResponse) -> HttpResponse:
    size, token = request.params.get("MaxResults"), request.params.get("NextToken")
    if (size is None and token is None) or request.operation in MOTOS_OWN or not _is_paged(request):
        return response
    first = read_token(request, str(token)) if token else 0
    following = cut(request, response, first, min(size or MOST, MOST))
    if following:
        insert(response, f"{request.operation}Response", {"nextToken": following})
    return response
