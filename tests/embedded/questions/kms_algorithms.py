"""Questions about what keys of other specs do: RSA and elliptic curves, MACs, dry runs; and about validation."""

from __future__ import annotations

import hashlib
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)

from tests.embedded.question import code, normalized, outcome, question
from tests.embedded.questions.steps import SIGNING
from tests.embedded.world import World

ENCRYPTION, SIGNATURES, MACS, DRY_RUNS = "kms encryption", "kms signing", "kms macs", "kms grant operations"
CREATION, TAGS, LISTS, DATA_KEYS = "kms key creation", "kms tags", "kms lists", "kms data keys"
RSA = {"KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT"}
OAEP_256 = {"EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}
MAC = {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"}
AGREEMENT = {"KeySpec": "ECC_NIST_P256", "KeyUsage": "KEY_AGREEMENT"}
ECDSA = {"SigningAlgorithm": "ECDSA_SHA_256"}


def public_key(world: World, key: str) -> Any:
    return load_der_public_key(world.kms.get_public_key(KeyId=key)["PublicKey"])


@question("KMS", "Encrypt's algorithm", "KMS-87", "SYMMETRIC_DEFAULT SYMMETRIC_DEFAULT 64", ENCRYPTION)
def _(world: World) -> str:
    encrypted = world.kms.encrypt(KeyId=world.key(), Plaintext=b"p")
    decrypted = world.kms.decrypt(CiphertextBlob=encrypted["CiphertextBlob"])
    material = len(decrypted.get("KeyMaterialId", ""))
    return f"{encrypted.get('EncryptionAlgorithm')} {decrypted.get('EncryptionAlgorithm')} {material}"


@question("KMS", "ReEncrypt's algorithms", "KMS-87", "SYMMETRIC_DEFAULT RSAES_OAEP_SHA_256 b'p'", ENCRYPTION)
def _(world: World) -> str:
    source, destination = world.key(), world.key(**RSA)
    blob = world.kms.encrypt(KeyId=source, Plaintext=b"p")["CiphertextBlob"]
    how = {"DestinationKeyId": destination, "DestinationEncryptionAlgorithm": "RSAES_OAEP_SHA_256"}
    found = world.kms.re_encrypt(CiphertextBlob=blob, **how)
    plaintext = world.kms.decrypt(CiphertextBlob=found["CiphertextBlob"], KeyId=destination, **OAEP_256)["Plaintext"]
    return f"{found.get('SourceEncryptionAlgorithm')} {found.get('DestinationEncryptionAlgorithm')} {plaintext!r}"


@question("KMS", "Decrypt what a public key encrypted", "KMS-87", "b'p' RSAES_OAEP_SHA_256", ENCRYPTION)
def _(world: World) -> str:
    key = world.key(**RSA)
    sha = hashes.SHA256()
    blob = public_key(world, key).encrypt(b"p", padding.OAEP(padding.MGF1(sha), sha, None))
    found = world.kms.decrypt(CiphertextBlob=blob, KeyId=key, **OAEP_256)
    return f"{found['Plaintext']!r} {found.get('EncryptionAlgorithm')}"


@question("KMS", "Decrypt what another public key encrypted", "KMS-87", "InvalidCiphertextException 400", ENCRYPTION)
def _(world: World) -> str:
    key = world.key(**RSA)
    return code(lambda: world.kms.decrypt(CiphertextBlob=b"x" * 256, KeyId=key, **OAEP_256))


@question(
    "KMS",
    "Encrypt 191 bytes with RSA_2048",
    "KMS-87",
    "ValidationException 400: Algorithm RSAES_OAEP_SHA_256 and key spec RSA_2048 "
    "cannot encrypt data larger than 190 bytes.",
    ENCRYPTION,
)
def _(world: World) -> str:
    key = world.key(**RSA)
    return outcome(lambda: world.kms.encrypt(KeyId=key, Plaintext=b"p" * 191, **OAEP_256))


@question(
    "KMS",
    "Encrypt with an algorithm of other keys",
    "KMS-86",
    "InvalidKeyUsageException 400: Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.",
    ENCRYPTION,
)
def _(world: World) -> str:
    key = world.key(**RSA)
    return outcome(lambda: world.kms.encrypt(KeyId=key, Plaintext=b"p"))


def _verifies_outside(world: World, key: str, message: bytes, how: Any, **asked: Any) -> str:
    signature = world.kms.sign(KeyId=key, Message=message, **asked)["Signature"]
    try:
        public_key(world, key).verify(signature, message, *how)
    except InvalidSignature:
        return "invalid"
    return "valid"


@question("KMS", "a signature of a digest, verified outside", "KMS-89", "valid", SIGNATURES)
def _(world: World) -> str:
    how = (ec.ECDSA(utils.Prehashed(hashes.SHA256())),)
    digest = hashlib.sha256(b"message").digest()
    return _verifies_outside(world, world.key(**SIGNING), digest, how, MessageType="DIGEST", **ECDSA)


@question("KMS", "a PSS signature, verified outside", "KMS-90", "valid", SIGNATURES)
def _(world: World) -> str:
    how = (padding.PSS(padding.MGF1(hashes.SHA384()), 48), hashes.SHA384())
    key = world.key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")
    return _verifies_outside(world, key, b"message", how, SigningAlgorithm="RSASSA_PSS_SHA_384")


@question("KMS", "Verify of another message", "KMS-90", "KMSInvalidSignatureException 400: ", SIGNATURES)
def _(world: World) -> str:
    asked = {"KeyId": world.key(**SIGNING), **ECDSA}
    signature = world.kms.sign(Message=b"message", **asked)["Signature"]
    return outcome(lambda: world.kms.verify(Message=b"another", Signature=signature, **asked))


@question(
    "KMS",
    "Sign of a digest of another length",
    "KMS-89",
    "ValidationException 400: Digest is invalid length for algorithm ECDSA_SHA_256.",
    SIGNATURES,
)
def _(world: World) -> str:
    asked = {"KeyId": world.key(**SIGNING), "MessageType": "DIGEST", **ECDSA}
    return outcome(lambda: world.kms.sign(Message=b"message", **asked))


@question("KMS", "GetPublicKey", "KMS-91", "<key ARN> ECC_NIST_P256 SIGN_VERIFY ['ECDSA_SHA_256']", SIGNATURES)
def _(world: World) -> str:
    found = world.kms.get_public_key(KeyId=world.key(**SIGNING).rpartition("/")[2])
    shown = f"{found['KeyId']} {found.get('KeySpec')} {found['KeyUsage']} {found['SigningAlgorithms']}"
    return normalized(shown)


@question("KMS", "GetPublicKey of a symmetric key", "KMS-91", "UnsupportedOperationException 400", SIGNATURES)
def _(world: World) -> str:
    key = world.key()
    return code(lambda: world.kms.get_public_key(KeyId=key))


@question("KMS", "a shared secret", "KMS-91", "the same, AWS_KMS ECDH", SIGNATURES)
def _(world: World) -> str:
    key, own = world.key(**AGREEMENT), ec.generate_private_key(ec.SECP256R1())
    encoded = own.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    found = world.kms.derive_shared_secret(KeyId=key, KeyAgreementAlgorithm="ECDH", PublicKey=encoded)
    same = found["SharedSecret"] == own.exchange(ec.ECDH(), public_key(world, key))
    return f"{'the same' if same else 'another'}, {found['KeyOrigin']} {found['KeyAgreementAlgorithm']}"


@question("KMS", "GenerateMac's key", "KMS-92", "<key ARN> True", MACS)
def _(world: World) -> str:
    asked = {"KeyId": world.key(**MAC).rpartition("/")[2], "Message": b"m", "MacAlgorithm": "HMAC_SHA_256"}
    made = world.kms.generate_mac(**asked)
    return normalized(f"{made['KeyId']} {world.kms.verify_mac(**asked, Mac=made['Mac'])['MacValid']}")


@question("KMS", "VerifyMac of another message", "KMS-92", "KMSInvalidMacException 400: ", MACS)
def _(world: World) -> str:
    asked = {"KeyId": world.key(**MAC), "MacAlgorithm": "HMAC_SHA_256"}
    made = world.kms.generate_mac(Message=b"m", **asked)["Mac"]
    return outcome(lambda: world.kms.verify_mac(Message=b"n", Mac=made, **asked))


@question(
    "KMS",
    "GenerateMac with an algorithm of other keys",
    "KMS-86",
    "InvalidKeyUsageException 400: Algorithm HMAC_SHA_512 is incompatible with key spec HMAC_256.",
    MACS,
)
def _(world: World) -> str:
    asked = {"KeyId": world.key(**MAC), "Message": b"m"}
    return outcome(lambda: world.kms.generate_mac(MacAlgorithm="HMAC_SHA_512", **asked))


DRY = "DryRunOperationException 400: The request would have succeeded, but the DryRun option is set."


@question("KMS", "a dry run of Encrypt", "KMS-85", DRY, ENCRYPTION)
def _(world: World) -> str:
    key = world.key()
    return outcome(lambda: world.kms.encrypt(KeyId=key, Plaintext=b"p", DryRun=True))


@question("KMS", "a dry run of CreateGrant", "KMS-85", f"{DRY} 0 grants", DRY_RUNS)
def _(world: World) -> str:
    key, grant = world.key(), {"GranteePrincipal": world.principal, "Operations": ["Encrypt"]}
    said = outcome(lambda: world.kms.create_grant(KeyId=key, DryRun=True, **grant))
    return f"{said} {len(world.kms.list_grants(KeyId=key)['Grants'])} grants"


@question("KMS", "a dry run with a disabled key", "KMS-85, KMS-20", "DisabledException 400", ENCRYPTION)
def _(world: World) -> str:
    key = world.key()
    world.disable(key)
    return code(lambda: world.kms.encrypt(KeyId=key, Plaintext=b"p", DryRun=True))


@question(
    "KMS",
    "an HMAC key without a usage",
    "KMS-93",
    "ValidationException 400: You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.",
    CREATION,
)
def _(world: World) -> str:
    return outcome(lambda: world.kms.create_key(KeySpec="HMAC_256"))


@question(
    "KMS",
    "an RSA key for key agreement",
    "KMS-80",
    "ValidationException 400: KeyUsage KEY_AGREEMENT is not compatible with KeySpec RSA_2048",
    CREATION,
)
def _(world: World) -> str:
    return outcome(lambda: world.kms.create_key(KeySpec="RSA_2048", KeyUsage="KEY_AGREEMENT"))


@question(
    "KMS",
    "a spec and a tag that are none",
    "KMS-84",
    "ValidationException 400: 2 validation errors detected: Value 'HMAC_1' at 'keySpec' failed to satisfy constraint: "
    "Member must satisfy enum value set: [RSA_2048, ECC_NIST_P384, ECC_NIST_P256, ECC_NIST_P521, HMAC_384, RSA_3072, "
    "ECC_SECG_P256K1, RSA_4096, SYMMETRIC_DEFAULT, HMAC_256, HMAC_224, HMAC_512]; Value '' at 'tags.1.member.tagKey' "
    "failed to satisfy constraint: Member must have length greater than or equal to 1",
    CREATION,
)
def _(world: World) -> str:
    client = world.unchecked("kms")
    return outcome(lambda: client.create_key(KeySpec="HMAC_1", Tags=[{"TagKey": "", "TagValue": "v"}]))


@question("KMS", "the same tag twice", "KMS-95", "TagException 400: Duplicate tag keys", TAGS)
def _(world: World) -> str:
    key, tag = world.key(), {"TagKey": "a", "TagValue": "b"}
    return outcome(lambda: world.kms.tag_resource(KeyId=key, Tags=[tag, tag]))


@question("KMS", "a tag of AWS", "KMS-95", "TagException 400: Tags beginning with aws: are reserved", TAGS)
def _(world: World) -> str:
    return outcome(lambda: world.kms.create_key(Tags=[{"TagKey": "AWS:a", "TagValue": "b"}]))


@question("KMS", "a fifty-first tag", "KMS-95", "TagException 400: Too many tags", TAGS)
def _(world: World) -> str:
    key = world.key(Tags=[{"TagKey": f"a{number}", "TagValue": "b"} for number in range(50)])
    return outcome(lambda: world.kms.tag_resource(KeyId=key, Tags=[{"TagKey": "b", "TagValue": "b"}]))


@question("KMS", "keys, page by page", "KMS-96", "True 1 1, 2 different", LISTS)
def _(world: World) -> str:
    for _ in range(2):
        world.key()
    first = world.kms.list_keys(Limit=1)
    second = world.kms.list_keys(Limit=1, Marker=first.get("NextMarker", "none"))
    sizes = f"{len(first['Keys'])} {len(second['Keys'])}"
    return f"{first['Truncated']} {sizes}, {len({each['Keys'][0]['KeyId'] for each in (first, second)})} different"


@question("KMS", "no random bytes", "KMS-88", "ValidationException 400: NumberOfBytes is required.", DATA_KEYS)
def _(world: World) -> str:
    return outcome(world.kms.generate_random)


@question("KMS", "a data key of two sizes", "KMS-12", "ValidationException 400", DATA_KEYS)
def _(world: World) -> str:
    key = world.key()
    return code(lambda: world.kms.generate_data_key(KeyId=key, KeySpec="AES_256", NumberOfBytes=16))


@question(
    "KMS", "a data key pair without its plaintext", "KMS-12", "<key ARN> ECC_NIST_P256 the private key", DATA_KEYS
)
def _(world: World) -> str:
    how = {"KeyId": world.key(), "KeyPairSpec": "ECC_NIST_P256"}
    found = world.kms.generate_data_key_pair_without_plaintext(**how)
    private: Any = load_der_private_key(
        world.kms.decrypt(CiphertextBlob=found["PrivateKeyCiphertextBlob"])["Plaintext"], None
    )
    encoded = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    half = "the private key" if encoded == found["PublicKey"] and "PrivateKeyPlaintext" not in found else "another"
    return normalized(f"{found['KeyId']} {found['KeyPairSpec']} {half}")
