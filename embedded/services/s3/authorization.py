"""Authorization in S3: identity policies, bucket policy, ACLs, object ownership and Block Public Access together.

Facts: S3-45, S3-48, S3-63, S3-65 to S3-80, S3-83, S3-84, S3-224 to S3-228, S3-242, S3-243, S3-246, S3-255, S3-264,
MOTO-12.
"""

from __future__ import annotations

import copy
import functools
import json
from collections.abc import Callable, Mapping
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.environment import ObjectState
from embedded.core.error_responses import not_implemented
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.partition import partition
from embedded.core.request import ApiRequest
from embedded.services.iam.authorization import (
    access_denied,
    denial_message,
    denial_reason,
    identity_denial_reason,
    identity_effect,
    is_allowed_by_policy,
    require_permission,
)
from embedded.services.iam.conditions import Value
from embedded.services.iam.policy_engine import (
    AccessRequest,
    Effect,
    PrincipalMatch,
    as_list,
    decide_by_resource,
    statements,
)
from embedded.services.iam.principals import known_ids
from embedded.services.s3.access_context import (
    access_context,
    action_of,
    actions_of_new_bucket,
    further_actions,
    tags_of,
)
from embedded.services.s3.bucket_policies import check_bucket_policy, is_public
from embedded.services.s3.buckets import (
    OWNER_ENFORCED,
    S3Context,
    check_expected_owner,
    copy_source,
    find_bucket,
    owner_of,
    ownership,
    s3_backend,
)
from embedded.services.s3.owners import account_of, canonical_id
from embedded.services.s3.signature_versions import require_known_version
from embedded.services.s3.versions import all_versions, marker_error, no_such_key, require

BEHAVIOUR = Behaviour("s3 access")
BEHAVIOUR.requires("moto.s3.models:FakeAcl", "grants")

ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
AUTHENTICATED_USERS = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
PUBLIC_GROUPS = (ALL_USERS, AUTHENTICATED_USERS)
BUCKET_CANNED = ("private", "public-read", "public-read-write", "authenticated-read", "log-delivery-write")
OBJECT_CANNED = (
    "private",
    "public-read",
    "public-read-write",
    "authenticated-read",
    "aws-exec-read",
    "bucket-owner-read",
    "bucket-owner-full-control",
)
ACL_PERMISSIONS = {
    "s3:GetObject": ("object", "READ"),
    "s3:GetObjectVersion": ("object", "READ"),
    "s3:GetObjectAcl": ("object", "READ_ACP"),
    "s3:GetObjectVersionAcl": ("object", "READ_ACP"),
    "s3:PutObjectAcl": ("object", "WRITE_ACP"),
    "s3:PutObjectVersionAcl": ("object", "WRITE_ACP"),
    "s3:ListBucket": ("bucket", "READ"),
    "s3:ListBucketVersions": ("bucket", "READ"),
    "s3:ListBucketMultipartUploads": ("bucket", "READ"),
    "s3:PutObject": ("bucket", "WRITE"),
    "s3:DeleteObject": ("bucket", "WRITE"),
    "s3:GetBucketAcl": ("bucket", "READ_ACP"),
    "s3:PutBucketAcl": ("bucket", "WRITE_ACP"),
}
OF_THE_INITIATOR = ("s3:AbortMultipartUpload", "s3:ListMultipartUploadParts")
OF_THE_WRITER = ("s3:PutObjectAcl", "s3:PutObjectTagging")
EXPLICIT = "with an explicit deny"
READS_OF_OBJECT = ("s3:GetObject", "s3:GetObjectAcl", "s3:GetObjectTagging")


def blocks(bucket: Any, setting: str) -> bool:
    """Return whether a setting of Block Public Access (`block_public_acls` …) is on for the bucket or its account."""
    from moto.s3control.models import s3control_backends

    account = s3control_backends[bucket.account_id][partition()].public_access_block
    return any(bool(getattr(each, setting)) for each in (bucket.public_access_block, account) if each)


