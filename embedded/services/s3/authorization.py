"""Authorization in S3: identity policies, bucket policy, ACLs, object ownership and Block Public Access together.

Facts: S3-45, S3-48, S3-63, S3-65 to S3-80, S3-83, S3-84, MOTO-12.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.error_responses import not_implemented
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.partition import partition
from embedded.core.request import ApiRequest, SignatureKind
from embedded.services.iam.authorization import (
    access_denied,
    denial_message,
    denial_reason,
    identity_denial_reason,
    identity_effect,
    require_permission,
)
from embedded.services.iam.policy_engine import (
    AccessRequest,
    Effect,
    PrincipalMatch,
    decide_by_resource,
    principal_context,
    statements,
)
from embedded.services.s3.buckets import (
    OWNER_ENFORCED,
    S3Context,
    copy_source,
    find_bucket,
    owner_of,
    ownership,
    s3_backend,
)
from embedded.services.s3.signature_versions import require_known_version
from embedded.services.s3.versions import no_such_key, require

BEHAVIOUR = Behaviour("s3 access")
BEHAVIOUR.requires("moto.s3.models:FakeAcl", "grants")
BEHAVIOUR.requires("moto.s3.models:get_canned_acl", "acl")

ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
AUTHENTICATED_USERS = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
PUBLIC_GROUPS = (ALL_USERS, AUTHENTICATED_USERS)
PUBLIC_ACLS = {"public-read", "public-read-write", "authenticated-read"}
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
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketTagging": "PutBucketTagging",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
}
"""The IAM actions of operations that have another name."""
ACL_PERMISSIONS = {
    "s3:GetObject": ("object", "READ"),
    "s3:GetObjectVersion": ("object", "READ"),
    "s3:GetObjectAcl": ("object", "READ_ACP"),
    "s3:PutObjectAcl": ("object", "WRITE_ACP"),
    "s3:ListBucket": ("bucket", "READ"),
    "s3:PutObject": ("bucket", "WRITE"),
    "s3:DeleteObject": ("bucket", "WRITE"),
    "s3:GetBucketAcl": ("bucket", "READ_ACP"),
    "s3:PutBucketAcl": ("bucket", "WRITE_ACP"),
}
VERSIONED_ACTIONS = ("s3:GetObject", "s3:DeleteObject")
READS_OF_OBJECT = ("s3:GetObject", "s3:GetObjectAcl", "s3:GetObjectTagging")


def blocks(bucket: Any, setting: str) -> bool:
    """Return whether a setting of Block Public Access (`block_public_acls` …) is on for the bucket or its account."""
    from moto.s3control.models import s3control_backends

    account = s3control_backends[bucket.account_id][partition()].public_access_block
    return any(bool(getattr(each, setting)) for each in (bucket.public_access_block, account) if each)


def effective_acl(bucket: Any, acl: Any) -> Any:
    """Return an ACL as S3 applies it.

    With ACLs disabled only the owner's grant counts, with IgnorePublicAcls no grant to everybody.
    """
    from moto.s3.models import FakeAcl, get_canned_acl

    if ownership(bucket) == OWNER_ENFORCED or acl is None:
        return get_canned_acl("private")
    if not blocks(bucket, "ignore_public_acls"):
        return acl
    return FakeAcl([grant for grant in acl.grants if not any(each.uri in PUBLIC_GROUPS for each in grant.grantees)])


def _policy(bucket: Any) -> str:
    return bucket.policy.decode("utf-8", "replace") if bucket.policy else ""


def _policy_is_public(bucket: Any) -> bool:
    return any(
        each.get("Effect") == "Allow"
        and each.get("Principal") in ("*", {"AWS": "*"}, {"AWS": ["*"]})
        and not each.get("Condition")
        for each in statements(_policy(bucket))
    )


def _arn(bucket: Any, name: str | None = None) -> str:
    return f"arn:{partition()}:s3:::{bucket.name}" + (f"/{name}" if name is not None else "")


def _denial(request: ApiRequest, bucket: Any, action: str, resource: str, found: Any) -> str:
    """Return why an action is denied, or an empty text. `found` is moto's object, where there is one."""
    principal = request.principal
    access = AccessRequest(action, resource, principal, {**principal_context(principal), **_context(request)})
    identity, policy = identity_effect(access), decide_by_resource(_policy(bucket), access)
    same_account = principal.account == bucket.account_id
    if identity == Effect.DENY:
        return identity_denial_reason(access, identity)
    restricted = not same_account and _policy_is_public(bucket) and blocks(bucket, "restrict_public_buckets")
    if policy.denied or (policy.allowed and restricted):
        return denial_reason(Effect.DENY, action, "resource-based")
    if same_account:
        by_policy = bool(policy.allowed & {PrincipalMatch.PRINCIPAL, PrincipalMatch.EVERYONE})
        return "" if identity == Effect.ALLOW or by_policy else denial_reason(Effect.NONE, action)
    if not principal.is_anonymous and identity != Effect.ALLOW:
        return denial_reason(Effect.NONE, action)
    by_policy = PrincipalMatch.EVERYONE in policy.allowed if principal.is_anonymous else bool(policy.allowed)
    by_acl = _is_allowed_by_acl(request, bucket, action, found)
    return "" if by_policy or by_acl else denial_reason(Effect.NONE, action, "resource-based")


