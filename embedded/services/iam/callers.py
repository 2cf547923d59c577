"""Operations whose user is the caller unless they name one.

Facts: IAM-65, MOTO-82.
"""

from __future__ import annotations

from embedded.core.behaviours import Behaviour
from embedded.core.errors import AwsError
from embedded.core.principal import PrincipalKind
from embedded.core.protocols import add_form_fields
from embedded.core.request import ApiRequest

BEHAVIOUR = Behaviour("iam callers")

OPERATIONS = (
    "CreateAccessKey",
    "DeleteAccessKey",
    "GetUser",
    "ListAccessKeys",
    "ListSigningCertificates",
    "UpdateAccessKey",
)


@BEHAVIOUR.resolve("iam", *OPERATIONS)
def _name_the_caller(request: ApiRequest) -> None:
    if request.params.get("UserName"):
        return
    if request.principal.kind is PrincipalKind.IAM_USER:
        request.http = add_form_fields(request.http, {"UserName": request.principal.name})
    elif request.principal.kind is not PrincipalKind.ROOT:
        raise AwsError("ValidationError", "Must specify userName when calling with non-User credentials")
