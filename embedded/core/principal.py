"""The principals that make requests."""

from __future__ import annotations

import dataclasses
from enum import StrEnum


class PrincipalKind(StrEnum):
    """The types of CloudTrail's `userIdentity`."""

    ASSUMED_ROLE = "AssumedRole"
    IAM_USER = "IAMUser"
    ROOT = "Root"
    ANONYMOUS = "Anonymous"
    AWS_SERVICE = "AWSService"


@dataclasses.dataclass(frozen=True)
class Principal:
    """A principal as STS names it.

    `role_arn` is the IAM ARN of an assumed role. `session_started` is in seconds since the epoch.
    """

    kind: PrincipalKind
    account: str = ""
    arn: str = ""
    principal_id: str = ""
    access_key_id: str = ""
    name: str = ""
    role_arn: str = ""
    session_started: float = 0.0
    session_policies: tuple[str, ...] = ()
    from_console: bool = False
    source_identity: str = ""

    @property
    def is_anonymous(self) -> bool:
        return self.kind is PrincipalKind.ANONYMOUS


ANONYMOUS = Principal(PrincipalKind.ANONYMOUS)
