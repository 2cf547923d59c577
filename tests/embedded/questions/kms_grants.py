"""Questions about grants: names, tokens, constraints, what may be granted, and what a grantee may give on."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from tests.embedded.question import code, question
from tests.embedded.questions.steps import SIGNING, role_arn
from tests.embedded.world import World

OPERATIONS, GRANTS = "kms grant operations", "kms grants"
DENIED = "AccessDeniedException 400"
INVALID = "ValidationException 400"
PURPOSE = {"EncryptionContextSubset": {"purpose": "test"}}


def _grantee(world: World, key: str, **how: Any) -> World:
    """Return a session of a role that has nothing but a grant."""
    role = world.with_role()
    caller = role.principal.split("/")[1]
    grantee = f"arn:aws:iam::{world.account}:role/{caller}"
    world.kms.create_grant(KeyId=key, GranteePrincipal=grantee, **how)
    return role


@question("KMS", "a grant with a name, twice", "KMS-160", "the same id, two tokens, 1 grant", OPERATIONS)
def _(world: World) -> str:
    key, who = world.key(), role_arn(world)
    how = {"KeyId": key, "GranteePrincipal": who, "Operations": ["Decrypt"], "Name": "one"}
    made = [world.kms.create_grant(**how) for _ in range(2)]
    ids, tokens = ({each[name] for each in made} for name in ("GrantId", "GrantToken"))
    listed = len(world.kms.list_grants(KeyId=key)["Grants"])
    same = "the same id" if len(ids) == 1 else "two ids"
    return f"{same}, {'two tokens' if len(tokens) == 2 else 'one token'}, {listed} grant"


for _what, _spec, _how, _answer in (
    ("Sign with a symmetric key", {}, {"Operations": ["Sign"]}, INVALID),
    ("GetPublicKey of a symmetric key", {}, {"Operations": ["GetPublicKey"]}, INVALID),
    ("Decrypt with a signing key", SIGNING, {"Operations": ["Decrypt"]}, INVALID),
    ("Sign with a signing key", SIGNING, {"Operations": ["Sign", "GetPublicKey", "DescribeKey"]}, "served"),
    ("constraints of a signing key", SIGNING, {"Operations": ["Sign"], "Constraints": PURPOSE}, INVALID),
):

    @question("KMS", f"a grant: {_what}", "KMS-161", _answer, OPERATIONS)
    def _(world: World, spec: dict[str, Any] = _spec, how: dict[str, Any] = _how) -> str:
        return code(partial(world.kms.create_grant, KeyId=world.key(**spec), GranteePrincipal=role_arn(world), **how))


@question("KMS", "a grant to nobody", "KMS-153", INVALID, OPERATIONS)
def _(world: World) -> str:
    return code(partial(world.kms.create_grant, KeyId=world.key(), Operations=["Decrypt"]))


@question("KMS", "a grant token that nobody gave", "KMS-162", "InvalidGrantTokenException 400", OPERATIONS)
def _(world: World) -> str:
    return code(partial(world.kms.encrypt, KeyId=world.key(), Plaintext=b"p", GrantTokens=["AQpAM2"]))


@question("KMS", "RetireGrant of a token that nobody gave", "KMS-162", "InvalidGrantTokenException 400", OPERATIONS)
def _(world: World) -> str:
    return code(partial(world.kms.retire_grant, GrantToken="AQpAM2"))


@question("KMS", "DescribeKey by a grant with constraints", "KMS-163", "served", GRANTS, needs="iam:CreateRole")
def _(world: World) -> str:
    key = world.key()
    role = _grantee(world, key, Operations=["Decrypt", "DescribeKey"], Constraints=PURPOSE)
    return code(partial(role.kms.describe_key, KeyId=key))


for _what, _how, _answer in (
    ("as much", {"Operations": ["Decrypt"], "Constraints": PURPOSE}, "served"),
    ("other operations", {"Operations": ["Encrypt"], "Constraints": PURPOSE}, DENIED),
    ("fewer constraints", {"Operations": ["Decrypt"]}, DENIED),
    ("other constraints", {"Operations": ["Decrypt"], "Constraints": {"EncryptionContextSubset": {"a": "b"}}}, DENIED),
):

    @question("KMS", f"a grantee that grants {_what}", "KMS-163", _answer, GRANTS, needs="iam:CreateRole")
    def _(world: World, how: dict[str, Any] = _how) -> str:
        key = world.key()
        role = _grantee(world, key, Operations=["Decrypt", "CreateGrant"], Constraints=PURPOSE)
        return code(partial(role.kms.create_grant, KeyId=key, GranteePrincipal=role_arn(world), **how))


@question(
    "KMS", "a grantee in another account retires by token", "KMS-154", "served, 0 grants", OPERATIONS, "another account"
)
def _(world: World) -> str:
    other, key = world.neighbour(), world.key()
    grantee = f"arn:aws:iam::{other.account}:root"
    how = {"GranteePrincipal": grantee, "RetiringPrincipal": grantee, "Operations": ["Decrypt"]}
    token = world.kms.create_grant(KeyId=key, **how)["GrantToken"]
    retired = code(partial(other.kms.retire_grant, GrantToken=token))
    return f"{retired}, {len(world.kms.list_grants(KeyId=key)['Grants'])} grants"


@question("KMS", "ListRetirableGrants, page by page", "KMS-96", "1 1, False", OPERATIONS)
def _(world: World) -> str:
    key, who = world.key(), role_arn(world)
    for _ in range(2):
        world.kms.create_grant(KeyId=key, GranteePrincipal=who, RetiringPrincipal=who, Operations=["Decrypt"])
    first = world.kms.list_retirable_grants(RetiringPrincipal=who, Limit=1)
    last = world.kms.list_retirable_grants(RetiringPrincipal=who, Limit=1, Marker=first["NextMarker"])
    return f"{len(first['Grants'])} {len(last['Grants'])}, {last['Truncated']}"


@question("KMS", "RevokeGrant of a grant that is gone", "KMS-162", "NotFoundException 400", OPERATIONS)
def _(world: World) -> str:
    return code(partial(world.kms.revoke_grant, KeyId=world.key(), GrantId="0" * 64))


def _alias(world: World, key: str) -> str:
    name = f"alias/parity-{key.rpartition('/')[2]}"
    world.kms.create_alias(AliasName=name, TargetKeyId=key)
    world.keep(world.kms.delete_alias, AliasName=name)
    return name


for _what, _spec, _answer in (
    ("of the same kind", {}, "served, the new key"),
    ("of another usage", SIGNING, "refused, the old key"),
):

    @question("KMS", f"an alias moved to a key {_what}", "KMS-164", _answer, "kms aliases")
    def _(world: World, spec: dict[str, Any] = _spec) -> str:
        old, new = world.key(), world.key(**spec)
        name = _alias(world, old)
        moved = code(partial(world.kms.update_alias, AliasName=name, TargetKeyId=new))
        now = world.kms.describe_key(KeyId=name)["KeyMetadata"]["Arn"]
        return f"{'served' if moved == 'served' else 'refused'}, {'the new key' if now == new else 'the old key'}"


@question("KMS", "UpdateAlias without the right on the old key", "KMS-164", DENIED, "key policies", "iam:CreateRole")
def _(world: World) -> str:
    old, new = world.key(), world.key()
    name = _alias(world, old)
    arn = f"arn:aws:kms:{world.region}:{world.account}:{name}"
    role = world.with_role({"Effect": "Allow", "Action": "kms:UpdateAlias", "Resource": [new, arn]})
    return code(partial(role.kms.update_alias, AliasName=name, TargetKeyId=new))


@question("KMS", "more aliases than a key can have", "KMS-165", "50, LimitExceededException 400", "kms aliases")
def _(world: World) -> str:
    key = world.key()
    for number in range(51):
        name = f"alias/parity-{key.rpartition('/')[2]}-{number}"
        made = code(partial(world.kms.create_alias, AliasName=name, TargetKeyId=key))
        if made != "served":
            return f"{number}, {made}"
        world.keep(world.kms.delete_alias, AliasName=name)
    return made


@question("KMS", "ListAliases with a marker that is none", "KMS-96", "InvalidMarkerException 400", "kms aliases")
def _(world: World) -> str:
    return code(partial(world.kms.list_aliases, Marker="nothing"))


ELSEWHERE = "us-west-2"


def _replicated(world: World) -> tuple[str, Any]:
    """Return the id of a key that has a replica, and the client of the replica's Region."""
    key = world.key(MultiRegion=True).rpartition("/")[2]
    elsewhere = world.session.client("kms", region_name=ELSEWHERE, endpoint_url=world.endpoint)
    world.kms.replicate_key(KeyId=key, ReplicaRegion=ELSEWHERE)
    world.keep(elsewhere.schedule_key_deletion, KeyId=key, PendingWindowInDays=7)
    return key, elsewhere


