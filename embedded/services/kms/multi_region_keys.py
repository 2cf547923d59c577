"""Multi-Region keys: their ids, replicas in other Regions, and another primary.

Facts: KMS-44, KMS-130 to KMS-132, KMS-166 to KMS-168, CT-110, MOTO-08.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from embedded.audit.records import record_service_call
from embedded.core.behaviours import Behaviour
from embedded.core.environment import moto_datetime
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.partition import partition, partition_of
from embedded.core.protocols import serialize
from embedded.core.request import ApiRequest
from embedded.services.kms.key_policies import require_key_permission
from embedded.services.kms.key_states import state_error
from embedded.services.kms.keys import KmsContext, kms_backend, replicas_of

BEHAVIOUR = Behaviour("multi-region keys")

PREFIX = "mrk-"


@BEHAVIOUR.patch("moto.kms.models:generate_key_id", "multi_region")
def _without_dashes(original: Callable[[bool], str], multi_region: bool = False) -> str:
    found = original(multi_region)
    return PREFIX + found.removeprefix(PREFIX).replace("-", "") if multi_region else found


@BEHAVIOUR.patch("moto.kms.responses:KmsResponse._validate_cmk_id", "self, key_id")
def _accept_id(original: Callable[..., None], response: Any, key_id: str) -> None:
    """Accept an id that moto takes for none. Whether the key exists was decided before."""
    if not key_id.rpartition("/")[2].startswith(PREFIX):
        original(response, key_id)


def _require_primary(key: Any) -> None:
    if not key.multi_region or key.multi_region_configuration["PrimaryKey"]["Arn"] != key.arn:
        raise AwsError("UnsupportedOperationException", f"{key.arn} is not a multi-region primary key.")


@BEHAVIOUR.implements("kms", "ReplicateKey")
def _replicate(request: ApiRequest) -> HttpResponse:
    key, region = request.context(KmsContext).key, str(request.params["ReplicaRegion"])
    _require_primary(key)
    if partition_of(region) != partition():
        raise AwsError("UnsupportedOperationException", f"{region} is not a Region of the partition {partition()}.")
    configuration = key.multi_region_configuration
    backend = kms_backend(key.account_id, region)
    if key.id in backend.keys:
        raise AwsError("AlreadyExistsException", f"{key.id} already exists in {region}.")
    replica = copy.copy(key)
    replica.region = region
    replica.arn = key.arn.replace(f":{key.region}:", f":{region}:")
    replica.policy = str(request.params.get("Policy") or key.generate_default_policy())
    replica.description = str(request.params.get("Description", ""))
    replica.creation_date = request.aws.now()
    # A state, grants and aliases of its own; material, id and the list of replicas are shared (KMS-131).
    replica.key_state, replica.enabled, replica.deletion_date = "Enabled", True, None
    replica.grants, replica.aliases, replica.rotations = {}, {}, []
    configuration["ReplicaKeys"].append({"Arn": replica.arn, "Region": region})
    backend.keys[replica.id] = replica
    tags = [{"TagKey": each["TagKey"], "TagValue": each["TagValue"]} for each in request.params.get("Tags") or []]
    if tags:
        backend.tagger.tag_resource(replica.id, [{"Key": t["TagKey"], "Value": t["TagValue"]} for t in tags])
    record_service_call(request, "CreateKey", {"multiRegion": True}, key_arn=replica.arn)
    metadata = replica.to_dict()["KeyMetadata"]
    metadata.pop("CurrentKeyMaterialId", None)
    # The answer is of the moment in which the replica is created; it is usable at once here (KMS-106).
    metadata |= {"CreationDate": moto_datetime(replica.creation_date), "KeyState": "Creating", "Enabled": False}
    result = {"ReplicaKeyMetadata": metadata, "ReplicaPolicy": replica.policy}
    return serialize(request, {**result, "ReplicaTags": tags} if tags else result)


@BEHAVIOUR.implements("kms", "UpdatePrimaryRegion")
def _update_primary_region(request: ApiRequest) -> HttpResponse:
    """Exchange the parts of the primary and a replica. On AWS both are `Updating` for some seconds; here for none."""
    key, region = request.context(KmsContext).key, str(request.params["PrimaryRegion"])
    _require_primary(key)
    replica = next((each for each in replicas_of(key) if each.region == region), None)
    if replica is None:
        arn = key.arn.replace(f":{key.region}:", f":{region}:")
        raise AwsError("NotFoundException", f"Key '{arn}' does not exist")
    require_key_permission(request, replica, "kms:UpdatePrimaryRegion", {})
    refused = state_error(request.operation, replica.arn, replica.key_state)
    if refused is not None:
        raise refused
    configuration = key.multi_region_configuration
    others = [each for each in configuration["ReplicaKeys"] if each["Arn"] != replica.arn]
    configuration["PrimaryKey"] = {"Arn": replica.arn, "Region": region}
    configuration["ReplicaKeys"] = [*others, {"Arn": key.arn, "Region": key.region}]
    return serialize(request, {})
