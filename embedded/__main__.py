"""The practice account: `python -m embedded` serves an AWS on loopback for any client (`contract.md` §5)."""

from __future__ import annotations

import argparse
import json
import logging
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TypeVar

from embedded.aws import EmbeddedAWS, Settings
from embedded.core.isolation import ignored
from embedded.practice.roster_file import write_roster

Number = TypeVar("Number", int, float)
TRANSITION_SECONDS = 1.0
SHOWN_TO_PEOPLE = 3


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM. Prints one line of JSON; for people, `export` lines on standard error."""
    options = _options(arguments)
    over = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        over.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    settings = Settings(
        seed=options.seed,
        students=options.students,
        latency=options.latency,
        event_delay=options.event_delay,
        key_delay=options.key_delay,
        transition=TRANSITION_SECONDS,
        event_jitter=options.event_jitter,
        stale=options.stale,
        fault_rate=options.fault_rate,
        played=options.played,
    )
    logging.basicConfig(level=logging.ERROR, format="%(message)s")
    with ignored():
        try:
            aws = EmbeddedAWS(settings, port=options.port)
            with aws:
                if options.roster and not _wrote(aws, options.roster):
                    return 2
                _tell(aws)
                over.wait()
        except OSError as taken:
            print(f"--port {options.port}: {taken.strerror}; choose another, or 0 for any", file=sys.stderr)
            return 2
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m embedded", description="A practice AWS on this machine.")
    parser.add_argument("--port", type=_port, default=0, help="port on 127.0.0.1 (any free one)")
    parser.add_argument("--students", type=_count, default=1, metavar="N", help="how many accounts (1)")
    parser.add_argument("--seed", type=int, default=0, help="what account numbers and keys are drawn from (0)")
    parser.add_argument("--latency", type=_seconds, default=0, metavar="SECONDS", help="added to each call (0)")
    parser.add_argument(
        "--event-delay", type=_seconds, default=0, metavar="SECONDS", help="until CloudTrail shows an event (0)"
    )
    parser.add_argument(
        "--key-delay", type=_seconds, default=0, metavar="SECONDS", help="S3 and EBS use a key's old state so long (0)"
    )
    parser.add_argument(
        "--event-jitter",
        type=_seconds,
        default=0,
        metavar="SECONDS",
        help="how much later still an event may show, out of order, some twice (0)",
    )
    parser.add_argument(
        "--stale",
        type=_seconds,
        default=0,
        metavar="SECONDS",
        help="for so long, every second read of EC2, KMS or a bucket's settings is older than the last write (0)",
    )
    parser.add_argument(
        "--fault-rate",
        type=_share,
        default=0,
        metavar="SHARE",
        help="share of calls, from 0 to 1, that are throttled, fail with a 5xx, lose their connection, or wait (0)",
    )
    parser.add_argument("--roster", metavar="FILE", help="write a roster of the accounts for pytest's --roster")
    parser.add_argument(
        "--played", action="store_true", help="the students have done the lab: two in five right, the rest not"
    )
    return parser.parse_args(arguments)


def _port(text: str) -> int:
    return _number(text, int, 0, 65535, "a port from 0 to 65535")


def _count(text: str) -> int:
    return _number(text, int, 1, 10_000, "a number from 1 to 10000")


def _seconds(text: str) -> float:
    return _number(text, float, 0, 86400, "seconds from 0 to 86400")


def _share(text: str) -> float:
    return _number(text, float, 0, 1, "a share from 0 to 1")


def _number(text: str, kind: Callable[[str], Number], least: float, most: float, wanted: str) -> Number:
    try:
        number = kind(text)
    except ValueError:
        number = None
    if number is None or not least <= number <= most:
        raise argparse.ArgumentTypeError(f"{text!r} is not {wanted}")
    return number


def _wrote(aws: EmbeddedAWS, path: str) -> bool:
    """A roster of the accounts, for its owner alone; whole, or not at all."""
    try:
        write_roster(aws, Path(path))
    except OSError as refused:
        print(f"--roster {path}: {refused.strerror}; name a file that can be written", file=sys.stderr)
        return False
    return True


def _tell(aws: EmbeddedAWS) -> None:
    accounts = [student.as_json() for student in aws.students]
    told = {"endpoint": aws.endpoint, "region": aws.settings.region, "accounts": accounts}
    print(json.dumps(told), flush=True)
    people = sys.stderr
    print("A practice AWS is listening on this machine, until Ctrl-C. In another terminal:", file=people)
    for student in aws.students[:SHOWN_TO_PEOPLE]:
        print(f"\n# {student.student}, account {student.account}, bucket {student.bucket}", file=people)
        for name, value in (
            ("AWS_ENDPOINT_URL", aws.endpoint),
            ("AWS_DEFAULT_REGION", aws.settings.region),
            ("AWS_ACCESS_KEY_ID", student.access_key_id),
            ("AWS_SECRET_ACCESS_KEY", student.secret_access_key),
            ("AWS_SESSION_TOKEN", student.session_token),
        ):
            print(f"export {name}={value}", file=people)
    if len(aws.students) > SHOWN_TO_PEOPLE:
        print(f"\n# ... and {len(aws.students) - SHOWN_TO_PEOPLE} more, in the line of JSON", file=people)
    people.flush()


if __name__ == "__main__":
    sys.exit(main())
