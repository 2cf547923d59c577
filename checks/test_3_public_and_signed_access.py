"""Objective 3: attempt public access and signed access to an encrypted S3 object."""

from fixtures.lab.advice import acls, block_public_access, object_without_kms, public_object
from fixtures.resources.objectives import Objective
from fixtures.resources.s3_object import CONTENT
from grading.marks import advice, hint, objective, points

pytestmark = objective(Objective.PUBLIC_AND_SIGNED_ACCESS)


@points(provision=3)
@hint("Open the object's URL before you change the bucket's settings.")
def test_public_link_while_blocked(blocked_access):
    """While public access is blocked, the public link shows AccessDenied."""
    assert (blocked_access.unsigned.status, blocked_access.unsigned.code) == (403, "AccessDenied")


@points(provision=3)
@hint("A control object with SSE-S3, made public in the same way, must be readable.")
def test_control(public_access):
    """Control: an object without SSE-KMS, made public in the same way, is readable. So it is the key that protects."""
    assert public_access.control.content == CONTENT


@points(provision=4)
@hint("Turn off Block all public access, enable ACLs, and make {object} public using its ACL.")
def test_public_link_when_opened(public_access):
    """Once the object is public, the public link shows InvalidArgument: public access alone does not decrypt."""
    assert public_access.control.served
    assert (public_access.unsigned.status, public_access.unsigned.code) == (400, "InvalidArgument")
    assert "AWS Signature Version 4" in public_access.unsigned.message


@points(provision=3)
@hint("Read the object with the credentials of a key user.")
def test_signed_read(public_access):
    """The owner's signed GET is served the bytes."""
    assert public_access.signed.content == CONTENT


@points(provision=3)
@hint("Open the object with the console's Open button: it makes a presigned link.")
def test_presigned_link(public_access):
    """A presigned link (Signature Version 4) is served the bytes."""
    assert public_access.link.content == CONTENT


@points(provision=1)
@hint("A presigned link serves only as long as it was signed for.")
def test_expired_link(public_access):
    """A presigned link that has expired is refused."""
    expired = public_access.expired_link
    assert public_access.link.served
    assert (expired.code, expired.message) == ("AccessDenied", "Request has expired")


@points(provision=1)
@hint("A presigned link serves only as it was signed.")
def test_altered_link(public_access):
    """A presigned link whose signature was altered is refused."""
    assert public_access.link.served
    assert public_access.altered_link.code == "SignatureDoesNotMatch"


@points(provision=2)
@hint("SSE-KMS wants Signature Version 4.")
def test_old_link(public_access):
    """A presigned link of the old kind (Signature Version 2) is refused: by the encryption, or by the Region."""
    assert public_access.link.served
    assert public_access.old_link.code in ("InvalidArgument", "InvalidRequest")
    assert public_access.old_link.wants_version_4


@points(grade=4)
@hint("In the bucket's Permissions, turn off Block all public access.")
@advice(block_public_access)
def test_public_access_opened(public_access_history):
    """Block Public Access was turned off for the bucket."""
    assert public_access_history.public_access != "never opened"


@points(grade=4)
@hint("In the bucket's Permissions, Object Ownership, enable ACLs.")
@advice(acls)
def test_acls_enabled(public_access_history):
    """ACLs were enabled for the bucket."""
    assert public_access_history.acls != "never opened"


@points(grade=3)
@hint("Choose {object}, Actions, 'Make public using ACL'.")
@advice(public_object)
def test_object_made_public(current_access):
    """The object was made public by its ACL."""
    assert current_access.is_public


@points(grade=5)
@hint("Turn off Block all public access, enable ACLs, and make {object} public using its ACL.")
@advice(public_object, blocked_by=object_without_kms)
def test_public_link_now(current_access):
    """The public link shows InvalidArgument: public access alone does not decrypt."""
    assert (current_access.unsigned.status, current_access.unsigned.code) == (400, "InvalidArgument")
    assert "AWS Signature Version 4" in current_access.unsigned.message


@points(grade=2)
@hint("Look at the key's policy and state.")
def test_signed_read_now(current_access):
    """A signed GET is served."""
    assert current_access.signed.served


@points(grade=2)
@hint("Look at the key's policy and state.")
def test_presigned_link_now(current_access):
    """A presigned link, as the console's Open makes it, is served the same bytes."""
    assert current_access.link.content == current_access.signed.content
