"""Objective 3: attempt public access and signed access to an encrypted S3 object."""

from fixtures.lab.advice import (
    acls,
    acls_denied,
    block_public_access,
    object_without_kms,
    opening_denied,
    public_access_denied,
    public_object,
    unreadable_object,
)
from fixtures.resources.objectives import Objective
from fixtures.resources.s3_object import CONTENT
from grading.marks import advice, hint, objective, points

pytestmark = objective(Objective.PUBLIC_AND_SIGNED_ACCESS)


@points(provision=3)
@hint("Open the object's URL before you change the bucket's settings.")
def test_public_link_while_blocked(blocked_access):
    """The object URL returns AccessDenied while public access is blocked."""
    answer = blocked_access.unsigned
    assert (answer.status, answer.code) == (403, "AccessDenied"), f"The object URL returned {answer.words}."


@points(provision=3)
@hint("A control object with SSE-S3, made public in the same way, must be readable.")
def test_control(public_access):
    """A control object without SSE-KMS, made public in the same way, is readable."""
    control = public_access.control.seen
    assert control.content == CONTENT, f"The URL of the control object returned {control.words_of('object')}."


@points(provision=4)
@hint("Turn off Block all public access, enable ACLs, and make {object} public using its ACL.")
def test_public_link_when_opened(public_access):
    """The object URL returns InvalidArgument once the object is public: public access alone does not decrypt."""
    answer, control = public_access.unsigned.seen, public_access.control.seen
    assert control.served, f"The URL of the control object returned {control.words}."
    assert (answer.status, answer.code) == (400, "InvalidArgument"), f"The object URL returned {answer.words}."
    assert "AWS Signature Version 4" in answer.message, f"The message of InvalidArgument is: {answer.message}"


@points(provision=3)
@hint("Read the object with the credentials of a key user.")
def test_signed_read(signed_access):
    """A signed GET returns the object."""
    signed = signed_access.signed
    assert signed.content == CONTENT, f"A signed GET returned {signed.words_of('object')}."


@points(provision=3)
@hint("Open the object with the console's Open button: it creates a presigned URL.")
def test_presigned_link(signed_access):
    """A presigned URL (Signature Version 4) returns the object."""
    link = signed_access.link
    assert link.content == CONTENT, f"A presigned URL returned {link.words_of('object')}."


@points(provision=1)
@hint("S3 must refuse a presigned URL that has expired.")
def test_expired_link(signed_access):
    """A presigned URL that has expired is refused."""
    link, expired = signed_access.link, signed_access.expired_link
    assert link.served, f"A presigned URL returned {link.words}."
    refused = (expired.code, expired.message) == ("AccessDenied", "Request has expired")
    assert refused, f"An expired presigned URL returned {expired.words}: {expired.message}"


@points(provision=1)
@hint("S3 must refuse a presigned URL that was altered.")
def test_altered_link(signed_access):
    """A presigned URL with an altered signature is refused."""
    link, altered = signed_access.link, signed_access.altered_link
    assert link.served, f"A presigned URL returned {link.words}."
    assert altered.code == "SignatureDoesNotMatch", f"An altered presigned URL returned {altered.words}."


@points(provision=2)
@hint("S3 must require Signature Version 4 for SSE-KMS.")
def test_old_link(signed_access):
    """A presigned URL of the old kind (Signature Version 2) is refused: by the encryption, or by the Region."""
    link, old = signed_access.link, signed_access.old_link
    assert link.served, f"A presigned URL returned {link.words}."
    refused = old.code in ("InvalidArgument", "InvalidRequest")
    assert refused, f"A presigned URL of Signature Version 2 returned {old.words}."
    assert old.wants_version_4, f"The message of {old.code} is: {old.message}"


@points(grade=4)
@hint("In the bucket's Permissions, turn off Block all public access.")
@advice(block_public_access, blocked_by=public_access_denied)
def test_public_access_opened(public_access_history):
    """Block Public Access was turned off for the bucket."""
    bucket, opened = public_access_history.bucket_name, public_access_history.public_access
    assert opened != "never opened", f"Block Public Access was never turned off for {bucket}."


@points(grade=4)
@hint("In the bucket's Permissions, Object Ownership, enable ACLs.")
@advice(acls, blocked_by=acls_denied)
def test_acls_enabled(public_access_history):
    """ACLs were enabled for the bucket."""
    bucket, opened = public_access_history.bucket_name, public_access_history.acls
    assert opened != "never opened", f"ACLs were never enabled for {bucket}."


@points(grade=3)
@hint("Choose {object}, Actions, 'Make public using ACL'.")
@advice(public_object, blocked_by=opening_denied)
def test_object_made_public(current_access):
    """The object is public by its ACL."""
    assert current_access.is_public, f"{current_access.object_name} is not public."


@points(grade=5)
@hint("Turn off Block all public access, enable ACLs, and make {object} public using its ACL.")
@advice(public_object, blocked_by=object_without_kms)
def test_public_link_now(current_access):
    """The object URL returns InvalidArgument: public access alone does not decrypt."""
    answer = current_access.unsigned
    assert (answer.status, answer.code) == (400, "InvalidArgument"), f"The object URL returned {answer.words}."
    assert "AWS Signature Version 4" in answer.message, f"The message of InvalidArgument is: {answer.message}"


@points(grade=2)
@hint("Check the key's policy and state.")
@advice(unreadable_object)
def test_signed_read_now(current_access):
    """A signed GET returns the object."""
    assert current_access.signed.served, f"A signed GET returned {current_access.signed.words}."


@points(grade=2)
@hint("Check the key's policy and state.")
@advice(unreadable_object)
def test_presigned_link_now(current_access):
    """A presigned URL, as the console's Open button creates it, returns the object."""
    link = current_access.link
    assert link.served, f"A presigned URL returned {link.words}."
    assert link.content == current_access.signed.content, f"A presigned URL returned {link.words_of('object')}."
