"""Questions about KMS: `aws-behaviour.md` §1 and §7."""

from __future__ import annotations

import functools
import json
from typing import Any

from tests.embedded.question import code, normalized, outcome, question
from tests.embedded.world import World

DISABLED = "DisabledException 400: <key ARN> is disabled."
PENDING = "KMSInvalidStateException 400: <key ARN> is pending deletion."
IMPORT = "KMSInvalidStateException 400: <key ARN> is pending import."
STATES = "kms key states"
KEYS, POLICIES, ALIASES = "kms keys", "key policies", "kms aliases"
ABSENT = "134f2428-cec1-4b25-a1ae-9048164dba47"
MAC = {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"}
SIGNING = {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"}


def _use(world: World, operation: str, key: str, blob: bytes = b"") -> Any:
    """One cryptographic operation on a key."""
    kms = world.kms
    match operation:
        case "Encrypt":
            return kms.encrypt(KeyId=key, Plaintext=b"p")
        case "Decrypt":
            return kms.decrypt(CiphertextBlob=blob)
        case "ReEncrypt":
            return kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=key)
        case "GenerateDataKey":
            return kms.generate_data_key(KeyId=key, KeySpec="AES_256")
        case "GenerateDataKeyWithoutPlaintext":
            return kms.generate_data_key_without_plaintext(KeyId=key, KeySpec="AES_256")
        case "GenerateDataKeyPair":
            return kms.generate_data_key_pair(KeyId=key, KeyPairSpec="ECC_NIST_P256")
        case "CreateGrant":
            return kms.create_grant(KeyId=key, GranteePrincipal=_role(world), Operations=["Decrypt"])
        case "GenerateMac":
            return kms.generate_mac(KeyId=key, Message=b"m", MacAlgorithm="HMAC_SHA_256")
        case "Sign":
            return kms.sign(KeyId=key, Message=b"m", SigningAlgorithm="ECDSA_SHA_256")
        case _:
            return kms.verify(KeyId=key, Message=b"m", Signature=blob, SigningAlgorithm="ECDSA_SHA_256")


def _role(world: World) -> str:
    kind, _, name = world.principal.split(":")[5].partition("/")
    account = world.account
    return f"arn:aws:iam::{account}:role/{name.split('/')[0]}" if kind == "assumed-role" else world.principal


def _key_for(world: World, operation: str) -> tuple[str, bytes]:
    kinds = {"GenerateMac": MAC, "Sign": SIGNING, "Verify": SIGNING}
    key = world.key(**kinds.get(operation, {}))
    if operation in ("Decrypt", "ReEncrypt"):
        return key, world.kms.encrypt(KeyId=key, Plaintext=b"p")["CiphertextBlob"]
    if operation == "Verify":
        return key, world.kms.sign(KeyId=key, Message=b"m", SigningAlgorithm="ECDSA_SHA_256")["Signature"]
    return key, b""


def _in_state(world: World, key: str, state: str) -> None:
    if state == "Disabled":
        world.disable(key)
    elif state == "PendingDeletion":
        world.kms.schedule_key_deletion(KeyId=key.rpartition("/")[2], PendingWindowInDays=7)


CRYPTOGRAPHIC = (
    "Encrypt",
    "Decrypt",
    "ReEncrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateDataKeyPair",
    "CreateGrant",
    "GenerateMac",
    "Sign",
    "Verify",
)


def _cryptographic(world: World, operation: str, state: str) -> str:
    key, blob = _key_for(world, operation)
    if operation == "ReEncrypt" and state != "Enabled":
        source = world.key()
        blob = world.kms.encrypt(KeyId=source, Plaintext=b"p")["CiphertextBlob"]
    _in_state(world, key, state)
    return outcome(lambda: _use(world, operation, key, blob))


for _operation in CRYPTOGRAPHIC:
    for _state, _answer in (("Enabled", "served"), ("Disabled", DISABLED), ("PendingDeletion", PENDING)):
        _behaviour = "kms data key pairs" if (_operation, _state) == ("GenerateDataKeyPair", "Enabled") else STATES
        question("KMS", f"{_operation}, key {_state}", "§1.1 row 1", _answer, _behaviour)(
            functools.partial(_cryptographic, operation=_operation, state=_state)
        )


def _waiting_for_material(world: World, operation: str) -> str:
    key = world.key(Origin="EXTERNAL")
    calls = {"DisableKey": world.kms.disable_key, "EnableKey": world.kms.enable_key}
    if operation in calls:
        return outcome(lambda: calls[operation](KeyId=key.rpartition("/")[2]))
    return outcome(lambda: _use(world, operation, key))


for _operation in ("Encrypt", "GenerateDataKey", "CreateGrant", "DisableKey", "EnableKey"):
    question("KMS", f"{_operation}, key PendingImport", "§1.1 rows 1 to 3", IMPORT, STATES)(
        functools.partial(_waiting_for_material, operation=_operation)
    )


def _manage(world: World, operation: str, state: str) -> str:
    kms, key = world.kms, world.key()
    short = key.rpartition("/")[2]
    kms.create_alias(AliasName=f"alias/parity-{short}", TargetKeyId=short)
    world.keep(kms.delete_alias, AliasName=f"alias/parity-{short}")
    grant = kms.create_grant(KeyId=key, GranteePrincipal=_role(world), Operations=["Decrypt"])["GrantId"]
    policy = kms.get_key_policy(KeyId=short, PolicyName="default")["Policy"]
    _in_state(world, key, state)
    calls = {
        "DisableKey": lambda: kms.disable_key(KeyId=short),
        "EnableKey": lambda: kms.enable_key(KeyId=short),
        "ScheduleKeyDeletion": lambda: kms.schedule_key_deletion(KeyId=short, PendingWindowInDays=7),
        "CancelKeyDeletion": lambda: kms.cancel_key_deletion(KeyId=short),
        "DescribeKey": lambda: kms.describe_key(KeyId=short),
        "GetKeyPolicy": lambda: kms.get_key_policy(KeyId=short, PolicyName="default"),
        "PutKeyPolicy": lambda: kms.put_key_policy(KeyId=short, PolicyName="default", Policy=policy),
        "ListAliases": lambda: kms.list_aliases(KeyId=short),
        "ListGrants": lambda: kms.list_grants(KeyId=short),
        "ListResourceTags": lambda: kms.list_resource_tags(KeyId=short),
        "RevokeGrant": lambda: kms.revoke_grant(KeyId=short, GrantId=grant),
        "RetireGrant": lambda: kms.retire_grant(KeyId=key, GrantId=grant),
        "DeleteAlias": lambda: kms.delete_alias(AliasName=f"alias/parity-{short}"),
        "CreateAlias": lambda: kms.create_alias(AliasName=f"alias/parity-2-{short}", TargetKeyId=short),
        "UpdateAlias to it": lambda: kms.update_alias(AliasName=f"alias/parity-{other}", TargetKeyId=short),
        "TagResource": lambda: kms.tag_resource(KeyId=short, Tags=[{"TagKey": "a", "TagValue": "b"}]),
        "UntagResource": lambda: kms.untag_resource(KeyId=short, TagKeys=["a"]),
        "UpdateKeyDescription": lambda: kms.update_key_description(KeyId=short, Description="d"),
        "EnableKeyRotation": lambda: kms.enable_key_rotation(KeyId=short),
        "DisableKeyRotation": lambda: kms.disable_key_rotation(KeyId=short),
        "RotateKeyOnDemand": lambda: kms.rotate_key_on_demand(KeyId=short),
    }
    if operation == "UpdateAlias to it":
        other = world.key().rpartition("/")[2]
        kms.create_alias(AliasName=f"alias/parity-{other}", TargetKeyId=other)
        world.keep(kms.delete_alias, AliasName=f"alias/parity-{other}")
    return outcome(calls[operation])


NOT_PENDING = "KMSInvalidStateException 400: <key ARN> is not pending deletion."
MANAGEMENT = {
    ("DisableKey", "Enabled"): "served",
    ("DisableKey", "Disabled"): "served",
    ("DisableKey", "PendingDeletion"): PENDING,
    ("EnableKey", "Enabled"): "served",
    ("EnableKey", "Disabled"): "served",
    ("EnableKey", "PendingDeletion"): PENDING,
    ("ScheduleKeyDeletion", "Disabled"): "served",
    ("ScheduleKeyDeletion", "PendingDeletion"): PENDING,
    ("CancelKeyDeletion", "Enabled"): NOT_PENDING,
    ("CancelKeyDeletion", "Disabled"): NOT_PENDING,
    ("CancelKeyDeletion", "PendingDeletion"): "served",
    **{
        (operation, state): "served"
        for operation in (
            "DescribeKey",
            "GetKeyPolicy",
            "PutKeyPolicy",
            "ListAliases",
            "ListGrants",
            "ListResourceTags",
            "RevokeGrant",
            "RetireGrant",
            "DeleteAlias",
        )
        for state in ("Disabled", "PendingDeletion")
    },
    **{
        (operation, state): "served" if state == "Disabled" else PENDING
        for operation in ("CreateAlias", "TagResource", "UntagResource", "UpdateKeyDescription", "UpdateAlias to it")
        for state in ("Disabled", "PendingDeletion")
    },
    **{
        (operation, state): DISABLED if state == "Disabled" else PENDING
        for operation in ("EnableKeyRotation", "DisableKeyRotation", "RotateKeyOnDemand")
        for state in ("Disabled", "PendingDeletion")
    },
}
for (_operation, _state), _answer in MANAGEMENT.items():
    question("KMS", f"{_operation}, key {_state}", "§1.1 rows 2 to 9", _answer, STATES)(
        functools.partial(_manage, operation=_operation, state=_state)
    )


@question("KMS", "what CancelKeyDeletion leaves", "§1.2 CancelKeyDeletion", "Disabled, no DeletionDate", STATES)
def _(world: World) -> str:
    key = world.key()
    _in_state(world, key, "PendingDeletion")
    world.kms.cancel_key_deletion(KeyId=key.rpartition("/")[2])
    metadata = world.kms.describe_key(KeyId=key)["KeyMetadata"]
    return f"{metadata['KeyState']}, {'a' if 'DeletionDate' in metadata else 'no'} DeletionDate"


@question("KMS", "ScheduleKeyDeletion's answer", "§1.2", "<key ARN> PendingDeletion 7, a DeletionDate", STATES)
def _(world: World) -> str:
    key = world.key()
    answer = world.kms.schedule_key_deletion(KeyId=key.rpartition("/")[2], PendingWindowInDays=7)
    date = "a DeletionDate" if "DeletionDate" in answer else "no date"
    return normalized(f"{answer['KeyId']} {answer.get('KeyState')} {answer.get('PendingWindowInDays')}, {date}")


@question("KMS", "CancelKeyDeletion's answer", "§1.2", "<key ARN>", STATES)
def _(world: World) -> str:
    key = world.key()
    _in_state(world, key, "PendingDeletion")
    return normalized(world.kms.cancel_key_deletion(KeyId=key.rpartition("/")[2])["KeyId"])


@question("KMS", "DescribeKey of a key pending deletion", "§1.2", "False PendingDeletion, a DeletionDate", STATES)
def _(world: World) -> str:
    key = world.key()
    _in_state(world, key, "PendingDeletion")
    metadata = world.kms.describe_key(KeyId=key)["KeyMetadata"]
    date = "a DeletionDate" if "DeletionDate" in metadata else "no date"
    return f"{metadata['Enabled']} {metadata['KeyState']}, {date}"


for _days in (6, 31):
    question(
        "KMS", f"ScheduleKeyDeletion in {_days} days", "§1.2 PendingWindowInDays", "ValidationException 400", STATES
    )(
        lambda world, days=_days: code(
            lambda: world.kms.schedule_key_deletion(KeyId=world.key().rpartition("/")[2], PendingWindowInDays=days)
        )
    )


def _by_arn(world: World, operation: str) -> str:
    key = world.key()
    if operation == "cancel_key_deletion":
        world.kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    return outcome(lambda: getattr(world.kms, operation)(KeyId=key))


def _by_alias(world: World, operation: str) -> str:
    key = world.key()
    name = f"alias/parity-{key.rpartition('/')[2]}"
    world.kms.create_alias(AliasName=name, TargetKeyId=key)
    world.keep(world.kms.delete_alias, AliasName=name)
    return code(lambda: getattr(world.kms, operation)(KeyId=name))


for _operation in ("disable_key", "enable_key", "schedule_key_deletion", "cancel_key_deletion"):
    question("KMS", f"{_operation} by ARN", "§1.2 key argument", "served", KEYS)(
        functools.partial(_by_arn, operation=_operation)
    )
    question("KMS", f"{_operation} by alias", "§1.2 key argument", "NotFoundException 400", KEYS)(
        functools.partial(_by_alias, operation=_operation)
    )


@question("KMS", "the state right after DisableKey", "§1.2 speed", "Disabled False DisabledException 400", STATES)
def _(world: World) -> str:
    key = world.key()
    world.disable(key)
    metadata = world.kms.describe_key(KeyId=key)["KeyMetadata"]
    return f"{metadata['KeyState']} {metadata['Enabled']} {code(lambda: _use(world, 'GenerateDataKey', key))}"


@question(
    "KMS", "an absent key by id", "§1.2 missing key", "NotFoundException 400: Key '<key ARN>' does not exist", KEYS
)
def _(world: World) -> str:
    return outcome(lambda: world.kms.describe_key(KeyId=ABSENT))


@question(
    "KMS", "an absent key by ARN", "§1.2 missing key", "NotFoundException 400: Key '<key ARN>' does not exist", KEYS
)
def _(world: World) -> str:
    arn = f"arn:aws:kms:{world.region}:{world.account}:key/{ABSENT}"
    return outcome(lambda: world.kms.describe_key(KeyId=arn))


@question("KMS", "an id that is none", "§1.2 missing key", "NotFoundException 400: Invalid keyId 'fake-key-id'", KEYS)
def _(world: World) -> str:
    return outcome(lambda: world.kms.describe_key(KeyId="fake-key-id"))


@question("KMS", "a key ARN of another region", "§1.2 missing key", "NotFoundException 400", KEYS)
def _(world: World) -> str:
    return code(lambda: world.kms.describe_key(KeyId=f"arn:aws:kms:eu-west-1:{world.account}:key/{ABSENT}"))


@question("KMS", "an absent alias", "§1.2 missing alias", "NotFoundException 400", KEYS)
def _(world: World) -> str:
    return code(lambda: world.kms.describe_key(KeyId="alias/nobody-made-this"))


@question(
    "KMS",
    "Decrypt naming another key",
    "§1.2 wrong key",
    "IncorrectKeyException 400: The key ID in the request does not identify a CMK that can perform this operation.",
    KEYS,
)
def _(world: World) -> str:
    blob = world.kms.encrypt(KeyId=world.key(), Plaintext=b"p")["CiphertextBlob"]
    return outcome(lambda: world.kms.decrypt(CiphertextBlob=blob, KeyId=world.key()))


@question("KMS", "ReEncrypt naming another source", "§1.2 wrong key", "IncorrectKeyException 400", KEYS)
def _(world: World) -> str:
    key, other = world.key(), world.key()
    blob = world.kms.encrypt(KeyId=key, Plaintext=b"p")["CiphertextBlob"]
    return code(lambda: world.kms.re_encrypt(CiphertextBlob=blob, SourceKeyId=other, DestinationKeyId=key))


@question(
    "KMS",
    "Encrypt with a signing key",
    "§1.2 wrong usage",
    "InvalidKeyUsageException 400: <key ARN> key usage is SIGN_VERIFY which is not valid for Encrypt.",
    KEYS,
)
def _(world: World) -> str:
    return outcome(lambda: world.kms.encrypt(KeyId=world.key(**SIGNING), Plaintext=b"p"))


SIZE = "ValidationException 400: 1 validation error detected: Value at 'plaintext' failed to satisfy constraint: "
for _size, _bound in ((0, "greater than or equal to 1"), (4097, "less than or equal to 4096")):
    question("KMS", f"Encrypt {_size} bytes", "§1.2 size", f"{SIZE}Member must have length {_bound}", KEYS)(
        lambda world, size=_size: outcome(lambda: world.kms.encrypt(KeyId=world.key(), Plaintext=b"p" * size))
    )


@question("KMS", "Decrypt in another context", "moto-gaps §2", "InvalidCiphertextException 400", KEYS)
def _(world: World) -> str:
    blob = world.kms.encrypt(KeyId=world.key(), Plaintext=b"p", EncryptionContext={"a": "bc"})["CiphertextBlob"]
    return code(lambda: world.kms.decrypt(CiphertextBlob=blob, EncryptionContext={"ab": "c"}))


@question("KMS", "Decrypt of what is no ciphertext", "moto-gaps §2", "InvalidCiphertextException 400", KEYS)
def _(world: World) -> str:
    return code(lambda: world.kms.decrypt(CiphertextBlob=b"x" * 90))


@question(
    "KMS",
    "a new key's metadata",
    "§1.3",
    "CUSTOMER ENCRYPT_DECRYPT Enabled AWS_KMS SYMMETRIC_DEFAULT SYMMETRIC_DEFAULT "
    "['SYMMETRIC_DEFAULT'] True False '' 64",
    KEYS,
)
def _(world: World) -> str:
    metadata = world.kms.describe_key(KeyId=world.key())["KeyMetadata"]
    names = ("KeyManager", "KeyUsage", "KeyState", "Origin", "KeySpec", "CustomerMasterKeySpec")
    shown = " ".join(str(metadata.get(name)) for name in names)
    rest = (
        metadata["EncryptionAlgorithms"],
        metadata["Enabled"],
        metadata["MultiRegion"],
        repr(metadata["Description"]),
    )
    return f"{shown} {' '.join(map(str, rest))} {len(metadata.get('CurrentKeyMaterialId', ''))}"


def _policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def _allow(principal: str, action: object = "kms:*", effect: str = "Allow") -> dict[str, Any]:
    return {"Effect": effect, "Principal": {"AWS": principal}, "Action": action, "Resource": "*"}


def _root(world: World) -> str:
    return f"arn:aws:iam::{world.account}:root"


@question("KMS", "the policy of a key made without one", "§7.1 API default", "key-default-1 1 kms:* default", KEYS)
def _(world: World) -> str:
    answer = world.kms.get_key_policy(KeyId=world.key().rpartition("/")[2], PolicyName="default")
    policy = json.loads(answer["Policy"])
    statements = policy["Statement"]
    return f"{policy['Id']} {len(statements)} {statements[0]['Action']} {answer.get('PolicyName')}"


def _malformed(world: World, policy: str, **more: Any) -> str:
    return code(lambda: world.key(Policy=policy, **more))


@question("KMS", "a policy that is no JSON", "§7.1 malformed", "MalformedPolicyDocumentException 400", POLICIES)
def _(world: World) -> str:
    return _malformed(world, "{")


@question("KMS", "a policy without an effect", "§7.1 malformed", "MalformedPolicyDocumentException 400", POLICIES)
def _(world: World) -> str:
    return _malformed(world, _policy({"Principal": "*", "Action": "kms:*", "Resource": "*"}))


LOCKED_OUT = "The new key policy will not allow you to update the key policy in the future."


@question(
    "KMS",
    "a policy that locks its maker out",
    "§7.1 lockout",
    f"MalformedPolicyDocumentException 400: {LOCKED_OUT}",
    POLICIES,
)
def _(world: World) -> str:
    return outcome(lambda: world.key(Policy=_policy(_allow(_root(world), "kms:Encrypt"))))


@question("KMS", "the same with BypassPolicyLockoutSafetyCheck", "§7.1 lockout", "served", POLICIES)
def _(world: World) -> str:
    policy = _policy(_allow(_root(world), "kms:Encrypt"))
    return code(lambda: world.kms.create_key(Policy=policy, BypassPolicyLockoutSafetyCheck=True))


@question("KMS", "a principal that does not exist", "§7.1", "MalformedPolicyDocumentException 400", POLICIES)
def _(world: World) -> str:
    nobody = f"arn:aws:iam::{world.account}:role/nobody-made-this"
    return _malformed(world, _policy(_allow(_root(world)), _allow(nobody)))


@question("KMS", "a policy of 33 KB", "§7.1 size", "LimitExceededException 400", POLICIES)
def _(world: World) -> str:
    return _malformed(world, _policy(_allow(_root(world)), *[_allow(_root(world)) for _ in range(330)]))


DENIED = (
    "AccessDeniedException 400: User: <caller ARN> is not authorized to perform: kms:Encrypt on resource: <key ARN> "
)


@question(
    "KMS",
    "Encrypt, denied by the key policy",
    "§7.3 message",
    f"{DENIED}with an explicit deny in a resource-based policy",
    POLICIES,
)
def _(world: World) -> str:
    key = world.key(Policy=_policy(_allow(_root(world)), _allow("*", "kms:Encrypt", "Deny")))
    return outcome(lambda: world.kms.encrypt(KeyId=key, Plaintext=b"p"))


@question(
    "KMS",
    "Encrypt, allowed by no statement",
    "§7.3 message",
    f"{DENIED}because no resource-based policy allows the kms:Encrypt action",
    POLICIES,
)
def _(world: World) -> str:
    manage = ["kms:Put*", "kms:Describe*", "kms:Schedule*"]
    key = world.key(Policy=_policy(_allow(_role(world), manage)))
    return outcome(lambda: world.kms.encrypt(KeyId=key, Plaintext=b"p"))


@question("KMS", "Encrypt, allowed by the role's name", "§7.1 statements", "served", POLICIES)
def _(world: World) -> str:
    key = world.key(Policy=_policy(_allow(_role(world))))
    return outcome(lambda: world.kms.encrypt(KeyId=key, Plaintext=b"p"))


@question(
    "KMS",
    "Encrypt, handed over to IAM, which allows nothing",
    "§7.3 message",
    f"{DENIED}because no identity-based policy allows the kms:Encrypt action",
    POLICIES,
    needs="iam:CreateRole",
)
def _(world: World) -> str:
    other = world.with_role({"Effect": "Allow", "Action": "kms:DescribeKey", "Resource": "*"})
    key = world.key()
    return outcome(lambda: other.kms.encrypt(KeyId=key, Plaintext=b"p"))


@question("KMS", "Encrypt, handed over to IAM, which allows it", "§7.1", "served", POLICIES, needs="iam:CreateRole")
def _(world: World) -> str:
    other = world.with_role({"Effect": "Allow", "Action": "kms:Encrypt", "Resource": "*"})
    key = world.key()
    return outcome(lambda: other.kms.encrypt(KeyId=key, Plaintext=b"p"))


@question(
    "KMS",
    "Encrypt, denied by the role's own policy",
    "§7.3 message",
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
    "§8 grants",
    "AccessDeniedException 400, then served",
    POLICIES,
    needs="iam:CreateRole",
)
def _(world: World) -> str:
    other = world.with_role({"Effect": "Allow", "Action": "sts:GetCallerIdentity", "Resource": "*"})
    key = world.key()
    blob = world.kms.encrypt(KeyId=key, Plaintext=b"p")["CiphertextBlob"]
    before = code(lambda: other.kms.decrypt(CiphertextBlob=blob))
    role = _role(other)
    world.kms.create_grant(KeyId=key, GranteePrincipal=role, Operations=["Decrypt"])
    after = world.until(lambda: code(lambda: other.kms.decrypt(CiphertextBlob=blob)), lambda seen: seen == "served")
    return f"{before}, then {after}"


@question(
    "KMS",
    "Decrypt by a grant for another context",
    "§8 grants",
    "AccessDeniedException 400",
    POLICIES,
    needs="iam:CreateRole",
)
def _(world: World) -> str:
    other = world.with_role({"Effect": "Allow", "Action": "sts:GetCallerIdentity", "Resource": "*"})
    key = world.key()
    blob = world.kms.encrypt(KeyId=key, Plaintext=b"p", EncryptionContext={"a": "b"})["CiphertextBlob"]
    limits = {"EncryptionContextSubset": {"a": "c"}}
    role = _role(other)
    world.kms.create_grant(KeyId=key, GranteePrincipal=role, Operations=["Decrypt"], Constraints=limits)
    return code(lambda: other.kms.decrypt(CiphertextBlob=blob, EncryptionContext={"a": "b"}))


@question(
    "KMS", "a grant's id and what a list tells of it", "moto-gaps §2", "64 <key ARN> ['Decrypt'] True", "kms grants"
)
def _(world: World) -> str:
    key = world.key()
    made = world.kms.create_grant(KeyId=key, GranteePrincipal=_role(world), Operations=["Decrypt"])
    (grant,) = world.kms.list_grants(KeyId=key)["Grants"]
    dated = "CreationDate" in grant and len(made["GrantToken"]) > 100
    return normalized(f"{len(made['GrantId'])} {grant['KeyId']} {grant['Operations']} {dated}")


@question("KMS", "an alias without its prefix", "§7.2 missing prefix", "ValidationException 400", ALIASES)
def _(world: World) -> str:
    return code(lambda: world.kms.create_alias(AliasName="MyKMSKey", TargetKeyId=world.key()))


PREFIX = (
    'Alias must start with the prefix "alias/". '
    "Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html"
)


@question("KMS", "what is said of it", "§7.2 missing prefix", f"ValidationException 400: {PREFIX}", ALIASES)
def _(world: World) -> str:
    return outcome(lambda: world.kms.create_alias(AliasName="MyKMSKey", TargetKeyId=world.key()))


@question("KMS", "alias/aws/… for one's own key", "§7.2 reserved", "refused", ALIASES)
def _(world: World) -> str:
    made = code(lambda: world.kms.create_alias(AliasName="alias/aws/mine", TargetKeyId=world.key()))
    return "served" if made == "served" else "refused"


@question("KMS", "the same alias twice", "§7.2 duplicate", "AlreadyExistsException 400", ALIASES)
def _(world: World) -> str:
    name = f"alias/parity-{world.account}"
    world.kms.create_alias(AliasName=name, TargetKeyId=world.key())
    world.keep(world.kms.delete_alias, AliasName=name)
    return code(lambda: world.kms.create_alias(AliasName=name, TargetKeyId=world.key()))


@question("KMS", "the same alias in another case", "§7.2 name", "served", ALIASES)
def _(world: World) -> str:
    for name in ("alias/parity-MyKMSKey", "alias/parity-mykmskey"):
        made = code(lambda name=name: world.kms.create_alias(AliasName=name, TargetKeyId=world.key()))
        world.keep(world.kms.delete_alias, AliasName=name)
    return made


@question(
    "KMS",
    "what ListAliases tells",
    "§7.2 ListAliases",
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


@question("KMS", "the alias of a key pending deletion", "§7.2", "PendingDeletion, AlreadyExistsException 400", ALIASES)
def _(world: World) -> str:
    key = world.key()
    name = f"alias/parity-{key.rpartition('/')[2]}"
    world.kms.create_alias(AliasName=name, TargetKeyId=key)
    world.keep(world.kms.delete_alias, AliasName=name)
    _in_state(world, key, "PendingDeletion")
    state = world.kms.describe_key(KeyId=name)["KeyMetadata"]["KeyState"]
    return f"{state}, {code(lambda: world.kms.create_alias(AliasName=name, TargetKeyId=world.key()))}"


@question(
    "KMS",
    "CreateAlias with the right on the key alone",
    "§7.2 IAM",
    "AccessDeniedException 400",
    POLICIES,
    needs="iam:CreateRole",
)
def _(world: World) -> str:
    key = world.key()
    other = world.with_role({"Effect": "Allow", "Action": "kms:CreateAlias", "Resource": key})
    return code(lambda: other.kms.create_alias(AliasName="alias/parity-not-mine", TargetKeyId=key))


@question("KMS", "who manages alias/aws/s3", "§2.1", "AWS Enabled", "aws managed keys")
def _(world: World) -> str:
    metadata = world.kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]
    return f"{metadata['KeyManager']} {metadata['KeyState']}"


for _operation, _how in (("disable_key", {}), ("schedule_key_deletion", {"PendingWindowInDays": 7})):
    question("KMS", f"{_operation} of AWS's own key", "moto-gaps §2", "AccessDeniedException 400", "aws managed keys")(
        lambda world, operation=_operation, how=_how: code(
            lambda: getattr(world.kms, operation)(
                KeyId=world.kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["KeyId"], **how
            )
        )
    )


@question("KMS", "Encrypt with AWS's own key, directly", "§2.1", "AccessDeniedException 400", "aws managed keys")
def _(world: World) -> str:
    return code(lambda: world.kms.encrypt(KeyId="alias/aws/s3", Plaintext=b"p"))


@question(
    "KMS",
    "another account's key",
    "§7.3 other account",
    "AccessDeniedException 400",
    POLICIES,
    needs="a second account",
)
def _(world: World) -> str:
    other = world.neighbour()
    return code(lambda: other.kms.encrypt(KeyId=world.key(), Plaintext=b"p"))


@question("KMS", "another account's key that lets it in", "§7.1", "served", POLICIES, needs="a second account")
def _(world: World) -> str:
    other = world.neighbour()
    theirs = f"arn:aws:iam::{other.account}:root"
    key = world.key(Policy=_policy(_allow(_root(world)), _allow(theirs, "kms:Encrypt")))
    return code(lambda: other.kms.encrypt(KeyId=key, Plaintext=b"p"))


@question("KMS", "what GetKeyRotationStatus tells", "API_GetKeyRotationStatus", "<key ARN> True 180", "kms rotation")
def _(world: World) -> str:
    key = world.key()
    world.kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=180)
    status = world.kms.get_key_rotation_status(KeyId=key)
    return normalized(f"{status.get('KeyId')} {status['KeyRotationEnabled']} {status.get('RotationPeriodInDays')}")


@question(
    "KMS",
    "a key whose waiting period is over",
    "§1.2 key deletion",
    "NotFoundException 400",
    STATES,
    needs="a turned clock",
)
def _(world: World) -> str:
    key = world.key()
    _in_state(world, key, "PendingDeletion")
    world.advance_clock(7 * 24 * 3600 + 1)
    return code(lambda: world.kms.describe_key(KeyId=key))
