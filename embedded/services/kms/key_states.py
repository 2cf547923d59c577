"""Key states: which operations each refuses, and how they change.

Facts: KMS-20 to KMS-29, KMS-31 to KMS-35, KMS-167, MOTO-01.
"""

from __future__ import annotations

import dataclasses
import json
from enum import StrEnum
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.environment import ObjectState, moto_datetime
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.protocols import serialize
from embedded.core.request import ApiRequest
from embedded.services.kms.keys import KmsContext, ReplicaDeletions, keys_of, replicas_of

BEHAVIOUR = Behaviour("kms key states")

DAY_SECONDS = 24 * 3600
CRYPTOGRAPHIC = {
    "CreateGrant",
    "Decrypt",
    "DeriveSharedSecret",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateMac",
    "ReEncrypt",
    "Sign",
    "Verify",
    "VerifyMac",
}
ROTATION = {"EnableKeyRotation", "DisableKeyRotation", "RotateKeyOnDemand"}
SWITCHES = {"DisableKey", "EnableKey"}
REGIONS = {"ReplicateKey", "UpdatePrimaryRegion"}
REFUSED_WHILE_PENDING_DELETION = {"CreateAlias", "TagResource", "UntagResource", "UpdateKeyDescription", "UpdateAlias"}
REFUSED_WHILE_PENDING_DELETION |= {"GetParametersForImport", "ImportKeyMaterial", "GetPublicKey", *REGIONS}
REFUSED_WHILE_PENDING_DELETION |= {"ScheduleKeyDeletion", *SWITCHES, *ROTATION, *CRYPTOGRAPHIC}
REFUSED_WHILE_PENDING_IMPORT = {"GetPublicKey", "RotateKeyOnDemand", *SWITCHES, *REGIONS, *CRYPTOGRAPHIC}
REFUSED_WHILE_DISABLED = ROTATION | CRYPTOGRAPHIC | REGIONS


class KeyState(StrEnum):
    """The values of `KeyState`."""

    ENABLED = "Enabled"
    DISABLED = "Disabled"
    PENDING_DELETION = "PendingDeletion"
    PENDING_IMPORT = "PendingImport"
    PENDING_REPLICA_DELETION = "PendingReplicaDeletion"


ENDING = (KeyState.PENDING_DELETION, KeyState.PENDING_REPLICA_DELETION)


@dataclasses.dataclass(frozen=True)
class StateChange:
    """A key's new state, and the time from which it has it, in seconds since the epoch."""

    time: float
    state: KeyState


class StateChanges(ObjectState[list[StateChange]]):
    """The state changes of keys (moto's objects), oldest first; none of a key that always had its first state."""


def state_error(operation: str, key_arn: str, state: str) -> AwsError | None:
    """Return KMS's error for an operation on a key in this state, or `None` if it is served."""
    pending = {
        KeyState.PENDING_DELETION: ("deletion", REFUSED_WHILE_PENDING_DELETION),
        KeyState.PENDING_REPLICA_DELETION: ("replica deletion", REFUSED_WHILE_PENDING_DELETION),
        KeyState.PENDING_IMPORT: ("import", REFUSED_WHILE_PENDING_IMPORT),
    }
    if operation == "CancelKeyDeletion" and state not in ENDING:
        return AwsError("KMSInvalidStateException", f"{key_arn} is not pending deletion.")
    for each, (what, refused) in pending.items():
        if state == each and operation in refused:
            return AwsError("KMSInvalidStateException", f"{key_arn} is pending {what}.")
    if state == KeyState.DISABLED and operation in REFUSED_WHILE_DISABLED:
        return AwsError("DisabledException", f"{key_arn} is disabled.")
    return None


def state_seen_by_services(request: ApiRequest, key: Any) -> str:
    """Return the state that S3 and EBS act on: the one of `key_delay` seconds ago (TIME-02, TIME-03)."""
    seen = request.aws.now() - request.aws.settings.key_delay
    changes = request.aws.state(StateChanges).get(key, [])
    states = [change.state for change in changes if change.time <= seen]
    return str(states[-1] if states else key.key_state)


def switch_state(request: ApiRequest, key: Any, state: KeyState) -> None:
    """Give a key (moto's object) another state."""
    first = StateChange(0.0, KeyState(key.key_state))
    request.aws.state(StateChanges).setdefault(key, [first]).append(StateChange(request.aws.now(), state))
    key.key_state, key.enabled = str(state), state is KeyState.ENABLED


@BEHAVIOUR.validate("kms")
def _check_states(request: ApiRequest) -> HttpResponse | None:
    for key in request.context(KmsContext).keys:
        error = state_error(request.operation, key.arn, key.key_state)
        if error:
            raise error
    return None


@BEHAVIOUR.modify_response("kms", "CreateKey")
def _wait_for_material(request: ApiRequest, response: HttpResponse) -> HttpResponse:
    """Let a key for imported key material begin as `PendingImport`."""
    if request.params.get("Origin") != "EXTERNAL":
        return response
    key = keys_of(request, request.account)[response.json()["KeyMetadata"]["KeyId"]]
    key.key_state, key.enabled = str(KeyState.PENDING_IMPORT), False
    response.body = json.dumps(key.to_dict()).encode()
    return response


@BEHAVIOUR.implements("kms", "DisableKey", "EnableKey")
def _disable_or_enable_key(request: ApiRequest) -> HttpResponse:
    state = KeyState.DISABLED if request.operation == "DisableKey" else KeyState.ENABLED
    switch_state(request, request.context(KmsContext).key, state)
    return HttpResponse(200, {"content-type": "application/x-amz-json-1.1"}, b"")


@BEHAVIOUR.implements("kms", "ScheduleKeyDeletion")
def _schedule_key_deletion(request: ApiRequest) -> HttpResponse:
    days = request.params.get("PendingWindowInDays", 30)
    if not 7 <= days <= 30:
        raise AwsError("ValidationException", "PendingWindowInDays must be between 7 and 30, inclusive.")
    key = request.context(KmsContext).key
    if replicas_of(key):
        switch_state(request, key, KeyState.PENDING_REPLICA_DELETION)
        request.aws.state(ReplicaDeletions)[key] = days
        return serialize(request, {"KeyId": key.arn, "KeyState": key.key_state, "PendingWindowInDays": days})
    switch_state(request, key, KeyState.PENDING_DELETION)
    key.deletion_date = moto_datetime(request.aws.now() + days * DAY_SECONDS)
    result = {
        "KeyId": key.arn,
        "DeletionDate": key.deletion_date,
        "KeyState": key.key_state,
        "PendingWindowInDays": days,
    }
    return serialize(request, result)


@BEHAVIOUR.implements("kms", "CancelKeyDeletion")
def _cancel_key_deletion(request: ApiRequest) -> HttpResponse:
    key = request.context(KmsContext).key
    switch_state(request, key, KeyState.DISABLED)
    key.deletion_date = None
    request.aws.state(ReplicaDeletions).pop(key, None)
    return serialize(request, {"KeyId": key.arn})
