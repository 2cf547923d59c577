"""Injected faults: throttling, 5xx errors, lost or delayed responses, and stale reads.

Facts: TIME-01, TIME-04, TIME-10, TIME-11, TIME-13, CT-10, KMS-02. The other error codes are those of each service's
Common Errors page. A request that failed before it took effect leaves no event.

Every fault is drawn from the seed, by account and operation, so that one client's requests do not change the faults of
another. No fault happens four times in a row: a client that tries five times, as botocore does, succeeds. A stale read
returns what was read before the last write, and nothing older than `stale` seconds.
"""

from __future__ import annotations

import dataclasses
import json
import random
import re
import threading
from collections import defaultdict
from collections.abc import Iterable
from enum import StrEnum

from embedded.audit.records import is_read_only
from embedded.core.behaviours import EVERY_SERVICE, Behaviour
from embedded.core.environment import Settings
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.request import ApiRequest
from embedded.services.s3.buckets import find_bucket

LONGEST_RUN = 3
STALE_SHARE = 0.5
THROTTLED_SHARE, SERVER_ERROR_SHARE, SILENT_SHARE = 0.5, 0.25, 0.05
"""Shares of all faults; the others are lost connections. Half of the lost and silent requests take effect, and half of
those lose the connection in the middle of the response.
"""

SLOW_DOWN = ("SlowDown", "Please reduce your request rate.", 503)
THROTTLING_EXCEPTION = ("ThrottlingException", "Rate exceeded", 400)
QUERY_THROTTLING = ("Throttling", "Rate exceeded", 400)
THROTTLED = {
    "s3": SLOW_DOWN,
    "s3control": SLOW_DOWN,
    "ec2": ("RequestLimitExceeded", "Request limit exceeded.", 503),
    "kms": ("ThrottlingException", "You have exceeded the rate at which you may call KMS. Reduce your rate.", 400),
    "sts": QUERY_THROTTLING,
    "iam": QUERY_THROTTLING,
}
S3_SERVER_ERRORS = (
    ("InternalError", "We encountered an internal error. Please try again.", 500),
    ("ServiceUnavailable", "Service is unable to handle request.", 503),
)
SERVER_ERRORS = {
    "s3": S3_SERVER_ERRORS,
    "s3control": S3_SERVER_ERRORS,
    "ec2": (
        ("InternalError", "An internal error has occurred", 500),
        ("Unavailable", "The service is unavailable. Please try again shortly.", 503),
    ),
    "kms": (("KMSInternalException", "", 500), ("DependencyTimeoutException", "", 503)),
    "ssm": (("InternalServerError", "An error occurred on the server side.", 500),),
}
OTHER_SERVER_ERRORS = (
    ("InternalFailure", "The request processing has failed because of an unknown error.", 500),
    ("ServiceUnavailable", "The request has failed due to a temporary failure of the server.", 503),
)
NOT_FOUND = {
    "i": ("InvalidInstanceID.NotFound", "The instance ID '{}' does not exist"),
    "vol": ("InvalidVolume.NotFound", "The volume '{}' does not exist."),
    "snap": ("InvalidSnapshot.NotFound", "The snapshot '{}' does not exist."),
}
EC2_ID = re.compile(rb"\b(?:i|vol|snap)-[0-9a-f]{8,17}\b")
STALE_READS = {
    "ec2": ("Describe",),
    "kms": ("Describe", "Get", "List"),
    "s3": ("GetBucket", "GetPublicAccessBlock"),
}
NEVER_STALE = ("GetBucketLocation", "GetParametersForImport", "GetPublicKey")


class FaultKind(StrEnum):
    """The kinds of faults. Their values are part of the seed of each draw."""

    FAILURE = "fault"
    NOT_FOUND = "not there"
    STILL_BLOCKED = "still closed"
    STALE_READ = "as it was"


@dataclasses.dataclass(frozen=True)
class _Read:
    """The response to a read, and when it was given, in seconds since the epoch."""

    time: float
    response: HttpResponse


