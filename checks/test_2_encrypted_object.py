"""Objective 2: store an encrypted object in an S3 bucket by using an encryption key."""

from fixtures.lab.advice import bucket_name, object_key, object_name, unusable_object_key
from fixtures.resources.objectives import Objective
from fixtures.resources.s3_object import CONTENT, refuses_absent_key
from grading.marks import advice, hint, objective, points

pytestmark = objective(Objective.ENCRYPTED_OBJECT)


@points(provision=2)
@hint("Leave the bucket's default encryption on (bucket, Properties, Default encryption).")
def test_default_encryption(bucket):
    """The bucket encrypts new objects by default."""
    encryption = bucket.default_encryption
    assert encryption in ("AES256", "aws:kms", "aws:kms:dsse"), f"{bucket.name} has no default encryption."


@points(grade=1)
@hint("Upload {object} to the lab's bucket, or name another one with --lab-bucket.")
@advice(bucket_name)
def test_bucket_name(stored_object, names):
    """The object is in the lab's bucket."""
    bucket = stored_object.bucket.name
    assert names.bucket in bucket, f"{stored_object.name} is in {bucket}, which has no {names.bucket} in its name."


@points(grade=2)
@hint("Upload the object with the name {object}, and not into a folder.")
@advice(object_name)
def test_object_name(stored_object, names):
    """The object has the lab's name, and is in no folder."""
    assert stored_object.name == names.object, f"The object is named {stored_object.name}, not {names.object}."


@points(provision=3, grade=5)
@hint("Upload {object} again and choose SSE-KMS under Properties, Server-side encryption.")
@advice(object_key)
def test_sse_kms(stored_object):
    """The object is encrypted with SSE-KMS."""
    encryption, words = stored_object.encryption, stored_object.encryption_words
    assert encryption in ("aws:kms", "aws:kms:dsse"), f"{stored_object.name} is {words}, not with SSE-KMS."


@points(provision=4, grade=7)
@hint("Upload {object} again with SSE-KMS, and choose the key {alias}.")
@advice(object_key, blocked_by=unusable_object_key)
def test_object_under_the_key(stored_object, key):
    """The object is encrypted with the lab's key."""
    assert stored_object.key == key, f"{stored_object.name} is {stored_object.encryption_words}, not with {key.name}."


@points(provision=3)
@hint("S3 must return what was uploaded.")
def test_content(stored_object):
    """The object has the bytes that were uploaded."""
    read = stored_object.read()
    assert read.content == CONTENT, f"S3 answered GetObject with {read.words_of('object')}."


@points(provision=3)
@hint("S3 must ask KMS before it stores an object.")
def test_absent_key(stored_object):
    """An upload with a key that does not exist is refused."""
    read, upload = stored_object.read(), stored_object.upload_with_missing_key()
    assert read.served, f"S3 answered GetObject with {read.words}."
    assert refuses_absent_key(upload), f"S3 answered an upload with an absent key with {upload.words}."
