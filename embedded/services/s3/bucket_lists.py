"""ListBuckets: pages, prefix, Region, and the owner's canonical id.

Facts: S3-100, S3-146.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.partition import partition
from embedded.core.protocols import serialize
from embedded.core.request import ApiRequest
from embedded.services.s3.bucket_settings import regions
from embedded.services.s3.buckets import s3_backend
from embedded.services.s3.owners import owner

BEHAVIOUR = Behaviour("s3 bucket lists")
PAGE = 10_000


@BEHAVIOUR.implements("s3", "ListBuckets")
def list_buckets(request: ApiRequest) -> HttpResponse:
    """List the account's buckets by name. Their Regions are told to requests that page or filter."""
    params, query = request.params, request.http.query
    prefix, region, most = params.get("Prefix") or "", params.get("BucketRegion"), _most(query)
    if region is not None and region not in regions(partition()):
        message = f"Argument value {region} is not a valid AWS Region"
        raise AwsError("InvalidArgument", message, ArgumentName="bucket-region")
    after = _after(params.get("ContinuationToken") or "")
    paged = any(name in query for name in ("prefix", "bucket-region", "max-buckets", "continuation-token"))
    buckets = s3_backend(request.account).buckets
    names = [
        name
        for name in sorted(buckets)
        if name.startswith(prefix) and name > after and region in (None, buckets[name].region_name)
    ]
    shown = [_bucket(buckets[name], with_region=paged) for name in names[:most]]
    result: dict[str, Any] = {"Owner": owner(request.account), "Buckets": shown}
    if prefix:
        result["Prefix"] = prefix
    if len(names) > most:
        result["ContinuationToken"] = base64.urlsafe_b64encode(names[most - 1].encode()).decode()
    response = serialize(request, result)
    # S3 tells the owner first, and the model has it second.
    first, _, rest = response.body.partition(b"<Buckets")
    middle, _, last = rest.partition(b"<Owner>")
    owned, _, end = last.partition(b"</Owner>")
    response.body = first + b"<Owner>" + owned + b"</Owner><Buckets" + middle + end
    return response


def _bucket(bucket: Any, *, with_region: bool) -> dict[str, Any]:
    shown = {
        "Name": bucket.name,
        "CreationDate": bucket.creation_date,
        "BucketArn": f"arn:{partition()}:s3:::{bucket.name}",
    }
    return shown | ({"BucketRegion": bucket.region_name} if with_region else {})


def _most(query: dict[str, list[str]]) -> int:
    text = query.get("max-buckets", [""])[0]
    if not text:
        return PAGE
    if not text.isdigit() or not 1 <= int(text) <= PAGE:
        message = f"Argument max-buckets must be an integer between 1 and {PAGE}"
        raise AwsError("InvalidArgument", message, ArgumentName="max-buckets", ArgumentValue=text)
    return int(text)


def _after(token: str) -> str:
    try:
        return base64.b64decode(token, b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        message = "The continuation token provided is incorrect"
        raise AwsError("InvalidArgument", message, ArgumentName="continuation-token") from None
