"""The catalogue of faults: each an AWS that is wrong in one place, and exactly the checks that must notice.

A newcomer's first line goes here: the fault, and the checks that it turns. Faults stand before the right behaviours, so
they see a call before them; what takes a hook or a function away says which. Students' accounts, which are graded,
stand in `tests.checks.student_accounts`: `ACCOUNTS` is theirs.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl, urlencode

from embedded.audit import records as recorder
from embedded.core.behaviours import Behaviour
from embedded.core.call import Answer, AwsError, Call
from embedded.services.ec2.volumes import backend_of
from embedded.services.kms import key_policies as kms_policies
from embedded.services.kms import key_states as kms_states
from embedded.services.s3 import encryption as s3_encryption
from embedded.services.s3.buckets import bucket_of
from fixtures.lab.public_access import CONTROL
from fixtures.resources.s3_object import ABSENT_KEY
from tests.checks.student_accounts import ACCOUNTS
from tests.support.checks_run import Behaviours

__all__ = ["ACCOUNTS", "FAULTS", "Fault"]
OBJECT = "clock.png"


@dataclasses.dataclass(frozen=True)
class Fault:
    """`turns` are the ids of the checks that fail, and no other does."""

    name: str
    turns: frozenset[str]
    breaks: Callable[[Behaviours], Behaviours]

    def __str__(self) -> str:
        return self.name


def _added(build: Callable[[Behaviour], object]) -> Callable[[Behaviours], Behaviours]:
    """The behaviours with one more before them, which `build` fills."""

    def breaks(behaviours: Behaviours) -> Behaviours:
        fault = Behaviour("fault")
        build(fault)
        return (fault, *behaviours)

    return breaks


def _lacking(behaviour: Behaviour, *runs: Callable[..., Any]) -> Callable[[Behaviours], Behaviours]:
    """The behaviours with some hooks of one taken away."""
    return lambda behaviours: [each.without(*runs) if each is behaviour else each for each in behaviours]


def _gate(service: str, *operations: str, do: Callable[[Call], Answer | None]) -> Callable[[Behaviours], Behaviours]:
    return _added(lambda fault: fault.gate(service, *operations)(do))


def _told(operation: str, edit: Callable[[dict[str, Any]], object]) -> Callable[[Behaviours], Behaviours]:
    """KMS's answer, edited."""

    def after(call: Call, answer: Answer) -> Answer:
        told = answer.json()
        edit(told)
        answer.body = json.dumps(told).encode()
        return answer

    return _added(lambda fault: fault.after("kms", operation)(after))


def _described(**metadata: str) -> Callable[[Behaviours], Behaviours]:
    return _told("DescribeKey", lambda told: told["KeyMetadata"].update(metadata))


def _policy(edit: Callable[[list[dict[str, Any]]], object]) -> Callable[[Behaviours], Behaviours]:
    """The lab key's policy, edited as it is sent."""

    def gate(call: Call) -> None:
        policy = json.loads(call.params["Policy"])
        if policy.get("Id"):
            edit(policy["Statement"])
            call.params["Policy"] = json.dumps(policy)
            call.rewrite(Policy=call.params["Policy"])

    return _gate("kms", "CreateKey", do=gate)


def _without_statement(sid: str) -> Callable[[list[dict[str, Any]]], object]:
    def edit(statements: list[dict[str, Any]]) -> None:
        statements[:] = [each for each in statements if each["Sid"] != sid]

    return edit


def _xml(operation: str, pattern: bytes, replacement: bytes) -> Callable[[Behaviours], Behaviours]:
    def after(call: Call, answer: Answer) -> Answer:
        answer.body = re.sub(pattern, replacement, answer.body)
        return answer

    return _added(lambda fault: fault.after("ec2", operation)(after))


def _form_without(operation: str, *names: str) -> Callable[[Behaviours], Behaviours]:
    """An EC2 call, sent without some of its parameters."""

    def gate(call: Call) -> None:
        pairs = [(name, value) for name, value in parse_qsl(call.sent.body.decode()) if name not in names]
        call.sent = dataclasses.replace(call.sent, body=urlencode(pairs).encode())
        for name in names:
            call.params.pop(name, None)

    return _gate("ec2", operation, do=gate)


def _upload_without(*headers: str) -> Callable[[Behaviours], Behaviours]:
    """The object's upload, sent without some of its headers."""

    def gate(call: Call) -> None:
        if call.params["Key"] == OBJECT:
            call.sent = call.sent.with_headers(**{name.replace("-", "_"): None for name in headers})

    return _gate("s3", "PutObject", do=gate)


def _get(applies: Callable[[Call], bool], do: Callable[[Call], object]) -> Callable[[Behaviours], Behaviours]:
    def gate(call: Call) -> None:
        if applies(call):
            do(call)

    return _gate("s3", "GetObject", do=gate)


