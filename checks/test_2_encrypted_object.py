"""Objective 2: store an encrypted object in an S3 bucket by using an encryption key."""

from fixtures.lab.advice import bucket_name, object_key, object_name, unusable_object_key
from fixtures.resources.objectives import Objective
from fixtures.resources.s3_object import CONTENT
from grading.marks import advice, hint, objective, points

pytestmark = objective(Objective.ENCRYPTED_OBJECT)


@points(provision=2)
@hint("Leave the bucket's default encryption on (bucket, Properties, Default encryption).")
def test_default_encryption(bucket):
    """The bucket encrypts new objects by default."""
    assert bucket.default_encryption in ("AES256", "aws:kms", "aws:kms:dsse")


@points(grade=1)
@hint("Upload {object} to the lab's bucket, or name another one with --lab-bucket.")
@advice(bucket_name)
def test_bucket_name(stored_object, names):
    """The object is in the lab's bucket."""
    assert names.bucket in stored_object.bucket.name


@points(grade=2)
@hint("Upload the object with the name {object}, and not into a folder.")
@advice(object_name)
def test_object_name(stored_object, names):
    """The object has the lab's name, and is in no folder."""
    assert stored_object.name == names.object


@points(provision=3, grade=5)
@hint("Upload {object} again and choose SSE-KMS under Properties, Server-side encryption.")
@advice(object_key)
def test_sse_kms(stored_object):
    """The object is stored with SSE-KMS."""
    assert stored_object.encryption in ("aws:kms", "aws:kms:dsse")


@points(provision=4, grade=7)
@hint("Upload {object} again with SSE-KMS, and choose the key {alias}.")
@advice(object_key, blocked_by=unusable_object_key)
def test_object_under_the_key(stored_object, key):
    """The object is under this very key."""
    assert stored_object.key == key


@points(provision=3)
@hint("S3 must give back what was stored.")
def test_content(stored_object):
    """What comes back is byte for byte what went in."""
    assert stored_object.read().content == CONTENT


@points(provision=3)
@hint("S3 must ask KMS before it stores anything under a key.")
def test_absent_key(stored_object):
    """An upload under a key that does not exist is refused."""
    assert stored_object.read().served
    assert stored_object.upload_with_missing_key().code == "KMS.NotFoundException"