def effective_acl(bucket: Any, acl: Any) -> Any:
    """Return an ACL as S3 applies it.

    With ACLs disabled no grant counts, with IgnorePublicAcls no grant to everybody.
    """
    from moto.s3.models import FakeAcl

    if ownership(bucket) == OWNER_ENFORCED or acl is None:
        return FakeAcl([])
    if not blocks(bucket, "ignore_public_acls"):
        return acl
    return FakeAcl([grant for grant in acl.grants if not any(each.uri in PUBLIC_GROUPS for each in grant.grantees)])


class PolicyIds(ObjectState[dict[str, str]]):
    """The unique ids of the principals of bucket policies when they were stored, by bucket (moto's object) and ARN."""


def _policy(bucket: Any) -> str:
    return bucket.policy.decode("utf-8", "replace") if bucket.policy else ""


@functools.lru_cache(maxsize=1024)
def _policy_as_read_by(document: str, account: str) -> str:
    """Return a policy in which an account's canonical user is the account (S3-224)."""
    if '"CanonicalUser"' not in document:
        return document
    found = copy.deepcopy(statements(document))
    for element in (each[name] for each in found for name in ("Principal", "NotPrincipal") if name in each):
        if isinstance(element, dict) and canonical_id(account) in as_list(element.get("CanonicalUser", [])):
            element["AWS"] = [*as_list(element.get("AWS", [])), account]
    return json.dumps({**json.loads(document), "Statement": found})


def arn_in_bucket(bucket: Any, name: str | None = None) -> str:
    """Return the ARN of a bucket (moto's), or of an object in it."""
    return f"arn:{partition()}:s3:::{bucket.name}" + (f"/{name}" if name is not None else "")


def _denial(
    request: ApiRequest, bucket: Any, action: str, resource: str, found: Any, keys: Mapping[str, Value] | None = None
) -> str:
    """Return why an action is denied, or an empty text.

    `found` is moto's object, where there is one. `keys` are condition keys that the request itself does not have.
    """
    principal = request.principal
    context = {**access_context(request, bucket, found), **(keys or {})}
    access = AccessRequest(action, resource, principal, context)
    document = _policy_as_read_by(_policy(bucket), principal.account)
    identity = identity_effect(access)
    policy = decide_by_resource(document, access, request.aws.state(PolicyIds).get(bucket))
    # A bucket policy says nothing of objects that another account owns (S3-152).
    is_foreign = (
        found is not None and _is_of_object(action) and account_of(request.aws, bucket, found) != bucket.account_id
    )
    same_account = principal.account == bucket.account_id and not is_foreign
    if identity == Effect.DENY:
        return identity_denial_reason(access, identity)
    restricted = not same_account and is_public(_policy(bucket)) and blocks(bucket, "restrict_public_buckets")
    if policy.denied or (policy.allowed and restricted):
        return denial_reason(Effect.DENY, action, "resource-based")
    if same_account:
        by_policy = is_allowed_by_policy(access, policy)
        return "" if identity == Effect.ALLOW or by_policy else identity_denial_reason(access, identity)
    if not principal.is_anonymous and identity != Effect.ALLOW:
        return denial_reason(Effect.NONE, action)
    by_policy = PrincipalMatch.EVERYONE in policy.allowed if principal.is_anonymous else bool(policy.allowed)
    by_policy = by_policy and not is_foreign
    by_acl = _is_allowed_by_acl(request, bucket, action, found) or _is_own_upload(request, bucket, action)
    return "" if by_policy or by_acl else denial_reason(Effect.NONE, action, "resource-based")


def _is_own_upload(request: ApiRequest, bucket: Any, action: str) -> bool:
    """Return whether the action is on an upload that the principal began, who may list and abort it (S3-264)."""
    upload = bucket.multiparts.get(str(request.params.get("UploadId") or ""))
    initiator = upload.initiator["ID"] if upload is not None and action in OF_THE_INITIATOR else None
    return initiator in (request.principal.arn, canonical_id(request.principal.account))


def _is_of_object(action: str) -> bool:
    return ACL_PERMISSIONS.get(action, ("", ""))[0] == "object" or action == "s3:GetObjectTagging"


