"""Questions about bucket policies: which ones S3 takes, which are public, what their conditions see, and which actions
a request needs permission for.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from functools import partial
from typing import Any

from tests.embedded.question import code, question
from tests.embedded.questions.steps import put_object
from tests.embedded.world import World

ACCESS = "s3 access"
OPEN = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), False)
Change = dict[str, Any]


def statement(bucket: str, **elements: Any) -> dict[str, Any]:
    """Return an Allow of GetObject for everyone, with these elements instead; `None` leaves an element out."""
    default = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    given = json.loads(json.dumps(elements).replace("BUCKET", bucket))
    return {name: value for name, value in {**default, **given}.items() if value is not None}


def put_policy(world: World, bucket: str, *statements: dict[str, Any], **top: Any) -> None:
    policy = {"Version": "2012-10-17", "Statement": list(statements), **top}
    world.s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    world.settle()


def unblocked(world: World) -> str:
    """A bucket whose public access is not blocked."""
    bucket = world.bucket()
    world.s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=OPEN)
    world.settle()
    return bucket


MALFORMED: tuple[tuple[str, Change], ...] = (
    ("without an effect", {"Effect": None}),
    ("with an effect that is none", {"Effect": "Permit"}),
    ("without a principal", {"Principal": None}),
    ("with a principal that does not exist", {"Principal": {"AWS": "arn:aws:iam::123456789012:role/nobody-made-this"}}),
    ("with a principal that is no ARN", {"Principal": {"AWS": "nobody"}}),
    ("with a kind of principal that is none", {"Principal": {"Person": "ann"}}),
    ("with an Allow for all but a principal", {"Principal": None, "NotPrincipal": {"AWS": "*"}}),
    ("without an action", {"Action": None}),
    ("with an action that is none", {"Action": "s3:GetObjects"}),
    ("with an action of another service", {"Action": "kms:Decrypt"}),
    ("with a pattern of no action", {"Action": "s3:Fetch*"}),
    ("without a resource", {"Resource": None}),
    ("with another bucket's resource", {"Resource": "arn:aws:s3:::another-bucket-of-parity/*"}),
    ("with a resource that is no ARN", {"Resource": "BUCKET/*"}),
    ("with an action on objects and a bucket", {"Resource": "arn:aws:s3:::BUCKET"}),
    ("with an action on a bucket and objects", {"Action": "s3:ListBucket"}),
    ("with an element that is none", {"When": "always"}),
    ("with an operator that is none", {"Condition": {"StringIs": {"aws:Referer": "x"}}}),
    ("with a condition key that is none", {"Condition": {"StringEquals": {"s3:colour": "blue"}}}),
    ("with a global condition key that is none", {"Condition": {"StringEquals": {"aws:Colour": "blue"}}}),
    ("with a condition of another action", {"Condition": {"StringEquals": {"s3:prefix": "home/"}}}),
)

for _what, _change in MALFORMED:

    @question("S3", f"a bucket policy {_what}", "S3-221", "MalformedPolicy 400", ACCESS)
    def _(world: World, change: Change = _change) -> str:
        bucket = unblocked(world)
        return code(lambda: put_policy(world, bucket, statement(bucket, **change)))


for _what, _text in (
    ("that is no JSON", "{"),
    ("that does not begin with a brace", "[]"),
    ("without statements", '{"Version": "2012-10-17"}'),
    ("of a version that is none", '{"Version": "2026-01-01", "Statement": []}'),
):

    @question("S3", f"a bucket policy {_what}", "S3-221", "MalformedPolicy 400", ACCESS)
    def _(world: World, text: str = _text) -> str:
        bucket = world.bucket()
        return code(lambda: world.s3.put_bucket_policy(Bucket=bucket, Policy=text))


PUBLIC: tuple[tuple[str, Change, bool], ...] = (
    ("for everyone", {}, True),
    ("for everyone, by AWS", {"Principal": {"AWS": "*"}}, True),
    ("for everyone, in a list", {"Principal": {"AWS": ["*"]}}, True),
    ("for everyone with TLS", {"Condition": {"Bool": {"aws:SecureTransport": "true"}}}, True),
    ("for everyone with a referer", {"Condition": {"StringLike": {"aws:Referer": "https://example.com/*"}}}, True),
    ("for a network", {"Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}, False),
    ("for half of all addresses", {"Condition": {"IpAddress": {"aws:SourceIp": "0.0.0.0/1"}}}, True),
    ("for all but a network", {"Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}, True),
    ("for an endpoint", {"Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}}}, False),
    ("for any endpoint", {"Condition": {"StringLike": {"aws:SourceVpce": "vpce-*"}}}, True),
    (
        "for an endpoint, if there is one",
        {"Condition": {"StringEqualsIfExists": {"aws:SourceVpce": "vpce-1a2b"}}},
        True,
    ),
    ("for an account's services", {"Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}}}, False),
    ("for a topic", {"Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:sns:us-east-1:123456789012:t"}}}, False),
    ("for an organization", {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}}}, False),
    (
        "for a variable's account",
        {"Condition": {"StringEquals": {"aws:SourceAccount": "${aws:PrincipalAccount}"}}},
        True,
    ),
    ("for an account", {"Principal": {"AWS": "123456789012"}}, False),
    ("for a service", {"Principal": {"Service": "cloudtrail.amazonaws.com"}}, False),
    ("that denies everyone", {"Effect": "Deny"}, False),
)

for _what, _change, _public in PUBLIC:

    @question("S3", f"is a policy public: {_what}", "S3-220", str(_public), ACCESS)
    def _(world: World, change: Change = _change) -> str:
        bucket = unblocked(world)
        put_policy(world, bucket, statement(bucket, **change))
        return str(world.s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"])

    _answer = "AccessDenied 403" if _public else "served"

    @question("S3", f"BlockPublicPolicy and a policy {_what}", "S3-78, S3-220", _answer, ACCESS)
    def _(world: World, change: Change = _change) -> str:
        bucket = world.bucket()
        return code(lambda: put_policy(world, bucket, statement(bucket, **change)))


def _restricted(world: World, change: Change) -> str:
    """What an anonymous client gets, before and after RestrictPublicBuckets."""
    bucket = unblocked(world)
    put_object(world, bucket)
    put_policy(world, bucket, statement(bucket, **change))
    before = world.until(lambda: world.get(world.url(bucket, "clock.png")), lambda seen: seen.startswith("200"))[:3]
    settings = {**OPEN, "RestrictPublicBuckets": True}
    world.s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=settings)
    world.settle()
    return f"{before}, {world.get(world.url(bucket, 'clock.png'))[:3]}"


@question("S3", "RestrictPublicBuckets and a policy for everyone with TLS", "S3-77, S3-220", "200, 403", ACCESS)
def _(world: World) -> str:
    return _restricted(world, {"Condition": {"Bool": {"aws:SecureTransport": "true"}}})


def _denied(world: World, condition: Change, ask: Callable[[World, str], str], **elements: Any) -> str:
    """What the account's own role gets of a bucket whose policy denies it something on a condition."""
    bucket = world.bucket()
    world.s3.put_object(Bucket=bucket, Key="clock.png", Body=b"clock", Tagging="colour=blue")
    change = {"Effect": "Deny", "Condition": condition, "Action": "s3:*", **elements}
    resources = ["arn:aws:s3:::BUCKET", "arn:aws:s3:::BUCKET/*"]
    put_policy(world, bucket, statement(bucket, **{"Resource": resources, **change}))
    try:
        return ask(world, bucket)
    finally:
        world.s3.delete_bucket_policy(Bucket=bucket)


