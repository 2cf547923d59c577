"""GenerateMac and VerifyMac.

Facts: KMS-86, KMS-92.
"""

from __future__ import annotations

import hmac
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.request import ApiRequest
from embedded.services.kms.dry_run import check_algorithm, served
from embedded.services.kms.key_material import MaterialsOfKeys
from embedded.services.kms.keys import KmsContext

BEHAVIOUR = Behaviour("kms macs")


@BEHAVIOUR.implements("kms", "GenerateMac")
def _generate_mac(request: ApiRequest) -> HttpResponse:
    key, algorithm = request.context(KmsContext).key, str(request.params["MacAlgorithm"])
    return served(request, {"Mac": _mac(request, key, algorithm), "MacAlgorithm": algorithm, "KeyId": key.arn})


@BEHAVIOUR.implements("kms", "VerifyMac")
def _verify_mac(request: ApiRequest) -> HttpResponse:
    key, algorithm = request.context(KmsContext).key, str(request.params["MacAlgorithm"])
    if not hmac.compare_digest(_mac(request, key, algorithm), request.params["Mac"]):
        raise AwsError("KMSInvalidMacException", "")
    return served(request, {"KeyId": key.arn, "MacValid": True, "MacAlgorithm": algorithm})


def _mac(request: ApiRequest, key: Any, algorithm: str) -> bytes:
    check_algorithm(key, algorithm)
    secret = request.aws.state(MaterialsOfKeys).value(key)
    return hmac.digest(secret, request.params["Message"], algorithm.removeprefix("HMAC_").replace("_", "").lower())
