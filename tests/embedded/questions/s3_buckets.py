"""Questions about the settings of buckets, and SSE-C."""

from __future__ import annotations

from tests.embedded.question import code, outcome, question
from tests.embedded.questions.steps import put_object, shown_encryption
from tests.embedded.world import World

BUCKETS = "s3 buckets"


@question("S3", "a new bucket's default encryption", "S3-08", "AES256 False", BUCKETS)
def _(world: World) -> str:
    rules = world.s3.get_bucket_encryption(Bucket=world.bucket())["ServerSideEncryptionConfiguration"]["Rules"]
    return f"{rules[0]['ApplyServerSideEncryptionByDefault']['SSEAlgorithm']} {rules[0]['BucketKeyEnabled']}"


@question("S3", "an upload without encryption", "S3-09", "AES256, AES256", BUCKETS)
def _(world: World) -> str:
    bucket = world.bucket()
    stored = shown_encryption(put_object(world, bucket))
    return f"{stored}, {shown_encryption(world.s3.head_object(Bucket=bucket, Key='clock.png'))}"


def _customer_key() -> dict[str, str]:
    return {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k" * 32}


@question("S3", "SSE-C in a new bucket", "S3-14", "AccessDenied 403", "s3 customer keys")
def _(world: World) -> str:
    return code(lambda: put_object(world, world.bucket(), **_customer_key()))


@question(
    "S3", "SSE-C where it is allowed, read without the key", "S3-14, S3-15", "served, 400, served", "s3 customer keys"
)
def _(world: World) -> str:
    bucket = world.bucket()
    rule = {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
        "BlockedEncryptionTypes": {"EncryptionType": ["NONE"]},
    }
    world.s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    stored = code(lambda: put_object(world, bucket, **_customer_key()))
    without = code(lambda: world.s3.get_object(Bucket=bucket, Key="clock.png")).rpartition(" ")[2]
    return (
        f"{stored}, {without}, {code(lambda: world.s3.get_object(Bucket=bucket, Key='clock.png', **_customer_key()))}"
    )


@question("S3", "a new bucket's Block Public Access", "S3-65", "True True True True", BUCKETS)
def _(world: World) -> str:
    settings = world.s3.get_public_access_block(Bucket=world.bucket())["PublicAccessBlockConfiguration"]
    return " ".join(str(value) for value in settings.values())


@question("S3", "a new bucket's object ownership", "S3-65", "BucketOwnerEnforced", BUCKETS)
def _(world: World) -> str:
    rules = world.s3.get_bucket_ownership_controls(Bucket=world.bucket())["OwnershipControls"]["Rules"]
    return str(rules[0]["ObjectOwnership"])


@question("S3", "PutPublicAccessBlock with one member", "S3-66", "True False False False", BUCKETS)
def _(world: World) -> str:
    bucket = world.bucket()
    world.s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={"BlockPublicAcls": True})
    settings = world.s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    names = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    return " ".join(str(settings[name]) for name in names)


@question(
    "S3",
    "GetPublicAccessBlock after its deletion",
    "S3-67",
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
    "S3-68",
    "OwnershipControlsNotFoundError 404: The bucket ownership controls were not found",
    BUCKETS,
)
def _(world: World) -> str:
    bucket = world.bucket()
    world.s3.delete_bucket_ownership_controls(Bucket=bucket)
    return outcome(lambda: world.s3.get_bucket_ownership_controls(Bucket=bucket))


@question(
    "S3",
    "another account's bucket name",
    "S3-64",
    "BucketAlreadyExists 409",
    BUCKETS,
    needs="a second account",
)
def _(world: World) -> str:
    name = world.bucket()
    return code(lambda: world.neighbour().s3.create_bucket(Bucket=name))
