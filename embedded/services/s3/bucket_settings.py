"""Buckets made and deleted, and their settings: versioning, encryption, tags, ownership, who pays.

Facts: S3-08, S3-65, S3-153 to S3-164, S3-269.
"""

from __future__ import annotations

import functools
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.error_responses import not_implemented
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.partition import partition
from embedded.core.protocols import serialize
from embedded.core.request import ApiRequest
from embedded.services.s3.acls import acl_of_headers
from embedded.services.s3.authorization import PUBLIC_GROUPS
from embedded.services.s3.buckets import OWNER_ENFORCED, S3Context, s3_backend
from embedded.services.s3.object_headers import RESERVED_TAG, check_tag, check_tags
from embedded.services.s3.object_locks import malformed
from embedded.services.s3.object_tags import body_tags

BEHAVIOUR = Behaviour("s3 bucket settings")
BEHAVIOUR.requires("moto.s3.models:S3Backend.create_bucket", "self, bucket_name, region_name, bucket_namespace")
BEHAVIOUR.requires("moto.s3.models:S3Backend.delete_bucket", "self, bucket_name")

OWNERSHIPS = (OWNER_ENFORCED, "BucketOwnerPreferred", "ObjectWriter")
FIRST_REGION, EU = "us-east-1", "EU"
MOST_TAGS = 50
KMS_ALGORITHMS = ("aws:kms", "aws:kms:dsse")
SETTINGS_OF_BODIES = (
    "PutBucketAccelerateConfiguration",
    "PutBucketCors",
    "PutBucketEncryption",
    "PutBucketInventoryConfiguration",
    "PutBucketLifecycleConfiguration",
    "PutBucketLogging",
    "PutBucketNotificationConfiguration",
    "PutBucketOwnershipControls",
    "PutBucketReplication",
    "PutBucketRequestPayment",
    "PutBucketTagging",
    "PutBucketVersioning",
    "PutBucketWebsite",
    "PutObjectLockConfiguration",
    "PutPublicAccessBlock",
)


class EuBuckets(set[str]):
    """The names of buckets that were made with the location constraint `EU`, which stands for eu-west-1."""

    def __init__(self, aws: object) -> None:
        super().__init__()


@functools.cache
def regions(partition_name: str) -> frozenset[str]:
    """Return the Regions of S3 in a partition."""
    from botocore.session import Session

    return frozenset(Session().get_available_regions("s3", partition_name))


def _new_region(request: ApiRequest, constraint: str) -> str:
    """Return the Region of a new bucket. Raises S3's error for a constraint that the endpoint does not take."""
    if request.region == FIRST_REGION:
        if constraint == FIRST_REGION or (constraint and constraint not in regions(partition()) | {EU}):
            message = "The specified location-constraint is not valid"
            raise AwsError("InvalidLocationConstraint", message, LocationConstraint=constraint)
        return "eu-west-1" if constraint == EU else constraint or FIRST_REGION
    if constraint != request.region and not (constraint == EU and request.region == "eu-west-1"):
        message = (
            f"The {constraint or 'unspecified'} location constraint is incompatible for the region specific endpoint "
            "this request was sent to."
        )
        raise AwsError("IllegalLocationConstraintException", message)
    return request.region


def _creation_tags(request: ApiRequest) -> dict[str, str]:
    tags = (request.params.get("CreateBucketConfiguration") or {}).get("Tags") or []
    if not all(tag.get("Key") is not None and tag.get("Value") is not None for tag in tags):
        raise malformed()
    for tag in tags:
        if str(tag["Key"]).lower().startswith("aws:"):
            raise AwsError("InvalidTag", RESERVED_TAG)
        check_tag(str(tag["Key"]), str(tag["Value"]))
    names = [str(tag["Key"]) for tag in tags]
    if len(set(names)) != len(names):
        raise AwsError("InternalError", "We encountered an internal error. Please try again.", 500)
    return {str(tag["Key"]): str(tag["Value"]) for tag in tags}


def _creation_access(request: ApiRequest) -> tuple[str | None, Any]:
    """Return object ownership and ACL (moto's) of a new bucket, as far as they are sent. Raises S3's error."""
    headers = request.http.headers
    rule = headers.get("x-amz-object-ownership")
    if rule is not None and rule not in OWNERSHIPS:
        message = f"Invalid x-amz-object-ownership header: {rule}"
        raise AwsError("InvalidArgument", message, ArgumentName="x-amz-object-ownership")
    acl = acl_of_headers(request, request.account)
    if acl is not None and headers.get("x-amz-acl") != "private" and (rule or OWNER_ENFORCED) == OWNER_ENFORCED:
        message = "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"
        raise AwsError("InvalidBucketAclWithObjectOwnership", message)
    if acl is not None and any(each.uri in PUBLIC_GROUPS for grant in acl.grants for each in grant.grantees):
        # Block Public Access is on in a new bucket.
        message = "Bucket cannot have public ACLs set with BlockPublicAccess enabled"
        raise AwsError("InvalidBucketAclWithBlockPublicAccessError", message)
    return rule, acl


