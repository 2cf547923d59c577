"""Trails: the bucket policy that CloudTrail needs, and the log files that it delivers.

Facts: CT-03, CT-48, CT-49, CT-90 to CT-93, MOTO-20. Log files are delivered after the event delay, before the
next request that lists or reads objects of the bucket.
"""

from __future__ import annotations

import dataclasses
import gzip
import json
import re
import secrets
from typing import Any

from embedded.audit.history import Event, EventStore
from embedded.core.behaviours import Behaviour
from embedded.core.environment import ObjectState, moto_datetime
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.partition import partition
from embedded.core.principal import Principal, PrincipalKind
from embedded.core.request import ApiRequest
from embedded.services.iam.policy_engine import AccessRequest, decide_by_resource
from embedded.services.s3.buckets import find_bucket, owner_of, s3_backend

BEHAVIOUR = Behaviour("trails")

ABOUT_ONE = (
    "DeleteTrail",
    "GetEventSelectors",
    "GetTrail",
    "GetTrailStatus",
    "PutEventSelectors",
    "StartLogging",
    "StopLogging",
    "UpdateTrail",
)
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,126}[A-Za-z0-9]")
IP_ADDRESS = re.compile(r"\d{1,3}(\.\d{1,3}){3}")
TRAIL_ARN = re.compile(r"arn:[a-z-]+:cloudtrail:[a-z0-9-]+:\d{12}:trail/.+")
CLOUDTRAIL = Principal(PrincipalKind.AWS_SERVICE, name="cloudtrail.amazonaws.com")


@dataclasses.dataclass
class Delivery:
    """Since when a trail is logging, and up to when its events are delivered, in seconds since the epoch."""

    logging_since: float = 0.0
    delivered_until: float = 0.0


class Deliveries(ObjectState[Delivery]):
    """The deliveries of trails (moto's objects)."""


@BEHAVIOUR.resolve("cloudtrail", *ABOUT_ONE)
def _require_trail(request: ApiRequest) -> None:
    """Refuse the name or ARN of a trail that does not exist (CT-90)."""
    parameter = "TrailName" if request.params.get("TrailName") else "Name"
    named = str(request.params.get(parameter) or "")
    if NAME.fullmatch(named) is None and not named.startswith("arn:"):
        return  # moto says what is wrong with the name
    if not any(named in (trail.trail_name, trail.arn) for trail in _trails_of(request)):
        arn = named if named.startswith("arn:") else request.arn("cloudtrail", f"trail/{named}")
        raise AwsError("TrailNotFoundException", f"Unknown trail: {arn} for the user: {request.account}")
    request.override(**{parameter: named.rpartition("/")[2]})


def _trails_of(request: ApiRequest) -> list[Any]:
    from moto.cloudtrail.models import cloudtrail_backends

    return list(cloudtrail_backends[request.account][request.region].trails.values())


@BEHAVIOUR.validate("cloudtrail", "CreateTrail")
def _check_name(request: ApiRequest) -> HttpResponse | None:
    """Refuse a name that is taken, and one that looks like an IP address (CT-92)."""
    name = str(request.params["Name"])
    if IP_ADDRESS.fullmatch(name):
        raise AwsError("InvalidTrailNameException", "Trail name must not be in IP address format.")
    if any(trail.trail_name == name for trail in _trails_of(request)):
        message = f"Trail {name} already exists for customer: {request.account}"
        raise AwsError("TrailAlreadyExistsException", message)
    return None


@BEHAVIOUR.validate("cloudtrail", "AddTags", "RemoveTags", "ListTags")
def _check_tagged(request: ApiRequest) -> HttpResponse | None:
    """Refuse the ARN of what is no trail, or of one that does not exist (CT-93)."""
    given = [request.params.get("ResourceId"), *(request.params.get("ResourceIdList") or [])]
    for arn in (str(each) for each in given if each is not None):
        if TRAIL_ARN.fullmatch(arn) is None:
            raise AwsError("CloudTrailARNInvalidException", f"{arn} is not a valid ARN of a trail.")
        if not any(trail.arn == arn for trail in _trails_of(request)):
            raise AwsError("ResourceNotFoundException", f"Resource {arn} was not found.")
    return None


@BEHAVIOUR.modify_response("cloudtrail", "DescribeTrails")
def _named_trails(request: ApiRequest, response: HttpResponse) -> HttpResponse:
    """Keep the trails that are named, by name or ARN (CT-91)."""
    named = request.params.get("trailNameList")
    if named:
        found = [each for each in response.json()["trailList"] if each["Name"] in named or each["TrailARN"] in named]
        response.body = json.dumps({"trailList": found}).encode()
    return response