def _get(world: World, bucket: str) -> str:
    return code(lambda: world.s3.get_object(Bucket=bucket, Key="clock.png"))


def _put_tagged(world: World, bucket: str) -> str:
    return code(lambda: world.s3.put_object(Bucket=bucket, Key="new.png", Tagging="colour=blue"))


def _list(**how: Any) -> Callable[[World, str], str]:
    return lambda world, bucket: code(lambda: world.s3.list_objects_v2(Bucket=bucket, **how))


def _link(world: World, bucket: str) -> str:
    return world.get(world.link(bucket, "clock.png"))[:3]


def _with_referer(world: World, bucket: str) -> str:
    headers = {"Referer": "https://evil.example/page"}
    return world.get(world.link(bucket, "clock.png"), **headers)[:3]


OBJECTS = "arn:aws:s3:::BUCKET/*"
READING = {"Action": "s3:GetObject", "Resource": OBJECTS}
WRITING = {"Action": "s3:PutObject", "Resource": OBJECTS}
LISTING = {"Action": "s3:ListBucket", "Resource": "arn:aws:s3:::BUCKET"}
CONDITIONS: tuple[tuple[str, Change, Callable[[World, str], str], Change, str], ...] = (
    (
        "s3:ExistingObjectTag",
        {"StringEquals": {"s3:ExistingObjectTag/colour": "blue"}},
        _get,
        READING,
        "AccessDenied 403",
    ),
    (
        "s3:ExistingObjectTag, another",
        {"StringEquals": {"s3:ExistingObjectTag/colour": "red"}},
        _get,
        READING,
        "served",
    ),
    (
        "s3:RequestObjectTag",
        {"StringEquals": {"s3:RequestObjectTag/colour": "blue"}},
        _put_tagged,
        WRITING,
        "AccessDenied 403",
    ),
    (
        "s3:RequestObjectTagKeys",
        {"ForAnyValue:StringEquals": {"s3:RequestObjectTagKeys": "colour"}},
        _put_tagged,
        WRITING,
        "AccessDenied 403",
    ),
    ("aws:Referer", {"StringLike": {"aws:Referer": "https://evil.example/*"}}, _with_referer, READING, "403"),
    (
        "aws:CurrentTime",
        {"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}},
        _get,
        READING,
        "AccessDenied 403",
    ),
    (
        "aws:CurrentTime, later",
        {"DateGreaterThan": {"aws:CurrentTime": "2120-01-01T00:00:00Z"}},
        _get,
        READING,
        "served",
    ),
    ("aws:EpochTime", {"NumericGreaterThan": {"aws:EpochTime": "1577836800"}}, _get, READING, "AccessDenied 403"),
    ("s3:signatureAge", {"NumericGreaterThanEquals": {"s3:signatureAge": "0"}}, _link, READING, "403"),
    ("s3:signatureAge of a header", {"NumericGreaterThanEquals": {"s3:signatureAge": "0"}}, _get, READING, "served"),
    (
        "s3:signatureversion",
        {"StringEquals": {"s3:signatureversion": "AWS4-HMAC-SHA256"}},
        _get,
        READING,
        "AccessDenied 403",
    ),
    ("s3:authType", {"StringNotEquals": {"s3:authType": "REST-HEADER"}}, _link, READING, "403"),
    ("s3:max-keys", {"NumericGreaterThan": {"s3:max-keys": "10"}}, _list(MaxKeys=11), LISTING, "AccessDenied 403"),
    ("s3:max-keys, fewer", {"NumericGreaterThan": {"s3:max-keys": "10"}}, _list(MaxKeys=10), LISTING, "served"),
    (
        "s3:prefix",
        {"StringNotEquals": {"s3:prefix": ["", "home/"]}},
        _list(Prefix="work/"),
        LISTING,
        "AccessDenied 403",
    ),
    ("s3:prefix, empty", {"StringNotEquals": {"s3:prefix": ["", "home/"]}}, _list(Prefix=""), LISTING, "served"),
    ("s3:delimiter", {"StringEquals": {"s3:delimiter": "/"}}, _list(Delimiter="/"), LISTING, "AccessDenied 403"),
    ("s3:TlsVersion", {"NumericLessThan": {"s3:TlsVersion": "1.2"}}, _get, READING, "served"),
    (
        "aws:PrincipalAccount",
        {"StringNotEquals": {"aws:PrincipalAccount": "000000000000"}},
        _get,
        READING,
        "AccessDenied 403",
    ),
    ("aws:ResourceAccount", {"Null": {"aws:ResourceAccount": "false"}}, _get, READING, "AccessDenied 403"),
    ("aws:TokenIssueTime", {"Null": {"aws:TokenIssueTime": "true"}}, _get, READING, "served"),
    (
        "aws:SourceVpce of no endpoint",
        {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}},
        _get,
        READING,
        "AccessDenied 403",
    ),
)