def _is_allowed_by_acl(request: ApiRequest, bucket: Any, action: str, found: Any) -> bool:
    where, permission = ACL_PERMISSIONS.get(action, ("", ""))
    holder = {"object": found, "bucket": bucket}.get(where)
    if holder is None:
        return False
    anonymous = request.principal.is_anonymous
    groups = {ALL_USERS} if anonymous else set(PUBLIC_GROUPS)
    user = "" if anonymous else canonical_id(request.principal.account)
    return any(
        {permission, "FULL_CONTROL"} & set(grant.permissions)
        and any(each.uri in groups or (user and each.id == user) for each in grant.grantees)
        for grant in effective_acl(bucket, holder.acl).grants
    )


def require_access(
    request: ApiRequest,
    bucket: Any,
    operation: str,
    name: str | None,
    version: str | None,
    keys: Mapping[str, Value] | None = None,
) -> Any:
    """Raise S3's error unless the principal may do this. Return moto's object, or `None`.

    `keys` are condition keys that the request itself does not have.
    """
    action = action_of(operation, version)
    found = _find_object(bucket, name, version) if name is not None else None
    missing = found is None and name is not None and version is None and action in READS_OF_OBJECT
    own: dict[str, Value] = {"s3:VersionId": version} if version else {}
    reason = _denial(request, bucket, action, arn_in_bucket(bucket, name), found, {**own, **(keys or {})})
    if missing and not reason.startswith(EXPLICIT):
        # Who may list the bucket learns that there is no such key (S3-63); the key counts as the prefix (S3-242).
        unlisted = _denial(request, bucket, "s3:ListBucket", arn_in_bucket(bucket), None, {"s3:prefix": str(name)})
        if not unlisted:
            raise _missing(bucket, action, str(name))
        if not reason:
            raise access_denied_in_bucket(request, "s3:ListBucket", arn_in_bucket(bucket), unlisted)
    if reason:
        raise access_denied_in_bucket(request, action, arn_in_bucket(bucket, name), reason)
    return found


def _missing(bucket: Any, action: str, name: str) -> AwsError:
    """Return the error for a key without an object. GetObjectTagging has one of its own (S3-255)."""
    if action != "s3:GetObjectTagging":
        return no_such_key(bucket, name)
    found = all_versions(bucket, name)
    return marker_error(found[-1], "GET") if found else no_such_key(None, f"{bucket.name}/{name}")


def _require_further(request: ApiRequest, bucket: Any, name: str, found: Any) -> None:
    """Raise S3's error unless the principal may also do what the request does beside its own action."""
    for action in further_actions(request):
        reason = _denial(request, bucket, action, arn_in_bucket(bucket, name), found)
        if action in OF_THE_WRITER and reason and not reason.startswith(EXPLICIT):
            # Who owns the new object, as a writer by the bucket's ACL does, may give it an ACL and tags (S3-246).
            reason = "" if _is_allowed_by_acl(request, bucket, "s3:PutObject", found) else reason
        if reason:
            raise access_denied_in_bucket(request, action, arn_in_bucket(bucket, name), reason)


def _find_object(bucket: Any, name: str, version: str | None) -> Any:
    from moto.s3.models import FakeKey

    found = s3_backend(bucket.account_id).get_object(bucket.name, name, version_id=version)
    return found if isinstance(found, FakeKey) else None


def access_denied_in_bucket(request: ApiRequest, action: str, resource: str, reason: str) -> AwsError:
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
    if request.operation == "DeleteObjects":
        return  # key by key
    version = request.params.get("VersionId")
    context.object = require_access(request, context.bucket, request.operation, name, version)
    _require_further(request, context.bucket, name or "", context.object)
    if request.operation in ("CopyObject", "UploadPartCopy"):
        _authorize_source(request)


