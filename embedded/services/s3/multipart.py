"""Multipart uploads: CreateMultipartUpload, UploadPart, UploadPartCopy, CompleteMultipartUpload, AbortMultipartUpload.

Facts: S3-129 to S3-135, S3-254.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import secrets
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.environment import moto_datetime
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.principal import PrincipalKind
from embedded.core.protocols import serialize
from embedded.core.request import ApiRequest
from embedded.services.s3 import object_checksums, versions
from embedded.services.s3.acls import keep_owner, new_object_acl, new_owner
from embedded.services.s3.buckets import S3Context
from embedded.services.s3.byte_ranges import copied_range
from embedded.services.s3.checksums import ALGORITHMS
from embedded.services.s3.conditions import check_source, check_write
from embedded.services.s3.customer_keys import CustomerKeys, customer_key_headers, sent_key
from embedded.services.s3.encryption import SSE, SSE_BUCKET_KEY, SSE_KEY, use_keys
from embedded.services.s3.multipart_state import FinishedUploads, Part, StoredParts, Upload
from embedded.services.s3.object_checksums import COMPOSITE, DEFAULT, FULL
from embedded.services.s3.object_headers import (
    header_tags,
    object_url,
    request_metadata,
    storage_class,
    version_header,
)
from embedded.services.s3.object_locks import malformed, new_lock
from embedded.services.s3.objects import check_name, set_tags, store
from embedded.services.s3.owners import canonical_id, owner

BEHAVIOUR = Behaviour("s3 multipart uploads")
SMALLEST_PART, MOST_PARTS = 5 * 1024**2, 10_000
UNSUPPORTED = (
    "Checksum algorithm provided is unsupported. Please try again with any of the valid types: "
    "[CRC32, CRC32C, CRC64NVME, SHA1, SHA256]"
)
NOT_FOUND_PART = (
    "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified "
    "entity tag may not match the part's entity tag."
)


def initiator(request: ApiRequest) -> dict[str, str]:
    """Return the principal as `Initiator`: an account's root by its canonical user, others by their ARN."""
    principal = request.principal
    if principal.is_anonymous or principal.kind is PrincipalKind.ROOT:
        return owner(principal.account or request.account)
    return {"ID": principal.arn, "DisplayName": principal.arn.rpartition("/")[2]}


def find_upload(request: ApiRequest) -> Upload:
    """Return the upload that a request names. Raises `NoSuchUpload`."""
    name = str(request.params.get("UploadId") or "")
    found: Upload | None = request.context(S3Context).bucket.multiparts.get(name)
    if found is None or found.name != request.params["Key"]:
        message = (
            "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted "
            "or completed."
        )
        raise AwsError("NoSuchUpload", message, 404, UploadId=name)
    return found


def _checksum_of_upload(request: ApiRequest) -> tuple[str, str]:
    headers = request.http.headers
    algorithm = headers.get("x-amz-checksum-algorithm", "").upper()
    kind = headers.get("x-amz-checksum-type", "").upper()
    if algorithm and algorithm.lower() not in ALGORITHMS:
        raise AwsError("InvalidRequest", UNSUPPORTED)
    if kind and not algorithm:
        message = "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header."
        raise AwsError("InvalidRequest", message)
    if kind not in ("", COMPOSITE, FULL):
        raise AwsError("InvalidRequest", "Value for x-amz-checksum-type header is invalid.")
    wrong = (kind == COMPOSITE and algorithm == DEFAULT) or (kind == FULL and not algorithm.startswith("CRC"))
    if wrong:
        message = f"The {kind} checksum type cannot be used with the {algorithm.lower()} checksum algorithm."
        raise AwsError("InvalidRequest", message)
    return algorithm, kind or ("" if not algorithm else FULL if algorithm == DEFAULT else COMPOSITE)


@BEHAVIOUR.implements("s3", "CreateMultipartUpload")
def create_multipart_upload(request: ApiRequest) -> HttpResponse:
    """Begin an upload."""
    context, headers = request.context(S3Context), request.http.headers
    bucket, name = context.bucket, request.params["Key"]
    check_name(name)
    algorithm, kind = _checksum_of_upload(request)
    upload = Upload(
        id=secrets.token_urlsafe(96).replace("-", "."),
        name=name,
        initiated=moto_datetime(request.aws.now()),
        owner=new_owner(request),
        initiator=initiator(request),
        storage_class=storage_class(headers),
        metadata=request_metadata(headers),
        tags=header_tags(headers),
        acl=new_object_acl(request),
        lock=new_lock(request, bucket),
        redirect=headers.get("x-amz-website-redirect-location"),
        algorithm=headers.get(SSE, "AES256"),
        encryption=context.encryption,
        customer_key=context.customer_key,
        checksum_algorithm=algorithm,
        checksum_type=kind,
        existed=versions.current(bucket, name) is not None,
    )
    use_keys(request)
    bucket.multiparts[upload.id] = upload
    response = serialize(request, {"Bucket": bucket.name, "Key": name, "UploadId": upload.id})
    if algorithm:
        response.headers |= {"x-amz-checksum-algorithm": algorithm, "x-amz-checksum-type": kind}
    response.headers |= encryption_of(upload)
    return response