for _key, _condition, _ask, _elements, _answer in CONDITIONS:

    @question("S3", f"a Deny by {_key}", "S3-229", _answer, ACCESS)
    def _(
        world: World,
        condition: Change = _condition,
        ask: Callable[[World, str], str] = _ask,
        elements: Change = _elements,
    ) -> str:
        return _denied(world, condition, ask, **elements)


@question("S3", "a Deny by s3:VersionId", "S3-226, S3-229", "AccessDenied 403", ACCESS)
def _(world: World) -> str:
    bucket = world.bucket()
    world.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    version = put_object(world, bucket)["VersionId"]
    world.keep(world.s3.delete_object, Bucket=bucket, Key="clock.png", VersionId=version)
    change = {
        "Effect": "Deny",
        "Action": "s3:GetObjectVersion",
        "Condition": {"StringEquals": {"s3:VersionId": version}},
    }
    put_policy(world, bucket, statement(bucket, **change))
    return code(lambda: world.s3.get_object(Bucket=bucket, Key="clock.png", VersionId=version))


def _role(world: World, bucket: str, *actions: str) -> World:
    resources = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    return world.with_role({"Effect": "Allow", "Action": list(actions), "Resource": resources})


NEEDED: tuple[tuple[str, str, tuple[str, ...], str, dict[str, Any]], ...] = (
    ("an upload", "put_object", ("s3:PutObject",), "", {}),
    ("an upload with an ACL", "put_object", ("s3:PutObject",), "s3:PutObjectAcl", {"ACL": "bucket-owner-full-control"}),
    ("an upload with tags", "put_object", ("s3:PutObject",), "s3:PutObjectTagging", {"Tagging": "a=b"}),
    (
        "an upload in parts with an ACL",
        "create_multipart_upload",
        ("s3:PutObject",),
        "s3:PutObjectAcl",
        {"ACL": "bucket-owner-full-control"},
    ),
    (
        "the attributes of an object",
        "get_object_attributes",
        ("s3:GetObjectAttributes",),
        "s3:GetObject",
        {"ObjectAttributes": ["ETag"]},
    ),
    ("the tags of an object", "get_object_tagging", ("s3:GetObject",), "s3:GetObjectTagging", {}),
    ("the ACL of an object", "get_object_acl", ("s3:GetObject",), "s3:GetObjectAcl", {}),
)

