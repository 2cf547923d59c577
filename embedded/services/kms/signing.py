"""Asymmetric keys: their public keys, signatures, and shared secrets.

Facts: KMS-86, KMS-89 to KMS-91. A PSS signature's salt is as long as its hash.
"""

from __future__ import annotations

from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from embedded.core.behaviours import Behaviour
from embedded.core.error_responses import not_implemented
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.protocols import serialize
from embedded.core.request import ApiRequest
from embedded.services.kms.dry_run import check_algorithm, served
from embedded.services.kms.key_material import MaterialsOfKeys
from embedded.services.kms.key_specs import ALGORITHM_MEMBERS, KEY_SPECS, algorithms_of
from embedded.services.kms.keys import KmsContext

BEHAVIOUR = Behaviour("kms signing")

HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "SHA_256": hashes.SHA256,
    "SHA_384": hashes.SHA384,
    "SHA_512": hashes.SHA512,
}


@BEHAVIOUR.implements("kms", "GetPublicKey")
def _get_public_key(request: ApiRequest) -> HttpResponse:
    key = request.context(KmsContext).key
    if KEY_SPECS[key.key_spec].is_secret:
        raise AwsError("UnsupportedOperationException", "")
    public_key = request.aws.state(MaterialsOfKeys).value(key).public_key()
    result = {
        "KeyId": key.arn,
        "PublicKey": public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        "CustomerMasterKeySpec": key.key_spec,
        "KeySpec": key.key_spec,
        "KeyUsage": key.key_usage,
        ALGORITHM_MEMBERS[key.key_usage]: list(algorithms_of(key)),
    }
    return serialize(request, result)


@BEHAVIOUR.implements("kms", "Sign")
def _sign(request: ApiRequest) -> HttpResponse:
    key, algorithm = request.context(KmsContext).key, str(request.params["SigningAlgorithm"])
    how = _how(request, key, algorithm)
    signature = request.aws.state(MaterialsOfKeys).value(key).sign(request.params["Message"], *how)
    return served(request, {"KeyId": key.arn, "Signature": signature, "SigningAlgorithm": algorithm})


@BEHAVIOUR.implements("kms", "Verify")
def _verify(request: ApiRequest) -> HttpResponse:
    key, algorithm = request.context(KmsContext).key, str(request.params["SigningAlgorithm"])
    how = _how(request, key, algorithm)
    public_key = request.aws.state(MaterialsOfKeys).value(key).public_key()
    try:
        public_key.verify(request.params["Signature"], request.params["Message"], *how)
    except InvalidSignature:
        raise AwsError("KMSInvalidSignatureException", "") from None
    return served(request, {"KeyId": key.arn, "SignatureValid": True, "SigningAlgorithm": algorithm})


def _how(request: ApiRequest, key: Any, algorithm: str) -> tuple[Any, ...]:
    """Return what `cryptography` needs to sign a message: padding and hash, or the signature algorithm."""
    check_algorithm(key, algorithm)
    kind = request.params.get("MessageType") or "RAW"
    if algorithm == "ED25519_SHA_512" and kind == "RAW":
        return ()
    if kind == "EXTERNAL_MU" or algorithm.startswith("ED25519"):
        raise not_implemented(f"has no {algorithm} with the message type {kind}.")
    hashed = HASHES[algorithm[-len("SHA_256") :]]()
    given: Any = utils.Prehashed(hashed) if kind == "DIGEST" else hashed
    if kind == "DIGEST" and len(request.params["Message"]) != hashed.digest_size:
        raise AwsError("ValidationException", f"Digest is invalid length for algorithm {algorithm}.")
    if algorithm.startswith("ECDSA"):
        return (ec.ECDSA(given),)
    if "PSS" in algorithm:
        return padding.PSS(padding.MGF1(hashed), hashed.digest_size), given
    return padding.PKCS1v15(), given


@BEHAVIOUR.implements("kms", "DeriveSharedSecret")
def _derive_shared_secret(request: ApiRequest) -> HttpResponse:
    key, algorithm = request.context(KmsContext).key, str(request.params["KeyAgreementAlgorithm"])
    private_key = request.aws.state(MaterialsOfKeys).value(key)
    try:
        secret = private_key.exchange(ec.ECDH(), load_der_public_key(request.params["PublicKey"]))
    except (AttributeError, TypeError, ValueError):
        raise AwsError("ValidationException", "") from None
    result = {
        "KeyId": key.arn,
        "SharedSecret": secret,
        "KeyAgreementAlgorithm": algorithm,
        "KeyOrigin": key.origin,
    }
    return served(request, result)
