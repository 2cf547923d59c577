"""Data key pairs: an RSA or elliptic pair whose private half is sealed under the key.

Facts: https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKeyPair.html; refusals as for every
cryptographic operation (`aws-behaviour.md` §1.1). moto has neither operation.
"""

from __future__ import annotations

from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from embedded.core.behaviours import Behaviour
from embedded.core.call import Answer, Call
from embedded.core.protocols import serialized, unsatisfied

BEHAVIOUR = Behaviour("kms data key pairs")
BEHAVIOUR.stands_on("moto.kms.utils:encrypt", "master_keys, key_id, plaintext, encryption_context")

CURVES: dict[str, type[ec.EllipticCurve]] = {
    "ECC_NIST_P256": ec.SECP256R1,
    "ECC_NIST_P384": ec.SECP384R1,
    "ECC_NIST_P521": ec.SECP521R1,
    "ECC_SECG_P256K1": ec.SECP256K1,
}
RSA_BITS = {"RSA_2048": 2048, "RSA_3072": 3072, "RSA_4096": 4096}


def _pair(spec: str) -> Any:
    if spec in CURVES:
        return ec.generate_private_key(CURVES[spec]())
    if spec in RSA_BITS:
        return rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS[spec])
    specs = ", ".join((*RSA_BITS, *CURVES))
    raise unsatisfied("keyPairSpec", spec, f"satisfy enum value set: [{specs}]")


@BEHAVIOUR.instead("kms", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext")
def _generate(call: Call) -> Answer:
    from moto.kms.utils import encrypt

    key = call.notes["keys"][0]
    spec = str(call.params.get("KeyPairSpec", ""))
    private = _pair(spec)
    plaintext = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    context = call.params.get("EncryptionContext") or {}
    told = {
        "PrivateKeyCiphertextBlob": encrypt({key.id: key}, key.id, plaintext, context),
        "PublicKey": private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        "KeyId": key.arn,
        "KeyPairSpec": spec,
    }
    if call.operation == "GenerateDataKeyPair":
        told["PrivateKeyPlaintext"] = plaintext
    return serialized(call, told)