for _what, _operation, _granted, _missing, _how in NEEDED:
    _facts = {"put": "S3-225", "cre": "S3-225", "get": "S3-227"}[_operation[:3]]
    _answer = "AccessDenied 403, served" if _missing else "served"

    @question("S3", f"permissions for {_what}", _facts, _answer, ACCESS, needs="iam:CreateRole")
    def _(
        world: World,
        operation: str = _operation,
        granted: tuple[str, ...] = _granted,
        missing: str = _missing,
        how: dict[str, Any] = _how,
    ) -> str:
        bucket = world.bucket()
        put_object(world, bucket)
        grants = [granted, (*granted, missing)] if missing else [granted]
        roles = [_role(world, bucket, *each, "s3:ListBucket") for each in grants]
        return ", ".join(
            code(partial(getattr(role.s3, operation), Bucket=bucket, Key="clock.png", **how)) for role in roles
        )


@question("S3", "permission for a version", "S3-226", "AccessDenied 403, served", ACCESS, needs="iam:CreateRole")
def _(world: World) -> str:
    bucket = world.bucket()
    world.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    where = {"Bucket": bucket, "Key": "clock.png", "VersionId": put_object(world, bucket)["VersionId"]}
    world.keep(world.s3.delete_object, **where)
    roles = [_role(world, bucket, action) for action in ("s3:GetObject", "s3:GetObjectVersion")]
    return ", ".join(code(partial(role.s3.get_object, **where)) for role in roles)


@question("S3", "DeleteObjects of a key that is denied, and another", "S3-228", "b, a AccessDenied", ACCESS)
def _(world: World) -> str:
    bucket = world.bucket()
    for name in ("a", "b"):
        put_object(world, bucket, name=name)
    put_policy(
        world, bucket, statement(bucket, Effect="Deny", Action="s3:DeleteObject", Resource="arn:aws:s3:::BUCKET/a")
    )
    wanted = {"Objects": [{"Key": "a"}, {"Key": "b"}]}
    answer = world.s3.delete_objects(Bucket=bucket, Delete=wanted)
    world.s3.delete_bucket_policy(Bucket=bucket)
    deleted = ", ".join(each["Key"] for each in answer.get("Deleted", []))
    errors = ", ".join(f"{each['Key']} {each['Code']}" for each in answer.get("Errors", []))
    return f"{deleted}, {errors}"


