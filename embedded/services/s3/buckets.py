"""Buckets: names, owners, and the settings of a new bucket.

Facts: S3-08, S3-64 to S3-69, S3-251, S3-259, S3-265, MOTO-10. Deleted settings count as never made.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_plus

from embedded.core.behaviours import Behaviour
from embedded.core.errors import AwsError
from embedded.core.partition import partition
from embedded.core.request import ApiRequest

BEHAVIOUR = Behaviour("s3 buckets")
BEHAVIOUR.requires(
    "moto.s3.models:PublicAccessBlock",
    "block_public_acls, ignore_public_acls, block_public_policy, restrict_public_buckets",
)

NAME = re.compile(r"(?!\d+\.\d+\.\d+\.\d+$)(?!.*(\.\.|\.-|-\.))[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
DEFAULT_ENCRYPTION = {
    "Rule": {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}
}
OWNER_ENFORCED = "BucketOwnerEnforced"
ACCOUNT = re.compile(r"[0-9]{12}")
SOURCE_HOST = re.compile(r"https?://[^/]*(?=/)")
"""What a copy source has before the bucket where it is a URL (S3-259)."""


@dataclasses.dataclass(frozen=True)
class KmsEncryption:
    """The KMS key (moto's object) that an object is to be encrypted with, and whether through a bucket key."""

    key: Any
    bucket_key: bool


@dataclasses.dataclass
class S3Context:
    """What a request to S3 is about: moto's bucket and object, and the source of a copy with its bucket.

    `encryption` is that of the object that is written. `customer_key` is the MD5 of an SSE-C key, in base64.
    """

    bucket: Any = None
    object: Any = None
    source: Any = None
    source_bucket: Any = None
    encryption: KmsEncryption | None = None
    customer_key: str = ""


def owner_of(bucket: str) -> str:
    """Return the account that owns a bucket, or an empty text."""
    from moto.s3.models import s3_backends

    return str(s3_backends.bucket_accounts.get(bucket, ("", ""))[1])


def s3_backend(account: str) -> Any:
    """Return moto's S3 of an account."""
    from moto.s3.models import s3_backends

    return s3_backends[account][partition()]


def find_bucket(name: str) -> Any:
    """Return moto's bucket. Raises `NoSuchBucket` or `InvalidBucketName`."""
    owner = owner_of(name)
    if not owner:
        if not NAME.fullmatch(name):
            raise AwsError("InvalidBucketName", "The specified bucket is not valid.", BucketName=name)
        raise AwsError("NoSuchBucket", "The specified bucket does not exist", 404, BucketName=name)
    return s3_backend(owner).buckets[name]


def copy_source(request: ApiRequest) -> tuple[str, str, str | None]:
    """Return bucket, key and version of `CopySource`, which is encoded as in a query: `+` is a space."""
    text = SOURCE_HOST.sub("", str(request.params["CopySource"]))
    path, named, version = text.rpartition("?versionId=")
    bucket, _, key = unquote_plus(path if named else text).removeprefix("/").partition("/")
    return bucket, key, version if named else None


def ownership(bucket: Any) -> str:
    """Return the object ownership of a bucket; without ownership controls it behaves as `ObjectWriter`."""
    rule = bucket.ownership_rule
    if isinstance(rule, dict):
        rule = rule.get("Rule", rule)
        rule = rule.get("ObjectOwnership") if isinstance(rule, dict) else None
    return str(rule or "ObjectWriter")


@BEHAVIOUR.uses_state("s3")
def _owners(request: ApiRequest) -> list[tuple[str, str]]:
    names = [str(request.params.get("Bucket") or "")]
    if request.params.get("CopySource"):
        names.append(copy_source(request)[0])
    lab_buckets = request.aws.credentials.bucket_owners
    return [(lab_buckets.get(name) or owner_of(name), "s3") for name in names]


@BEHAVIOUR.resolve("s3")
def _resolve(request: ApiRequest) -> None:
    """Find the bucket, and use the state of its owner, whoever the principal is."""
    name = request.params.get("Bucket")
    if name is None:
        return
    if request.operation == "CreateBucket":
        _check_new_name(request, name)
        return
    request.context(S3Context).bucket = find_bucket(name)
    request.account = owner_of(name)
    check_expected_owner(request, "x-amz-expected-bucket-owner", request.account)
    _check_payer(request)


def _check_payer(request: ApiRequest) -> None:
    """Raise `AccessDenied` for another account that does not agree to pay, where the requester pays (S3-265)."""
    bucket = request.context(S3Context).bucket
    pays = request.http.headers.get("x-amz-request-payer") == "requester" and not request.principal.is_anonymous
    if bucket.payer == "Requester" and request.principal.account != bucket.account_id and not pays:
        raise AwsError("AccessDenied", "Access Denied", 403)


def check_expected_owner(request: ApiRequest, header: str, account: str) -> None:
    """Raise S3's error if a request expects another owner, or one that is no account (S3-156)."""
    expected = request.http.headers.get(header)
    if expected is None or expected == account:
        return
    if not ACCOUNT.fullmatch(expected):
        message = f"The value of the expected bucket owner parameter must be an AWS Account ID... [{expected}]"
        raise AwsError("InvalidBucketOwnerAWSAccountID", message)
    raise AwsError("AccessDenied", "Access Denied", 403)


def _check_new_name(request: ApiRequest, name: str) -> None:
    if not NAME.fullmatch(name) or name.startswith("xn--"):
        raise AwsError("InvalidBucketName", "The specified bucket is not valid.", BucketName=name)
    owner = owner_of(name)
    if owner == request.account and not request.principal.is_anonymous:
        return
    if owner:
        message = (
            "The requested bucket name is not available. The bucket namespace is shared by all users of the system. "
            "Please select a different name and try again."
        )
        raise AwsError("BucketAlreadyExists", message, 409, BucketName=name)


@BEHAVIOUR.patch("moto.s3.models:FakeBucket.__init__", "self, name, account_id, region_name, bucket_namespace")
def _new_bucket(original: Callable[..., None], bucket: Any, *args: Any, **kwargs: Any) -> None:
    from moto.s3.models import PublicAccessBlock

    original(bucket, *args, **kwargs)
    bucket.encryption = DEFAULT_ENCRYPTION
    bucket.ownership_rule = OWNER_ENFORCED
    bucket.public_access_block = PublicAccessBlock("true", "true", "true", "true")


@BEHAVIOUR.patch("moto.s3.models:S3Backend.delete_bucket_encryption", "self, bucket_name")
def _restore_default_encryption(original: Callable[..., None], backend: Any, bucket_name: str) -> None:
    backend.get_bucket(bucket_name).encryption = DEFAULT_ENCRYPTION
