"""Steps of students that differ in the object, its bucket, or the access to it."""

from __future__ import annotations

import json
from typing import Any

from embedded.practice.console_user import ConsoleUser
from embedded.practice.tasks import TASKS, Steps, encrypt, in_turn, make_key, open_to_the_public, read, store
from embedded.services.iam import organization
from embedded.services.iam.principals import iam_backend
from tests.checks.name_steps import stored_as
from tests.checks.student_steps import by_the_handout

ALLOW_ALL: dict[str, bool] = {"BlockPublicAcls": False, "IgnorePublicAcls": False}


def bucket_policy(action: str, **condition: Any) -> Steps:
    """Deny everybody an action in the bucket, under a condition; `{role}` is filled in."""

    def steps(user: ConsoleUser) -> None:
        arn = f"arn:aws:s3:::{user.bucket}"
        text = json.dumps(condition).replace("{role}", user.role)
        deny = {"Effect": "Deny", "Principal": "*", "Action": action, "Resource": [arn, f"{arn}/*"]}
        document = {"Version": "2012-10-17", "Statement": [{**deny, "Condition": json.loads(text)}]}
        user.call("s3", "put_bucket_policy", Bucket=user.bucket, Policy=json.dumps(document))

    return steps


def encryption_edited(user: ConsoleUser) -> None:
    """The object is uploaded without the key, and encrypted with it in place, in a bucket with versions."""
    versions = {"Status": "Enabled"}
    user.call("s3", "put_bucket_versioning", Bucket=user.bucket, VersioningConfiguration=versions)
    user.upload(sse=None)
    named = {"Bucket": user.bucket, "Key": "clock.png", "CopySource": f"{user.bucket}/clock.png"}
    user.call("s3", "copy_object", ServerSideEncryption="aws:kms", SSEKMSKeyId=user.key, **named)


def uploaded_again(user: ConsoleUser) -> None:
    """The upload takes the public ACL away."""
    by_the_handout(user)
    user.upload()


def opened_days_before_the_key(user: ConsoleUser) -> None:
    """In another session; the bucket is private again at last."""
    user.open_bucket()
    user.wait(2 * 24 * 60)
    with user.aws.backdated(user.time):
        user.credential = user.aws.credentials.console_session(user.student, 12 * 3600)
    make_key(user)
    user.upload(ACL="public-read")
    in_turn(*TASKS[3:])(user)
    user.block_public_access()


def in_several_parts(user: ConsoleUser) -> None:
    named = {"Bucket": user.bucket, "Key": "clock.png"}
    how = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": user.key}
    upload = user.call("s3", "create_multipart_upload", **named, **how)["UploadId"]
    tag = user.call("s3", "upload_part", **named, UploadId=upload, PartNumber=1, Body=b"a clock")["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": tag}]}
    user.call("s3", "complete_multipart_upload", **named, UploadId=upload, MultipartUpload=parts)


def opened_for_acls_only(user: ConsoleUser) -> None:
    """Public policies stay blocked, and the object's writer owns it."""
    user.open_object_url()
    user.open_bucket(block_public_access=ALLOW_ALL, ownership="ObjectWriter")
    user.make_public()
    user.open_object_url()


def with_a_key_of_ones_own(user: ConsoleUser) -> None:
    """SSE-C, which the bucket must allow first."""
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    rules = {"Rules": [{**rule, "BlockedEncryptionTypes": {"EncryptionType": ["NONE"]}}]}
    user.call("s3", "put_bucket_encryption", Bucket=user.bucket, ServerSideEncryptionConfiguration=rules)
    user.upload(sse=None, SSECustomerAlgorithm="AES256", SSECustomerKey="k" * 32)


def another_bucket_opened(user: ConsoleUser) -> None:
    labs = user.bucket
    user.create_bucket(f"other-{user.account}")
    user.open_bucket()
    user.bucket = labs
    user.attempt(user.make_public)


def plain_beside_encrypted(user: ConsoleUser) -> None:
    """The object of the lab's name has SSE-S3; the one in a folder is encrypted with the key."""
    user.upload(sse=None)
    stored_as("kms/clock.png")(user)


def encrypted_in_a_bucket_of_ones_own(user: ConsoleUser) -> None:
    """The object in the lab's bucket has SSE-S3."""
    make_key(user)
    user.upload(sse=None)
    user.create_bucket(f"my-own-{user.account}")
    in_turn(*TASKS[1:5])(user)


def two_of_nearly_the_name(user: ConsoleUser) -> None:
    user.upload("Clock.png")
    user.upload("clock(1).png")
    user.open_bucket()


def with_another_key(user: ConsoleUser) -> None:
    """The bucket's default is another key, and the root volume is encrypted with a third one."""
    make_key(user)
    mine = user.key
    rule = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": user.create_key("alias/Bucket")}
    rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": rule}]}
    user.call("s3", "put_bucket_encryption", Bucket=user.bucket, ServerSideEncryptionConfiguration=rules)
    user.upload(sse=None)
    in_turn(open_to_the_public, read)(user)
    user.create_key("alias/Volume")
    encrypt(user)
    user.key = mine


def in_a_bucket_elsewhere(user: ConsoleUser) -> None:
    """Bucket, object and a second key are in another Region."""
    user.create_key()
    mine, user.region = user.key, "us-west-2"
    user.create_key("alias/West")
    user.bucket = f"my-imagebucket-{user.account}"
    where = {"LocationConstraint": user.region}
    user.call("s3", "create_bucket", Bucket=user.bucket, CreateBucketConfiguration=where)
    in_turn(store, open_to_the_public, read)(user)
    user.key, user.region = mine, "us-east-1"
    encrypt(user)


def denied_by_a_control_policy(action: str) -> Steps:
    """Have the organization deny an action."""
    deny = {"Effect": "Deny", "Action": action, "Resource": "*"}

    def steps(user: ConsoleUser) -> None:
        user.call("iam", "list_roles")
        organization.attach(iam_backend(user.account), json.dumps({"Version": "2012-10-17", "Statement": [deny]}))

    return steps


def tried_to_enable_acls(user: ConsoleUser) -> None:
    user.attempt(user.open_bucket)
    user.attempt(user.make_public)
    user.open_object_url()
