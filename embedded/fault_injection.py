"""Bad days: AWS that throttles, breaks, loses its answers, and reads older than it wrote.

Facts: `aws-behaviour.md` §8 (what is eventually consistent, and that S3's objects and ACLs are not), §5.1 (CloudTrail's
throttling). Each service's own codes are those of its Common Errors page; a key seen, not seen and seen again is told
in https://github.com/hashicorp/terraform/pull/3928. A request that failed before it took effect leaves no event.

Everything is drawn from the seed, for each account and operation by itself, so that what one client asks does not
change what another meets. Nothing happens three times in a row and once more: a client that tries five times, as
botocore does, comes through. A read that is old is the last one before the last write, and no older than `stale`.
"""

from __future__ import annotations

import dataclasses
import json
import random
import re
import threading
from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

from embedded.audit.records import KMS_READS, READS
from embedded.core.behaviours import EVERY_SERVICE, Behaviour
from embedded.core.call import Answer, AwsError, Call
from embedded.services.s3.buckets import bucket_of

if TYPE_CHECKING:
    from embedded.aws import EmbeddedAWS, Settings

LONGEST_RUN = 3
STALE_SHARE = 0.5
THROTTLED_SHARE, BROKEN_SHARE, SILENT_SHARE = 0.5, 0.25, 0.05
"""Of all faults; the rest are connections that end. One half of those and of the silent ones take effect, and of these
one half end in the middle of the answer.
"""

SLOW_DOWN = ("SlowDown", "Please reduce your request rate.", 503)
RATE = ("ThrottlingException", "Rate exceeded", 400)
QUERY_RATE = ("Throttling", "Rate exceeded", 400)
THROTTLED = {
    "s3": SLOW_DOWN,
    "s3control": SLOW_DOWN,
    "ec2": ("RequestLimitExceeded", "Request limit exceeded.", 503),
    "kms": ("ThrottlingException", "You have exceeded the rate at which you may call KMS. Reduce your rate.", 400),
    "sts": QUERY_RATE,
    "iam": QUERY_RATE,
}
S3_BROKEN = (
    ("InternalError", "We encountered an internal error. Please try again.", 500),
    ("ServiceUnavailable", "Service is unable to handle request.", 503),
)
BROKEN = {
    "s3": S3_BROKEN,
    "s3control": S3_BROKEN,
    "ec2": (
        ("InternalError", "An internal error has occurred", 500),
        ("Unavailable", "The service is unavailable. Please try again shortly.", 503),
    ),
    "kms": (("KMSInternalException", "", 500), ("DependencyTimeoutException", "", 503)),
    "ssm": (("InternalServerError", "An error occurred on the server side.", 500),),
}
OTHERS_BROKEN = (
    ("InternalFailure", "The request processing has failed because of an unknown error.", 500),
    ("ServiceUnavailable", "The request has failed due to a temporary failure of the server.", 503),
)
NOT_FOUND = {
    "i": ("InvalidInstanceID.NotFound", "The instance ID '{}' does not exist"),
    "vol": ("InvalidVolume.NotFound", "The volume '{}' does not exist."),
    "snap": ("InvalidSnapshot.NotFound", "The snapshot '{}' does not exist."),
}
EC2_ID = re.compile(rb"\b(?:i|vol|snap)-[0-9a-f]{8,17}\b")
OLD_READS = {
    "ec2": ("Describe",),
    "kms": ("Describe", "Get", "List"),
    "s3": ("GetBucket", "GetPublicAccessBlock"),
}
NEVER_OLD = ("GetBucketLocation", "GetParametersForImport", "GetPublicKey")


@dataclasses.dataclass(frozen=True)
class _Told:
    """What a read told, and when."""

    moment: float
    answer: Answer


