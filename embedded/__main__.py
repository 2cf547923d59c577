"""`python -m embedded`: practice accounts on loopback, for any AWS client (docs/contract.md, The practice account)."""

from __future__ import annotations

import argparse
import difflib
import json
import logging
import secrets
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TypeVar

import botocore.session

from embedded.aws import EmbeddedAWS, Settings
from embedded.core.certificate import ServerCertificate, server_certificate
from embedded.core.isolation import isolated_environment
from embedded.core.partition import DEFAULT_REGIONS, partition_of
from embedded.practice.guardrails import GUARDRAILS
from embedded.practice.roster_file import write_roster

Number = TypeVar("Number", int, float)
TRANSITION_SECONDS = 1.0
ACCOUNTS_WITH_EXPORTS = 3
CA_VARIABLES = ("AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
"""By which the AWS CLI and boto3, and Node.js, learn of an authority."""


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM, and return the exit code.

    Prints one line of JSON on standard output, and `export` lines for people on standard error.
    """
    options = _parse(arguments)
    stopped = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        stopped.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    settings = Settings(
        region=options.region,
        guardrails=tuple(options.guardrail),
        seed=secrets.randbits(128) if options.seed is None else options.seed,
        students=options.students,
        latency=options.latency,
        event_delay=options.event_delay,
        key_delay=options.key_delay,
        transition=TRANSITION_SECONDS,
        event_jitter=options.event_jitter,
        stale=options.stale,
        fault_rate=options.fault_rate,
        lab_completed=options.played,
    )
    logging.basicConfig(level=logging.ERROR, format="%(message)s")
    with isolated_environment():
        try:
            certificate = server_certificate() if options.tls else None
            with (
                _authority_file(certificate) as authority,
                EmbeddedAWS(settings, port=options.port, tls=certificate and certificate.context) as aws,
            ):
                if options.roster and not _write_roster(aws, options.roster):
                    return 2
                _print_accounts(aws, authority)
                stopped.wait()
        except OSError as taken:
            print(f"--port {options.port}: {taken.strerror}; choose another port, or 0 for any", file=sys.stderr)
            return 2
    return 0


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m embedded", description="Serve practice accounts on this machine.")
    parser.add_argument("--port", type=_port, default=0, help="port on 127.0.0.1 (default: any free port)")
    parser.add_argument("--students", type=_count, default=1, metavar="N", help="number of accounts (default: 1)")
    parser.add_argument(
        "--seed",
        type=int,
        metavar="N",
        help="draw the accounts, secrets, faults and scenarios of this number (default: fresh ones at every start)",
    )
    parser.add_argument(
        "--latency", type=_seconds, default=0, metavar="SECONDS", help="time added to each request (default: 0)"
    )
    parser.add_argument(
        "--event-delay",
        type=_seconds,
        default=0,
        metavar="SECONDS",
        help="time until CloudTrail shows an event (default: 0)",
    )
    parser.add_argument(
        "--key-delay",
        type=_seconds,
        default=0,
        metavar="SECONDS",
        help="time for which S3 and EBS use a key's old state (default: 0)",
    )
    parser.add_argument(
        "--event-jitter",
        type=_seconds,
        default=0,
        metavar="SECONDS",
        help="show events up to this much later, out of order, some of them twice (default: 0)",
    )
    parser.add_argument(
        "--stale",
        type=_seconds,
        default=0,
        metavar="SECONDS",
        help="for this time after a write, every second read of EC2, KMS or a bucket's settings returns what was there "
        "before (default: 0)",
    )
    parser.add_argument(
        "--fault-rate",
        type=_share,
        default=0,
        metavar="SHARE",
        help="share of requests, from 0 to 1, that are throttled, fail with a 5xx error, lose their connection or get "
        "a late response (default: 0)",
    )
    parser.add_argument("--roster", metavar="FILE", help="write a roster of the accounts for pytest's --roster")
    parser.add_argument(
        "--played",
        action="store_true",
        help="let the students have done the lab: two in five completely, the others partly or wrongly",
    )
    parser.add_argument(
        "--tls",
        action="store_true",
        help="serve HTTPS, with a certificate for localhost that is made at each start; "
        "the file of its authority is printed",
    )
    parser.add_argument(
        "--region",
        type=_region,
        metavar="REGION",
        help="the Region that the lab is in (default: us-east-1, or the first one of the partition)",
    )
    parser.add_argument("--partition", choices=DEFAULT_REGIONS, help="the partition (default: that of the Region)")
    parser.add_argument(
        "--guardrail",
        action="append",
        default=[],
        choices=sorted(GUARDRAILS),
        help="a setting of the account or organization that keeps a part of the lab from being done (repeatable)",
    )
    options = parser.parse_args(arguments)
    options.region = options.region or DEFAULT_REGIONS[options.partition or "aws"]
    if options.partition not in (None, partition_of(options.region)):
        theirs = partition_of(options.region)
        parser.error(f"--partition {options.partition}: {options.region} is in {theirs}; leave one of the two out")
    return options


def _region(text: str) -> str:
    served = sorted(region for name in DEFAULT_REGIONS for region in _regions(name))
    if text not in served:
        near = difflib.get_close_matches(text, served, 3)
        meant = f"did you mean {' or '.join(near)}?" if near else "give one as in eu-central-1"
        raise argparse.ArgumentTypeError(f"{text!r} is no Region; {meant}")
    return text


def _regions(partition: str) -> list[str]:
    return botocore.session.get_session().get_available_regions("ec2", partition)


def _port(text: str) -> int:
    return _number(text, int, 0, 65535, "a port from 0 to 65535")


def _count(text: str) -> int:
    return _number(text, int, 1, 10_000, "a number from 1 to 10000")


def _seconds(text: str) -> float:
    return _number(text, float, 0, 86400, "seconds from 0 to 86400")


def _share(text: str) -> float:
    return _number(text, float, 0, 1, "a share from 0 to 1")


def _number(text: str, kind: Callable[[str], Number], least: float, most: float, expected: str) -> Number:
    try:
        number = kind(text)
    except ValueError:
        number = None
    if number is None or not least <= number <= most:
        raise argparse.ArgumentTypeError(f"{text!r} is not {expected}")
    return number


def _write_roster(aws: EmbeddedAWS, path: str) -> bool:
    try:
        write_roster(Path(path), aws.students, aws.settings.region)
    except OSError as refused:
        print(f"--roster {path}: {refused.strerror}; name a file that can be written", file=sys.stderr)
        return False
    return True


@contextmanager
def _authority_file(certificate: ServerCertificate | None) -> Iterator[str]:
    """Keep the certificate that clients have to trust in a file while the server serves; without TLS there is none."""
    if certificate is None:
        yield ""
        return
    with tempfile.TemporaryDirectory(prefix="kms-lab-") as folder:
        file = Path(folder) / "authority.pem"
        file.write_bytes(certificate.authority)
        yield str(file)


def _print_accounts(aws: EmbeddedAWS, authority: str) -> None:
    accounts = [student.as_json() for student in aws.students]
    trust = {"ca_bundle": authority} if authority else {}
    line = {"endpoint": aws.endpoint, "region": aws.settings.region, **trust, "accounts": accounts}
    print(json.dumps(line), flush=True)
    people = sys.stderr
    print("Practice accounts are served on this machine until Ctrl-C. In another terminal:", file=people)
    for student in aws.students[:ACCOUNTS_WITH_EXPORTS]:
        print(f"\n# {student.student}, account {student.account}, bucket {student.bucket}", file=people)
        for name, value in (
            ("AWS_ENDPOINT_URL", aws.endpoint),
            ("AWS_REGION", aws.settings.region),
            ("AWS_DEFAULT_REGION", aws.settings.region),
            ("AWS_ACCESS_KEY_ID", student.access_key_id),
            ("AWS_SECRET_ACCESS_KEY", student.secret_access_key),
            ("AWS_SESSION_TOKEN", student.session_token),
            *((name, authority) for name in CA_VARIABLES if authority),
        ):
            print(f"export {name}={value}", file=people)
    if not authority:
        # Its clients put the account before the host, and no name resolves to that on every machine (REG-40).
        print(f"\n# aws s3control, for this command only:\nHTTP_PROXY={aws.endpoint} aws s3control ...", file=people)
    more = len(aws.students) - ACCOUNTS_WITH_EXPORTS
    if more > 0:
        print(f"\n# ... and {more} more, in the line of JSON", file=people)
    people.flush()


if __name__ == "__main__":
    sys.exit(main())
