"""Tags of objects, and GetObjectAttributes.

Facts: S3-142, S3-143, S3-144.
"""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

from embedded.core.behaviours import Behaviour
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.protocols import serialize
from embedded.core.request import ApiRequest
from embedded.services.s3 import object_checksums, versions
from embedded.services.s3.buckets import S3Context
from embedded.services.s3.multipart_state import Part, StoredParts
from embedded.services.s3.object_checksums import COMPOSITE
from embedded.services.s3.object_headers import check_object_tags, version_header
from embedded.services.s3.object_locks import malformed
from embedded.services.s3.objects import set_tags, tags_of

BEHAVIOUR = Behaviour("s3 object tags")
ATTRIBUTES = ("ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize")
PAGE = 1000


def _named(request: ApiRequest, method: str) -> tuple[Any, Any]:
    bucket = request.context(S3Context).bucket
    return bucket, versions.require(bucket, request.params["Key"], request.params.get("VersionId"), method)


@BEHAVIOUR.implements("s3", "GetObjectTagging")
def get_object_tagging(request: ApiRequest) -> HttpResponse:
    """Return the tags of a version."""
    bucket, stored = _named(request, "GET")
    tags = [{"Key": name, "Value": value} for name, value in tags_of(bucket, stored).items()]
    response = serialize(request, {"TagSet": tags})
    response.headers |= version_header(bucket, stored)
    return response


@BEHAVIOUR.implements("s3", "PutObjectTagging")
def put_object_tagging(request: ApiRequest) -> HttpResponse:
    """Replace the tags of a version."""
    bucket, stored = _named(request, "PUT")
    pairs = body_tags(request)
    check_object_tags(pairs)
    set_tags(bucket, stored, dict(pairs))
    return HttpResponse(200, version_header(bucket, stored), b"")


def body_tags(request: ApiRequest) -> list[tuple[str, str]]:
    """Return the tags of a body. Raises S3's error for a tag without key or value, and for a key that is there twice.

    The parsed parameters do not tell an empty value from none.
    """
    try:
        root = ElementTree.fromstring(request.http.body)  # noqa: S314  # moto's parser has read the same body before
    except ElementTree.ParseError:
        raise malformed() from None
    names = {element.tag: element.tag.rpartition("}")[2] for element in root.iter()}
    sets = [element for element in root if names[element.tag] == "TagSet"]
    if names[root.tag] != "Tagging" or len(root) > 1 or len(sets) != len(root):
        raise malformed()
    found = [{names[child.tag]: child.text or "" for child in tag} for each in sets for tag in each]
    if not all(set(tag) == {"Key", "Value"} for tag in found):
        raise malformed()
    pairs = [(tag["Key"], tag["Value"]) for tag in found]
    twice = next((name for name, _ in pairs if [each for each, _ in pairs].count(name) > 1), None)
    if twice is not None:
        message = "Cannot provide multiple Tags with the same key"
        raise AwsError("InvalidTag", message, TagKey=twice)
    return pairs


@BEHAVIOUR.implements("s3", "DeleteObjectTagging")
def delete_object_tagging(request: ApiRequest) -> HttpResponse:
    """Remove the tags of a version."""
    bucket, stored = _named(request, "DELETE")
    set_tags(bucket, stored, {})
    return HttpResponse(204, version_header(bucket, stored), b"")


@BEHAVIOUR.implements("s3", "GetObjectAttributes")
def get_object_attributes(request: ApiRequest) -> HttpResponse:
    """Return the attributes that the request names."""
    bucket, stored = _named(request, "GET")
    sent = request.http.headers.get("x-amz-object-attributes", "")
    named = [each.strip() for each in sent.split(",") if each.strip()]
    if not named or not all(each in ATTRIBUTES for each in named):
        message = "Invalid attribute name specified."
        raise AwsError("InvalidArgument", message, ArgumentName="x-amz-object-attributes")
    algorithm, value, kind = object_checksums.checksum_of(stored)
    parts = request.aws.state(StoredParts).get(stored, ())
    every: dict[str, Any] = {
        "ETag": stored.etag.strip('"'),
        "Checksum": {f"Checksum{algorithm}": value.partition("-")[0], "ChecksumType": kind},
        "ObjectParts": _parts(request, algorithm, kind, parts) if parts else None,
        "StorageClass": stored.storage_class,
        "ObjectSize": stored.size,
    }
    wanted = {name: value for name, value in every.items() if name in named and value is not None}
    response = serialize(request, wanted)
    response.headers["last-modified"] = stored.last_modified.strftime("%a, %d %b %Y %H:%M:%S GMT")
    response.headers |= version_header(bucket, stored)
    return response


def _number(request: ApiRequest, header: str, default: int) -> int:
    number = int(request.http.headers.get(header) or default)
    if not 0 <= number < 2**31:
        message = f"Argument {header} must be an integer between 0 and 2147483647"
        raise AwsError("InvalidArgument", message, ArgumentName=header, ArgumentValue=str(number))
    return number


def _parts(request: ApiRequest, algorithm: str, kind: str, parts: tuple[Part, ...]) -> dict[str, Any]:
    """Return `ObjectParts`. Only parts with checksums of their own are listed."""
    if kind != COMPOSITE:
        return {"TotalPartsCount": len(parts)}
    after, most = _number(request, "x-amz-part-number-marker", 0), min(_number(request, "x-amz-max-parts", PAGE), PAGE)
    following = [part for part in parts if part.number > after]
    shown = following[:most]
    result: dict[str, Any] = {
        "TotalPartsCount": len(parts),
        "PartNumberMarker": after,
        "NextPartNumberMarker": shown[-1].number if shown else 0,
        "MaxParts": most,
        "IsTruncated": len(following) > len(shown),
    }
    if shown:
        result["Parts"] = [
            {"PartNumber": part.number, "Size": part.size, f"Checksum{algorithm}": part.checksum} for part in shown
        ]
    return result