@BEHAVIOUR.implements("s3", "CreateBucket")
def create_bucket(request: ApiRequest) -> HttpResponse:
    """Make a bucket. In us-east-1 one's own bucket is made again without change, unless tags are sent."""
    name, headers = request.params["Bucket"], request.http.headers
    settings = request.params.get("CreateBucketConfiguration") or {}
    if settings.get("Location") or settings.get("Bucket"):
        raise not_implemented("has no directory buckets.")
    constraint = str(settings.get("LocationConstraint") or "")
    region, tags = _new_region(request, constraint), _creation_tags(request)
    rule, acl = _creation_access(request)
    backend = s3_backend(request.account)
    existing = backend.buckets.get(name)
    if existing is not None:
        if existing.region_name != FIRST_REGION or request.region != FIRST_REGION or tags:
            raise already_owned(name)
        return _created(request, existing)
    bucket = backend.create_bucket(name, region)
    if constraint == EU:
        request.aws.state(EuBuckets).add(name)
    if rule:
        bucket.ownership_rule = rule
    if acl is not None:
        bucket.acl = acl
    if headers.get("x-amz-bucket-object-lock-enabled", "").lower() == "true":
        bucket.object_lock_enabled, bucket.versioning_status = True, "Enabled"
    if tags:
        backend.put_bucket_tagging(name, tags)
    return _created(request, bucket)


def already_owned(name: str) -> AwsError:
    """Return S3's error for a bucket that is the principal's own already."""
    message = "Your previous request to create the named bucket succeeded and you already own it."
    return AwsError("BucketAlreadyOwnedByYou", message, 409, BucketName=name)


def _arn(bucket: Any) -> str:
    return f"arn:{partition()}:s3:::{bucket.name}"


def _created(request: ApiRequest, bucket: Any) -> HttpResponse:
    location = f"/{bucket.name}"
    if bucket.region_name != request.region or request.region != FIRST_REGION:
        location = f"http://{bucket.name}.s3.amazonaws.com/"
    return HttpResponse(200, {"location": location, "x-amz-bucket-arn": _arn(bucket)}, b"")


@BEHAVIOUR.implements("s3", "HeadBucket")
def head_bucket(request: ApiRequest) -> HttpResponse:
    """Return where a bucket is."""
    bucket = request.context(S3Context).bucket
    headers = {
        "content-type": "application/xml",
        "x-amz-bucket-region": bucket.region_name,
        "x-amz-bucket-arn": _arn(bucket),
        "x-amz-access-point-alias": "false",
    }
    return HttpResponse(200, headers, b"")


@BEHAVIOUR.implements("s3", "GetBucketLocation")
def get_bucket_location(request: ApiRequest) -> HttpResponse:
    """Return the location constraint of a bucket, which us-east-1 has none of."""
    bucket = request.context(S3Context).bucket
    region = "" if bucket.region_name == FIRST_REGION else bucket.region_name
    return serialize(request, {"LocationConstraint": EU if bucket.name in request.aws.state(EuBuckets) else region})


@BEHAVIOUR.implements("s3", "DeleteBucket")
def delete_bucket(request: ApiRequest) -> HttpResponse:
    """Delete a bucket without versions."""
    bucket = request.context(S3Context).bucket
    if bucket.keys:
        message = "The bucket you tried to delete is not empty"
        if bucket.versioning_status:
            message += ". You must delete all versions in the bucket."
        raise AwsError("BucketNotEmpty", message, 409, BucketName=bucket.name)
    backend = s3_backend(bucket.account_id)
    backend.tagger.delete_all_tags_for_resource(bucket.arn)
    backend.delete_bucket(bucket.name)
    request.aws.state(EuBuckets).discard(bucket.name)
    return HttpResponse(204, {}, b"")


@BEHAVIOUR.implements("s3", "PutBucketVersioning")
def put_bucket_versioning(request: ApiRequest) -> HttpResponse:
    """Switch versioning on, or suspend it."""
    bucket = request.context(S3Context).bucket
    setting = request.params.get("VersioningConfiguration") or {}
    if not setting.get("Status"):
        message = "The Versioning element must be specified"
        raise AwsError("IllegalVersioningConfigurationException", message)
    if setting["Status"] not in ("Enabled", "Suspended"):
        raise malformed()
    if setting.get("MFADelete") == "Enabled":
        raise AwsError("AccessDenied", "Access Denied", 403)
    if bucket.object_lock_enabled and setting["Status"] == "Suspended":
        message = "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed."
        raise AwsError("InvalidBucketState", message, 409)
    bucket.versioning_status = setting["Status"]
    return HttpResponse(200, {}, b"")


@BEHAVIOUR.validate("s3", *SETTINGS_OF_BODIES)
def _check_body(request: ApiRequest) -> HttpResponse | None:
    if not request.http.body.strip():
        raise AwsError("MissingRequestBodyError", "Request Body is empty")
    return None


