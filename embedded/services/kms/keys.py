"""Which key a call to KMS means, and what KMS tells of it.

Facts: `aws-behaviour.md` §1.2 (ids and ARNs where AWS takes them, aliases refused where it refuses them, the sentences
for what is missing, `IncorrectKeyException`, `InvalidKeyUsageException`) and §1.3 (metadata). moto fails on an ARN
where it looks up an id, echoes what was sent, and lets a ciphertext's real key decide (`moto-gaps.md` §2).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.call import PARTITION, Answer, AwsError, Call

BEHAVIOUR = Behaviour("kms keys")

UUID = re.compile(r"(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.IGNORECASE)
CIPHERTEXT_KEY_ID = 36
KEY_PARAMETERS = {
    "CreateAlias": ("TargetKeyId",),
    "UpdateAlias": ("TargetKeyId",),
    "ReEncrypt": ("SourceKeyId", "DestinationKeyId"),
}
USES = {
    "Encrypt": "ENCRYPT_DECRYPT",
    "Decrypt": "ENCRYPT_DECRYPT",
    "ReEncrypt": "ENCRYPT_DECRYPT",
    "GenerateDataKey": "ENCRYPT_DECRYPT",
    "GenerateDataKeyWithoutPlaintext": "ENCRYPT_DECRYPT",
    "GenerateDataKeyPair": "ENCRYPT_DECRYPT",
    "GenerateDataKeyPairWithoutPlaintext": "ENCRYPT_DECRYPT",
    "Sign": "SIGN_VERIFY",
    "Verify": "SIGN_VERIFY",
    "GenerateMac": "GENERATE_VERIFY_MAC",
    "VerifyMac": "GENERATE_VERIFY_MAC",
}
TAKE_ALIASES = {*USES, "DescribeKey", "GetPublicKey", "DeriveSharedSecret"}


def find(call: Call, text: str, *, aliases: bool = True) -> Any:
    """moto's key for an id, ARN or alias, in the account and region that an ARN names.

    Raises `AwsError` in AWS's words for what is missing or cannot be meant.
    """
    account, region, name = call.account, call.region, text
    if text.startswith("arn:"):
        parts = text.split(":", 5)
        if len(parts) < 6 or parts[2] != "kms":
            raise AwsError("InvalidArnException", f"Invalid arn {text}")
        region, account, name = parts[3], parts[4], parts[5].removeprefix("key/")
        if region != call.region:
            raise AwsError("NotFoundException", f"Invalid arn {region}")
    if name.startswith("alias/"):
        if not aliases:
            raise AwsError("NotFoundException", f"Invalid keyId '{text}'")
        return _by_alias(call, account, name)
    if not UUID.fullmatch(name):
        raise AwsError("NotFoundException", f"Invalid keyId '{text}'")
    key = keys(call, account).get(name)
    if key is None:
        raise AwsError("NotFoundException", f"Key '{call.arn('kms', f'key/{name}', account=account)}' does not exist")
    return key


def keys(call: Call, account: str) -> dict[str, Any]:
    """The keys of an account in the call's region; those whose waiting period has ended are gone."""
    backend = _backend(account, call.region)
    for key_id, key in list(backend.keys.items()):
        if key.key_state == "PendingDeletion" and getattr(key, "deleted_at", float("inf")) <= call.aws.now():
            backend.delete_key(key_id)
    found: dict[str, Any] = backend.keys
    return found


def _by_alias(call: Call, account: str, name: str) -> Any:
    key_id = _backend(account, call.region).get_key_id_from_alias(name)
    if key_id is None:
        alias = call.arn("kms", name, account=account)
        raise AwsError("NotFoundException", f"Alias {alias} is not found.")
    return keys(call, account)[key_id]


def _backend(account: str, region: str) -> Any:
    from moto.kms.models import kms_backends

    try:
        return kms_backends[account][region]
    except KeyError:
        raise AwsError("NotFoundException", f"Invalid arn {region}") from None


def of_ciphertext(call: Call, blob: bytes) -> Any:
    """The key that made a ciphertext. Raises `InvalidCiphertextException`, whose message is empty."""
    from moto.kms.models import kms_backends

    key_id = blob[:CIPHERTEXT_KEY_ID].decode("ascii", "replace")
    for account in [call.account, *kms_backends]:
        key = keys(call, account).get(key_id)
        if key is not None:
            return key
    raise AwsError("InvalidCiphertextException", "")


