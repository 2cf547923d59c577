"""Snapshots: creating and copying them, their states, and DescribeSnapshots.

Facts: EC2-04, EC2-06, EC2-10, EC2-21, EC2-51, EC2-122, MOTO-31, MOTO-33, MOTO-35.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.protocols import serialize
from embedded.core.request import ApiRequest, current_request
from embedded.services.ec2.ebs_defaults import default_key, encrypts_by_default
from embedded.services.ec2.resources import check_dry_run, checked_region, created_ids, ec2_backend, find_snapshot
from embedded.services.ec2.transitions import after_transition
from embedded.services.ec2.volume_encryption import (
    encrypt,
    encryption_failure,
    generate_data_key,
    require_encryption_parameters,
    volume_key,
)

BEHAVIOUR = Behaviour("ebs snapshots")

INACCESSIBLE = "Given key ID is not accessible"
AMAZON = "137112412989"


@BEHAVIOUR.validate("ec2", "DescribeSnapshots", "DeleteSnapshot")
def _check_snapshots_exist(request: ApiRequest) -> HttpResponse | None:
    for snapshot_id in [*(request.params.get("SnapshotIds") or []), request.params.get("SnapshotId")]:
        if snapshot_id:
            find_snapshot(request, snapshot_id)
    return None


@BEHAVIOUR.implements("ec2", "CopySnapshot")
def _copy_snapshot(request: ApiRequest) -> HttpResponse:
    from moto.ec2.models import ec2_backends

    params, backend = request.params, ec2_backend(request)
    source_region = params.get("SourceRegion") or request.region
    source_id = str(params.get("SourceSnapshotId"))
    source = ec2_backends[request.account][checked_region(request, source_region)].snapshots.get(source_id)
    if source is None:
        source = find_snapshot(request, source_id)
    asked = bool(params.get("Encrypted"))
    require_encryption_parameters(params.get("KmsKeyId"), encrypted=asked or source.encrypted)
    check_dry_run(request)
    copy = backend.copy_snapshot(source.id, source_region, params.get("Description"), None)
    copy.encrypted, copy.kms_key_id = False, None
    for specification in params.get("TagSpecifications") or []:
        copy.add_tags({tag["Key"]: tag.get("Value", "") for tag in specification.get("Tags", [])})
    if asked or source.encrypted or encrypts_by_default(backend):
        inherited = source.kms_key_id if source.encrypted else None
        text = params.get("KmsKeyId") or inherited or default_key(backend)
        key = volume_key(request, text)
        copy.encrypted, copy.kms_key_id = True, key.arn if key is not None else text
        encrypt(request, copy, text, lambda key: generate_data_key(request, key, copy.id))
    return serialize(request, {"SnapshotId": copy.id, "Tags": copy.tag_set})


@BEHAVIOUR.modify_response("ec2", "CreateSnapshot", "CreateSnapshots", "CopySnapshot")
def _begin_pending(request: ApiRequest, response: HttpResponse) -> HttpResponse:
    snapshots = [find_snapshot(request, each) for each in created_ids(response, "snapshotId")]
    for snapshot in snapshots:
        snapshot.status = "pending"

    def complete() -> None:
        for snapshot in snapshots:
            snapshot.status = "error" if encryption_failure(request, snapshot) else "completed"

    after_transition(request, "snapshot", complete)
    response.body = response.body.replace(b"<status>completed</status>", b"<status>pending</status>")
    response.body = response.body.replace(b"<progress>100%</progress>", b"<progress/>")
    return response


@BEHAVIOUR.modify_response("ec2", "DescribeSnapshots")
def _add_status_message(request: ApiRequest, response: HttpResponse) -> HttpResponse:
    for snapshot_id in created_ids(response, "snapshotId"):
        snapshot = ec2_backend(request).snapshots.get(snapshot_id)
        if snapshot is not None and snapshot.status == "error":
            element = f"<snapshotId>{snapshot_id}</snapshotId>"
            message = f"{element}<statusMessage>{INACCESSIBLE}</statusMessage>"
            response.body = response.body.replace(element.encode(), message.encode())
    return response


@BEHAVIOUR.validate("ec2", "ModifySnapshotAttribute")
def _check_sharing(request: ApiRequest) -> HttpResponse | None:
    """Refuse to share what is encrypted with everybody, or with EBS's own key with anybody (EC2-122)."""
    params, snapshot = request.params, find_snapshot(request, str(request.params["SnapshotId"]))
    added = (params.get("CreateVolumePermission") or {}).get("Add") or []
    adds = params.get("OperationType") == "add"
    is_public = (adds and "all" in (params.get("GroupNames") or [])) or any(each.get("Group") for each in added)
    is_shared = is_public or bool(added) or (adds and bool(params.get("UserIds")))
    if snapshot.encrypted and is_public:
        raise AwsError("InvalidParameter", "Encrypted snapshots cannot be shared publicly.")
    key = volume_key(request, str(snapshot.kms_key_id)) if snapshot.encrypted and is_shared else None
    if key is not None and key.key_manager == "AWS":
        raise AwsError("InvalidParameter", "Encrypted snapshots with EBS default key cannot be shared")
    return None


@BEHAVIOUR.patch("moto.ec2.models.elastic_block_store:Snapshot.progress", "self")
def _progress(original: Callable[[Any], str], snapshot: Any) -> str:
    return "0%" if snapshot.status == "pending" else original(snapshot)


@BEHAVIOUR.patch(
    "moto.ec2.models.elastic_block_store:EBSBackend.create_snapshot", "self, volume_id, description, owner_id, from_ami"
)
def _keep_key(original: Callable[..., Any], backend: Any, volume_id: str, *args: Any, **kwargs: Any) -> Any:
    snapshot = original(backend, volume_id, *args, **kwargs)
    snapshot.kms_key_id = backend.volumes[volume_id].kms_key_id
    return snapshot


@BEHAVIOUR.patch("moto.ec2.models.elastic_block_store:EBSBackend.describe_snapshots", "self, snapshot_ids, filters")
def _filter_owners(original: Callable[..., Any], backend: Any, *args: Any, **kwargs: Any) -> Any:
    found = original(backend, *args, **kwargs)
    request = current_request()
    wanted = request.params.get("OwnerIds") if request and request.operation == "DescribeSnapshots" else None
    if not wanted:
        return found
    owners = {{"self": backend.account_id, "amazon": AMAZON}.get(each, each) for each in wanted}
    return [snapshot for snapshot in found if snapshot.owner_id in owners]
