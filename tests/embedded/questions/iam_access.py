"""Questions about IAM's own actions, boundaries, session policies, and roles that are passed or made anew."""

from __future__ import annotations

import json
import secrets
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from tests.embedded.question import code, question
from tests.embedded.questions.steps import trust
from tests.embedded.world import World, credentials

IDENTITY = "identity policies"
POLICIES = "iam policies"
BOUNDARIES = "user boundaries"
PASSING = "role passing"
SESSIONS = "sts"
ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
DENIED = "AccessDenied 403"
ROLE = "iam:CreateRole"


def _document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def _name() -> str:
    return f"parity-{secrets.token_hex(4)}"


def _user(world: World, **how: Any) -> str:
    name = _name()
    world.client("iam").create_user(UserName=name, **how)
    world.keep(world.client("iam").delete_user, UserName=name)
    return name


def _deny(resource: str, action: str = "iam:*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


@question("IAM", "a Deny of iam:* on one user", "IAM-49", f"{DENIED}, served", IDENTITY, needs=ROLE)
def _(world: World) -> str:
    one, other = _user(world), _user(world)
    role = world.with_role(ALL, _deny(f"arn:aws:iam::{world.account}:user/{one}"))
    return ", ".join(code(partial(role.client("iam").get_user, UserName=name)) for name in (one, other))


@question("IAM", "a Deny on users of a path", "IAM-49", f"{DENIED}, served", IDENTITY, needs=ROLE)
def _(world: World) -> str:
    one, other = _user(world, Path="/staff/"), _user(world)
    role = world.with_role(ALL, _deny(f"arn:aws:iam::{world.account}:user/staff/*"))
    return ", ".join(code(partial(role.client("iam").delete_user, UserName=name)) for name in (one, other))


@question("IAM", "a Deny on one role", "IAM-49", f"{DENIED}, served", IDENTITY, needs=ROLE)
def _(world: World) -> str:
    names = [_name(), _name()]
    for name in names:
        world.with_role(name=name)
    role = world.with_role(ALL, _deny(f"arn:aws:iam::{world.account}:role/{names[0]}"))
    return ", ".join(code(partial(role.client("iam").get_role, RoleName=name)) for name in names)


@question("IAM", "a Deny on one managed policy", "IAM-49", DENIED, IDENTITY, needs=ROLE)
def _(world: World) -> str:
    arn = world.client("iam").create_policy(PolicyName=_name(), PolicyDocument=_document(ALL))["Policy"]["Arn"]
    world.keep(world.client("iam").delete_policy, PolicyArn=arn)
    role = world.with_role(ALL, _deny(arn))
    return code(partial(role.client("iam").get_policy, PolicyArn=arn))


@question("IAM", "a Deny of attaching one policy", "IAM-49", f"{DENIED}, served", IDENTITY, needs=ROLE)
def _(world: World) -> str:
    admin = "arn:aws:iam::aws:policy/AdministratorAccess"
    condition = {"ArnEquals": {"iam:PolicyARN": admin}}
    role = world.with_role(ALL, _deny("*", "iam:AttachUserPolicy", Condition=condition))
    name = _user(world)
    read_only = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    world.keep(world.client("iam").detach_user_policy, UserName=name, PolicyArn=read_only)
    attach = partial(role.client("iam").attach_user_policy, UserName=name)
    return ", ".join(code(partial(attach, PolicyArn=arn)) for arn in (admin, read_only))


@question(
    "IAM", "users that may change themselves only", "IAM-43", f"served, {DENIED}", IDENTITY, needs="iam:CreateUser"
)
def _(world: World) -> str:
    iam, name, other = world.client("iam"), _user(world), _user(world)
    own = {"Effect": "Allow", "Action": "iam:*", "Resource": "arn:aws:iam::*:user/${aws:username}"}
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=_document(own))
    world.keep(iam.delete_user_policy, UserName=name, PolicyName="own")
    key = iam.create_access_key(UserName=name)["AccessKey"]
    world.keep(iam.delete_access_key, UserName=name, AccessKeyId=key["AccessKeyId"])
    user = world.signed_in_as(aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    look = partial(user.client("iam").get_user, UserName=name)
    first = world.until(lambda: code(look), lambda seen: seen == "served")
    return f"{first}, {code(partial(user.client('iam').get_user, UserName=other))}"


def _boundary(world: World, *statements: dict[str, Any]) -> str:
    policy = world.client("iam").create_policy(PolicyName=_name(), PolicyDocument=_document(*statements))
    world.keep(world.client("iam").delete_policy, PolicyArn=policy["Policy"]["Arn"])
    return str(policy["Policy"]["Arn"])


S3_ONLY = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}


