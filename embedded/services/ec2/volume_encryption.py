"""EBS under KMS: which key a volume or snapshot is under, and what EBS asks of KMS for it.

Facts: `aws-behaviour.md` §6.1 (inheritance, default key, key forms taken and the full ARN told,
`InvalidParameterDependency`), §6.2 (which calls when), §6.3 (a key that cannot be used: the call is served and the
volume disappears, the snapshot ends in `error`, the attachment to a running instance is refused), §5.2 (shapes of the
events). moto keeps what was sent and never looks up the key (`moto-gaps.md` §5).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from embedded.audit import records as recorder
from embedded.core.behaviours import Behaviour
from embedded.core.call import PARTITION, Answer, AwsError, Call, Caller, current
from embedded.core.protocols import serialized
from embedded.services.kms import keys as kms_keys
from embedded.services.kms.service_access import Use, use

BEHAVIOUR = Behaviour("ebs encryption")

GRANTED = ["Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "GenerateDataKeyWithoutPlaintext", "CreateGrant"]
INACCESSIBLE = "Given key ID is not accessible"


def default_key(backend: Any) -> str:
    """The account's default EBS key, `alias/aws/ebs` unless it was changed."""
    return str(backend.default_kms_key_id or backend._create_default_encryption_key())


def key_of(call: Call, text: str) -> Any:
    """moto's key for a volume's `KmsKeyId`; `None` for one that EBS cannot find."""
    try:
        return kms_keys.find(call, text)
    except AwsError:
        return None


def _infrastructure(call: Call, resource: str) -> Caller:
    """The identity in which EBS opens a data key for an instance: `aws:ec2-infrastructure` and the instance's id."""
    role = "aws:ec2-infrastructure"
    return Caller(
        "AssumedRole",
        call.account,
        f"arn:{PARTITION}:sts::{call.account}:assumed-role/{role}/{resource}",
        f"{call.account}:{role}:{resource}",
        name=role,
        session_name=resource,
        role_arn=f"arn:{PARTITION}:iam::{call.account}:role/{role}",
        session_started=call.time,
    )


def grant(call: Call, key: Any, volume_id: str, resource: str) -> None:
    """CreateGrant for whom the data key is opened. Raises KMS's refusal, which the history tells too."""
    context = {"aws:ebs:id": volume_id}
    grantee = _infrastructure(call, resource)
    constraints = {"encryptionContextSubset": context}
    extra = {"granteePrincipal": grantee.arn, "constraints": constraints, "operations": GRANTED}
    use(call, key, Use("ebs", "CreateGrant", extra=extra, for_aws_resource=True))
    key.add_grant(f"ebs-{volume_id}-{resource}", grantee.arn, GRANTED, {"EncryptionContextSubset": context}, "")


def retire(call: Call, key: Any, volume_id: str, resource: str) -> None:
    """Give the grant back, as when a volume is detached or its instance stopped."""
    name = f"ebs-{volume_id}-{resource}"
    for held in [each for each in list(key.grants.values()) if each.name == name]:
        key.grants.pop(held.id, None)
        recorder.record_by_service(
            call,
            "RetireGrant",
            {"keyId": key.arn, "grantId": held.id},
            key_arn=key.arn,
            caller=_infrastructure(call, resource),
        )


def open_for(call: Call, key: Any, volume_id: str, instance_id: str) -> None:
    """What attaching to a running instance and starting one ask of KMS: CreateGrant, then Decrypt in the instance's
    name.
    """
    grant(call, key, volume_id, instance_id)
    caller = _infrastructure(call, instance_id)
    use(call, key, Use("ebs", "Decrypt", {"aws:ebs:id": volume_id}, caller=caller, key_named=False))


def _prepare(call: Call, key: Any, volume_id: str, sealed_already: bool) -> None:
    grant(call, key, volume_id, volume_id)
    context = {"aws:ebs:id": volume_id}
    if not sealed_already:
        extra = {"numberOfBytes": 64}
        use(call, key, Use("ebs", "GenerateDataKeyWithoutPlaintext", context, extra))
    use(call, key, Use("ebs", "Decrypt", context, caller=_infrastructure(call, volume_id), key_named=False))


