"""Questions about the attributes of instances that can be changed."""

from __future__ import annotations

from functools import partial

from tests.embedded.question import code, question
from tests.embedded.world import World

ATTRIBUTES = "ec2 instance attributes"


@question(
    "EC2",
    "another type, running and stopped",
    "EC2-116",
    "IncorrectInstanceState 400, t3.small",
    ATTRIBUTES,
)
def _(world: World) -> str:
    instance = world.instance()
    how = {"InstanceId": instance, "InstanceType": {"Value": "t3.small"}}
    running = code(partial(world.ec2.modify_instance_attribute, **how))
    world.stopped(instance)
    world.ec2.modify_instance_attribute(**how)
    return f"{running}, {world.described(instance)['InstanceType']}"


@question("EC2", "two attributes at once", "EC2-116", "InvalidParameterCombination 400", ATTRIBUTES)
def _(world: World) -> str:
    how = {"DisableApiTermination": {"Value": True}, "SourceDestCheck": {"Value": False}}
    return code(partial(world.ec2.modify_instance_attribute, InstanceId=world.instance(), **how))


@question("EC2", "an instance that is protected later", "EC2-116", "OperationNotPermitted 400, then served", ATTRIBUTES)
def _(world: World) -> str:
    instance = world.instance()
    answers = []
    for protected in (True, False):
        world.ec2.modify_instance_attribute(InstanceId=instance, DisableApiTermination={"Value": protected})
        answers.append(code(partial(world.ec2.terminate_instances, InstanceIds=[instance])))
    return ", then ".join(answers)


@question("EC2", "a root that is kept", "EC2-117", "available", ATTRIBUTES)
def _(world: World) -> str:
    instance = world.instance()
    root = world.root(instance)
    kept = [{"DeviceName": "/dev/xvda", "Ebs": {"DeleteOnTermination": False}}]
    world.ec2.modify_instance_attribute(InstanceId=instance, BlockDeviceMappings=kept)
    world.ec2.terminate_instances(InstanceIds=[instance])
    world.until(lambda: world.state(instance), lambda seen: seen == "terminated")
    world.keep(world.ec2.delete_volume, VolumeId=root)
    return str(world.volume_described(root)["State"])


@question("EC2", "a device that nothing is attached at", "EC2-117", "InvalidInstanceAttributeValue 400", ATTRIBUTES)
def _(world: World) -> str:
    kept = [{"DeviceName": "/dev/sdz", "Ebs": {"DeleteOnTermination": True}}]
    how = {"InstanceId": world.instance(), "BlockDeviceMappings": kept}
    return code(partial(world.ec2.modify_instance_attribute, **how))


@question("EC2", "AttachVolume at no device", "EC2-118", "InvalidParameterValue 400", "ebs volumes")
def _(world: World) -> str:
    how = {"VolumeId": world.volume()["VolumeId"], "InstanceId": world.instance(), "Device": "disk"}
    return code(partial(world.ec2.attach_volume, **how))


@question("EC2", "DeleteVolume while it is created", "EC2-118", "IncorrectState 400", "ebs volumes")
def _(world: World) -> str:
    volume = world.ec2.create_volume(Size=1, AvailabilityZone=f"{world.region}a")["VolumeId"]
    answer = code(partial(world.ec2.delete_volume, VolumeId=volume))
    world.until(lambda: world.volume_described(volume)["State"], lambda seen: seen == "available")
    world.ec2.delete_volume(VolumeId=volume)
    return answer


@question("EC2", "a reboot of a terminated instance", "EC2-119", "served, terminated", "ec2 instances")
def _(world: World) -> str:
    instance = world.instance()
    world.ec2.terminate_instances(InstanceIds=[instance])
    world.until(lambda: world.state(instance), lambda seen: seen == "terminated")
    answer = code(partial(world.ec2.reboot_instances, InstanceIds=[instance]))
    return f"{answer}, {world.state(instance)}"


@question("EC2", "an image of a name that cannot be", "EC2-120", "InvalidAMIName.Malformed 400", "created images")
def _(world: World) -> str:
    return code(partial(world.ec2.create_image, InstanceId=world.instance(), Name="a<b>c"))


@question("EC2", "the modification of none", "EC2-121", "InvalidVolumeModification.NotFound 400", "ebs modifications")
def _(world: World) -> str:
    return code(partial(world.ec2.describe_volumes_modifications, VolumeIds=[world.volume()["VolumeId"]]))


for _what, _own_key, _shared, _answer in (
    ("one's own key, with an account", True, {"UserIds": ["111122223333"]}, "served"),
    ("one's own key, with all", True, {"GroupNames": ["all"]}, "refused"),
    ("EBS's key, with an account", False, {"UserIds": ["111122223333"]}, "refused"),
):

    @question("EC2", f"a snapshot under {_what}", "EC2-122", _answer, "ebs snapshots")
    def _(world: World, own_key: bool = _own_key, shared: dict[str, list[str]] = _shared) -> str:
        how = {"KmsKeyId": world.key()} if own_key else {}
        snapshot = world.snapshot(world.volume(Encrypted=True, **how)["VolumeId"])["SnapshotId"]
        share = {"SnapshotId": snapshot, "Attribute": "createVolumePermission", "OperationType": "add", **shared}
        answer = code(partial(world.ec2.modify_snapshot_attribute, **share))
        return answer if answer == "served" else "refused"
