"""The condition keys of EC2's resources: those that exist, and those that a request creates.

Facts: the service authorization reference for EC2
(https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html). Keys that are not here are
refused when a policy with them is stored (`embedded/services/iam/policy_grammar.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from embedded.core.partition import partition
from embedded.core.request import ApiRequest
from embedded.services.ec2.resources import ec2_backend
from embedded.services.iam.conditions import Value
from embedded.services.iam.resources import iam_arn

DEFAULT_VOLUME_TYPE = "gp2"


def resource_context(request: ApiRequest, kind: str, resource_id: str) -> dict[str, Value]:
    """Return the condition keys of a resource that exists; none for one that does not."""
    backend = ec2_backend(request)
    if kind == "image":
        return {"ec2:ImageID": resource_id}
    if kind == "instance":
        found = (each for one in backend.reservations.values() for each in one.instances if each.id == resource_id)
        instance = next(found, None)
        return {} if instance is None else _instance(request, instance)
    if kind == "volume" and resource_id in backend.volumes:
        volume = backend.volumes[resource_id]
        return {
            "ec2:VolumeID": resource_id,
            "ec2:AvailabilityZone": str(volume.zone.name),
            **_present({"ec2:ParentSnapshot": _snapshot_arn(request, volume.snapshot_id)}),
            **_volume(volume.volume_type, volume.size, volume.encrypted, volume.kms_key_id, volume.iops),
        }
    if kind == "snapshot" and resource_id in backend.snapshots:
        snapshot = backend.snapshots[resource_id]
        return {
            "ec2:SnapshotID": resource_id,
            "ec2:ParentVolume": request.arn("ec2", f"volume/{snapshot.volume.id}"),
            "ec2:Encrypted": _truth(snapshot.encrypted),
            "ec2:VolumeSize": str(snapshot.volume.size),
        }
    return {}


def new_resource_contexts(request: ApiRequest, kind: str) -> list[dict[str, Value]]:
    """Return the condition keys of what a request creates: one set for each resource that may differ."""
    params = request.params
    if request.operation == "RunInstances" and kind == "instance":
        zone = (params.get("Placement") or {}).get("AvailabilityZone")
        profile = params.get("IamInstanceProfile") or {}
        name = str(profile.get("Name") or "")
        arn = str(profile.get("Arn") or "") or (_profile_arn(request, name) if name else "")
        known = {"ec2:InstanceType": params.get("InstanceType") or "m1.small", "ec2:AvailabilityZone": zone}
        return [_present({**known, "ec2:InstanceProfile": arn})]
    if request.operation == "RunInstances" and kind == "volume":
        mappings = [each.get("Ebs") or {} for each in params.get("BlockDeviceMappings") or []]
        return [_new_volume(request, each) for each in mappings or [{}]]
    if kind == "volume":
        return [_new_volume(request, params)]
    if kind == "snapshot" and params.get("VolumeId"):
        return [{"ec2:ParentVolume": request.arn("ec2", f"volume/{params['VolumeId']}")}]
    return [{}]


def _profile_arn(request: ApiRequest, name: str) -> str:
    return iam_arn(request.account, "instance-profile", name)


def _instance(request: ApiRequest, instance: Any) -> dict[str, Value]:
    return {
        "ec2:InstanceID": str(instance.id),
        "ec2:InstanceType": str(instance.instance_type),
        "ec2:AvailabilityZone": str(instance.placement),
    }


def _new_volume(request: ApiRequest, params: Mapping[str, Any]) -> dict[str, Value]:
    snapshot = str(params.get("SnapshotId") or "")
    size = params.get("Size", params.get("VolumeSize"))
    parent = ec2_backend(request).snapshots.get(snapshot)
    if size is None and parent is not None:
        size = parent.volume.size
    by_default = bool(ec2_backend(request).ebs_encryption_by_default)
    encrypted = bool(params.get("Encrypted")) or by_default or bool(parent is not None and parent.encrypted)
    known = {
        "ec2:AvailabilityZone": params.get("AvailabilityZone"),
        "ec2:ParentSnapshot": _snapshot_arn(request, snapshot),
    }
    kind = params.get("VolumeType") or DEFAULT_VOLUME_TYPE
    volume = _volume(kind, size, encrypted, params.get("KmsKeyId"), params.get("Iops"))
    return {**_present({**known, "ec2:VolumeThroughput": params.get("Throughput")}), **volume}


def _volume(kind: Any, size: Any, encrypted: Any, key: Any, iops: Any) -> dict[str, Value]:
    known = {"ec2:VolumeType": kind, "ec2:VolumeSize": size, "ec2:VolumeIops": iops, "ec2:KmsKeyId": key}
    return {**_present(known), "ec2:Encrypted": _truth(encrypted)}


def _snapshot_arn(request: ApiRequest, snapshot: Any) -> str:
    return f"arn:{partition()}:ec2:{request.region}::snapshot/{snapshot}" if snapshot else ""


def _truth(value: Any) -> str:
    return "true" if str(value).lower() == "true" else "false"


def _present(values: Mapping[str, Any]) -> dict[str, Value]:
    return {name: str(value) for name, value in values.items() if value not in (None, "")}
