"""Objective 3: attempt public access and signed access to an encrypted S3 object."""

import pytest

from fixtures.resources.s3_object import CONTENT
from grading.marks import hint, points

pytestmark = pytest.mark.objective(3)


@points(provision=3)
@hint("Open the object's URL before you change the bucket's settings.")
def test_public_link_while_blocked(blocked):
    """While public access is blocked, the public link shows AccessDenied."""
    assert (blocked.unsigned.status, blocked.unsigned.code) == (403, "AccessDenied")


@points(provision=3)
@hint("A control object with SSE-S3, made public in the same way, must be readable.")
def test_control(opened):
    """Control: an object without SSE-KMS, made public in the same way, is readable. So it is the key that protects."""
    assert opened.control.content == CONTENT


@points(provision=4)
@hint("Turn off Block all public access, enable ACLs, and make {object} public using its ACL.")
def test_public_link_when_opened(opened):
    """Once the object is public, the public link shows InvalidArgument: public access alone does not decrypt."""
    assert opened.control.served
    assert (opened.unsigned.status, opened.unsigned.code) == (400, "InvalidArgument")
    assert "AWS Signature Version 4" in opened.unsigned.message


@points(provision=3)
@hint("Read the object with the credentials of a key user.")
def test_signed_read(opened):
    """The owner's signed GET is served the bytes."""
    assert opened.signed.content == CONTENT


@points(provision=3)
@hint("Open the object with the console's Open button: it makes a presigned link.")
def test_presigned_link(opened):
    """A presigned link (Signature Version 4) is served the bytes."""
    assert opened.link.content == CONTENT


@points(provision=1)
@hint("A presigned link serves only as long as it was signed for.")
def test_expired_link(opened):
    """A presigned link that has expired is refused."""
    assert opened.link.served
    assert (opened.expired_link.code, opened.expired_link.message) == ("AccessDenied", "Request has expired")


@points(provision=1)
@hint("A presigned link serves only as it was signed.")
def test_altered_link(opened):
    """A presigned link whose signature was altered is refused."""
    assert opened.link.served
    assert opened.altered_link.code == "SignatureDoesNotMatch"


@points(provision=2)
@hint("SSE-KMS wants Signature Version 4.")
def test_old_link(opened):
    """A presigned link of the old kind (Signature Version 2) is refused."""
    assert opened.link.served
    assert opened.old_link.code == "InvalidArgument"
    assert "AWS Signature Version 4" in opened.old_link.message


@points(grade=4)
@hint("In the bucket's Permissions, turn off Block all public access.")
def test_public_access_opened(opened_once):
    """Block Public Access was turned off for the bucket."""
    assert opened_once.public_access != "never opened"


@points(grade=4)
@hint("In the bucket's Permissions, Object Ownership, enable ACLs.")
def test_acls_enabled(opened_once):
    """ACLs were enabled for the bucket."""
    assert opened_once.acls != "never opened"


@points(grade=3)
@hint("Choose {object}, Actions, 'Make public using ACL'.")
def test_object_made_public(knocks):
    """The object was made public by its ACL."""
    assert knocks.is_public


@points(grade=5)
@hint("Turn off Block all public access, enable ACLs, and make {object} public using its ACL.")
def test_public_link_now(knocks):
    """The public link shows InvalidArgument: public access alone does not decrypt."""
    assert (knocks.unsigned.status, knocks.unsigned.code) == (400, "InvalidArgument")
    assert "AWS Signature Version 4" in knocks.unsigned.message


@points(grade=2)
@hint("Look at the key's policy and state.")
def test_signed_read_now(knocks):
    """A signed GET is served."""
    assert knocks.signed.served


@points(grade=2)
@hint("Look at the key's policy and state.")
def test_presigned_link_now(knocks):
    """A presigned link, as the console's Open makes it, is served the same bytes."""
    assert knocks.link.content == knocks.signed.content
