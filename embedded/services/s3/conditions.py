"""Conditions of requests: of reads, of writes, and on the source of a copy.

Facts: S3-105 to S3-108.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from embedded.core.environment import moto_datetime
from embedded.core.errors import AwsError
from embedded.core.request import ApiRequest
from embedded.services.s3 import versions

NOT_TAKEN = "A header you provided implies functionality that is not implemented"


def precondition_failed(condition: str) -> AwsError:
    """Return S3's error for a condition that does not hold."""
    message = "At least one of the pre-conditions you specified did not hold"
    return AwsError("PreconditionFailed", message, 412, Condition=condition)


def _time(text: str | None) -> datetime.datetime | None:
    """Return the time of a header without a time zone, or `None` for what is none: S3 ignores it."""
    if not text:
        return None
    for parse in (parsedate_to_datetime, datetime.datetime.fromisoformat):
        try:
            parsed = parse(text)
        except (TypeError, ValueError):
            continue
        return parsed.astimezone(datetime.UTC).replace(tzinfo=None) if parsed.tzinfo else parsed
    return None


def _same_etag(text: str, etag: str) -> bool:
    wanted = [each.strip().removeprefix("W/").strip('"') for each in text.split(",")]
    return "*" in wanted or etag.strip('"') in wanted


def failed_condition(headers: Mapping[str, str], stored: Any, now: float, prefix: str = "") -> str:
    """Return the name of the condition that an object does not meet, or an empty text.

    `If-None-Match` and `If-Modified-Since` answer 304 for a read. With a prefix the conditions are those of a copy.
    A time to come is none for `If-Modified-Since`; `now` is in seconds since the epoch.
    """
    match, unmodified = headers.get(f"{prefix}if-match"), _time(headers.get(f"{prefix}if-unmodified-since"))
    none, modified = headers.get(f"{prefix}if-none-match"), _time(headers.get(f"{prefix}if-modified-since"))
    changed = stored.last_modified.replace(microsecond=0)
    if match is not None:
        if not _same_etag(match, stored.etag):
            return "If-Match"
    elif unmodified is not None and changed > unmodified:
        return "If-Unmodified-Since"
    if none is not None:
        if _same_etag(none, stored.etag):
            return "If-None-Match"
    elif modified is not None and changed <= modified <= moto_datetime(now):
        return "If-Modified-Since"
    return ""


def check_source(request: ApiRequest, source: Any) -> None:
    """Raise `PreconditionFailed` unless the source of a copy meets the conditions."""
    failed = failed_condition(request.http.headers, source, request.aws.now(), "x-amz-copy-source-")
    if failed:
        raise precondition_failed(f"x-amz-copy-source-{failed}")


def check_write(request: ApiRequest, bucket: Any, name: str) -> None:
    """Raise S3's error unless the current object meets the conditions of a write."""
    match, none = request.http.headers.get("if-match"), request.http.headers.get("if-none-match")
    if match is not None and none is not None:
        raise _not_taken("If-Match,If-None-Match", "Multiple conditional request headers present in the request")
    if none not in (None, "*") or match == "*":
        header = "If-None-Match" if none is not None else "If-Match"
        raise _not_taken(header, f"We don't accept the provided value of {header} header for this API")
    stored = versions.current(bucket, name)
    if none is not None and stored is not None:
        raise precondition_failed("If-None-Match")
    if match is not None:
        check_match(match, stored, name)


def check_match(match: str, stored: Any, name: str) -> None:
    """Raise `NoSuchKey` without an object (moto's), and `PreconditionFailed` for another ETag than `If-Match` names."""
    if stored is None:
        raise versions.no_such_key(None, name)
    if not _same_etag(match, stored.etag):
        raise precondition_failed("If-Match")


def _not_taken(header: str, message: str) -> AwsError:
    return AwsError("NotImplemented", NOT_TAKEN, 501, Header=header, additionalMessage=message)
