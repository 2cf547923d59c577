"""Server-side encryption with KMS keys: the key of an object, S3's requests to KMS, and S3's errors when KMS refuses.

Facts: S3-02 to S3-13, S3-20 to S3-31, S3-35 to S3-42, S3-46 to S3-49, MOTO-11. SSE-KMS over plain http (S3-61) is not
refused: loopback counts as TLS.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.dispatch import call_moto
from embedded.core.environment import Environment
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.partition import partition
from embedded.core.request import ApiRequest
from embedded.services.kms.keys import find_key
from embedded.services.kms.service_access import CallingService, KmsRequest, call_kms
from embedded.services.s3.buckets import KmsEncryption, S3Context
from embedded.services.s3.versions import no_such_key

BEHAVIOUR = Behaviour("s3 encryption")

SSE = "x-amz-server-side-encryption"
SSE_KEY = f"{SSE}-aws-kms-key-id"
SSE_BUCKET_KEY = f"{SSE}-bucket-key-enabled"
KMS_ALGORITHMS = ("aws:kms", "aws:kms:dsse")
BUCKET_KEY_SECONDS = 60
"""How long S3 uses a bucket key without calling KMS. AWS does not publish it; minutes are the best guess (S3-39)."""
V4_NEEDED = "Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4."
WRITES = ("PutObject", "CopyObject", "CreateMultipartUpload")
READS = ("GetObject", "HeadObject", "SelectObjectContent")


class BucketKeys:
    """Until when S3 uses a bucket key, in seconds since the epoch, by bucket, key, principal and operation of KMS."""

    def __init__(self, aws: Environment) -> None:
        self.used_until: dict[tuple[str, str, str, str], float] = {}


def _require_v4(request: ApiRequest) -> None:
    if not request.signature.is_v4:
        raise AwsError("InvalidArgument", V4_NEEDED, ArgumentName="Authorization", ArgumentValue="null")


def _call_kms(request: ApiRequest, operation: str, bucket: str, name: str, encryption: KmsEncryption) -> None:
    """Call KMS for an object, unless a bucket key is in use. Raises S3's error if KMS refuses."""
    key = encryption.key
    arn = f"arn:{partition()}:s3:::{bucket}" + ("" if encryption.bucket_key else f"/{name}")
    used_until, use = request.aws.state(BucketKeys).used_until, (bucket, key.arn, request.principal.arn, operation)
    if encryption.bucket_key and request.aws.now() < used_until.get(use, 0.0):
        return
    parameters = {"keySpec": "AES_256"} if operation == "GenerateDataKey" else {}
    kms_request = KmsRequest(
        CallingService.S3, operation, {"aws:s3:arn": arn}, parameters, names_key=operation != "Decrypt"
    )
    try:
        call_kms(request, key, kms_request)
    except AwsError as refused:
        raise _s3_error(refused) from refused
    if encryption.bucket_key:
        used_until[use] = request.aws.now() + BUCKET_KEY_SECONDS


def _s3_error(refused: AwsError) -> AwsError:
    if refused.code == "AccessDeniedException":
        return AwsError("AccessDenied", refused.message, 403)
    return AwsError(f"KMS.{refused.code}", refused.message)


def _find_key(request: ApiRequest, text: str) -> Any:
    """Return moto's key. Aliases are those of the principal's account, not of the bucket owner's (S3-10)."""
    try:
        return find_key(request, text, account=request.principal.account)
    except AwsError as refused:
        raise _s3_error(refused) from refused


@BEHAVIOUR.validate("s3", *WRITES)
def _choose_encryption(request: ApiRequest) -> HttpResponse | None:
    headers = request.http.headers
    if f"{SSE}-customer-algorithm" in headers:
        return None
    asked, key_text = headers.get(SSE), headers.get(SSE_KEY)
    context = request.context(S3Context)
    rule = context.bucket.encryption["Rule"]
    default = rule["ApplyServerSideEncryptionByDefault"]
    if key_text is not None and asked in (None, "AES256"):
        message = f"Server Side Encryption with AWS KMS managed key requires HTTP header {SSE} : aws:kms"
        raise AwsError("InvalidArgument", message, ArgumentName=SSE, ArgumentValue=asked or "null")
    if asked not in (None, "AES256", *KMS_ALGORITHMS):
        message = "The encryption method specified is not supported"
        raise AwsError("InvalidArgument", message, ArgumentName=SSE, ArgumentValue=asked)
    algorithm = asked or default["SSEAlgorithm"]
    if algorithm not in KMS_ALGORITHMS:
        request.http = request.http.with_headers({SSE: algorithm, SSE_KEY: None, SSE_BUCKET_KEY: None})
        return None
    _require_v4(request)
    named = default.get("KMSMasterKeyID") if asked is None else key_text
    key = _find_key(request, named or "alias/aws/s3")
    bucket_key = headers.get(SSE_BUCKET_KEY, str(rule.get("BucketKeyEnabled", False))).lower() == "true"
    context.encryption = KmsEncryption(key, bucket_key and algorithm == "aws:kms")
    request.http = request.http.with_headers(
        {SSE: algorithm, SSE_KEY: key.arn, SSE_BUCKET_KEY: "true" if context.encryption.bucket_key else None}
    )
    return None


