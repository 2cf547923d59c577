"""Which instances EC2 launches in an account: the types of its plan, and zones and types that have no capacity left.

Facts: GUARD-03, GUARD-32, GUARD-33.
"""

from __future__ import annotations

import dataclasses
from typing import Any
from weakref import WeakKeyDictionary

from embedded.core.errors import AwsError
from embedded.core.request import ApiRequest
from embedded.services.ec2.resources import ec2_backend

DEFAULT_TYPE = "m1.small"
NOT_ELIGIBLE = (
    "The specified instance type is not eligible for Free Tier. For a list of Free Tier instance types, run "
    "'describe-instance-types' with the filter 'free-tier-eligible=true'."
)


@dataclasses.dataclass(frozen=True)
class LaunchLimits:
    """`types` are those of the plan, all of them without any. `full_zones` are the last letters of zones that have no
    capacity, `full_types` types that have none in any zone.
    """

    types: tuple[str, ...] = ()
    full_zones: tuple[str, ...] = ()
    full_types: tuple[str, ...] = ()


_limits: WeakKeyDictionary[Any, LaunchLimits] = WeakKeyDictionary()


def limit_launches(backend: Any, limits: LaunchLimits) -> None:
    """Limit the launches in an account and Region (moto's EC2 of it) further."""
    before = _limits.get(backend, LaunchLimits())
    _limits[backend] = LaunchLimits(
        limits.types or before.types, before.full_zones + limits.full_zones, before.full_types + limits.full_types
    )


def require_launch(request: ApiRequest) -> None:
    """Raise EC2's error if the account may not launch this type, or if there is no capacity for it."""
    backend = ec2_backend(request)
    limits = _limits.get(backend)
    if limits is None:
        return
    name = str(request.params.get("InstanceType") or DEFAULT_TYPE)
    if limits.types and name not in limits.types:
        raise AwsError("InvalidParameterCombination", NOT_ELIGIBLE)
    subnet = backend.get_subnet(request.params["SubnetId"]) if request.params.get("SubnetId") else None
    zone = subnet.availability_zone if subnet else f"{request.region}a"
    if zone[-1] in limits.full_zones or name in limits.full_types:
        message = (
            f"We currently do not have sufficient {name} capacity in the Availability Zone you requested ({zone}). "
            "Our system will be working on provisioning additional capacity."
        )
        raise AwsError("InsufficientInstanceCapacity", message, 500)
