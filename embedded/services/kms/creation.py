"""CreateKey: which specs, usages and origins go together.

Facts: KMS-80, KMS-93, KMS-94.
"""

from __future__ import annotations

from embedded.core.behaviours import Behaviour
from embedded.core.error_responses import not_implemented
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.request import ApiRequest
from embedded.services.kms.key_specs import ENCRYPT_DECRYPT, KEY_SPECS, SYMMETRIC_DEFAULT

BEHAVIOUR = Behaviour("kms key creation")

ORIGINS = ("AWS_KMS", "EXTERNAL")
OF_CUSTOM_KEY_STORES = ("CustomKeyStoreId", "XksKeyId")
OF_ENCLAVES = ("Recipient", "DryRunModifiers")


@BEHAVIOUR.validate("kms")
def _refuse_what_is_not_built(request: ApiRequest) -> HttpResponse | None:
    """Refuse custom key stores, and what Nitro enclaves send."""
    for name in (*OF_CUSTOM_KEY_STORES, *OF_ENCLAVES):
        if request.params.get(name):
            raise not_implemented(f"does not serve {request.operation} with {name}.")
    return None


@BEHAVIOUR.validate("kms", "CreateKey")
def _check_spec(request: ApiRequest) -> HttpResponse | None:
    params = request.params
    if params.get("KeySpec") and params.get("CustomerMasterKeySpec"):
        message = (
            "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. "
            "CustomerMasterKeySpec is deprecated."
        )
        raise AwsError("ValidationException", message)
    name = str(params.get("KeySpec") or params.get("CustomerMasterKeySpec") or SYMMETRIC_DEFAULT)
    origin = params.get("Origin") or "AWS_KMS"
    if name not in KEY_SPECS or origin not in ORIGINS:
        raise not_implemented(f"has no keys of the spec {name} and the origin {origin}.")
    usage = params.get("KeyUsage")
    if usage is None and name != SYMMETRIC_DEFAULT:
        message = "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys."
        raise AwsError("ValidationException", message)
    if (usage or ENCRYPT_DECRYPT) not in KEY_SPECS[name].algorithms:
        raise AwsError("ValidationException", f"KeyUsage {usage} is not compatible with KeySpec {name}")
    return None
