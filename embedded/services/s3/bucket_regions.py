"""Requests for a bucket of another Region: S3 says where the bucket is, and does not serve them.

On loopback the host names no Region. There the Region of the signature stands for that of the host, and an unsigned
request is served. Facts: REG-90 to REG-94, S3-261.
"""

from __future__ import annotations

import re

from embedded.core.behaviours import Behaviour
from embedded.core.errors import AwsError
from embedded.core.partition import dns_suffix
from embedded.core.request import ApiRequest, SignatureKind
from embedded.services.s3.bucket_settings import FIRST_REGION
from embedded.services.s3.buckets import find_bucket

BEHAVIOUR = Behaviour("s3 bucket regions")

REGION = re.compile(r"[a-z]{2,5}(?:-[a-z]+)+-\d+")
HOST = re.compile(
    rf"(?:.+\.)?s3(?:-fips)?(?:[.-](?:dualstack\.)?(?P<region>{REGION.pattern}))?\.amazonaws\.[a-z.]+(?::\d+)?"
)
"""A host of S3, global or of a Region, with or without the bucket's name."""


@BEHAVIOUR.resolve("s3")
def _redirect(request: ApiRequest) -> None:
    """Raise S3's error for a request that was signed for, or sent to, another Region than the bucket's."""
    name = request.params.get("Bucket")
    signed_for = request.region if request.signature.is_v4 else ""
    if signed_for and not REGION.fullmatch(signed_for):
        raise _wrong_scope(request, FIRST_REGION)
    if name is None or request.operation == "CreateBucket":
        return
    region = str(find_bucket(name).region_name)
    if request.operation == "GetBucketLocation" and signed_for == FIRST_REGION:
        return
    host = HOST.fullmatch(request.http.requested_host or request.http.host)
    # The global host's name leads to the bucket's own Region.
    sent_to = (host["region"] or region) if host else signed_for or region
    if signed_for not in ("", sent_to):
        raise _wrong_scope(request, sent_to).with_headers(x_amz_bucket_region=region)
    if sent_to != region:
        raise _elsewhere(name, region).with_headers(x_amz_bucket_region=region)


def _wrong_scope(request: ApiRequest, expected: str) -> AwsError:
    wrong = f"the region '{request.region}' is wrong; expecting '{expected}'"
    if request.signature == SignatureKind.V4_QUERY:
        message = f"Error parsing the X-Amz-Credential parameter; {wrong}"
        return AwsError("AuthorizationQueryParametersError", message, Region=expected)
    message = f"The authorization header is malformed; {wrong}"
    return AwsError("AuthorizationHeaderMalformed", message, Region=expected)


def _elsewhere(bucket: str, region: str) -> AwsError:
    message = (
        "The bucket you are attempting to access must be addressed using the specified endpoint. "
        "Please send all future requests to this endpoint."
    )
    endpoint = f"{bucket}.s3.{region}.{dns_suffix()}"
    return AwsError("PermanentRedirect", message, 301, Endpoint=endpoint, Bucket=bucket)
