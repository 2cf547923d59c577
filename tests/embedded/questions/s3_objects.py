"""Questions about objects, their versions, conditions, ranges, metadata and checksums."""

from __future__ import annotations

import datetime
import re
import urllib.request
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from tests.embedded.question import code, question
from tests.embedded.questions.steps import put_object
from tests.embedded.world import World

OBJECTS, HEADERS, LOCKS = "s3 objects", "s3 object headers", "s3 object lock"
NAME = "clock.png"
FUTURE = datetime.datetime(2090, 1, 1, tzinfo=datetime.UTC)


def members(call: Callable[[], object], *names: str) -> str:
    """Return code and status of an error, and some of its members."""
    try:
        call()
    except ClientError as refused:
        error: dict[str, Any] = {**refused.response["Error"]}
        status = refused.response["ResponseMetadata"]["HTTPStatusCode"]
        return " ".join([error["Code"], str(status), *(str(error.get(name, "-")) for name in names)])
    return "served"


def versioned(world: World, status: str = "Enabled") -> str:
    bucket = world.bucket()
    world.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    if status != "Enabled":
        world.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})
    return bucket


@question("S3", "the form of a version id", "S3-101", "32 characters", OBJECTS)
def _(world: World) -> str:
    version = put_object(world, versioned(world))["VersionId"]
    return "32 characters" if re.fullmatch(r"[.\w]{32}", version) else version


@question("S3", "the version of an object without versioning", "S3-101", "None None", OBJECTS)
def _(world: World) -> str:
    bucket = world.bucket()
    stored = put_object(world, bucket)
    return f"{stored.get('VersionId')} {world.s3.get_object(Bucket=bucket, Key=NAME).get('VersionId')}"


@question(
    "S3", "an upload while versioning is suspended", "S3-102", "2 versions, one null, the older one is served", OBJECTS
)
def _(world: World) -> str:
    bucket = versioned(world)
    first = put_object(world, bucket)["VersionId"]
    world.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    put_object(world, bucket)
    put_object(world, bucket)
    found = [each["VersionId"] for each in world.s3.list_object_versions(Bucket=bucket)["Versions"]]
    read = code(lambda: world.s3.get_object(Bucket=bucket, Key=NAME, VersionId=first))
    return f"{len(found)} versions, {'one' if found.count('null') == 1 else 'no'} null, the older one is {read}"


@question("S3", "a version id that is none", "S3-103", "InvalidArgument 400 versionId x", OBJECTS)
def _(world: World) -> str:
    bucket = versioned(world)
    put_object(world, bucket)
    read = lambda: world.s3.get_object(Bucket=bucket, Key=NAME, VersionId="x")  # noqa: E731
    return members(read, "ArgumentName", "ArgumentValue")


@question("S3", "a delete marker by its id", "S3-104", "MethodNotAllowed 405 GET DeleteMarker", OBJECTS)
def _(world: World) -> str:
    bucket = versioned(world)
    put_object(world, bucket)
    marker = world.s3.delete_object(Bucket=bucket, Key=NAME)["VersionId"]
    read = lambda: world.s3.get_object(Bucket=bucket, Key=NAME, VersionId=marker)  # noqa: E731
    return members(read, "Method", "ResourceType")


@question("S3", "a read with another ETag", "S3-105", "PreconditionFailed 412 If-Match", OBJECTS)
def _(world: World) -> str:
    bucket = world.bucket()
    put_object(world, bucket)
    return members(lambda: world.s3.get_object(Bucket=bucket, Key=NAME, IfMatch="x"), "Condition")


@question(
    "S3", "an upload over an object that must not be there", "S3-106", "PreconditionFailed 412 If-None-Match", OBJECTS
)
def _(world: World) -> str:
    bucket = world.bucket()
    put_object(world, bucket)
    return members(lambda: put_object(world, bucket, IfNoneMatch="*"), "Condition")


@question("S3", "an upload with If-Match: *", "S3-106", "NotImplemented 501 If-Match", OBJECTS)
def _(world: World) -> str:
    bucket = world.bucket()
    put_object(world, bucket)
    return members(lambda: put_object(world, bucket, IfMatch="*"), "Header")


@question("S3", "the checksum of an upload that names none", "S3-109", "CRC64NVME FULL_OBJECT, no other", OBJECTS)
def _(world: World) -> str:
    bucket = world.bucket()
    link = world.s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": NAME})
    with urllib.request.urlopen(urllib.request.Request(link, b"clock", {"Content-Type": ""}, method="PUT")):
        pass
    found = world.s3.head_object(Bucket=bucket, Key=NAME, ChecksumMode="ENABLED")
    kinds = [name.removeprefix("Checksum") for name in found if re.fullmatch(r"Checksum(CRC|SHA)\w+", name)]
    return f"{' '.join(kinds)} {found.get('ChecksumType')}, no other"