def _is_allowed_by_acl(request: ApiRequest, bucket: Any, action: str, found: Any) -> bool:
    where, permission = ACL_PERMISSIONS.get(action, ("", ""))
    holder = {"object": found, "bucket": bucket}.get(where)
    if holder is None:
        return False
    groups = {ALL_USERS} if request.principal.is_anonymous else set(PUBLIC_GROUPS)
    return any(
        {permission, "FULL_CONTROL"} & set(grant.permissions) and any(each.uri in groups for each in grant.grantees)
        for grant in effective_acl(bucket, holder.acl).grants
    )


def _context(request: ApiRequest) -> dict[str, str | list[str]]:
    headers, signature = request.http.headers, request.signature
    in_header = signature in (SignatureKind.V4, SignatureKind.V2)
    context: dict[str, str | list[str]] = {
        "aws:SourceIp": request.http.source_ip,
        "aws:UserAgent": headers.get("user-agent", ""),
        # The practice server has only http; loopback counts as TLS.
        "aws:SecureTransport": "true",
        "s3:authType": "REST-HEADER" if in_header else "REST-QUERY-STRING",
    }
    context |= {f"s3:{name}": value for name, value in headers.items() if name.startswith("x-amz-")}
    for name in ("Prefix", "Delimiter"):
        if request.params.get(name):
            context[f"s3:{name.lower()}"] = str(request.params[name])
    if signature is not SignatureKind.NONE:
        context["s3:signatureversion"] = "AWS4-HMAC-SHA256" if signature.is_v4 else "AWS"
    return context


def require_access(request: ApiRequest, bucket: Any, operation: str, name: str | None, version: str | None) -> Any:
    """Raise S3's error unless the principal may do this. Return moto's object, or `None`."""
    action = f"s3:{ACTIONS.get(operation, operation)}"
    if version and action in VERSIONED_ACTIONS:
        action += "Version"
    found = _find_object(bucket, name, version) if name is not None else None
    reason = _denial(request, bucket, action, _arn(bucket, name), found)
    if reason:
        raise _access_denied(request, action, _arn(bucket, name), reason)
    if found is None and name is not None and version is None and action in READS_OF_OBJECT:
        reason = _denial(request, bucket, "s3:ListBucket", _arn(bucket), None)
        if reason:
            raise _access_denied(request, "s3:ListBucket", _arn(bucket), reason)
        raise no_such_key(bucket, name)
    return found


def _find_object(bucket: Any, name: str, version: str | None) -> Any:
    from moto.s3.models import FakeKey

    found = s3_backend(bucket.account_id).get_object(bucket.name, name, version_id=version)
    return found if isinstance(found, FakeKey) else None


def _access_denied(request: ApiRequest, action: str, resource: str, reason: str) -> AwsError:
    """Return the error. Its message gives a reason only to principals of the bucket owner's account."""
    bucket = resource.split(":::")[1].partition("/")[0]
    if request.principal.is_anonymous or owner_of(bucket) != request.principal.account:
        return AwsError("AccessDenied", "Access Denied", 403)
    return access_denied("s3", denial_message(AccessRequest(action, resource, request.principal), reason, quoted=True))


@BEHAVIOUR.authorize("s3")
def _authorize(request: ApiRequest) -> None:
    if request.operation in ("ListBuckets", "CreateBucket"):
        require_known_version(request, request.region)
        _authorize_in_account(request)
        return
    context, name = request.context(S3Context), request.params.get("Key")
    require_known_version(request, context.bucket.region_name)
    version = request.params.get("VersionId")
    context.object = require_access(request, context.bucket, request.operation, name, version)
    if request.operation in ("CopyObject", "UploadPartCopy"):
        _authorize_source(request)


def _authorize_source(request: ApiRequest) -> None:
    """Find the source of a copy. Raises S3's error if there is none, or the principal may not read it."""
    context = request.context(S3Context)
    name, key, version = copy_source(request)
    if not name or not key:
        message = "Invalid copy source object key"
        sent = str(request.params["CopySource"])
        raise AwsError("InvalidArgument", message, ArgumentName="x-amz-copy-source", ArgumentValue=sent)
    if name.startswith("arn:"):
        raise not_implemented("copies from buckets only, not from access points.")
    context.source_bucket = find_bucket(name)
    require_access(request, context.source_bucket, "GetObject", key, version)
    try:
        context.source = require(context.source_bucket, key, version, "GET")
    except AwsError as refused:
        if refused.code != "MethodNotAllowed":
            raise
        message = "The source of a copy request may not specifically refer to a delete marker by version id."
        raise AwsError("InvalidRequest", message) from None


