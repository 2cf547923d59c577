"""Imported key material: ImportKeyMaterial, DeleteImportedKeyMaterial, and material that expires.

Facts: KMS-22, KMS-97 to KMS-101.
"""

from __future__ import annotations

import datetime
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap_with_padding
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_der_private_key

from embedded.core.behaviours import Behaviour
from embedded.core.error_responses import not_implemented
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.protocols import serialize
from embedded.core.request import ApiRequest
from embedded.services.kms.encryption import oaep
from embedded.services.kms.import_parameters import ImportParameters, LastParameters
from embedded.services.kms.key_material import KeyMaterial, Materials, MaterialsOfKeys, material_id
from embedded.services.kms.key_specs import KEY_SPECS
from embedded.services.kms.key_states import ENDING, KeyState, switch_state
from embedded.services.kms.keys import KmsContext

BEHAVIOUR = Behaviour("imported key material")

EXPIRES, DOES_NOT_EXPIRE = "KEY_MATERIAL_EXPIRES", "KEY_MATERIAL_DOES_NOT_EXPIRE"
NEW, EXISTING = "NEW_KEY_MATERIAL", "EXISTING_KEY_MATERIAL"
WRAPPED_WITH_AES = "RSA_AES_KEY_WRAP_"


@BEHAVIOUR.validate("kms", "ImportKeyMaterial", "DeleteImportedKeyMaterial")
def _check_origin(request: ApiRequest) -> HttpResponse | None:
    key = request.context(KmsContext).key
    if key.origin != "EXTERNAL":
        message = f"{key.arn} origin is {key.origin} which is not valid for this operation."
        raise AwsError("UnsupportedOperationException", message)
    return None


@BEHAVIOUR.validate("kms", "ImportKeyMaterial")
def _check_expiration(request: ApiRequest) -> HttpResponse | None:
    params = request.params
    expires = (params.get("ExpirationModel") or EXPIRES) == EXPIRES
    if expires and params.get("ValidTo") is None:
        message = f"A validTo date must be set if the ExpirationModel is {EXPIRES}"
        raise AwsError("ValidationException", message)
    if not expires and params.get("ValidTo") is not None:
        raise not_implemented(f"does not know AWS's answer to ValidTo with {DOES_NOT_EXPIRE}.")
    return None


@BEHAVIOUR.implements("kms", "ImportKeyMaterial")
def _import_key_material(request: ApiRequest) -> HttpResponse:
    key = request.context(KmsContext).key
    parameters = request.aws.state(LastParameters).get(key)
    if parameters is None or request.params["ImportToken"] != parameters.token:
        raise AwsError("InvalidImportTokenException", "")
    if request.aws.now() > parameters.until:
        raise AwsError("ExpiredImportTokenException", "")
    value, encoded = _read(key, _unwrapped(request.params["EncryptedKeyMaterial"], parameters))
    material = KeyMaterial(material_id(key, encoded), value)
    material = _placed(request, key, material)
    material.present, material.description = True, str(request.params.get("KeyMaterialDescription") or "")
    material.expiration_model = str(request.params.get("ExpirationModel") or EXPIRES)
    until = request.params.get("ValidTo")
    material.expires = until.replace(tzinfo=datetime.UTC).timestamp() if until else 0.0
    if material.expires:
        request.aws.state(MaterialsOfKeys).expiring.append((key, material))
    materials = request.aws.state(MaterialsOfKeys).of(key)
    if key.key_state == KeyState.PENDING_IMPORT and all(each.present for each in materials.known):
        switch_state(request, key, KeyState.ENABLED)
    return serialize(request, _result(key, material))


def _unwrapped(wrapped: bytes, parameters: ImportParameters) -> bytes:
    """Return key material without its wrapping. Raises `InvalidCiphertextException`."""
    algorithm, private_key = parameters.algorithm, parameters.private_key
    padding = oaep(hashes.SHA1() if algorithm.endswith("SHA_1") else hashes.SHA256())  # noqa: S303  # AWS offers it
    try:
        if not algorithm.startswith(WRAPPED_WITH_AES):
            found: bytes = private_key.decrypt(wrapped, padding)
            return found
        length = private_key.key_size // 8
        return aes_key_unwrap_with_padding(private_key.decrypt(wrapped[:length], padding), wrapped[length:])
    except (ValueError, InvalidUnwrap):
        raise AwsError("InvalidCiphertextException", "") from None


