"""SSE-C: blocked in a new bucket; an object that was stored with a customer key is read with that key only.

Facts: S3-14, S3-15, S3-260, MOTO-14.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.environment import ObjectState
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.protocols import serialize
from embedded.core.request import ApiRequest
from embedded.services.s3.buckets import S3Context

BEHAVIOUR = Behaviour("s3 customer keys")

SSE = "x-amz-server-side-encryption"
ALGORITHM, KEY, KEY_MD5 = f"{SSE}-customer-algorithm", f"{SSE}-customer-key", f"{SSE}-customer-key-md5"
KEY_BYTES = 32
PROVIDED_KEYS = "Requests specifying Server Side Encryption with Customer provided keys"
KEY_NEEDED = (
    "The object was stored using a form of Server Side Encryption. "
    "The correct parameters must be provided to retrieve the object."
)


class CustomerKeys(ObjectState[str]):
    """The MD5s of the customer keys that objects (moto's) were stored with, in base64."""


def _is_blocked(bucket: Any) -> bool:
    setting = bucket.encryption["Rule"].get("BlockedEncryptionTypes", {"EncryptionType": "SSE-C"})
    types = (setting or {}).get("EncryptionType", [])
    return "SSE-C" in (types if isinstance(types, list) else [types])


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidArgument", message, ArgumentName=SSE)


def sent_key(headers: Mapping[str, str], prefix: str = "x-amz-", *, reads: bool = False) -> str:
    """Return the MD5 of the key that was sent, in base64; an empty text if none was. Raises S3's error.

    For a read a key of another length is a wrong key like any other (S3-260).
    """
    named = [name.replace("x-amz-", prefix, 1) for name in (ALGORITHM, KEY, KEY_MD5)]
    if not any(name in headers for name in named):
        return ""
    algorithm, text, sent = (headers.get(name) for name in named)
    for value, what in (
        (algorithm, "a valid encryption algorithm."),
        (text, "an appropriate secret key."),
        (sent, "the client calculated MD5 of the secret key."),
    ):
        if not value:
            raise _invalid(f"{PROVIDED_KEYS} must provide {what}")
    if algorithm != "AES256":
        message = "The Encryption request you specified is not valid. Supported value: AES256."
        raise AwsError("InvalidEncryptionAlgorithmError", message, ArgumentName=SSE, ArgumentValue=str(algorithm))
    try:
        key = base64.b64decode(text or "", validate=True)
    except binascii.Error:
        key = b""
    if len(key) != KEY_BYTES and not (reads and key):
        raise _invalid("The secret key was invalid for the specified algorithm.")
    digest = base64.b64encode(hashlib.md5(key, usedforsecurity=False).digest()).decode()
    if sent != digest:
        raise _invalid("The calculated MD5 hash of the key did not match the hash that was provided.")
    return digest


def customer_key_headers(digest: str) -> dict[str, str]:
    """Return the headers of a response about an object that is encrypted with a customer key."""
    return {ALGORITHM: "AES256", KEY_MD5: digest}


@BEHAVIOUR.validate("s3", "PutObject", "CreateMultipartUpload", "CopyObject")
def _check_write(request: ApiRequest) -> HttpResponse | None:
    headers, other = request.http.headers, request.params.get("ServerSideEncryption")
    if other and any(name in headers for name in (ALGORITHM, KEY, KEY_MD5)):
        message = (
            "Server Side Encryption with Customer provided key is incompatible with the encryption method specified"
        )
        raise AwsError("InvalidArgument", message, ArgumentName=SSE, ArgumentValue=str(other))
    digest = sent_key(headers)
    if not digest:
        return None
    context = request.context(S3Context)
    if _is_blocked(context.bucket):
        raise AwsError("AccessDenied", "Access Denied", 403)
    context.customer_key = digest
    return None


@BEHAVIOUR.validate("s3", "GetObject", "HeadObject", "GetObjectAttributes", "CopyObject", "UploadPartCopy")
def _check_read(request: ApiRequest) -> HttpResponse | None:
    context, copies = request.context(S3Context), "Copy" in request.operation
    stored = context.source if copies else context.object
    wanted = request.aws.state(CustomerKeys).get(stored) if stored is not None else None
    sent = sent_key(request.http.headers, "x-amz-copy-source-" if copies else "x-amz-", reads=not copies)
    if wanted is None:
        if sent and stored is not None:
            message = "The encryption parameters are not applicable to this object."
            raise AwsError("InvalidRequest", message)
        return None
    if not sent:
        raise AwsError("InvalidRequest", KEY_NEEDED)
    if sent != wanted:
        message = f"{PROVIDED_KEYS} must provide the correct secret key."
        raise AwsError("AccessDenied", message if request.operation == "GetObject" else "Access Denied", 403)
    if not copies:
        context.customer_key = wanted
    return None


@BEHAVIOUR.modify_response("s3", "PutObject", "GetObject", "HeadObject", "CopyObject")
def _set_headers(request: ApiRequest, response: HttpResponse) -> HttpResponse:
    context = request.context(S3Context)
    if context.customer_key:
        if request.operation == "PutObject":
            request.aws.state(CustomerKeys)[context.bucket.keys[request.params["Key"]]] = context.customer_key
        response.headers |= customer_key_headers(context.customer_key)
    return response


@BEHAVIOUR.implements("s3", "GetBucketEncryption")
def _get_bucket_encryption(request: ApiRequest) -> HttpResponse:
    bucket = request.context(S3Context).bucket
    setting = bucket.encryption["Rule"]
    rule = {
        "ApplyServerSideEncryptionByDefault": setting["ApplyServerSideEncryptionByDefault"],
        "BucketKeyEnabled": str(setting.get("BucketKeyEnabled", False)).lower() == "true",
        "BlockedEncryptionTypes": {"EncryptionType": ["SSE-C" if _is_blocked(bucket) else "NONE"]},
    }
    return serialize(request, {"ServerSideEncryptionConfiguration": {"Rules": [rule]}})
