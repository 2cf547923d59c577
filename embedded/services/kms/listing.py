"""The lists of keys and grants, page by page.

Facts: KMS-66, KMS-96.
"""

from __future__ import annotations

from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.http import HttpResponse
from embedded.core.protocols import serialize
from embedded.core.request import ApiRequest
from embedded.services.kms.keys import KmsContext, keys_of
from embedded.services.kms.pages import page

BEHAVIOUR = Behaviour("kms lists")


@BEHAVIOUR.implements("kms", "ListKeys")
def _list_keys(request: ApiRequest) -> HttpResponse:
    keys = [{"KeyId": key.id, "KeyArn": key.arn} for key in keys_of(request, request.account).values()]
    return serialize(request, page(request, "Keys", keys, lambda key: str(key["KeyId"]), size=100, most=1000))


@BEHAVIOUR.implements("kms", "ListGrants")
def _list_grants(request: ApiRequest) -> HttpResponse:
    params = request.params
    grants: list[dict[str, Any]] = [
        grant.to_json()
        for grant in request.context(KmsContext).key.grants.values()
        if params.get("GrantId") in (None, grant.id)
        and params.get("GranteePrincipal") in (None, grant.grantee_principal)
    ]
    return serialize(request, page(request, "Grants", grants, lambda grant: str(grant["GrantId"])))
