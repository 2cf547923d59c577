"""Questions about SSE-KMS."""

from __future__ import annotations

import functools
import hashlib
from typing import Any

from tests.embedded.question import code, normalized, outcome, question
from tests.embedded.questions.steps import error_elements, public_object, put_object, shown_encryption, stored_object
from tests.embedded.world import World

ENCRYPTION = "s3 encryption"
ABSENT = "134f2428-cec1-4b25-a1ae-9048164dba47"


V4 = "Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4."


UNDER_KEY = "aws:kms <key ARN>"


def _named(world: World, key: str, form: str) -> str:
    if form == "alias":
        name = f"alias/parity-{key.rpartition('/')[2]}"
        world.kms.create_alias(AliasName=name, TargetKeyId=key)
        world.keep(world.kms.delete_alias, AliasName=name)
        return name
    return key.rpartition("/")[2] if form == "id" else key


def _put_and_read(world: World, form: str) -> str:
    bucket, key = world.bucket(), world.key()
    stored = shown_encryption(put_object(world, bucket, _named(world, key, form)))
    return f"{stored}, {shown_encryption(world.s3.get_object(Bucket=bucket, Key='clock.png'))}"


for _form, _row in (("id", "S3-02"), ("ARN", "S3-02"), ("alias", "S3-10")):
    question("S3", f"PutObject with a key's {_form}", _row, f"{UNDER_KEY}, {UNDER_KEY}", ENCRYPTION)(
        functools.partial(_put_and_read, form=_form)
    )


@question("S3", "HeadObject of it", "S3-04", UNDER_KEY, ENCRYPTION)
def _(world: World) -> str:
    bucket, _key = stored_object(world)
    return shown_encryption(world.s3.head_object(Bucket=bucket, Key="clock.png"))


@question("S3", "its ETag", "S3-03", "not the MD5", ENCRYPTION)
def _(world: World) -> str:
    bucket, _key = stored_object(world)
    etag = world.s3.head_object(Bucket=bucket, Key="clock.png")["ETag"].strip('"')
    return "the MD5" if etag == hashlib.md5(b"clock", usedforsecurity=False).hexdigest() else "not the MD5"


@question("S3", "CopyObject onto SSE-KMS with a bucket key", "S3-05", f"{UNDER_KEY} True", ENCRYPTION)
def _(world: World) -> str:
    bucket, key = world.bucket(), world.key()
    put_object(world, bucket)
    source = {"Bucket": bucket, "Key": "clock.png"}
    how = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key, "BucketKeyEnabled": True}
    world.s3.copy_object(Bucket=bucket, Key="copy.png", CopySource=source, **how)
    return shown_encryption(world.s3.get_object(Bucket=bucket, Key="copy.png"))


@question("S3", "SSE-KMS without a key", "S3-06", "aws:kms, alias/aws/s3, the same twice", ENCRYPTION)
def _(world: World) -> str:
    answers = [put_object(world, world.bucket(), ServerSideEncryption="aws:kms") for _ in range(2)]
    arns = {answer.get("SSEKMSKeyId") for answer in answers}
    managed = world.kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["Arn"]
    same = "the same twice" if len(arns) == 1 else "two keys"
    return f"{answers[0].get('ServerSideEncryption')}, {'alias/aws/s3' if managed in arns else arns}, {same}"


@question("S3", "a bucket default of SSE-KMS", "S3-07", f"{UNDER_KEY}, stored as sent", ENCRYPTION)
def _(world: World) -> str:
    bucket, key = world.bucket(), world.key().rpartition("/")[2]
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": default}]}
    world.s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=rules)
    settings = world.s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
    stored = settings["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"]
    return f"{shown_encryption(put_object(world, bucket))}, {'stored as sent' if stored == key else stored}"


@question(
    "S3",
    "PutBucketEncryption with an absent key",
    "S3-11",
    "served, KMS.NotFoundException 400",
    ENCRYPTION,
)
def _(world: World) -> str:
    bucket = world.bucket()
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": ABSENT}
    rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": default}]}
    change = code(lambda: world.s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=rules))
    return f"{change}, {code(lambda: put_object(world, bucket))}"


