"""Questions about what EC2 says of zones, attachments, modifications and instance types, and in which namespace."""

from __future__ import annotations

import functools
import re
import urllib.request
from typing import Any
from urllib.parse import urlencode

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from tests.embedded.question import code, outcome, question
from tests.embedded.world import World

ZONES, ATTACHMENTS, MODIFICATIONS = "ec2 zones", "ebs attachments", "ebs modifications"


@question(
    "EC2",
    "a zone",
    "EC2-60",
    "us-east-1-zg-1, US East (N. Virginia) 1, us-east-1, opt-in-not-required",
    ZONES,
)
def _(world: World) -> str:
    (zone,) = world.ec2.describe_availability_zones(ZoneNames=["us-east-1a"])["AvailabilityZones"]
    members = ("GroupName", "GroupLongName", "NetworkBorderGroup", "OptInStatus")
    return ", ".join(str(zone.get(each)) for each in members)


@question("EC2", "which attachments are deleted", "EC2-62", "root True, attached False", ATTACHMENTS)
def _(world: World) -> str:
    instance, volume = world.instance(), world.volume()["VolumeId"]
    root = world.root(instance)
    world.ec2.attach_volume(VolumeId=volume, InstanceId=instance, Device="/dev/sdf")
    world.until(lambda: world.volume_described(volume)["State"], lambda seen: seen == "in-use")
    shown = [world.volume_described(each)["Attachments"][0].get("DeleteOnTermination") for each in (root, volume)]
    return f"root {shown[0]}, attached {shown[1]}"


def _modification(world: World, volume: str) -> str:
    (found,) = world.ec2.describe_volumes_modifications(VolumeIds=[volume])["VolumesModifications"]
    return f"{found['ModificationState']}{' with an end' if 'EndTime' in found else ''}"


def _begins(wanted: str, seen: str) -> bool:
    return seen.startswith(wanted)


@question("EC2", "a modification", "EC2-61", "modifying, modifying, optimizing, completed with an end", MODIFICATIONS)
def _(world: World) -> str:
    volume = world.volume()["VolumeId"]
    seen = [world.ec2.modify_volume(VolumeId=volume, Size=2)["VolumeModification"]["ModificationState"]]
    for wanted in ("modifying", "optimizing", "completed"):
        seen += [world.until(lambda: _modification(world, volume), functools.partial(_begins, wanted))]
    return ", ".join(seen)


@question("EC2", "a modification during another", "EC2-61", "IncorrectModificationState 400", MODIFICATIONS)
def _(world: World) -> str:
    volume = world.volume()["VolumeId"]
    world.ec2.modify_volume(VolumeId=volume, Size=2)
    return code(lambda: world.ec2.modify_volume(VolumeId=volume, Size=3))


@question("EC2", "a volume made smaller", "EC2-61", "InvalidParameterValue 400", MODIFICATIONS)
def _(world: World) -> str:
    volume = world.volume(Size=2)["VolumeId"]
    return code(lambda: world.ec2.modify_volume(VolumeId=volume, Size=1))


@question(
    "EC2",
    "an instance type that is none",
    "EC2-63",
    "InvalidParameterValue 400: Invalid value 't9.nano' for InstanceType.",
    "ec2 instances",
)
def _(world: World) -> str:
    return outcome(lambda: world.instance(InstanceType="t9.nano"))


@question(
    "EC2",
    "a volume without a size",
    "EC2-63",
    "MissingParameter 400: The request must contain the parameter size/snapshot",
    "ebs volumes",
)
def _(world: World) -> str:
    return outcome(lambda: world.ec2.create_volume(AvailabilityZone="nowhere-1a"))


def _sent(world: World, **fields: str) -> str:
    """The body of EC2's answer to a form as it is."""
    url = world.endpoint or f"https://ec2.{world.region}.amazonaws.com"
    body = urlencode({"Version": "2016-11-15", **fields}).encode()
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    request = AWSRequest("POST", f"{url}/", data=body, headers=form)
    SigV4Auth(world.credentials, "ec2", world.region).add_auth(request)
    sent = urllib.request.Request(f"{url}/", data=body, headers=dict(request.headers.items()))
    with urllib.request.urlopen(sent) as answer:
        return str(answer.read().decode())


@question("EC2", "the namespace", "EC2-64", "http://ec2.amazonaws.com/doc/2016-11-15/", "ec2 responses")
def _(world: World) -> str:
    found = re.search(r'xmlns="([^"]+)"', _sent(world, Action="DescribeRegions"))
    return found[1] if found else "none"


@question("EC2", "lists that begin with 0", "EC2-65", "a 1, b 2", "ec2 responses")
def _(world: World) -> str:
    volume = world.volume()["VolumeId"]
    tags = {"Tag.0.Key": "a", "Tag.0.Value": "1", "Tag.1.Key": "b", "Tag.1.Value": "2"}
    _sent(world, Action="CreateTags", **{"ResourceId.0": volume, **tags})
    found = sorted((tag["Key"], tag["Value"]) for tag in world.volume_described(volume).get("Tags", []))
    return ", ".join(f"{key} {value}" for key, value in found)


@question("EC2", "the states of a termination", "EC2-16", "shutting-down, terminated", "ec2 instances")
def _(world: World) -> str:
    instance = world.instance()
    (change,) = world.ec2.terminate_instances(InstanceIds=[instance])["TerminatingInstances"]
    seen = world.until(lambda: world.state(instance), lambda state: state == "terminated")
    return f"{change['CurrentState']['Name']}, {seen}"


VOLUMES = "Value (vol-zz) for parameter {} is invalid. Expected: 'vol-...'."
SNAPSHOTS = "Value (snap-0) for parameter {} is invalid. Expected: 'snap-...'."

for _call, _how, _answer in (
    ("delete_volume", {"VolumeId": "vol-zz"}, f"InvalidParameterValue 400: {VOLUMES.format('volumeId')}"),
    ("describe_volumes", {"VolumeIds": ["vol-zz"]}, f"InvalidParameterValue 400: {VOLUMES.format('volumes')}"),
    ("delete_snapshot", {"SnapshotId": "snap-0"}, f"InvalidParameterValue 400: {SNAPSHOTS.format('snapshotId')}"),
    ("stop_instances", {"InstanceIds": ["i-0"]}, 'InvalidInstanceID.Malformed 400: Invalid id: "i-0"'),
    (
        "describe_volumes",
        {"VolumeIds": ["vol-0123abcd"]},
        "InvalidVolume.NotFound 400: The volume 'vol-…' does not exist.",
    ),
):

    @question("EC2", f"{_call} of {next(iter(_how.values()))}", "EC2-110", _answer, "ebs volumes")
    def _(world: World, call: str = _call, how: dict[str, Any] = _how) -> str:
        return outcome(functools.partial(getattr(world.ec2, call), **how))


@question("EC2", "a required parameter that is absent", "EC2-111", "MissingParameter 400", "dispatch")
def _(world: World) -> str:
    return code(world.unchecked("ec2").create_snapshot)
