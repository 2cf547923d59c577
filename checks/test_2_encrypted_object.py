"""Objective 2: store an encrypted object in an S3 bucket by using an encryption key."""

from fixtures.lab.advice import object_key, unusable_object_key
from fixtures.resources.objectives import Objective
from fixtures.resources.s3_object import CONTENT
from grading.marks import advice, hint, objective, points

pytestmark = objective(Objective.ENCRYPTED_OBJECT)


@points(provision=2)
@hint("Leave the bucket's default encryption on (bucket, Properties, Default encryption).")
def test_default_encryption(bucket):
    """The bucket encrypts new objects by default."""
    assert bucket.default_encryption in ("AES256", "aws:kms", "aws:kms:dsse")


@points(provision=3, grade=6)
@hint("Upload {object} again and choose SSE-KMS under Properties, Server-side encryption.")
@advice(object_key)
def test_sse_kms(stored_object):
    """The object is stored with SSE-KMS."""
    assert stored_object.encryption in ("aws:kms", "aws:kms:dsse")


@points(provision=4, grade=9)
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
