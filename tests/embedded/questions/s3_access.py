"""Questions about access to buckets and objects."""

from __future__ import annotations

import json
from typing import Any

from tests.embedded.question import code, outcome, question
from tests.embedded.questions.steps import public_object, put_object, stored_object
from tests.embedded.world import World

ACCESS = "s3 access"
DENIED = "403 AccessDenied: Access Denied"


@question("S3", "unsigned GET of a private SSE-KMS object", "S3-45", DENIED, ACCESS)
def _(world: World) -> str:
    bucket, _key = stored_object(world)
    return world.get(world.url(bucket, "clock.png"))


@question("S3", "unsigned GET of a public SSE-S3 object", "S3-59", "200 clock", ACCESS)
def _(world: World) -> str:
    return world.get(world.url(public_object(world, sse=False), "clock.png"))


@question("S3", "unsigned HEAD of a private object", "S3-60", "403", ACCESS)
def _(world: World) -> str:
    bucket, _key = stored_object(world)
    return world.get(world.url(bucket, "clock.png"), "HEAD")


for _what, _path in (("a list", ""), ("a missing object", "nothing.png")):

    @question("S3", f"unsigned GET of {_what}", "S3-45", DENIED, ACCESS)
    def _(world: World, path: str = _path) -> str:
        return world.get(world.url(world.bucket(), "x").rpartition("/")[0] + f"/{path}")


@question("S3", "unsigned PUT", "S3-45", DENIED, ACCESS)
def _(world: World) -> str:
    return world.get(world.url(world.bucket(), "new.png"), "PUT")


def _ownership(world: World, bucket: str, ownership: str | None, *, blocked: bool) -> None:
    if ownership is None:
        world.s3.delete_bucket_ownership_controls(Bucket=bucket)
    else:
        rules = {"Rules": [{"ObjectOwnership": ownership}]}
        world.s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=rules)
    if not blocked:
        world.s3.delete_public_access_block(Bucket=bucket)
    world.settle()


@question("S3", "a public ACL without ownership controls", "S3-69", "served, 200 clock", ACCESS)
def _(world: World) -> str:
    bucket = world.bucket()
    put_object(world, bucket)
    _ownership(world, bucket, None, blocked=False)
    made = code(lambda: world.s3.put_object_acl(Bucket=bucket, Key="clock.png", ACL="public-read"))
    return f"{made}, {world.get(world.url(bucket, 'clock.png'))}"


NO_ACLS = "AccessControlListNotSupported 400: The bucket does not allow ACLs"


@question("S3", "PutObjectAcl public-read, ACLs disabled", "S3-71", NO_ACLS, ACCESS)
def _(world: World) -> str:
    bucket = world.bucket()
    put_object(world, bucket)
    _ownership(world, bucket, "BucketOwnerEnforced", blocked=False)
    return outcome(lambda: world.s3.put_object_acl(Bucket=bucket, Key="clock.png", ACL="public-read"))


@question("S3", "PutObject public-read, ACLs disabled", "S3-71", NO_ACLS, ACCESS)
def _(world: World) -> str:
    bucket = world.bucket()
    _ownership(world, bucket, "BucketOwnerEnforced", blocked=False)
    return outcome(lambda: put_object(world, bucket, ACL="public-read"))


@question("S3", "PutObject bucket-owner-full-control, ACLs disabled", "S3-71", "served", ACCESS)
def _(world: World) -> str:
    return outcome(lambda: put_object(world, world.bucket(), ACL="bucket-owner-full-control"))


@question(
    "S3",
    "ACLs disabled over a public bucket ACL",
    "S3-72",
    "InvalidBucketAclWithObjectOwnership 400: "
    "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
    ACCESS,
)
def _(world: World) -> str:
    bucket = world.bucket()
    world.opened(bucket)
    world.s3.put_bucket_acl(Bucket=bucket, ACL="public-read")
    rules = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    return outcome(lambda: world.s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=rules))


BLOCKED = (
    "AccessDenied 403: User: <caller ARN> is not authorized to perform: s3:{} on resource: "
    '"arn:aws:s3:::<bucket>/clock.png" because public ACLs are prevented by the BlockPublicAcls setting '
    "in S3 Block Public Access."
)


@question("S3", "PutObjectAcl public-read, BlockPublicAcls", "S3-73", BLOCKED.format("PutObjectAcl"), ACCESS)
def _(world: World) -> str:
    bucket = world.bucket()
    put_object(world, bucket)
    _ownership(world, bucket, "BucketOwnerPreferred", blocked=True)
    return outcome(lambda: world.s3.put_object_acl(Bucket=bucket, Key="clock.png", ACL="public-read"))


@question("S3", "PutObject public-read, BlockPublicAcls", "S3-73", BLOCKED.format("PutObject"), ACCESS)
def _(world: World) -> str:
    bucket = world.bucket()
    _ownership(world, bucket, "BucketOwnerPreferred", blocked=True)
    return outcome(lambda: put_object(world, bucket, ACL="public-read"))