def _keys_of_bounded_user(world: World, *, at_creation: bool) -> str:
    iam, boundary = world.client("iam"), _boundary(world, S3_ONLY)
    name = _user(world, **({"PermissionsBoundary": boundary} if at_creation else {}))
    if not at_creation:
        iam.put_user_permissions_boundary(UserName=name, PermissionsBoundary=boundary)
    iam.put_user_policy(UserName=name, PolicyName="all", PolicyDocument=_document(ALL))
    world.keep(iam.delete_user_policy, UserName=name, PolicyName="all")
    key = iam.create_access_key(UserName=name)["AccessKey"]
    world.keep(iam.delete_access_key, UserName=name, AccessKeyId=key["AccessKeyId"])
    user = world.signed_in_as(aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    listed = world.until(lambda: code(user.s3.list_buckets), lambda seen: seen == "served")
    shown = iam.get_user(UserName=name)["User"].get("PermissionsBoundary", {}).get("PermissionsBoundaryArn") == boundary
    return f"{listed}, {code(user.kms.list_keys)}, {shown}"


for _when, _at_creation in (("put", False), ("given at creation", True)):

    @question(
        "IAM",
        f"a user's permissions boundary, {_when}",
        "IAM-02, IAM-50",
        "served, AccessDeniedException 400, True",
        BOUNDARIES,
        needs="iam:CreateUser",
    )
    def _(world: World, at_creation: bool = _at_creation) -> str:
        return _keys_of_bounded_user(world, at_creation=at_creation)


@question("IAM", "a user's boundary that is taken away", "IAM-50", "False", BOUNDARIES, needs="iam:CreateUser")
def _(world: World) -> str:
    name = _user(world, PermissionsBoundary=_boundary(world, S3_ONLY))
    world.client("iam").delete_user_permissions_boundary(UserName=name)
    return str("PermissionsBoundary" in world.client("iam").get_user(UserName=name)["User"])


def _session(world: World, **how: Any) -> World:
    """A session of a role that may do everything, with session policies."""
    name = _name()
    world.with_role(ALL, name=name)
    arn = f"arn:aws:iam::{world.account}:role/{name}"
    given = world.until(
        lambda: world.client("sts").assume_role(RoleArn=arn, RoleSessionName="parity", **how)["Credentials"], bool
    )
    return world.signed_in_as(**credentials(given))


KMS_READ = {"Effect": "Allow", "Action": "kms:List*", "Resource": "*"}
READ_ONLY = {"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}]}

for _what, _how, _answer in (
    ("a session policy", {"Policy": _document(KMS_READ)}, "served, AccessDenied 403"),
    ("a managed session policy", READ_ONLY, "AccessDeniedException 400, served"),
    ("two session policies", {**READ_ONLY, "Policy": _document(KMS_READ)}, "served, served"),
    (
        "a session policy that denies",
        {"Policy": _document(ALL, _deny("*", "kms:*"))},
        "AccessDeniedException 400, served",
    ),
):

    @question("IAM", f"ListKeys and ListBuckets with {_what}", "IAM-53", _answer, SESSIONS, needs=ROLE)
    def _(world: World, how: dict[str, Any] = _how) -> str:
        session = _session(world, **how)
        return f"{code(session.kms.list_keys)}, {code(session.s3.list_buckets)}"


@question(
    "IAM",
    "a session policy that is malformed",
    "IAM-51, IAM-53",
    "MalformedPolicyDocument 400",
    SESSIONS,
    needs=ROLE,
)
def _(world: World) -> str:
    name = _name()
    world.with_role(ALL, name=name)
    assume = partial(world.client("sts").assume_role, RoleArn=f"arn:aws:iam::{world.account}:role/{name}")
    return code(partial(assume, RoleSessionName="parity", Policy='{"Version": "2012-10-17", "Statement": [{}]}'))


@question(
    "IAM",
    "a role's session that assumes a role for two hours",
    "STS-51",
    "ValidationError 400",
    SESSIONS,
    needs=ROLE,
)
def _(world: World) -> str:
    iam, name = world.client("iam"), _name()
    trusted = _document(trust({"AWS": f"arn:aws:iam::{world.account}:root"}))
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trusted, MaxSessionDuration=14400)
    world.keep(iam.delete_role, RoleName=name)
    chained = world.with_role(ALL)
    assume = partial(chained.client("sts").assume_role, RoleArn=f"arn:aws:iam::{world.account}:role/{name}")
    return code(partial(assume, RoleSessionName="parity", DurationSeconds=7200))


@question("IAM", "the old session of a role made anew", "IAM-48", f"served, {DENIED}", IDENTITY, needs=ROLE)
def _(world: World) -> str:
    iam, name = world.client("iam"), _name()
    old = world.with_role(ALL, name=name)
    before = code(old.s3.list_buckets)
    iam.delete_role_policy(RoleName=name, PolicyName="p0")
    iam.delete_role(RoleName=name)
    world.with_role(ALL, name=name)
    return f"{before}, {code(old.s3.list_buckets)}"


@question("IAM", "a trust policy that names a role made anew", "IAM-48", f"served, {DENIED}", SESSIONS, needs=ROLE)
def _(world: World) -> str:
    iam, caller_name, name = world.client("iam"), _name(), _name()
    caller = world.with_role(name=caller_name)
    trusted = _document(trust({"AWS": f"arn:aws:iam::{world.account}:role/{caller_name}"}))
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trusted)
    world.keep(iam.delete_role, RoleName=name)
    how = {"RoleArn": f"arn:aws:iam::{world.account}:role/{name}", "RoleSessionName": "parity"}
    before = world.until(lambda: code(partial(caller.client("sts").assume_role, **how)), lambda seen: seen == "served")
    iam.delete_role(RoleName=caller_name)
    anew = world.with_role(name=caller_name)
    return f"{before}, {code(partial(anew.client('sts').assume_role, **how))}"


