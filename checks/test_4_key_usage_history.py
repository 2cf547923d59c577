"""Objective 4: monitor encryption key usage by using the CloudTrail event history."""

from fixtures.lab.advice import object_never_opened, object_with_another_key
from fixtures.resources.objectives import Objective
from grading.marks import advice, hint, objective, points

pytestmark = objective(Objective.KEY_USAGE_HISTORY)


@points(provision=2, grade=3)
@hint("Look in CloudTrail, Event history, for the event name CreateKey.")
def test_create_key(history, key):
    """The history tells that the key was created."""
    assert history.creation(key)


@points(provision=3, grade=6)
@hint("Upload {object} with SSE-KMS under your key: S3 then has a data key made.")
@advice(blocked_by=object_with_another_key)
def test_generate_data_key(history, key, stored_object):
    """The history tells that S3 had a data key made for the upload."""
    assert history.data_keys(key, stored_object)


@points(provision=3, grade=6)
@hint("Open {object} from the console, and wait a few minutes.")
@advice(object_never_opened, blocked_by=object_with_another_key)
def test_decrypt(history, key, stored_object):
    """The history tells that S3 had the data key opened for the signed read."""
    assert history.decrypts(key, stored_object)


@points(provision=2)
@hint("S3 asks KMS in the name of whoever asks S3.")
def test_in_whose_name(history, key, stored_object):
    """S3 asked KMS in the name of whoever uploaded the object."""
    assert {event.principal for event in history.data_keys(key, stored_object)} == {history.asker}


@points(provision=2)
@hint("A refused reader must never reach the key.")
def test_no_decrypt_for_the_public(history, key, stored_object, public_access):
    """The refused public reads left no Decrypt: there are no more than the signed reads account for."""
    assert not public_access.unsigned.served
    assert len(history.decrypts(key, stored_object)) <= stored_object.signed_reads


@points(provision=2)
@hint("Disable the key in KMS, Key actions; the history tells of it after some minutes.")
def test_disable_key(history, key, key_disabling):
    """The history tells that the key was disabled."""
    assert history.disabling(key)


@points(provision=1)
@hint("Enable the key again in KMS, Key actions; the history tells of it after some minutes.")
def test_enable_key(history, key, key_disabling):
    """The history tells that the key was enabled again."""
    assert history.enabling(key).after(history.disabling(key))
