"""The catalogue of faults: each an AWS that is wrong in one place, and exactly the checks that must notice.

A new check's fault goes here: its name, and the ids of the checks that fail. Accounts of students, which are graded,
are in `tests.checks.student_accounts`: `ACCOUNTS`.
"""

from __future__ import annotations

import dataclasses

from embedded.core.request import SignatureKind
from embedded.services.kms import key_policies, key_states
from embedded.services.kms.key_states import KeyState
from embedded.services.s3 import encryption
from fixtures.lab.public_access import CONTROL
from tests.checks.fault_builders import (
    OBJECT,
    Breaks,
    another_identity,
    attach_old_volume,
    both,
    disabled_as_pending_deletion,
    enable_nothing,
    encrypt_by_default,
    for_another_reason,
    form_without,
    get_object,
    ignore_named_key,
    intercepting,
    is_unblocked,
    key_metadata,
    key_policy,
    kms_response,
    lacking,
    once_enabled_again,
    other_bytes,
    other_plaintext,
    patching,
    pending_deletion_as_disabled,
    record_decrypt_of_anonymous_read,
    refuse,
    refuse_once_enabled_again,
    refuse_while_disabled,
    replace_encryption_context,
    signed_as,
    state_errors,
    state_once,
    stop_instances,
    times_enabled,
    unrecorded,
    upload_with_absent_key,
    upload_without,
    without_statement,
    xml,
)
from tests.checks.student_accounts import ACCOUNTS

__all__ = ["ACCOUNTS", "FAULTS", "Fault"]


@dataclasses.dataclass(frozen=True)
class Fault:
    """A way to break the AWS. `turns` are the ids of the checks that fail; no other check does. `hides` are those that
    are errors: what they look at cannot be created, or AWS shows the old state for ever.
    """

    name: str
    turns: frozenset[str]
    breaks: Breaks
    hides: frozenset[str] = frozenset()

    @property
    def not_passed(self) -> dict[str, str]:
        """Return the verdicts of the checks that do not pass, by their ids."""
        return {**dict.fromkeys(self.turns, "fail"), **dict.fromkeys(self.hides, "error")}

    @property
    def late(self) -> frozenset[str]:
        """Return the checks that look at an old state: all that are hidden but those that need an instance."""
        return self.hides - frozenset(INSTANCE.split()) if self.hides > frozenset(INSTANCE.split()) else self.hides

    def __str__(self) -> str:
        return self.name


def _fault(name: str, turns: str, breaks: Breaks, hides: str = "") -> Fault:
    return Fault(name, frozenset(turns.split()), breaks, frozenset(hides.split()))


OPEN_VOLUMES = "embedded.services.ec2.instances:open_volumes"
USE_OF_THE_OBJECTS_KEY = "generate-data-key decrypt in-whose-name"
USE_OF_THE_VOLUMES_KEY = "volume-grant volume-data-key"
INSTANCE = (
    "unencrypted-at-the-start volume-encrypted volume-under-the-key volume-zone runs-from-it old-volume-is-detached "
    "volume-grant volume-data-key running-instance start-ends-stopped instance-runs-again"
)
"""What needs an encrypted volume, which is created after the key was disabled and enabled for KMS and S3."""

