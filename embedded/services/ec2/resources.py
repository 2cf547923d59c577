"""moto's instances, volumes and snapshots by their ids, with EC2's errors for ids that name nothing.

Facts: EC2-15, EC2-110.
"""

from __future__ import annotations

import re
from typing import Any

from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.request import ApiRequest

DIGITS = re.compile(r"[a-z]+-([0-9a-f]{8}|[0-9a-f]{17})")
"""What follows the prefix of an id: 8 hexadecimal digits, or 17."""


def ec2_backend(request: ApiRequest) -> Any:
    """Return moto's EC2 of the request's account and Region."""
    from moto.ec2.models import ec2_backends

    return ec2_backends[request.account][request.region]


def find_instance(request: ApiRequest, instance_id: str) -> Any:
    """Return moto's instance. Raises EC2's errors for a malformed id and for one that does not exist."""
    for reservation in list(ec2_backend(request).reservations.values()):
        for instance in reservation.instances:
            if instance.id == instance_id:
                return instance
    if not _is_id(instance_id, "i"):
        raise AwsError("InvalidInstanceID.Malformed", f'Invalid id: "{instance_id}"')
    raise AwsError("InvalidInstanceID.NotFound", f"The instance ID '{instance_id}' does not exist")


def find_volume(request: ApiRequest, volume_id: str) -> Any:
    """Return moto's volume. Raises EC2's errors for a malformed id and for one that does not exist."""
    volume = ec2_backend(request).volumes.get(volume_id)
    if volume is not None:
        return volume
    if not _is_id(volume_id, "vol"):
        raise _malformed(request, "volume", volume_id, "vol")
    raise AwsError("InvalidVolume.NotFound", f"The volume '{volume_id}' does not exist.")


def find_snapshot(request: ApiRequest, snapshot_id: str) -> Any:
    """Return moto's snapshot. Raises EC2's errors for a malformed id and for one that does not exist."""
    snapshot = ec2_backend(request).snapshots.get(snapshot_id)
    if snapshot is not None:
        return snapshot
    if not _is_id(snapshot_id, "snap"):
        raise _malformed(request, "snapshot", snapshot_id, "snap")
    raise AwsError("InvalidSnapshot.NotFound", f"The snapshot '{snapshot_id}' does not exist.")


def check_image_id(image_id: str) -> None:
    """Raise EC2's error for a malformed id of an image."""
    if not _is_id(image_id, "ami"):
        raise AwsError("InvalidAMIID.Malformed", f'Invalid id: "{image_id}"')


def _is_id(text: str, prefix: str) -> bool:
    return text.startswith(f"{prefix}-") and DIGITS.fullmatch(text) is not None


def _malformed(request: ApiRequest, name: str, given: str, prefix: str) -> AwsError:
    """Return EC2's error for an id that is none; lists and single ids are named differently."""
    parameter = f"{name}s" if request.operation.startswith("Describe") else f"{name}Id"
    message = f"Value ({given}) for parameter {parameter} is invalid. Expected: '{prefix}-...'."
    return AwsError("InvalidParameterValue", message)


def checked_region(request: ApiRequest, region: str) -> str:
    """Return a Region that a request names as its source. Raises EC2's error for one that does not exist."""
    from moto.ec2.models import ec2_backends

    try:
        ec2_backends[request.account][region]
    except KeyError:
        message = f"Value ({region}) for parameter sourceRegion is invalid. The Region does not exist."
        raise AwsError("InvalidParameterValue", message) from None
    return region


def created_ids(response: HttpResponse, member: str) -> list[str]:
    """Return the ids in a response, by the name of their XML element, each once."""
    found = re.findall(f"<{member}>([^<]+)</{member}>".encode(), response.body)
    return list(dict.fromkeys(each.decode() for each in found))


def check_dry_run(request: ApiRequest) -> None:
    """Raise `DryRunOperation` if the request is a dry run; everything else was checked before."""
    if request.params.get("DryRun"):
        raise AwsError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412)