@BEHAVIOUR.patch(
    "moto.ec2.models.elastic_block_store:EBSBackend.create_volume",
    "self, size, zone_name, snapshot_id, encrypted, kms_key_id, volume_type, iops, throughput, multi_attach_enabled",
)
def _create_volume(
    original: Callable[..., Any],
    backend: Any,
    size: int,
    zone_name: str,
    snapshot_id: str | None = None,
    encrypted: bool = False,
    kms_key_id: str | None = None,
    *args: Any,
    **kwargs: Any,
) -> Any:
    call = current.get()
    source = backend.snapshots.get(snapshot_id) if snapshot_id else None
    if kms_key_id and not encrypted and not (source and source.encrypted):
        message = "The parameter KmsKeyId requires the parameter Encrypted to be set."
        raise AwsError("InvalidParameterDependency", message)
    sealed_under = source.kms_key_id if source is not None and source.encrypted else None
    if source is not None and source.encrypted:
        encrypted, kms_key_id = True, kms_key_id or sealed_under
    elif getattr(backend, "ebs_encryption_by_default", False):
        encrypted = True
    if not encrypted or call is None:
        return original(backend, size, zone_name, snapshot_id, encrypted, kms_key_id, *args, **kwargs)
    kms_key_id = kms_key_id or default_key(backend)
    key = key_of(call, kms_key_id)
    named = key.arn if key is not None else kms_key_id
    volume = original(backend, size, zone_name, snapshot_id, True, named, *args, **kwargs)
    try:
        if key is None:
            raise AwsError("NotFoundException", kms_key_id)
        _prepare(call, key, volume.id, sealed_under == key.arn)
    except AwsError as refused:
        volume.fails = refused
    return volume


@BEHAVIOUR.patch(
    "moto.ec2.models.elastic_block_store:EBSBackend.create_snapshot", "self, volume_id, description, owner_id, from_ami"
)
def _keeps_the_key(original: Callable[..., Any], backend: Any, volume_id: str, *args: Any, **kwargs: Any) -> Any:
    snapshot = original(backend, volume_id, *args, **kwargs)
    snapshot.kms_key_id = backend.volumes[volume_id].kms_key_id
    return snapshot


@BEHAVIOUR.instead("ec2", "CopySnapshot")
def _copy_snapshot(call: Call) -> Answer:
    from moto.ec2.models import ec2_backends

    params = call.params
    backend = ec2_backends[call.account][call.region]
    source_backend = ec2_backends[call.account][params.get("SourceRegion") or call.region]
    source = source_backend.snapshots.get(params.get("SourceSnapshotId"))
    if source is None:
        message = f"The snapshot '{params.get('SourceSnapshotId')}' does not exist."
        raise AwsError("InvalidSnapshot.NotFound", message)
    asked = bool(params.get("Encrypted"))
    if params.get("KmsKeyId") and not asked and not source.encrypted:
        message = "The parameter KmsKeyId requires the parameter Encrypted to be set."
        raise AwsError("InvalidParameterDependency", message)
    if params.get("DryRun"):
        raise AwsError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412)
    encrypted = asked or source.encrypted or getattr(backend, "ebs_encryption_by_default", False)
    copy = _copied(backend, source, params)
    if encrypted:
        text = params.get("KmsKeyId") or (source.kms_key_id if source.encrypted else None) or default_key(backend)
        key = key_of(call, text)
        copy.encrypted, copy.kms_key_id = True, key.arn if key is not None else text
        try:
            if key is None:
                raise AwsError("NotFoundException", text)
            use(
                call, key, Use("ebs", "GenerateDataKeyWithoutPlaintext", {"aws:ebs:id": copy.id}, {"numberOfBytes": 64})
            )
        except AwsError as refused:
            copy.fails = refused
    call.notes["new_snapshot"] = copy
    return serialized(call, {"SnapshotId": copy.id, "Tags": copy.tag_set})


def _copied(backend: Any, source: Any, params: dict[str, Any]) -> Any:
    copy = backend.copy_snapshot(source.id, source.ec2_backend.region_name, params.get("Description"), None)
    copy.encrypted, copy.kms_key_id = False, None
    for specification in params.get("TagSpecifications") or []:
        copy.add_tags({tag["Key"]: tag.get("Value", "") for tag in specification.get("Tags", [])})
    return copy


def attached_keys(call: Call, backend: Any, instance: Any) -> Iterable[tuple[Any, Any]]:
    """Volumes of an instance that are encrypted, each with its key (`None` for one that is gone)."""
    for device in list(instance.block_device_mapping.values()):
        volume = backend.volumes.get(device.volume_id)
        if volume is not None and volume.encrypted:
            yield volume, key_of(call, volume.kms_key_id)


def open_all(call: Call, backend: Any, instance: Any) -> AwsError | None:
    """Open every encrypted volume for an instance that starts; the refusal that ends the start, if there is one."""
    for volume, key in attached_keys(call, backend, instance):
        try:
            if key is None:
                raise AwsError("NotFoundException", f"Key '{volume.kms_key_id}' does not exist")
            open_for(call, key, volume.id, instance.id)
        except AwsError as refused:
            return refused
    return None