class Weather:
    """The draws of one server, and what it remembers in order to tell what was. Thread-safe."""

    def __init__(self, settings: Settings) -> None:
        self._seed, self._silence = settings.seed, settings.silence
        self.fault_rate, self.stale = settings.fault_rate, settings.stale
        self._lock = threading.Lock()
        self._asked: dict[tuple[str, ...], int] = defaultdict(int)
        self._run: dict[tuple[str, ...], int] = defaultdict(int)
        self._born: dict[tuple[str, str], float] = {}
        self._written: dict[tuple[str, str], float] = {}
        self._opened: dict[str, float] = {}
        self._last: dict[tuple[str, ...], _Told] = {}
        self._before: dict[tuple[str, ...], _Told] = {}

    def drawn(self, kind: str, call: Call, share: float) -> random.Random | None:
        """Luck of its own where this call is one of the share, `None` where it is not."""
        name = (kind, _account(call), call.service, call.operation)
        with self._lock:
            self._asked[name] += 1
            luck = random.Random("/".join((str(self._seed), *name, str(self._asked[name]))))  # noqa: S311  # repeatable
            hit = self._run[name] < LONGEST_RUN and luck.random() < share
            self._run[name] = self._run[name] + 1 if hit else 0
        return luck if hit else None

    def fault(self, call: Call) -> Answer | None:
        """Throttle, break, keep silent, or end the connection. Raises `AwsError` for what never took effect."""
        luck = None if call.aws.in_the_past else self.drawn("fault", call, self.fault_rate)
        if luck is None:
            return None
        kind = luck.random()
        if kind < THROTTLED_SHARE:
            error = THROTTLED.get(call.service, RATE)
        elif kind < THROTTLED_SHARE + BROKEN_SHARE:
            error = luck.choice(BROKEN.get(call.service, OTHERS_BROKEN))
        else:
            call.notes["sent"] = 0.0
            if kind < THROTTLED_SHARE + BROKEN_SHARE + SILENT_SHARE:
                call.notes["silence"] = self._silence
            if luck.random() < 0.5:
                call.notes["sent"] = luck.choice((0.0, 0.5))
                return None
            error = OTHERS_BROKEN[0]
        call.notes["without effect"] = True
        raise AwsError(*error)

    # Reads older than writes

    def is_young(self, call: Call, name: str) -> bool:
        return call.aws.now() - self._born.get((_account(call), name), float("-inf")) < self.stale

    def not_there_yet(self, call: Call) -> Answer | None:
        """A thing just made is not found by everybody at once. Raises the service's `NotFound`."""
        if call.aws.in_the_past:
            return None
        if call.service == "kms":
            text = str(call.params.get("KeyId") or "")
            name = text if text.startswith("alias/") else text.rpartition("/")[2]
            if text and self.is_young(call, name) and self.drawn("not there", call, STALE_SHARE):
                missing = f"Alias {call.arn('kms', name)} is not found."
                if not name.startswith("alias/"):
                    missing = f"Key '{call.arn('kms', f'key/{name}')}' does not exist"
                raise AwsError("NotFoundException", missing)
            return None
        for member in ("InstanceIds", "VolumeIds", "SnapshotIds"):
            for each in call.params.get(member) or ():
                if self.is_young(call, str(each)) and self.drawn("not there", call, STALE_SHARE):
                    code, message = NOT_FOUND[str(each).partition("-")[0]]
                    raise AwsError(code, message.format(each))
        return None

    def still_closed(self, call: Call) -> Answer | None:
        """A bucket just opened is still closed here and there. Raises `AccessDenied`."""
        bucket = str(call.params.get("Bucket"))
        if call.operation == "PutPublicAccessBlock":
            found = bucket_of(call)
            if found is not None and found.public_access_block is not None:
                self._opened[bucket] = call.aws.now()
            return None
        if call.operation == "GetObject" and not call.caller.is_anonymous:
            return None
        young = call.aws.now() - self._opened.get(bucket, float("-inf")) < self.stale
        public = call.operation == "GetObject" or "public" in str(call.params.get("ACL"))
        if young and public and not call.aws.in_the_past and self.drawn("still closed", call, STALE_SHARE):
            raise AwsError("AccessDenied", "Access Denied", 403)
        return None

    def remember(self, call: Call, answer: Answer) -> Answer:
        """What was made and what was written; for a read, now and then what it told before the last write."""
        now, account = call.aws.now(), _account(call)
        if call.operation.startswith(READS) or (call.service == "kms" and call.operation.startswith(KMS_READS)):
            return self._as_it_was(call, answer) if _can_be_old(call) else answer
        self._written[account, call.service] = now
        if call.service == "ec2" and call.operation.startswith(("Run", "Create", "Copy")):
            for found in EC2_ID.findall(answer.body):
                self._born.setdefault((account, found.decode()), now)
        elif call.operation == "CreateKey":
            self._born[account, str(answer.json()["KeyMetadata"]["KeyId"])] = now
        elif call.operation == "CreateAlias":
            self._born[account, str(call.params["AliasName"])] = now
        return answer

    def _as_it_was(self, call: Call, answer: Answer) -> Answer:
        now, question = call.aws.now(), _question(call)
        written = self._written.get((_account(call), call.service), float("-inf"))
        with self._lock:
            last = self._last.get(question)
            if last and last.moment < written:
                self._before[question] = last
            self._last[question] = _Told(now, dataclasses.replace(answer, headers=dict(answer.headers)))
            before = self._before.get(question)
        if before is None or call.aws.in_the_past or now - before.moment >= self.stale:
            return answer
        if not self.drawn("as it was", call, STALE_SHARE):
            return answer
        return dataclasses.replace(before.answer, headers=dict(before.answer.headers))


def around(settings: Settings, behaviours: Iterable[Behaviour]) -> tuple[Behaviour, ...]:
    """The behaviours with a bad day's before and behind them; on a calm day there is none."""
    weather = Weather(settings)
    before: list[Behaviour] = []
    behind: list[Behaviour] = []
    if settings.fault_rate:
        faults = Behaviour("faults")
        faults.gate(EVERY_SERVICE)(weather.fault)
        before.append(faults)
    if settings.stale:
        young, old = Behaviour("not there yet"), Behaviour("reads older than writes")
        young.gate("ec2", "DescribeInstances", "DescribeVolumes", "DescribeSnapshots")(weather.not_there_yet)
        young.gate("kms")(weather.not_there_yet)
        young.gate("s3", "PutPublicAccessBlock", "PutObjectAcl", "GetObject")(weather.still_closed)
        for service in OLD_READS:
            old.after(service)(weather.remember)
        before.append(young)
        behind.append(old)
    return (*before, *behaviours, *behind)


def _account(call: Call) -> str:
    aws: EmbeddedAWS = call.aws
    return call.caller.account or aws.identities.bucket_owners.get(str(call.params.get("Bucket")), "")


def _can_be_old(call: Call) -> bool:
    return call.operation.startswith(OLD_READS[call.service]) and call.operation not in NEVER_OLD


def _question(call: Call) -> tuple[str, ...]:
    return _account(call), call.service, call.operation, json.dumps(call.params, sort_keys=True, default=str)