def _refused(world: World, operation: str, state: str) -> str:
    bucket, key = stored_object(world)
    short = key.rpartition("/")[2]
    world.disable(short)
    if state == "PendingDeletion":
        world.kms.schedule_key_deletion(KeyId=short, PendingWindowInDays=7)
    source = {"Bucket": bucket, "Key": "clock.png"}
    if operation == "PutObjectAcl":
        world.opened(bucket)
    calls = {
        "GetObject": lambda: world.s3.get_object(Bucket=bucket, Key="clock.png"),
        "PutObject": lambda: put_object(world, bucket, key),
        "CopyObject": lambda: world.s3.copy_object(Bucket=bucket, Key="copy.png", CopySource=source),
        "HeadObject": lambda: world.s3.head_object(Bucket=bucket, Key="clock.png"),
        "PutObjectAcl": lambda: world.s3.put_object_acl(Bucket=bucket, Key="clock.png", ACL="public-read"),
    }
    return world.until(lambda: outcome(calls[operation]), lambda seen: seen != "served" or operation in UNTOUCHED)


UNTOUCHED = ("HeadObject", "PutObjectAcl")
DISABLED = "KMS.DisabledException 400: <key ARN> is disabled."
PENDING = "KMS.KMSInvalidStateException 400: <key ARN> is pending deletion."


for _operation, _state, _answer, _row in (
    ("GetObject", "Disabled", DISABLED, "S3-21"),
    ("PutObject", "Disabled", DISABLED, "S3-21"),
    ("GetObject", "PendingDeletion", PENDING, "S3-22"),
    ("PutObject", "PendingDeletion", PENDING, "S3-20, S3-22"),
    ("CopyObject", "Disabled", DISABLED, "S3-23"),
    ("HeadObject", "Disabled", "served", "S3-37"),
    ("PutObjectAcl", "Disabled", "served", "S3-81"),
):
    question("S3", f"{_operation}, key {_state}", _row, _answer, ENCRYPTION)(
        functools.partial(_refused, operation=_operation, state=_state)
    )


for _text, _answer, _row in (
    ("fake-key-id", "KMS.NotFoundException 400: Invalid keyId 'fake-key-id'", "S3-24"),
    (ABSENT, "KMS.NotFoundException 400: Key '<key ARN>' does not exist", "S3-25"),
):

    @question("S3", f"PutObject under {_text}", _row, _answer, ENCRYPTION)
    def _(world: World, key: str = _text) -> str:
        return outcome(lambda: put_object(world, world.bucket(), key))


@question("S3", "PutObject under a key of another region", "S3-26", "KMS.NotFoundException 400", ENCRYPTION)
def _(world: World) -> str:
    return code(lambda: put_object(world, world.bucket(), f"arn:aws:kms:eu-west-1:{world.account}:key/{ABSENT}"))


@question("S3", "PutObject under an absent alias", "S3-27", "KMS.NotFoundException 400", ENCRYPTION)
def _(world: World) -> str:
    return code(lambda: put_object(world, world.bucket(), "alias/nobody-made-this"))


@question("S3", "CreateMultipartUpload under an absent key", "S3-25", "KMS.NotFoundException 400", ENCRYPTION)
def _(world: World) -> str:
    how = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": ABSENT}
    return code(lambda: world.s3.create_multipart_upload(Bucket=world.bucket(), Key="big", **how))


@question("S3", "PutObject under an asymmetric key", "S3-28", "KMS.InvalidKeyUsageException 400", ENCRYPTION)
def _(world: World) -> str:
    key = world.key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
    return code(lambda: put_object(world, world.bucket(), key))


