"""Questions about multi-Region keys, and about the parameters for importing key material."""

from __future__ import annotations

import re
from typing import Any

from tests.embedded.question import code, normalized, question
from tests.embedded.world import World

MULTI_REGION = "multi-region keys"
IMPORT = "import parameters"
ELSEWHERE = "us-west-2"


@question("KMS", "the id of a multi-Region key", "KMS-44", "mrk- and 32 hex digits, PRIMARY", MULTI_REGION)
def _(world: World) -> str:
    arn = world.key(MultiRegion=True)
    metadata = world.kms.describe_key(KeyId=arn)["KeyMetadata"]
    form = "mrk- and 32 hex digits" if re.fullmatch("mrk-[0-9a-f]{32}", arn.rpartition("/")[2]) else arn
    return f"{form}, {metadata['MultiRegionConfiguration']['MultiRegionKeyType']}"


@question("KMS", "a multi-Region key, by its id", "KMS-44", "b'p', disabled: DisabledException 400", MULTI_REGION)
def _(world: World) -> str:
    key = world.key(MultiRegion=True).rpartition("/")[2]
    blob = world.kms.encrypt(KeyId=key, Plaintext=b"p")["CiphertextBlob"]
    plaintext = world.kms.decrypt(CiphertextBlob=blob)["Plaintext"]
    world.kms.disable_key(KeyId=key)
    return f"{plaintext!r}, disabled: {code(lambda: world.kms.encrypt(KeyId=key, Plaintext=b'p'))}"


@question("KMS", "an object with a multi-Region key", "KMS-44, S3-04", "aws:kms, the same key", MULTI_REGION)
def _(world: World) -> str:
    key, bucket = world.key(MultiRegion=True), world.bucket()
    how = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key.rpartition("/")[2]}
    world.s3.put_object(Bucket=bucket, Key="a", Body=b"a", **how)
    head = world.s3.head_object(Bucket=bucket, Key="a")
    return f"{head['ServerSideEncryption']}, {'the same key' if head['SSEKMSKeyId'] == key else head['SSEKMSKeyId']}"


@question("KMS", "a replica", "KMS-130, KMS-131", "PRIMARY REPLICA, Disabled Enabled, b'p'", MULTI_REGION)
def _(world: World) -> str:
    key = world.key(MultiRegion=True).rpartition("/")[2]
    elsewhere = world.session.client("kms", region_name=ELSEWHERE, endpoint_url=world.endpoint)
    world.kms.replicate_key(KeyId=key, ReplicaRegion=ELSEWHERE)
    world.keep(elsewhere.schedule_key_deletion, KeyId=key, PendingWindowInDays=7)
    blob = world.kms.encrypt(KeyId=key, Plaintext=b"p")["CiphertextBlob"]
    world.kms.disable_key(KeyId=key)
    shown: list[dict[str, Any]] = [each.describe_key(KeyId=key)["KeyMetadata"] for each in (world.kms, elsewhere)]
    kinds = " ".join(each["MultiRegionConfiguration"]["MultiRegionKeyType"] for each in shown)
    states = " ".join(each["KeyState"] for each in shown)
    return f"{kinds}, {states}, {elsewhere.decrypt(CiphertextBlob=blob)['Plaintext']!r}"


@question("KMS", "a replica of a single-Region key", "KMS-130", "UnsupportedOperationException 400", MULTI_REGION)
def _(world: World) -> str:
    key = world.key()
    return code(lambda: world.kms.replicate_key(KeyId=key, ReplicaRegion=ELSEWHERE))


def _parameters(world: World, key: str) -> dict[str, Any]:
    how = {"WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"}
    found: dict[str, Any] = world.kms.get_parameters_for_import(KeyId=key, **how)
    return found


@question("KMS", "the parameters for an import", "KMS-133", "<key ARN>, RSA of 2048 bits, PendingImport", IMPORT)
def _(world: World) -> str:
    key = world.key(Origin="EXTERNAL")
    found = _parameters(world, key)
    state = world.kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"]
    # 294 bytes are the DER form of such a key.
    size = "RSA of 2048 bits" if len(found["PublicKey"]) == 294 and found["ImportToken"] else len(found["PublicKey"])
    return normalized(f"{found['KeyId']}, {size}, {state}")


@question("KMS", "an import into a key of KMS", "KMS-134", "UnsupportedOperationException 400", IMPORT)
def _(world: World) -> str:
    key = world.key()
    return code(lambda: _parameters(world, key))
