"""Objective 6: disable and re-enable an AWS KMS key and observe the effects on data access.

A disabled key answers `DisabledException`. `KMSInvalidStateException`, which some expect here, is the answer of a key
that is pending deletion; both states are tried, each with its own code.
"""

from fixtures.lab.advice import key_never_enabled_again, no_effect, unusable_key_state
from fixtures.resources.objectives import Objective
from grading.marks import advice, hint, objective, points

pytestmark = objective(Objective.DISABLE_AND_RE_ENABLE)


@points(provision=2)
@hint("Disable the key in KMS, Key actions.")
def test_kms_refuses(key_disabling):
    """With the key disabled, KMS answers DisabledException."""
    assert key_disabling.before.decrypt.served
    assert key_disabling.meanwhile.decrypt.code == "DisabledException"


@points(provision=2)
@hint("Open {object} while the key is disabled.")
def test_s3_refuses(key_disabling):
    """With the key disabled, S3 answers KMS.DisabledException."""
    assert key_disabling.before.read.served
    assert key_disabling.meanwhile.read.code == "KMS.DisabledException"


@points(provision=1)
@hint("A running instance keeps its data key; only the next start asks KMS again.")
def test_running_instance(start_with_disabled_key):
    """An instance that is running is not touched."""
    assert start_with_disabled_key.before.state == "running"
    assert start_with_disabled_key.meanwhile.state == "running"


@points(provision=2)
@hint("Start {instance} while the key is disabled, and watch its state.")
def test_start_ends_stopped(start_with_disabled_key):
    """With the key disabled, a start is accepted and ends in stopped, with the reason."""
    assert start_with_disabled_key.start.served
    assert start_with_disabled_key.started.state == "stopped"
    assert start_with_disabled_key.started.blames_the_key


@points(provision=2)
@hint("Enable the key again in KMS, Key actions.")
def test_kms_serves_again(key_disabling):
    """Enabled again, the key decrypts what was encrypted before."""
    assert key_disabling.after.decrypt.content == key_disabling.before.decrypt.content


@points(provision=2)
@hint("Enable the key again, and open {object}.")
def test_s3_serves_again(key_disabling):
    """Enabled again, the object is served."""
    assert key_disabling.after.read.content == key_disabling.before.read.content


@points(provision=2)
@hint("Enable the key again, and start {instance}.")
def test_instance_runs_again(start_with_disabled_key):
    """Enabled again, the instance starts and runs."""
    assert start_with_disabled_key.after.state == "running"


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
@advice(blocked_by=unusable_key_state)
def test_key_disabled(key_disabling_history):
    """The history tells that the key was disabled."""
    assert key_disabling_history.disabled


@points(grade=5)
@hint("Start {instance} while the key is disabled, and watch its state.")
@advice(no_effect, blocked_by=unusable_key_state)
def test_effect_of_disabling(key_disabling_history):
    """The history tells what the disabled key kept from happening: the start of the instance, or a decryption."""
    assert key_disabling_history.effects


@points(grade=4)
@hint("Enable {alias} again in KMS, Key actions.")
@advice(key_never_enabled_again, blocked_by=unusable_key_state)
def test_key_enabled_again(key_disabling_history):
    """The key was enabled again."""
    assert key_disabling_history.disabled
    assert key_disabling_history.enabled_again


@points(grade=2)
@hint("Enable the key again, and start {instance}.")
@advice(blocked_by=unusable_key_state)
def test_instance_ran_again(key_disabling_history):
    """With the key enabled again, the instance ran."""
    assert key_disabling_history.enabled_again
    assert key_disabling_history.instance_ran_again
