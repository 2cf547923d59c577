"""The versions of an object: ids, the current one, and how one is added and removed.

A bucket whose versioning was never on has one version a key. With versioning suspended a new version or delete marker
is the one that is called `null`, and replaces the one before of that name only.

Facts: S3-101 to S3-104, S3-253.
"""

from __future__ import annotations

import hashlib
import secrets
import string
import time
from types import SimpleNamespace
from typing import Any

from embedded.core.errors import AwsError

NULL = "null"
ALPHABET = "." + string.digits + string.ascii_uppercase + "_" + string.ascii_lowercase
TIME_DIGITS, RANDOM_DIGITS = 12, 10
SECRET = secrets.token_bytes(32)
"""The key of the part of an id that proves that it was given."""


def new_version_id(bucket: Any) -> str:
    """Return the id of the next version in a bucket. Ids of 32 characters; the last twelve follow the time."""
    if bucket.versioning_status != "Enabled":
        return NULL
    ticks, digits = time.time_ns(), ""
    for _ in range(TIME_DIGITS):
        ticks, digit = divmod(ticks, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    given = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_DIGITS)) + digits
    return _proof(given) + given


def _proof(given: str) -> str:
    digest = hashlib.blake2b(given.encode(), key=SECRET, digest_size=32 - RANDOM_DIGITS - TIME_DIGITS).digest()
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest)


def is_version_id(version: str) -> bool:
    """Return whether a text is an id that was given, of a version that may be gone (S3-103)."""
    place = 32 - RANDOM_DIGITS - TIME_DIGITS
    return version == NULL or (len(version) == 32 and version[:place] == _proof(version[place:]))


def is_older(version: str, other: str) -> bool:
    """Return whether a version id was given before another one."""
    return version == NULL or (other != NULL and version[-TIME_DIGITS:] < other[-TIME_DIGITS:])


def all_versions(bucket: Any, name: str) -> list[Any]:
    """Return moto's objects and delete markers of a key, the oldest first."""
    return list(bucket.keys.getlist(name, []) or [])


def is_marker(version: Any) -> bool:
    """Return whether a version is a delete marker."""
    from moto.s3.models import FakeKey

    return not isinstance(version, FakeKey)


def current(bucket: Any, name: str) -> Any:
    """Return the current object of a key, or `None` if there is none or it is deleted."""
    found = all_versions(bucket, name)
    return found[-1] if found and not is_marker(found[-1]) else None


def find(bucket: Any, name: str, version: str) -> Any:
    """Return a version, be it a delete marker, or `None`."""
    return next((each for each in all_versions(bucket, name) if each.version_id == version), None)


def add(bucket: Any, version: Any) -> None:
    """Make a version the current one. It replaces the version with its id; without versioning all others go."""
    kept = all_versions(bucket, version.name) if bucket.versioning_status else []
    kept = [each for each in kept if each.version_id != version.version_id]
    bucket.keys.setlist(version.name, [*kept, version])


def remove(bucket: Any, version: Any) -> None:
    """Remove a version, and the key with its last one."""
    kept = [each for each in all_versions(bucket, version.name) if each is not version]
    bucket.keys.setlist(version.name, kept)
    if not kept:
        dict.pop(bucket.keys, version.name)


def add_marker(bucket: Any, name: str) -> Any:
    """Return a new delete marker, which is the current version now."""
    from moto.s3.models import FakeDeleteMarker

    marker = FakeDeleteMarker(SimpleNamespace(name=name))
    marker._version_id = new_version_id(bucket)  # noqa: SLF001  # moto has no setter
    add(bucket, marker)
    return marker


def invalid_version(version: str) -> AwsError:
    """Return S3's error for an id that is none."""
    return AwsError("InvalidArgument", "Invalid version id specified", ArgumentName="versionId", ArgumentValue=version)


def require(bucket: Any, name: str, version: str | None, method: str) -> Any:
    """Return moto's object of a version, by default the current one.

    Raises `NoSuchKey`, `NoSuchVersion`, `InvalidArgument` for an id that is none, and `MethodNotAllowed` for a delete
    marker.
    """
    if version is None:
        found = all_versions(bucket, name)
        if found and not is_marker(found[-1]):
            return found[-1]
        if found and method in ("PUT", "DELETE"):
            raise marker_error(found[-1], method)
        raise no_such_key(bucket, name)
    if not bucket.versioning_status and version != NULL:
        raise invalid_version(version)
    if not is_version_id(version):
        raise invalid_version(version)
    one = find(bucket, name, version)
    if one is None:
        message = "The specified version does not exist."
        raise AwsError("NoSuchVersion", message, 404, Key=name, VersionId=version)
    if is_marker(one):
        raise marker_error(one, method)
    return one


def no_such_key(bucket: Any, name: str) -> AwsError:
    """Return S3's error for a key without a current object. It tells of a delete marker in its headers."""
    error = AwsError("NoSuchKey", "The specified key does not exist.", 404, Key=name)
    found = all_versions(bucket, name) if bucket is not None else []
    if found:
        error.with_headers(x_amz_delete_marker="true", x_amz_version_id=str(found[-1].version_id))
    return error


def marker_error(marker: Any, method: str) -> AwsError:
    """Return S3's error for a delete marker that is named, or written to."""
    message = "The specified method is not allowed against this resource."
    error = AwsError("MethodNotAllowed", message, 405, Method=method, ResourceType="DeleteMarker")
    modified = marker.last_modified.strftime("%a, %d %b %Y %H:%M:%S GMT")
    return error.with_headers(
        x_amz_delete_marker="true", x_amz_version_id=str(marker.version_id), allow="DELETE", last_modified=modified
    )
