"""Objective 6: disable and re-enable an AWS KMS key and observe the effects on data access.

A disabled key answers `DisabledException`. `KMSInvalidStateException`, which some expect here, is the answer of a key
that is pending deletion; both states are tried, each with its own code.
"""

from fixtures.lab.advice import (
    disabling_denied,
    instance_never_ran,
    key_never_disabled,
    key_never_enabled_again,
    no_effect,
)
from fixtures.resources.objectives import Objective
from grading.marks import advice, hint, objective, points

pytestmark = objective(Objective.DISABLE_AND_RE_ENABLE)


@points(provision=2)
@hint("Disable the key in KMS, Key actions.")
def test_kms_refuses(key_disabling):
    """KMS answers DisabledException while the key is disabled."""
    before, answer = key_disabling.before.decrypt, key_disabling.meanwhile.decrypt.seen
    assert before.served, f"KMS answered Decrypt with {before.words} before the key was disabled."
    assert answer.code == "DisabledException", f"KMS answered Decrypt with {answer.words}."


@points(provision=2)
@hint("Open {object} while the key is disabled.")
def test_s3_refuses(key_disabling):
    """S3 answers KMS.DisabledException while the key is disabled."""
    before, answer = key_disabling.before.read, key_disabling.meanwhile.read.seen
    assert before.served, f"S3 answered GetObject with {before.words} before the key was disabled."
    assert answer.code == "KMS.DisabledException", f"S3 answered GetObject with {answer.words}."


@points(provision=1)
@hint("A running instance keeps its data key. Only the next start calls KMS.")
def test_running_instance(start_with_disabled_key):
    """A running instance goes on running while the key is disabled."""
    before, now = start_with_disabled_key.before, start_with_disabled_key.meanwhile
    assert before.state == "running", f"The instance was {before.state} before the key was disabled."
    assert now.state == "running", f"The instance was {now.state} after the key was disabled."


@points(provision=2)
@hint("Start {instance} while the key is disabled, and watch its state.")
def test_start_ends_stopped(start_with_disabled_key):
    """A start while the key is disabled is accepted and ends in stopped, with the reason."""
    start = start_with_disabled_key.start
    assert start.served, f"EC2 answered StartInstances with {start.words}."
    started = start_with_disabled_key.started.seen
    assert started.state == "stopped", f"The instance was {started.state} after the start."
    assert started.blames_the_key, f"The instance stopped, with this reason: {started.state_reason or 'none'}."


@points(provision=2)
@hint("Enable the key again in KMS, Key actions.")
def test_kms_serves_again(key_disabling):
    """The key, enabled again, decrypts what was encrypted before."""
    before, after = key_disabling.before.decrypt, key_disabling.after.decrypt.seen
    assert after.content == before.content, f"KMS answered Decrypt with {after.words_of('plaintext')}."


@points(provision=2)
@hint("Enable the key again, and open {object}.")
def test_s3_serves_again(key_disabling):
    """S3 returns the object after the key was enabled again."""
    before, after = key_disabling.before.read, key_disabling.after.read.seen
    assert after.content == before.content, f"S3 answered GetObject with {after.words_of('object')}."


@points(provision=2)
@hint("Enable the key again, and start {instance}.")
def test_instance_runs_again(start_with_disabled_key):
    """The instance starts and runs after the key was enabled again."""
    after = start_with_disabled_key.after.seen
    assert after.state == "running", f"The instance is {after.state}, with this reason: {after.state_reason or 'none'}."


@points(provision=1)
@hint("KMS must refuse to use a key that is pending deletion.")
def test_kms_refuses_pending_deletion(spare_key):
    """KMS answers KMSInvalidStateException while a key is pending deletion."""
    before, answer = spare_key.by_user.seen, spare_key.pending_deletion.seen
    assert before.served, f"KMS answered Encrypt with {before.words} before the key was pending deletion."
    assert answer.code == "KMSInvalidStateException", f"KMS answered Encrypt with {answer.words}."


@points(provision=1)
@hint("S3 must return the code of KMS after the prefix KMS.")
def test_s3_refuses_pending_deletion(spare_key):
    """S3 answers KMS.KMSInvalidStateException while the object's key is pending deletion."""
    before, answer = spare_key.read_before, spare_key.read_pending_deletion.seen
    assert before.served, f"S3 answered GetObject with {before.words} before the key was pending deletion."
    assert answer.code == "KMS.KMSInvalidStateException", f"S3 answered GetObject with {answer.words}."


@points(grade=4)
@hint("Disable {alias} in KMS, Key actions.")
@advice(key_never_disabled, blocked_by=disabling_denied)
def test_key_disabled(key_disabling_history):
    """CloudTrail shows that the key was disabled."""
    disabled = key_disabling_history.disabled
    assert disabled, disabled.absence


@points(grade=5)
@hint("Start {instance} while the key is disabled, and watch its state.")
@advice(no_effect, blocked_by=disabling_denied)
def test_effect_of_disabling(key_disabling_history):
    """CloudTrail shows an action that failed while the key was disabled: starting the instance, or decrypting data."""
    effects = key_disabling_history.effects
    assert effects, key_disabling_history.absence_of_effects


@points(grade=4)
@hint("Enable {alias} again in KMS, Key actions.")
@advice(key_never_enabled_again, blocked_by=disabling_denied)
def test_key_enabled_again(key_disabling_history):
    """The key was enabled again after it was disabled."""
    disabled, key = key_disabling_history.disabled, key_disabling_history.key
    assert disabled, disabled.absence
    assert key_disabling_history.enabled_again, f"{key.name} {key.state_words}, and was not enabled again."


@points(grade=2)
@hint("Enable the key again, and start {instance}.")
@advice(instance_never_ran, blocked_by=disabling_denied)
def test_instance_ran_again(key_disabling_history):
    """The instance ran after the key was enabled again."""
    disabled, key = key_disabling_history.disabled, key_disabling_history.key
    assert disabled, disabled.absence
    assert key_disabling_history.enabled_again, f"{key.name} {key.state_words}, and was not enabled again."
    assert key_disabling_history.instance_ran_again, f"{key_disabling_history.instance_words}."
