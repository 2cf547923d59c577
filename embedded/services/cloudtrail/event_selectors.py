"""The event selectors of a trail that was given none: all management events.

Facts: CT-60, MOTO-85.
"""

from __future__ import annotations

import json

from embedded.core.behaviours import Behaviour
from embedded.core.error_responses import not_implemented
from embedded.core.http import HttpResponse
from embedded.core.request import ApiRequest

BEHAVIOUR = Behaviour("event selectors")

DEFAULT = {
    "ReadWriteType": "All",
    "IncludeManagementEvents": True,
    "DataResources": [],
    "ExcludeManagementEventSources": [],
}


@BEHAVIOUR.validate("cloudtrail", "PutEventSelectors")
def _refuse_data_events(request: ApiRequest) -> HttpResponse | None:
    """Refuse data events: no trail delivers them here."""
    if any(each.get("DataResources") for each in request.params.get("EventSelectors") or []):
        raise not_implemented("does not deliver data events (DataResources).")
    return None


@BEHAVIOUR.modify_response("cloudtrail", "GetEventSelectors")
def _default_selector(request: ApiRequest, response: HttpResponse) -> HttpResponse:
    found = response.json()
    if not found.get("EventSelectors") and not found.get("AdvancedEventSelectors"):
        found["EventSelectors"] = [DEFAULT]
    kept = {name: value for name, value in found.items() if value}
    response.body = json.dumps(kept).encode()
    return response