def encryption_of(upload: Upload) -> dict[str, str]:
    """Return the headers that tell how an upload is encrypted."""
    if upload.customer_key:
        return customer_key_headers(upload.customer_key)
    headers = {SSE: upload.algorithm}
    if upload.encryption:
        headers[SSE_KEY] = upload.encryption.key.arn
        if upload.encryption.bucket_key:
            headers[SSE_BUCKET_KEY] = "true"
    return headers


def _part_number(request: ApiRequest) -> int:
    number = request.http.query.get("partNumber", [""])[0]
    if not number.isdigit() or not 1 <= int(number) <= MOST_PARTS:
        message = f"Part number must be an integer between 1 and {MOST_PARTS}, inclusive"
        raise AwsError("InvalidArgument", message, ArgumentName="partNumber", ArgumentValue=number)
    return int(number)


def check_customer_key(request: ApiRequest, upload: Upload) -> None:
    """Raise `InvalidRequest` unless a request has the customer key of its upload, or neither has one."""
    sent = sent_key(request.http.headers)
    if bool(sent) != bool(upload.customer_key):
        message = (
            "The multipart upload initiate requested encryption. Subsequent part requests must include the "
            "appropriate encryption parameters."
        )
        raise AwsError("InvalidRequest", message)
    if sent != upload.customer_key:
        message = "The provided encryption parameters did not match the ones used originally."
        raise AwsError("InvalidRequest", message)


def _keep_part(request: ApiRequest, upload: Upload, number: int, body: bytes, checksum: str) -> Part:
    is_secret = upload.encryption is not None or bool(upload.customer_key)
    etag = secrets.token_hex(16) if is_secret else hashlib.md5(body, usedforsecurity=False).hexdigest()
    part = Part(number, etag, len(body), checksum, moto_datetime(request.aws.now()), body)
    upload.parts[number] = part
    return part


@BEHAVIOUR.implements("s3", "UploadPart")
def upload_part(request: ApiRequest) -> HttpResponse:
    """Keep a part. One of the same number is replaced."""
    number = _part_number(request)
    upload, body = find_upload(request), request.http.body
    check_customer_key(request, upload)
    algorithm, value = object_checksums.sent_checksum(request.http.headers)
    if upload.checksum_algorithm and algorithm != upload.checksum_algorithm:
        message = (
            f"Checksum Type mismatch occurred, expected checksum Type: {upload.checksum_algorithm.lower()}, "
            f"actual checksum Type: {algorithm.lower() or 'null'}"
        )
        raise AwsError("InvalidRequest", message)
    if algorithm and not value:
        value = object_checksums.compute(algorithm, body)
    part = _keep_part(request, upload, number, body, value if upload.checksum_algorithm else "")
    headers = {"etag": f'"{part.etag}"'} | encryption_of(upload)
    if algorithm:
        headers[f"x-amz-checksum-{algorithm.lower()}"] = value
    return HttpResponse(200, headers, b"")


@BEHAVIOUR.implements("s3", "UploadPartCopy")
def upload_part_copy(request: ApiRequest) -> HttpResponse:
    """Keep a part that is an object, or a range of it."""
    context = request.context(S3Context)
    upload, source = find_upload(request), context.source
    number, asked = _part_number(request), request.http.headers.get("x-amz-copy-source-range")
    wanted = copied_range(asked, source.size) if asked else None
    check_source(request, source)
    check_customer_key(request, upload)
    use_keys(request)
    body = wanted.of(source.value) if wanted else source.value
    algorithm = upload.checksum_algorithm
    part = _keep_part(request, upload, number, body, object_checksums.compute(algorithm, body) if algorithm else "")
    result = {"ETag": f'"{part.etag}"', "LastModified": part.last_modified}
    if algorithm:
        result[f"Checksum{algorithm}"] = part.checksum
    response = serialize(request, {"CopyPartResult": result})
    response.headers |= encryption_of(upload)
    if context.source_bucket.versioning_status:
        response.headers["x-amz-copy-source-version-id"] = str(source.version_id)
    return response