@BEHAVIOUR.uses_state("cloudtrail", "CreateTrail", "UpdateTrail")
def _bucket_owner(request: ApiRequest) -> list[tuple[str, str]]:
    name = str(request.params.get("S3BucketName") or "")
    return [(request.aws.credentials.bucket_owners.get(name) or owner_of(name), "s3")]


@BEHAVIOUR.validate("cloudtrail", "CreateTrail", "UpdateTrail")
def _check_bucket_policy(request: ApiRequest) -> HttpResponse | None:
    name = str(request.params.get("S3BucketName") or "")
    if not name:
        return None
    if not owner_of(name):
        raise AwsError("S3BucketDoesNotExistException", f"S3 bucket {name} does not exist!")
    prefix = f"{request.params['S3KeyPrefix']}/" if request.params.get("S3KeyPrefix") else ""
    resource = f"arn:{partition()}:s3:::{name}/{prefix}AWSLogs/{request.account}/"
    context: dict[str, str | list[str]] = {
        "s3:x-amz-acl": "bucket-owner-full-control",
        "aws:SourceArn": request.arn("cloudtrail", f"trail/{request.params.get('Name')}"),
        "aws:SourceAccount": request.account,
    }
    policy = find_bucket(name).policy
    access = AccessRequest("s3:PutObject", resource, CLOUDTRAIL, context)
    decision = decide_by_resource(policy.decode() if policy else "", access)
    if decision.denied or not decision.allowed:
        raise AwsError(
            "InsufficientS3BucketPolicyException", f"Incorrect S3 bucket policy is detected for bucket: {name}"
        )
    return None


@BEHAVIOUR.resolve("s3", "ListObjects", "ListObjectsV2", "GetObject", "HeadObject", "ListObjectVersions")
def _deliver(request: ApiRequest) -> None:
    """Deliver the log files that are due to the bucket."""
    delay = request.aws.settings.event_delay
    now = request.aws.now()
    bucket = str(request.params.get("Bucket") or "")
    for trail in _logging_trails(bucket) if owner_of(bucket) else ():
        delivery = request.aws.state(Deliveries).setdefault(trail, Delivery())
        visible = request.aws.state(EventStore).visible(trail.account_id, trail.region_name, now, delay)
        events = [
            event
            for event in visible
            if delivery.delivered_until < event.time <= now - delay
            and event.time >= delivery.logging_since
            and _is_selected(trail, event)
        ]
        delivery.delivered_until = now - delay
        if events:
            _write_log_file(request, trail, events[::-1])


def _logging_trails(bucket: str) -> list[Any]:
    from moto.cloudtrail.models import cloudtrail_backends

    return [
        trail
        for regions in list(cloudtrail_backends.values())
        for backend in list(regions.values())
        for trail in list(backend.trails.values())
        if trail.bucket_name == bucket and trail.status.is_logging
    ]


def _is_selected(trail: Any, event: Event) -> bool:
    for selector in trail.event_selectors:
        if not selector.get("IncludeManagementEvents", True):
            return False
        if event.record["eventSource"] in (selector.get("ExcludeManagementEventSources") or []):
            return False
        kinds = selector.get("ReadWriteType", "All")
        if kinds != "All" and (kinds == "ReadOnly") != event.record["readOnly"]:
            return False
    return True


def _write_log_file(request: ApiRequest, trail: Any, events: list[Event]) -> None:
    date = moto_datetime(request.aws.now())
    prefix = f"{trail.s3_key_prefix}/" if trail.s3_key_prefix else ""
    folder = f"{prefix}AWSLogs/{trail.account_id}/CloudTrail/{trail.region_name}/{date:%Y/%m/%d}"
    file = f"{trail.account_id}_CloudTrail_{trail.region_name}_{date:%Y%m%dT%H%MZ}_{secrets.token_hex(8)}.json.gz"
    body = gzip.compress(json.dumps({"Records": [event.record for event in events]}).encode())
    backend = s3_backend(owner_of(trail.bucket_name))
    stored = backend.put_object(trail.bucket_name, f"{folder}/{file}", body)
    stored.set_metadata({"Content-Type": "application/json", "Content-Encoding": "gzip"})


@BEHAVIOUR.modify_response("cloudtrail", "StartLogging")
def _start_logging(request: ApiRequest, response: HttpResponse) -> HttpResponse:
    from moto.cloudtrail.models import cloudtrail_backends

    name = str(request.params["Name"]).rpartition("/")[2]
    trail = cloudtrail_backends[request.account][request.region].get_trail(name)
    delivery = request.aws.state(Deliveries).setdefault(trail, Delivery())
    delivery.logging_since = delivery.delivered_until = request.time
    return response