@question("S3", "DeleteObjects with permission for objects only", "S3-228", "a, b", ACCESS, needs="iam:CreateRole")
def _(world: World) -> str:
    bucket = world.bucket()
    role = world.with_role({"Effect": "Allow", "Action": "s3:DeleteObject", "Resource": f"arn:aws:s3:::{bucket}/*"})
    wanted = {"Objects": [{"Key": "a"}, {"Key": "b"}]}
    return ", ".join(each["Key"] for each in role.s3.delete_objects(Bucket=bucket, Delete=wanted).get("Deleted", []))


@question("S3", "an unsigned GET of a missing key, when everyone may list", "S3-63", "404 NoSuchKey", ACCESS)
def _(world: World) -> str:
    bucket = unblocked(world)
    put_policy(world, bucket, statement(bucket, Action="s3:ListBucket", Resource="arn:aws:s3:::BUCKET"))
    url = world.url(bucket, "nothing.png")
    return world.until(lambda: world.get(url), lambda seen: seen.startswith("404")).partition(":")[0]


@question("S3", "a principal by its canonical user", "S3-224", "served", ACCESS, needs="another account")
def _(world: World) -> str:
    other = world.neighbour()
    bucket = world.bucket()
    put_object(world, bucket)
    user = other.s3.list_buckets()["Owner"]["ID"]
    put_policy(world, bucket, statement(bucket, Principal={"CanonicalUser": user}))
    return code(lambda: other.s3.get_object(Bucket=bucket, Key="clock.png"))


@question("S3", "a grant to a canonical user", "S3-224", "AccessDenied 403, served", ACCESS, needs="another account")
def _(world: World) -> str:
    other = world.neighbour()
    bucket = world.bucket()
    world.opened(bucket)
    put_object(world, bucket)
    where = {"Bucket": bucket, "Key": "clock.png"}
    before = code(lambda: other.s3.get_object(**where))
    user = other.s3.list_buckets()["Owner"]["ID"]
    world.s3.put_object_acl(**where, GrantRead=f'id="{user}"')
    return f"{before}, {code(lambda: other.s3.get_object(**where))}"


@question(
    "S3",
    "a bucket policy that names a role made anew",
    "IAM-48",
    "served, AccessDenied 403",
    ACCESS,
    needs="iam:CreateRole",
)
def _(world: World) -> str:
    bucket, name = world.bucket(), f"parity-{secrets.token_hex(4)}"
    put_object(world, bucket)
    role = world.with_role(name=name)
    arn = f"arn:aws:iam::{world.account}:role/{name}"
    put_policy(world, bucket, statement(bucket, Principal={"AWS": arn}))
    read = lambda who: code(lambda: who.s3.get_object(Bucket=bucket, Key="clock.png"))  # noqa: E731  # twice
    before = world.until(lambda: read(role), lambda seen: seen == "served")
    world.client("iam").delete_role(RoleName=name)
    return f"{before}, {read(world.with_role(name=name))}"


for _method, _sub_resource in (
    ("GET", "torrent"),
    ("GET", "annotation"),
    ("PUT", "annotation"),
    ("PUT", "renameObject"),
    ("GET", "requestPayment"),
    ("GET", "session"),
):

    @question(
        "S3", f"{_method} of an object's {_sub_resource}", "S3-230", "not the object, clock", "s3 absent operations"
    )
    def _(world: World, method: str = _method, sub_resource: str = _sub_resource) -> str:
        bucket = unblocked(world)
        put_object(world, bucket)
        put_policy(world, bucket, statement(bucket, Action=["s3:Get*", "s3:Put*"]))
        body = world.get(f"{world.url(bucket, 'clock.png')}?{sub_resource}", method)
        kept = world.s3.get_object(Bucket=bucket, Key="clock.png")["Body"].read().decode()
        return f"{'the object' if body in ('200 clock', '200') else 'not the object'}, {kept}"
