"""No parameter of an operation that is done is ignored without a word: it is read, refused, or has no effect."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from embedded.core.parameters_not_taken import NOT_TAKEN
from tests.embedded.catalogue import model_of
from tests.embedded.parameters import unread
from tests.embedded.question import code
from tests.embedded.test_catalogue import ROW, part
from tests.embedded.world import ROOT, EmbeddedWorld

WITHOUT_EFFECT = {
    "AdditionalInfo": "is reserved by AWS",
    "AllAvailabilityZones": "adds Local Zones, of which there are none here",
    "DestinationRegion": "is put there by botocore, and is the request's own",
    "DryRunModifiers": "is refused for all operations (embedded/services/kms/creation.py)",
    "Force": "changes how long something takes, not what becomes of it",
    "IncludeManagedResources": "adds resources that services manage, of which there are none here",
    "NoReboot": "changes what an instance does inside",
    "PresignedUrl": "is put there by botocore, and repeats the request",
    "SkipOsShutdown": "changes what an instance does inside",
}
READ_ELSEWHERE = {
    ("ec2", "AuthorizeSecurityGroupIngress"): ("*",),
    ("ec2", "RunInstances"): ("DisableApiTermination",),
    ("sts", "GetFederationToken"): ("*",),
}
"""By moto in ways that are not seen here; GetFederationToken is refused, whatever is sent."""
BUILT = (
    "x-amz-checksum-",
    "x-amz-copy-source-if-",
    "x-amz-copy-source-server-side-encryption-customer-",
    "x-amz-metadata-directive",
    "x-amz-server-side-encryption-customer-",
    "x-amz-confirm-remove-self-bucket-access",
    "x-amz-skip-destination-validation",
)
"""Headers whose names are put together, and two that only skip a check."""
SERVICES = ("cloudtrail", "ec2", "iam", "kms", "sts")


def done(service: str) -> list[str]:
    """The operations that questions ask, as the page has them."""
    return [row[1] for row in ROW.finditer(part(service))]


def ignored(service: str, operation: str) -> list[str]:
    known = {*NOT_TAKEN.get((service, operation), ()), *READ_ELSEWHERE.get((service, operation), ()), *WITHOUT_EFFECT}
    return [] if "*" in known else [name for name in unread(service, operation) if name not in known]


@pytest.mark.parametrize("service", SERVICES)
def test_no_parameter_is_ignored(service: str):
    """Take it, or add it to `NOT_TAKEN`, so that requests with it are refused."""
    assert {name: found for name in done(service) if (found := ignored(service, name))} == {}


def test_no_header_or_query_parameter_of_s3_is_ignored():
    """S3's behaviours read them by their names in HTTP, where the others read members."""
    folder = ROOT / "embedded"
    sources = [*(folder / "services" / "s3").glob("*.py"), *(folder / "core").glob("*.py")]
    text = "".join(path.read_text(encoding="utf-8") for path in sources).lower()
    found = {}
    for operation in done("s3"):
        shape = model_of("s3").operation_model(operation).input_shape
        members = shape.members.items() if shape is not None else ()
        refused = NOT_TAKEN.get(("s3", operation), ())
        placed = [(name, each.serialization) for name, each in members if name not in refused]
        names = [
            name
            for name, place in placed
            if place.get("location") in ("header", "querystring")
            and not place["name"].lower().startswith(BUILT)
            and place["name"].lower() not in text
            and name.lower() not in text
        ]
        if names:
            found[operation] = names
    assert found == {}


def test_a_parameter_that_is_not_read_is_found():
    """The reader tells those apart that an operation reads (its own and its helpers') from those that it does not."""
    assert unread("ec2", "CreateVolume") == ["AvailabilityZoneId", "OutpostArn", "VolumeInitializationRate", "Operator"]
    assert "GrantTokens" not in unread("kms", "Encrypt")


@pytest.mark.parametrize(("service", "operation"), sorted(NOT_TAKEN))
def test_what_is_not_taken_is_a_parameter(service: str, operation: str):
    """Of botocore's model."""
    shape = model_of(service).operation_model(operation).input_shape
    assert shape is not None
    assert set(NOT_TAKEN[service, operation]) <= set(shape.members)


def test_a_parameter_that_is_not_taken_is_refused(worlds: Any):
    """By its name; nothing is created."""
    world: EmbeddedWorld = next(worlds)
    how = {"AvailabilityZone": "us-east-1a", "Size": 1, "OutpostArn": "arn:aws:outposts:us-east-1:1:outpost/op-1"}
    before = len(world.ec2.describe_volumes()["Volumes"])
    assert code(partial(world.ec2.create_volume, **how)) == "NotImplemented 501"
    assert len(world.ec2.describe_volumes()["Volumes"]) == before
