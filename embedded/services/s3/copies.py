"""CopyObject.

Facts: S3-107, S3-138 to S3-141.
"""

from __future__ import annotations

from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.protocols import serialize
from embedded.core.request import ApiRequest
from embedded.services.s3 import object_checksums
from embedded.services.s3.acls import keep_owner, new_object_acl, new_owner
from embedded.services.s3.buckets import DEFAULT_ENCRYPTION, S3Context, copy_source
from embedded.services.s3.checksums import ALGORITHMS
from embedded.services.s3.conditions import check_source, check_write
from embedded.services.s3.customer_keys import CustomerKeys
from embedded.services.s3.encryption import use_keys
from embedded.services.s3.multipart import UNSUPPORTED
from embedded.services.s3.object_headers import (
    encryption_headers,
    header_tags,
    request_metadata,
    storage_class,
    version_header,
)
from embedded.services.s3.object_locks import new_lock
from embedded.services.s3.objects import ARCHIVED, check_name, set_tags, store, tags_of

BEHAVIOUR = Behaviour("s3 copies")
UNCHANGED = (
    "This copy request is illegal because it is trying to copy an object to itself without changing the object's "
    "metadata, storage class, website redirect location or encryption attributes."
)
SYSTEM_DIRECTIVES = ("COPY", "REPLACE")


def _directive(request: ApiRequest, name: str) -> bool:
    """Return whether the request replaces metadata or tags. Raises `InvalidArgument`."""
    value = request.http.headers.get(f"x-amz-{name}-directive", "COPY")
    if value not in SYSTEM_DIRECTIVES:
        message = f"Unknown {name} directive."
        header = f"x-amz-{name}-directive"
        raise AwsError("InvalidArgument", message, ArgumentName=header, ArgumentValue=value)
    return value == "REPLACE"


def _check_source_state(source: Any) -> None:
    if source.storage_class in ARCHIVED and source.expiry_date is None:
        message = "Operation is not valid for the source object's storage class"
        raise AwsError("InvalidObjectState", message, 403, StorageClass=str(source.storage_class))


def _check_changes(request: ApiRequest, *, replaces: bool) -> None:
    """Raise `InvalidRequest` for a copy of an object onto itself that changes nothing."""
    context, headers = request.context(S3Context), request.http.headers
    source = context.source
    if (source.bucket_name, source.name) != (context.bucket.name, request.params["Key"]):
        return
    # A version that is named becomes the current one again.
    is_version = copy_source(request)[2] is not None and context.bucket.is_versioned
    encrypted = context.bucket.encryption is not DEFAULT_ENCRYPTION or source.encryption != "AES256"
    named = ("x-amz-storage-class", "x-amz-website-redirect-location")
    asked = request.params.get("ServerSideEncryption") or context.customer_key
    if not (replaces or encrypted or asked or is_version or any(name in headers for name in named)):
        raise AwsError("InvalidRequest", UNCHANGED)


@BEHAVIOUR.implements("s3", "CopyObject")
def copy_object(request: ApiRequest) -> HttpResponse:
    """Store an object that is a copy of another one, with other metadata if they are replaced."""
    context, headers = request.context(S3Context), request.http.headers
    bucket, source, name = context.bucket, context.source, request.params["Key"]
    check_name(name)
    replaces, replaces_tags = _directive(request, "metadata"), _directive(request, "tagging")
    _check_source_state(source)
    check_source(request, source)
    _check_changes(request, replaces=replaces)
    algorithm = headers.get("x-amz-checksum-algorithm", "").upper()
    if algorithm and algorithm.lower() not in ALGORITHMS:
        raise AwsError("InvalidRequest", UNSUPPORTED)
    metadata = request_metadata(headers) if replaces else dict(source.metadata)
    tags = header_tags(headers) if replaces_tags else tags_of(context.source_bucket, source)
    kept_class, lock, acl = storage_class(headers), new_lock(request, bucket), new_object_acl(request)
    check_write(request, bucket, name)
    use_keys(request)
    body = source.value
    before = object_checksums.checksum_of(source)
    stored = store(request, body, storage=kept_class, **lock)
    stored.set_metadata(metadata, replace=True)
    stored.set_acl(acl)
    stored.website_redirect_location = headers.get("x-amz-website-redirect-location")
    _keep_checksum(stored, algorithm, before, body)
    if context.customer_key:
        request.aws.state(CustomerKeys)[stored] = context.customer_key
    set_tags(bucket, stored, tags)
    keep_owner(request, stored, new_owner(request))
    return _copied(request, stored)


def _keep_checksum(stored: Any, algorithm: str, before: tuple[str, str, str], body: bytes) -> None:
    """Keep the source's checksum, or one of the algorithm that is asked for. A copy is not of parts."""
    wanted = algorithm or before[0]
    is_same = wanted == before[0] and before[2] == object_checksums.FULL
    stored.checksum_algorithm, stored.checksum_type = wanted, object_checksums.FULL
    stored.checksum_value = before[1] if is_same else object_checksums.compute(wanted, body)


def _copied(request: ApiRequest, stored: Any) -> HttpResponse:
    context = request.context(S3Context)
    result: dict[str, Any] = {"ETag": stored.etag, "LastModified": stored.last_modified}
    response = serialize(request, {"CopyObjectResult": result | object_checksums.checksum_result(stored)})
    response.headers |= encryption_headers(stored)
    if context.bucket.versioning_status:
        response.headers |= version_header(context.bucket, stored)
    if context.source_bucket.versioning_status and context.source.version_id != "null":
        response.headers["x-amz-copy-source-version-id"] = str(context.source.version_id)
    return response
