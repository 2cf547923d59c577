"""What CloudTrail writes down of a call: who, what, with which parameters, to which resources, and how it ended.

Facts: `aws-behaviour.md` §4 (the event names of S3's settings) and §5.2 (shapes). S3's object calls are data events
and are never in the event history. Calls that S3 and EBS make to KMS are, with `invokedBy` (S3) or the identity of
the instance (EBS's Decrypt).
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Mapping
from typing import Any

from embedded.audit.history import Event
from embedded.core.behaviours import Behaviour
from embedded.core.call import Answer, AwsError, Call, Caller

BEHAVIOUR = Behaviour("event records")

EVENT_VERSION = "1.11"
S3_BY_FAS = "fas.s3.amazonaws.com"
SOURCES = {"s3control": "s3.amazonaws.com", "cloudtrail": "cloudtrail.amazonaws.com", "ssm": "ssm.amazonaws.com"}
READS = ("Describe", "Get", "List", "Lookup", "Head", "Simulate")
KMS_READS = ("Encrypt", "Decrypt", "GenerateDataKey", "ReEncrypt", "GenerateMac", "GenerateRandom", "Sign", "Verify")
S3_CONTROL_EVENT_NAMES = {
    f"{verb}PublicAccessBlock": f"{verb}AccountPublicAccessBlock" for verb in ("Put", "Get", "Delete")
}
S3_EVENT_NAMES = {
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "DeletePublicAccessBlock": "DeleteBucketPublicAccessBlock",
}
S3_DATA_EVENTS = {
    "AbortMultipartUpload",
    "CompleteMultipartUpload",
    "CopyObject",
    "CreateMultipartUpload",
    "DeleteObject",
    "DeleteObjectTagging",
    "DeleteObjects",
    "GetObject",
    "GetObjectAcl",
    "GetObjectAttributes",
    "GetObjectLegalHold",
    "GetObjectRetention",
    "GetObjectTagging",
    "GetObjectTorrent",
    "HeadBucket",
    "HeadObject",
    "ListMultipartUploads",
    "ListObjectVersions",
    "ListObjects",
    "ListObjectsV2",
    "ListParts",
    "PutObject",
    "PutObjectAcl",
    "PutObjectLegalHold",
    "PutObjectRetention",
    "PutObjectTagging",
    "RestoreObject",
    "SelectObjectContent",
    "UploadPart",
    "UploadPartCopy",
}
SECRET_PARAMETERS = {"Plaintext", "CiphertextBlob", "Message", "Mac", "PrivateKeyPlaintext", "GrantTokens"}


def record(call: Call, answer: Answer | None, error: AwsError | None) -> None:
    """Write a management call down. Calls by nobody known, and S3's data events, are not in the event history."""
    if call.caller.is_anonymous or (call.service == "s3" and call.operation in S3_DATA_EVENTS):
        return
    if call.notes.get("without effect"):
        return
    if error is not None and error.code in ("UnrecognizedClientException", "SignatureDoesNotMatch"):
        return
    _add(call, _record(call, answer, error), _looked_up(call))


def record_by_service(
    call: Call,
    operation: str,
    parameters: Mapping[str, Any],
    *,
    key_arn: str,
    caller: Caller | None = None,
    invoked_by: str = "",
    answer: Mapping[str, Any] | None = None,
    error: AwsError | None = None,
    material: str = "",
) -> None:
    """Write down a call that S3 or EBS made to KMS while it served `call`.

    `caller` is the instance's own identity where EBS uses it; otherwise it is the client's, for whom the service asks.
    """
    told = _common(call, "kms", operation, caller or call.caller, error)
    if invoked_by:
        told["userIdentity"]["invokedBy"] = invoked_by
        told["sourceIPAddress"] = told["userAgent"] = invoked_by
        told.pop("tlsDetails", None)
    told["requestParameters"] = dict(parameters)
    told["responseElements"] = dict(answer) if answer and not error else None
    if material and not error:
        told["additionalEventData"] = {"keyMaterialId": material}
    account = key_arn.split(":")[4]
    told["resources"] = [{"accountId": account, "type": "AWS::KMS::Key", "ARN": key_arn}]
    _add(call, told, (("AWS::KMS::Key", key_arn),))