def _other_bytes(applies: Callable[[Call], bool]) -> Callable[[Behaviours], Behaviours]:
    def after(call: Call, answer: Answer) -> Answer:
        if call.params["Key"] == OBJECT and applies(call):
            answer.body = bytes(reversed(answer.body))
            answer.headers = {name: value for name, value in answer.headers.items() if "checksum" not in name}
        return answer

    return _added(lambda fault: fault.after("s3", "GetObject")(after))


def _is_opened(call: Call) -> bool:
    return not bucket_of(call).public_access_block.block_public_acls


def _refuse(code: str, message: str, status: int) -> Callable[[Call], object]:
    def do(call: Call) -> None:
        raise AwsError(code, message, status)

    return do


def _unrecorded(
    name: str, keep: Callable[[dict[str, Any]], bool] = lambda record: False
) -> Callable[[Behaviours], Behaviours]:
    """Events of a name that never reach the history."""

    def add(original: Callable[..., None], history: Any, account: str, region: str, event: Any) -> None:
        if event.record["eventName"] != name:
            original(history, account, region, event)

    return _added(lambda fault: fault.patch("embedded.audit.history:History.add", "self, account, region, event")(add))


def _another_identity(original: Callable[..., None], history: Any, account: str, region: str, event: Any) -> None:
    if event.record["eventName"] == "GenerateDataKey":
        event.record["userIdentity"]["arn"] = f"arn:aws:sts::{account}:assumed-role/somebody/else"
    original(history, account, region, event)


def _patched(target: str, parameters: str, wrapper: Callable[..., Any]) -> Callable[[Behaviours], Behaviours]:
    return _added(lambda fault: fault.patch(target, parameters)(wrapper))


def _public_read_leaves_a_decrypt(call: Call) -> None:
    if call.caller.is_anonymous and call.params["Key"] == OBJECT:
        caller = call.aws.identities.credential(call.aws.students[0].access_key_id).caller
        context = {"aws:s3:arn": f"arn:aws:s3:::{call.params['Bucket']}/{OBJECT}"}
        keys = [each.record for each in call.aws.history.visible(caller.account, call.region, call.aws.now(), 0)]
        arn = next(each["resources"][0]["ARN"] for each in keys if each["eventName"] == "GenerateDataKey")
        recorder.record_by_service(
            call,
            "Decrypt",
            {"encryptionContext": context},
            key_arn=arn,
            caller=caller,
            invoked_by="fas.s3.amazonaws.com",
        )


def _encrypted_by_default(call: Call) -> None:
    backend_of(call).ebs_encryption_by_default = True


def _old_volume_comes_back(call: Call) -> None:
    backend = backend_of(call)
    for volume in [each for each in backend.volumes.values() if not each.encrypted and each.attachment is None]:
        backend.attach_volume(volume.id, call.params["InstanceIds"][0], "/dev/sdf")


def _disabling_stops_instances(call: Call) -> None:
    from moto.ec2.models import ec2_backends

    for reservation in ec2_backends[call.account][call.region].reservations.values():
        for instance in reservation.instances:
            instance.stop()


def _context_is_not_looked_at(call: Call) -> None:
    context = {"purpose": "kms lab"}
    call.params["EncryptionContext"] = context
    call.rewrite(EncryptionContext=context)


def _named_key_is_not_looked_at(call: Call) -> None:
    call.params.pop("KeyId", None)
    call.rewrite(KeyId=None)


def _enabling_does_nothing(call: Call) -> Answer | None:
    call.notes["kms_resources"] = [call.params["KeyId"]]
    return Answer(200, {"content-type": "application/x-amz-json-1.1"}, b"")


def _not_configured(call: Call) -> None:
    raise AwsError("ServerSideEncryptionConfigurationNotFoundError", "Not found", 404)


def _disabled_for_pending_deletion(original: Callable[..., Any], operation: str, key_arn: str, state: str) -> Any:
    return original(operation, key_arn, "Disabled" if state == "PendingDeletion" else state)


def _services_never_learn(seen: str, instead: str) -> Callable[..., str]:
    def state(original: Callable[..., str], call: Call, key: Any) -> str:
        states = [each.state for each in getattr(key, "states", [])]
        return instead if seen in states else original(call, key)

    return state


def _refuses_once_disabled(original: Callable[..., Any], call: Call, backend: Any, instance: Any) -> Any:
    was_disabled = any(each.record["eventName"] == "EnableKey" for each in _events(call))
    return AwsError("DisabledException", "is disabled.") if was_disabled else original(call, backend, instance)


def _events(call: Call) -> Iterable[Any]:
    return call.aws.history.visible(call.account, call.region, call.aws.now(), 0)


