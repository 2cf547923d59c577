"""The requests that S3 and EBS make to KMS for their client: authorized as the client's, and recorded.

Facts: CT-27, CT-28, IAM-102, S3-20, S3-29, S3-42, EC2-40, EC2-41, TIME-02, MOTO-11, MOTO-33.
"""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Mapping
from enum import Enum
from typing import Any

from embedded.audit.records import record_service_call
from embedded.core.errors import AwsError
from embedded.core.partition import dns_suffix
from embedded.core.principal import Principal
from embedded.core.request import ApiRequest
from embedded.services.kms.key_material import MaterialsOfKeys
from embedded.services.kms.key_policies import encryption_context_keys, require_key_permission
from embedded.services.kms.key_states import state_error, state_seen_by_services
from embedded.services.kms.keys import invalid_usage


class CallingService(Enum):
    """A service that calls KMS: the name of its endpoint in `kms:ViaService`, and its `invokedBy`."""

    S3 = ("s3", "fas.s3.amazonaws.com")
    EBS = ("ec2", "AWS Internal")

    def __init__(self, endpoint: str, invoked_by: str) -> None:
        self.endpoint, self.invoked_by = endpoint, invoked_by


@dataclasses.dataclass(frozen=True)
class KmsRequest:
    """A request of a service to KMS, with what the service sends beside key and encryption context.

    With a `principal` the service uses that identity, whose permission is a grant; otherwise the client's.
    """

    service: CallingService
    operation: str
    encryption_context: Mapping[str, str] = dataclasses.field(default_factory=dict)
    parameters: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    principal: Principal | None = None
    for_aws_resource: bool = False
    names_key: bool = True


def call_kms(request: ApiRequest, key: Any, kms_request: KmsRequest) -> None:
    """Let a service call KMS while it serves a request, and record the event. Raises KMS's error."""
    error = None
    try:
        _check(request, key, kms_request)
    except AwsError as refused:
        error = refused
    operation = kms_request.operation
    creates_grant = operation == "CreateGrant"
    record_service_call(
        request,
        operation,
        _parameters(key, kms_request),
        key_arn=key.arn,
        principal=kms_request.principal,
        invoked_by=kms_request.service.invoked_by if kms_request.principal is None else "",
        response={"grantId": secrets.token_hex(32), "keyId": key.arn} if creates_grant else None,
        error=error,
        key_material="" if creates_grant else request.aws.state(MaterialsOfKeys).current_id(key),
    )
    if error:
        raise error


def _parameters(key: Any, kms_request: KmsRequest) -> dict[str, Any]:
    parameters: dict[str, Any] = dict(kms_request.parameters)
    if kms_request.encryption_context:
        parameters["encryptionContext"] = dict(kms_request.encryption_context)
    if kms_request.names_key:
        parameters["keyId"] = key.arn
    if kms_request.operation == "Decrypt":
        parameters["encryptionAlgorithm"] = "SYMMETRIC_DEFAULT"
    return parameters


def _check(request: ApiRequest, key: Any, kms_request: KmsRequest) -> None:
    operation = kms_request.operation
    if kms_request.principal is None:
        context = {
            **encryption_context_keys(kms_request.encryption_context),
            "kms:ViaService": f"{kms_request.service.endpoint}.{request.region}.{dns_suffix()}",
            "kms:GrantIsForAWSResource": "true" if kms_request.for_aws_resource else "false",
            "aws:ViaAWSService": "true",
        }
        require_key_permission(request, key, f"kms:{operation}", context)
    error = state_error(operation, key.arn, state_seen_by_services(request, key))
    if error:
        raise error
    if key.key_spec != "SYMMETRIC_DEFAULT":
        raise invalid_usage(operation, key)
