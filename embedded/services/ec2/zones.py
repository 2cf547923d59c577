"""DescribeAvailabilityZones, with all that EC2 says of a zone.

Facts: EC2-60, MOTO-84.
"""

from __future__ import annotations

import functools
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.dispatch import call_moto
from embedded.core.http import HttpResponse
from embedded.core.request import ApiRequest
from embedded.services.ec2.regions import DEFAULT_REGIONS

BEHAVIOUR = Behaviour("ec2 zones")


@functools.cache
def _long_name(region: str) -> str:
    """Return a Region's name for people, as botocore's table of endpoints has it."""
    import botocore.session

    partitions: list[dict[str, Any]] = botocore.session.get_session().get_data("endpoints")["partitions"]
    found = (each["regions"][region] for each in partitions if region in each["regions"])
    return str(next(found, {"description": region})["description"])


@BEHAVIOUR.implements("ec2", "DescribeAvailabilityZones")
def _describe_availability_zones(request: ApiRequest) -> HttpResponse:
    response, region = call_moto(request), request.region
    opted = "opt-in-not-required" if region in DEFAULT_REGIONS else "not-opted-in"
    more = (
        f"<optInStatus>{opted}</optInStatus><groupName>{region}-zg-1</groupName>"
        f"<groupLongName>{_long_name(region)} 1</groupLongName><networkBorderGroup>{region}</networkBorderGroup>"
    )
    response.body = response.body.replace(b"</zoneId>", f"</zoneId>{more}".encode())
    return response