def _authorize_in_account(request: ApiRequest) -> None:
    """Authorize an operation that names no bucket that exists."""
    if request.principal.is_anonymous:
        raise AwsError("AccessDenied", "Access Denied", 403)
    actions, resource = [ACTIONS.get(request.operation, request.operation)], "*"
    if request.operation == "CreateBucket":
        resource = f"arn:{partition()}:s3:::{request.params['Bucket']}"
        if (request.params.get("CreateBucketConfiguration") or {}).get("Tags"):
            # Tags at creation need a permission of their own (API_CreateBucketConfiguration).
            actions.append("TagResource")
    context = {**principal_context(request.principal), **_context(request)}
    for action in actions:
        require_permission(AccessRequest(f"s3:{action}", resource, request.principal, context), "s3", quoted=True)


def _grants_public_access(request: ApiRequest) -> bool:
    if request.params.get("ACL") in PUBLIC_ACLS:
        return True
    texts = [value for name, value in request.http.headers.items() if name.startswith("x-amz-grant-")]
    if request.operation.endswith("Acl"):
        texts.append(request.http.body.decode("utf-8", "replace"))
    return any(group in text for text in texts for group in PUBLIC_GROUPS)


@BEHAVIOUR.validate("s3", "PutObject", "PutObjectAcl", "CopyObject", "CreateMultipartUpload", "PutBucketAcl")
def _check_new_acl(request: ApiRequest) -> HttpResponse | None:
    bucket, canned = request.context(S3Context).bucket, request.params.get("ACL")
    by_header = any(name.startswith("x-amz-grant-") for name in request.http.headers)
    if canned is None and not by_header and not request.operation.endswith("Acl"):
        request.http = request.http.with_headers({"x-amz-acl": "private"})
        return None
    if canned not in ("bucket-owner-full-control", "private") and ownership(bucket) == OWNER_ENFORCED:
        raise AwsError("AccessControlListNotSupported", "The bucket does not allow ACLs")
    if _grants_public_access(request) and blocks(bucket, "block_public_acls"):
        reason = "because public ACLs are prevented by the BlockPublicAcls setting in S3 Block Public Access."
        action = f"s3:{ACTIONS.get(request.operation, request.operation)}"
        raise _access_denied(request, action, _arn(bucket, request.params.get("Key") or None), reason)
    return None


@BEHAVIOUR.validate("s3", "PutBucketPolicy")
def _check_new_policy(request: ApiRequest) -> HttpResponse | None:
    bucket, text = request.context(S3Context).bucket, request.http.body.decode("utf-8", "replace")
    if not statements(text):
        raise AwsError("MalformedPolicy", "This policy contains invalid Json")
    public = any(
        each.get("Principal") in ("*", {"AWS": "*"}) and each.get("Effect") == "Allow" for each in statements(text)
    )
    if public and blocks(bucket, "block_public_policy"):
        reason = "because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access."
        raise _access_denied(request, "s3:PutBucketPolicy", _arn(bucket), reason)
    return None


@BEHAVIOUR.validate("s3", "PutBucketOwnershipControls")
def _check_new_ownership(request: ApiRequest) -> HttpResponse | None:
    bucket = request.context(S3Context).bucket
    granted = bucket.acl and any(each.uri for grant in bucket.acl.grants for each in grant.grantees)
    if granted and OWNER_ENFORCED.encode() in request.http.body:
        message = "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"
        raise AwsError("InvalidBucketAclWithObjectOwnership", message)
    return None


@BEHAVIOUR.patch("moto.s3.models:S3Backend.get_object_acl", "self, key")
def _get_object_acl(original: Callable[..., Any], backend: Any, key: Any) -> Any:
    return effective_acl(backend.get_bucket(key.bucket_name), key.acl)


@BEHAVIOUR.patch("moto.s3.models:S3Backend.get_bucket_acl", "self, bucket_name")
def _get_bucket_acl(original: Callable[..., Any], backend: Any, bucket_name: str) -> Any:
    bucket = backend.get_bucket(bucket_name)
    return effective_acl(bucket, bucket.acl)


@BEHAVIOUR.patch("moto.s3.models:FakeBucket.get_permission", "self, action, resource")
def _already_authorized(original: Callable[..., Any], bucket: Any, action: str, resource: str) -> Any:
    """Permit: moto decides again, by the HTTP method alone, after `_authorize` has decided."""
    from moto.iam.access_control import PermissionResult

    return PermissionResult.PERMITTED