def _profile(world: World) -> str:
    """An instance profile with a role."""
    iam, name = world.client("iam"), _name()
    iam.create_instance_profile(InstanceProfileName=name)
    world.keep(iam.delete_instance_profile, InstanceProfileName=name)
    trusted = _document(trust({"Service": "ec2.amazonaws.com"}))
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trusted)
    world.keep(iam.delete_role, RoleName=name)
    return name


WITHOUT_PASS = _deny("*", "iam:PassRole")
TO_LAMBDA = _deny("*", "iam:PassRole", Condition={"StringNotEquals": {"iam:PassedToService": "lambda.amazonaws.com"}})

for _what, _statements, _answer in (
    ("without iam:PassRole", (ALL, WITHOUT_PASS), DENIED),
    ("with iam:PassRole for another service", (ALL, TO_LAMBDA), DENIED),
    ("with iam:PassRole", (ALL,), "served"),
):

    @question("IAM", f"a role into an instance profile, {_what}", "IAM-52", _answer, PASSING, needs=ROLE)
    def _(world: World, statements: tuple[dict[str, Any], ...] = _statements) -> str:
        name = _profile(world)
        role = world.with_role(*statements)
        how = {"InstanceProfileName": name, "RoleName": name}
        world.keep(world.client("iam").remove_role_from_instance_profile, **how)
        return code(partial(role.client("iam").add_role_to_instance_profile, **how))


@question(
    "IAM",
    "an instance with a role, without iam:PassRole",
    "IAM-52",
    "UnauthorizedOperation 403",
    PASSING,
    needs=ROLE,
)
def _(world: World) -> str:
    name = _profile(world)
    how = {"InstanceProfileName": name, "RoleName": name}
    world.client("iam").add_role_to_instance_profile(**how)
    world.keep(world.client("iam").remove_role_from_instance_profile, **how)
    role = world.with_role(ALL, WITHOUT_PASS)
    return code(lambda: role.instance(IamInstanceProfile={"Name": name}))


MALFORMED: tuple[tuple[str, str], ...] = (
    ("with a principal", _document({**ALL, "Principal": "*"})),
    ("without an action", _document({"Effect": "Allow", "Resource": "*"})),
    ("without a resource", _document({"Effect": "Allow", "Action": "*"})),
    ("with an unknown element", _document({**ALL, "When": "always"})),
    ("with an operator that is none", _document({**ALL, "Condition": {"StringIs": {"aws:username": "a"}}})),
    ("with a duplicate element", _document(ALL).replace('"Action"', '"Effect": "Deny", "Action"')),
    ("that is no JSON", "{"),
)

for _what, _text in MALFORMED:

    @question("IAM", f"a policy {_what}", "IAM-51", "MalformedPolicyDocument 400", POLICIES, needs="iam:CreateUser")
    def _(world: World, text: str = _text) -> str:
        put = partial(world.client("iam").put_user_policy, UserName=_user(world), PolicyName="p")
        return code(partial(put, PolicyDocument=text))


