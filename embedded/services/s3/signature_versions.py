"""Signature Version 2, which only the oldest Regions have.

Facts: REG-01.
"""

from __future__ import annotations

from embedded.core.errors import AwsError
from embedded.core.request import ApiRequest, SignatureKind

V2_REGIONS = {
    "us-east-1",
    "us-west-1",
    "us-west-2",
    "eu-west-1",
    "ap-northeast-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "sa-east-1",
}
V2 = (SignatureKind.V2, SignatureKind.V2_QUERY)
V4_ONLY = "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."


def require_known_version(request: ApiRequest, region: str) -> None:
    """Refuse Signature Version 2 in a Region that does not have it."""
    if request.signature in V2 and region not in V2_REGIONS:
        raise AwsError("InvalidRequest", V4_ONLY)