@question(
    "S3",
    "a public object, then IgnorePublicAcls on and off",
    "S3-76",
    f"{DENIED}, 1 grant, 200 clock",
    ACCESS,
)
def _(world: World) -> str:
    bucket = public_object(world, sse=False)
    settings = dict.fromkeys(("BlockPublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), False)
    world.s3.put_public_access_block(
        Bucket=bucket, PublicAccessBlockConfiguration={**settings, "IgnorePublicAcls": True}
    )
    ignored = world.until(lambda: world.get(world.url(bucket, "clock.png")), lambda seen: seen.startswith("403"))
    grants = len(world.s3.get_object_acl(Bucket=bucket, Key="clock.png")["Grants"])
    world.s3.put_public_access_block(
        Bucket=bucket, PublicAccessBlockConfiguration={**settings, "IgnorePublicAcls": False}
    )
    again = world.until(lambda: world.get(world.url(bucket, "clock.png")), lambda seen: seen.startswith("200"))
    return f"{ignored}, {grants} grant, {again}"


@question("S3", "a public policy, then RestrictPublicBuckets", "S3-77", f"200 clock, {DENIED}", ACCESS)
def _(world: World) -> str:
    bucket = public_object(world, sse=False, policy=True)
    before = world.get(world.url(bucket, "clock.png"))
    world.s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={"RestrictPublicBuckets": True})
    after = world.until(lambda: world.get(world.url(bucket, "clock.png")), lambda seen: seen.startswith("403"))
    return f"{before}, {after}"


@question("S3", "a public policy, BlockPublicPolicy", "S3-78", "AccessDenied 403", ACCESS)
def _(world: World) -> str:
    bucket = world.bucket()
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return code(lambda: world.s3.put_bucket_policy(Bucket=bucket, Policy=policy))


@question(
    "S3",
    "the ACL of a public object",
    "S3-80",
    "FULL_CONTROL CanonicalUser; READ http://acs.amazonaws.com/groups/global/AllUsers",
    ACCESS,
)
def _(world: World) -> str:
    bucket = public_object(world, sse=False)
    grants = world.s3.get_object_acl(Bucket=bucket, Key="clock.png")["Grants"]
    return "; ".join(f"{each['Permission']} {each['Grantee'].get('URI', each['Grantee']['Type'])}" for each in grants)


@question("S3", "a new object in a public bucket", "S3-80", "200, 403", ACCESS)
def _(world: World) -> str:
    bucket = world.bucket()
    world.opened(bucket)
    world.s3.put_bucket_acl(Bucket=bucket, ACL="public-read")
    put_object(world, bucket)
    listing = world.get(world.url(bucket, "x").rpartition("/")[0] + "/")
    return f"{listing[:3]}, {world.get(world.url(bucket, 'clock.png'))[:3]}"


def _with_policy(world: World, effect: str, **condition: Any) -> str:
    bucket = world.bucket()
    world.opened(bucket)
    put_object(world, bucket)
    statement = {"Effect": effect, "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Condition": condition}]})
    world.s3.put_bucket_policy(Bucket=bucket, Policy=policy)
    world.settle()
    return bucket


@question("S3", "a policy with a condition that is not met", "S3-83", "served", ACCESS)
def _(world: World) -> str:
    bucket = _with_policy(world, "Allow", IpAddress={"aws:SourceIp": "203.0.113.0/24"})
    return code(lambda: world.s3.get_object(Bucket=bucket, Key="clock.png"))


@question("S3", "a policy that denies by a condition", "S3-83", "AccessDenied 403", ACCESS)
def _(world: World) -> str:
    bucket = _with_policy(world, "Deny", Bool={"aws:SecureTransport": "true"})
    refused = code(lambda: world.s3.get_object(Bucket=bucket, Key="clock.png"))
    world.s3.delete_bucket_policy(Bucket=bucket)
    return refused


@question(
    "S3",
    "GetObject that no policy allows",
    "S3-75",
    "AccessDenied 403: User: <caller ARN> is not authorized to perform: s3:GetObject on resource: "
    '"arn:aws:s3:::<bucket>/clock.png" because no identity-based policy allows the s3:GetObject action',
    ACCESS,
    needs="iam:CreateRole",
)
def _(world: World) -> str:
    bucket, _key = stored_object(world)
    other = world.with_role({"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"})
    return outcome(lambda: other.s3.get_object(Bucket=bucket, Key="clock.png"))


for _may, _answer in (("s3:GetObject", "AccessDenied 403"), (["s3:GetObject", "s3:ListBucket"], "NoSuchKey 404")):

    @question("S3", f"a missing object, with {_may}", "S3-63", _answer, ACCESS, needs="iam:CreateRole")
    def _(world: World, may: str | list[str] = _may) -> str:
        role = world.with_role({"Effect": "Allow", "Action": may, "Resource": "*"})
        return code(lambda: role.s3.get_object(Bucket=world.bucket(), Key="nothing"))


@question("S3", "another account's private object", "S3-84", "AccessDenied 403", ACCESS, needs="a second account")
def _(world: World) -> str:
    bucket = world.bucket()
    put_object(world, bucket)
    other = world.neighbour()
    return outcome(lambda: other.s3.get_object(Bucket=bucket, Key="clock.png"), message=False)


@question(
    "S3",
    "account-level Block Public Access",
    "S3-79, GUARD-01",
    f"200 clock, {DENIED}",
    ACCESS,
    needs="an account to itself",
)
def _(world: World) -> str:
    bucket = public_object(world, sse=False)
    before = world.get(world.url(bucket, "clock.png"))
    world.block_account()
    return f"{before}, {world.until(lambda: world.get(world.url(bucket, 'clock.png')), lambda seen: seen[0] == '4')}"