def _fault(name: str, turns: str, breaks: Callable[[Behaviours], Behaviours]) -> Fault:
    return Fault(name, frozenset(turns.split()), breaks)


USE_OF_THE_OBJECTS_KEY = "generate-data-key decrypt in-whose-name"
USE_OF_THE_VOLUMES_KEY = "volume-grant volume-data-key"

FAULTS = [
    # 1: the key
    _fault("the alias names another key", "alias", _told("ListAliases", lambda told: told.update(Aliases=[]))),
    _fault("the key is AWS's own", "customer-managed", _described(KeyManager="AWS")),
    _fault("the key is asymmetric", "symmetric", _described(KeySpec="RSA_2048")),
    _fault("the key is for signing", "encrypt-decrypt", _described(KeyUsage="SIGN_VERIFY")),
    _fault("the key was left disabled", "enabled", _described(KeyState="Disabled")),
    _fault("the key material was imported", "origin", _described(Origin="EXTERNAL")),
    _fault(
        "no key administrator was chosen",
        "administrators",
        _policy(_without_statement("Allow access for Key Administrators")),
    ),
    _fault("no key user was chosen", "users", _policy(_without_statement("Allow use of the key"))),
    _fault(
        "the policy lets everybody use the key",
        "open-to-nobody-else",
        _policy(
            lambda statements: statements.append(
                {"Sid": "all", "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:Decrypt", "Resource": "*"}
            )
        ),
    ),
    _fault(
        "KMS gives back other bytes",
        "round-trip data-key",
        _told("Decrypt", lambda told: told.update(Plaintext="b3RoZXIgYnl0ZXM=")),
    ),
    _fault("KMS opens what another key sealed", "data-key", _gate("kms", "Decrypt", do=_named_key_is_not_looked_at)),
    _fault(
        "KMS does not look at the context",
        "encryption-context",
        _gate("kms", "Decrypt", do=_context_is_not_looked_at),
    ),
    _fault(
        "key policies count for nothing", "administrators-alone", _lacking(kms_policies.BEHAVIOUR, kms_policies._gate)
    ),
    # 2: the object
    _fault("the bucket does not encrypt", "default-encryption", _gate("s3", "GetBucketEncryption", do=_not_configured)),
    _fault(
        "the object was uploaded with SSE-S3",
        f"sse-kms object-under-the-key public-link-when-opened old-link no-decrypt-for-the-public s3-refuses "
        f"{USE_OF_THE_OBJECTS_KEY}",
        _upload_without(s3_encryption.SSE, s3_encryption.SSE_KEY),
    ),
    _fault(
        "the object is under aws/s3",
        f"object-under-the-key s3-refuses {USE_OF_THE_OBJECTS_KEY}",
        _upload_without(s3_encryption.SSE_KEY),
    ),
    _fault("S3 gives back other bytes", "content signed-read", _other_bytes(lambda call: call.signed_by == "v4")),
    _fault(
        "S3 does not look up the key",
        "absent-key",
        _gate(
            "s3",
            "PutObject",
            do=lambda call: (
                setattr(call, "sent", call.sent.with_headers(**{s3_encryption.SSE_KEY.replace("-", "_"): None}))
                if call.sent.headers.get(s3_encryption.SSE_KEY) == ABSENT_KEY
                else None
            ),
        ),
    ),
    # 3: the public and the owner
    _fault(
        "the public finds nothing",
        "public-link-while-blocked",
        _get(
            lambda call: call.caller.is_anonymous and call.params["Key"] == OBJECT and not _is_opened(call),
            _refuse("NoSuchKey", "The specified key does not exist.", 404),
        ),
    ),
    _fault(
        "the control is not public",
        "control public-link-when-opened",
        _get(
            lambda call: call.caller.is_anonymous and call.params["Key"] == CONTROL,
            _refuse("AccessDenied", "Access Denied", 403),
        ),
    ),
    _fault(
        "the public is asked for a right, not for a signature",
        "public-link-when-opened",
        _get(lambda call: call.caller.is_anonymous, lambda call: setattr(call, "signed_by", "v4")),
    ),
    _fault(
        "the owner gets other bytes once the object is public",
        "signed-read",
        _other_bytes(lambda call: call.signed_by == "v4" and _is_opened(call)),
    ),
    _fault(
        "a presigned link gives other bytes",
        "presigned-link",
        _other_bytes(lambda call: call.signed_by == "v4-query"),
    ),
    _fault(
        "links never expire",
        "expired-link",
        _patched("embedded.core.signatures:_check_link", "claim, now, signed_at", lambda original, *given: None),
    ),
    _fault(
        "signatures are not looked at",
        "altered-link",
        _patched(
            "embedded.core.signatures:_signature",
            "incoming, claim, secret",
            lambda original, incoming, claim, secret: claim.signature,
        ),
    ),
    _fault(
        "old signatures are taken",
        "old-link",
        _get(lambda call: call.signed_by == "v2-query", lambda call: setattr(call, "signed_by", "v4-query")),
    ),
    # 4: the history
    _fault("CreateKey is not in the history", "create-key", _unrecorded("CreateKey")),
    _fault("GenerateDataKey is not in the history", "generate-data-key in-whose-name", _unrecorded("GenerateDataKey")),
    _fault("Decrypt is not in the history", "decrypt", _unrecorded("Decrypt")),
    _fault(
        "S3 asks in another's name",
        "in-whose-name",
        _patched("embedded.audit.history:History.add", "self, account, region, event", _another_identity),
    ),
    _fault(
        "a refused read reaches the key",
        "no-decrypt-for-the-public",
        _gate("s3", "GetObject", do=_public_read_leaves_a_decrypt),
    ),
    _fault("DisableKey is not in the history", "disable-key enable-key", _unrecorded("DisableKey")),
    _fault("EnableKey is not in the history", "enable-key", _unrecorded("EnableKey")),
    # 5: the volume
    _fault(
        "the root is encrypted from the start",
        "unencrypted-at-the-start old-volume-is-detached",
        _gate("ec2", "RunInstances", do=_encrypted_by_default),
    ),
    _fault(
        "the new volume is not encrypted",
        f"volume-encrypted volume-under-the-key start-ends-stopped {USE_OF_THE_VOLUMES_KEY}",
        _form_without("CreateVolume", "Encrypted", "KmsKeyId"),
    ),
    _fault(
        "the new volume is under aws/ebs",
        f"volume-under-the-key start-ends-stopped {USE_OF_THE_VOLUMES_KEY}",
        _form_without("CreateVolume", "KmsKeyId"),
    ),
    _fault("the volume is in another zone", "volume-zone", _xml("DescribeVolumes", b"us-east-1a", b"us-east-1b")),
    _fault("the volume is at another device", "runs-from-it", _xml("DescribeVolumes", b"/dev/xvda", b"/dev/sdf")),
    _fault(
        "the old volume is attached, too",
        "old-volume-is-detached",
        _gate("ec2", "StartInstances", do=_old_volume_comes_back),
    ),
    _fault("CreateGrant is not in the history", "volume-grant", _unrecorded("CreateGrant")),
    _fault("EBS's data key is not in the history", "volume-data-key", _unrecorded("GenerateDataKeyWithoutPlaintext")),
    # 6: disabled and enabled
    _fault(
        "KMS does not look at a key's state",
        "kms-refuses kms-refuses-pending-deletion",
        _lacking(kms_states.BEHAVIOUR, kms_states._refuse_by_state),
    ),
    _fault(
        "S3 never asks KMS",
        f"s3-refuses s3-refuses-pending-deletion public-link-when-opened old-link no-decrypt-for-the-public "
        f"{USE_OF_THE_OBJECTS_KEY}",
        _lacking(s3_encryption.BEHAVIOUR, s3_encryption._use_keys),
    ),
    _fault(
        "disabling the key stops the instance",
        "running-instance",
        _gate("kms", "DisableKey", do=_disabling_stops_instances),
    ),
    _fault(
        "EBS never asks KMS at a start",
        "start-ends-stopped",
        _patched(
            "embedded.services.ec2.volume_encryption:open_all", "call, backend, instance", lambda original, *given: None
        ),
    ),
    _fault(
        "the key is never enabled again",
        "kms-serves-again s3-serves-again instance-runs-again",
        _gate("kms", "EnableKey", do=_enabling_does_nothing),
    ),
    _fault(
        "S3 and EBS never learn that the key is enabled again",
        "s3-serves-again instance-runs-again",
        _patched(
            "embedded.services.kms.service_access:state_seen_by_services",
            "call, key",
            _services_never_learn("Disabled", "Disabled"),
        ),
    ),
    _fault(
        "EBS alone never learns that the key is enabled again",
        "instance-runs-again",
        _patched("embedded.services.ec2.volume_encryption:open_all", "call, backend, instance", _refuses_once_disabled),
    ),
    _fault(
        "a key pending deletion counts as disabled",
        "kms-refuses-pending-deletion s3-refuses-pending-deletion",
        _added(
            lambda fault: [
                fault.patch(target, "operation, key_arn, state")(_disabled_for_pending_deletion)
                for target in (
                    "embedded.services.kms.key_states:refusal",
                    "embedded.services.kms.service_access:refusal",
                )
            ]
        ),
    ),
    _fault(
        "S3 never learns that a key is to be deleted",
        "s3-refuses-pending-deletion",
        _patched(
            "embedded.services.kms.service_access:state_seen_by_services",
            "call, key",
            _services_never_learn("PendingDeletion", "Enabled"),
        ),
    ),
]