@question(
    "IAM",
    "a policy with a condition key that nobody knows",
    "IAM-46",
    f"served, {DENIED}",
    POLICIES,
    needs=ROLE,
)
def _(world: World) -> str:
    role = world.with_role({**ALL, "Condition": {"StringEquals": {"aws:Colour": "blue"}}})
    return f"served, {code(role.s3.list_buckets)}"


@question(
    "IAM",
    "a policy with a condition key that the emulator does not evaluate",
    "docs/decisions.md",
    "NotImplemented 501, named",
    POLICIES,
    needs="the emulator",
)
def _(world: World) -> str:
    statement = {**ALL, "Condition": {"StringEquals": {"ec2:RootDeviceType": "ebs"}}}
    try:
        world.client("iam").put_user_policy(UserName=_user(world), PolicyName="p", PolicyDocument=_document(statement))
    except ClientError as refused:
        named = "named" if "ec2:RootDeviceType" in str(refused) else "without its name"
        return f"{code(partial(_raise, refused))}, {named}"
    return "served"


def _raise(error: Exception) -> None:
    raise error


for _what, _principal, _answer in (
    ("a role that does not exist", {"AWS": "arn:aws:iam::{}:role/nobody-made-this"}, "MalformedPolicyDocument 400"),
    ("a part of a name", {"AWS": "arn:aws:iam::{}:user/*"}, "MalformedPolicyDocument 400"),
    ("a name", {"AWS": "voclabs"}, "MalformedPolicyDocument 400"),
    ("no service", {"Service": "ec2"}, "MalformedPolicyDocument 400"),
    ("the account", {"AWS": "{}"}, "served"),
):

    @question("IAM", f"a trust policy for {_what}", "IAM-104", _answer, "iam policies", needs="iam:CreateRole")
    def _(world: World, principal: dict[str, str] = _principal) -> str:
        named = {kind: name.format(world.account) for kind, name in principal.items()}
        document = json.dumps({"Statement": [{"Effect": "Allow", "Principal": named, "Action": "sts:AssumeRole"}]})
        name = f"parity-{secrets.token_hex(4)}"
        world.keep(world.client("iam").delete_role, RoleName=name)
        return code(partial(world.client("iam").create_role, RoleName=name, AssumeRolePolicyDocument=document))


@question("IAM", "a Sid with a blank", "IAM-103", "MalformedPolicyDocument 400", "iam policies")
def _(world: World) -> str:
    statement = {"Sid": "a b", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return code(partial(world.client("iam").create_policy, PolicyName="parity-blank", PolicyDocument=document))


@question(
    "IAM",
    "a Deny of KMS but through services",
    "IAM-102",
    "AccessDeniedException 400, served",
    "key policies",
    "iam:CreateRole",
)
def _(world: World) -> str:
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    direct = {"BoolIfExists": {"aws:ViaAWSService": "false"}}
    role = world.with_role(everything, {**everything, "Effect": "Deny", "Action": "kms:*", "Condition": direct})
    key, bucket = world.key(), world.bucket()
    how = {"Bucket": bucket, "Key": "a", "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    return f"{code(partial(role.kms.encrypt, KeyId=key, Plaintext=b'p'))}, {code(partial(role.s3.put_object, **how))}"


for _what, _policy, _answer in (
    ("without a version", {}, "MalformedPolicyDocument 400, served"),
    ("of 2008-10-17", {"Version": "2008-10-17"}, "MalformedPolicyDocument 400, served"),
    ("of 2012-10-17", {"Version": "2012-10-17"}, "served, served"),
):

    @question("IAM", f"a managed and an inline policy {_what}", "IAM-105", _answer, "iam policies")
    def _(world: World, policy: dict[str, str] = _policy) -> str:
        iam, name = world.client("iam"), f"parity-{secrets.token_hex(4)}"
        few = {"NumericLessThanEquals": {"s3:max-keys": 10}}
        statement = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*", "Condition": few}
        document = json.dumps({**policy, "Statement": [statement]})
        managed = code(partial(iam.create_policy, PolicyName=name, PolicyDocument=document))
        world.keep(iam.delete_policy, PolicyArn=f"arn:aws:iam::{world.account}:policy/{name}")
        iam.create_user(UserName=name)
        world.keep(iam.delete_user, UserName=name)
        inline = code(partial(iam.put_user_policy, UserName=name, PolicyName="p", PolicyDocument=document))
        world.keep(iam.delete_user_policy, UserName=name, PolicyName="p")
        return f"{managed}, {inline}"
