"""The partition of the embedded AWS, by its Region. There is one a process, as there is one state of moto.

Facts: REG-04, REG-50, REG-51.
"""

from __future__ import annotations

import functools
from types import MappingProxyType

DEFAULT_REGIONS = MappingProxyType(
    {
        "aws": "us-east-1",
        "aws-us-gov": "us-gov-west-1",
        "aws-cn": "cn-north-1",
        "aws-eusc": "eusc-de-east-1",
    }
)
"""The partitions that can be served, each with the Region of its lab unless another is named."""
PREFIXES = MappingProxyType({"us-gov-": "aws-us-gov", "cn-": "aws-cn", "eusc-": "aws-eusc"})
DNS_SUFFIXES = MappingProxyType({"aws-cn": "amazonaws.com.cn", "aws-eusc": "amazonaws.eu"})
_regions = ["us-east-1"]


@functools.cache
def partition_of(region: str) -> str:
    """Return the partition that a Region belongs to."""
    return next((name for prefix, name in PREFIXES.items() if region.startswith(prefix)), "aws")


def partition() -> str:
    """Return the partition of the embedded AWS that was created last."""
    return partition_of(_regions[-1])


def dns_suffix() -> str:
    """Return the end of the names of this partition's hosts."""
    return DNS_SUFFIXES.get(partition(), "amazonaws.com")


def serve_region(region: str) -> None:
    """Have ARNs and hosts be those of this Region's partition."""
    _regions[-1] = region
