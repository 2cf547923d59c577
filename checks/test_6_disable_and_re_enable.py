"""Objective 6: disable and re-enable an AWS KMS key and observe the effects on data access.

A disabled key answers `DisabledException`. `KMSInvalidStateException`, which some expect here, is the answer of a key
that is pending deletion; both states are tried, each with its own code.
"""

import pytest

from grading.marks import hint, points

pytestmark = pytest.mark.objective(6)


@points(provision=2)
@hint("Disable the key in KMS, Key actions.")
def test_kms_refuses(disabled_key):
    """With the key disabled, KMS answers DisabledException."""
    assert disabled_key.before.decrypt.served
    assert disabled_key.meanwhile.decrypt.code == "DisabledException"


@points(provision=2)
@hint("Open {object} while the key is disabled.")
def test_s3_refuses(disabled_key):
    """With the key disabled, S3 answers KMS.DisabledException."""
    assert disabled_key.before.read.served
    assert disabled_key.meanwhile.read.code == "KMS.DisabledException"


@points(provision=1)
@hint("A running instance keeps its data key; only the next start asks KMS again.")
def test_running_instance(disabled_key):
    """An instance that is running is not touched."""
    assert disabled_key.before.instance.state == "running"
    assert disabled_key.meanwhile.instance.state == "running"


@points(provision=2)
@hint("Start {instance} while the key is disabled, and watch its state.")
def test_start_ends_stopped(disabled_key):
    """With the key disabled, a start is accepted and ends in stopped, with the reason."""
    assert disabled_key.start.served
    assert disabled_key.started.state == "stopped"
    assert disabled_key.started.blames_the_key


@points(provision=2)
@hint("Enable the key again in KMS, Key actions.")
def test_kms_serves_again(disabled_key):
    """Enabled again, the key decrypts what was encrypted before."""
    assert disabled_key.after.decrypt.content == disabled_key.before.decrypt.content


@points(provision=2)
@hint("Enable the key again, and open {object}.")
def test_s3_serves_again(disabled_key):
    """Enabled again, the object is served."""
    assert disabled_key.after.read.content == disabled_key.before.read.content


@points(provision=2)
@hint("Enable the key again, and start {instance}.")
def test_instance_runs_again(disabled_key):
    """Enabled again, the instance starts and runs."""
    assert disabled_key.after.instance.state == "running"


@points(provision=1)
@hint("A key that is pending deletion answers KMSInvalidStateException, a disabled one DisabledException.")
def test_kms_refuses_pending_deletion(spare_key):
    """A key pending deletion answers KMSInvalidStateException."""
    assert spare_key.by_user.served
    assert spare_key.pending_deletion.code == "KMSInvalidStateException"


@points(provision=1)
@hint("S3 puts KMS. before the code that KMS gives.")
def test_s3_refuses_pending_deletion(spare_key):
    """An object under a key pending deletion answers KMS.KMSInvalidStateException."""
    assert spare_key.read_before.served
    assert spare_key.read_pending_deletion.code == "KMS.KMSInvalidStateException"


@points(grade=4)
@hint("Disable {alias} in KMS, Key actions.")
def test_key_disabled(disabled_once):
    """The history tells that the key was disabled."""
    assert disabled_once.disabled


@points(grade=5)
@hint("Start {instance} while the key is disabled, and watch its state.")
def test_effect_of_disabling(disabled_once):
    """The history tells what the disabled key kept from happening: the start of the instance, or a decryption."""
    assert disabled_once.effects


@points(grade=4)
@hint("Enable {alias} again in KMS, Key actions.")
def test_key_enabled_again(disabled_once):
    """The key was enabled again."""
    assert disabled_once.disabled
    assert disabled_once.enabled_again


@points(grade=2)
@hint("Enable the key again, and start {instance}.")
def test_instance_ran_again(disabled_once):
    """With the key enabled again, the instance ran."""
    assert disabled_once.enabled_again
    assert disabled_once.instance_ran_again
