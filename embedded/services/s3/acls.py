"""Access control lists: canned ones, grants in headers and in a body, and whom an object belongs to.

Facts: S3-73, S3-80, S3-100, S3-147 to S3-152, S3-249, S3-268.
"""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

from embedded.core.behaviours import Behaviour
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.protocols import serialize
from embedded.core.request import ApiRequest
from embedded.services.s3 import versions
from embedded.services.s3.access_context import action_of
from embedded.services.s3.authorization import (
    ALL_USERS,
    AUTHENTICATED_USERS,
    BUCKET_CANNED,
    OBJECT_CANNED,
    PUBLIC_GROUPS,
    access_denied_in_bucket,
    arn_in_bucket,
    blocks,
)
from embedded.services.s3.buckets import OWNER_ENFORCED, S3Context, ownership
from embedded.services.s3.object_headers import version_header
from embedded.services.s3.owners import Owners, account_of, canonical_id, owner

BEHAVIOUR = Behaviour("s3 acls")
BEHAVIOUR.requires("moto.s3.models:FakeAcl", "grants")
BEHAVIOUR.requires("moto.s3.models:FakeGrant", "grantees, permissions")
BEHAVIOUR.requires("moto.s3.models:FakeGrantee", "grantee_id, uri, display_name")

LOG_DELIVERY = "http://acs.amazonaws.com/groups/s3/LogDelivery"
GROUPS = (*PUBLIC_GROUPS, LOG_DELIVERY)
PERMISSIONS = ("READ", "WRITE", "READ_ACP", "WRITE_ACP", "FULL_CONTROL")
GRANT_HEADERS = {f"x-amz-grant-{each.lower().replace('_', '-')}": each for each in PERMISSIONS}
GRANTEE = re.compile(r'\s*(\w+)\s*=\s*"?([^",]*)"?\s*')
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
MALFORMED = "The XML you provided was not well-formed or did not validate against our published schema"


def _acl(grants: list[tuple[str, str, str]]) -> Any:
    """Return moto's ACL of grants: a canonical id or an empty text, a group or an empty text, a permission."""
    from moto.s3.models import FakeAcl, FakeGrant, FakeGrantee

    return FakeAcl([FakeGrant([FakeGrantee(grantee_id=user, uri=group)], [right]) for user, group, right in grants])


def canned_acl(name: str, account: str, bucket_owner: str) -> Any:
    """Return a canned ACL (moto's) of what an account owns."""
    more: dict[str, list[tuple[str, str, str]]] = {
        "public-read": [("", ALL_USERS, "READ")],
        "public-read-write": [("", ALL_USERS, "READ"), ("", ALL_USERS, "WRITE")],
        "authenticated-read": [("", AUTHENTICATED_USERS, "READ")],
        "log-delivery-write": [("", LOG_DELIVERY, "WRITE"), ("", LOG_DELIVERY, "READ_ACP")],
        "bucket-owner-read": [(canonical_id(bucket_owner), "", "READ")],
        "bucket-owner-full-control": [(canonical_id(bucket_owner), "", "FULL_CONTROL")],
    }
    granted = [each for each in more.get(name, []) if each[0] != canonical_id(account)]
    return _acl([(canonical_id(account), "", "FULL_CONTROL"), *granted])


def _known_ids(request: ApiRequest) -> set[str]:
    return {canonical_id(account) for account in request.aws.credentials.by_account}


def _check_user(request: ApiRequest, user: str, name: str) -> None:
    if user not in _known_ids(request):
        raise AwsError("InvalidArgument", "Invalid id", ArgumentName=name, ArgumentValue=user)


def _check_group(group: str, name: str) -> None:
    if group not in GROUPS:
        raise AwsError("InvalidArgument", "Invalid group uri", ArgumentName=name, ArgumentValue=group)


def _header_grants(request: ApiRequest) -> list[tuple[str, str, str]]:
    grants = []
    for header, right in GRANT_HEADERS.items():
        text = request.http.headers.get(header)
        for each in text.split(",") if text is not None else ():
            found = GRANTEE.fullmatch(each)
            kind = found[1].lower() if found else ""
            if not found or kind not in ("id", "uri", "emailaddress"):
                message = "Argument format not recognized"
                raise AwsError("InvalidArgument", message, ArgumentName=header, ArgumentValue=each)
            if kind == "emailaddress":
                raise _email()
            if kind == "id":
                _check_user(request, found[2], "id")
            else:
                _check_group(found[2], "uri")
            grants.append((found[2], "", right) if kind == "id" else ("", found[2], right))
    return grants


