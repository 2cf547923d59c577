"""Which operations of a service are served: by a behaviour, or by moto. All others are refused before anything else.

moto's S3 sends an operation that it lacks to the nearest one that it has: `GET /bucket/key?torrent` would return the
object (MOTO-60). So its operations are named here. Other services of moto have a function for each of theirs.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import Any

from embedded.core.behaviours import Behaviour, Phase
from embedded.core.error_responses import not_implemented
from embedded.core.errors import AwsError
from embedded.core.moto_imports import import_lazily
from embedded.core.parameters_not_taken import NOT_TAKEN

SERVICES = ("cloudtrail", "ec2", "iam", "kms", "s3", "s3control", "service-quotas", "ssm", "sts")
"""The services (botocore's names) that are served at all."""
RESPONSES = {
    "cloudtrail": "CloudTrailResponse",
    "ec2": "EC2Response",
    "iam": "IamResponse",
    "kms": "KmsResponse",
    "s3control": "S3ControlResponse",
    "service-quotas": "ServiceQuotasResponse",
    "ssm": "SimpleSystemManagerResponse",
    "sts": "TokenResponse",
}
"""moto's classes."""
MOTO_S3 = frozenset(
    {
        "DeleteBucketCors",
        "DeleteBucketEncryption",
        "DeleteBucketLifecycle",
        "DeleteBucketOwnershipControls",
        "DeleteBucketPolicy",
        "DeleteBucketReplication",
        "DeleteBucketTagging",
        "DeleteBucketWebsite",
        "DeletePublicAccessBlock",
        "GetBucketAccelerateConfiguration",
        "GetBucketCors",
        "GetBucketInventoryConfiguration",
        "GetBucketLifecycleConfiguration",
        "GetBucketLogging",
        "GetBucketNotificationConfiguration",
        "GetBucketOwnershipControls",
        "GetBucketPolicy",
        "GetBucketPolicyStatus",
        "GetBucketReplication",
        "GetBucketVersioning",
        "GetBucketWebsite",
        "GetPublicAccessBlock",
        "ListBucketInventoryConfigurations",
        "PutBucketAccelerateConfiguration",
        "PutBucketCors",
        "PutBucketEncryption",
        "PutBucketInventoryConfiguration",
        "PutBucketLifecycleConfiguration",
        "PutBucketLogging",
        "PutBucketNotificationConfiguration",
        "PutBucketOwnershipControls",
        "PutBucketPolicy",
        "PutBucketReplication",
        "PutBucketWebsite",
        "PutPublicAccessBlock",
        "RestoreObject",
    }
)


NOT_AS_AWS = {("sts", "AssumeRoleWithSAML"), ("sts", "AssumeRoleWithWebIdentity")}
"""Operations that moto serves to anybody: it issues sessions without asking a trust policy, or who signed the token
(STS-72)."""


@functools.cache
def moto_serves(service: str, operation: str) -> bool:
    """Return whether moto has an operation, and does more than to say that it has not."""
    if service == "s3":
        return operation in MOTO_S3
    if (service, operation) in NOT_AS_AWS:
        return False
    module = import_lazily(f"moto.{service.replace('-', '')}.responses")
    name = import_lazily("moto.core.utils").camelcase_to_underscores(operation)
    function = getattr(getattr(module, RESPONSES[service]), name, None)
    return function is not None and "NotImplementedError" not in function.__code__.co_names


class Catalogue:
    """What is served with some behaviours."""

    def __init__(self, behaviours: Iterable[Behaviour]) -> None:
        self._own = {
            (hook.service, operation)
            for behaviour in behaviours
            for hook in behaviour.hooks
            if hook.phase in (Phase.INTERCEPT, Phase.IMPLEMENT)
            for operation in hook.operations
        }
        self._served: dict[tuple[str, str], bool] = {}

    def serves(self, service: str, operation: str) -> bool:
        """Return whether an operation is served."""
        asked = (service, operation)
        if asked not in self._served:
            self._served[asked] = asked in self._own or moto_serves(service, operation)
        return self._served[asked]

    def is_own(self, service: str, operation: str) -> bool:
        """Return whether a behaviour serves an operation."""
        return (service, operation) in self._own

    def check(self, service: str, operation: str) -> None:
        """Raise `NotImplemented` unless an operation is served."""
        if not self.serves(service, operation):
            raise not_implemented(f"has no {service}:{operation}.")


def check_parameters(service: str, operation: str, params: Mapping[str, Any]) -> None:
    """Raise `NotImplemented` for a parameter that is not taken."""
    named = [name for name in NOT_TAKEN.get((service, operation), ()) if params.get(name)]
    if named:
        raise _not_taken(operation, named[0])


def _not_taken(operation: str, parameter: str) -> AwsError:
    return not_implemented(f"does not take {parameter} in {operation}.")