@question(
    "S3",
    "GetObject without the right to decrypt",
    "S3-29",
    "AccessDenied 403, kms:Decrypt",
    ENCRYPTION,
    needs="iam:CreateRole",
)
def _(world: World) -> str:
    bucket, _key = stored_object(world)
    other = world.with_role({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    refused = outcome(lambda: other.s3.get_object(Bucket=bucket, Key="clock.png"))
    return f"{refused.partition(':')[0]}, {'kms:Decrypt' if 'kms:Decrypt on resource' in refused else refused}"


@question(
    "S3",
    "PutObject without the right to make data keys",
    "S3-29",
    "AccessDenied 403, kms:GenerateDataKey",
    ENCRYPTION,
    needs="iam:CreateRole",
)
def _(world: World) -> str:
    bucket, key = stored_object(world)
    other = world.with_role({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    refused = outcome(lambda: put_object(other, bucket, key))
    return f"{refused.partition(':')[0]}, {'kms:GenerateDataKey' if 'kms:GenerateDataKey' in refused else refused}"


@question("S3", "a key without aws:kms", "S3-30", "InvalidArgument 400", ENCRYPTION)
def _(world: World) -> str:
    return code(lambda: put_object(world, world.bucket(), ServerSideEncryption="AES256", SSEKMSKeyId=ABSENT))


@question("S3", "an algorithm that is none", "S3-30", "InvalidArgument 400", ENCRYPTION)
def _(world: World) -> str:
    return code(lambda: put_object(world, world.bucket(), ServerSideEncryption="rot13"))


@question("S3", "SSE headers on GET", "S3-31", "400", ENCRYPTION)
def _(world: World) -> str:
    bucket, _key = stored_object(world)
    client = world.client("s3", "s3v4")
    client.meta.events.register_first(
        "before-sign.s3.GetObject",
        lambda request, **_: request.headers.add_header("x-amz-server-side-encryption", "aws:kms"),
        "sse",
    )
    try:
        return code(lambda: client.get_object(Bucket=bucket, Key="clock.png")).rpartition(" ")[2]
    finally:
        client.meta.events.unregister("before-sign.s3.GetObject", unique_id="sse")


@question("S3", "UpdateObjectEncryption", "S3-13", f"AES256, served, {UNDER_KEY}", ENCRYPTION)
def _(world: World) -> str:
    bucket, key = world.bucket(), world.key()
    before = shown_encryption(put_object(world, bucket))
    wanted = {"SSEKMS": {"KMSKeyArn": key}}
    change = code(lambda: world.s3.update_object_encryption(Bucket=bucket, Key="clock.png", ObjectEncryption=wanted))
    return f"{before}, {change}, {shown_encryption(world.s3.head_object(Bucket=bucket, Key='clock.png'))}"


@question("S3", "unsigned GET of a public SSE-KMS object", "S3-46", f"400 InvalidArgument: {V4}", ENCRYPTION)
def _(world: World) -> str:
    return world.get(world.url(public_object(world, sse=True), "clock.png"))


@question("S3", "unsigned GET, public by bucket policy", "S3-46", f"400 InvalidArgument: {V4}", ENCRYPTION)
def _(world: World) -> str:
    return world.get(world.url(public_object(world, sse=True, policy=True), "clock.png"))


@question("S3", "unsigned GET of it, key disabled", "S3-48", f"400 InvalidArgument: {V4}", ENCRYPTION)
def _(world: World) -> str:
    bucket = public_object(world, sse=True)
    key = world.s3.head_object(Bucket=bucket, Key="clock.png")["SSEKMSKeyId"]
    world.disable(key)
    return world.get(world.url(bucket, "clock.png"))


@question("S3", "a SigV4 link to an SSE-KMS object", "S3-50", "200 clock", ENCRYPTION)
def _(world: World) -> str:
    bucket, _key = stored_object(world)
    return world.get(world.link(bucket, "clock.png"))


@question("S3", "a SigV2 link to it", "S3-49", f"400 InvalidArgument: {V4}", ENCRYPTION)
def _(world: World) -> str:
    bucket, _key = stored_object(world)
    return world.get(world.link(bucket, "clock.png", signature="s3"))


@question("S3", "SigV2 in a header, SSE-KMS object", "S3-49", f"InvalidArgument 400: {V4}", ENCRYPTION)
def _(world: World) -> str:
    bucket, _key = stored_object(world)
    return outcome(lambda: world.client("s3", "s3").get_object(Bucket=bucket, Key="clock.png"))


@question(
    "S3",
    "a SigV4 link, key disabled",
    "S3-51",
    "400 KMS.DisabledException: <key ARN> is disabled.",
    ENCRYPTION,
)
def _(world: World) -> str:
    bucket, key = stored_object(world)
    link = world.link(bucket, "clock.png")
    world.disable(key)
    return normalized(world.until(lambda: world.get(link), lambda seen: not seen.startswith("200")))


@question("S3", "a multipart upload under a key", "S3-12", f"{UNDER_KEY}, 6000000", ENCRYPTION)
def _(world: World) -> str:
    bucket, key = world.bucket(), world.key()
    how = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    upload = world.s3.create_multipart_upload(Bucket=bucket, Key="big", **how)["UploadId"]
    parts = []
    for number, size in ((1, 5 * 1024 * 1024), (2, 6_000_000 - 5 * 1024 * 1024)):
        named = {"Bucket": bucket, "Key": "big", "UploadId": upload, "PartNumber": number}
        parts.append({"PartNumber": number, "ETag": world.s3.upload_part(**named, Body=b"x" * size)["ETag"]})
    world.s3.complete_multipart_upload(Bucket=bucket, Key="big", UploadId=upload, MultipartUpload={"Parts": parts})
    head = world.s3.head_object(Bucket=bucket, Key="big")
    return f"{shown_encryption(head)}, {head['ContentLength']}"


@question("S3", "an upload's checksum", "S3-03", "a CRC32, FULL_OBJECT, FULL_OBJECT", ENCRYPTION)
def _(world: World) -> str:
    bucket, key = world.bucket(), world.key()
    stored = put_object(world, bucket, key)
    read = world.s3.get_object(Bucket=bucket, Key="clock.png", ChecksumMode="ENABLED")
    return f"a {'CRC32' if stored.get('ChecksumCRC32') else 'nothing'}, {_kind(stored)}, {_kind(read)}"


def _kind(answer: Any) -> str:
    return str(answer.get("ChecksumType"))


@question("S3", "SSE headers on HEAD", "S3-31", "400", ENCRYPTION)
def _(world: World) -> str:
    bucket, _key = stored_object(world)
    client = world.client("s3", "s3v4")
    client.meta.events.register_first(
        "before-sign.s3.HeadObject",
        lambda request, **_: request.headers.add_header("x-amz-server-side-encryption", "aws:kms"),
        "sse",
    )
    try:
        return code(lambda: client.head_object(Bucket=bucket, Key="clock.png")).rpartition(" ")[2]
    finally:
        client.meta.events.unregister("before-sign.s3.HeadObject", unique_id="sse")


@question(
    "S3",
    "PutObject under an absent key's ARN",
    "S3-25",
    "KMS.NotFoundException 400: Key '<key ARN>' does not exist",
    ENCRYPTION,
)
def _(world: World) -> str:
    arn = f"arn:aws:kms:{world.region}:{world.account}:key/134f2428-cec1-4b25-a1ae-9048164dba47"
    return outcome(lambda: put_object(world, world.bucket(), arn))


@question("S3", "PutObject under an HMAC key", "S3-28", "KMS.InvalidKeyUsageException 400", ENCRYPTION)
def _(world: World) -> str:
    key = world.key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    return code(lambda: put_object(world, world.bucket(), key))


@question("S3", "a bucket default that names an alias", "S3-10", UNDER_KEY, ENCRYPTION)
def _(world: World) -> str:
    bucket, key = world.bucket(), world.key()
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": _named(world, key, "alias")}
    rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": default}]}
    world.s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=rules)
    world.settle()
    return shown_encryption(put_object(world, bucket))


@question(
    "S3",
    "what the refusal of an unsigned GET names",
    "S3-46",
    "ArgumentName Authorization, ArgumentValue null, HostId, RequestId",
    ENCRYPTION,
)
def _(world: World) -> str:
    elements = error_elements(world.url(public_object(world, sse=True), "clock.png"))
    named = [f"{name} {elements.get(name)}" for name in ("ArgumentName", "ArgumentValue")]
    return ", ".join([*named, *sorted({"RequestId", "HostId"} & set(elements))])