@question("KMS", "a primary is deleted before its replica", "KMS-167", "PendingReplicaDeletion 8, no date", "kms keys")
def _(world: World) -> str:
    key, _ = _replicated(world)
    world.kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=8)
    shown = world.kms.describe_key(KeyId=key)["KeyMetadata"]
    dated = "a date" if "DeletionDate" in shown else "no date"
    return f"{shown['KeyState']} {shown.get('PendingDeletionWindowInDays')}, {dated}"


@question("KMS", "a replica becomes the primary", "KMS-168", "REPLICA PRIMARY", "multi-region keys")
def _(world: World) -> str:
    key, elsewhere = _replicated(world)
    world.kms.update_primary_region(KeyId=key, PrimaryRegion=ELSEWHERE)
    shown = [each.describe_key(KeyId=key)["KeyMetadata"] for each in (world.kms, elsewhere)]
    return " ".join(each["MultiRegionConfiguration"]["MultiRegionKeyType"] for each in shown)


@question("KMS", "the rotation of a replica", "KMS-168", "UnsupportedOperationException 400, True", "kms rotation")
def _(world: World) -> str:
    key, elsewhere = _replicated(world)
    refused = code(partial(elsewhere.enable_key_rotation, KeyId=key))
    world.kms.enable_key_rotation(KeyId=key)
    return f"{refused}, {elsewhere.get_key_rotation_status(KeyId=key)['KeyRotationEnabled']}"


