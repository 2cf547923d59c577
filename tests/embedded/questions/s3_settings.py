"""Questions about making, deleting and setting up buckets, and about access control lists."""

from __future__ import annotations

import json
from typing import Any

from tests.embedded.question import code, outcome, question
from tests.embedded.questions.s3_objects import NAME, locked, members, versioned
from tests.embedded.questions.steps import put_object
from tests.embedded.world import World

SETTINGS, ACLS, BUCKETS = "s3 bucket settings", "s3 acls", "s3 buckets"


def with_acls(world: World, mode: str = "ObjectWriter") -> str:
    bucket = world.bucket()
    rules = {"Rules": [{"ObjectOwnership": mode}]}
    world.s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=rules)
    return bucket


@question("S3", "one's own bucket made again", "S3-153", "served", SETTINGS)
def _(world: World) -> str:
    bucket = world.bucket()
    return code(lambda: world.s3.create_bucket(Bucket=bucket))


@question("S3", "one's own bucket made again with tags", "S3-153", "BucketAlreadyOwnedByYou 409", SETTINGS)
def _(world: World) -> str:
    bucket = world.bucket()
    tags = {"Tags": [{"Key": "a", "Value": "b"}]}
    return code(lambda: world.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=tags))


@question("S3", "a location constraint that is none", "S3-154", "InvalidLocationConstraint 400 us-east-1", SETTINGS)
def _(world: World) -> str:
    setting: Any = {"LocationConstraint": "us-east-1"}
    make = lambda: world.s3.create_bucket(Bucket="parity-constraint", CreateBucketConfiguration=setting)  # noqa: E731
    return members(make, "LocationConstraint")


@question("S3", "where a bucket is", "S3-154, S3-155", "us-east-1 arn:aws:s3:::<bucket> False None", SETTINGS)
def _(world: World) -> str:
    bucket = world.bucket()
    found = world.s3.head_bucket(Bucket=bucket)
    location = world.s3.get_bucket_location(Bucket=bucket)["LocationConstraint"]
    arn = str(found.get("BucketArn")).replace(bucket, "<bucket>")
    return f"{found.get('BucketRegion')} {arn} {found.get('AccessPointAlias')} {location}"


@question("S3", "an expected owner that is no account", "S3-156", "InvalidBucketOwnerAWSAccountID 400", BUCKETS)
def _(world: World) -> str:
    bucket = world.bucket()
    return code(lambda: world.s3.list_objects_v2(Bucket=bucket, ExpectedBucketOwner="0000"))


@question("S3", "a public ACL for a new bucket", "S3-157", "InvalidBucketAclWithObjectOwnership 400", SETTINGS)
def _(world: World) -> str:
    return code(lambda: world.s3.create_bucket(Bucket="parity-public-acl", ACL="public-read"))


@question("S3", "an object ownership that is none", "S3-157", "MalformedXML 400", SETTINGS)
def _(world: World) -> str:
    return code(lambda: with_acls(world, "Nobody"))


@question(
    "S3", "the deletion of a bucket with a delete marker", "S3-158, S3-163", "BucketNotEmpty 409 the bucket", SETTINGS
)
def _(world: World) -> str:
    bucket = versioned(world)
    world.s3.delete_object(Bucket=bucket, Key=NAME)
    found = members(lambda: world.s3.delete_bucket(Bucket=bucket), "BucketName")
    return found.replace(bucket, "the bucket")


@question("S3", "a versioning status in another case", "S3-159", "MalformedXML 400", SETTINGS)
def _(world: World) -> str:
    bucket = world.bucket()
    setting: Any = {"Status": "enabled"}
    return code(lambda: world.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=setting))


@question("S3", "versioning suspended with Object Lock", "S3-159", "InvalidBucketState 409", SETTINGS, "the emulator")
def _(world: World) -> str:
    bucket, _version = locked(world)
    setting: Any = {"Status": "Suspended"}
    return code(lambda: world.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=setting))


@question("S3", "Object Lock of a bucket", "S3-121", "Enabled COMPLIANCE 1", "s3 object lock", "the emulator")
def _(world: World) -> str:
    bucket = versioned(world)
    rule = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1}}
    setting: Any = {"ObjectLockEnabled": "Enabled", "Rule": rule}
    world.s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration=setting)
    found = world.s3.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"]
    kept = found["Rule"]["DefaultRetention"]
    return f"{found['ObjectLockEnabled']} {kept['Mode']} {kept['Days']}"


@question("S3", "a legal hold", "S3-118, S3-120", "ON, AccessDenied 403", "s3 object lock", "the emulator")
def _(world: World) -> str:
    bucket, version = locked(world)
    world.s3.put_object_legal_hold(Bucket=bucket, Key=NAME, LegalHold={"Status": "ON"})
    held = world.s3.get_object_legal_hold(Bucket=bucket, Key=NAME)["LegalHold"]["Status"]
    return f"{held}, {code(lambda: world.s3.delete_object(Bucket=bucket, Key=NAME, VersionId=version))}"


@question("S3", "default encryption by AES256 with a key", "S3-160", "InvalidArgument 400", SETTINGS)
def _(world: World) -> str:
    bucket, default = world.bucket(), {"SSEAlgorithm": "AES256", "KMSMasterKeyID": world.key()}
    setting: Any = {"Rules": [{"ApplyServerSideEncryptionByDefault": default}]}
    return code(lambda: world.s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=setting))


