"""A live run with AWS's typical delays, in simulated time: its time line, in proportion to the critical path.

    python -m bench.time_line [HISTORY ...]

HISTORY is how many seconds CloudTrail takes to show an event (300). The run is a whole one, by the live path, over
HTTP; only the clock is simulated: pauses turn it instead of waiting, and so does each call by its typical time.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest import mock

from embedded.aws import EmbeddedAWS, Settings
from fixtures.aws.clients import Boto3Transport
from fixtures.aws.rate_limit import RateLimiter
from fixtures.aws.waiting import Waiter
from tests.support.live_in_process import run_live

CALL_SECONDS = 0.1
"""A typical call from the same continent."""
KEY_SECONDS = 5.0
"""Until S3 and EBS act on a key's new state (TIME-02, TIME-03)."""
EC2_SECONDS: Mapping[str, float] = {
    "launch": 30,
    "stop": 60,
    "snapshot": 180,
    "volume": 5,
    "detach": 5,
    "attach": 5,
    "start": 40,
    "refused start": 20,
    "terminate": 60,
}
"""EC2's typical delays (TIME-14, TIME-15, TIME-80)."""
UNTIL_THE_VOLUME = ("launch", "stop", "snapshot")
AFTER_THE_VOLUME = ("volume", "detach", "attach", "start", "stop", "refused start", "start", "terminate")
"""The instance's steps, each of which needs the one before it: the last events that a check needs come after the first
group, when the encrypted volume is created.
"""
MILESTONES = (
    "RunInstances",
    "StopInstances",
    "CreateSnapshot",
    "CreateVolume",
    "StartInstances",
    "DisableKey",
    "EnableKey",
    "LookupEvents",
    "TerminateInstances",
    "DeleteBucket",
)


def critical_path(history: float, delays: Mapping[str, float] = EC2_SECONDS) -> float:
    """Return the seconds that AWS alone takes: no run that does the whole lab can be faster."""
    volume = sum(delays[step] for step in UNTIL_THE_VOLUME)
    return volume + max(history, sum(delays[step] for step in AFTER_THE_VOLUME))


@dataclasses.dataclass
class Simulation:
    """A finished run: its exit code, its seconds, its calls, and when it made them: seconds and operation."""

    exit_code: int = 0
    seconds: float = 0
    calls: list[tuple[float, str]] = dataclasses.field(default_factory=list)

    @property
    def milestones(self) -> Iterator[str]:
        """Yield the first call of each run of equal operations among the milestones."""
        last = ""
        for second, operation in self.calls:
            if operation in MILESTONES and operation != last:
                last = operation
                yield f"{second:6.0f} s  {operation}"


def simulate(history: float) -> Simulation:
    """Run the lab in simulated time."""
    settings = Settings(event_delay=history, key_delay=KEY_SECONDS, transitions=EC2_SECONDS)
    result = Simulation()
    with EmbeddedAWS(settings) as aws, tempfile.TemporaryDirectory() as reports, contextlib.ExitStack() as stack:
        began = aws.now()
        send = Boto3Transport.call

        def call(transport: Boto3Transport, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
            result.calls.append((aws.now() - began, operation))
            aws.advance_clock(CALL_SECONDS)
            return send(transport, service, operation, params)

        simulated = functools.partial(Waiter, clock=aws.now, sleep=aws.advance_clock)
        limiter = RateLimiter(clock=aws.now, sleep=aws.advance_clock)
        stack.enter_context(mock.patch.object(Boto3Transport, "call", call))
        stack.enter_context(mock.patch("fixtures.sessions._limiter", return_value=limiter))
        result.exit_code = run_live(aws, Path(reports), waiter=simulated).exit_code
        result.seconds = aws.now() - began
    return result


def main(delays: list[float]) -> int:
    code = 0
    for history in delays:
        began = time.perf_counter()
        run, shortest = simulate(history), critical_path(history)
        took = time.perf_counter() - began
        code = code or run.exit_code
        print(
            f"events {history:.0f} s late: exit code {run.exit_code}, {len(run.calls)} calls, {run.seconds:.0f} s; "
            f"critical path {shortest:.0f} s, ratio {run.seconds / shortest:.2f} (simulated in {took:.1f} s)"
        )
        print("\n".join(run.milestones))
    return code


if __name__ == "__main__":
    sys.exit(main([float(text) for text in sys.argv[1:]] or [300.0]))
