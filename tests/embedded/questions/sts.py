"""Questions about STS."""

from __future__ import annotations

import json
import secrets
import urllib.request
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from tests.embedded.question import code, normalized, question
from tests.embedded.questions.steps import trust
from tests.embedded.world import World, credentials

STS = "sts"
IDENTITY = "identity policies"
SIGNED = "signatures"


@question("STS", "the caller of a role's session", "STS-01, LAB-01", "assumed-role, the role's id and the session", STS)
def _(world: World) -> str:
    identity = world.client("sts").get_caller_identity()
    kind, _, session = identity["Arn"].split(":")[5].partition("/")
    role_id, _, name = identity["UserId"].partition(":")
    fits = role_id.startswith("AROA") and session.endswith(f"/{name}")
    rest = "the role's id and the session" if fits else identity["UserId"]
    return f"{kind}, {rest}"


@question("STS", "a session of a new role", "STS-01", "<caller ARN>", STS, needs="iam:CreateRole")
def _(world: World) -> str:
    return normalized(world.with_role().principal)


@question("STS", "a role that does not exist", "STS-03", "AccessDenied 403", STS)
def _(world: World) -> str:
    arn = f"arn:aws:iam::{world.account}:role/nobody-made-this"
    return code(lambda: world.client("sts").assume_role(RoleArn=arn, RoleSessionName="parity"))


def _role(world: World, trust: dict[str, Any]) -> str:
    iam, name = world.client("iam"), f"parity-{secrets.token_hex(4)}"
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    arn = str(iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"])
    world.keep(iam.delete_role, RoleName=name)
    return arn


@question("STS", "a role that trusts a service only", "IAM-04", "AccessDenied 403", STS, needs="iam:CreateRole")
def _(world: World) -> str:
    arn = _role(world, trust({"Service": "ec2.amazonaws.com"}))
    return code(lambda: world.client("sts").assume_role(RoleArn=arn, RoleSessionName="parity"))


@question("STS", "a role that wants an external id", "IAM-04", "AccessDenied 403, served", STS, needs="iam:CreateRole")
def _(world: World) -> str:
    root = {"AWS": f"arn:aws:iam::{world.account}:root"}
    arn = _role(world, trust(root, Condition={"StringEquals": {"sts:ExternalId": "secret"}}))
    sts = world.client("sts")
    without = code(lambda: sts.assume_role(RoleArn=arn, RoleSessionName="parity"))
    given = world.until(
        lambda: code(lambda: sts.assume_role(RoleArn=arn, RoleSessionName="parity", ExternalId="secret")),
        lambda seen: seen == "served",
    )
    return f"{without}, {given}"


@question("STS", "a role of another account", "IAM-04", "AccessDenied 403, served", STS, needs="a second account")
def _(world: World) -> str:
    other = world.neighbour()
    mine = _role(other, trust({"AWS": f"arn:aws:iam::{other.account}:root"}))
    open_ = _role(other, trust({"AWS": f"arn:aws:iam::{world.account}:root"}))
    sts = world.client("sts")
    roles = (partial(sts.assume_role, RoleArn=arn, RoleSessionName="xx") for arn in (mine, open_))
    return ", ".join(map(code, roles))


@question(
    "STS",
    "a session policy takes away",
    "IAM-02",
    "served, AccessDeniedException 400",
    IDENTITY,
    needs="iam:CreateRole",
)
def _(world: World) -> str:
    arn = _role(world, trust({"AWS": f"arn:aws:iam::{world.account}:root"}))
    name = arn.rpartition("/")[2]
    allow = json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}]}
    )
    world.client("iam").put_role_policy(RoleName=name, PolicyName="kms", PolicyDocument=allow)
    world.keep(world.client("iam").delete_role_policy, RoleName=name, PolicyName="kms")
    less = json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:ListKeys", "Resource": "*"}]}
    )
    given = world.client("sts").assume_role(RoleArn=arn, RoleSessionName="parity", Policy=less)["Credentials"]
    other = world.signed_in_as(**credentials(given))
    return f"{code(other.kms.list_keys)}, {code(other.kms.list_aliases)}"


