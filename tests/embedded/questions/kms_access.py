"""Questions about who may do what with a key: condition keys, other accounts, grants and their principals."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from tests.embedded.question import code, question
from tests.embedded.questions.steps import role_arn
from tests.embedded.world import World

POLICIES = "key policies"
GRANTS = "kms grants"
DENIED = "AccessDeniedException 400"


def _statement(principal: str, **elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "kms:*", "Resource": "*", **elements}


def _key(world: World, *statements: dict[str, Any], **how: Any) -> str:
    """A key whose policy leaves the decision to IAM, with further statements."""
    own = _statement(f"arn:aws:iam::{world.account}:root")
    policy = {"Version": "2012-10-17", "Statement": [own, *statements]}
    return world.key(Policy=json.dumps(policy), **how)


def _encrypt(world: World, key: str, **how: Any) -> str:
    return code(partial(world.kms.encrypt, KeyId=key, Plaintext=b"x", **how))


def _schedule(days: int) -> Callable[[World, str], str]:
    return lambda world, key: code(partial(world.kms.schedule_key_deletion, KeyId=key, PendingWindowInDays=days))


def _grant(**how: Any) -> Callable[[World, str], str]:
    def ask(world: World, key: str) -> str:
        principal = role_arn(world)
        return code(partial(world.kms.create_grant, KeyId=key, GranteePrincipal=principal, **how))

    return ask


DECRYPT_ONLY = {"Operations": ["Decrypt"]}
CONDITIONS: tuple[tuple[str, dict[str, Any], Callable[[World, str], str], str], ...] = (
    ("kms:KeySpec", {"StringEquals": {"kms:KeySpec": "SYMMETRIC_DEFAULT"}}, _encrypt, DENIED),
    ("kms:KeySpec of another key", {"StringEquals": {"kms:KeySpec": "RSA_2048"}}, _encrypt, "served"),
    ("kms:KeyUsage", {"StringEquals": {"kms:KeyUsage": "ENCRYPT_DECRYPT"}}, _encrypt, DENIED),
    ("kms:KeyOrigin", {"StringEquals": {"kms:KeyOrigin": "AWS_KMS"}}, _encrypt, DENIED),
    ("kms:MultiRegion", {"Bool": {"kms:MultiRegion": "false"}}, _encrypt, DENIED),
    ("kms:EncryptionAlgorithm", {"StringEquals": {"kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}}, _encrypt, DENIED),
    ("kms:ViaService, not by a service", {"StringLike": {"kms:ViaService": "*"}}, _encrypt, "served"),
    ("kms:CallerAccount", {"Null": {"kms:CallerAccount": "false"}}, _encrypt, DENIED),
    (
        "kms:ScheduleKeyDeletionPendingWindowInDays",
        {"NumericLessThan": {"kms:ScheduleKeyDeletionPendingWindowInDays": "14"}},
        _schedule(7),
        DENIED,
    ),
    (
        "kms:ScheduleKeyDeletionPendingWindowInDays, longer",
        {"NumericLessThan": {"kms:ScheduleKeyDeletionPendingWindowInDays": "14"}},
        _schedule(14),
        "served",
    ),
    (
        "kms:GrantOperations",
        {"ForAnyValue:StringEquals": {"kms:GrantOperations": "Decrypt"}},
        _grant(**DECRYPT_ONLY),
        DENIED,
    ),
    (
        "kms:GrantOperations, others",
        {"ForAnyValue:StringEquals": {"kms:GrantOperations": "Encrypt"}},
        _grant(**DECRYPT_ONLY),
        "served",
    ),
    ("kms:GrantIsForAWSResource", {"Bool": {"kms:GrantIsForAWSResource": "false"}}, _grant(**DECRYPT_ONLY), DENIED),
    (
        "kms:GrantConstraintType",
        {"StringEquals": {"kms:GrantConstraintType": "EncryptionContextSubset"}},
        _grant(**DECRYPT_ONLY, Constraints={"EncryptionContextSubset": {"a": "b"}}),
        DENIED,
    ),
    ("aws:ResourceTag", {"StringEquals": {"aws:ResourceTag/colour": "blue"}}, _encrypt, DENIED),
)

for _name, _condition, _ask, _answer in CONDITIONS:

    @question("KMS", f"a Deny by {_name}", "KMS-150", _answer, POLICIES)
    def _(world: World, condition: dict[str, Any] = _condition, ask: Callable[[World, str], str] = _ask) -> str:
        actions = ["kms:Encrypt", "kms:CreateGrant", "kms:ScheduleKeyDeletion"]
        deny = _statement("*", Effect="Deny", Action=actions, Condition=condition)
        key = _key(world, deny, Tags=[{"TagKey": "colour", "TagValue": "blue"}])
        answer = ask(world, key)
        world.kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps({"Statement": [
            _statement(f"arn:aws:iam::{world.account}:root")]}))  # fmt: skip
        return answer


for _call, _answer in (
    ("describe_key", "served"),
    ("get_key_rotation_status", "served"),
    ("get_key_policy", DENIED),
    ("list_resource_tags", DENIED),
    ("disable_key", DENIED),
    ("enable_key_rotation", DENIED),
    ("schedule_key_deletion", DENIED),
):

    @question(
        "KMS",
        f"another account that is allowed everything: {_call}",
        "KMS-152",
        _answer,
        POLICIES,
        needs="another account",
    )
    def _(world: World, call: str = _call) -> str:
        other = world.neighbour()
        key = _key(world, _statement(f"arn:aws:iam::{other.account}:root"))
        return code(partial(getattr(other.kms, call), KeyId=key))


@question("KMS", "another account puts a key policy", "KMS-152", DENIED, POLICIES, needs="another account")
def _(world: World) -> str:
    other = world.neighbour()
    key = _key(world, _statement(f"arn:aws:iam::{other.account}:root"))
    policy = json.dumps({"Statement": [_statement(f"arn:aws:iam::{other.account}:root")]})
    return code(partial(other.kms.put_key_policy, KeyId=key, PolicyName="default", Policy=policy))


for _what, _principal, _answer in (
    ("a role that does not exist", "arn:aws:iam::{}:role/nobody-made-this", "InvalidArnException 400"),
    ("a name", "voclabs", "InvalidArnException 400"),
    ("an account", "arn:aws:iam::{}:root", "served"),
):

    @question("KMS", f"CreateGrant to {_what}", "KMS-153", _answer, GRANTS)
    def _(world: World, principal: str = _principal) -> str:
        named = principal.format(world.account)
        return code(partial(world.kms.create_grant, KeyId=world.key(), GranteePrincipal=named, Operations=["Decrypt"]))


def _new_role(world: World, *policies: dict[str, Any]) -> tuple[World, str]:
    name = f"parity-{secrets.token_hex(4)}"
    return world.with_role(*policies, name=name), f"arn:aws:iam::{world.account}:role/{name}"


RETIRING: tuple[tuple[str, dict[str, Any], list[dict[str, Any]], str], ...] = (
    ("nobody of the grant", {}, [], DENIED),
    ("the retiring principal", {"RetiringPrincipal": True}, [], "served"),
    ("a grantee that may retire", {"GranteePrincipal": True, "Operations": ["Decrypt", "RetireGrant"]}, [], "served"),
    ("a grantee that may not retire", {"GranteePrincipal": True, "Operations": ["Decrypt"]}, [], DENIED),
    ("whom IAM allows it", {}, [{"Effect": "Allow", "Action": "kms:RetireGrant", "Resource": "*"}], "served"),
)

for _what, _how, _policies, _answer in RETIRING:

    @question("KMS", f"RetireGrant by {_what}", "KMS-154", _answer, GRANTS, needs="iam:CreateRole")
    def _(world: World, how: dict[str, Any] = _how, policies: list[dict[str, Any]] = _policies) -> str:
        role, arn = _new_role(world, *policies)
        key = world.key()
        given = {name: arn if value is True else value for name, value in how.items()}
        grant = {"GranteePrincipal": role_arn(world), "Operations": ["Decrypt"], **given}
        grant_id = world.until(lambda: _granted(world, key, grant), bool)
        return code(partial(role.kms.retire_grant, KeyId=key, GrantId=grant_id))


def _granted(world: World, key: str, grant: dict[str, Any]) -> str:
    """Create a grant. IAM tells KMS of a new role late: then there is none yet."""
    try:
        return str(world.kms.create_grant(KeyId=key, **grant)["GrantId"])
    except ClientError as refused:
        if refused.response["Error"]["Code"] == "InvalidArnException":
            return ""
        raise


@question(
    "KMS",
    "a key policy that names a role made anew",
    "IAM-48, KMS-57",
    f"served, {DENIED}",
    POLICIES,
    needs="iam:CreateRole",
)
def _(world: World) -> str:
    role, arn = _new_role(world)
    name = arn.rpartition("/")[2]
    key = _key(world, _statement(arn, Action="kms:Encrypt"))
    before = world.until(lambda: _encrypt(role, key), lambda seen: seen == "served")
    world.client("iam").delete_role(RoleName=name)
    return f"{before}, {_encrypt(world.with_role(name=name), key)}"


@question("KMS", "a key policy with a duplicate condition", "KMS-58", "MalformedPolicyDocumentException 400", POLICIES)
def _(world: World) -> str:
    condition = '{"StringEquals": {"kms:KeySpec": "RSA_2048"}, "StringEquals": {"kms:KeySpec": "RSA_4096"}}'
    own = json.dumps(_statement(f"arn:aws:iam::{world.account}:root"))
    policy = f'{{"Version": "2012-10-17", "Statement": [{own[:-1]}, "Condition": {condition}}}]}}'
    return code(partial(world.kms.create_key, Policy=policy))
