"""The store of CloudTrail events.

Facts: CT-01, CT-04, CT-05, CT-07 to CT-10, TIME-20.
"""

from __future__ import annotations

import bisect
import dataclasses
import random
import threading
from collections import defaultdict
from typing import Any

from embedded.core.environment import Environment

KEPT_SECONDS = 90 * 24 * 3600
TWICE_SHARE = 0.1


@dataclasses.dataclass(frozen=True)
class Event:
    """A record as CloudTrail writes it, and the time of the request in seconds since the epoch.

    `resources` are pairs of type and name, as LookupEvents returns them. The event shows `late` seconds after the
    delay.
    """

    time: float
    record: dict[str, Any]
    resources: tuple[tuple[str, str], ...] = ()
    late: float = 0.0


class EventStore:
    """The events of all accounts, in the order of their requests. Thread-safe.

    With an event jitter each event shows up to so many seconds late, in any order, and one in ten shows twice:
    CloudTrail delivers at least once (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html).
    """

    def __init__(self, aws: Environment) -> None:
        self._settings = aws.settings
        self._lock = threading.Lock()
        self._events: dict[tuple[str, str], list[Event]] = defaultdict(list)

    def add(self, account: str, region: str, event: Event) -> None:
        """Keep an event."""
        with self._lock:
            events = self._events[account, region]
            jitter = self._settings.event_jitter
            if jitter:
                draw = random.Random(f"{self._settings.seed}/{account}/{region}/{len(events)}")  # noqa: S311  # repeatable
                if draw.random() < TWICE_SHARE:
                    again = dataclasses.replace(event, late=draw.uniform(0, jitter))
                    bisect.insort(events, again, key=lambda each: each.time)
                event = dataclasses.replace(event, late=draw.uniform(0, jitter))
            bisect.insort(events, event, key=lambda each: each.time)

    def visible(self, account: str, region: str, now: float, delay: float) -> list[Event]:
        """Return the events that are old enough to be shown and young enough to be kept, newest first."""
        with self._lock:
            events = list(self._events[account, region])
        return [event for event in reversed(events) if now - KEPT_SECONDS <= event.time <= now - delay - event.late]
