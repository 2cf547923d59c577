"""Objects: PutObject, GetObject, HeadObject.

Facts: S3-101, S3-105 to S3-117, S3-266.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.request import ApiRequest
from embedded.services.s3 import object_checksums, versions
from embedded.services.s3.acls import keep_owner, new_object_acl, new_owner
from embedded.services.s3.buckets import S3Context, s3_backend
from embedded.services.s3.byte_ranges import ByteRange, part_range, requested_range
from embedded.services.s3.conditions import check_write, failed_condition, precondition_failed
from embedded.services.s3.encryption import SSE, use_keys
from embedded.services.s3.multipart_state import FinishedUploads, StoredParts
from embedded.services.s3.object_headers import (
    OVERRIDES,
    encryption_headers,
    header_tags,
    object_headers,
    request_metadata,
    storage_class,
    version_header,
)
from embedded.services.s3.object_locks import new_lock

BEHAVIOUR = Behaviour("s3 objects")
BEHAVIOUR.requires(
    "moto.s3.models:FakeKey",
    "name, value, account_id, region_name, storage, etag, is_versioned, version_id, max_buffer_size, multipart, "
    "bucket_name, encryption, kms_key_id, bucket_key_enabled, lock_mode, lock_legal_status, lock_until, "
    "checksum_value, checksum_type, checksum_parts",
)
LONGEST_KEY = 1024
ARCHIVED = ("GLACIER", "DEEP_ARCHIVE")


def check_name(name: str) -> None:
    """Raise `KeyTooLongError` for the name of an object that is too long."""
    size = len(name.encode("utf-8", "surrogateescape"))
    if size > LONGEST_KEY:
        message = "Your key is too long"
        raise AwsError("KeyTooLongError", message, Size=str(size), MaxSizeAllowed=str(LONGEST_KEY))


def store(request: ApiRequest, body: bytes, etag: str = "", **about: Any) -> Any:
    """Return a new object (moto's), which is the current version of its key now.

    `about` are arguments of moto's object. How it is encrypted is chosen before.
    """
    from moto.s3.models import FakeKey

    context = request.context(S3Context)
    bucket, name = context.bucket, request.params["Key"]
    algorithm = None if context.customer_key else request.http.headers.get(SSE, "AES256")
    encryption = context.encryption
    if not etag:
        random = encryption is not None or bool(context.customer_key)
        # The ETag is the MD5 of the content only without KMS or customer keys (S3-03).
        etag = secrets.token_hex(16) if random else hashlib.md5(body, usedforsecurity=False).hexdigest()
    stored = FakeKey(
        **{
            "name": name,
            "value": body,
            "account_id": bucket.account_id,
            "region_name": bucket.region_name,
            "bucket_name": bucket.name,
            "etag": etag,
            "version_id": versions.new_version_id(bucket),
            "is_versioned": bucket.is_versioned,
            "encryption": algorithm,
            "kms_key_id": encryption.key.arn if encryption else None,
            "bucket_key_enabled": encryption.bucket_key if encryption else None,
            **about,
        }
    )
    versions.add(bucket, stored)
    tagger = s3_backend(bucket.account_id).tagger
    if stored.version_id == versions.NULL:
        tagger.delete_all_tags_for_resource(stored.arn)
    return stored


def set_tags(bucket: Any, stored: Any, tags: dict[str, str]) -> None:
    """Give an object (moto's) its tags."""
    tagger = s3_backend(bucket.account_id).tagger
    tagger.delete_all_tags_for_resource(stored.arn)
    if tags:
        tagger.tag_resource(stored.arn, [{"Key": name, "Value": value} for name, value in tags.items()])


def tags_of(bucket: Any, stored: Any) -> dict[str, str]:
    """Return the tags of an object (moto's)."""
    return dict(s3_backend(bucket.account_id).tagger.get_tag_dict_for_resource(stored.arn))


@BEHAVIOUR.implements("s3", "PutObject")
def put_object(request: ApiRequest) -> HttpResponse:
    """Store an object."""
    bucket, headers = request.context(S3Context).bucket, request.http.headers
    name = request.params["Key"]
    check_name(name)
    kept_class, metadata, tags = storage_class(headers), request_metadata(headers), header_tags(headers)
    lock, acl = new_lock(request, bucket), new_object_acl(request)
    check_write(request, bucket, name)
    use_keys(request)
    stored = store(request, request.http.body, storage=kept_class, **lock)
    stored.set_metadata(metadata, replace=True)
    stored.set_acl(acl)
    stored.website_redirect_location = headers.get("x-amz-website-redirect-location")
    object_checksums.keep_checksum(stored, headers)
    set_tags(bucket, stored, tags)
    keep_owner(request, stored, new_owner(request))
    answer = {"etag": stored.etag} | encryption_headers(stored)
    if bucket.versioning_status == "Enabled":
        answer |= version_header(bucket, stored)
    return HttpResponse(200, answer | checksum_headers(stored), b"")


def checksum_headers(stored: Any) -> dict[str, str]:
    """Return the headers of an object's checksum."""
    algorithm, value, kind = object_checksums.checksum_of(stored)
    return {f"x-amz-checksum-{algorithm.lower()}": value, "x-amz-checksum-type": kind}


@BEHAVIOUR.implements("s3", "GetObject")
def get_object(request: ApiRequest) -> HttpResponse:
    """Return an object, or a part or range of it."""
    return _read(request)


@BEHAVIOUR.implements("s3", "HeadObject")
def head_object(request: ApiRequest) -> HttpResponse:
    """Return the headers of GetObject."""
    return _read(request)


def _read(request: ApiRequest) -> HttpResponse:
    context, params, headers = request.context(S3Context), request.params, request.http.headers
    bucket = context.bucket
    stored = versions.require(bucket, params["Key"], params.get("VersionId"), request.http.method)
    if request.operation == "GetObject" and stored.storage_class in ARCHIVED and not _is_restored(stored):
        message = "The operation is not valid for the object's storage class"
        raise AwsError("InvalidObjectState", message, 403, StorageClass=str(stored.storage_class))
    not_met = failed_condition(headers, stored, request.aws.now())
    if not_met in ("If-Match", "If-Unmodified-Since"):
        raise precondition_failed(not_met)
    answer = object_headers(bucket, stored, len(tags_of(bucket, stored)))
    if not_met:
        kept = ("etag", "last-modified", "x-amz-version-id", "cache-control", "expires")
        return HttpResponse(304, {name: value for name, value in answer.items() if name in kept}, b"")
    wanted = _wanted(request, stored)
    use_keys(request)
    with_checksum = headers.get("x-amz-checksum-mode", "").upper() == "ENABLED"
    answer |= _ranged_headers(request, stored, wanted, with_checksum=with_checksum)
    if stored.storage_class in ARCHIVED and _is_restored(stored):
        answer["x-amz-restore"] = f'ongoing-request="false", expiry-date="{stored.expiry_date}"'
    _override(request, answer)
    if request.operation == "HeadObject":
        return HttpResponse(206 if wanted else 200, answer, b"")
    body = stored.value
    return HttpResponse(206 if wanted else 200, answer, wanted.of(body) if wanted else body)


def _is_restored(stored: Any) -> bool:
    return stored.expiry_date is not None


def _wanted(request: ApiRequest, stored: Any) -> ByteRange | None:
    header, number = request.http.headers.get("range"), request.params.get("PartNumber")
    if number is None:
        return requested_range(header, stored.size)
    if header:
        raise AwsError("InvalidRequest", "Cannot specify both Range header and partNumber query parameter")
    parts = request.aws.state(StoredParts).get(stored, ())
    return part_range([(part.number, part.size) for part in parts], int(number), stored.size)


def _ranged_headers(
    request: ApiRequest, stored: Any, wanted: ByteRange | None, *, with_checksum: bool
) -> dict[str, str]:
    headers = {"content-length": str(wanted.length if wanted else stored.size)}
    parts = request.aws.state(StoredParts).get(stored, ())
    number = request.params.get("PartNumber")
    if number is not None and parts:
        headers["x-amz-mp-parts-count"] = str(len(parts))
    if wanted:
        headers["content-range"] = wanted.header
    upload = request.aws.state(FinishedUploads).get(stored)
    if not with_checksum or (upload is not None and upload.customer_key and not upload.checksum_algorithm):
        # S3 computes none of its own for parts that it could only read with the customer's key (S3-266).
        return headers
    whole = checksum_headers(stored)
    if number is not None and parts and whole["x-amz-checksum-type"] == object_checksums.COMPOSITE:
        part = next(part for part in parts if part.number == int(number))
        headers[f"x-amz-checksum-{stored.checksum_algorithm.lower()}"] = part.checksum
        headers["x-amz-checksum-type"] = object_checksums.COMPOSITE
    elif wanted is None or wanted.length == stored.size:
        headers |= whole
    return headers


def _override(request: ApiRequest, answer: dict[str, str]) -> None:
    query = request.http.query
    named = [name for name in OVERRIDES if name in query]
    if named and request.principal.is_anonymous:
        message = "Request specific response headers cannot be used for anonymous GET requests."
        raise AwsError("InvalidRequest", message)
    for name in named:
        value = query[name][0]
        try:
            value.encode("latin-1")
        except UnicodeEncodeError:
            message = "Header value cannot be represented using ISO-8859-1."
            raise AwsError("InvalidArgument", message, ArgumentName=name, ArgumentValue=value) from None
        answer[OVERRIDES[name]] = value
