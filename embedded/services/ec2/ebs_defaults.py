"""EBS's defaults for an account: encryption by default, and the default key.

Facts: EC2-07, EC2-54, GUARD-02, MOTO-34.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.protocols import serialize
from embedded.core.request import ApiRequest
from embedded.services.ec2.resources import check_dry_run, ec2_backend
from embedded.services.kms.keys import find_key, kms_backend

BEHAVIOUR = Behaviour("ebs defaults")


def default_key(backend: Any) -> str:
    """Return the ARN of the account's default key (of moto's EC2)."""
    return str(backend.default_kms_key_id or _aws_managed_key(backend))


def encrypts_by_default(backend: Any) -> bool:
    """Return whether encryption by default is on. While moto creates its EC2, the switch is not there yet."""
    return bool(getattr(backend, "ebs_encryption_by_default", False))


def _aws_managed_key(backend: Any) -> str:
    kms = kms_backend(backend.account_id, backend.region_name)
    backend.default_kms_key_id = kms.keys[kms.get_key_id_from_alias("alias/aws/ebs")].arn
    return str(backend.default_kms_key_id)


@BEHAVIOUR.patch("moto.ec2.models.elastic_block_store:EBSBackend._create_default_encryption_key", "self")
def _create_default_encryption_key(original: Callable[..., str], backend: Any) -> str:
    return _aws_managed_key(backend)


@BEHAVIOUR.implements("ec2", "GetEbsDefaultKmsKeyId")
def _get_default_key(request: ApiRequest) -> HttpResponse:
    return serialize(request, {"KmsKeyId": default_key(ec2_backend(request))})


@BEHAVIOUR.implements("ec2", "ModifyEbsDefaultKmsKeyId")
def _modify_default_key(request: ApiRequest) -> HttpResponse:
    try:
        key = find_key(request, str(request.params.get("KmsKeyId", "")))
    except AwsError as absent:
        raise AwsError("InvalidKmsKeyId.NotFound", absent.message) from absent
    check_dry_run(request)
    ec2_backend(request).default_kms_key_id = key.arn
    return serialize(request, {"KmsKeyId": key.arn})


@BEHAVIOUR.implements("ec2", "ResetEbsDefaultKmsKeyId")
def _reset_default_key(request: ApiRequest) -> HttpResponse:
    check_dry_run(request)
    backend = ec2_backend(request)
    backend.default_kms_key_id = ""
    return serialize(request, {"KmsKeyId": default_key(backend)})