def _email() -> AwsError:
    """Return S3's error for a grant to an e-mail address, which it has not taken since October 2025 (S3-249)."""
    return AwsError("MethodNotAllowed", "The specified method is not allowed against this resource.", 405)


def acl_of_headers(request: ApiRequest, account: str) -> Any:
    """Return the ACL (moto's) that the headers of a request give to what an account owns; `None` without any."""
    canned, grants = request.http.headers.get("x-amz-acl"), _header_grants(request)
    if canned is not None and grants:
        raise AwsError("InvalidRequest", "Specifying both Canned ACLs and Header Grants is not allowed")
    if canned is not None:
        about_bucket = request.operation in ("CreateBucket", "PutBucketAcl")
        if canned not in (BUCKET_CANNED if about_bucket else OBJECT_CANNED):
            raise AwsError("InvalidArgument", "", ArgumentName="x-amz-acl", ArgumentValue=canned)
        bucket = request.context(S3Context).bucket
        return canned_acl(canned, account, bucket.account_id if bucket is not None else account)
    return _acl(grants) if grants else None


def new_object_acl(request: ApiRequest) -> Any:
    """Return the ACL (moto's) of an object that the request stores."""
    account = new_owner(request)
    return acl_of_headers(request, account) or canned_acl("private", account, account)


def new_owner(request: ApiRequest) -> str:
    """Return the account that will own an object that the request stores."""
    bucket = request.context(S3Context).bucket
    mode = ownership(bucket)
    given = mode == "BucketOwnerPreferred" and request.http.headers.get("x-amz-acl") == "bucket-owner-full-control"
    return str(bucket.account_id) if mode == OWNER_ENFORCED or given else request.principal.account


def keep_owner(request: ApiRequest, stored: Any, account: str) -> None:
    """Keep who owns a new object."""
    if account != request.context(S3Context).bucket.account_id:
        request.aws.state(Owners)[stored] = account


def malformed_acl() -> AwsError:
    """Return S3's error for an ACL that is not of its schema."""
    return AwsError("MalformedACLError", MALFORMED)


def _body_acl(request: ApiRequest, account: str) -> Any:
    """Return the ACL (moto's) of a request's body."""
    try:
        root = ElementTree.fromstring(request.http.body)  # noqa: S314  # moto's parser has read the same body before
    except ElementTree.ParseError:
        raise malformed_acl() from None
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    listed, named = root.find("AccessControlList"), root.findtext("Owner/ID")
    if root.tag != "AccessControlPolicy" or listed is None or not named:
        raise malformed_acl()
    if named != canonical_id(account):
        if named not in _known_ids(request):
            raise AwsError("InvalidArgument", "Invalid id", ArgumentName="CanonicalUser/ID", ArgumentValue=named)
        raise AwsError("AccessDenied", "Access Denied", 403)
    return _acl([_body_grant(request, each) for each in listed])


def _body_grant(request: ApiRequest, grant: ElementTree.Element) -> tuple[str, str, str]:
    right, grantee = grant.findtext("Permission", ""), grant.find("Grantee")
    if grant.tag != "Grant" or right not in PERMISSIONS or grantee is None:
        raise malformed_acl()
    kind, user, group = grantee.get(TYPE), grantee.findtext("ID"), grantee.findtext("URI")
    if kind == "AmazonCustomerByEmail":
        raise _email()
    if kind == "CanonicalUser" and user is not None:
        _check_user(request, user, "CanonicalUser/ID")
        return user, "", right
    if kind == "Group" and group is not None:
        _check_group(group, "Group/URI")
        return "", group, right
    raise malformed_acl()


def sent_acl(request: ApiRequest, account: str) -> Any:
    """Return the ACL (moto's) of PutBucketAcl or PutObjectAcl."""
    body = request.http.body.strip()
    by_headers = acl_of_headers(request, account)
    if by_headers is not None:
        if body:
            raise AwsError("UnexpectedContent", "This request does not support content")
        return by_headers
    if not body:
        message = "Your request was missing a required header"
        raise AwsError("MissingSecurityHeader", message, MissingHeaderName="x-amz-acl")
    return _body_acl(request, account)


def _grants_public_access(acl: Any) -> bool:
    return any(each.uri in PUBLIC_GROUPS for grant in acl.grants for each in grant.grantees)


