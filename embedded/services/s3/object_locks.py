"""Object Lock: retention and legal holds of versions, and the default retention of a bucket.

Facts: S3-118 to S3-122.
"""

from __future__ import annotations

import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from embedded.core.behaviours import Behaviour
from embedded.core.environment import moto_datetime
from embedded.core.error_responses import not_implemented
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.protocols import serialize
from embedded.core.request import ApiRequest
from embedded.services.s3 import versions
from embedded.services.s3.buckets import S3Context

BEHAVIOUR = Behaviour("s3 object lock")
MODES = ("GOVERNANCE", "COMPLIANCE")
TIME = "%Y-%m-%dT%H:%M:%S.000Z"
MODE, UNTIL, HOLD = (f"x-amz-object-lock-{name}" for name in ("mode", "retain-until-date", "legal-hold"))
WITHOUT_LOCK = "Bucket is missing Object Lock Configuration"


def malformed() -> AwsError:
    """Return S3's error for a body that is not of its schema."""
    return AwsError(
        "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema"
    )


def _now(request: ApiRequest) -> datetime.datetime:
    return moto_datetime(request.aws.now())


def _parsed(text: str) -> datetime.datetime | None:
    try:
        parsed = datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    return parsed.astimezone(datetime.UTC).replace(tzinfo=None) if parsed.tzinfo else parsed


def _shown(time: datetime.datetime) -> str:
    """Return a time (in UTC) as S3's error shows it, in the time of the west coast where the machine knows that."""
    try:
        local = time.replace(tzinfo=datetime.UTC).astimezone(ZoneInfo("America/Los_Angeles"))
    except ZoneInfoNotFoundError:
        local = time.replace(tzinfo=datetime.UTC)
    return local.strftime("%a %b %d %H:%M:%S %Z %Y")


def new_lock(request: ApiRequest, bucket: Any) -> dict[str, Any]:
    """Return the lock of a new object as arguments of moto's object: that of the request, or the bucket's default."""
    headers = request.http.headers
    mode, until, hold = headers.get(MODE), headers.get(UNTIL), headers.get(HOLD)
    if (mode or until or hold) and not bucket.object_lock_enabled:
        raise AwsError("InvalidRequest", WITHOUT_LOCK)
    if bool(mode) != bool(until):
        message = f"{UNTIL} and {MODE} must both be supplied"
        raise AwsError("InvalidArgument", message, ArgumentName=UNTIL if mode else MODE)
    if hold is not None and hold not in ("ON", "OFF"):
        message = "Legal Hold must be either of 'ON' or 'OFF'"
        raise AwsError("InvalidArgument", message, ArgumentName=HOLD, ArgumentValue=hold)
    if mode and mode not in MODES:
        raise AwsError("InvalidArgument", "Unknown wormMode directive.", ArgumentName=MODE, ArgumentValue=mode)
    lock: dict[str, Any] = {"lock_mode": mode, "lock_until": None, "lock_legal_status": hold}
    if until:
        parsed = _parsed(until)
        if parsed is None or parsed <= _now(request):
            message = "The retain until date must be in the future!"
            raise AwsError("InvalidArgument", message, ArgumentName=UNTIL, ArgumentValue=until)
        lock["lock_until"] = parsed.strftime(TIME)
    elif bucket.object_lock_enabled and bucket.default_lock_mode:
        days = int(bucket.default_lock_days or 0) + 365 * int(bucket.default_lock_years or 0)
        lock["lock_mode"] = bucket.default_lock_mode
        lock["lock_until"] = (_now(request) + datetime.timedelta(days=days)).strftime(TIME)
    return lock


def is_locked(request: ApiRequest, stored: Any, *, bypass: bool) -> bool:
    """Return whether a version (moto's) must not be deleted."""
    if versions.is_marker(stored):
        return False
    if stored.lock_legal_status == "ON":
        return True
    until = _parsed(stored.lock_until) if stored.lock_until else None
    if not stored.lock_mode or until is None or until <= _now(request):
        return False
    return not (bypass and stored.lock_mode == "GOVERNANCE")


def check_bypass(request: ApiRequest, bucket: Any) -> bool:
    """Return whether the request asks to bypass governance. Raises S3's error without Object Lock."""
    name = "x-amz-bypass-governance-retention"
    asked = request.http.headers.get(name)
    if asked is not None and not bucket.object_lock_enabled:
        message = f"{name} is only applicable to Object Lock enabled buckets."
        raise AwsError("InvalidArgument", message, ArgumentName=name)
    return (asked or "").lower() == "true"


def _locked_version(request: ApiRequest) -> Any:
    bucket = request.context(S3Context).bucket
    method = "PUT" if request.operation.startswith("Put") else "GET"
    stored = versions.require(bucket, request.params["Key"], request.params.get("VersionId"), method)
    if not bucket.object_lock_enabled:
        raise AwsError("InvalidRequest", WITHOUT_LOCK)
    return stored


