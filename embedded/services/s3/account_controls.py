"""S3 Control: an account's Block Public Access, and the tags of a bucket by its ARN.

Facts: S3-66, S3-241, S3-247.
"""

from __future__ import annotations

import re
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.error_responses import not_implemented
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.partition import partition
from embedded.core.protocols import serialize
from embedded.core.request import ApiRequest
from embedded.services.s3.bucket_settings import access_block, check_tag_count, no_access_block
from embedded.services.s3.buckets import s3_backend
from embedded.services.s3.object_headers import RESERVED_TAG, is_tag
from embedded.services.s3.object_locks import malformed

BEHAVIOUR = Behaviour("s3 control")
BEHAVIOUR.requires(
    "moto.s3.models:PublicAccessBlock",
    "block_public_acls, ignore_public_acls, block_public_policy, restrict_public_buckets",
)
SETTINGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
BUCKET = re.compile(r"arn:[a-z-]+:s3:::([^/]+)")


def _control(request: ApiRequest) -> Any:
    """Return moto's S3 Control of the account that the request names. Raises `AccessDenied` for another account."""
    from moto.s3control.models import s3control_backends

    if request.params.get("AccountId") != request.account:
        raise AwsError("AccessDenied", "Access Denied", 403)
    return s3control_backends[request.account][partition()]


@BEHAVIOUR.resolve("s3control")
def _require_own_account(request: ApiRequest) -> None:
    """Refuse another account than the caller's in every operation, those that moto serves included."""
    _control(request)


@BEHAVIOUR.implements("s3control", "GetPublicAccessBlock")
def get_public_access_block(request: ApiRequest) -> HttpResponse:
    """Return the account's settings."""
    block = _control(request).public_access_block
    if block is None:
        raise no_access_block(AccountId=request.account)
    return serialize(request, {"PublicAccessBlockConfiguration": access_block(block)})


@BEHAVIOUR.implements("s3control", "PutPublicAccessBlock")
def put_public_access_block(request: ApiRequest) -> HttpResponse:
    """Replace the account's settings. Those that are not named are off."""
    from moto.s3.models import PublicAccessBlock

    control, sent = _control(request), request.params.get("PublicAccessBlockConfiguration") or {}
    if not sent:
        raise AwsError("InvalidRequest", "Must specify at least one configuration.")
    control.public_access_block = PublicAccessBlock(*("true" if sent.get(name) else "false" for name in SETTINGS))
    return HttpResponse(200, {}, b"")


@BEHAVIOUR.implements("s3control", "DeletePublicAccessBlock")
def delete_public_access_block(request: ApiRequest) -> HttpResponse:
    """Remove the account's settings, if there are any."""
    _control(request).public_access_block = None
    return HttpResponse(204, {}, b"")


def _tagged(request: ApiRequest) -> Any:
    """Return the bucket (moto's) that a request about tags names. Raises S3's error, and 501 for what is no bucket."""
    named = BUCKET.fullmatch(str(request.params.get("ResourceArn") or ""))
    if named is None:
        raise not_implemented("has tags of buckets only in S3 Control.")
    bucket = s3_backend(request.account).buckets.get(named[1])
    if bucket is None:
        raise AwsError("NoSuchResource", "The specified resource doesn't exist.", 404)
    return bucket


def _tags(bucket: Any) -> dict[str, str]:
    return dict(s3_backend(bucket.account_id).tagger.get_tag_dict_for_resource(bucket.arn))


def _replace_tags(bucket: Any, tags: dict[str, str]) -> HttpResponse:
    tagger = s3_backend(bucket.account_id).tagger
    tagger.delete_all_tags_for_resource(bucket.arn)
    tagger.tag_resource(bucket.arn, [{"Key": name, "Value": value} for name, value in tags.items()])
    return HttpResponse(204, {}, b"")


@BEHAVIOUR.implements("s3control", "ListTagsForResource")
def list_tags_for_resource(request: ApiRequest) -> HttpResponse:
    """Return the tags of a bucket."""
    tags = _tags(_tagged(request))
    return serialize(request, {"Tags": [{"Key": name, "Value": value} for name, value in tags.items()]})


@BEHAVIOUR.implements("s3control", "TagResource")
def tag_resource(request: ApiRequest) -> HttpResponse:
    """Add tags to a bucket, or change them."""
    bucket, sent = _tagged(request), request.params.get("Tags") or []
    if not all(each.get("Key") is not None and each.get("Value") is not None for each in sent):
        raise malformed()
    pairs = [(str(each["Key"]), str(each["Value"])) for each in sent]
    _check_tags(pairs)
    tags = _tags(bucket) | dict(pairs)
    check_tag_count(len(tags))
    return _replace_tags(bucket, tags)


def _check_tags(pairs: list[tuple[str, str]]) -> None:
    names = [name for name, _ in pairs]
    if any(name.lower().startswith("aws:") for name in names):
        raise AwsError("InvalidTag", RESERVED_TAG)
    if len(set(names)) != len(names):
        message = "There are duplicate tag keys in your request. Remove the duplicate tag keys and try again."
        raise AwsError("InvalidTag", message)
    if not all(is_tag(name, value) for name, value in pairs):
        message = (
            "This request contains a tag key or value that isn't valid. Valid characters include the following: "
            "[a-zA-Z+-=._:/]. Tag keys can contain up to 128 characters. Tag values can contain up to 256 characters."
        )
        raise AwsError("InvalidTag", message)


@BEHAVIOUR.implements("s3control", "UntagResource")
def untag_resource(request: ApiRequest) -> HttpResponse:
    """Remove tags of a bucket, as far as there are such."""
    bucket, gone = _tagged(request), request.params.get("TagKeys") or []
    return _replace_tags(bucket, {name: value for name, value in _tags(bucket).items() if name not in gone})
