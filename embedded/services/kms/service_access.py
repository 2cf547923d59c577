"""How S3 and EBS use a key for the client that called them: with its permission, in its name, in its history.

Facts: `aws-behaviour.md` §5.2 (forward access sessions: the caller is the identity, `invokedBy` the service), §2.2 and
§6.2 (which calls), §8 (services may act on a key's old state for a while). moto's S3 and EBS never ask KMS.
"""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Mapping
from typing import Any

from embedded.audit import records as recorder
from embedded.core.call import AwsError, Call, Caller
from embedded.services.kms.key_policies import encryption_context, require_use
from embedded.services.kms.key_states import refusal, state_seen_by_services
from embedded.services.kms.keys import material

INVOKED_BY = {"s3": recorder.S3_BY_FAS}


@dataclasses.dataclass(frozen=True)
class Use:
    """A cryptographic call of a service. `context` is the encryption context, `extra` what else it sends to KMS."""

    service: str
    operation: str
    context: Mapping[str, str] = dataclasses.field(default_factory=dict)
    extra: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    caller: Caller | None = None
    for_aws_resource: bool = False
    key_named: bool = True


def use(call: Call, key: Any, how: Use) -> None:
    """Ask KMS as the service does, and leave the event. Raises KMS's own `AwsError`, which the event also tells."""
    error = None
    try:
        _check(call, key, how)
    except AwsError as refused:
        error = refused
    parameters: dict[str, Any] = dict(how.extra)
    if how.context:
        parameters["encryptionContext"] = dict(how.context)
    if how.key_named:
        parameters["keyId"] = key.arn
    if how.operation == "Decrypt":
        parameters["encryptionAlgorithm"] = "SYMMETRIC_DEFAULT"
    answer = {"grantId": secrets.token_hex(32), "keyId": key.arn} if how.operation == "CreateGrant" else None
    recorder.record_by_service(
        call,
        how.operation,
        parameters,
        key_arn=key.arn,
        caller=how.caller,
        invoked_by=INVOKED_BY.get(how.service, "AWS Internal") if how.caller is None else "",
        answer=answer,
        error=error,
        material=material(key) if how.operation != "CreateGrant" else "",
    )
    if error:
        raise error


def _check(call: Call, key: Any, how: Use) -> None:
    endpoint = {"s3": "s3", "ebs": "ec2"}[how.service]
    context = {
        **encryption_context(how.context),
        "kms:ViaService": f"{endpoint}.{call.region}.amazonaws.com",
        "kms:GrantIsForAWSResource": "true" if how.for_aws_resource else "false",
    }
    if how.caller is None:
        require_use(call, key, f"kms:{how.operation}", context=context)
    error = refusal(how.operation, key.arn, state_seen_by_services(call, key))
    if error:
        raise error
    if key.key_spec != "SYMMETRIC_DEFAULT":
        message = f"{key.arn} key usage is {key.key_usage} which is not valid for {how.operation}."
        raise AwsError("InvalidKeyUsageException", message)
