"""The keys that a request names, and their metadata.

Facts: KMS-04 to KMS-08, KMS-11, KMS-40 to KMS-42, KMS-44, KMS-167, KMS-169, MOTO-03, MOTO-04.
"""

from __future__ import annotations

import dataclasses
import datetime
import json
import re
from collections.abc import Callable
from typing import Any

from embedded.audit.records import EventDetails
from embedded.core.behaviours import Behaviour
from embedded.core.environment import ObjectState, moto_datetime
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.partition import partition
from embedded.core.request import ApiRequest, current_request
from embedded.services.kms.ciphertexts import key_id_of
from embedded.services.kms.key_material import MaterialsOfKeys
from embedded.services.kms.key_specs import ALGORITHM_MEMBERS, KEY_SPECS, algorithms_of

BEHAVIOUR = Behaviour("kms keys")

UUID = re.compile(r"(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.IGNORECASE)
KEY_ARN = re.compile(r"arn:aws(?:-[a-z]+)*:kms:[a-z0-9-]+:(\d{12}):.+")
KEY_PARAMETERS = {
    "CreateAlias": ("TargetKeyId",),
    "UpdateAlias": ("TargetKeyId",),
    "ReEncrypt": ("SourceKeyId", "DestinationKeyId"),
}
USAGES = {
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
    "DeriveSharedSecret": "KEY_AGREEMENT",
}
ACCEPT_ALIASES = {*USAGES, "DescribeKey", "GetPublicKey"}


@dataclasses.dataclass
class KmsContext:
    """The keys that a request names (moto's objects), in the order of its parameters."""

    keys: list[Any] = dataclasses.field(default_factory=list)

    @property
    def key(self) -> Any:
        """The first key. Raises `IndexError` if the request names none."""
        return self.keys[0]


def find_key(request: ApiRequest, text: str, *, aliases: bool = True, account: str = "") -> Any:
    """Return moto's key for an id, an ARN or an alias, by default in the request's account.

    Raises `AwsError` with AWS's message for a key that does not exist, or a form that AWS does not accept.
    """
    account, region, name = account or request.account, request.region, text
    if text.startswith("arn:"):
        parts = text.split(":", 5)
        if len(parts) < 6 or parts[2] != "kms":
            raise AwsError("InvalidArnException", f"Invalid arn {text}")
        region, account, name = parts[3], parts[4], parts[5].removeprefix("key/")
        if region != request.region:
            raise AwsError("NotFoundException", f"Invalid arn {region}")
    if name.startswith("alias/"):
        if not aliases:
            raise AwsError("NotFoundException", f"Invalid keyId '{text}'")
        return _find_by_alias(request, account, name)
    if not UUID.fullmatch(name):
        raise AwsError("NotFoundException", f"Invalid keyId '{text}'")
    key = keys_of(request, account).get(name)
    if key is None:
        arn = request.arn("kms", f"key/{name}", account=account)
        raise AwsError("NotFoundException", f"Key '{arn}' does not exist")
    return key


class ReplicaDeletions(ObjectState[int]):
    """The waiting periods, in days, of primary keys (moto's objects) that wait for the deletion of their replicas."""


def keys_of(request: ApiRequest, account: str) -> dict[str, Any]:
    """Return the keys of an account in the request's Region by id. Keys whose waiting period is over are deleted."""
    backend = kms_backend(account, request.region)
    for key in list(backend.keys.values()):
        for each in (*replicas_of(key), key) if key.key_state == "PendingReplicaDeletion" else (key,):
            _delete_if_due(request, each)
    found: dict[str, Any] = backend.keys
    return found


def _delete_if_due(request: ApiRequest, key: Any) -> None:
    due = key.deletion_date
    if key.key_state != "PendingDeletion" or due is None or due > moto_datetime(request.aws.now()):
        return
    kms_backend(key.account_id, key.region).delete_key(key.id)
    if not key.multi_region:
        return
    primary, configuration = primary_of(key), key.multi_region_configuration
    configuration["ReplicaKeys"] = [each for each in configuration["ReplicaKeys"] if each["Arn"] != key.arn]
    if primary.key_state == "PendingReplicaDeletion" and not configuration["ReplicaKeys"]:
        # Its own waiting period begins when the last replica is deleted (KMS-167).
        days = request.aws.state(ReplicaDeletions).pop(primary, 0)
        primary.key_state, primary.deletion_date = "PendingDeletion", due + datetime.timedelta(days=days)


def replicas_of(key: Any) -> list[Any]:
    """Return the replicas (moto's objects) of a multi-Region primary key; none of another key."""
    configuration = key.multi_region_configuration if key.multi_region else None
    if configuration is None or configuration["PrimaryKey"]["Arn"] != key.arn:
        return []
    keys = (kms_backend(key.account_id, each["Region"]).keys.get(key.id) for each in configuration["ReplicaKeys"])
    return [each for each in keys if each is not None]


def primary_of(key: Any) -> Any:
    """Return the primary (moto's object) of a replica, and any other key itself."""
    if not key.multi_region:
        return key
    region = key.multi_region_configuration["PrimaryKey"]["Region"]
    return kms_backend(key.account_id, region).keys.get(key.id, key)


def kms_backend(account: str, region: str) -> Any:
    """Return moto's KMS of an account and Region. Raises `AwsError` for an unknown Region."""
    from moto.kms.models import kms_backends

    try:
        return kms_backends[account][region]
    except KeyError:
        raise AwsError("NotFoundException", f"Invalid arn {region}") from None


def _find_by_alias(request: ApiRequest, account: str, name: str) -> Any:
    key_id = kms_backend(account, request.region).get_key_id_from_alias(name)
    if key_id is None:
        alias = request.arn("kms", name, account=account)
        raise AwsError("NotFoundException", f"Alias {alias} is not found.")
    return keys_of(request, account)[key_id]


def _key_of_ciphertext(request: ApiRequest, blob: bytes) -> Any:
    """Return the key of any account that made a ciphertext. Raises `InvalidCiphertextException` without a message."""
    from moto.kms.models import kms_backends

    key_id = key_id_of(blob)
    for account in [request.account, *kms_backends]:
        if key_id in kms_backend(account, request.region).keys and key_id in keys_of(request, account):
            return keys_of(request, account)[key_id]
    raise AwsError("InvalidCiphertextException", "")


@BEHAVIOUR.uses_state("kms")
def _keys_accounts(request: ApiRequest) -> list[tuple[str, str]]:
    names = KEY_PARAMETERS.get(request.operation, ("KeyId",))
    arns = (KEY_ARN.fullmatch(str(request.params.get(name))) for name in names)
    return [(arn[1], "kms") for arn in arns if arn]


@BEHAVIOUR.resolve("kms")
def _resolve(request: ApiRequest) -> None:
    names = KEY_PARAMETERS.get(request.operation, ("KeyId",))
    found = {}
    for name in names:
        text = request.params.get(name)
        if text is not None:
            found[name] = find_key(request, str(text), aliases=request.operation in ACCEPT_ALIASES)
    if request.operation in ("Decrypt", "ReEncrypt"):
        name = "KeyId" if request.operation == "Decrypt" else "SourceKeyId"
        asymmetric = name in found and not KEY_SPECS[found[name].key_spec].is_secret
        blob = request.params.get("CiphertextBlob") or b""
        made_by = found[name] if asymmetric else _key_of_ciphertext(request, blob)
        if name in found and found[name] is not made_by:
            raise AwsError(
                "IncorrectKeyException",
                "The key ID in the request does not identify a CMK that can perform this operation.",
            )
        found[name] = made_by
    if found:
        request.override(**{name: key.id for name, key in found.items() if name in request.params})
        _use_keys(request, [found[name] for name in names if name in found])


def _use_keys(request: ApiRequest, keys: list[Any]) -> None:
    request.context(KmsContext).keys = keys
    for key in keys:
        _check_usage(request, key)
    details = request.context(EventDetails)
    details.key_arns = tuple(key.arn for key in keys)
    details.key_arn, details.key_material = keys[0].arn, request.aws.state(MaterialsOfKeys).current_id(keys[0])
    if request.operation not in KEY_PARAMETERS:
        request.account = keys[0].account_id


def _check_usage(request: ApiRequest, key: Any) -> None:
    wanted = USAGES.get(request.operation)
    if wanted and key.key_usage != wanted:
        raise invalid_usage(request.operation, key)


def invalid_usage(operation: str, key: Any) -> AwsError:
    """Return KMS's error for an operation that a key of this usage does not support."""
    message = f"{key.arn} key usage is {key.key_usage} which is not valid for {operation}."
    return AwsError("InvalidKeyUsageException", message)


@BEHAVIOUR.modify_response("kms")
def _empty_body(request: ApiRequest, response: HttpResponse) -> HttpResponse:
    if response.body == b"null":
        response.body = b""
    return response


@BEHAVIOUR.modify_response("kms", "CreateKey")
def _record_new_key(request: ApiRequest, response: HttpResponse) -> HttpResponse:
    request.context(EventDetails).key_arns = (response.json()["KeyMetadata"]["Arn"],)
    return response


@BEHAVIOUR.resolve("kms", "GetKeyPolicy", "PutKeyPolicy")
def _default_policy_name(request: ApiRequest) -> None:
    """Mean the only policy that there is where none is named (KMS-169)."""
    if request.params.get("PolicyName") is None:
        request.override(PolicyName="default")


@BEHAVIOUR.modify_response("kms", "GetKeyPolicy")
def _add_policy_name(request: ApiRequest, response: HttpResponse) -> HttpResponse:
    response.body = json.dumps({**response.json(), "PolicyName": "default"}).encode()
    return response


@BEHAVIOUR.patch("moto.kms.models:Key.to_dict", "self")
def _metadata(original: Callable[[Any], dict[str, Any]], key: Any) -> dict[str, Any]:
    metadata = {name: value for name, value in original(key)["KeyMetadata"].items() if value is not None}
    request = current_request()
    metadata["MultiRegion"] = bool(metadata.get("MultiRegion"))
    if key.multi_region:
        # A primary and its replicas share one configuration (KMS-131).
        kind = "PRIMARY" if key.arn == key.multi_region_configuration["PrimaryKey"]["Arn"] else "REPLICA"
        metadata["MultiRegionConfiguration"] = {**key.multi_region_configuration, "MultiRegionKeyType": kind}
    for member in ALGORITHM_MEMBERS.values():
        metadata.pop(member, None)
    metadata[ALGORITHM_MEMBERS[key.key_usage]] = list(algorithms_of(key))
    if request is not None:
        metadata |= _material_metadata(request, key)
        window = request.aws.state(ReplicaDeletions).get(key)
        metadata |= {"PendingDeletionWindowInDays": window} if window else {}
    return {"KeyMetadata": metadata}


def _material_metadata(request: ApiRequest, key: Any) -> dict[str, Any]:
    """Return what the metadata of a key says of its material."""
    materials = request.aws.state(MaterialsOfKeys)
    current, current_id = materials.of(key).current, materials.current_id(key)
    shown: dict[str, Any] = {"CurrentKeyMaterialId": current_id} if current_id else {}
    if current is not None and current.present and current.expiration_model:
        shown["ExpirationModel"] = current.expiration_model
        if current.expires:
            shown["ValidTo"] = current.expires
    return shown


@BEHAVIOUR.patch(
    "moto.kms.models:Key.__init__",
    "self, policy, key_usage, key_spec, description, account_id, region, multi_region, origin",
)
def _defaults(original: Callable[..., None], key: Any, *args: Any, **kwargs: Any) -> None:
    original(key, *args, **kwargs)
    key.key_usage = key.key_usage or "ENCRYPT_DECRYPT"
    key.arn = f"arn:{partition()}:kms:{key.region}:{key.account_id}:key/{key.id}"


@BEHAVIOUR.patch("moto.kms.models:generate_private_key", "key_spec")
def _no_key_pair(original: Callable[[str], Any], key_spec: str) -> None:
    """Skip the RSA key pair that moto makes for every key: it takes 30 ms, and key material is kept elsewhere."""