def _read(key: Any, encoded: bytes) -> tuple[Any, bytes]:
    """Return a key's material and its bytes. Raises `IncorrectKeyMaterialException` if it does not fit the spec."""
    spec = KEY_SPECS[key.key_spec]
    if spec.is_secret:
        if len(encoded) != spec.size:
            raise AwsError("IncorrectKeyMaterialException", "")
        return encoded, encoded
    try:
        private = load_der_private_key(encoded, None)
    except (TypeError, ValueError):
        raise AwsError("IncorrectKeyMaterialException", "") from None
    fits = (
        (isinstance(private, rsa.RSAPrivateKey) and spec.is_rsa and private.key_size == spec.size)
        or (isinstance(private, ec.EllipticCurvePrivateKey) and type(private.curve).__name__ == spec.curve)
        or (isinstance(private, ed25519.Ed25519PrivateKey) and not spec.is_rsa and not spec.curve)
    )
    if not fits:
        raise AwsError("IncorrectKeyMaterialException", "")
    return private, private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def _placed(request: ApiRequest, key: Any, material: KeyMaterial) -> KeyMaterial:
    """Return the material at its place among the key's: the first one, one that was there before, or a pending one."""
    materials = request.aws.state(MaterialsOfKeys).of(key)
    everything = [*materials.known, *([materials.pending] if materials.pending else [])]
    known = next((each for each in everything if each.id == material.id), None)
    kind = request.params.get("ImportType") or (EXISTING if everything else NEW)
    if kind == EXISTING or (everything and not KEY_SPECS[key.key_spec].is_symmetric):
        if known is None:
            raise AwsError("IncorrectKeyMaterialException", "")
        return known
    if not everything:
        materials.known.append(material)
        return material
    if known is not None:
        raise not_implemented("does not know AWS's answer to known material as NEW_KEY_MATERIAL.")
    _check_nothing_pending(key, materials, material)
    materials.pending = material
    return material


def _check_nothing_pending(key: Any, materials: Materials, material: KeyMaterial) -> None:
    if materials.pending is not None:
        message = (
            f"New key material (id: {material.id}) cannot be imported into KMS key {key.arn}, "
            f"because another key material (id: {materials.pending.id}) is pending rotation."
        )
        raise AwsError("KMSInvalidStateException", message)


@BEHAVIOUR.implements("kms", "DeleteImportedKeyMaterial")
def _delete_imported_key_material(request: ApiRequest) -> HttpResponse:
    key, wanted = request.context(KmsContext).key, request.params.get("KeyMaterialId")
    materials = request.aws.state(MaterialsOfKeys).of(key)
    everything = [*materials.known, *([materials.pending] if materials.pending else [])]
    material = next((each for each in everything if each.id == wanted), None) if wanted else materials.current
    if wanted and material is None:
        raise not_implemented("does not know AWS's answer to the id of a key material that the key does not have.")
    if material is None:
        return serialize(request, {"KeyId": key.arn})
    if material is materials.pending:
        materials.pending = None
    else:
        _forget(request, key, material)
    return serialize(request, _result(key, material))


def _forget(request: ApiRequest, key: Any, material: KeyMaterial) -> None:
    material.present, material.expires = False, 0.0
    if key.key_state not in ENDING:
        switch_state(request, key, KeyState.PENDING_IMPORT)


def _result(key: Any, material: KeyMaterial) -> dict[str, str]:
    result = {"KeyId": key.arn}
    return {**result, "KeyMaterialId": material.id} if KEY_SPECS[key.key_spec].is_symmetric else result


@BEHAVIOUR.resolve("kms")
@BEHAVIOUR.resolve("s3")
@BEHAVIOUR.resolve("ec2")
def _expire(request: ApiRequest) -> None:
    """Delete the account's material whose time is over, before the request uses its key."""
    expiring = request.aws.state(MaterialsOfKeys).expiring
    for key, material in [each for each in expiring if each[0].account_id == request.account]:
        if material.expires > request.aws.now():
            continue
        expiring.remove((key, material))
        if material.expires:
            _forget(request, key, material)
