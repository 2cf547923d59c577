"""Server-side encryption: which key an object is under, when S3 asks KMS, and what it answers when KMS refuses.

Facts: `aws-behaviour.md` §2.1 (full key ARN whatever was sent, the AWS managed key where none was), §2.2 (S3's code
is `KMS.` and KMS's, status 400), §2.3 (HEAD asks nothing of KMS), §2.4 (bucket keys), §3 (SSE-KMS wants Signature
Version 4; authorization comes first and KMS is not asked). That SSE-KMS is refused over plain http is left out:
loopback stands for TLS here.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.call import PARTITION, Answer, AwsError, Call
from embedded.services.kms import keys as kms_keys
from embedded.services.kms.service_access import Use, use

BEHAVIOUR = Behaviour("s3 encryption")

SSE = "x-amz-server-side-encryption"
SSE_KEY = f"{SSE}-aws-kms-key-id"
SSE_BUCKET_KEY = f"{SSE}-bucket-key-enabled"
KMS = ("aws:kms", "aws:kms:dsse")
BUCKET_KEY_SECONDS = 60
"""How long a bucket key serves without KMS. AWS does not publish it; minutes are the best guess (§10)."""
V4_NEEDED = "Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4."
WRITES = ("PutObject", "CopyObject", "CreateMultipartUpload")
CHECKSUM = "x-amz-checksum-"


def _needs_v4(call: Call) -> None:
    if not call.signed_by.startswith("v4"):
        raise AwsError("InvalidArgument", V4_NEEDED, ArgumentName="Authorization", ArgumentValue="null")


def _ask_kms(call: Call, key: Any, operation: str, bucket: str, name: str, bucket_key: bool) -> None:
    """One call of S3 to KMS, with KMS's refusal in S3's words; none where a bucket key still serves."""
    arn = f"arn:{PARTITION}:s3:::{bucket}" + ("" if bucket_key else f"/{name}")
    ticket = (bucket, key.arn, call.caller.arn, operation)
    served_until = call.aws.bucket_keys.get(ticket, 0.0)
    if bucket_key and call.aws.now() < served_until:
        return
    extra = {"keySpec": "AES_256"} if operation == "GenerateDataKey" else {}
    how = Use("s3", operation, {"aws:s3:arn": arn}, extra, key_named=operation != "Decrypt")
    try:
        use(call, key, how)
    except AwsError as refused:
        raise _in_s3s_words(refused) from refused
    if bucket_key:
        call.aws.bucket_keys[ticket] = call.aws.now() + BUCKET_KEY_SECONDS


def _in_s3s_words(refused: AwsError) -> AwsError:
    if refused.code == "AccessDeniedException":
        return AwsError("AccessDenied", refused.message, 403)
    return AwsError(f"KMS.{refused.code}", refused.message)


def _key(call: Call, text: str) -> Any:
    try:
        # A key is looked up for the requester, an object's account is the bucket's (§2.1, alias).
        return kms_keys.find(Call(**{**vars(call), "account": call.caller.account or call.account}), text)
    except AwsError as refused:
        raise _in_s3s_words(refused) from refused


@BEHAVIOUR.gate("s3", *WRITES)
def _encrypt(call: Call) -> Answer | None:
    headers = call.sent.headers
    asked, key_text = headers.get(SSE), headers.get(SSE_KEY)
    rule = call.notes["bucket"].encryption["Rule"]
    default = rule["ApplyServerSideEncryptionByDefault"]
    if key_text is not None and asked in (None, "AES256"):
        message = f"Server Side Encryption with AWS KMS managed key requires HTTP header {SSE} : aws:kms"
        raise AwsError("InvalidArgument", message, ArgumentName=SSE, ArgumentValue=asked or "null")
    if asked not in (None, "AES256", *KMS):
        message = "The encryption method specified is not supported"
        raise AwsError("InvalidArgument", message, ArgumentName=SSE, ArgumentValue=asked)
    algorithm = asked or default["SSEAlgorithm"]
    if algorithm not in KMS:
        call.sent = call.sent.with_headers(**_named({SSE: algorithm, SSE_KEY: None, SSE_BUCKET_KEY: None}))
        return None
    _needs_v4(call)
    named = default.get("KMSMasterKeyID") if asked is None else key_text
    key = _key(call, named or "alias/aws/s3")
    bucket_key = headers.get(SSE_BUCKET_KEY, str(rule.get("BucketKeyEnabled", False))).lower() == "true"
    call.notes["sse"] = (key, bucket_key and algorithm == "aws:kms")
    told = {SSE: algorithm, SSE_KEY: key.arn, SSE_BUCKET_KEY: "true" if call.notes["sse"][1] else None}
    call.sent = call.sent.with_headers(**_named(told))
    return None


def _named(headers: dict[str, str | None]) -> dict[str, str | None]:
    return {name.replace("-", "_"): value for name, value in headers.items()}


@BEHAVIOUR.gate("s3", *WRITES, "GetObject", "HeadObject", "SelectObjectContent", "UploadPartCopy")
def _use_keys(call: Call) -> Answer | None:
    if call.operation in ("GetObject", "HeadObject") and SSE in call.sent.headers:
        message = f"{SSE} header is not supported for this operation."
        raise AwsError("InvalidArgument", message, ArgumentName=SSE, ArgumentValue=call.sent.headers[SSE])
    read = call.notes.get("source") or (call.notes.get("object") if call.operation not in WRITES else None)
    if read is not None and read.encryption in KMS:
        _needs_v4(call)
        if call.operation != "HeadObject" or call.sent.headers.get("x-amz-checksum-mode", "").upper() == "ENABLED":
            bucket_key = str(read.bucket_key_enabled).lower() == "true"
            _ask_kms(call, _key(call, read.kms_key_id), "Decrypt", read.bucket_name, read.name, bucket_key)
    if "sse" in call.notes:
        key, bucket_key = call.notes["sse"]
        _ask_kms(call, key, "GenerateDataKey", call.params["Bucket"], call.params["Key"], bucket_key)
    return None


@BEHAVIOUR.instead("s3", "UpdateObjectEncryption")
def _encrypt_in_place(call: Call) -> Answer:
    """Another key for a stored object, in place (§2.4, January 2026)."""
    stored, wanted = call.notes["object"], (call.params.get("ObjectEncryption") or {}).get("SSEKMS") or {}
    if stored is None:
        raise AwsError("NoSuchKey", "The specified key does not exist.", 404, Key=call.params["Key"])
    bucket, name, bucket_key = call.params["Bucket"], call.params["Key"], bool(wanted.get("BucketKeyEnabled"))
    if stored.encryption in KMS:
        _ask_kms(call, _key(call, stored.kms_key_id), "Decrypt", bucket, name, bucket_key=False)
    key = _key(call, str(wanted.get("KMSKeyArn", "")))
    _ask_kms(call, key, "GenerateDataKey", bucket, name, bucket_key)
    stored.encryption, stored.kms_key_id, stored.bucket_key_enabled = "aws:kms", key.arn, bucket_key
    return Answer(200, {}, b"")


@BEHAVIOUR.patch(
    "moto.s3.models:S3Backend.put_object",
    "self, bucket_name, key_name, value, storage, etag, multipart, encryption, kms_key_id, bucket_key_enabled, "
    "lock_mode, lock_legal_status, lock_until, checksum_value, request_method, disable_notification",
)
def _etag_tells_nothing(original: Callable[..., Any], backend: Any, *args: Any, **kwargs: Any) -> Any:
    """The ETag of an SSE-KMS object is not the MD5 of its content (§2.1)."""
    key = original(backend, *args, **kwargs)
    if key.encryption in KMS and key.multipart is None:
        key._etag = secrets.token_hex(16)
    return key


@BEHAVIOUR.patch("moto.s3.models:FakeKey.response_dict", "self")
def _headers(original: Callable[[Any], dict[str, Any]], key: Any) -> dict[str, Any]:
    told = original(key)
    if str(told.get(SSE_BUCKET_KEY, "true")).lower() != "true" or key.encryption not in KMS:
        told.pop(SSE_BUCKET_KEY, None)
    if key.encryption in KMS and key.kms_key_id:
        told[SSE_KEY] = key.kms_key_id
    return told


@BEHAVIOUR.after("s3", "PutObject", "GetObject", "HeadObject")
def _kind_of_checksum(call: Call, answer: Answer) -> Answer:
    """A checksum is told with its type: of the whole object, or of its parts' checksums (§2.1)."""
    values = [
        value for name, value in answer.headers.items() if name.startswith(CHECKSUM) and not name.endswith("-type")
    ]
    if values:
        answer.headers.setdefault(f"{CHECKSUM}type", "COMPOSITE" if "-" in values[0] else "FULL_OBJECT")
    return answer
