"""Questions about keys, their ids and metadata."""

from __future__ import annotations

import functools
import json

from tests.embedded.question import code, normalized, outcome, question
from tests.embedded.questions.steps import SIGNING
from tests.embedded.world import World

KEYS = "kms keys"
ABSENT = "134f2428-cec1-4b25-a1ae-9048164dba47"


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
    question("KMS", f"{_operation} by ARN", "KMS-11", "served", KEYS)(functools.partial(_by_arn, operation=_operation))
    question("KMS", f"{_operation} by alias", "KMS-11", "NotFoundException 400", KEYS)(
        functools.partial(_by_alias, operation=_operation)
    )


@question("KMS", "an absent key by id", "KMS-04", "NotFoundException 400: Key '<key ARN>' does not exist", KEYS)
def _(world: World) -> str:
    return outcome(lambda: world.kms.describe_key(KeyId=ABSENT))


@question("KMS", "an absent key by ARN", "KMS-04", "NotFoundException 400: Key '<key ARN>' does not exist", KEYS)
def _(world: World) -> str:
    arn = f"arn:aws:kms:{world.region}:{world.account}:key/{ABSENT}"
    return outcome(lambda: world.kms.describe_key(KeyId=arn))


@question("KMS", "an id that is none", "KMS-04", "NotFoundException 400: Invalid keyId 'fake-key-id'", KEYS)
def _(world: World) -> str:
    return outcome(lambda: world.kms.describe_key(KeyId="fake-key-id"))


@question("KMS", "a key ARN of another region", "KMS-04", "NotFoundException 400", KEYS)
def _(world: World) -> str:
    return code(lambda: world.kms.describe_key(KeyId=f"arn:aws:kms:eu-west-1:{world.account}:key/{ABSENT}"))


@question("KMS", "an absent alias", "KMS-05", "NotFoundException 400", KEYS)
def _(world: World) -> str:
    return code(lambda: world.kms.describe_key(KeyId="alias/nobody-made-this"))


@question(
    "KMS",
    "Decrypt naming another key",
    "KMS-06",
    "IncorrectKeyException 400: The key ID in the request does not identify a CMK that can perform this operation.",
    KEYS,
)
def _(world: World) -> str:
    blob = world.kms.encrypt(KeyId=world.key(), Plaintext=b"p")["CiphertextBlob"]
    return outcome(lambda: world.kms.decrypt(CiphertextBlob=blob, KeyId=world.key()))


@question("KMS", "ReEncrypt naming another source", "KMS-06", "IncorrectKeyException 400", KEYS)
def _(world: World) -> str:
    key, other = world.key(), world.key()
    blob = world.kms.encrypt(KeyId=key, Plaintext=b"p")["CiphertextBlob"]
    return code(lambda: world.kms.re_encrypt(CiphertextBlob=blob, SourceKeyId=other, DestinationKeyId=key))


@question(
    "KMS",
    "Encrypt with a signing key",
    "KMS-08",
    "InvalidKeyUsageException 400: <key ARN> key usage is SIGN_VERIFY which is not valid for Encrypt.",
    KEYS,
)
def _(world: World) -> str:
    return outcome(lambda: world.kms.encrypt(KeyId=world.key(**SIGNING), Plaintext=b"p"))


SIZE = "ValidationException 400: 1 validation error detected: Value at 'plaintext' failed to satisfy constraint: "


for _size, _bound in ((0, "greater than or equal to 1"), (4097, "less than or equal to 4096")):

    @question("KMS", f"Encrypt {_size} bytes", "KMS-09", f"{SIZE}Member must have length {_bound}", KEYS)
    def _(world: World, size: int = _size) -> str:
        return outcome(lambda: world.kms.encrypt(KeyId=world.key(), Plaintext=b"p" * size))


@question("KMS", "Decrypt in another context", "KMS-10", "InvalidCiphertextException 400", KEYS)
def _(world: World) -> str:
    blob = world.kms.encrypt(KeyId=world.key(), Plaintext=b"p", EncryptionContext={"a": "bc"})["CiphertextBlob"]
    return code(lambda: world.kms.decrypt(CiphertextBlob=blob, EncryptionContext={"ab": "c"}))


@question("KMS", "Decrypt of what is no ciphertext", "KMS-10", "InvalidCiphertextException 400", KEYS)
def _(world: World) -> str:
    return code(lambda: world.kms.decrypt(CiphertextBlob=b"x" * 90))


@question(
    "KMS",
    "a new key's metadata",
    "KMS-40, KMS-42",
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


@question("KMS", "the policy of a key made without one", "KMS-55, KMS-56", "key-default-1 1 kms:* default", KEYS)
def _(world: World) -> str:
    answer = world.kms.get_key_policy(KeyId=world.key().rpartition("/")[2], PolicyName="default")
    policy = json.loads(answer["Policy"])
    statements = policy["Statement"]
    return f"{policy['Id']} {len(statements)} {statements[0]['Action']} {answer.get('PolicyName')}"


@question("KMS", "who manages alias/aws/s3", "KMS-45", "AWS Enabled", "aws managed keys")
def _(world: World) -> str:
    metadata = world.kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]
    return f"{metadata['KeyManager']} {metadata['KeyState']}"


for _operation, _how in (("disable_key", {}), ("schedule_key_deletion", {"PendingWindowInDays": 7})):

    @question("KMS", f"{_operation} of AWS's own key", "KMS-45", "AccessDeniedException 400", "aws managed keys")
    def _(world: World, operation: str = _operation, how: dict[str, int] = _how) -> str:
        key = world.kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["KeyId"]
        return code(lambda: getattr(world.kms, operation)(KeyId=key, **how))


@question("KMS", "Encrypt with AWS's own key, directly", "KMS-45", "AccessDeniedException 400", "aws managed keys")
def _(world: World) -> str:
    return code(lambda: world.kms.encrypt(KeyId="alias/aws/s3", Plaintext=b"p"))


@question("KMS", "what GetKeyRotationStatus tells", "KMS-36", "<key ARN> True 180", "kms rotation")
def _(world: World) -> str:
    key = world.key()
    world.kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=180)
    status = world.kms.get_key_rotation_status(KeyId=key)
    return normalized(f"{status.get('KeyId')} {status['KeyRotationEnabled']} {status.get('RotationPeriodInDays')}")
