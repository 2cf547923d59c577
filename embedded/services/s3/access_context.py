"""The actions that a request to S3 needs permission for, and the condition keys that it has.

Facts: S3-83, S3-225 to S3-229, S3-243 to S3-245, and the service authorization reference for S3
(https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html).
"""

from __future__ import annotations

import datetime
import math
from typing import Any
from urllib.parse import parse_qsl

from embedded.core.request import ApiRequest, SignatureKind
from embedded.core.signature_claims import ISO_BASIC
from embedded.services.iam.authorization import request_context
from embedded.services.iam.conditions import Value
from embedded.services.s3.buckets import s3_backend

ACTIONS = {
    "HeadObject": "GetObject",
    "SelectObjectContent": "GetObject",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "CopyObject": "PutObject",
    "DeleteObjects": "DeleteObject",
    "ListParts": "ListMultipartUploadParts",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "HeadBucket": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListBuckets": "ListAllMyBuckets",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "GetBucketLifecycle": "GetLifecycleConfiguration",
    "PutBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketTagging": "PutBucketTagging",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "GetBucketReplication": "GetReplicationConfiguration",
    "PutBucketReplication": "PutReplicationConfiguration",
    "DeleteBucketReplication": "PutReplicationConfiguration",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
    "DeleteBucketCors": "PutBucketCORS",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    **{
        f"{verb}Bucket{kind}Configuration{plural}": f"{action}{kind}Configuration"
        for kind in ("Analytics", "Inventory", "Metrics", "IntelligentTiering")
        for verb, plural, action in (
            ("Get", "", "Get"),
            ("Put", "", "Put"),
            ("Delete", "", "Put"),
            ("List", "s", "Get"),
        )
    },
}
"""The IAM actions of operations that have another name."""
OF_VERSIONS = {
    "GetObject": "GetObjectVersion",
    "DeleteObject": "DeleteObjectVersion",
    "GetObjectAcl": "GetObjectVersionAcl",
    "PutObjectAcl": "PutObjectVersionAcl",
    "GetObjectAttributes": "GetObjectVersionAttributes",
    "GetObjectTagging": "GetObjectVersionTagging",
    "PutObjectTagging": "PutObjectVersionTagging",
    "DeleteObjectTagging": "DeleteObjectVersionTagging",
    "GetObjectTorrent": "GetObjectVersionTorrent",
}
"""The actions of requests that name a version."""
UPLOADS = ("PutObject", "CopyObject", "CreateMultipartUpload")
BY_HEADER = {
    "x-amz-acl": "PutObjectAcl",
    "x-amz-grant-": "PutObjectAcl",
    "x-amz-tagging": "PutObjectTagging",
    "x-amz-object-lock-mode": "PutObjectRetention",
    "x-amz-object-lock-retain-until-date": "PutObjectRetention",
    "x-amz-object-lock-legal-hold": "PutObjectLegalHold",
}
"""What uploads need beside PutObject, by the beginning of a header; the tagging directive is no tag."""
TELLING = tuple(BY_HEADER)
NEW_BUCKET = {
    "ACL": ("PutBucketAcl",),
    "GrantFullControl": ("PutBucketAcl",),
    "GrantRead": ("PutBucketAcl",),
    "GrantReadACP": ("PutBucketAcl",),
    "GrantWrite": ("PutBucketAcl",),
    "GrantWriteACP": ("PutBucketAcl",),
    "ObjectOwnership": ("PutBucketOwnershipControls",),
    "ObjectLockEnabledForBucket": ("PutBucketObjectLockConfiguration", "PutBucketVersioning"),
}
CONDITIONAL = ("PutObject", "CopyObject", "CompleteMultipartUpload", "DeleteObject")
"""Operations that take `If-Match`."""
CREATES_OBJECT = {
    "PutObject": "true",
    "CopyObject": "true",
    "CompleteMultipartUpload": "true",
    "CreateMultipartUpload": "false",
    "UploadPart": "false",
    "UploadPartCopy": "false",
}
"""`s3:ObjectCreationOperation` (S3-244)."""
KEYS_BY_PARAMETER = {"Delimiter": "s3:delimiter", "MaxKeys": "s3:max-keys", "VersionId": "s3:VersionId"}
KEYS_BY_HEADER = {
    "if-match": "s3:if-match",
    "if-none-match": "s3:if-none-match",
    "x-amz-object-lock-mode": "s3:object-lock-mode",
    "x-amz-object-lock-legal-hold": "s3:object-lock-legal-hold",
    "x-amz-object-lock-retain-until-date": "s3:object-lock-retain-until-date",
}


def action_of(operation: str, version: str | None) -> str:
    """Return the action of an operation, by IAM's name."""
    action = ACTIONS.get(operation, operation)
    return f"s3:{OF_VERSIONS.get(action, action) if version else action}"


def further_actions(request: ApiRequest) -> list[str]:
    """Return the actions on the same object that a request needs permission for, too."""
    if request.operation == "GetObjectAttributes":
        return [action_of("GetObject", request.params.get("VersionId"))]
    found: set[str] = set()
    if request.operation in UPLOADS:
        names = [
            name for name in request.http.headers if name.startswith(TELLING) and name != "x-amz-tagging-directive"
        ]
        found = {action for name in names for begins, action in BY_HEADER.items() if name.startswith(begins)}
    if request.operation in CONDITIONAL and reads_etag(request.http.headers.get("if-match")):
        found.add("GetObject")
    return [f"s3:{action}" for action in sorted(found)]