def _authorize_source(request: ApiRequest) -> None:
    """Find the source of a copy. Raises S3's error if there is none, or the principal may not read it."""
    context = request.context(S3Context)
    name, key, version = copy_source(request)
    if not name or not key:
        message = "Invalid copy source object key"
        raise AwsError("InvalidArgument", message, ArgumentName="x-amz-copy-source", ArgumentValue="x-amz-copy-source")
    if name.startswith("arn:"):
        raise not_implemented("copies from buckets only, not from access points.")
    context.source_bucket = find_bucket(name)
    check_expected_owner(request, "x-amz-source-expected-bucket-owner", owner_of(name))
    require_access(request, context.source_bucket, "GetObject", key, version)
    try:
        context.source = require(context.source_bucket, key, version, "GET")
    except AwsError as refused:
        if refused.code != "MethodNotAllowed":
            raise
        message = "The source of a copy request may not specifically refer to a delete marker by version id."
        raise AwsError("InvalidRequest", message) from None
    replaced = request.http.headers.get("x-amz-tagging-directive", "COPY").upper() == "REPLACE"
    if request.operation == "CopyObject" and tags_of(context.source) and not replaced:
        # Tags are read and written with the object (API_CopyObject).
        require_access(request, context.source_bucket, "GetObjectTagging", key, version)
        target = request.params["Key"]
        reason = _denial(
            request, context.bucket, "s3:PutObjectTagging", arn_in_bucket(context.bucket, target), context.object
        )
        if reason:
            raise access_denied_in_bucket(request, "s3:PutObjectTagging", arn_in_bucket(context.bucket, target), reason)


def _authorize_in_account(request: ApiRequest) -> None:
    """Authorize an operation that names no bucket that exists."""
    if request.principal.is_anonymous:
        raise AwsError("AccessDenied", "Access Denied", 403)
    actions, resource = [action_of(request.operation, None)], "*"
    if request.operation == "CreateBucket":
        actions, resource = actions_of_new_bucket(request), f"arn:{partition()}:s3:::{request.params['Bucket']}"
    context = access_context(request, None, None)
    for action in actions:
        require_permission(AccessRequest(action, resource, request.principal, context), "s3", quoted=True)


@BEHAVIOUR.validate("s3", "PutBucketPolicy")
def _check_new_policy(request: ApiRequest) -> HttpResponse | None:
    bucket, text = request.context(S3Context).bucket, request.http.body.decode("utf-8", "replace")
    check_bucket_policy(text, bucket.name)
    if is_public(text) and blocks(bucket, "block_public_policy"):
        reason = "because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access."
        raise access_denied_in_bucket(request, "s3:PutBucketPolicy", arn_in_bucket(bucket), reason)
    return None


@BEHAVIOUR.modify_response("s3", "PutBucketPolicy")
def _note_ids(request: ApiRequest, response: HttpResponse) -> HttpResponse:
    """Keep which roles and users the policy means: made anew under the same name they are others (IAM-48)."""
    bucket = request.context(S3Context).bucket
    request.aws.state(PolicyIds)[bucket] = known_ids(_policy(bucket))
    return response


@BEHAVIOUR.patch("moto.s3.responses:bucket_policy_is_public", "policy")
def _status_of_policy(original: Callable[..., Any], policy: bytes | str) -> bool:
    return is_public(policy.decode("utf-8", "replace") if isinstance(policy, bytes) else policy)


@BEHAVIOUR.validate("s3", "PutBucketOwnershipControls")
def _check_new_ownership(request: ApiRequest) -> HttpResponse | None:
    bucket = request.context(S3Context).bucket
    granted = bucket.acl and any(each.uri for grant in bucket.acl.grants for each in grant.grantees)
    if granted and OWNER_ENFORCED.encode() in request.http.body:
        message = "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"
        raise AwsError("InvalidBucketAclWithObjectOwnership", message)
    return None


@BEHAVIOUR.patch("moto.s3.models:FakeBucket.get_permission", "self, action, resource")
def _already_authorized(original: Callable[..., Any], bucket: Any, action: str, resource: str) -> Any:
    """Permit: moto decides again, by the HTTP method alone, after `_authorize` has decided."""
    from moto.iam.access_control import PermissionResult

    return PermissionResult.PERMITTED
