"""DeleteObject and DeleteObjects: versions and delete markers.

Facts: S3-101 to S3-104, S3-118, S3-123, S3-243.
"""

from __future__ import annotations

from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.protocols import serialize
from embedded.core.request import ApiRequest
from embedded.services.s3 import versions
from embedded.services.s3.access_context import reads_etag
from embedded.services.s3.authorization import require_access
from embedded.services.s3.buckets import S3Context, s3_backend
from embedded.services.s3.conditions import NOT_TAKEN, check_match
from embedded.services.s3.object_locks import check_bypass, is_locked, malformed

BEHAVIOUR = Behaviour("s3 deletes")
MOST_KEYS = 1000
LOCKED = "Access Denied because object protected by object lock."
CONDITIONS = ("x-amz-if-match-size", "x-amz-if-match-last-modified-time")


@BEHAVIOUR.implements("s3", "DeleteObject")
def delete_object(request: ApiRequest) -> HttpResponse:
    """Delete a version, or put a delete marker on top."""
    bucket, name, version = _named(request)
    bypass = check_bypass(request, bucket)
    named = next((each for each in CONDITIONS if each in request.http.headers), "")
    if named:
        raise AwsError("NotImplemented", NOT_TAKEN, 501, Header=named)
    if "if-match" in request.http.headers:
        check_match(request.http.headers["if-match"], versions.current(bucket, name), name)
    if version and not bucket.versioning_status and version != versions.NULL:
        raise versions.invalid_version(version)
    marker = delete_version(request, name, version, bypass=bypass)
    headers = {}
    if marker is not None and bucket.versioning_status:
        headers["x-amz-version-id"] = str(marker.version_id)
        if versions.is_marker(marker):
            headers["x-amz-delete-marker"] = "true"
    elif version and bucket.versioning_status:
        # A version that is gone is deleted again without complaint.
        headers["x-amz-version-id"] = version
    return HttpResponse(204, headers, b"")


def _named(request: ApiRequest) -> tuple[Any, str, str | None]:
    return request.context(S3Context).bucket, request.params["Key"], request.params.get("VersionId")


def delete_version(request: ApiRequest, name: str, version: str | None, *, bypass: bool) -> Any:
    """Delete a version, by default with a delete marker. Return the version or marker, or `None` if there was none.

    Raises `AccessDenied` for a locked version, and `InvalidArgument` for an id of no version of the key.
    """
    bucket = request.context(S3Context).bucket
    if not version and bucket.versioning_status:
        return versions.add_marker(bucket, name)
    found = versions.find(bucket, name, version or versions.NULL)
    if found is None:
        if version and not versions.is_version_id(version):
            raise versions.invalid_version(version)
        return None
    if is_locked(request, found, bypass=bypass):
        raise AwsError("AccessDenied", LOCKED, 403)
    if not versions.is_marker(found):
        s3_backend(bucket.account_id).tagger.delete_all_tags_for_resource(found.arn)
    versions.remove(bucket, found)
    return found


@BEHAVIOUR.implements("s3", "DeleteObjects")
def delete_objects(request: ApiRequest) -> HttpResponse:
    """Delete up to 1,000 versions. Each has its own outcome."""
    bucket = request.context(S3Context).bucket
    bypass = check_bypass(request, bucket)
    wanted = request.params.get("Delete") or {}
    objects = wanted.get("Objects") or []
    if not objects or len(objects) > MOST_KEYS or not all(each.get("Key") for each in objects):
        raise malformed()
    unsupported = next((name for name in ("LastModifiedTime", "Size") for each in objects if name in each), "")
    if unsupported:
        # Conditions of directory buckets (S3-243).
        raise AwsError("NotImplemented", NOT_TAKEN, 501, Header=unsupported)
    deleted, errors = [], []
    for each in objects:
        name, version = str(each["Key"]), each.get("VersionId") or None
        try:
            deleted.append(_delete_one(request, name, version, each.get("ETag"), bypass=bypass))
        except AwsError as refused:
            error = {"Code": refused.code, "Key": name, "Message": refused.message}
            errors.append(error | ({"VersionId": version} if version else {}))
    result: dict[str, Any] = {} if wanted.get("Quiet") or not deleted else {"Deleted": deleted}
    return serialize(request, result | ({"Errors": errors} if errors else {}))


def _delete_one(
    request: ApiRequest, name: str, version: str | None, etag: str | None, *, bypass: bool
) -> dict[str, Any]:
    bucket = request.context(S3Context).bucket
    require_access(request, bucket, "DeleteObject", name, version, {"s3:if-match": etag} if etag is not None else {})
    if reads_etag(etag):
        require_access(request, bucket, "GetObject", name, None)
    if etag is not None:
        check_match(etag, versions.current(bucket, name), name)
    was_given = version == versions.NULL or (bool(bucket.versioning_status) and versions.is_version_id(version or ""))
    if version and not was_given:
        message = "The specified version does not exist."
        raise AwsError("NoSuchVersion", message, 404)
    gone = delete_version(request, name, version, bypass=bypass)
    shown: dict[str, Any] = {"Key": name}
    if version and bucket.versioning_status:
        shown["VersionId"] = version
    if gone is not None and bucket.versioning_status and versions.is_marker(gone):
        shown |= {"DeleteMarker": True, "DeleteMarkerVersionId": gone.version_id}
    return shown
