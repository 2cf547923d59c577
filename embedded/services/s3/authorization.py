"""Who may do what in S3: identity policies, bucket policy, ACLs, ownership and Block Public Access together.

Facts: `aws-behaviour.md` §3 (order of checks: authorization first; nobody known gets the bare `Access Denied`), §4
(each setting), §7.3 (the sentence). A missing object is 403 for whoever may not list. moto checks next to nothing
(`moto-gaps.md` §3).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote, urlsplit

from embedded.core.behaviours import Behaviour
from embedded.core.call import PARTITION, Answer, AwsError, Call
from embedded.services.iam.authorization import denial, identity_effect, refusal, sentence, why_not
from embedded.services.iam.policy_engine import Request, caller_context, matching, names, statements
from embedded.services.s3.buckets import OWNER_ENFORCED, bucket_of, owner_of, ownership

BEHAVIOUR = Behaviour("s3 access")
BEHAVIOUR.stands_on("moto.s3.models:FakeAcl", "grants")
BEHAVIOUR.stands_on("moto.s3.models:get_canned_acl", "acl")

EVERYONE = "http://acs.amazonaws.com/groups/global/AllUsers"
AUTHENTICATED = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
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


def blocks(bucket: Any, setting: str) -> bool:
    """One of the four settings (`block_public_acls` …), of the bucket or of its whole account: the stricter counts."""
    from moto.s3control.models import s3control_backends

    account = s3control_backends[bucket.account_id][PARTITION].public_access_block
    return any(bool(getattr(each, setting)) for each in (bucket.public_access_block, account) if each)


def effective_acl(bucket: Any, acl: Any) -> Any:
    """An ACL as it counts: with ACLs disabled only the owner's grant, with IgnorePublicAcls none for everybody."""
    from moto.s3.models import FakeAcl, get_canned_acl

    if ownership(bucket) == OWNER_ENFORCED or acl is None:
        return get_canned_acl("private")
    if not blocks(bucket, "ignore_public_acls"):
        return acl
    return FakeAcl(
        [grant for grant in acl.grants if not any(each.uri in (EVERYONE, AUTHENTICATED) for each in grant.grantees)]
    )


def policy_is_public(bucket: Any) -> bool:
    """Whether a bucket policy lets everybody in: an unconditional allow for `*`."""
    document = bucket.policy.decode() if bucket.policy else ""
    return any(
        each.get("Effect") == "Allow"
        and each.get("Principal") in ("*", {"AWS": "*"}, {"AWS": ["*"]})
        and not each.get("Condition")
        for each in statements(document)
    )


def _allowed(call: Call, bucket: Any, action: str, resource: str, key: Any) -> str:
    """An empty text where the action is allowed, otherwise why it is not."""
    caller = call.caller
    request = Request(action, resource, caller, {**caller_context(caller), **_context(call)})
    identity = identity_effect(request)
    found = [(each["Effect"], names(each, caller)) for each in matching(_policy(bucket), request) if "Effect" in each]
    if identity == "Deny":
        return denial(request)
    if any(effect == "Deny" and how for effect, how in found):
        return why_not("Deny", action, "resource-based")
    named = {how for effect, how in found if effect == "Allow" and how}
    own = caller.account == bucket.account_id
    if named and not own and policy_is_public(bucket) and blocks(bucket, "restrict_public_buckets"):
        return why_not("Deny", action, "resource-based")
    listed = _in_acl(call, bucket, action, key)
    if own:
        return "" if identity == "Allow" or named & {"principal", "everyone"} else why_not("", action)
    if caller.is_anonymous:
        return "" if "everyone" in named or listed else why_not("", action, "resource-based")
    if identity != "Allow":
        return why_not("", action)
    return "" if named or listed else why_not("", action, "resource-based")


def _in_acl(call: Call, bucket: Any, action: str, key: Any) -> bool:
    where, permission = ACL_PERMISSIONS.get(action, ("", ""))
    holder = key if where == "object" else bucket if where == "bucket" else None
    if holder is None:
        return False
    groups = {EVERYONE} if call.caller.is_anonymous else {EVERYONE, AUTHENTICATED}
    return any(
        {permission, "FULL_CONTROL"} & set(grant.permissions) and any(each.uri in groups for each in grant.grantees)
        for grant in effective_acl(bucket, holder.acl).grants
    )