FAULTS = [
    # 1: the key
    _fault(
        "the key goes by another alias",
        "alias",
        kms_response("ListAliases", lambda body: body.update(Aliases=[{"AliasName": "alias/another"}])),
    ),
    _fault(
        "the alias is never listed",
        "",
        kms_response("ListAliases", lambda body: body.update(Aliases=[])),
        hides="alias",
    ),
    _fault("the key is AWS's own", "customer-managed", key_metadata(KeyManager="AWS")),
    _fault("the key is asymmetric", "symmetric", key_metadata(KeySpec="RSA_2048")),
    _fault("the key is for signing", "encrypt-decrypt", key_metadata(KeyUsage="SIGN_VERIFY")),
    _fault("the key was left disabled", "enabled", key_metadata(KeyState="Disabled")),
    _fault("the key material was imported", "origin", key_metadata(Origin="EXTERNAL")),
    _fault(
        "no key administrator was chosen",
        "administrators",
        key_policy(without_statement("Allow access for Key Administrators")),
    ),
    _fault("no key user was chosen", "users", key_policy(without_statement("Allow use of the key"))),
    _fault(
        "the policy lets everybody use the key",
        "open-to-nobody-else",
        key_policy(
            lambda statements: statements.append(
                {"Sid": "all", "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:Decrypt", "Resource": "*"}
            )
        ),
    ),
    _fault(
        "KMS gives back other bytes",
        "round-trip data-key",
        kms_response("Decrypt", lambda body: body.update(Plaintext="b3RoZXIgYnl0ZXM=")),
    ),
    _fault("KMS opens what another key sealed", "data-key", intercepting("kms", "Decrypt", do=ignore_named_key)),
    _fault(
        "KMS does not look at the context",
        "encryption-context",
        intercepting("kms", "Decrypt", do=replace_encryption_context),
    ),
    _fault(
        "key policies count for nothing",
        "administrators-alone",
        lacking(key_policies.BEHAVIOUR, key_policies._authorize),
    ),
    # 2: the object
    _fault(
        "the bucket does not encrypt",
        "default-encryption",
        intercepting(
            "s3", "GetBucketEncryption", do=refuse("ServerSideEncryptionConfigurationNotFoundError", "Not found", 404)
        ),
    ),
    _fault(
        "the object was uploaded with SSE-S3",
        f"sse-kms object-under-the-key public-link-when-opened old-link no-decrypt-for-the-public "
        f"{USE_OF_THE_OBJECTS_KEY}",
        upload_without(encryption.SSE, encryption.SSE_KEY),
        hides="s3-refuses",
    ),
    _fault(
        "the object is under aws/s3",
        f"object-under-the-key {USE_OF_THE_OBJECTS_KEY}",
        upload_without(encryption.SSE_KEY),
        hides="s3-refuses",
    ),
    _fault(
        "S3 gives back other bytes",
        "content signed-read",
        other_bytes(lambda request: request.signature is SignatureKind.V4),
    ),
    _fault(
        "S3 does not look up the key",
        "absent-key",
        intercepting("s3", "PutObject", do=upload_with_absent_key),
    ),
    # 3: the public and the owner
    _fault(
        "the public finds nothing",
        "public-link-while-blocked",
        get_object(
            lambda request: (
                request.principal.is_anonymous and request.params["Key"] == OBJECT and not is_unblocked(request)
            ),
            refuse("NoSuchKey", "The specified key does not exist.", 404),
        ),
    ),
    _fault(
        "the control never becomes public",
        "",
        get_object(
            lambda request: request.principal.is_anonymous and request.params["Key"] == CONTROL,
            refuse("AccessDenied", "Access Denied", 403),
        ),
        hides="control public-link-when-opened",
    ),
    _fault(
        "the public does not find the control",
        "control public-link-when-opened",
        get_object(
            lambda request: request.principal.is_anonymous and request.params["Key"] == CONTROL,
            refuse("NoSuchKey", "The specified key does not exist.", 404),
        ),
    ),
    _fault(
        "the public is asked for a right, not for a signature",
        "",
        get_object(lambda request: request.principal.is_anonymous, signed_as(SignatureKind.V4)),
        hides="public-link-when-opened",
    ),
    _fault(
        "the owner gets other bytes once the object is public",
        "signed-read",
        other_bytes(lambda request: request.signature is SignatureKind.V4 and is_unblocked(request)),
    ),
    _fault(
        "a presigned link gives other bytes",
        "presigned-link",
        other_bytes(lambda request: request.signature is SignatureKind.V4_QUERY),
    ),
    _fault(
        "links never expire",
        "expired-link",
        patching("embedded.core.signatures:_check_presigned", "claim, now", lambda original, *given: None),
    ),
    _fault(
        "signatures are not looked at",
        "altered-link",
        patching(
            "embedded.core.signatures:_accepted",
            "http_request, claim, secret",
            lambda original, http_request, claim, secret: None,
        ),
    ),
    _fault(
        "old signatures are taken",
        "old-link",
        get_object(lambda request: request.signature is SignatureKind.V2_QUERY, signed_as(SignatureKind.V4)),
    ),
    # 4: the history
    _fault("CreateKey is not in the history", "create-key", unrecorded("CreateKey")),
    _fault("GenerateDataKey is not in the history", "generate-data-key in-whose-name", unrecorded("GenerateDataKey")),
    _fault("Decrypt is not in the history", "decrypt", unrecorded("Decrypt")),
    _fault(
        "S3 asks in another's name",
        "in-whose-name",
        patching("embedded.audit.history:EventStore.add", "self, account, region, event", another_identity),
    ),
    _fault(
        "a refused read reaches the key",
        "no-decrypt-for-the-public",
        intercepting("s3", "GetObject", do=record_decrypt_of_anonymous_read),
    ),
    _fault("DisableKey is not in the history", "disable-key enable-key", unrecorded("DisableKey")),
    _fault("EnableKey is not in the history", "enable-key", unrecorded("EnableKey")),
    # 5: the volume
    _fault(
        "the root is encrypted from the start",
        "unencrypted-at-the-start old-volume-is-detached",
        intercepting("ec2", "RunInstances", do=encrypt_by_default),
    ),
    _fault(
        "the new volume is not encrypted",
        f"volume-encrypted volume-under-the-key {USE_OF_THE_VOLUMES_KEY}",
        form_without("CreateVolume", "Encrypted", "KmsKeyId"),
        hides="start-ends-stopped",
    ),
    _fault(
        "the new volume is under aws/ebs",
        f"volume-under-the-key {USE_OF_THE_VOLUMES_KEY}",
        form_without("CreateVolume", "KmsKeyId"),
        hides="start-ends-stopped",
    ),
    _fault("the volume is in another zone", "volume-zone", xml("DescribeVolumes", b"us-east-1a", b"us-east-1b")),
    _fault("the volume is at another device", "runs-from-it", xml("DescribeVolumes", b"/dev/xvda", b"/dev/sdf")),
    _fault(
        "the old volume is attached, too",
        "old-volume-is-detached",
        intercepting("ec2", "StartInstances", do=attach_old_volume),
    ),
    _fault("CreateGrant is not in the history", "volume-grant", unrecorded("CreateGrant")),
    _fault("EBS's data key is not in the history", "volume-data-key", unrecorded("GenerateDataKeyWithoutPlaintext")),
    # 6: disabled and enabled
    _fault(
        "KMS does not look at a key's state",
        "",
        lacking(key_states.BEHAVIOUR, key_states._check_states),
        hides="kms-refuses kms-refuses-pending-deletion",
    ),
    _fault(
        "a disabled key counts as pending deletion",
        "kms-refuses s3-refuses",
        state_errors(disabled_as_pending_deletion),
    ),
    _fault(
        "S3 never asks KMS",
        f"public-link-when-opened old-link no-decrypt-for-the-public {USE_OF_THE_OBJECTS_KEY}",
        both(
            lacking(encryption.BEHAVIOUR, encryption._check_read),
            patching(
                "embedded.services.s3.encryption:_call_kms",
                "request, operation, bucket, name, encryption",
                lambda original, *given: None,
            ),
        ),
        hides="s3-refuses s3-refuses-pending-deletion",
    ),
    _fault(
        "disabling the key stops the instance",
        "running-instance",
        intercepting("kms", "DisableKey", do=stop_instances),
    ),
    _fault(
        "EBS never asks KMS at a start",
        "",
        patching(OPEN_VOLUMES, "request, instance", lambda original, *given: None),
        hides="start-ends-stopped",
    ),
    _fault(
        "EC2 refuses a start while the key is disabled",
        "start-ends-stopped",
        intercepting("ec2", "StartInstances", do=refuse_while_disabled),
    ),
    _fault(
        "the key is never enabled again",
        "",
        intercepting("kms", "EnableKey", do=enable_nothing),
        hides=f"kms-serves-again s3-serves-again {INSTANCE}",
    ),
    _fault(
        "KMS gives back other bytes once the key is enabled again",
        "kms-serves-again",
        once_enabled_again("kms", "Decrypt", other_plaintext),
    ),
    _fault(
        "S3 gives back other bytes once the key is enabled again",
        "s3-serves-again",
        other_bytes(lambda request: request.signature is SignatureKind.V4 and times_enabled(request) > 0),
    ),
    _fault(
        "S3 and EBS never learn that the key is enabled again",
        "",
        patching(
            "embedded.services.kms.service_access:state_seen_by_services",
            "request, key",
            state_once(KeyState.DISABLED, seen=KeyState.DISABLED),
        ),
        hides=f"s3-serves-again {INSTANCE}",
    ),
    _fault(
        "EBS alone never learns that the key is enabled again",
        "",
        patching(OPEN_VOLUMES, "request, instance", refuse_once_enabled_again),
        hides="instance-runs-again",
    ),
    _fault(
        "the instance stops for another reason once the key is enabled again",
        "instance-runs-again",
        both(
            patching(OPEN_VOLUMES, "request, instance", refuse_once_enabled_again),
            once_enabled_again("ec2", "DescribeInstances", for_another_reason, times=2),
        ),
    ),
    _fault(
        "a key pending deletion counts as disabled",
        "kms-refuses-pending-deletion s3-refuses-pending-deletion",
        state_errors(pending_deletion_as_disabled),
    ),
    _fault(
        "S3 never learns that a key is to be deleted",
        "",
        patching(
            "embedded.services.kms.service_access:state_seen_by_services",
            "request, key",
            state_once(KeyState.PENDING_DELETION, seen=KeyState.ENABLED),
        ),
        hides="s3-refuses-pending-deletion",
    ),
]
