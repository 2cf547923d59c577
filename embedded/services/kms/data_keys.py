"""Data keys and data key pairs, each also encrypted with the KMS key, and random bytes.

Facts: KMS-12, KMS-20 to KMS-22, KMS-86, KMS-88, MOTO-07.
"""

from __future__ import annotations

import os
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from embedded.core.behaviours import Behaviour
from embedded.core.error_responses import not_implemented
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.protocols import serialize
from embedded.core.request import ApiRequest
from embedded.services.kms.dry_run import served
from embedded.services.kms.encryption import encrypt
from embedded.services.kms.key_specs import KEY_SPECS, SYMMETRIC_DEFAULT
from embedded.services.kms.keys import KmsContext

BEHAVIOUR = Behaviour("kms data keys")

DATA_KEY_BYTES = {"AES_256": 32, "AES_128": 16}


@BEHAVIOUR.implements("kms", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext")
def _generate_data_key(request: ApiRequest) -> HttpResponse:
    key, params = request.context(KmsContext).key, request.params
    spec, count = params.get("KeySpec"), params.get("NumberOfBytes")
    if bool(spec) == bool(count):
        raise AwsError("ValidationException", "Please specify either number of bytes or key spec.")
    plaintext = os.urandom(DATA_KEY_BYTES[str(spec)] if spec else int(count or 0))
    result = {"CiphertextBlob": _encrypted(request, key, plaintext), "KeyId": key.arn}
    return served(request, {**result, "Plaintext": plaintext} if request.operation == "GenerateDataKey" else result)


@BEHAVIOUR.implements("kms", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext")
def _generate_data_key_pair(request: ApiRequest) -> HttpResponse:
    key, name = request.context(KmsContext).key, str(request.params.get("KeyPairSpec", ""))
    spec = KEY_SPECS.get(name)
    if spec is None:
        raise not_implemented(f"has no data key pairs of the spec {name}.")
    private = spec.new_material()
    plaintext = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    result = {
        "PrivateKeyCiphertextBlob": _encrypted(request, key, plaintext),
        "PublicKey": private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        "KeyId": key.arn,
        "KeyPairSpec": name,
    }
    if request.operation == "GenerateDataKeyPair":
        result["PrivateKeyPlaintext"] = plaintext
    return served(request, result)


def _encrypted(request: ApiRequest, key: Any, plaintext: bytes) -> bytes:
    return encrypt(request, key, plaintext, SYMMETRIC_DEFAULT, request.params.get("EncryptionContext"))


@BEHAVIOUR.implements("kms", "GenerateRandom")
def _generate_random(request: ApiRequest) -> HttpResponse:
    count = request.params.get("NumberOfBytes")
    if count is None:
        raise AwsError("ValidationException", "NumberOfBytes is required.")
    return serialize(request, {"Plaintext": os.urandom(count)})
