"""Objective 5: encrypt the root volume of an existing EC2 instance."""

from fixtures.lab.advice import encrypted_volume, instance_name, unencrypted_volumes, unusable_volume_key, volume_key
from fixtures.resources.objectives import Objective
from fixtures.resources.wording import in_words
from grading.marks import advice, hint, objective, points

pytestmark = objective(Objective.ENCRYPTED_ROOT_VOLUME)


@points(provision=2)
@hint("Begin with an instance whose root volume is not encrypted.")
def test_unencrypted_at_the_start(root_volume):
    """The root volume is not encrypted at the start."""
    start = root_volume.at_start
    assert not start.encrypted, f"The root volume {start.id} was encrypted at the start."


@points(provision=4, grade=6)
@hint("Create the new volume from the snapshot with 'Encrypt this volume', and attach it at the root device.")
@advice(encrypted_volume)
def test_volume_encrypted(root_volume):
    """The root volume is encrypted."""
    assert root_volume.now.encrypted, f"The root volume {root_volume.now.id} is not encrypted."


@points(provision=4, grade=8)
@hint("Create the new volume from the snapshot again, and choose the key {alias}.")
@advice(volume_key, blocked_by=unusable_volume_key)
def test_volume_under_the_key(root_volume, key):
    """The root volume is encrypted with the lab's key."""
    now = root_volume.now
    assert now.encrypted, f"The root volume {now.id} is not encrypted."
    assert now.key == key, f"The root volume {now.id} is not encrypted with {key.name}."


@points(grade=2)
@hint("Give the instance the name {instance} (EC2, Instances, Name).")
@advice(instance_name)
def test_instance_name(root_volume, names):
    """The instance with the encrypted root volume has the lab's name."""
    now, instance = root_volume.now, root_volume.instance
    named = f"is named {instance.name}, not {names.instance}" if instance.name else "has no name"
    assert now.encrypted, f"The root volume {now.id} is not encrypted."
    assert instance.name == names.instance, f"The instance {instance.id} {named}."


@points(provision=2)
@hint("Create the volume in the instance's Availability Zone.")
def test_volume_zone(root_volume):
    """The root volume is in the instance's Availability Zone."""
    zone, wanted = root_volume.now.zone, root_volume.instance.zone
    assert zone == wanted, f"The root volume is in {zone}, and the instance in {wanted}."


@points(provision=3)
@hint("Start {instance}.")
def test_runs_from_it(root_volume):
    """The instance runs from the encrypted volume."""
    now, instance = root_volume.now, root_volume.instance
    assert now.device == instance.root_device, f"{now.id} is attached as {now.device}, not as {instance.root_device}."
    assert instance.state == "running", f"The instance is {instance.state}."


@points(provision=2)
@hint("Detach the old volume: stop the instance first.")
def test_old_volume_is_detached(root_volume):
    """The old, unencrypted volume is detached."""
    old = root_volume.old
    assert not old.encrypted, f"The old volume {old.id} is encrypted."
    assert old.state == "available", f"The old volume {old.id} is {old.state}."


@points(provision=1)
@hint("EBS must ask KMS for a grant when it creates an encrypted volume.")
def test_volume_grant(root_volume, history, key):
    """CloudTrail shows a grant that lets EBS use the key for the root volume."""
    found = history.grants(key, root_volume.now.id)
    assert found, found.absence


@points(provision=2)
@hint("EBS must generate a data key when it creates an encrypted volume.")
def test_volume_data_key(root_volume, history, key):
    """CloudTrail shows that EBS generated a data key for the root volume."""
    found = history.volume_keys(key, root_volume.now.id)
    assert found, found.absence


@points(grade=4)
@hint("Detach the unencrypted volume: stop the instance first.")
@advice(unencrypted_volumes)
def test_nothing_unencrypted(root_volume):
    """The instance has no unencrypted volume."""
    found, now = root_volume.unencrypted, root_volume.now
    assert now.encrypted, f"The root volume {now.id} is not encrypted."
    ids = in_words(volume.id for volume in found)
    assert not found, f"{ids} {'is' if len(found) == 1 else 'are'} attached to the instance and not encrypted."