def _object_read(request: ApiRequest) -> Any:
    """Return the object that the request reads, if it is encrypted with a KMS key (moto's object)."""
    context = request.context(S3Context)
    read = context.source or (context.object if request.operation not in WRITES else None)
    return read if read is not None and read.encryption in KMS_ALGORITHMS else None


@BEHAVIOUR.validate("s3", *WRITES, *READS, "UploadPartCopy")
def _check_read(request: ApiRequest) -> HttpResponse | None:
    if request.operation in ("GetObject", "HeadObject") and SSE in request.http.headers:
        message = f"{SSE} header is not supported for this operation."
        raise AwsError("InvalidArgument", message, ArgumentName=SSE, ArgumentValue=request.http.headers[SSE])
    if _object_read(request) is not None:
        _require_v4(request)
    return None


@BEHAVIOUR.implements("s3", "SelectObjectContent")
def _serve_with_keys(request: ApiRequest) -> HttpResponse:
    use_keys(request)
    return call_moto(request)


def use_keys(request: ApiRequest) -> None:
    """Call KMS to decrypt what is read and to encrypt what is written. Raises S3's error if KMS refuses."""
    read, written = _object_read(request), request.context(S3Context).encryption
    with_checksum = request.http.headers.get("x-amz-checksum-mode", "").upper() == "ENABLED"
    if read is not None and (request.operation != "HeadObject" or with_checksum):
        bucket_key = str(read.bucket_key_enabled).lower() == "true"
        encryption = KmsEncryption(_find_key(request, read.kms_key_id), bucket_key)
        _call_kms(request, "Decrypt", read.bucket_name, read.name, encryption)
    if written is not None:
        _call_kms(request, "GenerateDataKey", request.params["Bucket"], request.params["Key"], written)


@BEHAVIOUR.implements("s3", "UpdateObjectEncryption")
def _update_object_encryption(request: ApiRequest) -> HttpResponse:
    """Encrypt a stored object with another key, in place (S3-13)."""
    stored, wanted = (
        request.context(S3Context).object,
        (request.params.get("ObjectEncryption") or {}).get("SSEKMS") or {},
    )
    bucket, name = request.params["Bucket"], request.params["Key"]
    if stored is None:
        raise no_such_key(None, name)
    if stored.encryption in KMS_ALGORITHMS:
        before = KmsEncryption(_find_key(request, stored.kms_key_id), bucket_key=False)
        _call_kms(request, "Decrypt", bucket, name, before)
    key = _find_key(request, str(wanted.get("KMSKeyArn", "")))
    after = KmsEncryption(key, bool(wanted.get("BucketKeyEnabled")))
    _call_kms(request, "GenerateDataKey", bucket, name, after)
    stored.encryption, stored.kms_key_id, stored.bucket_key_enabled = "aws:kms", key.arn, after.bucket_key
    return HttpResponse(200, {}, b"")


@BEHAVIOUR.patch(
    "moto.s3.models:S3Backend.put_object",
    "self, bucket_name, key_name, value, storage, etag, multipart, encryption, kms_key_id, bucket_key_enabled, "
    "lock_mode, lock_legal_status, lock_until, checksum_value, request_method, disable_notification",
)
def _random_etag(original: Callable[..., Any], backend: Any, *args: Any, **kwargs: Any) -> Any:
    """Give an SSE-KMS object an ETag that is not the MD5 of its content (S3-03)."""
    key = original(backend, *args, **kwargs)
    if key.encryption in KMS_ALGORITHMS and key.multipart is None:
        key._etag = secrets.token_hex(16)  # noqa: SLF001  # moto computes the ETag from it and has no setter
    return key
