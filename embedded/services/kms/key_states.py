"""What a key does in each of its states.

Facts: `aws-behaviour.md` §1.1, row by row, and §1.2. A disabled key refuses with `DisabledException`, one pending
deletion or import with `KMSInvalidStateException`. moto never looks at the state: every operation succeeds, and
EnableKey brings a key pending deletion back to life (`moto-gaps.md` §2). A scheduled key is gone when its waiting
period ends.
"""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.call import Answer, AwsError, Call
from embedded.core.protocols import serialized
from embedded.services.kms.keys import keys

BEHAVIOUR = Behaviour("kms key states")

DAY = 24 * 3600
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
REFUSED_WHILE_PENDING_DELETION = {"CreateAlias", "TagResource", "UntagResource", "UpdateKeyDescription", "UpdateAlias"}
REFUSED_WHILE_PENDING_DELETION |= {"ScheduleKeyDeletion", *SWITCHES, *ROTATION, *CRYPTOGRAPHIC}
REFUSED_WHILE_PENDING_IMPORT = SWITCHES | CRYPTOGRAPHIC
REFUSED_WHILE_DISABLED = ROTATION | CRYPTOGRAPHIC


@dataclasses.dataclass(frozen=True)
class Since:
    """A state and the moment from which a key has it, in seconds since the epoch."""

    moment: float
    state: str


def refusal(operation: str, key_arn: str, state: str) -> AwsError | None:
    """What KMS answers to an operation on a key in this state; `None` where it is served."""
    if operation == "CancelKeyDeletion" and state != "PendingDeletion":
        return AwsError("KMSInvalidStateException", f"{key_arn} is not pending deletion.")
    if state == "PendingDeletion" and operation in REFUSED_WHILE_PENDING_DELETION:
        return AwsError("KMSInvalidStateException", f"{key_arn} is pending deletion.")
    if state == "PendingImport" and operation in REFUSED_WHILE_PENDING_IMPORT:
        return AwsError("KMSInvalidStateException", f"{key_arn} is pending import.")
    if state == "Disabled" and operation in REFUSED_WHILE_DISABLED:
        return AwsError("DisabledException", f"{key_arn} is disabled.")
    return None


def state_seen_by_services(call: Call, key: Any) -> str:
    """The state that S3 and EBS act on: the one from before the key delay (`aws-behaviour.md` §8)."""
    seen = call.aws.now() - call.aws.settings.key_delay
    states: list[Since] = getattr(key, "states", [])
    for since in reversed(states):
        if since.moment <= seen:
            return since.state
    return states[0].state if states else str(key.key_state)


def _switch(call: Call, state: str) -> Any:
    key = call.notes["keys"][0]
    if not hasattr(key, "states"):
        key.states = [Since(0.0, key.key_state)]
    key.states.append(Since(call.aws.now(), state))
    key.key_state, key.enabled = state, state == "Enabled"
    return key


@BEHAVIOUR.gate("kms")
def _refuse_by_state(call: Call) -> Answer | None:
    for key in call.notes.get("keys", ()):
        error = refusal(call.operation, key.arn, key.key_state)
        if error:
            raise error
    return None


@BEHAVIOUR.after("kms", "CreateKey")
def _without_material(call: Call, answer: Answer) -> Answer:
    """A key made to take imported material waits for it."""
    if call.params.get("Origin") != "EXTERNAL":
        return answer
    told = answer.json()["KeyMetadata"]
    key = keys(call, call.account)[told["KeyId"]]
    key.key_state, key.enabled = "PendingImport", False
    answer.body = json.dumps(key.to_dict()).encode()
    return answer


@BEHAVIOUR.instead("kms", "DisableKey", "EnableKey")
def _disable_or_enable(call: Call) -> Answer:
    _switch(call, "Disabled" if call.operation == "DisableKey" else "Enabled")
    return Answer(200, {"content-type": "application/x-amz-json-1.1"}, b"")


@BEHAVIOUR.instead("kms", "ScheduleKeyDeletion")
def _schedule(call: Call) -> Answer:
    days = call.params.get("PendingWindowInDays", 30)
    if not 7 <= days <= 30:
        raise AwsError("ValidationException", "PendingWindowInDays must be between 7 and 30, inclusive.")
    key = _switch(call, "PendingDeletion")
    key.deleted_at = call.aws.now() + days * DAY
    key.deletion_date = call.aws.datetime(key.deleted_at)
    told = {"KeyId": key.arn, "DeletionDate": key.deletion_date, "KeyState": key.key_state, "PendingWindowInDays": days}
    return serialized(call, told)


@BEHAVIOUR.instead("kms", "CancelKeyDeletion")
def _cancel(call: Call) -> Answer:
    key = _switch(call, "Disabled")
    key.deleted_at, key.deletion_date = float("inf"), None
    return serialized(call, {"KeyId": key.arn})