def reads_etag(condition: str | None) -> bool:
    """Return whether a condition of a write or delete tells the object's ETag, which needs `s3:GetObject` (S3-243)."""
    return condition not in (None, "*")


def actions_of_new_bucket(request: ApiRequest) -> list[str]:
    """Return the actions that CreateBucket needs permission for."""
    further = {each for name, actions in NEW_BUCKET.items() if request.params.get(name) for each in actions}
    if (request.params.get("CreateBucketConfiguration") or {}).get("Tags"):
        # Tags at creation need a permission of their own (API_CreateBucketConfiguration).
        further.add("TagResource")
    return [f"s3:{each}" for each in ("CreateBucket", *sorted(further))]


def access_context(request: ApiRequest, bucket: Any, found: Any) -> dict[str, Value]:
    """Return the condition keys of a request; `bucket` and `found` are moto's bucket and object, where there are."""
    headers, params = request.http.headers, request.params
    context: dict[str, Value] = {**request_context(request), "s3:TlsVersion": "1.3"}
    context |= {f"s3:{name}": value for name, value in headers.items() if name.startswith("x-amz-")}
    context |= {key: headers[name] for name, key in KEYS_BY_HEADER.items() if name in headers}
    context |= {key: str(params[name]) for name, key in KEYS_BY_PARAMETER.items() if params.get(name) is not None}
    context |= _lock_context(request)
    if request.operation in CREATES_OBJECT:
        context["s3:ObjectCreationOperation"] = CREATES_OBJECT[request.operation]
    if "prefix" in request.http.query:
        context["s3:prefix"] = request.http.query["prefix"][0]
    location = (params.get("CreateBucketConfiguration") or {}).get("LocationConstraint")
    if location:
        context["s3:locationconstraint"] = str(location)
    if bucket is not None:
        context["aws:ResourceAccount"] = context["s3:ResourceAccount"] = bucket.account_id
    return {**context, **_signature_context(request), **_object_tags(request, found)}


def _lock_context(request: ApiRequest) -> dict[str, Value]:
    """Return the keys of the retention or legal hold that a request sets (S3-245)."""
    context: dict[str, Value] = {}
    until: Any = request.params.get("ObjectLockRetainUntilDate")
    if request.operation == "PutObjectRetention":
        retention = request.params.get("Retention") or {}
        until = retention.get("RetainUntilDate")
        if retention.get("Mode"):
            context["s3:object-lock-mode"] = str(retention["Mode"])
        if isinstance(until, datetime.datetime):
            context["s3:object-lock-retain-until-date"] = until.strftime("%Y-%m-%dT%H:%M:%SZ")
    if request.operation == "PutObjectLegalHold" and (request.params.get("LegalHold") or {}).get("Status"):
        context["s3:object-lock-legal-hold"] = str(request.params["LegalHold"]["Status"])
    if isinstance(until, datetime.datetime):
        left = until.replace(tzinfo=datetime.UTC).timestamp() - request.aws.now()
        context["s3:object-lock-remaining-retention-days"] = str(math.ceil(left / 86400))
    return context


def _signature_context(request: ApiRequest) -> dict[str, Value]:
    signature = request.signature
    if signature is SignatureKind.NONE:
        return {}
    in_header = signature in (SignatureKind.V4, SignatureKind.V2)
    context: dict[str, Value] = {
        "s3:authType": "REST-HEADER" if in_header else "REST-QUERY-STRING",
        "s3:signatureversion": "AWS4-HMAC-SHA256" if signature.is_v4 else "AWS",
    }
    dates = request.http.query.get("X-Amz-Date")
    if signature is SignatureKind.V4_QUERY and dates:
        signed = datetime.datetime.strptime(dates[0], ISO_BASIC).replace(tzinfo=datetime.UTC)
        context["s3:signatureAge"] = str(max(0, int((request.time - signed.timestamp()) * 1000)))
    return context


def _object_tags(request: ApiRequest, found: Any) -> dict[str, Value]:
    context: dict[str, Value] = {f"s3:ExistingObjectTag/{name}": value for name, value in tags_of(found).items()}
    sent = dict(parse_qsl(request.http.headers.get("x-amz-tagging", ""), keep_blank_values=True))
    if request.operation == "PutObjectTagging":
        tag_set = (request.params.get("Tagging") or {}).get("TagSet") or []
        sent = {str(each.get("Key")): str(each.get("Value") or "") for each in tag_set}
    if sent:
        context |= {f"s3:RequestObjectTag/{name}": value for name, value in sent.items()}
        context["s3:RequestObjectTagKeys"] = [*sent]
    return context


def tags_of(found: Any) -> dict[str, str]:
    """Return the tags of an object (moto's), or none."""
    if found is None:
        return {}
    return dict(s3_backend(found.account_id).tagger.get_tag_dict_for_resource(found.arn))
