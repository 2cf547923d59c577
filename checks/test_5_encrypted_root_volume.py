"""Objective 5: encrypt the root volume of an existing EC2 instance."""

from fixtures.lab.advice import encrypted_volume, instance_name, unencrypted_volumes, unusable_volume_key, volume_key
from fixtures.resources.objectives import Objective
from grading.marks import advice, hint, objective, points

pytestmark = objective(Objective.ENCRYPTED_ROOT_VOLUME)


@points(provision=2)
@hint("Begin with an instance whose root volume is not encrypted; turn off EBS encryption by default.")
def test_unencrypted_at_the_start(root_volume):
    """At the start the root volume is not encrypted."""
    assert not root_volume.at_start.encrypted


@points(grade=2)
@hint("Give the instance the name {instance} (EC2, Instances, Name).")
@advice(instance_name)
def test_instance_name(root_volume, names):
    """The instance with the encrypted root volume has the lab's name."""
    assert root_volume.now.encrypted
    assert root_volume.instance.name == names.instance


@points(provision=4, grade=6)
@hint("Create the new volume from the snapshot with 'Encrypt this volume', and attach it at the root device.")
@advice(encrypted_volume)
def test_volume_encrypted(root_volume):
    """The volume at the root device is encrypted."""
    assert root_volume.now.encrypted


@points(provision=4, grade=8)
@hint("Create the new volume from the snapshot again, and choose the key {alias}.")
@advice(volume_key, blocked_by=unusable_volume_key)
def test_volume_under_the_key(root_volume, key):
    """It is encrypted under this very key."""
    assert root_volume.now.key == key


@points(provision=2)
@hint("A volume serves only instances in its own Availability Zone.")
def test_volume_zone(root_volume):
    """It is in the instance's Availability Zone."""
    assert root_volume.now.zone == root_volume.instance.zone


@points(provision=3)
@hint("Start {instance}; a stopped instance's volume is not in use.")
def test_runs_from_it(root_volume):
    """The instance runs from it."""
    assert root_volume.now.device == root_volume.instance.root_device
    assert root_volume.instance.state == "running"


@points(provision=2)
@hint("Detach the old volume: stop the instance first.")
def test_old_volume_is_detached(root_volume):
    """The old, unencrypted volume is detached."""
    assert (root_volume.old.state, root_volume.old.encrypted) == ("available", False)


@points(provision=1)
@hint("EBS asks KMS for a grant when it makes an encrypted volume.")
def test_volume_grant(root_volume, history, key):
    """The history tells that EBS was granted the key for this volume."""
    assert history.grants(key, root_volume.now.id)


@points(provision=2)
@hint("EBS has a data key made when it makes an encrypted volume.")
def test_volume_data_key(root_volume, history, key):
    """The history tells that EBS had a data key made for this volume."""
    assert history.volume_keys(key, root_volume.now.id)


@points(grade=4)
@hint("Detach the unencrypted volume: stop the instance first.")
@advice(unencrypted_volumes)
def test_nothing_unencrypted(root_volume):
    """No volume at the instance is unencrypted."""
    assert root_volume.unencrypted == []
