"""Encryption of volumes: the key of a volume, and EBS's requests to KMS for it.

Facts: EC2-05 to EC2-10, EC2-40, EC2-41, EC2-48, EC2-50, EC2-51, CT-35 to CT-38, MOTO-33.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from embedded.audit.records import record_service_call
from embedded.core.behaviours import Behaviour
from embedded.core.environment import ObjectState
from embedded.core.errors import AwsError
from embedded.core.partition import partition
from embedded.core.principal import Principal, PrincipalKind
from embedded.core.request import ApiRequest, current_request
from embedded.services.ec2.ebs_defaults import default_key, encrypts_by_default
from embedded.services.ec2.resources import ec2_backend
from embedded.services.kms.keys import find_key
from embedded.services.kms.service_access import CallingService, KmsRequest, call_kms

BEHAVIOUR = Behaviour("ebs encryption")

GRANTED = ["Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "GenerateDataKeyWithoutPlaintext", "CreateGrant"]


class EncryptionFailures(ObjectState[AwsError]):
    """KMS's errors for volumes and snapshots (moto's objects) that cannot be encrypted."""


def encryption_failure(request: ApiRequest, resource: Any) -> AwsError | None:
    """Return why a volume or snapshot could not be encrypted."""
    return request.aws.state(EncryptionFailures).get(resource)


def require_encryption_parameters(key_text: str | None, *, encrypted: bool) -> None:
    """Raise EC2's error for a key without encryption."""
    if key_text and not encrypted:
        message = "The parameter KmsKeyId requires the parameter Encrypted to be set."
        raise AwsError("InvalidParameterDependency", message)


def volume_key(request: ApiRequest, text: str) -> Any:
    """Return moto's key for a volume's `KmsKeyId`; `None` if it does not exist."""
    try:
        return find_key(request, text)
    except AwsError:
        return None


def encrypt(request: ApiRequest, resource: Any, key_text: str, use_key: Callable[[Any], None]) -> None:
    """Let EBS call KMS for a new volume or snapshot by `use_key`, which gets the key, and keep KMS's error."""
    try:
        use_key(find_key(request, key_text))
    except AwsError as refused:
        request.aws.state(EncryptionFailures)[resource] = refused


def _infrastructure(request: ApiRequest, resource_id: str) -> Principal:
    """Return the identity in which EBS decrypts a data key for an instance or volume: `aws:ec2-infrastructure`."""
    role = "aws:ec2-infrastructure"
    return Principal(
        PrincipalKind.ASSUMED_ROLE,
        request.account,
        f"arn:{partition()}:sts::{request.account}:assumed-role/{role}/{resource_id}",
        f"{request.account}:{role}:{resource_id}",
        name=role,
        role_arn=f"arn:{partition()}:iam::{request.account}:role/{role}",
        session_started=request.time,
    )


def _create_grant(request: ApiRequest, key: Any, volume_id: str, resource_id: str) -> None:
    """Grant the key to the identity that decrypts the data key. Raises KMS's error, which is recorded too."""
    encryption_context = {"aws:ebs:id": volume_id}
    grantee = _infrastructure(request, resource_id).arn
    constraints = {"encryptionContextSubset": encryption_context}
    parameters = {"granteePrincipal": grantee, "constraints": constraints, "operations": GRANTED}
    kms_request = KmsRequest(CallingService.EBS, "CreateGrant", parameters=parameters, for_aws_resource=True)
    call_kms(request, key, kms_request)
    name = _grant_name(volume_id, resource_id)
    key.add_grant(name, grantee, GRANTED, {"EncryptionContextSubset": encryption_context}, "")


def _grant_name(volume_id: str, resource_id: str) -> str:
    return f"ebs-{volume_id}-{resource_id}"


def retire_grants(request: ApiRequest, volume: Any, instance_id: str) -> None:
    """Retire the grants of an encrypted volume, as when it is detached or its instance is stopped."""
    key = volume_key(request, volume.kms_key_id) if volume.encrypted else None
    if key is None:
        return
    name = _grant_name(volume.id, instance_id)
    for grant in [each for each in list(key.grants.values()) if each.name == name]:
        key.grants.pop(grant.id, None)
        record_service_call(
            request,
            "RetireGrant",
            {"keyId": key.arn, "grantId": grant.id},
            key_arn=key.arn,
            principal=_infrastructure(request, instance_id),
        )


def _decrypt_data_key(request: ApiRequest, key: Any, volume_id: str, resource_id: str) -> None:
    principal = _infrastructure(request, resource_id)
    encryption_context = {"aws:ebs:id": volume_id}
    kms_request = KmsRequest(CallingService.EBS, "Decrypt", encryption_context, principal=principal, names_key=False)
    call_kms(request, key, kms_request)


def generate_data_key(request: ApiRequest, key: Any, resource_id: str) -> None:
    """Generate the data key of a volume or snapshot. Raises KMS's error."""
    encryption_context, parameters = {"aws:ebs:id": resource_id}, {"numberOfBytes": 64}
    operation = "GenerateDataKeyWithoutPlaintext"
    call_kms(request, key, KmsRequest(CallingService.EBS, operation, encryption_context, parameters))


def open_volume(request: ApiRequest, volume: Any, instance_id: str) -> None:
    """Let EBS call KMS for an encrypted volume of a running or starting instance: CreateGrant, then Decrypt.

    Raises KMS's error.
    """
    key = find_key(request, volume.kms_key_id)
    _create_grant(request, key, volume.id, instance_id)
    _decrypt_data_key(request, key, volume.id, instance_id)


def open_volumes(request: ApiRequest, instance: Any) -> AwsError | None:
    """Open every encrypted volume of a starting instance. Return the error that ends the start, if any."""
    for volume in attached_volumes(request, instance):
        if volume.encrypted:
            try:
                open_volume(request, volume, instance.id)
            except AwsError as refused:
                return refused
    return None


def attached_volumes(request: ApiRequest, instance: Any) -> Iterator[Any]:
    """Return the volumes of an instance (moto's objects)."""
    volumes = ec2_backend(request).volumes
    for device in list(instance.block_device_mapping.values()):
        if device.volume_id in volumes:
            yield volumes[device.volume_id]


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
    request = current_request()
    source = backend.snapshots.get(snapshot_id) if snapshot_id else None
    inherited = source.kms_key_id if source is not None and source.encrypted else None
    require_encryption_parameters(kms_key_id, encrypted=encrypted or inherited is not None)
    kms_key_id = kms_key_id or inherited
    encrypted = encrypted or inherited is not None or encrypts_by_default(backend)
    if not encrypted or request is None:
        return original(backend, size, zone_name, snapshot_id, encrypted, kms_key_id, *args, **kwargs)
    text = kms_key_id or default_key(backend)
    key = volume_key(request, text)
    arn = key.arn if key is not None else text
    volume = original(backend, size, zone_name, snapshot_id, True, arn, *args, **kwargs)

    def use_key(key: Any) -> None:
        _create_grant(request, key, volume.id, volume.id)
        if inherited != arn:
            generate_data_key(request, key, volume.id)
        _decrypt_data_key(request, key, volume.id, volume.id)

    encrypt(request, volume, text, use_key)
    return volume
