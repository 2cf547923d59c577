"""LookupEvents: the management events of an account and Region.

Facts: CT-01, CT-04 to CT-11, CT-14, MOTO-20.
"""

from __future__ import annotations

import base64
import datetime
import json
from collections import defaultdict, deque
from typing import Any

from embedded.audit.history import Event, EventStore
from embedded.core.behaviours import Behaviour
from embedded.core.environment import Environment, moto_datetime
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.protocols import serialize
from embedded.core.request import ApiRequest

BEHAVIOUR = Behaviour("event history")

REQUESTS_A_SECOND = 2
LARGEST_PAGE = 50
ATTRIBUTES = (
    "EventId",
    "EventName",
    "ReadOnly",
    "Username",
    "ResourceType",
    "ResourceName",
    "EventSource",
    "AccessKeyId",
)


class LookupRate:
    """The times of the last LookupEvents requests, by account and Region. Used under the lock of the account."""

    def __init__(self, aws: Environment) -> None:
        self._served: dict[tuple[str, str], deque[float]] = defaultdict(lambda: deque(maxlen=REQUESTS_A_SECOND))

    def admit(self, account: str, region: str, time: float) -> None:
        """Count a request. Raises AWS's throttling error for a third within a second."""
        served = self._served[account, region]
        if len(served) == REQUESTS_A_SECOND and time - served[0] < 1:
            raise AwsError("ThrottlingException", "Rate exceeded")
        served.append(time)


@BEHAVIOUR.implements("cloudtrail", "LookupEvents")
def _lookup_events(request: ApiRequest) -> HttpResponse:
    aws, params = request.aws, request.params
    aws.state(LookupRate).admit(request.account, request.region, aws.now())
    attribute = _attribute(params)
    size = params.get("MaxResults", LARGEST_PAGE)
    if not 1 <= size <= LARGEST_PAGE:
        raise AwsError(
            "InvalidMaxResultsException", f"The maximum number of results must be between 1 and {LARGEST_PAGE}."
        )
    if params.get("EventCategory", "insight") != "insight":
        raise AwsError("InvalidEventCategoryException", "The event category is invalid.")
    start, end = _timestamp(params.get("StartTime")), _timestamp(params.get("EndTime"))
    if start is not None and end is not None and start > end:
        raise AwsError("InvalidTimeRangeException", "The start time must be earlier than the end time.")
    if "EventCategory" in params:
        return serialize(request, {"Events": []})
    query = json.dumps([attribute, start, end], sort_keys=True)
    last = _last_event_id(params.get("NextToken"), query)
    visible = aws.state(EventStore).visible(request.account, request.region, aws.now(), aws.settings.event_delay)
    found = [
        event
        for event in visible
        if (start is None or int(event.time) >= int(start))
        and (end is None or int(event.time) <= int(end))
        and (attribute is None or _has_attribute(event, *attribute))
    ]
    return serialize(request, _page(_after(found, last), size, query))


def _attribute(params: dict[str, Any]) -> tuple[str, str] | None:
    given = params.get("LookupAttributes") or []
    if len(given) > 1:
        raise AwsError("InvalidLookupAttributesException", "You can specify only one lookup attribute in a request.")
    if not given:
        return None
    key, value = given[0].get("AttributeKey"), given[0].get("AttributeValue")
    if key not in ATTRIBUTES or not isinstance(value, str):
        raise AwsError("InvalidLookupAttributesException", "The lookup attribute is not valid.")
    return key, value


def _timestamp(value: datetime.datetime | None) -> float | None:
    return None if value is None else value.replace(tzinfo=datetime.UTC).timestamp()


def _last_event_id(token: str | None, query: str) -> str | None:
    """Return the id of the last event of the page before. Raises AWS's error for a token of another query."""
    if token is None:
        return None
    try:
        last, tokens_query = json.loads(base64.b64decode(token, validate=True))
    except ValueError:
        raise AwsError("InvalidNextTokenException", "The next token is not valid.") from None
    if tokens_query != query:
        raise AwsError("InvalidNextTokenException", "The next token belongs to another request.")
    return str(last)


def _after(events: list[Event], last: str | None) -> list[Event]:
    """Return the events behind the last event of the page before, which may be there twice."""
    if not last:
        return events
    ids = [event.record["eventID"] for event in events]
    return events[len(ids) - ids[::-1].index(last) :] if last in ids else []


def _page(events: list[Event], size: int, query: str) -> dict[str, Any]:
    page = events[:size]
    result: dict[str, Any] = {"Events": [_entry(event) for event in page]}
    if len(events) > size:
        token = json.dumps([page[-1].record["eventID"], query])
        result["NextToken"] = base64.b64encode(token.encode()).decode()
    return result


def _entry(event: Event) -> dict[str, Any]:
    """Return an event in LookupEvents' form; `CloudTrailEvent` is the record as text."""
    members = {
        **{name: _member(event, name) for name in ATTRIBUTES if not name.startswith("Resource")},
        "EventTime": moto_datetime(int(event.time)),
        "Resources": [{"ResourceType": kind, "ResourceName": name} for kind, name in event.resources],
        "CloudTrailEvent": json.dumps(event.record),
    }
    return {name: value for name, value in members.items() if value is not None}


def _member(event: Event, attribute: str) -> str | None:
    identity = event.record["userIdentity"]
    match attribute:
        case "Username":
            return str(identity.get("userName") or identity.get("principalId", "").rpartition(":")[2]) or None
        case "AccessKeyId":
            return str(identity["accessKeyId"]) if "accessKeyId" in identity else None
        case "ReadOnly":
            return "true" if event.record["readOnly"] else "false"
        case "EventId":
            return str(event.record["eventID"])
        case _:
            return str(event.record[attribute[0].lower() + attribute[1:]])


def _has_attribute(event: Event, attribute: str, value: str) -> bool:
    if attribute.startswith("Resource"):
        return any(value == pair[attribute == "ResourceName"] for pair in event.resources)
    return _member(event, attribute) == value
