"""SSE-C: blocked in a new bucket, and where it is allowed, nothing is read without the key.

Facts: `moto-gaps.md` §3 (new buckets block SSE-C since April 2026, 403; the key is needed to read);
https://docs.aws.amazon.com/AmazonS3/latest/userguide/blocking-unblocking-s3-c-encryption-gpb.html. moto stores the
object as it is and lets anybody read it without the key.
"""

from __future__ import annotations

import base64
import binascii
import hashlib

from embedded.core.behaviours import Behaviour
from embedded.core.call import Answer, AwsError, Call
from embedded.core.protocols import serialized

BEHAVIOUR = Behaviour("s3 customer keys")

ALGORITHM = "x-amz-server-side-encryption-customer-algorithm"
KEY = "x-amz-server-side-encryption-customer-key"
KEY_MD5 = "x-amz-server-side-encryption-customer-key-md5"
WANTED = (
    "The object was stored using a form of Server Side Encryption. "
    "The correct parameters must be provided to retrieve the object."
)


def _blocked(call: Call) -> bool:
    rule = call.notes["bucket"].encryption["Rule"]
    told = rule.get("BlockedEncryptionTypes", {"EncryptionType": "SSE-C"})
    types = (told or {}).get("EncryptionType", [])
    return "SSE-C" in (types if isinstance(types, list) else [types])


def _digest(call: Call) -> str:
    """The MD5 of the key that was sent, as S3 keeps it. Raises S3's refusal of a key that is none."""
    headers = call.sent.headers
    try:
        key = base64.b64decode(headers.get(KEY, ""), validate=True)
    except binascii.Error:
        key = b""
    if headers[ALGORITHM] != "AES256" or len(key) != 32:
        message = "The secret key was invalid for the specified algorithm."
        raise AwsError("InvalidArgument", message, ArgumentName=KEY, ArgumentValue="null")
    digest = base64.b64encode(hashlib.md5(key, usedforsecurity=False).digest()).decode()
    if headers.get(KEY_MD5) != digest:
        message = "The calculated MD5 hash of the key did not match the hash that was provided."
        raise AwsError("InvalidArgument", message, ArgumentName=KEY_MD5, ArgumentValue="null")
    return digest


@BEHAVIOUR.gate("s3", "PutObject", "CreateMultipartUpload", "CopyObject")
def _writing(call: Call) -> Answer | None:
    if ALGORITHM not in call.sent.headers:
        return None
    if _blocked(call):
        raise AwsError("AccessDenied", "Access Denied", 403)
    call.notes["customer_key"] = _digest(call)
    return None


@BEHAVIOUR.gate("s3", "GetObject", "HeadObject")
def _reading(call: Call) -> Answer | None:
    wanted = getattr(call.notes.get("object"), "customer_key", None)
    if wanted is None:
        return None
    if ALGORITHM not in call.sent.headers:
        raise AwsError("InvalidRequest", WANTED)
    if _digest(call) != wanted:
        raise AwsError("AccessDenied", "Access Denied", 403)
    call.notes["customer_key"] = wanted
    return None


@BEHAVIOUR.after("s3", "PutObject", "GetObject", "HeadObject")
def _told(call: Call, answer: Answer) -> Answer:
    digest = call.notes.get("customer_key")
    if digest is None:
        return answer
    if call.operation == "PutObject":
        stored = call.notes["bucket"].keys[call.params["Key"]]
        stored.customer_key, stored.encryption, stored.kms_key_id = digest, None, None
    for name in [name for name in answer.headers if name.startswith("x-amz-server-side-encryption")]:
        del answer.headers[name]
    answer.headers |= {ALGORITHM: "AES256", KEY_MD5: digest}
    return answer


@BEHAVIOUR.instead("s3", "GetBucketEncryption")
def _settings(call: Call) -> Answer:
    rule = call.notes["bucket"].encryption["Rule"]
    told = {
        "ApplyServerSideEncryptionByDefault": rule["ApplyServerSideEncryptionByDefault"],
        "BucketKeyEnabled": str(rule.get("BucketKeyEnabled", False)).lower() == "true",
        "BlockedEncryptionTypes": {"EncryptionType": ["SSE-C" if _blocked(call) else "NONE"]},
    }
    return serialized(call, {"ServerSideEncryptionConfiguration": {"Rules": [told]}})
