"""Objective 4: monitor encryption key usage by using the CloudTrail event history."""

from fixtures.lab.advice import object_never_opened, object_with_another_key
from fixtures.resources.objectives import Objective
from fixtures.resources.wording import in_words
from grading.marks import advice, hint, objective, points

pytestmark = objective(Objective.KEY_USAGE_HISTORY)


@points(provision=2, grade=3)
@hint("Look in CloudTrail, Event history, for the event name CreateKey.")
def test_create_key(history, key):
    """CloudTrail shows that the key was created."""
    found = history.creation(key)
    assert found, found.absence


@points(provision=3, grade=6)
@hint("Upload {object} with SSE-KMS under your key: S3 then generates a data key.")
@advice(blocked_by=object_with_another_key)
def test_generate_data_key(history, key, stored_object):
    """CloudTrail shows that S3 generated a data key for the upload."""
    found = history.data_keys(key, stored_object)
    assert found, found.absence


@points(provision=3, grade=6)
@hint("Open {object} from the console, and wait a few minutes.")
@advice(object_never_opened, blocked_by=object_with_another_key)
def test_decrypt(history, key, stored_object):
    """CloudTrail shows that S3 decrypted the data key for a signed read."""
    found = history.decrypts(key, stored_object)
    assert found, found.absence


@points(provision=2)
@hint("S3 must call KMS with the permissions of its caller.")
def test_in_whose_name(history, key, stored_object):
    """S3 called KMS on behalf of whoever uploaded the object."""
    found = history.data_keys(key, stored_object)
    assert found, found.absence
    who = sorted({event.principal for event in found})
    assert history.asker in who, f"S3 called KMS on behalf of {in_words(who)}."


@points(provision=2)
@hint("S3 must not call KMS for a request that it refuses.")
def test_no_decrypt_for_the_public(history, key, stored_object, public_access):
    """CloudTrail shows no Decrypt event for the refused public reads."""
    found, reads = history.decrypts(key, stored_object), stored_object.signed_reads
    assert not public_access.unsigned.last.served, "The object URL returned the object without a signature."
    assert len(found) <= reads, f"CloudTrail shows {len(found)} Decrypt events for {reads} signed reads."


@points(provision=2)
@hint("Disable the key in KMS, Key actions. CloudTrail shows it after some minutes.")
def test_disable_key(history, key, key_disabling):
    """CloudTrail shows that the key was disabled."""
    found = history.disabling(key)
    assert found, found.absence


@points(provision=1)
@hint("Enable the key again in KMS, Key actions. CloudTrail shows it after some minutes.")
def test_enable_key(history, key, key_disabling):
    """CloudTrail shows that the key was enabled again."""
    found = history.enabling(key).after(history.disabling(key))
    assert found, found.absence
