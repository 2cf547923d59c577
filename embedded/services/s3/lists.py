"""Lists of objects and of versions, page by page.

Facts: S3-124 to S3-128, S3-256.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote

from embedded.core.behaviours import Behaviour
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.protocols import serialize
from embedded.core.request import ApiRequest
from embedded.services.s3 import versions
from embedded.services.s3.buckets import S3Context
from embedded.services.s3.object_checksums import checksum_members
from embedded.services.s3.owners import owner_of_object

BEHAVIOUR = Behaviour("s3 lists")
PAGE = 1000


@dataclasses.dataclass
class Listing:
    """What a list asks for, and how its names are written."""

    prefix: str
    delimiter: str
    encoded: bool
    most: int

    def shown(self, name: str) -> str:
        """Return a name as the list writes it."""
        return quote(name, safe="/") if self.encoded else name

    def rolled_up(self, name: str) -> str:
        """Return the common prefix that stands for a name, or an empty text."""
        place = name.find(self.delimiter, len(self.prefix)) if self.delimiter else -1
        return name[: place + len(self.delimiter)] if place >= 0 else ""

    def settings(self, members: Iterable[str] = ("Prefix",)) -> dict[str, Any]:
        """Return the members that repeat what was asked."""
        repeated: dict[str, Any] = {"Prefix": self.shown(self.prefix)} if "Prefix" in members else {}
        if self.delimiter:
            repeated["Delimiter"] = self.shown(self.delimiter)
        if self.encoded:
            repeated["EncodingType"] = "url"
        return repeated


def asked(request: ApiRequest, most: str = "MaxKeys", header: str = "max-keys") -> Listing:
    """Return what a list asks for. Raises `InvalidArgument`."""
    params, encoding = request.params, request.params.get("EncodingType")
    if encoding not in (None, "url"):
        message = "Invalid Encoding Method specified in Request"
        raise AwsError("InvalidArgument", message, ArgumentName="encoding-type", ArgumentValue=str(encoding))
    wanted = request.http.query.get(header, [""])[0]
    if wanted and not wanted.lstrip("-").isdigit():
        message = f"Provided {header} not an integer or within integer range"
        raise AwsError("InvalidArgument", message, ArgumentName=header, ArgumentValue=wanted)
    number = int(wanted) if wanted else PAGE
    if not 0 <= number < 2**31:
        message = f"Argument {header} must be an integer between 0 and 2147483647"
        raise AwsError("InvalidArgument", message, ArgumentName=header, ArgumentValue=wanted)
    return Listing(params.get("Prefix") or "", params.get("Delimiter") or "", encoding == "url", number)


Entry = tuple[str, Any]


@dataclasses.dataclass
class Page:
    """A page: entries in order, common prefixes, and the last of both if more follow."""

    entries: list[Entry]
    prefixes: list[str]
    last: Entry | None


def page(entries: Iterable[Entry], listing: Listing, after: str, follows: Callable[[Entry], bool]) -> Page:
    """Return a page of sorted entries. `after` is a name or common prefix; `follows` says which entries come after."""
    found: list[Entry] = []
    prefixes: list[str] = []
    last: Entry | None = None
    for entry in entries:
        name = entry[0]
        if not name.startswith(listing.prefix) or not follows(entry):
            continue
        rolled = listing.rolled_up(name)
        if rolled and ((prefixes and prefixes[-1] == rolled) or after.startswith(rolled)):
            continue
        if len(found) + len(prefixes) >= min(listing.most, PAGE):
            return Page(found, prefixes, last)
        if rolled:
            prefixes.append(rolled)
            last = (rolled, None)
        else:
            found.append(entry)
            last = entry
    return Page(found, prefixes, None)


def _names(bucket: Any, prefix: str) -> list[str]:
    return sorted((name for name in list(bucket.keys) if name.startswith(prefix)), key=str.encode)


def _current(bucket: Any, prefix: str) -> Iterable[Entry]:
    for name in _names(bucket, prefix):
        stored = versions.current(bucket, name)
        if stored is not None:
            yield name, stored


def _contents(request: ApiRequest, listing: Listing, found: Page, *, with_owner: bool) -> dict[str, Any]:
    bucket = request.context(S3Context).bucket
    contents = [
        {
            "Key": listing.shown(name),
            "ETag": stored.etag,
            "LastModified": stored.last_modified,
            "Size": stored.size,
            "StorageClass": stored.storage_class,
            **checksum_members(stored),
            **({"Owner": owner_of_object(request.aws, bucket, stored)} if with_owner else {}),
        }
        for name, stored in found.entries
    ]
    members: dict[str, Any] = {
        "Name": bucket.name,
        "MaxKeys": min(listing.most, PAGE) if listing.most <= PAGE else PAGE,
        "IsTruncated": found.last is not None,
        **listing.settings(),
    }
    if contents:
        members["Contents"] = contents
    return members | _prefixes(listing, found)


def _prefixes(listing: Listing, found: Page) -> dict[str, Any]:
    prefixes = [{"Prefix": listing.shown(each)} for each in found.prefixes]
    return {"CommonPrefixes": prefixes} if prefixes else {}


def _with_region(request: ApiRequest, response: HttpResponse) -> HttpResponse:
    region = request.context(S3Context).bucket.region_name
    if region != "us-east-1":
        response.headers["x-amz-bucket-region"] = region
    return response


@BEHAVIOUR.implements("s3", "ListObjects")
def list_objects(request: ApiRequest) -> HttpResponse:
    """List objects after a marker."""
    listing, marker = asked(request), request.params.get("Marker") or ""
    bucket = request.context(S3Context).bucket
    found = page(_current(bucket, listing.prefix), listing, marker, lambda entry: entry[0].encode() > marker.encode())
    # An unsigned request is told no owners.
    result = _contents(request, listing, found, with_owner=not request.principal.is_anonymous)
    result["Marker"] = listing.shown(marker)
    if found.last is not None and listing.delimiter:
        result["NextMarker"] = listing.shown(found.last[0])
    return _with_region(request, entries_last(serialize(request, result)))


def _token(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode()


def _after_token(token: str) -> str:
    try:
        name = base64.b64decode(token, b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        name = ""
    if not name:
        message = "The continuation token provided is incorrect"
        raise AwsError("InvalidArgument", message, ArgumentName="continuation-token")
    return name


@BEHAVIOUR.implements("s3", "ListObjectsV2")
def list_objects_v2(request: ApiRequest) -> HttpResponse:
    """List objects after a token, or after a name."""
    listing, params = asked(request), request.params
    bucket, token = request.context(S3Context).bucket, params.get("ContinuationToken")
    after = _after_token(token) if token is not None else params.get("StartAfter") or ""
    found = page(_current(bucket, listing.prefix), listing, after, lambda entry: entry[0].encode() > after.encode())
    result = _contents(request, listing, found, with_owner=bool(params.get("FetchOwner")))
    result["KeyCount"] = len(found.entries) + len(found.prefixes)
    if token is not None:
        result["ContinuationToken"] = token
    if params.get("StartAfter") and token is None:
        result["StartAfter"] = listing.shown(params["StartAfter"])
    if found.last is not None:
        result["NextContinuationToken"] = _token(found.last[0])
    return _with_region(request, entries_last(serialize(request, result)))


def entries_last(response: HttpResponse) -> HttpResponse:
    """Move what a list contains behind what it says of itself: S3 does not write in the order of the model (S3-256)."""
    for name in (b"Contents", b"Version", b"DeleteMarker", b"CommonPrefixes"):
        first, last = response.body.find(b"<%b>" % name), response.body.rfind(b"</%b>" % name)
        if first >= 0:
            end, close = last + len(name) + 3, response.body.rfind(b"</")
            body = response.body
            response.body = body[:first] + body[end:close] + body[first:end] + body[close:]
    return response


@BEHAVIOUR.implements("s3", "ListObjectVersions")
def list_object_versions(request: ApiRequest) -> HttpResponse:
    """List versions and delete markers, of each key the newest first."""
    listing, params = asked(request), request.params
    key, version = params.get("KeyMarker") or "", params.get("VersionIdMarker") or ""
    if "VersionIdMarker" in params and not key:
        message = "A version-id marker cannot be specified without a key marker."
        raise AwsError("InvalidArgument", message, ArgumentName="version-id-marker", ArgumentValue=version)
    bucket = request.context(S3Context).bucket
    found = page(_versions(bucket, listing.prefix, key, version), listing, key, lambda entry: True)
    result: dict[str, Any] = {
        "Name": bucket.name,
        "MaxKeys": min(listing.most, PAGE),
        "IsTruncated": found.last is not None,
        "KeyMarker": listing.shown(key),
        "VersionIdMarker": version,
        **listing.settings(),
        **_prefixes(listing, found),
    }
    objects = [_version(request, listing, entry) for entry in found.entries if not versions.is_marker(entry[1])]
    markers = [_marker(request, listing, entry) for entry in found.entries if versions.is_marker(entry[1])]
    result |= ({"Versions": objects} if objects else {}) | ({"DeleteMarkers": markers} if markers else {})
    if found.last is not None:
        result["NextKeyMarker"] = listing.shown(found.last[0])
        if found.last[1] is not None:
            result["NextVersionIdMarker"] = found.last[1].version_id
    return entries_last(serialize(request, result))


def _versions(bucket: Any, prefix: str, key: str, version: str) -> Iterable[Entry]:
    for name in _names(bucket, prefix):
        if name.encode() < key.encode() or (name == key and not version):
            continue
        kept = versions.all_versions(bucket, name)[::-1]
        if name == key:
            place = next((place for place, each in enumerate(kept) if each.version_id == version), None)
            older = (each for each in kept if versions.is_older(str(each.version_id), version))
            kept = list(older) if place is None else kept[place + 1 :]
        yield from ((name, each) for each in kept)


def _is_latest(request: ApiRequest, entry: Entry) -> bool:
    return versions.all_versions(request.context(S3Context).bucket, entry[0])[-1] is entry[1]


def _version(request: ApiRequest, listing: Listing, entry: Entry) -> dict[str, Any]:
    name, stored = entry
    return {
        "Key": listing.shown(name),
        "VersionId": stored.version_id,
        "IsLatest": _is_latest(request, entry),
        "ETag": stored.etag,
        "LastModified": stored.last_modified,
        "Size": stored.size,
        "StorageClass": stored.storage_class,
        "Owner": owner_of_object(request.aws, request.context(S3Context).bucket, stored),
        **checksum_members(stored),
    }


def _marker(request: ApiRequest, listing: Listing, entry: Entry) -> dict[str, Any]:
    name, marker = entry
    return {
        "Key": listing.shown(name),
        "VersionId": marker.version_id,
        "IsLatest": _is_latest(request, entry),
        "LastModified": marker.last_modified,
        "Owner": owner_of_object(request.aws, request.context(S3Context).bucket, marker),
    }
