"""Questions about images: created from an instance, copied, and launched."""

from __future__ import annotations

from typing import Any

from tests.embedded.question import code, question
from tests.embedded.questions.steps import shown_key
from tests.embedded.world import World

IMAGES = "created images"


def _described(world: World, image: str) -> dict[str, Any]:
    found: dict[str, Any] = world.ec2.describe_images(ImageIds=[image])["Images"][0]
    return found


def _available(world: World, image: str) -> dict[str, Any]:
    """Wait until the image is available, and return it."""
    world.keep(world.ec2.deregister_image, ImageId=image)
    return world.until(lambda: _described(world, image), lambda seen: seen["State"] == "available")


def _image(world: World, instance: str, **how: Any) -> str:
    return str(world.ec2.create_image(InstanceId=instance, Name=f"parity-{instance[-8:]}", **how)["ImageId"])


@question("EC2", "an image's states", "EC2-101", "pending, available", IMAGES)
def _(world: World) -> str:
    image = _image(world, world.instance())
    first = _described(world, image)["State"]
    return f"{first}, {_available(world, image)['State']}"


@question("EC2", "an image of an instance", "EC2-23", "/dev/xvda, /dev/xvda 8 GiB, /dev/sdf 1 GiB", IMAGES)
def _(world: World) -> str:
    instance = world.instance()
    volume = world.volume()["VolumeId"]
    world.ec2.attach_volume(VolumeId=volume, InstanceId=instance, Device="/dev/sdf")
    image = _available(world, _image(world, instance))
    devices = sorted(image["BlockDeviceMappings"], key=lambda each: -each["Ebs"]["VolumeSize"])
    shown = (f"{each['DeviceName']} {each['Ebs']['VolumeSize']} GiB" for each in devices)
    return f"{image['RootDeviceName']}, {', '.join(shown)}"


@question("EC2", "an encrypted copy of an image, launched", "EC2-23", "True <key ARN>, the same key", IMAGES)
def _(world: World) -> str:
    key = world.key()
    source = _available(world, _image(world, world.instance()))["ImageId"]
    how = {"SourceImageId": source, "SourceRegion": world.region, "Encrypted": True, "KmsKeyId": key}
    copy = _available(world, str(world.ec2.copy_image(Name=f"{source}-copy", **how)["ImageId"]))
    instance = world.instance(ImageId=copy["ImageId"])
    root = world.volume_described(world.root(instance))
    return f"{shown_key(root)}, {'the same key' if root.get('KmsKeyId') == key else 'another'}"


@question(
    "EC2",
    "two images of one name",
    "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html",
    "InvalidAMIName.Duplicate 400",
    IMAGES,
)
def _(world: World) -> str:
    instance = world.instance()
    _available(world, _image(world, instance))
    return code(lambda: _image(world, instance))
