"""GetFederationToken: refused to sessions, as AWS does, and to users, for whom it is not built.

Facts: STS-63, MOTO-83.
"""

from __future__ import annotations

from embedded.core.behaviours import Behaviour
from embedded.core.error_responses import not_implemented
from embedded.core.http import HttpResponse
from embedded.core.principal import PrincipalKind
from embedded.core.request import ApiRequest
from embedded.services.iam.authorization import access_denied

BEHAVIOUR = Behaviour("sts federation")


@BEHAVIOUR.implements("sts", "GetFederationToken")
def _refuse(request: ApiRequest) -> HttpResponse:
    if request.principal.kind is PrincipalKind.ASSUMED_ROLE or request.principal.session_started:
        raise access_denied("sts", "Cannot call GetFederationToken with session credentials")
    raise not_implemented("has no GetFederationToken.")
