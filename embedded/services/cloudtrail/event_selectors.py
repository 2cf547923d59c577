"""The event selectors of a trail that was given none: all management events.

Facts: CT-60, CT-94, MOTO-85.
"""

from __future__ import annotations

import json

from embedded.core.behaviours import Behaviour
from embedded.core.error_responses import not_implemented
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.request import ApiRequest

BEHAVIOUR = Behaviour("event selectors")

MOST, KINDS = 5, ("All", "ReadOnly", "WriteOnly")
DEFAULT = {
    "ReadWriteType": "All",
    "IncludeManagementEvents": True,
    "DataResources": [],
    "ExcludeManagementEventSources": [],
}


@BEHAVIOUR.validate("cloudtrail", "PutEventSelectors")
def _refuse_data_events(request: ApiRequest) -> HttpResponse | None:
    """Refuse selectors that cannot be (CT-94), and data events: no trail delivers them here."""
    selectors = request.params.get("EventSelectors") or []
    kinds = [each.get("ReadWriteType", "All") for each in selectors]
    if not 0 < len(selectors) <= MOST or not set(kinds) <= set(KINDS):
        raise AwsError("InvalidEventSelectorsException", "The event selectors are not valid.")
    if any(each.get("DataResources") for each in selectors):
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
