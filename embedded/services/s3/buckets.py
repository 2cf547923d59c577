"""Buckets as AWS makes them, and as its settings are stored.

Facts: `aws-behaviour.md` §2.1 (SSE-S3 by default), §4 (a new bucket blocks public access on all four counts and has
ACLs disabled; missing members of a public access block are stored as false; deleted settings behave as if never
made). Names are one for all accounts. moto's new bucket has none of the three (`moto-gaps.md` §3).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.call import PARTITION, Answer, AwsError, Call

BEHAVIOUR = Behaviour("s3 buckets")
BEHAVIOUR.stands_on(
    "moto.s3.models:PublicAccessBlock",
    "block_public_acls, ignore_public_acls, block_public_policy, restrict_public_buckets",
)

NAME = re.compile(r"(?!\d+\.\d+\.\d+\.\d+$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
DEFAULT_ENCRYPTION = {
    "Rule": {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}
}
OWNER_ENFORCED = "BucketOwnerEnforced"


def owner_of(bucket: str) -> str:
    """The account that holds a bucket, or an empty text."""
    from moto.s3.models import s3_backends

    return str(s3_backends.bucket_accounts.get(bucket, ("", ""))[1])


def bucket_of(call: Call) -> Any:
    """moto's bucket. Raises S3's `NoSuchBucket` where nobody holds one of this name."""
    from moto.s3.models import s3_backends

    name = call.params["Bucket"]
    owner = owner_of(name)
    if not owner:
        if not NAME.fullmatch(name):
            raise AwsError("InvalidBucketName", "The specified bucket is not valid.", BucketName=name)
        raise AwsError("NoSuchBucket", "The specified bucket does not exist", 404, BucketName=name)
    return s3_backends[owner][PARTITION].buckets[name]


def ownership(bucket: Any) -> str:
    """Object ownership; without controls a bucket behaves as `ObjectWriter`."""
    rule = bucket.ownership_rule
    if isinstance(rule, dict):
        rule = rule.get("Rule", rule)
        rule = rule.get("ObjectOwnership") if isinstance(rule, dict) else None
    return str(rule or "ObjectWriter")


@BEHAVIOUR.patch("moto.s3.models:FakeBucket.__init__", "self, name, account_id, region_name, bucket_namespace")
def _new_bucket(original: Callable[..., None], bucket: Any, *args: Any, **kwargs: Any) -> None:
    from moto.s3.models import PublicAccessBlock

    original(bucket, *args, **kwargs)
    bucket.encryption = DEFAULT_ENCRYPTION
    bucket.ownership_rule = OWNER_ENFORCED
    bucket.public_access_block = PublicAccessBlock("true", "true", "true", "true")


@BEHAVIOUR.patch("moto.s3.models:S3Backend.delete_bucket_encryption", "self, bucket_name")
def _encrypted_all_the_same(original: Callable[..., None], backend: Any, bucket_name: str) -> None:
    backend.get_bucket(bucket_name).encryption = DEFAULT_ENCRYPTION


@BEHAVIOUR.gate("s3")
def _whose_bucket(call: Call) -> Answer | None:
    """The state that moto is asked for is the bucket owner's, whoever calls."""
    name = call.params.get("Bucket")
    if name is None:
        return None
    call.aws.lay_out_bucket(name)
    if call.operation == "CreateBucket":
        _check_new_name(call, name)
        return None
    call.notes["bucket"] = bucket_of(call)
    call.account = owner_of(name)
    expected = call.sent.headers.get("x-amz-expected-bucket-owner")
    if expected and expected != call.account:
        raise AwsError("AccessDenied", "Access Denied", 403)
    return None


def _check_new_name(call: Call, name: str) -> None:
    if not NAME.fullmatch(name) or name.startswith("xn--"):
        raise AwsError("InvalidBucketName", "The specified bucket is not valid.", BucketName=name)
    owner = owner_of(name)
    if owner == call.account and not call.caller.is_anonymous:
        message = "Your previous request to create the named bucket succeeded and you already own it."
        raise AwsError("BucketAlreadyOwnedByYou", message, 409, BucketName=name)
    if owner:
        message = (
            "The requested bucket name is not available. The bucket namespace is shared by all users of the system. "
            "Please select a different name and try again."
        )
        raise AwsError("BucketAlreadyExists", message, 409, BucketName=name)


@BEHAVIOUR.after("s3", "CreateBucket")
def _born_with_tags(call: Call, answer: Answer) -> Answer:
    """Tags of `CreateBucketConfiguration` are the bucket's from its first moment (API_CreateBucketConfiguration)."""
    from moto.s3.models import s3_backends

    tags = (call.params.get("CreateBucketConfiguration") or {}).get("Tags") or []
    if tags:
        named = {str(each["Key"]): str(each["Value"]) for each in tags}
        s3_backends[call.account][PARTITION].put_bucket_tagging(call.params["Bucket"], named)
    return answer
