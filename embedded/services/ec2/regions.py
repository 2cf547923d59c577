"""DescribeRegions: the Regions that are enabled for the account, unless all are requested.

Facts: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRegions.html (`AllRegions` and `RegionName`
also return disabled Regions; `optInStatus`);
https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html (the Regions from before 20 March 2019
are enabled, the others need to be enabled; a lab account enables none). moto returns all Regions, and counts three that
need to be enabled among those that do not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.request import current_request

BEHAVIOUR = Behaviour("ec2 regions")
BEHAVIOUR.requires(
    "moto.ec2.models.availability_zones_and_regions:Region.__init__", "self, name, endpoint, opt_in_status"
)

DEFAULT_REGIONS = {
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
}


@BEHAVIOUR.patch(
    "moto.ec2.models.availability_zones_and_regions:RegionsAndZonesBackend.describe_regions", "self, region_names"
)
def _describe_regions(original: Callable[..., Any], backend: Any, region_names: list[str] | None = None) -> list[Any]:
    from moto.ec2.models.availability_zones_and_regions import Region

    request = current_request()
    disabled_too = bool(region_names) or (request is not None and bool(request.params.get("AllRegions")))
    return [
        region if region.name in DEFAULT_REGIONS else Region(region.name, region.endpoint, "not-opted-in")
        for region in original(backend, region_names)
        if disabled_too or region.name in DEFAULT_REGIONS
    ]
