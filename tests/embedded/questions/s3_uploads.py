"""Questions about copies, deletes, lists, uploads in parts, tags and attributes of objects."""

from __future__ import annotations

import re

from tests.embedded.question import code, outcome, question
from tests.embedded.questions.s3_objects import NAME, members, versioned
from tests.embedded.questions.s3_payloads import send, sign
from tests.embedded.questions.steps import put_object
from tests.embedded.world import World

COPIES, DELETES, LISTS, PARTS, PART_LISTS, TAGS = (
    "s3 copies",
    "s3 deletes",
    "s3 lists",
    "s3 multipart uploads",
    "s3 multipart lists",
    "s3 object tags",
)


def stored(world: World, *names: str) -> str:
    bucket = world.bucket()
    for name in names or (NAME,):
        put_object(world, bucket, name=name)
    return bucket


@question("S3", "a copy onto itself that changes nothing", "S3-138", "InvalidRequest 400", COPIES)
def _(world: World) -> str:
    bucket = stored(world)
    return code(lambda: world.s3.copy_object(Bucket=bucket, Key=NAME, CopySource=f"{bucket}/{NAME}"))


@question(
    "S3", "a copy of a source with another ETag", "S3-107", "PreconditionFailed 412 x-amz-copy-source-If-Match", COPIES
)
def _(world: World) -> str:
    bucket = stored(world)
    copy = {"Bucket": bucket, "Key": "copy", "CopySource": f"{bucket}/{NAME}", "CopySourceIfMatch": "x"}
    return members(lambda: world.s3.copy_object(**copy), "Condition")


@question("S3", "a plus sign in a copy source", "S3-139", "200", COPIES)
def _(world: World) -> str:
    bucket = stored(world, "a clock.png")
    url, source = world.url(bucket, "copy"), {"x-amz-copy-source": f"/{bucket}/a+clock.png"}
    return send("PUT", url, sign(world, "PUT", url, source))


@question("S3", "the checksum of a copy", "S3-140", "SHA256 FULL_OBJECT", COPIES)
def _(world: World) -> str:
    bucket = stored(world)
    source = f"{bucket}/{NAME}"
    copied = world.s3.copy_object(Bucket=bucket, Key="copy", CopySource=source, ChecksumAlgorithm="SHA256")
    result = copied["CopyObjectResult"]
    return f"{'SHA256' if 'ChecksumSHA256' in result else 'another'} {result.get('ChecksumType')}"


@question("S3", "a copy source that is a delete marker", "S3-141", "InvalidRequest 400", COPIES)
def _(world: World) -> str:
    bucket = versioned(world)
    put_object(world, bucket)
    marker = world.s3.delete_object(Bucket=bucket, Key=NAME)["VersionId"]
    source = {"Bucket": bucket, "Key": NAME, "VersionId": marker}
    return code(lambda: world.s3.copy_object(Bucket=bucket, Key="copy", CopySource=source))


@question("S3", "a delete while versioning is suspended", "S3-102", "a marker null, 1 version", DELETES)
def _(world: World) -> str:
    bucket = versioned(world)
    put_object(world, bucket)
    world.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    gone = world.s3.delete_object(Bucket=bucket, Key=NAME)
    versions = world.s3.list_object_versions(Bucket=bucket).get("Versions", [])
    return f"{'a marker' if gone.get('DeleteMarker') else 'no marker'} {gone.get('VersionId')}, {len(versions)} version"


@question("S3", "what DeleteObjects tells of a delete marker", "S3-123", "True 32", DELETES)
def _(world: World) -> str:
    bucket = versioned(world)
    put_object(world, bucket)
    gone = world.s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": NAME}]})["Deleted"][0]
    return f"{gone.get('DeleteMarker')} {len(gone.get('DeleteMarkerVersionId', ''))}"


@question("S3", "DeleteObjects of 1,001 keys", "S3-123", "MalformedXML 400", DELETES)
def _(world: World) -> str:
    objects = [{"Key": str(number)} for number in range(1001)]
    bucket = world.bucket()
    return code(lambda: world.s3.delete_objects(Bucket=bucket, Delete={"Objects": objects}))


@question("S3", "what a page of ListObjects repeats", "S3-124, S3-100", "'a' '/' 'a/' 1 True, ID", LISTS)
def _(world: World) -> str:
    bucket = stored(world, "a/1", "b/1", "c")
    found = world.s3.list_objects(Bucket=bucket, Marker="a", Delimiter="/", MaxKeys=1)
    last = world.s3.list_objects(Bucket=bucket, Marker="b0")
    owner = ", ".join(last["Contents"][0]["Owner"])
    shown = [found.get("Marker"), found.get("Delimiter"), found.get("NextMarker")]
    return f"{' '.join(map(repr, shown))} {found['MaxKeys']} {found['IsTruncated']}, {owner}"


@question("S3", "the owner's id in lists", "S3-100", "64 hexadecimal digits, the same in ListBuckets", LISTS)
def _(world: World) -> str:
    bucket = stored(world)
    owner = world.s3.list_objects(Bucket=bucket)["Contents"][0]["Owner"]["ID"]
    same = world.s3.list_buckets()["Owner"]["ID"] == owner
    digits = "64 hexadecimal digits" if re.fullmatch("[0-9a-f]{64}", owner) else owner
    return f"{digits}, {'the same' if same else 'another'} in ListBuckets"