@BEHAVIOUR.implements("s3", "PutObjectRetention")
def put_object_retention(request: ApiRequest) -> HttpResponse:
    """Set, extend or, with a bypass, shorten the retention of a version."""
    stored = _locked_version(request)
    retention = request.params.get("Retention") or {}
    if "EventHold" in retention:
        raise not_implemented("has no event holds.")
    mode, until = retention.get("Mode"), retention.get("RetainUntilDate")
    if (mode is None) != (until is None) or (mode is not None and mode not in MODES):
        raise malformed()
    bypass = check_bypass(request, request.context(S3Context).bucket)
    if until is not None and until.replace(tzinfo=None) <= _now(request):
        message = "The retain until date must be in the future!"
        shown = _shown(until)
        raise AwsError("InvalidArgument", message, ArgumentName="RetainUntilDate", ArgumentValue=shown)
    before = _parsed(stored.lock_until) if stored.lock_until else None
    if before is not None and before > _now(request):
        shorter = until is None or until.replace(tzinfo=None) < before
        weaker = stored.lock_mode == "COMPLIANCE" and mode != "COMPLIANCE"
        may = stored.lock_mode == "GOVERNANCE" and bypass
        changed = stored.lock_mode == "GOVERNANCE" and mode != "GOVERNANCE"
        if (shorter or weaker or changed) and not may:
            raise AwsError("AccessDenied", "Access Denied because object protected by object lock.", 403)
    stored.lock_mode = mode
    stored.lock_until = until.strftime(TIME) if until is not None else None
    return HttpResponse(200, {}, b"")


@BEHAVIOUR.implements("s3", "GetObjectRetention")
def get_object_retention(request: ApiRequest) -> HttpResponse:
    """Return the retention of a version."""
    stored = _locked_version(request)
    if not stored.lock_mode:
        raise _no_lock()
    return serialize(request, {"Retention": {"Mode": stored.lock_mode, "RetainUntilDate": _parsed(stored.lock_until)}})


@BEHAVIOUR.implements("s3", "PutObjectLegalHold")
def put_object_legal_hold(request: ApiRequest) -> HttpResponse:
    """Set or release the legal hold of a version."""
    if not request.http.body.strip():
        raise malformed()
    stored = _locked_version(request)
    status = (request.params.get("LegalHold") or {}).get("Status")
    if status not in ("ON", "OFF"):
        raise malformed()
    stored.lock_legal_status = status
    return HttpResponse(200, {}, b"")


@BEHAVIOUR.implements("s3", "GetObjectLegalHold")
def get_object_legal_hold(request: ApiRequest) -> HttpResponse:
    """Return the legal hold of a version."""
    stored = _locked_version(request)
    if not stored.lock_legal_status:
        raise _no_lock()
    return serialize(request, {"LegalHold": {"Status": stored.lock_legal_status}})


def _no_lock() -> AwsError:
    message = "The specified object does not have a ObjectLock configuration"
    return AwsError("NoSuchObjectLockConfiguration", message, 404)


@BEHAVIOUR.implements("s3", "PutObjectLockConfiguration")
def put_object_lock_configuration(request: ApiRequest) -> HttpResponse:
    """Switch Object Lock on in a versioned bucket, or set its default retention."""
    bucket = request.context(S3Context).bucket
    setting = request.params.get("ObjectLockConfiguration") or {}
    if setting.get("ObjectLockEnabled") != "Enabled":
        raise malformed()
    if not bucket.is_versioned:
        message = "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration"
        raise AwsError("InvalidBucketState", message, 409)
    default = (setting.get("Rule") or {}).get("DefaultRetention")
    if "Rule" in setting:
        _check_default(default)
    bucket.object_lock_enabled = True
    bucket.default_lock_mode = (default or {}).get("Mode", "")
    bucket.default_lock_days = (default or {}).get("Days", 0)
    bucket.default_lock_years = (default or {}).get("Years", 0)
    return HttpResponse(200, {}, b"")


def _check_default(default: dict[str, Any] | None) -> None:
    if not default or default.get("Mode") not in MODES or ("Days" in default) == ("Years" in default):
        raise malformed()
    for unit in ("Days", "Years"):
        if unit in default and int(default[unit]) <= 0:
            message = "Default retention period must be a positive integer value."
            raise AwsError("InvalidArgument", message, ArgumentName=unit, ArgumentValue=str(default[unit]))


@BEHAVIOUR.implements("s3", "GetObjectLockConfiguration")
def get_object_lock_configuration(request: ApiRequest) -> HttpResponse:
    """Return whether a bucket has Object Lock, and its default retention."""
    bucket = request.context(S3Context).bucket
    if not bucket.object_lock_enabled:
        message = "Object Lock configuration does not exist for this bucket"
        raise AwsError("ObjectLockConfigurationNotFoundError", message, 404, BucketName=bucket.name)
    setting: dict[str, Any] = {"ObjectLockEnabled": "Enabled"}
    if bucket.default_lock_mode:
        default: dict[str, Any] = {"Mode": bucket.default_lock_mode}
        if bucket.default_lock_days:
            default["Days"] = int(bucket.default_lock_days)
        if bucket.default_lock_years:
            default["Years"] = int(bucket.default_lock_years)
        setting["Rule"] = {"DefaultRetention": default}
    return serialize(request, {"ObjectLockConfiguration": setting})
