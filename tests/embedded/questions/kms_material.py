"""Questions about imported key material, and about rotations on demand."""

from __future__ import annotations

import os
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.keywrap import aes_key_wrap_with_padding
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
)

from tests.embedded.question import code, normalized, outcome, question
from tests.embedded.world import World

IMPORTS = "imported key material"
ROTATION = "kms rotation"
STAYS = {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}
CURVE_KEY = {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"}


def wrapped(world: World, key: str, material: bytes, algorithm: str = "RSAES_OAEP_SHA_256") -> dict[str, Any]:
    """The token and the wrapped material of an import."""
    found = world.kms.get_parameters_for_import(KeyId=key, WrappingAlgorithm=algorithm, WrappingKeySpec="RSA_2048")
    public: Any = load_der_public_key(found["PublicKey"])
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    sealed = public.encrypt(material, oaep) if algorithm.startswith("RSAES") else b""
    if not sealed:
        aes = os.urandom(32)
        sealed = public.encrypt(aes, oaep) + aes_key_wrap_with_padding(aes, material)
    return {"KeyId": key, "ImportToken": found["ImportToken"], "EncryptedKeyMaterial": sealed}


def imported(world: World, material: bytes = b"m" * 32, **how: Any) -> str:
    """A key with imported material, and its ARN."""
    key = world.key(Origin="EXTERNAL", **how)
    world.kms.import_key_material(**wrapped(world, key, material), **STAYS)
    return key


def shown(world: World, key: str) -> str:
    metadata = world.kms.describe_key(KeyId=key)["KeyMetadata"]
    return f"{metadata['KeyState']} {metadata.get('ExpirationModel')} {len(metadata.get('CurrentKeyMaterialId', ''))}"


@question(
    "KMS",
    "a key before, with and after imported material",
    "KMS-82, KMS-98",
    "PendingImport None 0, Enabled KEY_MATERIAL_DOES_NOT_EXPIRE 64, PendingImport None 64",
    IMPORTS,
)
def _(world: World) -> str:
    key = world.key(Origin="EXTERNAL")
    states = [shown(world, key)]
    world.kms.import_key_material(**wrapped(world, key, b"m" * 32), **STAYS)
    states.append(shown(world, key))
    world.kms.delete_imported_key_material(KeyId=key)
    return ", ".join([*states, shown(world, key)])


@question(
    "KMS", "what imported material encrypted, imported again", "KMS-101", "b'p', KMSInvalidStateException 400", IMPORTS
)
def _(world: World) -> str:
    key = imported(world)
    blob = world.kms.encrypt(KeyId=key, Plaintext=b"p")["CiphertextBlob"]
    world.kms.delete_imported_key_material(KeyId=key)
    refused = code(lambda: world.kms.decrypt(CiphertextBlob=blob))
    world.kms.import_key_material(**wrapped(world, key, b"m" * 32), **STAYS)
    return f"{world.kms.decrypt(CiphertextBlob=blob)['Plaintext']!r}, {refused}"


@question("KMS", "other material for a key that had some", "KMS-101", "IncorrectKeyMaterialException 400", IMPORTS)
def _(world: World) -> str:
    key = imported(world)
    return code(lambda: world.kms.import_key_material(**wrapped(world, key, b"n" * 32), **STAYS))


@question("KMS", "material of another length", "KMS-101", "IncorrectKeyMaterialException 400", IMPORTS)
def _(world: World) -> str:
    key = world.key(Origin="EXTERNAL")
    return code(lambda: world.kms.import_key_material(**wrapped(world, key, b"m" * 16), **STAYS))


@question("KMS", "an import with a token that is none", "KMS-101", "InvalidImportTokenException 400", IMPORTS)
def _(world: World) -> str:
    key = world.key(Origin="EXTERNAL")
    how = {**wrapped(world, key, b"m" * 32), "ImportToken": b"token"}
    return code(lambda: world.kms.import_key_material(**how, **STAYS))


@question("KMS", "an import that cannot be unwrapped", "KMS-101", "InvalidCiphertextException 400", IMPORTS)
def _(world: World) -> str:
    key = world.key(Origin="EXTERNAL")
    how = {**wrapped(world, key, b"m" * 32), "EncryptedKeyMaterial": b"material"}
    return code(lambda: world.kms.import_key_material(**how, **STAYS))


@question(
    "KMS",
    "an import that expires at no date",
    "KMS-97",
    "ValidationException 400: A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES",
    IMPORTS,
)
def _(world: World) -> str:
    key = world.key(Origin="EXTERNAL")
    return outcome(lambda: world.kms.import_key_material(**wrapped(world, key, b"m" * 32)))


@question("KMS", "an imported key pair", "KMS-99, KMS-98", "the same public key, valid", IMPORTS)
def _(world: World) -> str:
    private = ec.generate_private_key(ec.SECP256R1())
    encoded = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    key = world.key(Origin="EXTERNAL", **CURVE_KEY)
    how = wrapped(world, key, encoded, "RSA_AES_KEY_WRAP_SHA_256")
    world.kms.import_key_material(**how, **STAYS)
    public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    same = "the same" if world.kms.get_public_key(KeyId=key)["PublicKey"] == public else "another"
    asked = {"KeyId": key, "Message": b"m", "SigningAlgorithm": "ECDSA_SHA_256"}
    signature = world.kms.sign(**asked)["Signature"]
    valid = world.kms.verify(**asked, Signature=signature)["SignatureValid"]
    return f"{same} public key, {'valid' if valid else 'invalid'}"


@question(
    "KMS",
    "a second new material before a rotation",
    "KMS-100",
    "KMSInvalidStateException 400: New key material (id: …) cannot be imported into KMS key <key ARN>, "
    "because another key material (id: …) is pending rotation.",
    IMPORTS,
)
def _(world: World) -> str:
    key, new = imported(world), {"ImportType": "NEW_KEY_MATERIAL", **STAYS}
    pending = world.kms.import_key_material(**wrapped(world, key, b"n" * 32), **new)["KeyMaterialId"]
    said = outcome(lambda: world.kms.import_key_material(**wrapped(world, key, b"o" * 32), **new))
    before, _, after = said.replace(f"(id: {pending})", "(id: …)").partition("(id: ")
    return f"{before}(id: …{after[64:]}"


@question("KMS", "new material after a rotation", "KMS-83, KMS-100", "another material, b'p'", ROTATION)
def _(world: World) -> str:
    key = imported(world)
    blob = world.kms.encrypt(KeyId=key, Plaintext=b"p")["CiphertextBlob"]
    new = {"ImportType": "NEW_KEY_MATERIAL", **STAYS}
    pending = world.kms.import_key_material(**wrapped(world, key, b"n" * 32), **new)["KeyMaterialId"]
    world.kms.rotate_key_on_demand(KeyId=key)
    current = world.kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"]
    kind = "another material" if current == pending else "the same material"
    return f"{kind}, {world.kms.decrypt(CiphertextBlob=blob)['Plaintext']!r}"


@question(
    "KMS",
    "a rotation without new material",
    "KMS-104",
    "KMSInvalidStateException 400: No available key material pending rotation for the key: <key ARN>.",
    ROTATION,
)
def _(world: World) -> str:
    key = imported(world)
    return outcome(lambda: world.kms.rotate_key_on_demand(KeyId=key))


@question("KMS", "a rotation on demand", "KMS-82, KMS-83, KMS-102", "<key ARN>, another material, b'p'", ROTATION)
def _(world: World) -> str:
    key = world.key()
    blob = world.kms.encrypt(KeyId=key, Plaintext=b"p")["CiphertextBlob"]
    before = world.kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"]
    said = world.kms.rotate_key_on_demand(KeyId=key.rpartition("/")[2])["KeyId"]
    world.settle()
    after = world.kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"]
    kind = "the same material" if before == after else "another material"
    return normalized(f"{said}, {kind}, {world.kms.decrypt(CiphertextBlob=blob)['Plaintext']!r}")


@question("KMS", "a rotation of a signing key", "KMS-102", "UnsupportedOperationException 400: ", ROTATION)
def _(world: World) -> str:
    key = world.key(**CURVE_KEY)
    return outcome(lambda: world.kms.rotate_key_on_demand(KeyId=key))


@question("KMS", "automatic rotation of a signing key", "KMS-105", "UnsupportedOperationException 400", ROTATION)
def _(world: World) -> str:
    key = world.key(**CURVE_KEY)
    return code(lambda: world.kms.enable_key_rotation(KeyId=key))


@question("KMS", "the rotations of a key", "KMS-102, KMS-107", "ON_DEMAND CURRENT, 2 with the first", ROTATION)
def _(world: World) -> str:
    key = world.key()
    world.kms.rotate_key_on_demand(KeyId=key)
    world.settle()
    (rotation,) = world.kms.list_key_rotations(KeyId=key)["Rotations"]
    everything = world.kms.list_key_rotations(KeyId=key, IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"]
    return f"{rotation['RotationType']} {rotation.get('KeyMaterialState')}, {len(everything)} with the first"