@question("KMS", "ReplicateKey without kms:CreateKey", "KMS-166", DENIED, "key policies", needs="iam:CreateRole")
def _(world: World) -> str:
    key = world.key(MultiRegion=True)
    role = world.with_role({"Effect": "Allow", "Action": "kms:ReplicateKey", "Resource": "*"})
    return code(partial(role.kms.replicate_key, KeyId=key, ReplicaRegion=ELSEWHERE))


@question(
    "KMS", "ReplicateKey with a malformed policy", "KMS-166", "MalformedPolicyDocumentException 400", "key policies"
)
def _(world: World) -> str:
    key, policy = world.key(MultiRegion=True), json.dumps({"Statement": [{"Effect": "Allow"}]})
    return code(partial(world.kms.replicate_key, KeyId=key, ReplicaRegion=ELSEWHERE, Policy=policy))


@question("KMS", "ReplicateKey into another partition", "KMS-130", "refused", "multi-region keys")
def _(world: World) -> str:
    replicated = code(partial(world.kms.replicate_key, KeyId=world.key(MultiRegion=True), ReplicaRegion="cn-north-1"))
    return "served" if replicated == "served" else "refused"


@question("KMS", "the key policy without its name", "KMS-169", "key-default-1 default, mine", "kms keys")
def _(world: World) -> str:
    key = world.key()
    found = world.kms.get_key_policy(KeyId=key)
    root = {"AWS": f"arn:aws:iam::{world.account}:root"}
    statement = {"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}
    world.kms.put_key_policy(KeyId=key, Policy=json.dumps({"Id": "mine", "Statement": [statement]}))
    put = json.loads(world.kms.get_key_policy(KeyId=key)["Policy"])["Id"]
    return f"{json.loads(found['Policy'])['Id']} {found['PolicyName']}, {put}"


@question("KMS", "ReplicateKey of a disabled key", "KMS-166", "DisabledException 400", "kms key states")
def _(world: World) -> str:
    key = world.key(MultiRegion=True)
    world.disable(key)
    return code(partial(world.kms.replicate_key, KeyId=key, ReplicaRegion=ELSEWHERE))