def _asked(request: ApiRequest) -> Any:
    """Return the ACL (moto's) that a request sends, or `None`. Raises S3's error for what is none."""
    bucket = request.context(S3Context).bucket
    if request.operation == "PutBucketAcl":
        return sent_acl(request, bucket.account_id)
    if request.operation == "PutObjectAcl":
        stored = versions.require(bucket, request.params["Key"], request.params.get("VersionId"), "PUT")
        return sent_acl(request, account_of(request.aws, bucket, stored))
    return acl_of_headers(request, request.principal.account)


def _is_taken(request: ApiRequest, acl: Any) -> bool:
    """Return whether a bucket with ACLs disabled takes an ACL: that of an upload for its owner alone (S3-268)."""
    bucket = request.context(S3Context).bucket
    granted = [(each.id, right) for grant in acl.grants for each in grant.grantees for right in grant.permissions]
    owners = not request.operation.endswith("Acl") and granted == [(canonical_id(bucket.account_id), "FULL_CONTROL")]
    return owners or request.http.headers.get("x-amz-acl") == "bucket-owner-full-control"


@BEHAVIOUR.validate("s3", "PutObject", "PutObjectAcl", "CopyObject", "CreateMultipartUpload", "PutBucketAcl")
def _check_new_acl(request: ApiRequest) -> HttpResponse | None:
    """Raise S3's error for an ACL that is none, that the bucket does not take, or that makes something public."""
    bucket, acl = request.context(S3Context).bucket, _asked(request)
    if acl is None:
        return None
    if ownership(bucket) == OWNER_ENFORCED and not _is_taken(request, acl):
        raise AwsError("AccessControlListNotSupported", "The bucket does not allow ACLs")
    if _grants_public_access(acl) and blocks(bucket, "block_public_acls"):
        reason = "because public ACLs are prevented by the BlockPublicAcls setting in S3 Block Public Access."
        resource = arn_in_bucket(bucket, request.params.get("Key") or None)
        raise access_denied_in_bucket(request, action_of(request.operation, None), resource, reason)
    return None


@BEHAVIOUR.implements("s3", "PutBucketAcl")
def put_bucket_acl(request: ApiRequest) -> HttpResponse:
    """Replace a bucket's ACL."""
    bucket = request.context(S3Context).bucket
    bucket.acl = sent_acl(request, bucket.account_id)
    return HttpResponse(200, {}, b"")


@BEHAVIOUR.implements("s3", "PutObjectAcl")
def put_object_acl(request: ApiRequest) -> HttpResponse:
    """Replace the ACL of a version."""
    bucket, params = request.context(S3Context).bucket, request.params
    stored = versions.require(bucket, params["Key"], params.get("VersionId"), "PUT")
    stored.set_acl(sent_acl(request, account_of(request.aws, bucket, stored)))
    return HttpResponse(200, version_header(bucket, stored), b"")


@BEHAVIOUR.implements("s3", "GetBucketAcl")
def get_bucket_acl(request: ApiRequest) -> HttpResponse:
    """Return the ACL of a bucket."""
    bucket = request.context(S3Context).bucket
    return serialize(request, _shown(bucket, bucket.acl, bucket.account_id))


@BEHAVIOUR.implements("s3", "GetObjectAcl")
def get_object_acl(request: ApiRequest) -> HttpResponse:
    """Return the ACL of a version."""
    bucket, params = request.context(S3Context).bucket, request.params
    stored = versions.require(bucket, params["Key"], params.get("VersionId"), "GET")
    account = account_of(request.aws, bucket, stored)
    response = serialize(request, _shown(bucket, stored.acl, account))
    response.headers |= version_header(bucket, stored)
    return response


def _shown(bucket: Any, acl: Any, account: str) -> dict[str, Any]:
    """Return an ACL as it applies: with ACLs disabled the owner's grant alone, with IgnorePublicAcls no public one."""
    from moto.s3.models import OWNER

    if acl is None or ownership(bucket) == OWNER_ENFORCED:
        acl = canned_acl("private", account, account)
    hidden = PUBLIC_GROUPS if blocks(bucket, "ignore_public_acls") else ()
    grants = [
        {"Grantee": _grantee(grantee, OWNER, account), "Permission": right}
        for grant in acl.grants
        for grantee in grant.grantees
        for right in grant.permissions
        if grantee.uri not in hidden
    ]
    return {"Owner": owner(account), "Grants": grants}


def _grantee(grantee: Any, moto_owner: str, account: str) -> dict[str, str]:
    if grantee.uri:
        return {"Type": "Group", "URI": grantee.uri}
    return {"Type": "CanonicalUser", "ID": canonical_id(account) if grantee.id == moto_owner else grantee.id}
