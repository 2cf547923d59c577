"""Steps of students that differ in the instance, its volumes, or in disabling the key."""

from __future__ import annotations

import json

from embedded.practice.console_user import ConsoleUser
from embedded.practice.tasks import encrypt
from tests.checks.student_steps import by_the_handout, launch


def launched_encrypted(user: ConsoleUser) -> None:
    """Another instance of the lab's name is launched with an encrypted root."""
    user.terminate_instance()
    launch(user, encrypted=True)
    user.stop_instance()


def swapped_again(user: ConsoleUser) -> None:
    """The root is replaced by another encrypted volume, when all is done."""
    user.stop_instance()
    user.create_snapshot()
    user.create_volume()
    user.detach_root()
    user.attach()
    user.start_instance()


def attached_to_another(user: ConsoleUser) -> None:
    mine = user.instance
    other = launch(user, name="Other", is_meant=False)
    user.stop_instance()
    user.create_snapshot()
    user.create_volume()
    user.instance = other
    user.attach(device="/dev/sdf")
    user.instance = mine
    user.start_instance()


def old_volume_kept(user: ConsoleUser) -> None:
    encrypt(user)
    user.attach(user.old_volume, device="/dev/sdf")


def root_deleted(user: ConsoleUser) -> None:
    user.stop_instance()
    volume = user.root()
    user.call("ec2", "detach_volume", VolumeId=volume)
    user.wait(1)
    user.call("ec2", "delete_volume", VolumeId=volume)


def tagged_in_small_letters(user: ConsoleUser) -> None:
    user.call("ec2", "delete_tags", Resources=[user.instance], Tags=[{"Key": "Name"}])
    tags = [{"Key": "name", "Value": "LabInstance"}]
    user.call("ec2", "create_tags", Resources=[user.instance], Tags=tags)


def everything_removed(user: ConsoleUser) -> None:
    by_the_handout(user)
    user.delete_object()
    user.delete_alias()
    user.schedule_deletion()
    user.terminate_instance()


# Disabling


def refused_by_the_command_line(user: ConsoleUser) -> None:
    """KMS refuses to encrypt; neither S3 nor EC2 is tried."""
    user.disable_key()
    user.attempt(user.call, "kms", "encrypt", KeyId=user.key, Plaintext=b"a clock")
    user.enable_key()
    user.start_instance()


def enabled_by_another(user: ConsoleUser) -> None:
    """Another role enables the key and starts the instance; later the deletion is scheduled and cancelled."""
    user.disable_key()
    user.start_instance()
    trust = {"Effect": "Allow", "Principal": {"AWS": user.account}, "Action": "sts:AssumeRole"}
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    document, policy = (json.dumps({"Version": "2012-10-17", "Statement": [each]}) for each in (trust, everything))
    role = user.call("iam", "create_role", RoleName="admin", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    user.call("iam", "put_role_policy", RoleName="admin", PolicyName="all", PolicyDocument=policy)
    given = user.call("sts", "assume_role", RoleArn=role, RoleSessionName="helper")["Credentials"]
    mine, others = user.credential, user.aws.credentials.find(given["AccessKeyId"])
    assert others
    user.credential = others
    user.enable_key()
    user.start_instance()
    user.credential = mine
    cancelled_deletion(user)
    user.enable_key()


def cancelled_deletion(user: ConsoleUser) -> None:
    user.schedule_deletion()
    user.wait(1)
    user.call("kms", "cancel_key_deletion", KeyId=user.key)


def started_at_once(user: ConsoleUser) -> None:
    """EBS does not know yet that the key is disabled."""
    user.call("kms", "disable_key", KeyId=user.key)
    user.start_instance()
    user.wait(2)
    user.enable_key()


def only_disabled(user: ConsoleUser) -> None:
    user.disable_key()