@question(
    "STS",
    "a session that lasts longer than its role allows",
    "STS-04",
    "ValidationError 400",
    STS,
    needs="iam:CreateRole",
)
def _(world: World) -> str:
    arn = _role(world, trust({"AWS": f"arn:aws:iam::{world.account}:root"}))
    sts = world.client("sts")
    return code(lambda: sts.assume_role(RoleArn=arn, RoleSessionName="parity", DurationSeconds=7200))


@question(
    "STS",
    "a session that is over",
    "STS-05",
    "ExpiredToken 403, ExpiredTokenException 400, ExpiredToken 400, RequestExpired 400",
    SIGNED,
    needs="a turned clock",
)
def _(world: World) -> str:
    other = world.with_role({"Effect": "Allow", "Action": "*", "Resource": "*"})
    world.advance_clock(3601)
    calls = (
        lambda: other.client("sts").get_caller_identity(),
        other.kms.list_keys,
        other.s3.list_buckets,
        other.ec2.describe_volumes,
    )
    return ", ".join(code(call) for call in calls)


@question(
    "STS",
    "voc-cancel-cred",
    "LAB-03",
    "AccessDeniedException 400, an explicit deny in an identity-based policy",
    IDENTITY,
    needs="iam:CreateRole",
)
def _(world: World) -> str:
    other = world.with_role(
        {"Effect": "Allow", "Action": "*", "Resource": "*"}, {"Effect": "Deny", "Action": "*", "Resource": "*"}
    )
    try:
        other.kms.list_keys()
    except ClientError as refused:
        error = refused.response["Error"]
        status = refused.response["ResponseMetadata"]["HTTPStatusCode"]
        return f"{error['Code']} {status}, {error['Message'].partition('with ')[2]}"
    return "served"


@question("STS", "who is calling, whatever is denied", "STS-01", "served", STS, needs="iam:CreateRole")
def _(world: World) -> str:
    other = world.with_role({"Effect": "Deny", "Action": "*", "Resource": "*"})
    return code(lambda: other.client("sts").get_caller_identity())


for _service, _body, _headers in (
    ("kms", b"{}", {"X-Amz-Target": "TrentService.ListKeys", "Content-Type": "application/x-amz-json-1.1"}),
    ("ec2", b"Action=DescribeInstances&Version=2016-11-15", {"Content-Type": "application/x-www-form-urlencoded"}),
    ("sts", b"Action=GetCallerIdentity&Version=2011-06-15", {"Content-Type": "application/x-www-form-urlencoded"}),
    ("iam", b"Action=ListUsers&Version=2010-05-08", {"Content-Type": "application/x-www-form-urlencoded"}),
):

    @question("STS", f"an unsigned call to {_service}", "STS-08", "403 MissingAuthenticationToken", SIGNED)
    def _(world: World, service: str = _service, body: bytes = _body, headers: dict[str, str] = _headers) -> str:
        endpoint = world.client(service).meta.endpoint_url
        request = urllib.request.Request(endpoint, data=body, method="POST", headers=headers)
        try:
            with urllib.request.urlopen(request) as answer:
                return f"{answer.status}"
        except urllib.error.HTTPError as refused:
            said = refused.read().decode()
            return (
                f"{refused.code} {'MissingAuthenticationToken' if 'MissingAuthenticationToken' in said else said[:80]}"
            )


def _wrong(world: World) -> World:
    given = world.credentials
    return world.signed_in_as(
        aws_access_key_id=given.access_key, aws_secret_access_key="wrong", aws_session_token=given.token
    )


for _service, _call, _wrong_secret, _unknown in (
    ("kms", "list_keys", "InvalidSignatureException 400", "UnrecognizedClientException 400"),
    ("cloudtrail", "describe_trails", "InvalidSignatureException 400", "UnrecognizedClientException 400"),
    ("sts", "get_caller_identity", "SignatureDoesNotMatch 403", "InvalidClientTokenId 403"),
    ("iam", "list_users", "SignatureDoesNotMatch 403", "InvalidClientTokenId 403"),
    ("ec2", "describe_volumes", "AuthFailure 401", "AuthFailure 401"),
):

    @question("STS", f"a wrong secret, {_service}", "STS-06", _wrong_secret, SIGNED)
    def _(world: World, service: str = _service, call: str = _call) -> str:
        return code(getattr(_wrong(world).client(service), call))

    @question("STS", f"an unknown key, {_service}", "STS-07", _unknown, SIGNED)
    def _(world: World, service: str = _service, call: str = _call) -> str:
        other = world.signed_in_as(aws_access_key_id="AKIAUNKNOWNUNKNOWNUN", aws_secret_access_key="x")
        return code(getattr(other.client(service), call))


