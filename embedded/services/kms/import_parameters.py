"""The wrapping key and the token with which key material is imported.

Facts: KMS-133, KMS-134, MOTO-08.
"""

from __future__ import annotations

import dataclasses
import os
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.environment import ObjectState, moto_datetime
from embedded.core.error_responses import not_implemented
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.protocols import serialize
from embedded.core.request import ApiRequest
from embedded.services.kms.keys import KmsContext

BEHAVIOUR = Behaviour("import parameters")

VALID_SECONDS = 24 * 3600
RSA = "RSA_"


@dataclasses.dataclass(frozen=True)
class ImportParameters:
    """A private key of `cryptography`, the algorithm and the token that go with it, and until when they are valid.

    `until` is in seconds since the epoch.
    """

    private_key: Any
    algorithm: str
    token: bytes
    until: float


class LastParameters(ObjectState[ImportParameters]):
    """The parameters that were last returned for a key (moto's object)."""


@BEHAVIOUR.validate("kms", "GetParametersForImport")
def _check_key(request: ApiRequest) -> HttpResponse | None:
    key = request.context(KmsContext).key
    if key.origin != "EXTERNAL":
        message = f"{key.arn} origin is {key.origin} which is not valid for this operation."
        raise AwsError("UnsupportedOperationException", message)
    if key.key_state == "PendingDeletion":
        raise AwsError("KMSInvalidStateException", f"{key.arn} is pending deletion.")
    return None


@BEHAVIOUR.implements("kms", "GetParametersForImport")
def _get_parameters(request: ApiRequest) -> HttpResponse:
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key, spec = request.context(KmsContext).key, str(request.params["WrappingKeySpec"])
    if not spec.startswith(RSA):
        raise not_implemented(f"has no wrapping key {spec}.")
    private_key = rsa.generate_private_key(public_exponent=65537, key_size=int(spec.removeprefix(RSA)))
    algorithm = str(request.params["WrappingAlgorithm"])
    parameters = ImportParameters(private_key, algorithm, os.urandom(256), request.aws.now() + VALID_SECONDS)
    request.aws.state(LastParameters)[key] = parameters
    public_key = private_key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    result = {
        "KeyId": key.arn,
        "ImportToken": parameters.token,
        "PublicKey": public_key,
        "ParametersValidTo": moto_datetime(parameters.until),
    }
    return serialize(request, result)
