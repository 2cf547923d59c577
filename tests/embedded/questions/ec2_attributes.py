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
