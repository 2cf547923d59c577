"""In EC2 nothing is done at once: an answer tells where a thing is going, and it gets there a little later.

Facts: `aws-behaviour.md` §6.1 and §6.3 (pending, stopping, creating, completed …), §8. In moto the next look finds
every change finished (`moto-gaps.md` §5). Here each change is due at a moment of the clock, and is made when the
account is next looked at.
"""

from __future__ import annotations

import heapq
import itertools
import threading
from collections import defaultdict
from collections.abc import Callable

from embedded.core.behaviours import Behaviour
from embedded.core.call import Answer, Call

BEHAVIOUR = Behaviour("ec2 transitions")


class Transitions:
    """What is due, for each account and region. Thread-safe; changes are made one after the other, in their order."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._order = itertools.count()
        self._due: dict[tuple[str, str], list[tuple[float, int, Callable[[], None]]]] = defaultdict(list)

    def later(self, call: Call, change: Callable[[], None]) -> None:
        """Make a change one transition's time from now."""
        moment = call.aws.now() + call.aws.settings.transition
        with self._lock:
            heapq.heappush(self._due[call.account, call.region], (moment, next(self._order), change))

    def settle(self, account: str, region: str, now: float) -> None:
        """Make every change that is due."""
        with self._lock:
            due = self._due[account, region]
            while due and due[0][0] <= now:
                heapq.heappop(due)[2]()


@BEHAVIOUR.gate("ec2")
def _settle(call: Call) -> Answer | None:
    call.aws.transitions.settle(call.account, call.region, call.aws.now())
    return None