def _role_with(world: World, *actions: str, **more: Any) -> str:
    """Create a role that the account may assume, with these actions in its trust policy. Return its ARN."""
    iam, name = world.client("iam"), f"parity-{secrets.token_hex(4)}"
    root = {"AWS": f"arn:aws:iam::{world.account}:root"}
    statement = {"Effect": "Allow", "Principal": root, "Action": [*actions], **more}
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [statement]}))
    world.keep(iam.delete_role, RoleName=name)
    everything = json.dumps({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=everything)
    world.keep(iam.delete_role_policy, RoleName=name, PolicyName="p")
    return str(made["Role"]["Arn"])


ASSUME, SET = "sts:AssumeRole", "sts:SetSourceIdentity"


def _assumed(world: World, role: str, **how: Any) -> tuple[Any, World]:
    given = world.until(
        lambda: world.client("sts").assume_role(RoleArn=role, RoleSessionName="parity", **how), lambda made: made
    )
    return given, world.signed_in_as(**credentials(given["Credentials"]))


@question("STS", "a source identity, and that of the next session", "STS-70", "ann, ann", STS, needs="iam:CreateRole")
def _(world: World) -> str:
    first, session = _assumed(world, _role_with(world, ASSUME, SET), SourceIdentity="ann")
    second, _ = _assumed(session, _role_with(world, ASSUME, SET))
    return f"{first['SourceIdentity']}, {second['SourceIdentity']}"


@question("STS", "a source identity without the right", "STS-70", "AccessDenied 403", STS, needs="iam:CreateRole")
def _(world: World) -> str:
    how = {"RoleArn": _role_with(world, ASSUME), "RoleSessionName": "parity", "SourceIdentity": "ann"}
    return code(partial(world.client("sts").assume_role, **how))


@question("STS", "another source identity than before", "STS-70", "AccessDenied 403", STS, needs="iam:CreateRole")
def _(world: World) -> str:
    _, session = _assumed(world, _role_with(world, ASSUME, SET), SourceIdentity="ann")
    how = {"RoleArn": _role_with(world, ASSUME, SET), "RoleSessionName": "parity", "SourceIdentity": "bob"}
    return code(partial(session.client("sts").assume_role, **how))


for _identity, _answer in (("ann", "served"), ("bob", "AccessDenied 403")):

    @question("STS", f"a trust policy for ann's source identity: {_identity}", "STS-70", _answer, IDENTITY)
    def _(world: World, identity: str = _identity) -> str:
        role = _role_with(world, ASSUME, SET, Condition={"StringEquals": {"sts:SourceIdentity": "ann"}})
        how = {"RoleArn": role, "RoleSessionName": "parity", "SourceIdentity": identity}
        return code(partial(world.client("sts").assume_role, **how))


for _service, _call, _answer in (
    ("iam", "list_users", "InvalidClientTokenId 403"),
    ("sts", "get_session_token", "AccessDenied 403"),
    ("sts", "get_caller_identity", "served"),
    ("kms", "list_keys", "served"),
):

    @question("STS", f"{_call} by a session of a user", "STS-71", _answer, IDENTITY, needs="iam:CreateUser")
    def _(world: World, service: str = _service, call: str = _call) -> str:
        iam, name = world.client("iam"), f"parity-{secrets.token_hex(4)}"
        iam.create_user(UserName=name)
        everything = json.dumps({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
        iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=everything)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        user = world.signed_in_as(aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
        session = user.signed_in_as(**credentials(user.client("sts").get_session_token()["Credentials"]))
        return code(getattr(session.client(service), call))