@BEHAVIOUR.implements("s3", "AbortMultipartUpload")
def abort_multipart_upload(request: ApiRequest) -> HttpResponse:
    """Forget an upload and its parts."""
    upload = find_upload(request)
    del request.context(S3Context).bucket.multiparts[upload.id]
    return HttpResponse(204, {}, b"")


def _check_conflict(request: ApiRequest, upload: Upload) -> None:
    """Raise `ConditionalRequestConflict` if the object changed since the upload began."""
    bucket, headers = request.context(S3Context).bucket, request.http.headers
    stored = versions.current(bucket, upload.name)
    condition = ""
    if headers.get("if-none-match") == "*" and upload.existed:
        condition = "If-None-Match"
    if "if-match" in headers and stored is not None and stored.last_modified > upload.initiated:
        condition = "If-Match"
    if condition:
        message = "The conditional request cannot succeed due to a conflicting operation against this resource."
        raise AwsError("ConditionalRequestConflict", message, 409, Condition=condition, Key=upload.name)


def _listed_parts(request: ApiRequest, upload: Upload) -> list[Part]:
    """Return the parts that a request lists. Raises S3's error for wrong ones."""
    listed = _listing(request)
    if not listed:
        if request.http.body.strip():
            raise malformed()
        raise AwsError("InvalidRequest", "You must specify at least one part")
    numbers = [int(each.get("PartNumber") or 0) for each in listed]
    if numbers != sorted(set(numbers)):
        message = "The list of parts was not in ascending order. Parts must be ordered by part number."
        raise AwsError("InvalidPartOrder", message, UploadId=upload.id)
    parts = [_listed_part(upload, each) for each in listed]
    for part in parts[:-1]:
        if part.size < SMALLEST_PART:
            raise AwsError(
                "EntityTooSmall",
                "Your proposed upload is smaller than the minimum allowed size",
                ETag=part.etag,
                PartNumber=str(part.number),
                MinSizeAllowed=str(SMALLEST_PART),
                ProposedSize=str(part.size),
            )
    return parts


def _listed_part(upload: Upload, listed: dict[str, Any]) -> Part:
    number, etag = int(listed.get("PartNumber") or 0), str(listed.get("ETag") or "").strip('"')
    part = upload.parts.get(number)
    sent = {name.removeprefix("Checksum"): value for name, value in listed.items() if name.startswith("Checksum")}
    algorithm = upload.checksum_algorithm
    if part is None or part.etag != etag or (sent and not algorithm):
        raise _part_not_found(upload, number, etag)
    if algorithm and algorithm not in sent and upload.checksum_type == COMPOSITE:
        if sent:
            named = next(iter(sent)).lower()
            raise AwsError("BadDigest", f"The {named} you specified for part {number} did not match what we received.")
        message = (
            f"The upload was created using a {algorithm.lower()} checksum. The complete request must include the "
            f"checksum for each part. It was missing for part {number} in the request."
        )
        raise AwsError("InvalidRequest", message)
    if algorithm in sent and sent[algorithm] != part.checksum:
        raise _part_not_found(upload, number, etag)
    return part


def _part_not_found(upload: Upload, number: int, etag: str) -> AwsError:
    return AwsError("InvalidPart", NOT_FOUND_PART, UploadId=upload.id, PartNumber=str(number), ETag=etag)


def _object_checksum(upload: Upload, parts: list[Part]) -> tuple[str, str, str]:
    """Return algorithm, value and type of the checksum of the object that parts make."""
    if upload.checksum_type == COMPOSITE:
        joined = b"".join(base64.b64decode(part.checksum) for part in parts)
        value = object_checksums.compute(upload.checksum_algorithm, joined)
        return upload.checksum_algorithm, f"{value}-{len(parts)}", COMPOSITE
    algorithm = upload.checksum_algorithm or DEFAULT
    return algorithm, object_checksums.compute(algorithm, b"".join(part.body for part in parts)), FULL