@question("S3", "a range past the end", "S3-115", "InvalidRange 416 bytes=9-10 5", OBJECTS)
def _(world: World) -> str:
    bucket = world.bucket()
    put_object(world, bucket)
    read = lambda: world.s3.get_object(Bucket=bucket, Key=NAME, Range="bytes=9-10")  # noqa: E731
    return members(read, "RangeRequested", "ActualObjectSize")


@question("S3", "a range without its unit", "S3-115", "200 5", OBJECTS)
def _(world: World) -> str:
    bucket = world.bucket()
    put_object(world, bucket)
    found = world.s3.get_object(Bucket=bucket, Key=NAME, Range="0-1")
    return f"{found['ResponseMetadata']['HTTPStatusCode']} {len(found['Body'].read())}"


@question("S3", "the second part of an object of one", "S3-116", "InvalidPartNumber 416 1", OBJECTS)
def _(world: World) -> str:
    bucket = world.bucket()
    put_object(world, bucket)
    return members(lambda: world.s3.get_object(Bucket=bucket, Key=NAME, PartNumber=2), "ActualPartCount")


@question("S3", "a key of 1025 bytes", "S3-117", "KeyTooLongError 400 1025 1024", OBJECTS)
def _(world: World) -> str:
    bucket = world.bucket()
    return members(lambda: put_object(world, bucket, name="x" * 1025), "Size", "MaxSizeAllowed")


@question("S3", "metadata beyond 2048 bytes", "S3-111", "MetadataTooLarge 400", HEADERS)
def _(world: World) -> str:
    bucket = world.bucket()
    return code(lambda: put_object(world, bucket, Metadata={"x": "x" * 2048}))


@question("S3", "a storage class that is none", "S3-112", "InvalidStorageClass 400 COLD", HEADERS)
def _(world: World) -> str:
    bucket = world.bucket()
    return members(lambda: put_object(world, bucket, StorageClass="COLD"), "StorageClassRequested")


@question("S3", "a tag that is there twice in x-amz-tagging", "S3-113", "InvalidArgument 400 x-amz-tagging", HEADERS)
def _(world: World) -> str:
    bucket = world.bucket()
    return members(lambda: put_object(world, bucket, Tagging="a=1&a=2"), "ArgumentName")


@question("S3", "a request for an object's retention without Object Lock", "S3-120", "InvalidRequest 400", LOCKS)
def _(world: World) -> str:
    bucket = world.bucket()
    put_object(world, bucket)
    return code(lambda: world.s3.get_object_retention(Bucket=bucket, Key=NAME))


@question("S3", "Object Lock without versioning", "S3-121", "InvalidBucketState 409", LOCKS)
def _(world: World) -> str:
    bucket = world.bucket()
    setting = {"ObjectLockEnabled": "Enabled"}
    return code(lambda: world.s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration=setting))


def locked(world: World) -> tuple[str, str]:
    bucket = versioned(world)
    world.s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"})
    return bucket, put_object(world, bucket)["VersionId"]


@question("S3", "retention of a mode that is none", "S3-121", "MalformedXML 400", LOCKS, needs="the emulator")
def _(world: World) -> str:
    bucket, _version = locked(world)
    retention = {"Mode": "FOREVER", "RetainUntilDate": FUTURE}
    return code(lambda: world.s3.put_object_retention(Bucket=bucket, Key=NAME, Retention=retention))


@question("S3", "shorter retention in compliance mode", "S3-119", "AccessDenied 403", LOCKS, needs="the emulator")
def _(world: World) -> str:
    bucket, _version = locked(world)
    retention = {"Mode": "COMPLIANCE", "RetainUntilDate": FUTURE}
    world.s3.put_object_retention(Bucket=bucket, Key=NAME, Retention=retention)
    shorter = {**retention, "RetainUntilDate": FUTURE - datetime.timedelta(days=1)}
    return code(
        lambda: world.s3.put_object_retention(
            Bucket=bucket, Key=NAME, Retention=shorter, BypassGovernanceRetention=True
        )
    )


@question(
    "S3", "a locked version of an upload in parts is deleted", "S3-118", "AccessDenied 403", LOCKS, "the emulator"
)
def _(world: World) -> str:
    bucket, _version = locked(world)
    lock = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": FUTURE}
    upload = world.s3.create_multipart_upload(Bucket=bucket, Key="parts", **lock)["UploadId"]
    where = {"Bucket": bucket, "Key": "parts", "UploadId": upload}
    etag = world.s3.upload_part(**where, PartNumber=1, Body=b"clock")["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
    version = world.s3.complete_multipart_upload(**where, MultipartUpload=parts)["VersionId"]
    return code(
        lambda: world.s3.delete_object(Bucket=bucket, Key="parts", VersionId=version, BypassGovernanceRetention=True)
    )
