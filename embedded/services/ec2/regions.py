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
from embedded.core.errors import AwsError
from embedded.core.partition import partition, partition_of
from embedded.core.request import current_request
from embedded.services.iam.conditions import matches_text

BEHAVIOUR = Behaviour("ec2 regions")
BEHAVIOUR.requires(
    "moto.ec2.models.availability_zones_and_regions:Region.__init__", "self, name, endpoint, opt_in_status"
)

OTHER_REGION = "us-east-1"
DEFAULT_REGIONS = {
    "cn-north-1",
    "cn-northwest-1",
    "eusc-de-east-1",
    "us-gov-east-1",
    "us-gov-west-1",
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
    found = [
        region if region.name in DEFAULT_REGIONS else Region(region.name, region.endpoint, "not-opted-in")
        for region in original(backend, region_names)
        if partition_of(region.name) == partition() and (disabled_too or region.name in DEFAULT_REGIONS)
    ]
    filters = request.params.get("Filters") if request is not None and request.operation == "DescribeRegions" else None
    return [region for region in found if all(_meets(region, each) for each in filters or [])]


def _meets(region: Any, wanted: dict[str, Any]) -> bool:
    """Return whether a Region (moto's object) is one that a filter names, with wildcards."""
    values = {"region-name": region.name, "endpoint": region.endpoint, "opt-in-status": region.opt_in_status}
    name = str(wanted.get("Name"))
    if name not in values:
        raise AwsError("InvalidParameterValue", f"The filter '{name}' is invalid")
    return any(matches_text(values[name], str(each)) for each in wanted.get("Values") or [])


@BEHAVIOUR.patch(
    "moto.ec2.models.availability_zones_and_regions:RegionsAndZonesBackend.describe_availability_zones",
    "self, filters, zone_names, zone_ids",
)
def _describe_zones(original: Callable[..., list[Any]], backend: Any, *given: Any, **named: Any) -> list[Any]:
    """Return three zones in a Region that moto does not know yet."""
    from moto.ec2.models.availability_zones_and_regions import Zone

    region = backend.region_name
    if region not in backend.zones:
        numbered = enumerate("abc", 1)
        backend.zones[region] = [Zone(f"{region}{sign}", region, f"{region}-az{number}") for number, sign in numbered]
    return original(backend, *given, **named)


@BEHAVIOUR.patch(
    "moto.ec2.models.instance_types:InstanceTypeOfferingBackend.describe_instance_type_offerings",
    "self, location_type, filters",
)
def _describe_offerings(original: Callable[..., list[Any]], backend: Any, *given: Any, **named: Any) -> list[Any]:
    """Return the types of another Region where moto has none of this one: which there are is a choice, not a fact."""
    from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS

    region = backend.region_name
    for known in INSTANCE_TYPE_OFFERINGS.values():
        if region not in known:
            known[region] = [
                {**each, "Location": _moved(str(each["Location"]), region)} for each in known[OTHER_REGION]
            ]
    return original(backend, *given, **named)


def _moved(location: str, region: str) -> str:
    """Return a Region's name, or one of its zones', for the same of `OTHER_REGION`."""
    return location.replace(OTHER_REGION, region)