def material(key: Any) -> str:
    """A stable stand-in for `CurrentKeyMaterialId`: 64 hex digits, for symmetric encryption keys."""
    return hashlib.sha256(f"material of {key.id}".encode()).hexdigest()


@BEHAVIOUR.gate("kms")
def _resolve(call: Call) -> Answer | None:
    names = KEY_PARAMETERS.get(call.operation, ("KeyId",))
    found = {}
    for name in names:
        text = call.params.get(name)
        if text is not None:
            found[name] = find(call, str(text), aliases=call.operation in TAKE_ALIASES)
    if call.operation in ("Decrypt", "ReEncrypt"):
        name = "KeyId" if call.operation == "Decrypt" else "SourceKeyId"
        made_by = of_ciphertext(call, call.params.get("CiphertextBlob") or b"")
        if name in found and found[name] is not made_by:
            raise AwsError(
                "IncorrectKeyException",
                "The key ID in the request does not identify a CMK that can perform this operation.",
            )
        found[name] = made_by
    call.notes["keys"] = [found[name] for name in names if name in found]
    for key in call.notes["keys"]:
        _check_use(call, key)
    if call.notes["keys"]:
        key = call.notes["keys"][0]
        call.rewrite(**{name: key.id for name, key in found.items() if name in call.params})
        call.notes["key_arn"] = key.arn
        call.notes["kms_resources"] = [each.arn for each in call.notes["keys"]]
        call.notes["material"] = material(key)
        if call.operation not in KEY_PARAMETERS:
            call.account = key.account_id
    return None


def _check_use(call: Call, key: Any) -> None:
    wanted = USES.get(call.operation)
    if wanted and key.key_usage != wanted:
        raise AwsError(
            "InvalidKeyUsageException",
            f"{key.arn} key usage is {key.key_usage} which is not valid for {call.operation}.",
        )


@BEHAVIOUR.after("kms")
def _shape(call: Call, answer: Answer) -> Answer:
    if answer.body == b"null":
        answer.body = b""
    return answer


@BEHAVIOUR.after("kms", "CreateKey")
def _note_the_new_key(call: Call, answer: Answer) -> Answer:
    call.notes["kms_resources"] = [answer.json()["KeyMetadata"]["Arn"]]
    return answer


@BEHAVIOUR.after("kms", "GetKeyPolicy")
def _policy_name(call: Call, answer: Answer) -> Answer:
    answer.body = json.dumps({**answer.json(), "PolicyName": "default"}).encode()
    return answer


@BEHAVIOUR.patch("moto.kms.models:Key.to_dict", "self")
def _metadata(original: Callable[[Any], dict[str, Any]], key: Any) -> dict[str, Any]:
    told = {name: value for name, value in original(key)["KeyMetadata"].items() if value is not None}
    told["MultiRegion"] = bool(told.get("MultiRegion"))
    if key.key_usage == "GENERATE_VERIFY_MAC":
        told.pop("EncryptionAlgorithms", None)
        told.pop("SigningAlgorithms", None)
        told["MacAlgorithms"] = [key.key_spec.replace("HMAC_", "HMAC_SHA_")]
    if key.key_spec == "SYMMETRIC_DEFAULT" and key.origin == "AWS_KMS":
        told["CurrentKeyMaterialId"] = material(key)
    return {"KeyMetadata": told}


@BEHAVIOUR.patch(
    "moto.kms.models:Key.__init__",
    "self, policy, key_usage, key_spec, description, account_id, region, multi_region, origin",
)
def _defaults(original: Callable[..., None], key: Any, *args: Any, **kwargs: Any) -> None:
    original(key, *args, **kwargs)
    key.key_usage = key.key_usage or "ENCRYPT_DECRYPT"
    key.arn = f"arn:{PARTITION}:kms:{key.region}:{key.account_id}:key/{key.id}"


@BEHAVIOUR.patch("moto.kms.utils:_serialize_encryption_context", "encryption_context")
def _unambiguous_context(original: Callable[..., bytes], encryption_context: dict[str, str]) -> bytes:
    """moto joins names and values without a mark between, so that {"ab": "c"} opens what {"a": "bc"} closed."""
    return json.dumps(encryption_context or {}, sort_keys=True).encode()