def _check_object_checksum(request: ApiRequest, upload: Upload) -> None:
    """Raise S3's error if a request is for another type of checksum, or sends another checksum of the object.

    Without a type it is for the type that is usual for the algorithm. This is told before a wrong part (S3-254).
    """
    algorithm, kind = upload.checksum_algorithm, upload.checksum_type
    asked = request.http.headers.get("x-amz-checksum-type", "").upper()
    if asked and asked != kind:
        message = (
            f"The upload was created using the {kind or 'null'} checksum mode. The complete request must use the same "
            "checksum mode."
        )
        raise AwsError("InvalidRequest", message)
    sent_algorithm, sent = object_checksums.sent_checksum(request.http.headers)
    numbers = [int(each.get("PartNumber") or 0) for each in _listing(request)]
    if not sent or not algorithm or not all(number in upload.parts for number in numbers):
        return
    value = _object_checksum(upload, [upload.parts[number] for number in numbers])[1]
    of_this_type = (asked or (FULL if algorithm == DEFAULT else COMPOSITE)) == kind
    if sent_algorithm != algorithm or not of_this_type or sent not in (value, value.partition("-")[0]):
        message = f"The {algorithm.lower()} you specified did not match the calculated checksum."
        raise AwsError("BadDigest", message)


def _listing(request: ApiRequest) -> list[dict[str, Any]]:
    return (request.params.get("MultipartUpload") or {}).get("Parts") or []


@BEHAVIOUR.implements("s3", "CompleteMultipartUpload")
def complete_multipart_upload(request: ApiRequest) -> HttpResponse:
    """Make an object of an upload's parts."""
    context = request.context(S3Context)
    bucket = context.bucket
    before = _completed_before(request)
    if before is not None:
        return _completed(request, *before)
    upload = find_upload(request)
    check_write(request, bucket, upload.name)
    _check_conflict(request, upload)
    _check_object_checksum(request, upload)
    parts = _listed_parts(request, upload)
    if upload.customer_key and sent_key(request.http.headers) not in ("", upload.customer_key):
        check_customer_key(request, upload)
    body = b"".join(part.body for part in parts)
    size = request.http.headers.get("x-amz-mp-object-size")
    if size is not None and size != str(len(body)):
        message = (
            f"The provided 'x-amz-mp-object-size' header value {size} does not match what was computed: {len(body)}"
        )
        raise AwsError("InvalidRequest", message)
    algorithm, value, kind = _object_checksum(upload, parts)
    digests = b"".join(bytes.fromhex(part.etag) for part in parts)
    etag = f"{hashlib.md5(digests, usedforsecurity=False).hexdigest()}-{len(parts)}"
    context.encryption, context.customer_key = upload.encryption, upload.customer_key
    request.http = request.http.with_headers({SSE: upload.algorithm})
    stored = store(request, body, etag, storage=upload.storage_class, **upload.lock)
    stored.set_metadata(dict(upload.metadata), replace=True)
    stored.set_acl(upload.acl)
    stored.website_redirect_location = upload.redirect
    stored.checksum_algorithm, stored.checksum_value, stored.checksum_type = algorithm, value, kind
    request.aws.state(StoredParts)[stored] = tuple(dataclasses.replace(part, body=b"") for part in parts)
    if upload.customer_key:
        request.aws.state(CustomerKeys)[stored] = upload.customer_key
    set_tags(bucket, stored, upload.tags)
    keep_owner(request, stored, upload.owner)
    del bucket.multiparts[upload.id]
    request.aws.state(FinishedUploads)[stored] = dataclasses.replace(upload, parts={})
    return _completed(request, upload, stored)


def _completed_before(request: ApiRequest) -> tuple[Upload, Any] | None:
    """Return the upload and the object (moto's) that it became, if the request is sent again (S3-175)."""
    stored = versions.current(request.context(S3Context).bucket, request.params["Key"])
    upload = request.aws.state(FinishedUploads).get(stored) if stored is not None else None
    return (upload, stored) if upload is not None and upload.id == request.params.get("UploadId") else None


def _completed(request: ApiRequest, upload: Upload, stored: Any) -> HttpResponse:
    bucket = request.context(S3Context).bucket
    result = {
        "Bucket": bucket.name,
        "Key": upload.name,
        "ETag": stored.etag,
        "Location": object_url(request.http, bucket.name, upload.name),
    }
    if upload.encryption is None and (upload.checksum_algorithm or not upload.customer_key):
        result |= object_checksums.checksum_result(stored)
    response = serialize(request, result)
    response.headers |= encryption_of(upload) if not upload.customer_key else {}
    if bucket.versioning_status == "Enabled":
        response.headers |= version_header(bucket, stored)
    return response


def upload_owner(upload: Upload) -> dict[str, str]:
    """Return the `Owner` of an upload."""
    return {"ID": canonical_id(upload.owner)}
