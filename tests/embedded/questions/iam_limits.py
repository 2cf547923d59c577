"""Questions about IAM's names, sizes, tags, and what cannot be deleted."""

from __future__ import annotations

import json
import secrets
from functools import partial
from typing import Any

from tests.embedded.question import code, outcome, question
from tests.embedded.questions.steps import trust
from tests.embedded.world import World

LIMITS = "iam limits"


def _document(characters: int = 0) -> str:
    """Return a policy document, with at least so many characters."""
    statement = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::" + "b" * characters}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _user(world: World) -> str:
    name = f"parity-{secrets.token_hex(4)}"
    world.client("iam").create_user(UserName=name)
    world.keep(world.client("iam").delete_user, UserName=name)
    return name


@question("IAM", "a user's name in another case", "IAM-106", "EntityAlreadyExists 409", LIMITS)
def _(world: World) -> str:
    return code(partial(world.client("iam").create_user, UserName=_user(world).upper()))


@question("IAM", "a managed policy that is too long", "IAM-107", "LimitExceeded 409", LIMITS)
def _(world: World) -> str:
    return code(partial(world.client("iam").create_policy, PolicyName="parity-long", PolicyDocument=_document(6144)))


@question(
    "IAM",
    "inline policies that are too long together",
    "IAM-107",
    "served, LimitExceeded 409: Maximum policy size of 2048 bytes exceeded for user <name>",
    LIMITS,
)
def _(world: World) -> str:
    name = _user(world)
    put = partial(world.client("iam").put_user_policy, UserName=name, PolicyDocument=_document(1100))
    answers = [outcome(partial(put, PolicyName=each)) for each in ("a", "b")]
    world.keep(world.client("iam").delete_user_policy, UserName=name, PolicyName="a")
    return ", ".join(answers).replace("<bucket>", "<name>")


def _policy(world: World) -> str:
    iam = world.client("iam")
    arn = str(
        iam.create_policy(PolicyName=f"parity-{secrets.token_hex(4)}", PolicyDocument=_document())["Policy"]["Arn"]
    )
    world.keep(iam.delete_policy, PolicyArn=arn)
    return arn


@question("IAM", "DeletePolicy of one that is attached", "IAM-108", "DeleteConflict 409", LIMITS)
def _(world: World) -> str:
    iam, arn, name = world.client("iam"), _policy(world), _user(world)
    iam.attach_user_policy(UserName=name, PolicyArn=arn)
    world.keep(iam.detach_user_policy, UserName=name, PolicyArn=arn)
    return code(partial(iam.delete_policy, PolicyArn=arn))


@question("IAM", "DeletePolicy of one with two versions", "IAM-108", "DeleteConflict 409", LIMITS)
def _(world: World) -> str:
    iam, arn = world.client("iam"), _policy(world)
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=_document())
    world.keep(iam.delete_policy_version, PolicyArn=arn, VersionId="v2")
    return code(partial(iam.delete_policy, PolicyArn=arn))


@question("IAM", "DeletePolicy of AWS's own", "IAM-108", "AccessDenied 403", LIMITS)
def _(world: World) -> str:
    return code(partial(world.client("iam").delete_policy, PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess"))


@question("IAM", "a tag of AWS's", "IAM-109", "InvalidInput 400", LIMITS)
def _(world: World) -> str:
    tags = [{"Key": "aws:team", "Value": "blue"}]
    return code(partial(world.client("iam").tag_user, UserName=_user(world), Tags=tags))


@question("STS", "a session policy that is too long", "STS-73", "PackedPolicyTooLarge 400", "sts")
def _(world: World) -> str:
    iam, name = world.client("iam"), f"parity-{secrets.token_hex(4)}"
    statement: dict[str, Any] = trust({"AWS": f"arn:aws:iam::{world.account}:root"})
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [statement]}))
    world.keep(iam.delete_role, RoleName=name)
    how = {"RoleArn": made["Role"]["Arn"], "RoleSessionName": "parity", "Policy": _document(2048)}
    return code(partial(world.client("sts").assume_role, **how))
