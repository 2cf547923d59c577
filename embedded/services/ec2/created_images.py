"""CreateImage and CopyImage: images with the volumes of an instance, and encrypted copies.

Facts: EC2-23, EC2-100 to EC2-102, EC2-120, MOTO-36.
"""

from __future__ import annotations

import contextlib
import dataclasses
import re
from collections.abc import Callable, Iterator
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.environment import ObjectState
from embedded.core.error_responses import not_implemented
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.protocols import serialize
from embedded.core.request import ApiRequest, current_request
from embedded.services.ec2.ebs_defaults import default_key, encrypts_by_default
from embedded.services.ec2.resources import check_dry_run, check_image_id, checked_region, ec2_backend, find_instance
from embedded.services.ec2.transitions import after_transition
from embedded.services.ec2.volume_encryption import (
    encrypt,
    encryption_failure,
    generate_data_key,
    require_encryption_parameters,
    volume_key,
)

BEHAVIOUR = Behaviour("created images")

NAME = re.compile(r"[A-Za-z0-9()\[\] ./\-'@_]{3,128}")
RUNNING, STOPPED = 16, 80
"""The codes of the states in which an image can be created (EC2-100)."""


@dataclasses.dataclass(frozen=True)
class ImageDevice:
    """A volume that an image describes: its device, snapshot (moto's object) and type."""

    name: str
    snapshot: Any
    volume_type: str
    deleted_on_termination: bool

    @property
    def mapping(self) -> dict[str, Any]:
        """The device as DescribeImages returns it."""
        ebs = {
            "SnapshotId": self.snapshot.id,
            "VolumeSize": self.snapshot.volume.size,
            "VolumeType": self.volume_type,
            "DeleteOnTermination": self.deleted_on_termination,
            "Encrypted": self.snapshot.encrypted,
        }
        return {"DeviceName": self.name, "Ebs": ebs}


class ImageDevices(ObjectState[list[ImageDevice]]):
    """The devices of images (moto's objects) that were created or copied."""


@BEHAVIOUR.implements("ec2", "CreateImage")
def _create_image(request: ApiRequest) -> HttpResponse:
    params, backend = request.params, ec2_backend(request)
    instance = find_instance(request, str(params["InstanceId"]))
    if params.get("BlockDeviceMappings"):
        raise not_implemented("does not change devices in CreateImage (BlockDeviceMappings).")
    if instance.state_code not in (RUNNING, STOPPED):
        message = f"The instance '{instance.id}' is not in a state from which an image can be created."
        raise AwsError("IncorrectInstanceState", message)
    _require_new_name(backend, str(params["Name"]))
    check_dry_run(request)
    image = _new_image(
        backend,
        lambda: backend.create_image(
            instance.id, params["Name"], params.get("Description", ""), _tags(params, "image")
        ),
    )
    image.root_device_name, image.root_device_type = instance.root_device_name, "ebs"
    described = f"Created by CreateImage({instance.id}) for {image.id}"
    devices = []
    for name, attached in instance.get_block_device_mapping:
        snapshot = backend.create_snapshot(attached.volume_id, described, from_ami=image.id)
        devices.append(ImageDevice(name, snapshot, snapshot.volume.volume_type, name == instance.root_device_name))
    return _begin(request, image, devices)


@BEHAVIOUR.implements("ec2", "CopyImage")
def _copy_image(request: ApiRequest) -> HttpResponse:
    from moto.ec2.models import ec2_backends

    params, backend = request.params, ec2_backend(request)
    source_region, source_id = str(params["SourceRegion"]), str(params["SourceImageId"])
    check_image_id(source_id)
    source = ec2_backends[request.account][checked_region(request, source_region)].amis.get(source_id)
    if source is None:
        raise AwsError("InvalidAMIID.NotFound", f"The image id '[{source_id}]' does not exist")
    _require_new_name(backend, str(params["Name"]))
    encrypted = bool(params.get("Encrypted")) or encrypts_by_default(backend)
    sources = devices_of(request, source)
    require_encryption_parameters(
        params.get("KmsKeyId"), encrypted=encrypted or any(each.snapshot.encrypted for each in sources)
    )
    check_dry_run(request)
    image = _new_image(
        backend, lambda: backend.copy_image(source.id, source_region, params["Name"], params.get("Description"))
    )
    for specification in _tags(params, "image"):
        image.add_tags({tag["Key"]: tag.get("Value", "") for tag in specification.get("Tags", [])})
    image.root_device_name, image.root_device_type = source.root_device_name, "ebs"
    described = f"Copied for DestinationAmi {image.id} from SourceAmi {source.id} for SourceSnapshot "
    devices = []
    for each in sources:
        snapshot = backend.copy_snapshot(each.snapshot.id, source_region, described + each.snapshot.id, None)
        snapshot.encrypted, snapshot.kms_key_id = False, None
        inherited = each.snapshot.kms_key_id if each.snapshot.encrypted else None
        if encrypted or inherited:
            _encrypt(request, snapshot, params.get("KmsKeyId") or inherited or default_key(backend))
        devices.append(dataclasses.replace(each, snapshot=snapshot))
    return _begin(request, image, devices)