def _record(call: Call, answer: Answer | None, error: AwsError | None) -> dict[str, Any]:
    spelled = {"s3": S3_EVENT_NAMES, "s3control": S3_CONTROL_EVENT_NAMES}.get(call.service, {})
    name = spelled.get(call.operation, call.operation)
    told = _common(call, call.service, name, call.caller, error)
    told["requestParameters"] = _request_parameters(call)
    told["responseElements"] = None if told["readOnly"] or error else _response_elements(call, answer)
    material = call.notes.get("material")
    if material and not error and told["readOnly"] and call.operation.startswith(KMS_READS):
        told["additionalEventData"] = {"keyMaterialId": material}
    found = _resources(call)
    if found:
        told["resources"] = found
    if call.caller.from_console:
        told["sessionCredentialFromConsole"] = "true"
    if call.service == "kms":
        told["tlsDetails"] = {"tlsVersion": "TLSv1.3", "clientProvidedHostHeader": f"kms.{call.region}.amazonaws.com"}
    return told


def _common(call: Call, service: str, operation: str, caller: Caller, error: AwsError | None) -> dict[str, Any]:
    told: dict[str, Any] = {
        "eventVersion": EVENT_VERSION,
        "userIdentity": identity(caller),
        "eventTime": _iso(call.time),
        "eventSource": SOURCES.get(service, f"{service}.amazonaws.com"),
        "eventName": operation,
        "awsRegion": call.region,
        "sourceIPAddress": call.sent.source_ip,
        "userAgent": f"[{call.sent.headers.get('user-agent', '')}]"[:1024],
        "requestParameters": None,
        "responseElements": None,
        "requestID": call.request_id,
        "eventID": str(uuid.uuid4()),
        "readOnly": operation.startswith(READS) or (service == "kms" and operation.startswith(KMS_READS)),
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": caller.account or call.account,
        "eventCategory": "Management",
    }
    if error is not None:
        told["errorCode"] = _error_code(service, error.code)
        told["errorMessage"] = error.message
    return told


def identity(caller: Caller) -> dict[str, Any]:
    """`userIdentity`, with the session's issuer for an assumed role."""
    told: dict[str, Any] = {
        "type": caller.kind,
        "principalId": caller.principal_id,
        "arn": caller.arn,
        "accountId": caller.account,
    }
    if caller.access_key_id:
        told["accessKeyId"] = caller.access_key_id
    if caller.kind == "IAMUser":
        told["userName"] = caller.name
    if caller.kind == "AssumedRole":
        told["sessionContext"] = {
            "sessionIssuer": {
                "type": "Role",
                "principalId": caller.principal_id.partition(":")[0],
                "arn": caller.role_arn,
                "accountId": caller.account,
                "userName": caller.name,
            },
            "attributes": {"creationDate": _iso(caller.session_started), "mfaAuthenticated": "false"},
        }
    return told


def _error_code(service: str, code: str) -> str:
    if code == "AccessDeniedException":
        return "AccessDenied"
    return f"Client.{code}" if service == "ec2" else code


def _request_parameters(call: Call) -> dict[str, Any] | None:
    params = {name: value for name, value in call.params.items() if name not in SECRET_PARAMETERS}
    if call.service == "s3":
        return _s3_parameters(call, params)
    if call.service == "ec2":
        return _lower(_ec2_sets(params)) or None
    if call.service == "kms" and call.operation in ("Decrypt", "Encrypt"):
        params.setdefault("EncryptionAlgorithm", "SYMMETRIC_DEFAULT")
    return _lower(params) or None