class FaultInjector:
    """Draws the faults of one server, and keeps responses for stale reads. Thread-safe."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._requests: dict[tuple[str, ...], int] = defaultdict(int)
        self._run: dict[tuple[str, ...], int] = defaultdict(int)
        self._created: dict[tuple[str, str], float] = {}
        self._written: dict[tuple[str, str], float] = {}
        self._unblocked: dict[str, float] = {}
        self._last_read: dict[tuple[str, ...], _Read] = {}
        self._read_before_write: dict[tuple[str, ...], _Read] = {}

    def _draw(self, kind: FaultKind, request: ApiRequest, share: float) -> random.Random | None:
        """Return a source of random numbers for a request that has a fault, `None` for one that has not."""
        if request.aws.is_backdated:
            return None
        name = (kind, _account(request), request.service, request.operation)
        with self._lock:
            self._requests[name] += 1
            seed = "/".join((str(self._settings.seed), *name, str(self._requests[name])))
            draw = random.Random(seed)  # noqa: S311  # repeatable
            hit = self._run[name] < LONGEST_RUN and draw.random() < share
            self._run[name] = self._run[name] + 1 if hit else 0
        return draw if hit else None

    def fail(self, request: ApiRequest) -> HttpResponse | None:
        """Throttle, answer with a 5xx, keep silent, or end the connection.

        Raises `AwsError` for a request that takes no effect.
        """
        draw = self._draw(FaultKind.FAILURE, request, self._settings.fault_rate)
        if draw is None:
            return None
        kind = draw.random()
        if kind < THROTTLED_SHARE:
            error = THROTTLED.get(request.service, THROTTLING_EXCEPTION)
        elif kind < THROTTLED_SHARE + SERVER_ERROR_SHARE:
            error = draw.choice(SERVER_ERRORS.get(request.service, OTHER_SERVER_ERRORS))
        else:
            request.fault.sent = 0.0
            if kind < THROTTLED_SHARE + SERVER_ERROR_SHARE + SILENT_SHARE:
                request.fault.silence = self._settings.silence
            if draw.random() < 0.5:
                request.fault.sent = draw.choice((0.0, 0.5))
                return None
            error = OTHER_SERVER_ERRORS[0]
        request.fault.without_effect = True
        raise AwsError(*error)

    def _is_new(self, request: ApiRequest, name: str) -> bool:
        created = self._created.get((_account(request), name), float("-inf"))
        return request.aws.now() - created < self._settings.stale

    def hide_new_key(self, request: ApiRequest) -> HttpResponse | None:
        """Raise `NotFoundException` for some requests that name a new key or alias."""
        text = str(request.params.get("KeyId") or "")
        is_alias = text.startswith("alias/")
        name = text if is_alias else text.rpartition("/")[2]
        if text and self._is_new(request, name) and self._draw(FaultKind.NOT_FOUND, request, STALE_SHARE):
            arn = request.arn("kms", name if is_alias else f"key/{name}")
            raise AwsError(
                "NotFoundException", f"Alias {arn} is not found." if is_alias else f"Key '{arn}' does not exist"
            )
        return None

    def hide_new_resource(self, request: ApiRequest) -> HttpResponse | None:
        """Raise EC2's error for some requests that name a new instance, volume or snapshot."""
        for member in ("InstanceIds", "VolumeIds", "SnapshotIds"):
            for each in request.params.get(member) or ():
                if self._is_new(request, str(each)) and self._draw(FaultKind.NOT_FOUND, request, STALE_SHARE):
                    code, message = NOT_FOUND[str(each).partition("-")[0]]
                    raise AwsError(code, message.format(each))
        return None

    def keep_blocked(self, request: ApiRequest) -> HttpResponse | None:
        """Raise `AccessDenied` for some requests to a bucket whose public access block was just changed."""
        bucket = str(request.params.get("Bucket"))
        if request.operation == "PutPublicAccessBlock":
            if find_bucket(bucket).public_access_block is not None:
                self._unblocked[bucket] = request.aws.now()
            return None
        if request.operation == "GetObject" and not request.principal.is_anonymous:
            return None
        new = request.aws.now() - self._unblocked.get(bucket, float("-inf")) < self._settings.stale
        public = request.operation == "GetObject" or "public" in str(request.params.get("ACL"))
        if new and public and self._draw(FaultKind.STILL_BLOCKED, request, STALE_SHARE):
            raise AwsError("AccessDenied", "Access Denied", 403)
        return None

    def read_stale(self, request: ApiRequest, response: HttpResponse) -> HttpResponse:
        """Return for some reads the response from before the last write; keep what was created and written."""
        if is_read_only(request.service, request.operation):
            return self._maybe_stale(request, response) if _can_be_stale(request) else response
        now, account = request.aws.now(), _account(request)
        self._written[account, request.service] = now
        if request.service == "ec2" and request.operation.startswith(("Run", "Create", "Copy")):
            for found in EC2_ID.findall(response.body):
                self._created.setdefault((account, found.decode()), now)
        elif request.operation == "CreateKey":
            self._created[account, str(response.json()["KeyMetadata"]["KeyId"])] = now
        elif request.operation == "CreateAlias":
            self._created[account, str(request.params["AliasName"])] = now
        return response

    def _maybe_stale(self, request: ApiRequest, response: HttpResponse) -> HttpResponse:
        now, query = request.aws.now(), _query(request)
        written = self._written.get((_account(request), request.service), float("-inf"))
        with self._lock:
            last = self._last_read.get(query)
            if last and last.time < written:
                self._read_before_write[query] = last
            self._last_read[query] = _Read(now, dataclasses.replace(response, headers=dict(response.headers)))
            before = self._read_before_write.get(query)
        if before is None or now - before.time >= self._settings.stale:
            return response
        if not self._draw(FaultKind.STALE_READ, request, STALE_SHARE):
            return response
        return dataclasses.replace(before.response, headers=dict(before.response.headers))


def with_faults(settings: Settings, behaviours: Iterable[Behaviour]) -> tuple[Behaviour, ...]:
    """Return the behaviours with the faults of the settings; without faults, no hook is added.

    Stale reads come last: they return whole responses.
    """
    injector = FaultInjector(settings)
    faults, stale_reads = Behaviour("faults"), Behaviour("stale reads")
    if settings.fault_rate:
        faults.intercept(EVERY_SERVICE)(injector.fail)
    if settings.stale:
        faults.intercept("ec2", "DescribeInstances", "DescribeVolumes", "DescribeSnapshots")(injector.hide_new_resource)
        faults.intercept("kms")(injector.hide_new_key)
        faults.intercept("s3", "PutPublicAccessBlock", "PutObjectAcl", "GetObject")(injector.keep_blocked)
        for service in STALE_READS:
            stale_reads.modify_response(service)(injector.read_stale)
    before, behind = ((each,) if each.hooks else () for each in (faults, stale_reads))
    return (*before, *behaviours, *behind)


def _account(request: ApiRequest) -> str:
    bucket = str(request.params.get("Bucket"))
    return request.principal.account or request.aws.credentials.bucket_owners.get(bucket, "")


def _can_be_stale(request: ApiRequest) -> bool:
    return request.operation.startswith(STALE_READS[request.service]) and request.operation not in NEVER_STALE


def _query(request: ApiRequest) -> tuple[str, ...]:
    return (
        _account(request),
        request.service,
        request.operation,
        json.dumps(request.params, sort_keys=True, default=str),
    )
