"""SSE-C: blocked in a new bucket; an object that was stored with a customer key is read with that key only.

Facts: S3-14, S3-15, MOTO-14.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.environment import ObjectState
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.protocols import serialize
from embedded.core.request import ApiRequest
from embedded.services.s3.buckets import S3Context

BEHAVIOUR = Behaviour("s3 customer keys")

ALGORITHM = "x-amz-server-side-encryption-customer-algorithm"
KEY = "x-amz-server-side-encryption-customer-key"
KEY_MD5 = "x-amz-server-side-encryption-customer-key-md5"
KEY_BYTES = 32
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


def _key_digest(request: ApiRequest) -> str:
    """Return the MD5 of the key that was sent, in base64. Raises S3's error for an invalid key."""
    headers = request.http.headers
    try:
        key = base64.b64decode(headers.get(KEY, ""), validate=True)
    except binascii.Error:
        key = b""
    if headers[ALGORITHM] != "AES256" or len(key) != KEY_BYTES:
        message = "The secret key was invalid for the specified algorithm."
        raise AwsError("InvalidArgument", message, ArgumentName=KEY, ArgumentValue="null")
    digest = base64.b64encode(hashlib.md5(key, usedforsecurity=False).digest()).decode()
    if headers.get(KEY_MD5) != digest:
        message = "The calculated MD5 hash of the key did not match the hash that was provided."
        raise AwsError("InvalidArgument", message, ArgumentName=KEY_MD5, ArgumentValue="null")
    return digest


@BEHAVIOUR.validate("s3", "PutObject", "CreateMultipartUpload", "CopyObject")
def _check_write(request: ApiRequest) -> HttpResponse | None:
    if ALGORITHM not in request.http.headers:
        return None
    context = request.context(S3Context)
    if _is_blocked(context.bucket):
        raise AwsError("AccessDenied", "Access Denied", 403)
    context.customer_key = _key_digest(request)
    return None


@BEHAVIOUR.validate("s3", "GetObject", "HeadObject")
def _check_read(request: ApiRequest) -> HttpResponse | None:
    context = request.context(S3Context)
    wanted = request.aws.state(CustomerKeys).get(context.object) if context.object is not None else None
    if wanted is None:
        return None
    if ALGORITHM not in request.http.headers:
        raise AwsError("InvalidRequest", KEY_NEEDED)
    if _key_digest(request) != wanted:
        raise AwsError("AccessDenied", "Access Denied", 403)
    context.customer_key = wanted
    return None


@BEHAVIOUR.modify_response("s3", "PutObject", "GetObject", "HeadObject")
def _set_headers(request: ApiRequest, response: HttpResponse) -> HttpResponse:
    context = request.context(S3Context)
    if not context.customer_key:
        return response
    if request.operation == "PutObject":
        stored = context.bucket.keys[request.params["Key"]]
        stored.encryption = stored.kms_key_id = None
        request.aws.state(CustomerKeys)[stored] = context.customer_key
    for name in [name for name in response.headers if name.startswith("x-amz-server-side-encryption")]:
        del response.headers[name]
    response.headers |= {ALGORITHM: "AES256", KEY_MD5: context.customer_key}
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