@question("S3", "tags of a bucket with an empty value", "S3-161", "a=", SETTINGS)
def _(world: World) -> str:
    bucket = world.bucket()
    world.s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "a", "Value": ""}]})
    return ",".join(f"{tag['Key']}={tag['Value']}" for tag in world.s3.get_bucket_tagging(Bucket=bucket)["TagSet"])


@question("S3", "tags of a bucket with other characters", "S3-161", "InvalidTag 400 a,b", SETTINGS)
def _(world: World) -> str:
    bucket, tagging = world.bucket(), {"TagSet": [{"Key": "a,b", "Value": ""}]}
    return members(lambda: world.s3.put_bucket_tagging(Bucket=bucket, Tagging=tagging), "TagKey")


@question("S3", "who pays for requests", "S3-162", "BucketOwner, served, Requester", SETTINGS)
def _(world: World) -> str:
    bucket = world.bucket()
    before = world.s3.get_bucket_request_payment(Bucket=bucket)["Payer"]
    setting: Any = {"Payer": "Requester"}
    put = code(lambda: world.s3.put_bucket_request_payment(Bucket=bucket, RequestPaymentConfiguration=setting))
    return f"{before}, {put}, {world.s3.get_bucket_request_payment(Bucket=bucket)['Payer']}"


@question("S3", "put-bucket-acl private where ACLs are disabled", "S3-164", "AccessControlListNotSupported 400", ACLS)
def _(world: World) -> str:
    bucket = world.bucket()
    return code(lambda: world.s3.put_bucket_acl(Bucket=bucket, ACL="private"))


@question("S3", "a canned ACL that is none", "S3-147", "InvalidArgument 400 x-amz-acl public-ready", ACLS)
def _(world: World) -> str:
    bucket: str = with_acls(world)
    put = lambda: world.s3.put_bucket_acl(Bucket=bucket, ACL="public-ready")  # noqa: E731
    return members(put, "ArgumentName", "ArgumentValue")


@question("S3", "a grant to a canonical user that is none", "S3-148", "InvalidArgument 400: Invalid id", ACLS)
def _(world: World) -> str:
    bucket = with_acls(world)
    return outcome(lambda: world.s3.put_bucket_acl(Bucket=bucket, GrantRead="id=x"))


@question("S3", "the ACL of a bucket for logs", "S3-149, S3-100", "ID: FULL_CONTROL READ_ACP WRITE", ACLS)
def _(world: World) -> str:
    bucket = with_acls(world)
    world.s3.put_bucket_acl(Bucket=bucket, ACL="log-delivery-write")
    found = world.s3.get_bucket_acl(Bucket=bucket)
    return f"{', '.join(found['Owner'])}: {' '.join(sorted(each['Permission'] for each in found['Grants']))}"


@question("S3", "the ACL of an older version", "S3-150", "older 2 grants, current 1", ACLS)
def _(world: World) -> str:
    bucket = versioned(world)
    world.opened(bucket)
    older = put_object(world, bucket)["VersionId"]
    put_object(world, bucket)
    world.s3.put_object_acl(Bucket=bucket, Key=NAME, VersionId=older, ACL="public-read")
    of_older = world.s3.get_object_acl(Bucket=bucket, Key=NAME, VersionId=older)["Grants"]
    current = world.s3.get_object_acl(Bucket=bucket, Key=NAME)["Grants"]
    return f"older {len(of_older)} grants, current {len(current)}"


@question(
    "S3",
    "an object that a neighbour wrote",
    "S3-151, S3-152",
    "another owner, AccessDenied 403",
    ACLS,
    "a second account",
)
def _(world: World) -> str:
    bucket = with_acls(world)
    other = world.neighbour()
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": other.account},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    world.s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    put_object(other, bucket)
    own = world.s3.list_buckets()["Owner"]["ID"]
    found = world.s3.list_objects(Bucket=bucket)["Contents"][0]["Owner"]["ID"]
    read = code(lambda: world.s3.get_object(Bucket=bucket, Key=NAME))
    return f"{'the same owner' if own == found else 'another owner'}, {read}"


@question("S3", "an upload in parts given up", "S3-129", "served, NoSuchUpload 404", "s3 multipart uploads")
def _(world: World) -> str:
    bucket = world.bucket()
    where = {"Bucket": bucket, "Key": NAME}
    upload = {**where, "UploadId": world.s3.create_multipart_upload(**where)["UploadId"]}
    source = {"Bucket": bucket, "Key": "source"}
    put_object(world, bucket, name="source")
    world.s3.upload_part_copy(**upload, PartNumber=1, CopySource=source)
    gone = code(lambda: world.s3.abort_multipart_upload(**upload))
    return f"{gone}, {code(lambda: world.s3.list_parts(**upload))}"


@question("S3", "tags of an object removed", "S3-142", "served, 0", "s3 object tags")
def _(world: World) -> str:
    bucket = world.bucket()
    put_object(world, bucket, Tagging="a=b")
    gone = code(lambda: world.s3.delete_object_tagging(Bucket=bucket, Key=NAME))
    return f"{gone}, {len(world.s3.get_object_tagging(Bucket=bucket, Key=NAME)['TagSet'])}"