@question("S3", "the checksum in lists", "S3-109", "['CRC32'] FULL_OBJECT", LISTS)
def _(world: World) -> str:
    found = world.s3.list_objects_v2(Bucket=stored(world))["Contents"][0]
    return f"{found.get('ChecksumAlgorithm')} {found.get('ChecksumType')}"


@question("S3", "an encoding type that is none", "S3-125", "InvalidArgument 400 encoding-type", LISTS)
def _(world: World) -> str:
    bucket = world.bucket()
    return members(lambda: world.s3.list_objects_v2(Bucket=bucket, EncodingType="x"), "ArgumentName")


@question("S3", "MaxKeys below 0", "S3-125", "InvalidArgument 400 max-keys", LISTS)
def _(world: World) -> str:
    bucket = world.bucket()
    return members(lambda: world.s3.list_objects_v2(Bucket=bucket, MaxKeys=-1), "ArgumentName")


@question("S3", "a continuation token that is none", "S3-126", "InvalidArgument 400 continuation-token", LISTS)
def _(world: World) -> str:
    bucket = world.bucket()
    return members(lambda: world.s3.list_objects_v2(Bucket=bucket, ContinuationToken="?"), "ArgumentName")


@question("S3", "versions after one that is gone", "S3-127", "1", LISTS)
def _(world: World) -> str:
    bucket = versioned(world)
    _first, second, _third = (put_object(world, bucket)["VersionId"] for _ in range(3))
    world.s3.delete_object(Bucket=bucket, Key=NAME, VersionId=second)
    after = {"KeyMarker": NAME, "VersionIdMarker": second}
    return str(len(world.s3.list_object_versions(Bucket=bucket, **after).get("Versions", [])))


@question("S3", "the order of names", "S3-128", "Z a é 😀", LISTS)
def _(world: World) -> str:
    bucket = stored(world, "😀", "é", "a", "Z")
    return " ".join(each["Key"] for each in world.s3.list_objects_v2(Bucket=bucket)["Contents"])


@question("S3", "parts of an upload that does not exist", "S3-129", "NoSuchUpload 404 x", PARTS)
def _(world: World) -> str:
    bucket = world.bucket()
    part = {"Bucket": bucket, "Key": NAME, "UploadId": "x", "PartNumber": 1, "Body": b""}
    return members(lambda: world.s3.upload_part(**part), "UploadId")


def begun(world: World, **how: str) -> dict[str, str]:
    where = {"Bucket": world.bucket(), "Key": NAME}
    return {**where, "UploadId": world.s3.create_multipart_upload(**where, **how)["UploadId"]}


@question(
    "S3",
    "the completion of an upload without parts",
    "S3-130",
    "InvalidRequest 400: You must specify at least one part",
    PARTS,
)
def _(world: World) -> str:
    upload = begun(world)
    return outcome(lambda: world.s3.complete_multipart_upload(**upload))


@question("S3", "a part that was not uploaded", "S3-130", "InvalidPart 400 1", PARTS)
def _(world: World) -> str:
    upload = begun(world)
    parts = {"Parts": [{"PartNumber": 1, "ETag": "x"}]}
    return members(lambda: world.s3.complete_multipart_upload(**upload, MultipartUpload=parts), "PartNumber")


@question("S3", "a small part before the last", "S3-131", "EntityTooSmall 400 5242880 5", PARTS)
def _(world: World) -> str:
    upload = begun(world)
    numbers = (1, 2)
    etags = [world.s3.upload_part(**upload, PartNumber=number, Body=b"clock")["ETag"] for number in numbers]
    parts = {"Parts": [{"PartNumber": n, "ETag": etag} for n, etag in zip(numbers, etags, strict=True)]}
    complete = lambda: world.s3.complete_multipart_upload(**upload, MultipartUpload=parts)  # noqa: E731
    return members(complete, "MinSizeAllowed", "ProposedSize")


@question("S3", "a full-object checksum of SHA-256 in parts", "S3-132", "InvalidRequest 400", PARTS)
def _(world: World) -> str:
    return code(lambda: begun(world, ChecksumAlgorithm="SHA256", ChecksumType="FULL_OBJECT"))


@question("S3", "the checksum of an object of parts", "S3-110, S3-132", "COMPOSITE -1", PARTS)
def _(world: World) -> str:
    upload = begun(world, ChecksumAlgorithm="SHA256")
    part = world.s3.upload_part(**upload, PartNumber=1, Body=b"clock", ChecksumAlgorithm="SHA256")
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"], "ChecksumSHA256": part["ChecksumSHA256"]}]}
    done = world.s3.complete_multipart_upload(**upload, MultipartUpload=parts)
    return f"{done.get('ChecksumType')} {str(done.get('ChecksumSHA256'))[-2:]}"


