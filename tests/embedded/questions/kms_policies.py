"""Questions about key policies, grants and aliases."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from tests.embedded.question import code, normalized, outcome, question
from tests.embedded.questions.steps import key_in_state, role_arn
from tests.embedded.world import World

POLICIES = "key policies"
ALIASES = "kms aliases"


def _policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def _allow(principal: str, action: object = "kms:*", effect: str = "Allow") -> dict[str, Any]:
    return {"Effect": effect, "Principal": {"AWS": principal}, "Action": action, "Resource": "*"}


def _root(world: World) -> str:
    return f"arn:aws:iam::{world.account}:root"


def _malformed(world: World, policy: str, **more: Any) -> str:
    return code(lambda: world.key(Policy=policy, **more))


@question("KMS", "a policy that is no JSON", "KMS-58", "MalformedPolicyDocumentException 400", POLICIES)
def _(world: World) -> str:
    return _malformed(world, "{")


@question("KMS", "a policy without an effect", "KMS-58", "MalformedPolicyDocumentException 400", POLICIES)
def _(world: World) -> str:
    return _malformed(world, _policy({"Principal": "*", "Action": "kms:*", "Resource": "*"}))


LOCKED_OUT = "The new key policy will not allow you to update the key policy in the future."


@question(
    "KMS",
    "a policy that locks its maker out",
    "KMS-59",
    f"MalformedPolicyDocumentException 400: {LOCKED_OUT}",
    POLICIES,
)
def _(world: World) -> str:
    return outcome(lambda: world.key(Policy=_policy(_allow(_root(world), "kms:Encrypt"))))


@question("KMS", "the same with BypassPolicyLockoutSafetyCheck", "KMS-59", "served", POLICIES)
def _(world: World) -> str:
    policy = _policy(_allow(_root(world), "kms:Encrypt"))
    return code(lambda: world.kms.create_key(Policy=policy, BypassPolicyLockoutSafetyCheck=True))


@question("KMS", "a principal that does not exist", "KMS-60", "MalformedPolicyDocumentException 400", POLICIES)
def _(world: World) -> str:
    nobody = f"arn:aws:iam::{world.account}:role/nobody-made-this"
    return _malformed(world, _policy(_allow(_root(world)), _allow(nobody)))


@question("KMS", "a policy of 33 KB", "KMS-61", "LimitExceededException 400", POLICIES)
def _(world: World) -> str:
    return _malformed(world, _policy(_allow(_root(world)), *[_allow(_root(world)) for _ in range(330)]))


DENIED = (
    "AccessDeniedException 400: User: <caller ARN> is not authorized to perform: kms:Encrypt on resource: <key ARN> "
)


@question(
    "KMS",
    "Encrypt, denied by the key policy",
    "KMS-62, KMS-63",
    f"{DENIED}with an explicit deny in a resource-based policy",
    POLICIES,
)
def _(world: World) -> str:
    key = world.key(Policy=_policy(_allow(_root(world)), _allow("*", "kms:Encrypt", "Deny")))
    return outcome(lambda: world.kms.encrypt(KeyId=key, Plaintext=b"p"))


@question(
    "KMS",
    "Encrypt, allowed by no statement",
    "KMS-62, KMS-63",
    f"{DENIED}because no resource-based policy allows the kms:Encrypt action",
    POLICIES,
)
def _(world: World) -> str:
    manage = ["kms:Put*", "kms:Describe*", "kms:Schedule*"]
    key = world.key(Policy=_policy(_allow(role_arn(world), manage)))
    return outcome(lambda: world.kms.encrypt(KeyId=key, Plaintext=b"p"))


@question("KMS", "Encrypt, allowed by the role's name", "KMS-53", "served", POLICIES)
def _(world: World) -> str:
    key = world.key(Policy=_policy(_allow(role_arn(world))))
    return outcome(lambda: world.kms.encrypt(KeyId=key, Plaintext=b"p"))


@question(
    "KMS",
    "Encrypt, handed over to IAM, which allows nothing",
    "KMS-62, KMS-63",
    f"{DENIED}because no identity-based policy allows the kms:Encrypt action",
    POLICIES,
    needs="iam:CreateRole",
)
def _(world: World) -> str:
    other = world.with_role({"Effect": "Allow", "Action": "kms:DescribeKey", "Resource": "*"})
    key = world.key()
    return outcome(lambda: other.kms.encrypt(KeyId=key, Plaintext=b"p"))


@question("KMS", "Encrypt, handed over to IAM, which allows it", "KMS-51", "served", POLICIES, needs="iam:CreateRole")
def _(world: World) -> str:
    other = world.with_role({"Effect": "Allow", "Action": "kms:Encrypt", "Resource": "*"})
    key = world.key()
    return outcome(lambda: other.kms.encrypt(KeyId=key, Plaintext=b"p"))


@question(
    "KMS",
    "Encrypt, denied by the role's own policy",
    "KMS-62, KMS-63",
    f"{DENIED}with an explicit deny in an identity-based policy",
    POLICIES,
    needs="iam:CreateRole",
)
def _(world: World) -> str:
    allow = {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}
    other = world.with_role(allow, {**allow, "Effect": "Deny", "Action": "kms:Encrypt"})
    key = world.key()
    return outcome(lambda: other.kms.encrypt(KeyId=key, Plaintext=b"p"))


@question(
    "KMS",
    "Decrypt by a grant alone",
    "KMS-67",
    "AccessDeniedException 400, then served",
    POLICIES,
    needs="iam:CreateRole",
)
def _(world: World) -> str:
    other = world.with_role({"Effect": "Allow", "Action": "sts:GetCallerIdentity", "Resource": "*"})
    key = world.key()
    blob = world.kms.encrypt(KeyId=key, Plaintext=b"p")["CiphertextBlob"]
    before = code(lambda: other.kms.decrypt(CiphertextBlob=blob))
    role = role_arn(other)
    world.kms.create_grant(KeyId=key, GranteePrincipal=role, Operations=["Decrypt"])
    after = world.until(lambda: code(lambda: other.kms.decrypt(CiphertextBlob=blob)), lambda seen: seen == "served")
    return f"{before}, then {after}"


@question(
    "KMS",
    "Decrypt by a grant for another context",
    "KMS-67",
    "AccessDeniedException 400",
    POLICIES,
    needs="iam:CreateRole",
)
def _(world: World) -> str:
    other = world.with_role({"Effect": "Allow", "Action": "sts:GetCallerIdentity", "Resource": "*"})
    key = world.key()
    blob = world.kms.encrypt(KeyId=key, Plaintext=b"p", EncryptionContext={"a": "b"})["CiphertextBlob"]
    limits = {"EncryptionContextSubset": {"a": "c"}}
    role = role_arn(other)
    world.kms.create_grant(KeyId=key, GranteePrincipal=role, Operations=["Decrypt"], Constraints=limits)
    return code(lambda: other.kms.decrypt(CiphertextBlob=blob, EncryptionContext={"a": "b"}))


@question("KMS", "a grant's id and what a list tells of it", "KMS-66", "64 <key ARN> ['Decrypt'] True", "kms grants")
def _(world: World) -> str:
    key = world.key()
    made = world.kms.create_grant(KeyId=key, GranteePrincipal=role_arn(world), Operations=["Decrypt"])
    (grant,) = world.kms.list_grants(KeyId=key)["Grants"]
    dated = "CreationDate" in grant and len(made["GrantToken"]) > 100
    return normalized(f"{len(made['GrantId'])} {grant['KeyId']} {grant['Operations']} {dated}")


@question("KMS", "an alias without its prefix", "KMS-71", "ValidationException 400", ALIASES)
def _(world: World) -> str:
    return code(lambda: world.kms.create_alias(AliasName="MyKMSKey", TargetKeyId=world.key()))


PREFIX = (
    'Alias must start with the prefix "alias/". '
    "Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html"
)


@question("KMS", "what is said of it", "KMS-71", f"ValidationException 400: {PREFIX}", ALIASES)
def _(world: World) -> str:
    return outcome(lambda: world.kms.create_alias(AliasName="MyKMSKey", TargetKeyId=world.key()))


@question("KMS", "alias/aws/… for one's own key", "KMS-72", "refused", ALIASES)
def _(world: World) -> str:
    made = code(lambda: world.kms.create_alias(AliasName="alias/aws/mine", TargetKeyId=world.key()))
    return "served" if made == "served" else "refused"


@question("KMS", "the same alias twice", "KMS-73", "AlreadyExistsException 400", ALIASES)
def _(world: World) -> str:
    name = f"alias/parity-{world.account}"
    world.kms.create_alias(AliasName=name, TargetKeyId=world.key())
    world.keep(world.kms.delete_alias, AliasName=name)
    return code(lambda: world.kms.create_alias(AliasName=name, TargetKeyId=world.key()))


@question("KMS", "the same alias in another case", "KMS-70", "served", ALIASES)
def _(world: World) -> str:
    for name in ("alias/parity-MyKMSKey", "alias/parity-mykmskey"):
        made = code(partial(world.kms.create_alias, AliasName=name, TargetKeyId=world.key()))
        world.keep(world.kms.delete_alias, AliasName=name)
    return made


@question(
    "KMS",
    "what ListAliases tells",
    "KMS-75",
    "['AliasArn', 'AliasName', 'CreationDate', 'LastUpdatedDate', 'TargetKeyId'] 36",
    ALIASES,
)
def _(world: World) -> str:
    key = world.key()
    name = f"alias/parity-{key.rpartition('/')[2]}"
    world.kms.create_alias(AliasName=name, TargetKeyId=key)
    world.keep(world.kms.delete_alias, AliasName=name)
    (alias,) = world.kms.list_aliases(KeyId=key)["Aliases"]
    return f"{sorted(alias)} {len(alias['TargetKeyId'])}"


@question(
    "KMS", "the alias of a key pending deletion", "KMS-76", "PendingDeletion, AlreadyExistsException 400", ALIASES
)
def _(world: World) -> str:
    key = world.key()
    name = f"alias/parity-{key.rpartition('/')[2]}"
    world.kms.create_alias(AliasName=name, TargetKeyId=key)
    world.keep(world.kms.delete_alias, AliasName=name)
    key_in_state(world, key, "PendingDeletion")
    state = world.kms.describe_key(KeyId=name)["KeyMetadata"]["KeyState"]
    return f"{state}, {code(lambda: world.kms.create_alias(AliasName=name, TargetKeyId=world.key()))}"


@question(
    "KMS",
    "CreateAlias with the right on the key alone",
    "KMS-74",
    "AccessDeniedException 400",
    POLICIES,
    needs="iam:CreateRole",
)
def _(world: World) -> str:
    key = world.key()
    other = world.with_role({"Effect": "Allow", "Action": "kms:CreateAlias", "Resource": key})
    return code(lambda: other.kms.create_alias(AliasName="alias/parity-not-mine", TargetKeyId=key))


@question(
    "KMS",
    "another account's key",
    "KMS-64",
    "AccessDeniedException 400",
    POLICIES,
    needs="a second account",
)
def _(world: World) -> str:
    other = world.neighbour()
    return code(lambda: other.kms.encrypt(KeyId=world.key(), Plaintext=b"p"))


@question("KMS", "another account's key that lets it in", "KMS-65", "served", POLICIES, needs="a second account")
def _(world: World) -> str:
    other = world.neighbour()
    theirs = f"arn:aws:iam::{other.account}:root"
    key = world.key(Policy=_policy(_allow(_root(world)), _allow(theirs, "kms:Encrypt")))
    return code(lambda: other.kms.encrypt(KeyId=key, Plaintext=b"p"))


def _denied_where(world: World, condition: dict[str, Any]) -> str:
    """Create a key whose policy denies DescribeKey where a condition holds, and describe it."""
    deny = {**_allow("*", "kms:DescribeKey", "Deny"), "Condition": condition}
    key = world.key(Policy=_policy(_allow(_root(world)), deny))
    return code(lambda: world.kms.describe_key(KeyId=key))


@question("KMS", "DescribeKey and a Deny of other accounts", "IAM-03", "served", POLICIES)
def _(world: World) -> str:
    return _denied_where(world, {"StringNotEquals": {"aws:PrincipalAccount": world.account}})


@question("KMS", "DescribeKey and a Deny of this account", "IAM-03", "AccessDeniedException 400", POLICIES)
def _(world: World) -> str:
    return _denied_where(world, {"StringEquals": {"aws:PrincipalAccount": world.account}})
