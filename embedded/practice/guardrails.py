"""Settings of accounts and organizations that keep parts of the lab from being done (`--guardrail`).

Facts: GUARD-01 to GUARD-04, GUARD-30 to GUARD-34. Each sets up an account as AWS would be with it; what follows from it
is the services' own behaviour.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from embedded.core.moto_imports import import_lazily
from embedded.core.partition import partition
from embedded.services.ec2.launch_limits import LaunchLimits, limit_launches
from embedded.services.iam import organization

FREE_PLAN = ("t3.micro", "t3.small", "t4g.micro", "t4g.small", "c7i-flex.large", "m7i-flex.large")
WINDOW = "kms:ScheduleKeyDeletionPendingWindowInDays"


def _deny(*actions: str, **condition: Any) -> Callable[[str, str], None]:
    """Return a guardrail: a service control policy that denies these actions."""
    statement = {"Effect": "Deny", "Action": [*actions], "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [{**statement, **condition}]})

    def set_up(account: str, region: str) -> None:
        backend = import_lazily("moto.iam.models").iam_backends[account][partition()]
        organization.attach(backend, document)

    return set_up


def _limit(limits: LaunchLimits) -> Callable[[str, str], None]:
    def set_up(account: str, region: str) -> None:
        limit_launches(_ec2(account, region), limits)

    return set_up


def _ec2(account: str, region: str) -> Any:
    import_lazily("moto.ec2.responses")
    return import_lazily("moto.ec2.models").ec2_backends[account][region]


def _block_public_access(account: str, region: str) -> None:
    block = import_lazily("moto.s3.models").PublicAccessBlock("true", "true", "true", "true")
    import_lazily("moto.s3control.models").s3control_backends[account][partition()].public_access_block = block


def _encrypt_by_default(account: str, region: str) -> None:
    _ec2(account, region).ebs_encryption_by_default = True


def _remove_default_vpc(account: str, region: str) -> None:
    for subnet in _ec2(account, region).get_default_subnets().values():
        subnet.default_for_az = "false"


GUARDRAILS: dict[str, tuple[str, Callable[[str, str], None]]] = {
    "account-public-access-block": ("s3 s3control", _block_public_access),
    "ebs-encryption-by-default": ("ec2", _encrypt_by_default),
    "no-default-vpc": ("ec2", _remove_default_vpc),
    "free-plan": ("ec2", _limit(LaunchLimits(types=FREE_PLAN))),
    "no-capacity": ("ec2", _limit(LaunchLimits(full_zones=("a",), full_types=("t3.nano", "t3a.nano")))),
    "no-capacity-anywhere": ("ec2", _limit(LaunchLimits(full_zones=("a", "b", "c", "d", "e", "f")))),
    "no-key-deletion": ("iam", _deny("kms:ScheduleKeyDeletion", "kms:DeleteAlias")),
    "key-deletion-30-days": (
        "iam",
        _deny("kms:ScheduleKeyDeletion", Condition={"NumericLessThan": {WINDOW: "30"}}),
    ),
    "no-key-disabling": ("iam", _deny("kms:DisableKey")),
    "no-key-policies": ("iam", _deny("kms:PutKeyPolicy")),
    "no-public-access-changes": ("iam", _deny("s3:PutBucketPublicAccessBlock")),
}
"""By name: the services that must be there first, and what sets it up in an account and Region."""


def set_up(names: Iterable[str], service: str, account: str, region: str) -> None:
    """Set up the guardrails of a service, after what the account has from the start."""
    for name in names:
        needed, guardrail = GUARDRAILS[name]
        if service in needed.split():
            guardrail(account, region)
