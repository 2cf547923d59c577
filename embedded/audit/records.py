"""The records of CloudTrail: who made which request with which parameters, on which resources, and how it ended.

Facts: CT-02, CT-03, CT-20 to CT-37, CT-45 to CT-47.
"""

from __future__ import annotations

import dataclasses
import datetime
import uuid
from collections.abc import Mapping
from typing import Any

from embedded.audit.history import Event, EventStore
from embedded.audit.shapes import iso_time, record_form, request_parameters, without_secrets
from embedded.core.behaviours import EVERY_SERVICE, Behaviour
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.partition import dns_suffix, partition
from embedded.core.principal import Principal, PrincipalKind
from embedded.core.request import ApiRequest

BEHAVIOUR = Behaviour("event records")

EVENT_VERSION = "1.11"
SOURCES = {"s3control": "s3.amazonaws.com"}
READS = ("Describe", "Get", "List", "Lookup", "Head", "Simulate")
KMS_READS = ("Encrypt", "Decrypt", "GenerateDataKey", "ReEncrypt", "GenerateMac", "GenerateRandom", "Sign", "Verify")
NEVER_RECORDED = (
    "AuthFailure",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
)
S3_CONTROL_EVENT_NAMES = {
    f"{verb}PublicAccessBlock": f"{verb}AccountPublicAccessBlock" for verb in ("Put", "Get", "Delete")
}
S3_EVENT_NAMES = {f"{verb}PublicAccessBlock": f"{verb}BucketPublicAccessBlock" for verb in ("Put", "Get", "Delete")}
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


@dataclasses.dataclass
class EventDetails:
    """What a service adds to the event of a request.

    `key_arns` and `alias_arn` are listed under `resources`. `key_arn` becomes `keyId` in `responseElements`, unless the
    response has one. `response_elements` replace those made from the response.
    """

    key_arns: tuple[str, ...] = ()
    alias_arn: str = ""
    key_arn: str = ""
    key_material: str = ""
    response_elements: dict[str, Any] | None = None


def is_read_only(service: str, operation: str) -> bool:
    """Return whether CloudTrail counts an operation as a read."""
    return operation.startswith(READS) or (service == "kms" and operation.startswith(KMS_READS))


@BEHAVIOUR.completed(EVERY_SERVICE)
def record_event(request: ApiRequest, response: HttpResponse, error: AwsError | None) -> None:
    """Record a management event. Anonymous requests, S3's data events, and failed signatures leave none."""
    if request.principal.is_anonymous or (request.service == "s3" and request.operation in S3_DATA_EVENTS):
        return
    if request.fault.without_effect or (error is not None and error.code in NEVER_RECORDED):
        return
    _store(request, _record(request, response, error), _looked_up_by(request))


def record_service_call(
    request: ApiRequest,
    operation: str,
    parameters: Mapping[str, Any],
    *,
    key_arn: str,
    principal: Principal | None = None,
    invoked_by: str = "",
    response: Mapping[str, Any] | None = None,
    error: AwsError | None = None,
    key_material: str = "",
) -> None:
    """Record a request that a service made to KMS while it served `request`, in the Region of the key.

    `principal` is the identity of the instance where EBS uses it; by default the service acts for the client.
    """
    record = _common(request, "kms", operation, principal or request.principal, error)
    if invoked_by:
        record["userIdentity"]["invokedBy"] = invoked_by
        record["sourceIPAddress"] = record["userAgent"] = invoked_by
    record["requestParameters"] = dict(parameters)
    record["responseElements"] = dict(response) if response and not error else None
    if key_material and not error:
        record["additionalEventData"] = {"keyMaterialId": key_material}
    record["awsRegion"], account = key_arn.split(":")[3:5]
    record["resources"] = [{"accountId": account, "type": "AWS::KMS::Key", "ARN": key_arn}]
    _store(request, record, (("AWS::KMS::Key", key_arn),))


def _record(request: ApiRequest, response: HttpResponse, error: AwsError | None) -> dict[str, Any]:
    names = {"s3": S3_EVENT_NAMES, "s3control": S3_CONTROL_EVENT_NAMES}.get(request.service, {})
    name = names.get(request.operation, request.operation)
    record = _common(request, request.service, name, request.principal, error)
    record["requestParameters"] = request_parameters(request)
    record["responseElements"] = None if record["readOnly"] or error else _response_elements(request, response)
    material = request.context(EventDetails).key_material
    if material and not error and record["readOnly"] and request.operation.startswith(KMS_READS):
        record["additionalEventData"] = {"keyMaterialId": material}
    resources = _resources(request)
    if resources:
        record["resources"] = resources
    if request.principal.from_console:
        record["sessionCredentialFromConsole"] = "true"
    if request.service == "kms":
        host = f"kms.{request.region}.{dns_suffix()}"
        record["tlsDetails"] = {"tlsVersion": "TLSv1.3", "clientProvidedHostHeader": host}
    return record


