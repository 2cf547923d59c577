"""Questions about S3: `aws-behaviour.md` §2, §3 and §4."""

from __future__ import annotations

import functools
import hashlib
import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any
from xml.etree import ElementTree

from tests.embedded.question import code, normalized, outcome, question
from tests.embedded.world import World

ENCRYPTION, ACCESS, BUCKETS, SIGNED = "s3 encryption", "s3 access", "s3 buckets", "signatures"
ABSENT = "134f2428-cec1-4b25-a1ae-9048164dba47"
V4 = "Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4."
DENIED = "403 AccessDenied: Access Denied"


def _put(world: World, bucket: str, key: str = "", name: str = "clock.png", **how: Any) -> Any:
    sse = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}
    return world.s3.put_object(Bucket=bucket, Key=name, Body=b"clock", **{**sse, **how})


def _stored(world: World, **how: Any) -> tuple[str, str]:
    """A bucket with an object in it under a key of its own, and the key's ARN."""
    bucket, key = world.bucket(), world.key()
    _put(world, bucket, key, **how)
    return bucket, key


def _sse(answer: Any) -> str:
    shown = [answer.get("ServerSideEncryption"), normalized(answer.get("SSEKMSKeyId")), answer.get("BucketKeyEnabled")]
    return " ".join(str(each) for each in shown if each not in (None, "None"))


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
    stored = _sse(_put(world, bucket, _named(world, key, form)))
    return f"{stored}, {_sse(world.s3.get_object(Bucket=bucket, Key='clock.png'))}"


for _form, _row in (("id", "PutObject + key id"), ("ARN", "PutObject + key id"), ("alias", "alias given as key id")):
    question("S3", f"PutObject with a key's {_form}", f"§2.1 {_row}", f"{UNDER_KEY}, {UNDER_KEY}", ENCRYPTION)(
        functools.partial(_put_and_read, form=_form)
    )


@question("S3", "HeadObject of it", "§2.1 HeadObject", UNDER_KEY, ENCRYPTION)
def _(world: World) -> str:
    bucket, _key = _stored(world)
    return _sse(world.s3.head_object(Bucket=bucket, Key="clock.png"))


@question("S3", "its ETag", "§2.1 ETag", "not the MD5", ENCRYPTION)
def _(world: World) -> str:
    bucket, _key = _stored(world)
    etag = world.s3.head_object(Bucket=bucket, Key="clock.png")["ETag"].strip('"')
    return "the MD5" if etag == hashlib.md5(b"clock", usedforsecurity=False).hexdigest() else "not the MD5"


@question("S3", "CopyObject onto SSE-KMS with a bucket key", "§2.1 CopyObject", f"{UNDER_KEY} True", ENCRYPTION)
def _(world: World) -> str:
    bucket, key = world.bucket(), world.key()
    _put(world, bucket)
    source = {"Bucket": bucket, "Key": "clock.png"}
    how = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key, "BucketKeyEnabled": True}
    world.s3.copy_object(Bucket=bucket, Key="copy.png", CopySource=source, **how)
    return _sse(world.s3.get_object(Bucket=bucket, Key="copy.png"))


@question("S3", "SSE-KMS without a key", "§2.1 no key id", "aws:kms, alias/aws/s3, the same twice", ENCRYPTION)
def _(world: World) -> str:
    answers = [_put(world, world.bucket(), ServerSideEncryption="aws:kms") for _ in range(2)]
    arns = {answer.get("SSEKMSKeyId") for answer in answers}
    managed = world.kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["Arn"]
    same = "the same twice" if len(arns) == 1 else "two keys"
    return f"{answers[0].get('ServerSideEncryption')}, {'alias/aws/s3' if managed in arns else arns}, {same}"


@question("S3", "a bucket default of SSE-KMS", "§2.1 bucket default", f"{UNDER_KEY}, stored as sent", ENCRYPTION)
def _(world: World) -> str:
    bucket, key = world.bucket(), world.key().rpartition("/")[2]
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": default}]}
    world.s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=rules)
    settings = world.s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
    stored = settings["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"]
    return f"{_sse(_put(world, bucket))}, {'stored as sent' if stored == key else stored}"


@question("S3", "a new bucket's default encryption", "§2.1 default", "AES256 False", BUCKETS)
def _(world: World) -> str:
    rules = world.s3.get_bucket_encryption(Bucket=world.bucket())["ServerSideEncryptionConfiguration"]["Rules"]
    return f"{rules[0]['ApplyServerSideEncryptionByDefault']['SSEAlgorithm']} {rules[0]['BucketKeyEnabled']}"


