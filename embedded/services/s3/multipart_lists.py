"""ListParts and ListMultipartUploads.

Facts: S3-136, S3-137.
"""

from __future__ import annotations

from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.protocols import serialize
from embedded.core.request import ApiRequest
from embedded.services.s3.buckets import S3Context
from embedded.services.s3.customer_keys import sent_key
from embedded.services.s3.lists import PAGE, Entry, asked, page
from embedded.services.s3.multipart import check_customer_key, find_upload, upload_owner
from embedded.services.s3.multipart_state import Part, Upload

BEHAVIOUR = Behaviour("s3 multipart lists")


def _number(request: ApiRequest, name: str, default: int) -> int:
    text = request.http.query.get(name, [""])[0]
    if not text:
        return default
    if not text.isdigit() or int(text) >= 2**31:
        message = f"Argument {name} must be an integer between 0 and 2147483647"
        raise AwsError("InvalidArgument", message, ArgumentName=name, ArgumentValue=text)
    return int(text)


@BEHAVIOUR.implements("s3", "ListParts")
def list_parts(request: ApiRequest) -> HttpResponse:
    """List the parts of an upload after a number."""
    upload = find_upload(request)
    if sent_key(request.http.headers) not in ("", upload.customer_key):
        check_customer_key(request, upload)
    after, most = _number(request, "part-number-marker", 0), min(_number(request, "max-parts", PAGE), PAGE)
    parts = [upload.parts[number] for number in sorted(upload.parts) if number > after]
    shown = parts[:most]
    result: dict[str, Any] = {
        "Bucket": request.params["Bucket"],
        "Key": upload.name,
        "UploadId": upload.id,
        "Initiator": upload.initiator,
        "Owner": upload_owner(upload),
        "StorageClass": upload.storage_class,
        "PartNumberMarker": after,
        "NextPartNumberMarker": shown[-1].number if shown else 0,
        "MaxParts": most,
        "IsTruncated": len(parts) > len(shown),
    }
    if shown:
        result["Parts"] = [_part(upload, part) for part in shown]
    return serialize(request, result | _checksum(upload))


def _part(upload: Upload, part: Part) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "PartNumber": part.number,
        "LastModified": part.last_modified,
        "ETag": f'"{part.etag}"',
        "Size": part.size,
    }
    if part.checksum:
        shown[f"Checksum{upload.checksum_algorithm}"] = part.checksum
    return shown


def _checksum(upload: Upload) -> dict[str, str]:
    if not upload.checksum_algorithm:
        return {}
    return {"ChecksumAlgorithm": upload.checksum_algorithm, "ChecksumType": upload.checksum_type}


@BEHAVIOUR.implements("s3", "ListMultipartUploads")
def list_multipart_uploads(request: ApiRequest) -> HttpResponse:
    """List uploads under way, by key and by when they began."""
    params, bucket = request.params, request.context(S3Context).bucket
    listing = asked(request, header="max-uploads")
    key, marker = params.get("KeyMarker") or "", params.get("UploadIdMarker") or ""
    uploads: list[Entry] = [(each.name, each) for each in bucket.multiparts.values()]
    uploads.sort(key=lambda entry: (entry[0].encode(), entry[1].initiated))
    if key:
        uploads = _after(uploads, key, marker)
    found = page(uploads, listing, key, lambda entry: True)
    result: dict[str, Any] = {
        "Bucket": bucket.name,
        "KeyMarker": listing.shown(key),
        "UploadIdMarker": marker if key else "",
        "NextKeyMarker": "",
        "NextUploadIdMarker": "",
        "MaxUploads": min(listing.most, PAGE),
        "IsTruncated": found.last is not None,
        **listing.settings(("Prefix",) if listing.prefix else ()),
    }
    last = found.entries[-1] if found.entries else None
    if last is not None:
        result |= {"NextKeyMarker": listing.shown(last[0]), "NextUploadIdMarker": last[1].id}
        result["Uploads"] = [_upload(listing.shown(name), upload) for name, upload in found.entries]
    if found.prefixes:
        result["CommonPrefixes"] = [{"Prefix": listing.shown(each)} for each in found.prefixes]
    return serialize(request, result)


def _after(uploads: list[Entry], key: str, marker: str) -> list[Entry]:
    if not marker:
        return [entry for entry in uploads if entry[0].encode() > key.encode()]
    place = next((place for place, entry in enumerate(uploads) if entry[1].id == marker and entry[0] == key), None)
    if place is None:
        message = "Invalid uploadId marker"
        raise AwsError("InvalidArgument", message, ArgumentName="upload-id-marker", ArgumentValue=marker)
    return uploads[place + 1 :]


def _upload(name: str, upload: Upload) -> dict[str, Any]:
    return {
        "Key": name,
        "UploadId": upload.id,
        "Initiated": upload.initiated,
        "StorageClass": upload.storage_class,
        "Owner": upload_owner(upload),
        "Initiator": upload.initiator,
        **_checksum(upload),
    }