def _common(
    request: ApiRequest, service: str, operation: str, principal: Principal, error: AwsError | None
) -> dict[str, Any]:
    record: dict[str, Any] = {
        "eventVersion": EVENT_VERSION,
        "userIdentity": user_identity(principal),
        "eventTime": iso_time(request.time),
        "eventSource": SOURCES.get(service, f"{service}.amazonaws.com"),
        "eventName": operation,
        "awsRegion": request.region,
        "sourceIPAddress": request.http.source_ip,
        "userAgent": f"[{request.http.headers.get('user-agent', '')}]"[:1024],
        "requestParameters": None,
        "responseElements": None,
        "requestID": request.id,
        "eventID": str(uuid.uuid4()),
        "readOnly": is_read_only(service, operation),
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": principal.account or request.account,
        "eventCategory": "Management",
    }
    if error is not None:
        record["errorCode"] = _error_code(service, error.code)
        record["errorMessage"] = error.message
    return record


def user_identity(principal: Principal) -> dict[str, Any]:
    """Return the `userIdentity` of a record; an assumed role's has the issuer of the session."""
    identity: dict[str, Any] = {
        "type": str(principal.kind),
        "principalId": principal.principal_id,
        "arn": principal.arn,
        "accountId": principal.account,
    }
    if principal.access_key_id:
        identity["accessKeyId"] = principal.access_key_id
    if principal.kind is PrincipalKind.IAM_USER:
        identity["userName"] = principal.name
    if principal.kind is PrincipalKind.ASSUMED_ROLE:
        identity["sessionContext"] = {
            "sessionIssuer": {
                "type": "Role",
                "principalId": principal.principal_id.partition(":")[0],
                "arn": principal.role_arn,
                "accountId": principal.account,
                "userName": principal.name,
            },
            "attributes": {"creationDate": iso_time(principal.session_started), "mfaAuthenticated": "false"},
        }
        if principal.source_identity:
            identity["sessionContext"]["sourceIdentity"] = principal.source_identity
    return identity


def _error_code(service: str, code: str) -> str:
    if code == "AccessDeniedException":
        return "AccessDenied"
    return f"Client.{code}" if service == "ec2" else code


def _response_elements(request: ApiRequest, response: HttpResponse) -> dict[str, Any] | None:
    details = request.context(EventDetails)
    if details.response_elements is not None:
        return dict(details.response_elements)
    if request.service not in ("kms", "cloudtrail", "ssm"):
        return {"requestId": request.id, "_return": True} if request.service == "ec2" else None
    elements = without_secrets(response.json())
    elements.pop("GrantToken", None)
    if details.key_arn:
        elements.setdefault("KeyId", details.key_arn)
    if "KeyMetadata" in elements:
        created = datetime.datetime.fromtimestamp(elements["KeyMetadata"]["CreationDate"], datetime.UTC)
        elements["KeyMetadata"] = {**elements["KeyMetadata"], "CreationDate": created}
        elements.pop("KeyId", None)
    return record_form(elements) or None


def _resources(request: ApiRequest) -> list[dict[str, str]]:
    details = request.context(EventDetails)
    arns = [("AWS::KMS::Key", arn) for arn in (*details.key_arns, details.alias_arn) if arn]
    if request.service == "s3" and request.params.get("Bucket"):
        arns = [("AWS::S3::Bucket", f"arn:{partition()}:s3:::{request.params['Bucket']}")]
    return [{"accountId": arn.split(":")[4] or request.account, "type": kind, "ARN": arn} for kind, arn in arns]


def _looked_up_by(request: ApiRequest) -> tuple[tuple[str, str], ...]:
    """Return the resources by which LookupEvents finds the event, as pairs of type and name."""
    if request.service == "ec2":
        kinds = (("InstanceId", "Instance"), ("VolumeId", "Volume"), ("SnapshotId", "Snapshot"))
        found = [
            (f"AWS::EC2::{kind}", each)
            for name, kind in kinds
            for each in [request.params.get(name), *(request.params.get(f"{name}s") or [])]
            if isinstance(each, str)
        ]
        return tuple(found)
    if request.service == "s3" and request.params.get("Bucket"):
        return (("AWS::S3::Bucket", str(request.params["Bucket"])),)
    return tuple((item["type"], item["ARN"]) for item in _resources(request))


def _store(request: ApiRequest, record: dict[str, Any], resources: tuple[tuple[str, str], ...]) -> None:
    event = Event(request.time, record, resources)
    request.aws.state(EventStore).add(record["recipientAccountId"], record["awsRegion"], event)