def _context(call: Call) -> dict[str, str | list[str]]:
    headers = call.sent.headers
    told: dict[str, str | list[str]] = {
        "aws:SourceIp": call.sent.source_ip,
        "aws:UserAgent": headers.get("user-agent", ""),
        # Loopback stands for TLS: the practice server has no other scheme.
        "aws:SecureTransport": "true",
        "s3:authType": {"v4": "REST-HEADER", "v2": "REST-HEADER"}.get(call.signed_by, "REST-QUERY-STRING"),
    }
    told |= {f"s3:{name}": value for name, value in headers.items() if name.startswith("x-amz-")}
    told |= {f"s3:{name.lower()}": str(call.params[name]) for name in ("Prefix", "Delimiter") if call.params.get(name)}
    if call.signed_by.startswith("v"):
        told["s3:signatureversion"] = "AWS4-HMAC-SHA256" if "4" in call.signed_by else "AWS"
    return told


def _policy(bucket: Any) -> str:
    return bucket.policy.decode("utf-8", "replace") if bucket.policy else ""


def require_access(call: Call, bucket: Any, operation: str, name: str | None, version: str | None = None) -> Any:
    """Raise S3's refusal unless the caller may; returns moto's object where there is one."""
    action = f"s3:{ACTIONS.get(operation, operation)}"
    if version and action in ("s3:GetObject", "s3:DeleteObject", "s3:GetObjectAcl", "s3:PutObjectAcl"):
        action += "Version" if action.endswith("Object") else ""
    key = _object(bucket, name, version) if name is not None else None
    resource = f"arn:{PARTITION}:s3:::{bucket.name}" + (f"/{name}" if name is not None else "")
    why = _allowed(call, bucket, action, resource, key)
    if why:
        raise _denied(call, action, resource, why)
    reading = action in ("s3:GetObject", "s3:GetObjectAcl", "s3:GetObjectTagging")
    if reading and key is None and name is not None and version is None and operation != "CopyObject":
        listing = _allowed(call, bucket, "s3:ListBucket", f"arn:{PARTITION}:s3:::{bucket.name}", None)
        if listing:
            raise _denied(call, "s3:ListBucket", f"arn:{PARTITION}:s3:::{bucket.name}", listing)
        raise AwsError("NoSuchKey", "The specified key does not exist.", 404, Key=name)
    return key


def _object(bucket: Any, name: str, version: str | None) -> Any:
    from moto.s3.models import FakeKey, s3_backends

    found = s3_backends[bucket.account_id][PARTITION].get_object(bucket.name, name, version_id=version)
    return found if isinstance(found, FakeKey) else None


def _denied(call: Call, action: str, resource: str, why: str) -> AwsError:
    if call.caller.is_anonymous or owner_of(resource.split(":::")[1].partition("/")[0]) != call.caller.account:
        return AwsError("AccessDenied", "Access Denied", 403)
    return refusal("s3", sentence(Request(action, resource, call.caller), why, quoted=True))


@BEHAVIOUR.gate("s3")
def _authorize(call: Call) -> Answer | None:
    operation, name = call.operation, call.params.get("Key")
    if operation in ("ListBuckets", "CreateBucket"):
        action = f"s3:{ACTIONS.get(operation, operation)}"
        resource = f"arn:{PARTITION}:s3:::{call.params['Bucket']}" if operation == "CreateBucket" else "*"
        request = Request(action, resource, call.caller, {**caller_context(call.caller), **_context(call)})
        requests = [request]
        if (call.params.get("CreateBucketConfiguration") or {}).get("Tags"):
            # Tags at creation ask for a right of their own (API_CreateBucketConfiguration).
            requests.append(dataclasses.replace(request, action="s3:TagResource"))
        for each in requests:
            effect = identity_effect(each)
            if effect != "Allow":
                if call.caller.is_anonymous:
                    raise AwsError("AccessDenied", "Access Denied", 403)
                why = denial(each) if effect == "Deny" else why_not(effect, each.action)
                raise refusal("s3", sentence(each, why, quoted=True))
        return None
    bucket = call.notes["bucket"]
    call.notes["object"] = require_access(call, bucket, operation, name, call.params.get("VersionId"))
    if operation in ("CopyObject", "UploadPartCopy"):
        call.notes["source"] = _source(call)
    return None


