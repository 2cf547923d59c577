"""Encrypt, Decrypt and ReEncrypt, with symmetric and RSA keys.

Facts: KMS-06, KMS-09, KMS-10, KMS-83, KMS-86, KMS-87.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from embedded.core.behaviours import Behaviour
from embedded.core.error_responses import not_implemented
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.request import ApiRequest
from embedded.services.kms import ciphertexts
from embedded.services.kms.dry_run import check_algorithm, served
from embedded.services.kms.key_material import MaterialsOfKeys
from embedded.services.kms.key_specs import KEY_SPECS, SYMMETRIC_DEFAULT
from embedded.services.kms.keys import KmsContext

BEHAVIOUR = Behaviour("kms encryption")

OAEP_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "RSAES_OAEP_SHA_1": hashes.SHA1,
    "RSAES_OAEP_SHA_256": hashes.SHA256,
}


class Decrypted(NamedTuple):
    """A plaintext, and the id of the material that decrypted it; empty for an asymmetric key."""

    plaintext: bytes
    material_id: str


@BEHAVIOUR.implements("kms", "Encrypt")
def _encrypt(request: ApiRequest) -> HttpResponse:
    key, params = request.context(KmsContext).key, request.params
    algorithm = str(params.get("EncryptionAlgorithm") or SYMMETRIC_DEFAULT)
    ciphertext = encrypt(request, key, params.get("Plaintext") or b"", algorithm, params.get("EncryptionContext"))
    return served(request, {"CiphertextBlob": ciphertext, "KeyId": key.arn, "EncryptionAlgorithm": algorithm})


@BEHAVIOUR.implements("kms", "Decrypt")
def _decrypt(request: ApiRequest) -> HttpResponse:
    key, params = request.context(KmsContext).key, request.params
    algorithm = str(params.get("EncryptionAlgorithm") or SYMMETRIC_DEFAULT)
    found = decrypt(request, key, params["CiphertextBlob"], algorithm, params.get("EncryptionContext"))
    result = {"KeyId": key.arn, "Plaintext": found.plaintext, "EncryptionAlgorithm": algorithm}
    return served(request, {**result, "KeyMaterialId": found.material_id} if found.material_id else result)


@BEHAVIOUR.implements("kms", "ReEncrypt")
def _re_encrypt(request: ApiRequest) -> HttpResponse:
    source, destination = request.context(KmsContext).keys
    params = request.params
    algorithms = {
        side: str(params.get(f"{side}EncryptionAlgorithm") or SYMMETRIC_DEFAULT) for side in ("Source", "Destination")
    }
    found = decrypt(
        request, source, params["CiphertextBlob"], algorithms["Source"], params.get("SourceEncryptionContext")
    )
    ciphertext = encrypt(
        request,
        destination,
        found.plaintext,
        algorithms["Destination"],
        params.get("DestinationEncryptionContext"),
    )
    result = {
        "CiphertextBlob": ciphertext,
        "SourceKeyId": source.arn,
        "KeyId": destination.arn,
        "SourceEncryptionAlgorithm": algorithms["Source"],
        "DestinationEncryptionAlgorithm": algorithms["Destination"],
    }
    return served(request, result)


def encrypt(
    request: ApiRequest, key: Any, plaintext: bytes, algorithm: str, encryption_context: Mapping[str, str] | None
) -> bytes:
    """Return the ciphertext of some bytes with a key. Raises KMS's error for an algorithm or a size that do not fit."""
    check_algorithm(key, algorithm)
    value = request.aws.state(MaterialsOfKeys).value(key)
    if KEY_SPECS[key.key_spec].is_symmetric:
        return ciphertexts.encrypt(key.id, value, plaintext, encryption_context)
    _refuse_context(encryption_context)
    oaep_hash = OAEP_HASHES[algorithm]()
    longest = value.key_size // 8 - 2 * oaep_hash.digest_size - 2
    if len(plaintext) > longest:
        message = f"Algorithm {algorithm} and key spec {key.key_spec} cannot encrypt data larger than {longest} bytes."
        raise AwsError("ValidationException", message)
    ciphertext: bytes = value.public_key().encrypt(plaintext, oaep(oaep_hash))
    return ciphertext


def decrypt(
    request: ApiRequest, key: Any, ciphertext: bytes, algorithm: str, encryption_context: Mapping[str, str] | None
) -> Decrypted:
    """Return the plaintext of a ciphertext. Raises `InvalidCiphertextException` for what the key did not encrypt."""
    check_algorithm(key, algorithm)
    materials = request.aws.state(MaterialsOfKeys)
    if KEY_SPECS[key.key_spec].is_symmetric:
        plaintext, material = ciphertexts.decrypt(materials.of(key), ciphertext, encryption_context)
        return Decrypted(plaintext, material.id)
    _refuse_context(encryption_context)
    try:
        return Decrypted(materials.value(key).decrypt(ciphertext, oaep(OAEP_HASHES[algorithm]())), "")
    except ValueError:
        raise AwsError("InvalidCiphertextException", "") from None


def oaep(oaep_hash: hashes.HashAlgorithm) -> padding.OAEP:
    """Return OAEP's padding with one hash for both of its uses, as KMS has it."""
    return padding.OAEP(mgf=padding.MGF1(oaep_hash), algorithm=oaep_hash, label=None)


def _refuse_context(encryption_context: Mapping[str, str] | None) -> None:
    if encryption_context:
        raise not_implemented("does not know AWS's answer to an encryption context with an asymmetric key.")
