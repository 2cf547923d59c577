"""Data key pairs: an RSA or elliptic curve key pair whose private key is encrypted with the KMS key.

Facts: KMS-12, KMS-20 to KMS-22, MOTO-07.
"""

from __future__ import annotations

from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from embedded.core.behaviours import Behaviour
from embedded.core.error_responses import constraint_error
from embedded.core.http import HttpResponse
from embedded.core.protocols import serialize
from embedded.core.request import ApiRequest
from embedded.services.kms.keys import KmsContext

BEHAVIOUR = Behaviour("kms data key pairs")
BEHAVIOUR.requires("moto.kms.utils:encrypt", "master_keys, key_id, plaintext, encryption_context")

CURVES: dict[str, type[ec.EllipticCurve]] = {
    "ECC_NIST_P256": ec.SECP256R1,
    "ECC_NIST_P384": ec.SECP384R1,
    "ECC_NIST_P521": ec.SECP521R1,
    "ECC_SECG_P256K1": ec.SECP256K1,
}
RSA_BITS = {"RSA_2048": 2048, "RSA_3072": 3072, "RSA_4096": 4096}


def _private_key(spec: str) -> Any:
    if spec in CURVES:
        return ec.generate_private_key(CURVES[spec]())
    if spec in RSA_BITS:
        return rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS[spec])
    specs = ", ".join((*RSA_BITS, *CURVES))
    raise constraint_error("keyPairSpec", spec, f"satisfy enum value set: [{specs}]")


@BEHAVIOUR.implements("kms", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext")
def _generate_data_key_pair(request: ApiRequest) -> HttpResponse:
    from moto.kms.utils import encrypt

    key = request.context(KmsContext).key
    spec = str(request.params.get("KeyPairSpec", ""))
    private = _private_key(spec)
    plaintext = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    encryption_context = request.params.get("EncryptionContext") or {}
    result = {
        "PrivateKeyCiphertextBlob": encrypt({key.id: key}, key.id, plaintext, encryption_context),
        "PublicKey": private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        "KeyId": key.arn,
        "KeyPairSpec": spec,
    }
    if request.operation == "GenerateDataKeyPair":
        result["PrivateKeyPlaintext"] = plaintext
    return serialize(request, result)
