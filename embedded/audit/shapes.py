"""The shapes of parameters and response elements in CloudTrail's records.

Facts: CT-20, CT-21, CT-25, CT-26, CT-33. Members begin with a lower-case letter, EC2's lists are sets of items, dates
are texts, and no record has plaintext, ciphertext or tokens.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from embedded.core.request import ApiRequest

SECRETS = {"Plaintext", "CiphertextBlob", "Message", "Mac", "PrivateKeyPlaintext", "GrantTokens"}
SECRETS |= {"Signature", "SharedSecret", "ImportToken", "EncryptedKeyMaterial"}
ENCRYPTION_CONTEXTS = ("EncryptionContext", "encryptionContext", "EncryptionContextSubset")
NOT_IN_S3_RECORDS = ("ContentMD5", "ChecksumAlgorithm", "Body")
DATE = "%b %-d, %Y, %-I:%M:%S %p"


def without_secrets(members: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members that CloudTrail records."""
    return {name: value for name, value in members.items() if name not in SECRETS}


def request_parameters(request: ApiRequest) -> dict[str, Any] | None:
    """Return the `requestParameters` of a record."""
    params = without_secrets(request.params)
    if request.service == "s3":
        return _s3_parameters(request, params)
    if request.service == "ec2":
        return record_form(_ec2_sets(params)) or None
    if request.service == "kms" and request.operation in ("Decrypt", "Encrypt"):
        params.setdefault("EncryptionAlgorithm", "SYMMETRIC_DEFAULT")
    return record_form(params) or None


def _s3_parameters(request: ApiRequest, params: dict[str, Any]) -> dict[str, Any]:
    shape: dict[str, Any] = {"Host": request.http.host}
    if "Bucket" in params:
        shape["bucketName"] = params.pop("Bucket")
    for name, value in params.items():
        if name not in NOT_IN_S3_RECORDS and value is not None:
            shape[name] = _json_form(value)
    return shape


def _ec2_sets(params: dict[str, Any]) -> dict[str, Any]:
    shape = {}
    for name, value in params.items():
        if name in ("InstanceIds", "VolumeIds", "SnapshotIds"):
            set_name = "InstancesSet" if name == "InstanceIds" else f"{name.removesuffix('Ids')}Set"
            shape[set_name] = {"Items": [{name.removesuffix("s"): each} for each in value]}
        elif isinstance(value, list):
            shape[f"{name.removesuffix('s')}Set"] = {"Items": value}
        else:
            shape[name] = value
    return shape


def record_form(value: Any, *, keep_names: bool = False) -> Any:
    """Return a value with CloudTrail's names. The keys of an encryption context are the client's own and are kept."""
    if isinstance(value, Mapping):
        return {
            (name if keep_names else name[:1].lower() + name[1:]): record_form(
                each, keep_names=name in ENCRYPTION_CONTEXTS
            )
            for name, each in value.items()
        }
    if isinstance(value, list | tuple):
        return [record_form(each) for each in value]
    return _json_form(value)


def _json_form(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _json_form(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_json_form(each) for each in value]
    if isinstance(value, datetime.datetime):
        return value.strftime(DATE)
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def iso_time(timestamp: float) -> str:
    """Return a time as the records have it, in UTC and whole seconds."""
    return datetime.datetime.fromtimestamp(timestamp, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