def devices_of(request: ApiRequest, image: Any) -> list[ImageDevice]:
    """Return the devices of an image (moto's object); one that AWS offers has its root only."""
    found = request.aws.state(ImageDevices).get(image)
    return found or [ImageDevice(image.root_device_name, image.ebs_snapshot, "gp3", True)]


def _encrypt(request: ApiRequest, snapshot: Any, key_text: str) -> None:
    key = volume_key(request, key_text)
    snapshot.encrypted, snapshot.kms_key_id = True, key.arn if key is not None else key_text
    encrypt(request, snapshot, key_text, lambda key: generate_data_key(request, key, snapshot.id))


def _require_new_name(backend: Any, name: str) -> None:
    if not NAME.fullmatch(name):
        message = (
            "AMI names must be between 3 and 128 characters long, and may contain letters, numbers, and ()[] ./-'@_"
        )
        raise AwsError("InvalidAMIName.Malformed", message)
    taken = next((each for each in backend.amis.values() if each.name == name and _is_own(backend, each)), None)
    if taken is not None:
        raise AwsError("InvalidAMIName.Duplicate", f"AMI name {name} is already in use by AMI {taken.id}")


def _is_own(backend: Any, image: Any) -> bool:
    return bool(image.owner_id == backend.account_id)


def _tags(params: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [each for each in params.get("TagSpecifications") or [] if each.get("ResourceType") == kind]


def _new_image(backend: Any, create: Callable[[], Any]) -> Any:
    """Return an image without the snapshot that moto creates for each."""
    with _no_encryption_by_default(backend):
        image = create()
    backend.snapshots.pop(image.ebs_snapshot.id, None)
    return image


@contextlib.contextmanager
def _no_encryption_by_default(backend: Any) -> Iterator[None]:
    """Have no key used for the volume that moto creates and deletes with each image."""
    before, backend.ebs_encryption_by_default = encrypts_by_default(backend), False
    try:
        yield
    finally:
        backend.ebs_encryption_by_default = before


def _begin(request: ApiRequest, image: Any, devices: list[ImageDevice]) -> HttpResponse:
    """Return the new image's id. It is pending until its snapshots are complete (EC2-101)."""
    request.aws.state(ImageDevices)[image] = devices
    image.ebs_snapshot = next(each.snapshot for each in devices if each.name == image.root_device_name)
    image.state = "pending"
    snapshots = [each.snapshot for each in devices]
    for specification in _tags(request.params, "snapshot"):
        for snapshot in snapshots:
            snapshot.add_tags({tag["Key"]: tag.get("Value", "") for tag in specification.get("Tags", [])})
    for snapshot in snapshots:
        snapshot.status = "pending"

    def complete() -> None:
        for snapshot in snapshots:
            snapshot.status = "error" if encryption_failure(request, snapshot) else "completed"
        is_failed = any(snapshot.status == "error" for snapshot in snapshots)
        image.state = "failed" if is_failed else "available"

    after_transition(request, "image", complete)
    return serialize(request, {"ImageId": image.id})


@BEHAVIOUR.patch("moto.ec2.models.amis:Ami.block_device_mappings", "self")
def _mappings(original: Callable[[Any], list[dict[str, Any]]], image: Any) -> list[dict[str, Any]]:
    request = current_request()
    return original(image) if request is None else [each.mapping for each in devices_of(request, image)]


@BEHAVIOUR.validate("ec2", "RunInstances")
def _require_available(request: ApiRequest) -> HttpResponse | None:
    image = ec2_backend(request).amis.get(request.params.get("ImageId"))
    if image is not None and image.state != "available":
        message = f"The image id '[{image.id}]' is not in a state from which it can be launched."
        raise AwsError("InvalidAMIID.Unavailable", message)
    return None