def _source(call: Call) -> Any:
    source = urlsplit(unquote(str(call.params["CopySource"])).lstrip("/"))
    name, _, key = source.path.partition("/")
    there = Call(**{**vars(call), "params": {"Bucket": name}})
    found = require_access(call, bucket_of(there), "GetObject", key)
    if found is None:
        raise AwsError("NoSuchKey", "The specified key does not exist.", 404, Key=key)
    return found


def _grants_everybody(call: Call) -> bool:
    if call.params.get("ACL") in PUBLIC_ACLS:
        return True
    headers = (value for name, value in call.sent.headers.items() if name.startswith("x-amz-grant-"))
    told: Iterable[str] = (
        *headers,
        call.sent.body.decode("utf-8", "replace") if call.operation.endswith("Acl") else "",
    )
    return any(group in text for text in told for group in (EVERYONE, AUTHENTICATED))


@BEHAVIOUR.gate("s3", "PutObject", "PutObjectAcl", "CopyObject", "CreateMultipartUpload", "PutBucketAcl")
def _check_new_acl(call: Call) -> Answer | None:
    bucket, canned = call.notes["bucket"], call.params.get("ACL")
    granted = any(name.startswith("x-amz-grant-") for name in call.sent.headers)
    asked = canned is not None or granted or call.operation.endswith("Acl")
    if asked and canned not in ("bucket-owner-full-control", "private") and ownership(bucket) == OWNER_ENFORCED:
        raise AwsError("AccessControlListNotSupported", "The bucket does not allow ACLs")
    if asked and _grants_everybody(call) and blocks(bucket, "block_public_acls"):
        why = "because public ACLs are prevented by the BlockPublicAcls setting in S3 Block Public Access."
        resource = f"arn:{PARTITION}:s3:::{bucket.name}" + (f"/{call.params['Key']}" if call.params.get("Key") else "")
        raise _denied(call, f"s3:{ACTIONS.get(call.operation, call.operation)}", resource, why)
    if not asked:
        call.sent = call.sent.with_headers(x_amz_acl="private")
    return None


@BEHAVIOUR.gate("s3", "PutBucketPolicy")
def _check_new_policy(call: Call) -> Answer | None:
    bucket, text = call.notes["bucket"], call.sent.body.decode("utf-8", "replace")
    if not statements(text):
        raise AwsError("MalformedPolicy", "This policy contains invalid Json")
    public = any(
        each.get("Principal") in ("*", {"AWS": "*"}) and each.get("Effect") == "Allow" for each in statements(text)
    )
    if public and blocks(bucket, "block_public_policy"):
        why = "because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access."
        raise _denied(call, "s3:PutBucketPolicy", f"arn:{PARTITION}:s3:::{bucket.name}", why)
    return None


@BEHAVIOUR.gate("s3", "PutBucketOwnershipControls")
def _no_foreign_grants(call: Call) -> Answer | None:
    bucket = call.notes["bucket"]
    foreign = bucket.acl and any(each.uri for grant in bucket.acl.grants for each in grant.grantees)
    if foreign and OWNER_ENFORCED.encode() in call.sent.body:
        message = "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"
        raise AwsError("InvalidBucketAclWithObjectOwnership", message)
    return None


@BEHAVIOUR.patch("moto.s3.models:S3Backend.get_object_acl", "self, key")
def _told_object_acl(original: Callable[..., Any], backend: Any, key: Any) -> Any:
    return effective_acl(backend.get_bucket(key.bucket_name), key.acl)


@BEHAVIOUR.patch("moto.s3.models:S3Backend.get_bucket_acl", "self, bucket_name")
def _told_bucket_acl(original: Callable[..., Any], backend: Any, bucket_name: str) -> Any:
    bucket = backend.get_bucket(bucket_name)
    return effective_acl(bucket, bucket.acl)


@BEHAVIOUR.patch("moto.s3.models:FakeBucket.get_permission", "self, action, resource")
def _decided_here(original: Callable[..., Any], bucket: Any, action: str, resource: str) -> Any:
    """moto asks again, by the method alone; whoever came this far was let in."""
    from moto.iam.access_control import PermissionResult

    return PermissionResult.PERMITTED
