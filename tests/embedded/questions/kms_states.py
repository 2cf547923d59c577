"""Questions about the states of keys."""

from __future__ import annotations

import functools
from typing import Any

from tests.embedded.question import code, normalized, outcome, question
from tests.embedded.questions.steps import SIGNING, key_in_state, role_arn
from tests.embedded.world import World

DISABLED = "DisabledException 400: <key ARN> is disabled."
PENDING = "KMSInvalidStateException 400: <key ARN> is pending deletion."
IMPORT = "KMSInvalidStateException 400: <key ARN> is pending import."
STATES = "kms key states"
MAC = {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"}


def _use(world: World, operation: str, key: str, blob: bytes = b"") -> Any:  # noqa: PLR0911  # a return for each operation
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
            return kms.create_grant(KeyId=key, GranteePrincipal=role_arn(world), Operations=["Decrypt"])
        case "GenerateMac":
            return kms.generate_mac(KeyId=key, Message=b"m", MacAlgorithm="HMAC_SHA_256")
        case "Sign":
            return kms.sign(KeyId=key, Message=b"m", SigningAlgorithm="ECDSA_SHA_256")
        case _:
            return kms.verify(KeyId=key, Message=b"m", Signature=blob, SigningAlgorithm="ECDSA_SHA_256")


def _key_for(world: World, operation: str) -> tuple[str, bytes]:
    kinds = {"GenerateMac": MAC, "Sign": SIGNING, "Verify": SIGNING}
    key = world.key(**kinds.get(operation, {}))
    if operation in ("Decrypt", "ReEncrypt"):
        return key, world.kms.encrypt(KeyId=key, Plaintext=b"p")["CiphertextBlob"]
    if operation == "Verify":
        return key, world.kms.sign(KeyId=key, Message=b"m", SigningAlgorithm="ECDSA_SHA_256")["Signature"]
    return key, b""


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
    key_in_state(world, key, state)
    return outcome(lambda: _use(world, operation, key, blob))


for _operation in CRYPTOGRAPHIC:
    for _state, _answer in (("Enabled", "served"), ("Disabled", DISABLED), ("PendingDeletion", PENDING)):
        _behaviour = "kms data keys" if (_operation, _state) == ("GenerateDataKeyPair", "Enabled") else STATES
        question("KMS", f"{_operation}, key {_state}", "KMS-20, KMS-21", _answer, _behaviour)(
            functools.partial(_cryptographic, operation=_operation, state=_state)
        )


def _waiting_for_material(world: World, operation: str) -> str:
    key = world.key(Origin="EXTERNAL")
    calls = {"DisableKey": world.kms.disable_key, "EnableKey": world.kms.enable_key}
    if operation in calls:
        return outcome(lambda: calls[operation](KeyId=key.rpartition("/")[2]))
    return outcome(lambda: _use(world, operation, key))


for _operation in ("Encrypt", "GenerateDataKey", "CreateGrant", "DisableKey", "EnableKey"):
    question("KMS", f"{_operation}, key PendingImport", "KMS-22, KMS-23", IMPORT, STATES)(
        functools.partial(_waiting_for_material, operation=_operation)
    )


def _manage(world: World, operation: str, state: str) -> str:
    kms, key = world.kms, world.key()
    short = key.rpartition("/")[2]
    kms.create_alias(AliasName=f"alias/parity-{short}", TargetKeyId=short)
    world.keep(kms.delete_alias, AliasName=f"alias/parity-{short}")
    grant = kms.create_grant(KeyId=key, GranteePrincipal=role_arn(world), Operations=["Decrypt"])["GrantId"]
    policy = kms.get_key_policy(KeyId=short, PolicyName="default")["Policy"]
    key_in_state(world, key, state)
    other = ""
    if operation == "UpdateAlias to it":
        other = world.key().rpartition("/")[2]
        kms.create_alias(AliasName=f"alias/parity-{other}", TargetKeyId=other)
        world.keep(kms.delete_alias, AliasName=f"alias/parity-{other}")
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
    question("KMS", f"{_operation}, key {_state}", "KMS-23 to KMS-29", _answer, STATES)(
        functools.partial(_manage, operation=_operation, state=_state)
    )


@question("KMS", "what CancelKeyDeletion leaves", "KMS-25", "Disabled, no DeletionDate", STATES)
def _(world: World) -> str:
    key = world.key()
    key_in_state(world, key, "PendingDeletion")
    world.kms.cancel_key_deletion(KeyId=key.rpartition("/")[2])
    metadata = world.kms.describe_key(KeyId=key)["KeyMetadata"]
    return f"{metadata['KeyState']}, {'a' if 'DeletionDate' in metadata else 'no'} DeletionDate"


@question("KMS", "ScheduleKeyDeletion's answer", "KMS-33", "<key ARN> PendingDeletion 7, a DeletionDate", STATES)
def _(world: World) -> str:
    key = world.key()
    answer = world.kms.schedule_key_deletion(KeyId=key.rpartition("/")[2], PendingWindowInDays=7)
    date = "a DeletionDate" if "DeletionDate" in answer else "no date"
    return normalized(f"{answer['KeyId']} {answer.get('KeyState')} {answer.get('PendingWindowInDays')}, {date}")


@question("KMS", "CancelKeyDeletion's answer", "KMS-25", "<key ARN>", STATES)
def _(world: World) -> str:
    key = world.key()
    key_in_state(world, key, "PendingDeletion")
    return normalized(world.kms.cancel_key_deletion(KeyId=key.rpartition("/")[2])["KeyId"])


@question("KMS", "DescribeKey of a key pending deletion", "KMS-33", "False PendingDeletion, a DeletionDate", STATES)
def _(world: World) -> str:
    key = world.key()
    key_in_state(world, key, "PendingDeletion")
    metadata = world.kms.describe_key(KeyId=key)["KeyMetadata"]
    date = "a DeletionDate" if "DeletionDate" in metadata else "no date"
    return f"{metadata['Enabled']} {metadata['KeyState']}, {date}"


for _days in (6, 31):

    @question("KMS", f"ScheduleKeyDeletion in {_days} days", "KMS-34", "ValidationException 400", STATES)
    def _(world: World, days: int = _days) -> str:
        key = world.key().rpartition("/")[2]
        return code(lambda: world.kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=days))


@question("KMS", "the state right after DisableKey", "KMS-31", "Disabled False DisabledException 400", STATES)
def _(world: World) -> str:
    key = world.key()
    world.disable(key)
    metadata = world.kms.describe_key(KeyId=key)["KeyMetadata"]
    return f"{metadata['KeyState']} {metadata['Enabled']} {code(lambda: _use(world, 'GenerateDataKey', key))}"


@question(
    "KMS",
    "a key whose waiting period is over",
    "KMS-35",
    "NotFoundException 400",
    STATES,
    needs="a turned clock",
)
def _(world: World) -> str:
    key = world.key()
    key_in_state(world, key, "PendingDeletion")
    world.advance_clock(7 * 24 * 3600 + 1)
    return code(lambda: world.kms.describe_key(KeyId=key))