def _s3_parameters(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    told = {"Host": call.sent.host}
    if "Bucket" in params:
        told["bucketName"] = params.pop("Bucket")
    skipped = ("ContentMD5", "ChecksumAlgorithm", "Body")
    return {
        **told,
        **{name: _plain(value) for name, value in params.items() if name not in skipped and value is not None},
    }


def _ec2_sets(params: dict[str, Any]) -> dict[str, Any]:
    told = {}
    for name, value in params.items():
        if name == "InstanceIds":
            told["InstancesSet"] = {"Items": [{"InstanceId": each} for each in value]}
        elif name == "VolumeIds":
            told["VolumeSet"] = {"Items": [{"VolumeId": each} for each in value]}
        elif name == "SnapshotIds":
            told["SnapshotSet"] = {"Items": [{"SnapshotId": each} for each in value]}
        elif isinstance(value, list):
            told[f"{name.removesuffix('s')}Set"] = {"Items": value}
        else:
            told[name] = value
    return told


def _response_elements(call: Call, answer: Answer | None) -> dict[str, Any] | None:
    noted = call.notes.get("response_elements")
    if noted is not None:
        return dict(noted)
    if answer is None or call.service not in ("kms", "cloudtrail", "ssm"):
        return {"requestId": call.request_id, "_return": True} if call.service == "ec2" else None
    told = {name: value for name, value in answer.json().items() if name not in SECRET_PARAMETERS | {"GrantToken"}}
    key = call.notes.get("key_arn")
    if key:
        told.setdefault("KeyId", key)
    if "KeyMetadata" in told:
        told["KeyMetadata"] = {
            **told["KeyMetadata"],
            "CreationDate": datetime.datetime.fromtimestamp(told["KeyMetadata"]["CreationDate"], datetime.UTC).strftime(
                "%b %-d, %Y, %-I:%M:%S %p"
            ),
        }
        told.pop("KeyId", None)
    return _lower(told) or None


def _resources(call: Call) -> list[dict[str, str]]:
    arns: list[tuple[str, str]] = [("AWS::KMS::Key", arn) for arn in call.notes.get("kms_resources", ())]
    if call.service == "s3" and call.params.get("Bucket"):
        arns = [("AWS::S3::Bucket", f"arn:aws:s3:::{call.params['Bucket']}")]
    return [{"accountId": arn.split(":")[4] or call.account, "type": kind, "ARN": arn} for kind, arn in arns]


def _looked_up(call: Call) -> tuple[tuple[str, str], ...]:
    if call.service == "ec2":
        kinds = (("InstanceId", "Instance"), ("VolumeId", "Volume"), ("SnapshotId", "Snapshot"))
        found = [
            (f"AWS::EC2::{kind}", each)
            for name, kind in kinds
            for each in [call.params.get(name), *(call.params.get(f"{name}s") or [])]
            if isinstance(each, str)
        ]
        return tuple(found)
    if call.service == "s3" and call.params.get("Bucket"):
        return (("AWS::S3::Bucket", str(call.params["Bucket"])),)
    return tuple((item["type"], item["ARN"]) for item in _resources(call))


def _add(call: Call, told: dict[str, Any], looked_up: tuple[tuple[str, str], ...]) -> None:
    call.aws.history.add(told["recipientAccountId"], call.region, Event(call.time, told, looked_up))


def _lower(value: Any, *, free: bool = False) -> Any:
    """Member names as CloudTrail spells them; the keys of an encryption context are somebody's own."""
    if isinstance(value, Mapping):
        return {
            (name if free else name[:1].lower() + name[1:]): _lower(
                each, free=name in ("EncryptionContext", "encryptionContext", "EncryptionContextSubset")
            )
            for name, each in value.items()
        }
    if isinstance(value, list | tuple):
        return [_lower(each) for each in value]
    return _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, datetime.datetime):
        return value.strftime("%b %-d, %Y, %-I:%M:%S %p")
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _iso(moment: float) -> str:
    return datetime.datetime.fromtimestamp(moment, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