@question("S3", "the list of an upload's parts", "S3-136, S3-100", "0 1 False 1, ID", PART_LISTS)
def _(world: World) -> str:
    upload = begun(world)
    world.s3.upload_part(**upload, PartNumber=1, Body=b"clock")
    found = world.s3.list_parts(**upload)
    numbers = [found.get("PartNumberMarker"), found.get("NextPartNumberMarker"), found.get("IsTruncated")]
    return f"{' '.join(map(str, numbers))} {len(found['Parts'])}, {', '.join(found['Owner'])}"


@question("S3", "uploads with a common prefix", "S3-137", "['a/'] NextKeyMarker ''", PART_LISTS)
def _(world: World) -> str:
    bucket = world.bucket()
    for name in ("a/1", "a/2"):
        world.s3.create_multipart_upload(Bucket=bucket, Key=name)
    found = world.s3.list_multipart_uploads(Bucket=bucket, Delimiter="/")
    return (
        f"{[each['Prefix'] for each in found.get('CommonPrefixes', [])]} NextKeyMarker {found.get('NextKeyMarker')!r}"
    )


@question("S3", "an empty tag set", "S3-142", "served", TAGS)
def _(world: World) -> str:
    bucket = stored(world)
    return code(lambda: world.s3.put_object_tagging(Bucket=bucket, Key=NAME, Tagging={"TagSet": []}))


@question("S3", "a tag that is there twice", "S3-142", "InvalidTag 400 a", TAGS)
def _(world: World) -> str:
    bucket = stored(world)
    tagging = {"TagSet": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]}
    return members(lambda: world.s3.put_object_tagging(Bucket=bucket, Key=NAME, Tagging=tagging), "TagKey")


@question("S3", "the tags of a key that does not exist", "S3-143", "NoSuchKey 404", TAGS)
def _(world: World) -> str:
    bucket = world.bucket()
    return code(lambda: world.s3.get_object_tagging(Bucket=bucket, Key=NAME))


@question("S3", "the attributes of an object", "S3-109, S3-144", "ETag without quotes, CRC32 FULL_OBJECT 5", TAGS)
def _(world: World) -> str:
    bucket = stored(world)
    found = world.s3.get_object_attributes(Bucket=bucket, Key=NAME, ObjectAttributes=["ETag", "Checksum", "ObjectSize"])
    quotes = "with" if '"' in found["ETag"] else "without"
    checksum = found.get("Checksum", {})
    shown = f"{'CRC32' if 'ChecksumCRC32' in checksum else 'another'} {checksum.get('ChecksumType')}"
    return f"ETag {quotes} quotes, {shown} {found['ObjectSize']}"


@question("S3", "the headers of an answer", "S3-145", "x-amz-id-2, x-amz-request-id", "s3 response headers")
def _(world: World) -> str:
    headers = world.s3.list_buckets()["ResponseMetadata"]["HTTPHeaders"]
    named = ("x-amz-id-2", "x-amz-request-id", "x-amzn-requestid")
    return ", ".join(name for name in named if name in headers)


@question("S3", "a page of buckets", "S3-146", "1 BucketArn BucketRegion, a token", "s3 bucket lists")
def _(world: World) -> str:
    for _ in range(2):
        world.bucket()
    found = world.s3.list_buckets(MaxBuckets=1)
    named = [name for name in ("BucketArn", "BucketRegion") if name in found["Buckets"][0]]
    return f"{len(found['Buckets'])} {' '.join(named)}, {'a token' if 'ContinuationToken' in found else 'no token'}"


@question("S3", "the completion of an upload, twice", "S3-175", "the same, NoSuchUpload 404", PARTS)
def _(world: World) -> str:
    upload = begun(world)
    etag = world.s3.upload_part(**upload, PartNumber=1, Body=b"clock")["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
    first, second = (world.s3.complete_multipart_upload(**upload, MultipartUpload=parts)["ETag"] for _ in range(2))
    put_object(world, upload["Bucket"], name=upload["Key"])
    after = code(lambda: world.s3.complete_multipart_upload(**upload, MultipartUpload=parts))
    return f"{'the same' if first == second else 'another'}, {after}"


@question("S3", "a key that is no UTF-8", "S3-176", "400 InvalidURI", "s3 objects")
def _(world: World) -> str:
    bucket = world.bucket()
    url = world.url(bucket, "x") + "%AE"
    return send("GET", url, sign(world, "GET", url, {}))


@question(
    "S3", "the deletion of an object with another ETag", "S3-179", "PreconditionFailed 412, NoSuchKey 404", DELETES
)
def _(world: World) -> str:
    bucket = stored(world)
    changed = code(lambda: world.s3.delete_object(Bucket=bucket, Key=NAME, IfMatch="x"))
    return f"{changed}, {code(lambda: world.s3.delete_object(Bucket=bucket, Key='none', IfMatch='x'))}"


@question("S3", "a version copied onto its own key", "S3-180", "served", COPIES)
def _(world: World) -> str:
    bucket = versioned(world)
    source = {"Bucket": bucket, "Key": NAME, "VersionId": put_object(world, bucket)["VersionId"]}
    return code(lambda: world.s3.copy_object(Bucket=bucket, Key=NAME, CopySource=source))
