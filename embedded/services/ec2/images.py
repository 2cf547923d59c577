"""Machine images: those that SSM's public parameters name and a few others, with a root of 8 GiB.

Facts: LAB-10. moto describes 1,301 images and creates a snapshot and a volume for each in every account; this list is a
choice, not a fact of AWS.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import datetime
from typing import Any

from embedded.core.behaviours import Behaviour

BEHAVIOUR = Behaviour("ec2 images")

OTHER_IMAGES = ("ubuntu/images/hvm-ssd/", "amzn2-ami-hvm-", "RHEL-", "suse-sles-12")
ROOT_SIZE_GIB = 8
OTHER_REGION = "us-east-1"
IMAGE_PARAMETERS = (
    "self, ec2_backend, ami_id, instance, source_ami, name, description, owner_id, owner_alias, public, "
    "virtualization_type, architecture, state, creation_date, platform, image_type, image_location, hypervisor, "
    "root_device_type, root_device_name, sriov, region_name, snapshot_description, product_codes, boot_mode, tags"
)


@functools.cache
def offered_images(region: str) -> tuple[dict[str, Any], ...]:
    """Return the images of a Region as moto describes them."""
    from moto.ec2.models import amis
    from moto.utilities.utils import load_resource

    latest: list[dict[str, Any]] = load_resource(f"ec2/resources/latest_amis/{_described(region)}.json")
    others = [image for image in amis.AMIS if str(image.get("name")).startswith(OTHER_IMAGES)]
    return tuple({**image, "owner_alias": "amazon", "creation_date": _date(image)} for image in [*latest, *others])


@functools.cache
def _described(region: str) -> str:
    """Return a Region whose images moto describes: this one or, for a Region of which it knows none, another."""
    from moto.utilities.utils import load_resource

    try:
        load_resource(f"ec2/resources/latest_amis/{region}.json")
    except FileNotFoundError:
        return OTHER_REGION
    return region


@BEHAVIOUR.patch("moto.ssm.models:ParameterDict._load_latest_amis", "self")
def _load_parameters(original: Callable[[Any], None], parameters: Any) -> None:
    region = parameters.region_name
    parameters.region_name = _described(region)
    try:
        original(parameters)
    finally:
        parameters.region_name = region


def _date(image: dict[str, Any]) -> datetime | None:
    from botocore.utils import parse_timestamp

    date = image.get("creation_date")
    return parse_timestamp(date).replace(tzinfo=None) if isinstance(date, str) else date


@BEHAVIOUR.patch("moto.ec2.models.amis:AmiBackend._load_amis", "self")
def _load_offered_images(original: Callable[..., None], backend: Any) -> None:
    from moto.ec2.models.amis import Ami

    for image in offered_images(backend.region_name):
        backend.amis[image["ami_id"]] = Ami(backend, **image)


@BEHAVIOUR.patch("moto.ec2.models.amis:Ami.__init__", IMAGE_PARAMETERS)
def _root_size(original: Callable[..., None], image: Any, *args: Any, **kwargs: Any) -> None:
    original(image, *args, **kwargs)
    image.ebs_snapshot.volume.size = ROOT_SIZE_GIB