@BEHAVIOUR.validate("s3", "PutBucketEncryption")
def _check_encryption(request: ApiRequest) -> HttpResponse | None:
    rules = (request.params.get("ServerSideEncryptionConfiguration") or {}).get("Rules") or []
    if len(rules) != 1:
        raise malformed()
    default = rules[0].get("ApplyServerSideEncryptionByDefault") or {}
    algorithm = default.get("SSEAlgorithm")
    if default and algorithm not in ("AES256", *KMS_ALGORITHMS):
        raise malformed()
    if default.get("KMSMasterKeyID") and algorithm not in KMS_ALGORITHMS:
        name = "ApplyServerSideEncryptionByDefault"
        message = "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse"
        raise AwsError("InvalidArgument", message, ArgumentName=name)
    return None


@BEHAVIOUR.validate("s3", "PutBucketLifecycleConfiguration", "PutBucketLogging")
def _check_ignored(request: ApiRequest) -> HttpResponse | None:
    """Refuse elements that moto would drop without a word."""
    dropped = ("ObjectSizeGreaterThan", "ObjectSizeLessThan", "TargetObjectKeyFormat")
    named = next((name for name in dropped if f"<{name}".encode() in request.http.body), None)
    if named is not None:
        raise not_implemented(f"does not take {named} in {request.operation}.")
    return None


@BEHAVIOUR.validate("s3", "PutBucketOwnershipControls")
def _check_ownership(request: ApiRequest) -> HttpResponse | None:
    rules = (request.params.get("OwnershipControls") or {}).get("Rules") or []
    if len(rules) != 1 or rules[0].get("ObjectOwnership") not in OWNERSHIPS:
        raise malformed()
    return None


def check_tag_count(count: int) -> None:
    """Raise `BadRequest` for more tags than a bucket can have."""
    if count > MOST_TAGS:
        raise AwsError("BadRequest", f"Bucket tag count cannot be greater than {MOST_TAGS}")


@BEHAVIOUR.implements("s3", "PutBucketTagging")
def put_bucket_tagging(request: ApiRequest) -> HttpResponse:
    """Replace a bucket's tags."""
    bucket, pairs = request.context(S3Context).bucket, body_tags(request)
    check_tag_count(len(pairs))
    check_tags(pairs, "System tags cannot be added/updated by requester")
    s3_backend(bucket.account_id).put_bucket_tagging(bucket.name, dict(pairs))
    return HttpResponse(204, {}, b"")


@BEHAVIOUR.implements("s3", "GetBucketTagging")
def get_bucket_tagging(request: ApiRequest) -> HttpResponse:
    """Return a bucket's tags."""
    bucket = request.context(S3Context).bucket
    tags = s3_backend(bucket.account_id).tagger.get_tag_dict_for_resource(bucket.arn)
    if not tags:
        raise AwsError("NoSuchTagSet", "The TagSet does not exist", 404, BucketName=bucket.name)
    return serialize(request, {"TagSet": [{"Key": name, "Value": value} for name, value in tags.items()]})


@BEHAVIOUR.implements("s3", "PutBucketRequestPayment")
def put_bucket_request_payment(request: ApiRequest) -> HttpResponse:
    """Say who pays for requests."""
    payer = (request.params.get("RequestPaymentConfiguration") or {}).get("Payer")
    if payer not in ("BucketOwner", "Requester"):
        raise malformed()
    request.context(S3Context).bucket.payer = payer
    return HttpResponse(200, {}, b"")


@BEHAVIOUR.implements("s3", "GetBucketRequestPayment")
def get_bucket_request_payment(request: ApiRequest) -> HttpResponse:
    """Return who pays for requests."""
    return serialize(request, {"Payer": request.context(S3Context).bucket.payer})


@BEHAVIOUR.implements("s3", "GetPublicAccessBlock")
def get_public_access_block(request: ApiRequest) -> HttpResponse:
    """Return a bucket's Block Public Access."""
    bucket = request.context(S3Context).bucket
    if bucket.public_access_block is None:
        raise no_access_block(BucketName=bucket.name)
    return serialize(request, {"PublicAccessBlockConfiguration": access_block(bucket.public_access_block)})


def no_access_block(**members: str) -> AwsError:
    """Return S3's error for a bucket or account without settings of Block Public Access."""
    message = "The public access block configuration was not found"
    return AwsError("NoSuchPublicAccessBlockConfiguration", message, 404, **members)


def access_block(block: Any) -> dict[str, bool]:
    """Return settings of Block Public Access (moto's) as a result."""
    return {
        "BlockPublicAcls": bool(block.block_public_acls),
        "IgnorePublicAcls": bool(block.ignore_public_acls),
        "BlockPublicPolicy": bool(block.block_public_policy),
        "RestrictPublicBuckets": bool(block.restrict_public_buckets),
    }


@BEHAVIOUR.modify_response("s3", "PutBucketPolicy")
def _without_content(request: ApiRequest, response: HttpResponse) -> HttpResponse:
    """Answer 204 (S3-177)."""
    return HttpResponse(204, response.headers, b"")
