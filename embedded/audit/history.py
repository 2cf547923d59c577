"""CloudTrail's event history: every management call of an account, looked up as AWS looks it up.

Facts: `aws-behaviour.md` §5.1. Ninety days, one Region, newest first, at most 50 events a page and one attribute a
request, two requests a second for an account; an event shows only after a delay. moto has no LookupEvents at all
(`moto-gaps.md` §4).
"""

from __future__ import annotations

import base64
import bisect
import dataclasses
import datetime
import json
import random
import threading
from collections import defaultdict, deque
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.call import Answer, AwsError, Call
from embedded.core.protocols import serialized

BEHAVIOUR = Behaviour("event history")

KEPT_SECONDS = 90 * 24 * 3600
REQUESTS_A_SECOND = 2
LARGEST_PAGE = 50
TWICE_SHARE = 0.1
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


@dataclasses.dataclass(frozen=True)
class Event:
    """A record as CloudTrail writes it; `resources` are (type, name) pairs as LookupEvents tells them, `late` is how
    many seconds after the delay it shows.
    """

    time: float
    record: dict[str, Any]
    resources: tuple[tuple[str, str], ...] = ()
    late: float = 0.0

    def as_found(self) -> dict[str, Any]:
        """The event in LookupEvents' form; `CloudTrailEvent` is the record as text."""
        told = {
            **{name: self.field(name) for name in ATTRIBUTES if not name.startswith("Resource")},
            "EventTime": datetime.datetime.fromtimestamp(int(self.time), datetime.UTC).replace(tzinfo=None),
            "Resources": [{"ResourceType": kind, "ResourceName": name} for kind, name in self.resources],
            "CloudTrailEvent": json.dumps(self.record),
        }
        return {name: value for name, value in told.items() if value is not None}

    def field(self, attribute: str) -> str | None:
        identity = self.record["userIdentity"]
        match attribute:
            case "Username":
                return str(identity.get("userName") or identity.get("principalId", "").rpartition(":")[2]) or None
            case "AccessKeyId":
                return str(identity["accessKeyId"]) if "accessKeyId" in identity else None
            case "ReadOnly":
                return "true" if self.record["readOnly"] else "false"
            case "EventId":
                return str(self.record["eventID"])
            case _:
                return str(self.record[attribute[0].lower() + attribute[1:]])

    def has(self, attribute: str, value: str) -> bool:
        if attribute.startswith("Resource"):
            return any(value == pair[attribute == "ResourceName"] for pair in self.resources)
        return self.field(attribute) == value


class History:
    """The events of all accounts, in the order in which they happened. Thread-safe.

    With a jitter, each shows up to so many seconds late, whichever happened first, and one in ten shows twice: delivery
    is at least once, and in no order (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html).
    """

    def __init__(self, seed: int = 0, jitter: float = 0.0) -> None:
        self._seed, self._jitter = seed, jitter
        self._lock = threading.Lock()
        self._events: dict[tuple[str, str], list[Event]] = defaultdict(list)
        self._asked: dict[tuple[str, str], deque[float]] = defaultdict(lambda: deque(maxlen=REQUESTS_A_SECOND))

    def add(self, account: str, region: str, event: Event) -> None:
        with self._lock:
            events = self._events[account, region]
            if self._jitter:
                luck = random.Random(f"{self._seed}/{account}/{region}/{len(events)}")  # noqa: S311  # repeatable
                if luck.random() < TWICE_SHARE:
                    again = dataclasses.replace(event, late=luck.uniform(0, self._jitter))
                    bisect.insort(events, again, key=lambda each: each.time)
                event = dataclasses.replace(event, late=luck.uniform(0, self._jitter))
            bisect.insort(events, event, key=lambda each: each.time)

    def visible(self, account: str, region: str, now: float, delay: float) -> list[Event]:
        """Newest first: what is not too young to be shown and not too old to be kept."""
        with self._lock:
            events = list(self._events[account, region])
        return [event for event in reversed(events) if now - KEPT_SECONDS <= event.time <= now - delay - event.late]

    def admit(self, account: str, region: str, moment: float) -> None:
        """Count a LookupEvents request. Raises AWS's throttling error for a third within a second."""
        with self._lock:
            asked = self._asked[account, region]
            if len(asked) == REQUESTS_A_SECOND and moment - asked[0] < 1:
                raise AwsError("ThrottlingException", "Rate exceeded")
            asked.append(moment)


@BEHAVIOUR.instead("cloudtrail", "LookupEvents")
def _lookup_events(call: Call) -> Answer:
    history: History = call.aws.history
    history.admit(call.account, call.region, call.aws.now())
    attribute = _attribute(call.params)
    size = call.params.get("MaxResults", LARGEST_PAGE)
    if not 1 <= size <= LARGEST_PAGE:
        raise AwsError(
            "InvalidMaxResultsException", f"The maximum number of results must be between 1 and {LARGEST_PAGE}."
        )
    if call.params.get("EventCategory", "insight") != "insight":
        raise AwsError("InvalidEventCategoryException", "The event category is invalid.")
    start, end = _moment(call.params.get("StartTime")), _moment(call.params.get("EndTime"))
    if start is not None and end is not None and start > end:
        raise AwsError("InvalidTimeRangeException", "The start time must be earlier than the end time.")
    if "EventCategory" in call.params:
        return serialized(call, {"Events": []})
    question = json.dumps([attribute, start, end], sort_keys=True)
    before = _position(call.params.get("NextToken"), question)
    found = [
        event
        for event in history.visible(call.account, call.region, call.aws.now(), call.aws.settings.event_delay)
        if (start is None or int(event.time) >= int(start))
        and (end is None or int(event.time) <= int(end))
        and (attribute is None or event.has(*attribute))
    ]
    if before:
        ids = [event.record["eventID"] for event in found]
        found = found[len(ids) - ids[::-1].index(before) :] if before in ids else []
    page = found[:size]
    result: dict[str, Any] = {"Events": [event.as_found() for event in page]}
    if len(found) > size:
        last = json.dumps([page[-1].record["eventID"], question])
        result["NextToken"] = base64.b64encode(last.encode()).decode()
    return serialized(call, result)


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


def _moment(value: datetime.datetime | None) -> float | None:
    return None if value is None else value.replace(tzinfo=datetime.UTC).timestamp()


def _position(token: str | None, question: str) -> str | None:
    if token is None:
        return None
    try:
        last, asked = json.loads(base64.b64decode(token, validate=True))
    except ValueError:
        raise AwsError("InvalidNextTokenException", "The next token is not valid.") from None
    if asked != question:
        raise AwsError("InvalidNextTokenException", "The next token belongs to another request.")
    return str(last)
