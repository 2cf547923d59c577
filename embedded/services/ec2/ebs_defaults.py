"""EBS's settings and small questions: encryption by default, its key, a volume's status and attributes.

Facts: `aws-behaviour.md` §6.1 (the default key, `alias/aws/ebs` unless changed); `moto-gaps.md` §5 (the switch has no
effect in moto, the other operations are not there). A key given as id or alias is told as its ARN
(https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyEbsDefaultKmsKeyId.html).
"""

from __future__ import annotations

from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.call import Answer, AwsError, Call
from embedded.core.protocols import serialized
from embedded.services.ec2.volume_encryption import default_key
from embedded.services.ec2.volumes import backend_of, dry_run, volume_of
from embedded.services.kms import keys as kms_keys

BEHAVIOUR = Behaviour("ebs settings")


@BEHAVIOUR.instead("ec2", "GetEbsDefaultKmsKeyId")
def _default_key(call: Call) -> Answer:
    return serialized(call, {"KmsKeyId": default_key(backend_of(call))})


@BEHAVIOUR.instead("ec2", "ModifyEbsDefaultKmsKeyId")
def _other_default_key(call: Call) -> Answer:
    try:
        key = kms_keys.find(call, str(call.params.get("KmsKeyId", "")))
    except AwsError as absent:
        raise AwsError("InvalidKmsKeyId.NotFound", absent.message) from absent
    dry_run(call)
    backend_of(call).default_kms_key_id = key.arn
    return serialized(call, {"KmsKeyId": key.arn})


@BEHAVIOUR.instead("ec2", "ResetEbsDefaultKmsKeyId")
def _first_default_key(call: Call) -> Answer:
    dry_run(call)
    backend = backend_of(call)
    backend.default_kms_key_id = ""
    return serialized(call, {"KmsKeyId": default_key(backend)})


@BEHAVIOUR.instead("ec2", "DescribeVolumeStatus")
def _status(call: Call) -> Answer:
    wanted = call.params.get("VolumeIds")
    volumes = [volume_of(call, each) for each in wanted] if wanted else list(backend_of(call).volumes.values())
    return serialized(call, {"VolumeStatuses": [_status_of(volume) for volume in volumes]})


def _status_of(volume: Any) -> dict[str, Any]:
    ready = volume.status != "creating"
    details = [
        {"Name": "io-enabled", "Status": "passed" if ready else "-"},
        {"Name": "io-performance", "Status": "not-applicable"},
    ]
    return {
        "VolumeId": volume.id,
        "AvailabilityZone": volume.availability_zone,
        "VolumeStatus": {"Status": "ok" if ready else "insufficient-data", "Details": details},
        "Actions": [],
        "Events": [],
    }


@BEHAVIOUR.instead("ec2", "DescribeVolumeAttribute")
def _attribute(call: Call) -> Answer:
    volume, attribute = volume_of(call, str(call.params.get("VolumeId"))), call.params.get("Attribute")
    told: dict[str, Any] = {"VolumeId": volume.id}
    if attribute == "autoEnableIO":
        told["AutoEnableIO"] = {"Value": getattr(volume, "auto_enable_io", False)}
    elif attribute == "productCodes":
        told["ProductCodes"] = []
    else:
        raise AwsError(
            "InvalidParameterValue", f"Value ({attribute}) for parameter attribute is invalid. Unknown attribute."
        )
    return serialized(call, told)


@BEHAVIOUR.instead("ec2", "ModifyVolumeAttribute")
def _change_attribute(call: Call) -> Answer:
    volume = volume_of(call, str(call.params.get("VolumeId")))
    dry_run(call)
    volume.auto_enable_io = bool((call.params.get("AutoEnableIO") or {}).get("Value"))
    return serialized(call, {})