@question("S3", "an upload without encryption", "§2.1 no SSE header", "AES256, AES256", BUCKETS)
def _(world: World) -> str:
    bucket = world.bucket()
    return f"{_sse(_put(world, bucket))}, {_sse(world.s3.head_object(Bucket=bucket, Key='clock.png'))}"


@question(
    "S3",
    "PutBucketEncryption with an absent key",
    "§2.1 not validated",
    "served, KMS.NotFoundException 400",
    ENCRYPTION,
)
def _(world: World) -> str:
    bucket = world.bucket()
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": ABSENT}
    rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": default}]}
    change = code(lambda: world.s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=rules))
    return f"{change}, {code(lambda: _put(world, bucket))}"


def _refused(world: World, operation: str, state: str) -> str:
    bucket, key = _stored(world)
    short = key.rpartition("/")[2]
    world.disable(short)
    if state == "PendingDeletion":
        world.kms.schedule_key_deletion(KeyId=short, PendingWindowInDays=7)
    source = {"Bucket": bucket, "Key": "clock.png"}
    calls = {
        "GetObject": lambda: world.s3.get_object(Bucket=bucket, Key="clock.png"),
        "PutObject": lambda: _put(world, bucket, key),
        "CopyObject": lambda: world.s3.copy_object(Bucket=bucket, Key="copy.png", CopySource=source),
        "HeadObject": lambda: world.s3.head_object(Bucket=bucket, Key="clock.png"),
        "PutObjectAcl": lambda: (
            world.opened(bucket),
            world.s3.put_object_acl(Bucket=bucket, Key="clock.png", ACL="public-read"),
        ),
    }
    return world.until(lambda: outcome(calls[operation]), lambda seen: seen != "served" or operation in UNTOUCHED)


UNTOUCHED = ("HeadObject", "PutObjectAcl")
DISABLED = "KMS.DisabledException 400: <key ARN> is disabled."
PENDING = "KMS.KMSInvalidStateException 400: <key ARN> is pending deletion."
for _operation, _state, _answer, _row in (
    ("GetObject", "Disabled", DISABLED, "§2.2 row 1"),
    ("PutObject", "Disabled", DISABLED, "§2.2 row 1"),
    ("GetObject", "PendingDeletion", PENDING, "§2.2 row 2"),
    ("PutObject", "PendingDeletion", PENDING, "§2.2 prefix rule"),
    ("CopyObject", "Disabled", DISABLED, "§2.2 CopyObject"),
    ("HeadObject", "Disabled", "served", "§2.3"),
    ("PutObjectAcl", "Disabled", "served", "§4 PutObjectAcl needs KMS?"),
):
    question("S3", f"{_operation}, key {_state}", _row, _answer, ENCRYPTION)(
        functools.partial(_refused, operation=_operation, state=_state)
    )


for _text, _answer, _row in (
    ("fake-key-id", "KMS.NotFoundException 400: Invalid keyId 'fake-key-id'", "§2.2 non-uuid id"),
    (ABSENT, "KMS.NotFoundException 400: Key '<key ARN>' does not exist", "§2.2 absent id"),
):
    question("S3", f"PutObject under {_text}", _row, _answer, ENCRYPTION)(
        lambda world, text=_text: outcome(lambda: _put(world, world.bucket(), text))
    )


@question("S3", "PutObject under a key of another region", "§2.2", "KMS.NotFoundException 400", ENCRYPTION)
def _(world: World) -> str:
    return code(lambda: _put(world, world.bucket(), f"arn:aws:kms:eu-west-1:{world.account}:key/{ABSENT}"))


@question("S3", "PutObject under an absent alias", "§2.2 absent alias", "KMS.NotFoundException 400", ENCRYPTION)
def _(world: World) -> str:
    return code(lambda: _put(world, world.bucket(), "alias/nobody-made-this"))


@question("S3", "CreateMultipartUpload under an absent key", "§2.2", "KMS.NotFoundException 400", ENCRYPTION)
def _(world: World) -> str:
    how = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": ABSENT}
    return code(lambda: world.s3.create_multipart_upload(Bucket=world.bucket(), Key="big", **how))


@question("S3", "PutObject under an asymmetric key", "§2.2", "KMS.InvalidKeyUsageException 400", ENCRYPTION)
def _(world: World) -> str:
    key = world.key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
    return code(lambda: _put(world, world.bucket(), key))


