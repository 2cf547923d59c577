"""State changes that take time: a response names the state in which a resource goes next, and it gets there later.

Facts: EC2-16, EC2-44, EC2-50, TIME-13, MOTO-31. Each change is due at a time of the clock, and is made before the next
request to EC2 in the account. No threads are needed, and tests can advance the clock.
"""

from __future__ import annotations

import heapq
import itertools
import logging
from collections import defaultdict
from collections.abc import Callable
from typing import Literal

from embedded.core.behaviours import Behaviour
from embedded.core.environment import Environment
from embedded.core.request import ApiRequest

BEHAVIOUR = Behaviour("ec2 transitions")
LOG = logging.getLogger(__name__)

Change = Literal[
    "launch",
    "start",
    "refused start",
    "stop",
    "terminate",
    "snapshot",
    "image",
    "volume",
    "attach",
    "detach",
    "root volume",
    "modification",
]
"""The kinds of changes, each of which may take another time."""


class Transitions:
    """The changes that are due, by account and Region. Used under the lock of the account."""

    def __init__(self, aws: Environment) -> None:
        self._order = itertools.count()
        self._due: dict[tuple[str, str], list[tuple[float, int, Callable[[], None]]]] = defaultdict(list)

    def schedule(self, request: ApiRequest, kind: Change, change: Callable[[], None]) -> None:
        """Make a change when its time has passed."""
        settings = request.aws.settings
        time = request.aws.now() + settings.transitions.get(kind, settings.transition)
        heapq.heappush(self._due[request.account, request.region], (time, next(self._order), change))

    def make_due(self, account: str, region: str, now: float) -> None:
        """Make every change that is due, in the order of their times. One that fails is logged."""
        due = self._due[account, region]
        while due and due[0][0] <= now:
            change = heapq.heappop(due)[2]
            try:
                change()
            except Exception:
                LOG.exception("the embedded AWS failed to complete a change in EC2")


def after_transition(request: ApiRequest, kind: Change, change: Callable[[], None]) -> None:
    """Make a change when the time has passed that AWS takes for one of its kind."""
    request.aws.state(Transitions).schedule(request, kind, change)


@BEHAVIOUR.resolve("ec2")
def _make_due_changes(request: ApiRequest) -> None:
    request.aws.state(Transitions).make_due(request.account, request.region, request.aws.now())
