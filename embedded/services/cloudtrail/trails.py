"""Trails: a bucket that lets CloudTrail in, and log files delivered to it.

Facts: `moto-gaps.md` §4;
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html (the policy
that CloudTrail wants, the test file's place) and …/cloudtrail-log-file-examples.html (names
`AWSLogs/<account>/CloudTrail/<region>/<date>/…json.gz`). A trail can leave out KMS's events, the event history cannot
(`aws-behaviour.md` §5.1). moto checks that the bucket exists and never delivers. Files come with the event delay,
when the bucket is next looked at.
"""

from __future__ import annotations

import gzip
import json
import secrets
from typing import Any

from embedded.audit.history import Event
from embedded.core.behaviours import Behaviour
from embedded.core.call import PARTITION, Answer, AwsError, Call, Caller
from embedded.services.iam.policy_engine import Request, matching, names
from embedded.services.s3.buckets import owner_of

BEHAVIOUR = Behaviour("trails")

SERVICE = Caller("AWSService", name="cloudtrail.amazonaws.com")


@BEHAVIOUR.gate("cloudtrail", "CreateTrail", "UpdateTrail")
def _bucket_lets_cloudtrail_in(call: Call) -> Answer | None:
    name = str(call.params.get("S3BucketName") or "")
    if not name:
        return None
    call.aws.lay_out_bucket(name)
    if not owner_of(name):
        raise AwsError("S3BucketDoesNotExistException", f"S3 bucket {name} does not exist!")
    prefix = f"{call.params['S3KeyPrefix']}/" if call.params.get("S3KeyPrefix") else ""
    resource = f"arn:{PARTITION}:s3:::{name}/{prefix}AWSLogs/{call.account}/"
    context = {
        "s3:x-amz-acl": "bucket-owner-full-control",
        "aws:SourceArn": call.arn("cloudtrail", f"trail/{call.params.get('Name')}"),
        "aws:SourceAccount": call.account,
    }
    request = Request("s3:PutObject", resource, SERVICE, context)
    policy = _bucket(name).policy
    allowed = [
        each.get("Effect") == "Allow"
        for each in matching(policy.decode() if policy else "", request)
        if names(each, SERVICE)
    ]
    if not allowed or not all(allowed):
        raise AwsError(
            "InsufficientS3BucketPolicyException", f"Incorrect S3 bucket policy is detected for bucket: {name}"
        )
    return None


@BEHAVIOUR.gate("s3", "ListObjects", "ListObjectsV2", "GetObject", "HeadObject", "ListObjectVersions")
def _deliver(call: Call) -> Answer | None:
    """Log files that are due come when somebody looks."""
    for trail in _trails(call.notes["bucket"]):
        seen = getattr(trail, "delivered", 0.0)
        now = call.aws.now() - call.aws.settings.event_delay
        events = [
            event
            for event in call.aws.history.visible(
                trail.account_id, trail.region_name, call.aws.now(), call.aws.settings.event_delay
            )
            if seen < event.time <= now
            and event.time >= getattr(trail, "logging_since", 0.0)
            and _selected(trail, event)
        ]
        trail.delivered = now
        if events:
            _write(call, trail, events[::-1])
    return None


def _trails(bucket: Any) -> list[Any]:
    from moto.cloudtrail.models import cloudtrail_backends

    return [
        trail
        for regions in list(cloudtrail_backends.values())
        for backend in list(regions.values())
        for trail in list(backend.trails.values())
        if trail.bucket_name == bucket.name and trail.status.is_logging
    ]


def _selected(trail: Any, event: Event) -> bool:
    for selector in trail.event_selectors:
        if event.record["eventSource"] in (selector.get("ExcludeManagementEventSources") or []):
            return False
        kinds = selector.get("ReadWriteType", "All")
        if kinds != "All" and (kinds == "ReadOnly") != event.record["readOnly"]:
            return False
    return True


def _write(call: Call, trail: Any, events: list[Event]) -> None:
    from moto.s3.models import s3_backends

    moment = call.aws.datetime(call.aws.now())
    prefix = f"{trail.s3_key_prefix}/" if trail.s3_key_prefix else ""
    folder = f"{prefix}AWSLogs/{trail.account_id}/CloudTrail/{trail.region_name}/{moment:%Y/%m/%d}"
    file = f"{trail.account_id}_CloudTrail_{trail.region_name}_{moment:%Y%m%dT%H%MZ}_{secrets.token_hex(8)}.json.gz"
    body = gzip.compress(json.dumps({"Records": [event.record for event in events]}).encode())
    backend = s3_backends[owner_of(trail.bucket_name)][PARTITION]
    stored = backend.put_object(trail.bucket_name, f"{folder}/{file}", body)
    stored.set_metadata({"Content-Type": "application/json", "Content-Encoding": "gzip"})


def _bucket(name: str) -> Any:
    from moto.s3.models import s3_backends

    return s3_backends[owner_of(name)][PARTITION].buckets[name]


@BEHAVIOUR.after("cloudtrail", "StartLogging")
def _begins_now(call: Call, answer: Answer) -> Answer:
    from moto.cloudtrail.models import cloudtrail_backends

    trail = cloudtrail_backends[call.account][call.region].get_trail(str(call.params["Name"]))
    trail.logging_since = trail.delivered = call.time
    return answer