@question(
    "S3",
    "GetObject without the right to decrypt",
    "§2.2 caller lacks",
    "AccessDenied 403, kms:Decrypt",
    ENCRYPTION,
    needs="iam:CreateRole",
)
def _(world: World) -> str:
    bucket, _key = _stored(world)
    other = world.with_role({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    refused = outcome(lambda: other.s3.get_object(Bucket=bucket, Key="clock.png"))
    return f"{refused.partition(':')[0]}, {'kms:Decrypt' if 'kms:Decrypt on resource' in refused else refused}"


@question(
    "S3",
    "PutObject without the right to make data keys",
    "§2.2",
    "AccessDenied 403, kms:GenerateDataKey",
    ENCRYPTION,
    needs="iam:CreateRole",
)
def _(world: World) -> str:
    bucket, key = _stored(world)
    other = world.with_role({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    refused = outcome(lambda: _put(other, bucket, key))
    return f"{refused.partition(':')[0]}, {'kms:GenerateDataKey' if 'kms:GenerateDataKey' in refused else refused}"


@question("S3", "a key without aws:kms", "§2.2 key id header", "InvalidArgument 400", ENCRYPTION)
def _(world: World) -> str:
    return code(lambda: _put(world, world.bucket(), ServerSideEncryption="AES256", SSEKMSKeyId=ABSENT))


@question("S3", "an algorithm that is none", "moto-gaps §3", "InvalidArgument 400", ENCRYPTION)
def _(world: World) -> str:
    return code(lambda: _put(world, world.bucket(), ServerSideEncryption="rot13"))


@question("S3", "SSE headers on GET", "§2.2 SSE request headers", "400", ENCRYPTION)
def _(world: World) -> str:
    bucket, _key = _stored(world)
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


@question("S3", "UpdateObjectEncryption", "§2.4 UpdateObjectEncryption", f"AES256, served, {UNDER_KEY}", ENCRYPTION)
def _(world: World) -> str:
    bucket, key = world.bucket(), world.key()
    before = _sse(_put(world, bucket))
    wanted = {"SSEKMS": {"KMSKeyArn": key}}
    change = code(lambda: world.s3.update_object_encryption(Bucket=bucket, Key="clock.png", ObjectEncryption=wanted))
    return f"{before}, {change}, {_sse(world.s3.head_object(Bucket=bucket, Key='clock.png'))}"


def _customer_key() -> dict[str, str]:
    return {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k" * 32}


@question("S3", "SSE-C in a new bucket", "moto-gaps §3 SSE-C", "AccessDenied 403", "s3 customer keys")
def _(world: World) -> str:
    return code(lambda: _put(world, world.bucket(), **_customer_key()))


@question(
    "S3", "SSE-C where it is allowed, read without the key", "moto-gaps §3", "served, 400, served", "s3 customer keys"
)
def _(world: World) -> str:
    bucket = world.bucket()
    rule = {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
        "BlockedEncryptionTypes": {"EncryptionType": ["NONE"]},
    }
    world.s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    stored = code(lambda: _put(world, bucket, **_customer_key()))
    without = code(lambda: world.s3.get_object(Bucket=bucket, Key="clock.png")).rpartition(" ")[2]
    return (
        f"{stored}, {without}, {code(lambda: world.s3.get_object(Bucket=bucket, Key='clock.png', **_customer_key()))}"
    )


# §3: unsigned, SigV2, presigned


def _public(world: World, sse: bool, policy: bool = False) -> str:
    bucket = world.bucket()
    world.opened(bucket)
    _put(world, bucket, world.key() if sse else "", **({} if policy else {"ACL": "public-read"}))
    if policy:
        statement = {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": f"arn:aws:s3:::{bucket}/*",
        }
        world.s3.put_bucket_policy(
            Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        )
        world.settle()
    return bucket


@question("S3", "unsigned GET of a private SSE-KMS object", "§3 (a)", DENIED, ACCESS)
def _(world: World) -> str:
    bucket, _key = _stored(world)
    return world.get(world.url(bucket, "clock.png"))


@question("S3", "unsigned GET of a public SSE-KMS object", "§3 (b)", f"400 InvalidArgument: {V4}", ENCRYPTION)
def _(world: World) -> str:
    return world.get(world.url(_public(world, sse=True), "clock.png"))


@question("S3", "unsigned GET, public by bucket policy", "§3 (b)", f"400 InvalidArgument: {V4}", ENCRYPTION)
def _(world: World) -> str:
    return world.get(world.url(_public(world, sse=True, policy=True), "clock.png"))


@question("S3", "unsigned GET of it, key disabled", "§3 order of checks", f"400 InvalidArgument: {V4}", ENCRYPTION)
def _(world: World) -> str:
    bucket = _public(world, sse=True)
    key = world.s3.head_object(Bucket=bucket, Key="clock.png")["SSEKMSKeyId"]
    world.disable(key)
    return world.get(world.url(bucket, "clock.png"))


@question("S3", "unsigned GET of a public SSE-S3 object", "§3 SSE-S3", "200 clock", ACCESS)
def _(world: World) -> str:
    return world.get(world.url(_public(world, sse=False), "clock.png"))


@question("S3", "unsigned HEAD of a private object", "§3 unsigned HEAD", "403", ACCESS)
def _(world: World) -> str:
    bucket, _key = _stored(world)
    return world.get(world.url(bucket, "clock.png"), "HEAD")


for _what, _path in (("a list", ""), ("a missing object", "nothing.png")):
    question("S3", f"unsigned GET of {_what}", "moto-gaps §3 anonymous", DENIED, ACCESS)(
        lambda world, path=_path: world.get(world.url(world.bucket(), "x").rpartition("/")[0] + f"/{path}")
    )


@question("S3", "unsigned PUT", "moto-gaps §3 anonymous", DENIED, ACCESS)
def _(world: World) -> str:
    return world.get(world.url(world.bucket(), "new.png"), "PUT")


@question("S3", "a SigV4 link to an SSE-KMS object", "§3 SigV4 presigned", "200 clock", ENCRYPTION)
def _(world: World) -> str:
    bucket, _key = _stored(world)
    return world.get(world.link(bucket, "clock.png"))


@question("S3", "a SigV2 link to it", "§3 SigV2", f"400 InvalidArgument: {V4}", ENCRYPTION)
def _(world: World) -> str:
    bucket, _key = _stored(world)
    return world.get(world.link(bucket, "clock.png", signature="s3"))


@question("S3", "a SigV2 link to an SSE-S3 object", "moto-gaps §3 presigned", "200 clock", SIGNED)
def _(world: World) -> str:
    bucket = world.bucket()
    _put(world, bucket)
    return world.get(world.link(bucket, "clock.png", signature="s3"))


@question("S3", "SigV2 in a header, SSE-KMS object", "§3 SigV2", f"InvalidArgument 400: {V4}", ENCRYPTION)
def _(world: World) -> str:
    bucket, _key = _stored(world)
    return outcome(lambda: world.client("s3", "s3").get_object(Bucket=bucket, Key="clock.png"))


@question(
    "S3",
    "a SigV4 link, key disabled",
    "§3 after DisableKey",
    "400 KMS.DisabledException: <key ARN> is disabled.",
    ENCRYPTION,
)
def _(world: World) -> str:
    bucket, key = _stored(world)
    link = world.link(bucket, "clock.png")
    world.disable(key)
    return normalized(world.until(lambda: world.get(link), lambda seen: not seen.startswith("200")))


@question("S3", "a SigV4 link that has expired", "§3 expired", "403 AccessDenied: Request has expired", SIGNED)
def _(world: World) -> str:
    bucket, _key = _stored(world)
    link = world.link(bucket, "clock.png", seconds=1)
    return world.until(lambda: world.get(link), lambda seen: not seen.startswith("200"))


def _changed(link: str, name: str, value: str) -> str:
    parts = urllib.parse.urlsplit(link)
    query = [(k, value if k == name else v) for k, v in urllib.parse.parse_qsl(parts.query)]
    return urllib.parse.urlunsplit(parts._replace(query=urllib.parse.urlencode(query)))


@question("S3", "a link whose signature was changed", "moto-gaps §3", "403 SignatureDoesNotMatch", SIGNED)
def _(world: World) -> str:
    bucket, _key = _stored(world)
    link = _changed(world.link(bucket, "clock.png"), "X-Amz-Signature", "0" * 64)
    return world.get(link).partition(":")[0]


@question("S3", "a link used for another object", "moto-gaps §3", "403 SignatureDoesNotMatch", SIGNED)
def _(world: World) -> str:
    bucket, key = _stored(world)
    _put(world, bucket, key, name="other.png")
    return world.get(world.link(bucket, "clock.png").replace("clock.png", "other.png")).partition(":")[0]


@question("S3", "a link made to last longer", "moto-gaps §3", "403 SignatureDoesNotMatch", SIGNED)
def _(world: World) -> str:
    bucket, _key = _stored(world)
    return world.get(_changed(world.link(bucket, "clock.png"), "X-Amz-Expires", "600")).partition(":")[0]


@question("S3", "a link of more than a week", "moto-gaps §3", "400 AuthorizationQueryParametersError", SIGNED)
def _(world: World) -> str:
    bucket, _key = _stored(world)
    return world.get(world.link(bucket, "clock.png", seconds=604801)).partition(":")[0]


@question("S3", "a presigned PUT", "moto-gaps §3", "200, 200 clock", SIGNED)
def _(world: World) -> str:
    bucket = world.bucket()
    link = world.s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "new.png"})
    with urllib.request.urlopen(
        urllib.request.Request(link, data=b"clock", method="PUT", headers={"Content-Type": ""})
    ) as answer:
        stored = answer.status
    return f"{stored}, {world.get(world.link(bucket, 'new.png'))}"


@question("S3", "a header that is no signature", "moto-gaps §3 garbage", "400 InvalidArgument", SIGNED)
def _(world: World) -> str:
    return world.get(world.url(world.bucket(), "x"), Authorization="garbage").partition(":")[0]


@question("S3", "a bucket's name with an underscore, unsigned", "moto-gaps §3", "4xx", SIGNED)
def _(world: World) -> str:
    url = world.url(world.bucket(), "x")
    return f"{world.get(url.rsplit('/', 2)[0] + '/my_bucket/key')[:1]}xx"


@question("S3", "a wrong secret", "contract §5", "SignatureDoesNotMatch 403", SIGNED)
def _(world: World) -> str:
    given = world.session.get_credentials().get_frozen_credentials()
    other = world.signed_in_as(
        aws_access_key_id=given.access_key, aws_secret_access_key="x", aws_session_token=given.token
    )
    return code(other.s3.list_buckets)


@question("S3", "an unknown key", "contract §5", "InvalidAccessKeyId 403", SIGNED)
def _(world: World) -> str:
    other = world.signed_in_as(aws_access_key_id="AKIAUNKNOWNUNKNOWNUN", aws_secret_access_key="x")
    return code(other.s3.list_buckets)


@question("S3", "a session without its token", "§9.1 token missing", "InvalidAccessKeyId 403", SIGNED)
def _(world: World) -> str:
    given = world.session.get_credentials().get_frozen_credentials()
    other = world.signed_in_as(aws_access_key_id=given.access_key, aws_secret_access_key=given.secret_key)
    return code(other.s3.list_buckets)


# §4: Block Public Access, ownership, ACLs


@question("S3", "a new bucket's Block Public Access", "§4 new bucket", "True True True True", BUCKETS)
def _(world: World) -> str:
    settings = world.s3.get_public_access_block(Bucket=world.bucket())["PublicAccessBlockConfiguration"]
    return " ".join(str(value) for value in settings.values())


@question("S3", "a new bucket's object ownership", "§4 new bucket", "BucketOwnerEnforced", BUCKETS)
def _(world: World) -> str:
    rules = world.s3.get_bucket_ownership_controls(Bucket=world.bucket())["OwnershipControls"]["Rules"]
    return str(rules[0]["ObjectOwnership"])


@question("S3", "PutPublicAccessBlock with one member", "§4 PutPublicAccessBlock", "True False False False", BUCKETS)
def _(world: World) -> str:
    bucket = world.bucket()
    world.s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={"BlockPublicAcls": True})
    settings = world.s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    names = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    return " ".join(str(settings[name]) for name in names)


@question(
    "S3",
    "GetPublicAccessBlock after its deletion",
    "§4 DeletePublicAccessBlock",
    "NoSuchPublicAccessBlockConfiguration 404: The public access block configuration was not found",
    BUCKETS,
)
def _(world: World) -> str:
    bucket = world.bucket()
    world.s3.delete_public_access_block(Bucket=bucket)
    return outcome(lambda: world.s3.get_public_access_block(Bucket=bucket))


@question(
    "S3",
    "GetBucketOwnershipControls after their deletion",
    "§4",
    "OwnershipControlsNotFoundError 404: The bucket ownership controls were not found",
    BUCKETS,
)
def _(world: World) -> str:
    bucket = world.bucket()
    world.s3.delete_bucket_ownership_controls(Bucket=bucket)
    return outcome(lambda: world.s3.get_bucket_ownership_controls(Bucket=bucket))


def _ownership(world: World, bucket: str, ownership: str | None, *, blocked: bool) -> None:
    if ownership is None:
        world.s3.delete_bucket_ownership_controls(Bucket=bucket)
    else:
        rules = {"Rules": [{"ObjectOwnership": ownership}]}
        world.s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=rules)
    if not blocked:
        world.s3.delete_public_access_block(Bucket=bucket)
    world.settle()


@question("S3", "a public ACL without ownership controls", "§4 ownership absent", "served, 200 clock", ACCESS)
def _(world: World) -> str:
    bucket = world.bucket()
    _put(world, bucket)
    _ownership(world, bucket, None, blocked=False)
    made = code(lambda: world.s3.put_object_acl(Bucket=bucket, Key="clock.png", ACL="public-read"))
    return f"{made}, {world.get(world.url(bucket, 'clock.png'))}"


NO_ACLS = "AccessControlListNotSupported 400: The bucket does not allow ACLs"


@question("S3", "PutObjectAcl public-read, ACLs disabled", "§4 BucketOwnerEnforced", NO_ACLS, ACCESS)
def _(world: World) -> str:
    bucket = world.bucket()
    _put(world, bucket)
    _ownership(world, bucket, "BucketOwnerEnforced", blocked=False)
    return outcome(lambda: world.s3.put_object_acl(Bucket=bucket, Key="clock.png", ACL="public-read"))


@question("S3", "PutObject public-read, ACLs disabled", "§4 BucketOwnerEnforced", NO_ACLS, ACCESS)
def _(world: World) -> str:
    bucket = world.bucket()
    _ownership(world, bucket, "BucketOwnerEnforced", blocked=False)
    return outcome(lambda: _put(world, bucket, ACL="public-read"))


@question("S3", "PutObject bucket-owner-full-control, ACLs disabled", "§4 BucketOwnerEnforced", "served", ACCESS)
def _(world: World) -> str:
    return outcome(lambda: _put(world, world.bucket(), ACL="bucket-owner-full-control"))


@question(
    "S3",
    "ACLs disabled over a public bucket ACL",
    "§4 InvalidBucketAclWithObjectOwnership",
    "InvalidBucketAclWithObjectOwnership 400: "
    "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
    ACCESS,
)
def _(world: World) -> str:
    bucket = world.bucket()
    world.opened(bucket)
    world.s3.put_bucket_acl(Bucket=bucket, ACL="public-read")
    rules = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    return outcome(lambda: world.s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=rules))


BLOCKED = (
    "AccessDenied 403: User: <caller ARN> is not authorized to perform: s3:{} on resource: "
    '"arn:aws:s3:::<bucket>/clock.png" because public ACLs are prevented by the BlockPublicAcls setting '
    "in S3 Block Public Access."
)


@question(
    "S3", "PutObjectAcl public-read, BlockPublicAcls", "§4 BlockPublicAcls", BLOCKED.format("PutObjectAcl"), ACCESS
)
def _(world: World) -> str:
    bucket = world.bucket()
    _put(world, bucket)
    _ownership(world, bucket, "BucketOwnerPreferred", blocked=True)
    return outcome(lambda: world.s3.put_object_acl(Bucket=bucket, Key="clock.png", ACL="public-read"))


@question("S3", "PutObject public-read, BlockPublicAcls", "§4 BlockPublicAcls", BLOCKED.format("PutObject"), ACCESS)
def _(world: World) -> str:
    bucket = world.bucket()
    _ownership(world, bucket, "BucketOwnerPreferred", blocked=True)
    return outcome(lambda: _put(world, bucket, ACL="public-read"))


@question(
    "S3",
    "a public object, then IgnorePublicAcls on and off",
    "§4 IgnorePublicAcls",
    f"{DENIED}, 1 grant, 200 clock",
    ACCESS,
)
def _(world: World) -> str:
    bucket = _public(world, sse=False)
    settings = dict.fromkeys(("BlockPublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), False)
    world.s3.put_public_access_block(
        Bucket=bucket, PublicAccessBlockConfiguration={**settings, "IgnorePublicAcls": True}
    )
    ignored = world.until(lambda: world.get(world.url(bucket, "clock.png")), lambda seen: seen.startswith("403"))
    grants = len(world.s3.get_object_acl(Bucket=bucket, Key="clock.png")["Grants"])
    world.s3.put_public_access_block(
        Bucket=bucket, PublicAccessBlockConfiguration={**settings, "IgnorePublicAcls": False}
    )
    again = world.until(lambda: world.get(world.url(bucket, "clock.png")), lambda seen: seen.startswith("200"))
    return f"{ignored}, {grants} grant, {again}"


@question(
    "S3", "a public policy, then RestrictPublicBuckets", "§4 RestrictPublicBuckets", f"200 clock, {DENIED}", ACCESS
)
def _(world: World) -> str:
    bucket = _public(world, sse=False, policy=True)
    before = world.get(world.url(bucket, "clock.png"))
    world.s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={"RestrictPublicBuckets": True})
    after = world.until(lambda: world.get(world.url(bucket, "clock.png")), lambda seen: seen.startswith("403"))
    return f"{before}, {after}"


@question("S3", "a public policy, BlockPublicPolicy", "moto-gaps §3", "AccessDenied 403", ACCESS)
def _(world: World) -> str:
    bucket = world.bucket()
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return code(lambda: world.s3.put_bucket_policy(Bucket=bucket, Policy=policy))


@question(
    "S3",
    "the ACL of a public object",
    "§4 object ACL",
    "FULL_CONTROL CanonicalUser; READ http://acs.amazonaws.com/groups/global/AllUsers",
    ACCESS,
)
def _(world: World) -> str:
    bucket = _public(world, sse=False)
    grants = world.s3.get_object_acl(Bucket=bucket, Key="clock.png")["Grants"]
    return "; ".join(f"{each['Permission']} {each['Grantee'].get('URI', each['Grantee']['Type'])}" for each in grants)


@question("S3", "a new object in a public bucket", "§4 ACLs", "200, 403", ACCESS)
def _(world: World) -> str:
    bucket = world.bucket()
    world.opened(bucket)
    world.s3.put_bucket_acl(Bucket=bucket, ACL="public-read")
    _put(world, bucket)
    listing = world.get(world.url(bucket, "x").rpartition("/")[0] + "/")
    return f"{listing[:3]}, {world.get(world.url(bucket, 'clock.png'))[:3]}"


def _with_policy(world: World, effect: str, **condition: Any) -> str:
    bucket = world.bucket()
    world.opened(bucket)
    _put(world, bucket)
    statement = {"Effect": effect, "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Condition": condition}]})
    world.s3.put_bucket_policy(Bucket=bucket, Policy=policy)
    world.settle()
    return bucket


@question("S3", "a policy with a condition that is not met", "moto-gaps §3 condition", "served", ACCESS)
def _(world: World) -> str:
    bucket = _with_policy(world, "Allow", IpAddress={"aws:SourceIp": "203.0.113.0/24"})
    return code(lambda: world.s3.get_object(Bucket=bucket, Key="clock.png"))


@question("S3", "a policy that denies by a condition", "moto-gaps §3 condition", "AccessDenied 403", ACCESS)
def _(world: World) -> str:
    bucket = _with_policy(world, "Deny", Bool={"aws:SecureTransport": "true"})
    refused = code(lambda: world.s3.get_object(Bucket=bucket, Key="clock.png"))
    world.s3.delete_bucket_policy(Bucket=bucket)
    return refused


@question(
    "S3",
    "GetObject that no policy allows",
    "§7.3 through S3",
    "AccessDenied 403: User: <caller ARN> is not authorized to perform: s3:GetObject on resource: "
    '"arn:aws:s3:::<bucket>/clock.png" because no identity-based policy allows the s3:GetObject action',
    ACCESS,
    needs="iam:CreateRole",
)
def _(world: World) -> str:
    bucket, _key = _stored(world)
    other = world.with_role({"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"})
    return outcome(lambda: other.s3.get_object(Bucket=bucket, Key="clock.png"))


for _may, _answer in (("s3:GetObject", "AccessDenied 403"), (["s3:GetObject", "s3:ListBucket"], "NoSuchKey 404")):
    question("S3", f"a missing object, with {_may}", "§3 missing", _answer, ACCESS, needs="iam:CreateRole")(
        lambda world, may=_may: code(
            lambda: world.with_role({"Effect": "Allow", "Action": may, "Resource": "*"}).s3.get_object(
                Bucket=world.bucket(), Key="nothing"
            )
        )
    )


@question(
    "S3", "another account's private object", "moto-gaps §6", "AccessDenied 403", ACCESS, needs="a second account"
)
def _(world: World) -> str:
    bucket = world.bucket()
    _put(world, bucket)
    other = world.neighbour()
    return outcome(lambda: other.s3.get_object(Bucket=bucket, Key="clock.png"), message=False)


@question(
    "S3",
    "another account's bucket name",
    "moto-gaps open",
    "BucketAlreadyExists 409",
    BUCKETS,
    needs="a second account",
)
def _(world: World) -> str:
    name = world.bucket()
    return code(lambda: world.neighbour().s3.create_bucket(Bucket=name))


@question(
    "S3",
    "account-level Block Public Access",
    "§4 combination rule",
    f"200 clock, {DENIED}",
    ACCESS,
    needs="an account to itself",
)
def _(world: World) -> str:
    bucket = _public(world, sse=False)
    before = world.get(world.url(bucket, "clock.png"))
    world.block_account()
    return f"{before}, {world.until(lambda: world.get(world.url(bucket, 'clock.png')), lambda seen: seen[0] == '4')}"


@question("S3", "a multipart upload under a key", "§2.1", f"{UNDER_KEY}, 6000000", ENCRYPTION)
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
    return f"{_sse(head)}, {head['ContentLength']}"


@question("S3", "the body's hash is checked", "SigV4", "400 XAmzContentSHA256Mismatch", SIGNED)
def _(world: World) -> str:
    bucket = world.bucket()
    digest = hashlib.sha256(b"another body").hexdigest()
    return _lying_upload(world, bucket, digest)


def _lying_upload(world: World, bucket: str, digest: str) -> str:
    from botocore.auth import S3SigV4Auth
    from botocore.awsrequest import AWSRequest

    request = AWSRequest("PUT", world.url(bucket, "x.png"), data=b"body", headers={"X-Amz-Content-SHA256": digest})
    signer = S3SigV4Auth(world.session.get_credentials(), "s3", world.region)
    request.context["payload_signing_enabled"] = True
    signer._should_sha256_sign_payload = lambda request: True  # type: ignore[method-assign]
    signer.payload = lambda request: digest  # type: ignore[method-assign]
    signer.add_auth(request)
    sent = urllib.request.Request(request.url, data=b"body", method="PUT", headers=dict(request.headers.items()))
    try:
        with urllib.request.urlopen(sent) as answer:
            return str(answer.status)
    except urllib.error.HTTPError as refused:
        return f"{refused.code} {refused.read().partition(b'<Code>')[2].partition(b'<')[0].decode()}"


@question("S3", "an upload's checksum", "§2.1 PutObject + key id", "a CRC32, FULL_OBJECT, FULL_OBJECT", ENCRYPTION)
def _(world: World) -> str:
    bucket, key = world.bucket(), world.key()
    stored = _put(world, bucket, key)
    read = world.s3.get_object(Bucket=bucket, Key="clock.png", ChecksumMode="ENABLED")
    return f"a {'CRC32' if stored.get('ChecksumCRC32') else 'nothing'}, {_kind(stored)}, {_kind(read)}"


def _kind(answer: Any) -> str:
    return str(answer.get("ChecksumType"))


@question("S3", "SSE headers on HEAD", "§2.2 SSE request headers", "400", ENCRYPTION)
def _(world: World) -> str:
    bucket, _key = _stored(world)
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
    "§2.2 absent id or ARN",
    "KMS.NotFoundException 400: Key '<key ARN>' does not exist",
    ENCRYPTION,
)
def _(world: World) -> str:
    arn = f"arn:aws:kms:{world.region}:{world.account}:key/134f2428-cec1-4b25-a1ae-9048164dba47"
    return outcome(lambda: _put(world, world.bucket(), arn))


@question("S3", "PutObject under an HMAC key", "§2.2 HMAC key", "KMS.InvalidKeyUsageException 400", ENCRYPTION)
def _(world: World) -> str:
    key = world.key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    return code(lambda: _put(world, world.bucket(), key))


@question("S3", "a bucket default that names an alias", "§2.1 alias in bucket default", UNDER_KEY, ENCRYPTION)
def _(world: World) -> str:
    bucket, key = world.bucket(), world.key()
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": _named(world, key, "alias")}
    rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": default}]}
    world.s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=rules)
    world.settle()
    return _sse(_put(world, bucket))


def _elements(url: str) -> dict[str, str]:
    try:
        with urllib.request.urlopen(url) as answer:
            return {"status": str(answer.status)}
    except urllib.error.HTTPError as refused:
        return {child.tag: child.text or "" for child in ElementTree.fromstring(refused.read())}


@question(
    "S3",
    "what the refusal of an unsigned GET names",
    "§3 (b) elements",
    "ArgumentName Authorization, ArgumentValue null, HostId, RequestId",
    ENCRYPTION,
)
def _(world: World) -> str:
    elements = _elements(world.url(_public(world, sse=True), "clock.png"))
    named = [f"{name} {elements.get(name)}" for name in ("ArgumentName", "ArgumentValue")]
    return ", ".join([*named, *sorted({"RequestId", "HostId"} & set(elements))])


@question("S3", "what the refusal of an expired link names", "§3 expired", "Expires, ServerTime, X-Amz-Expires", SIGNED)
def _(world: World) -> str:
    bucket = world.bucket()
    _put(world, bucket)
    link = world.link(bucket, "clock.png", seconds=1)
    world.settle()
    elements = world.until(lambda: _elements(link), lambda seen: "Code" in seen)
    return ", ".join(sorted({"X-Amz-Expires", "Expires", "ServerTime"} & set(elements)))
