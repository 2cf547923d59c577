"""Steps of students with other names than the lab's: of the key, the bucket, the object and the instance."""

from __future__ import annotations

from embedded.practice.console_user import ConsoleUser
from embedded.practice.tasks import (
    TASKS,
    Steps,
    disable_and_enable,
    encrypt,
    in_turn,
    make_key,
    read,
    store,
)
from tests.checks.student_steps import by_the_handout, launch


def stored_as(name: str) -> Steps:
    def steps(user: ConsoleUser) -> None:
        user.upload(name)
        user.open_object_url(name)
        user.open_bucket()
        user.make_public(name)
        user.open_in_console(name)

    return steps


def all_with(name: str) -> Steps:
    """Follow the handout with another name of the object."""

    def steps(user: ConsoleUser) -> None:
        make_key(user)
        stored_as(name)(user)
        encrypt(user)
        user.disable_key()
        user.start_instance()
        user.open_in_console(name)
        user.enable_key()
        user.start_instance()

    return steps


def another_bucket(user: ConsoleUser) -> None:
    user.create_bucket(f"pictures-of-{user.account}")


def among_others(user: ConsoleUser) -> None:
    """Of three objects with names of their own, one is encrypted with the key."""
    for name in ("notes.txt", "todo.txt"):
        user.upload(name, sse=None)
    all_with("picture.png")(user)


def in_a_bucket_of_ones_own(user: ConsoleUser) -> None:
    make_key(user)
    another_bucket(user)
    in_turn(*TASKS[1:])(user)


def thirteen_buckets(user: ConsoleUser) -> None:
    """The object is in the last of thirteen buckets of the lab's name."""
    make_key(user)
    for number in range(12):
        user.create_bucket(f"z{number:02}-imagebucket-{user.account}")
    in_turn(*TASKS[1:])(user)


def all_names_wrong(user: ConsoleUser) -> None:
    user.create_key("alias/mykey")
    user.create_bucket(f"my-pictures-{user.account}")
    in_turn(*TASKS[1:])(user)
    user.rename_instance("MyInstance")


def hidden_by_a_delete_marker(user: ConsoleUser) -> None:
    on = {"Status": "Enabled"}
    user.call("s3", "put_bucket_versioning", Bucket=user.bucket, VersioningConfiguration=on)
    by_the_handout(user)
    user.delete_object()


def two_keys(user: ConsoleUser) -> None:
    """The object is encrypted with one key, the root volume with another; neither has the lab's alias."""
    user.create_key("alias/One")
    in_turn(*TASKS[1:4])(user)
    user.create_key("alias/Two")
    in_turn(*TASKS[4:])(user)


def instance_of_ones_own(user: ConsoleUser) -> None:
    """The lab's instance stays as it was; another one gets the encrypted root."""
    launch(user, name="Mine")
    encrypt(user)


def no_bucket(user: ConsoleUser) -> None:
    """The lab's bucket is deleted, and another one is empty."""
    user.call("s3", "delete_bucket", Bucket=user.bucket)
    make_key(user)
    user.create_bucket(f"my-own-{user.account}")
    in_turn(encrypt, disable_and_enable)(user)


def in_another_region(user: ConsoleUser) -> None:
    """Key, bucket and object are in another Region."""
    user.region = "us-west-2"
    user.create_key()
    name = f"my-imagebucket-{user.account}"
    where = {"LocationConstraint": user.region}
    user.call("s3", "create_bucket", Bucket=name, CreateBucketConfiguration=where)
    user.bucket = name
    in_turn(store, read)(user)


def alias_on_another_key(user: ConsoleUser) -> None:
    by_the_handout(user)
    mine = user.key
    user.delete_alias()
    user.create_key()
    user.key = mine


def alias_moved(user: ConsoleUser) -> None:
    by_the_handout(user)
    mine = user.key
    user.create_key(None)
    user.call("kms", "update_alias", AliasName="alias/MyKMSKey", TargetKeyId=user.key)
    user.key = mine


def another_key_at_last(user: ConsoleUser) -> None:
    """The key of the work is scheduled for deletion, and a new one gets its alias."""
    by_the_handout(user)
    user.delete_alias()
    user.schedule_deletion()
    make_key(user)


def another_key_for_the_object(user: ConsoleUser) -> None:
    """Only the object is encrypted again, with the new key."""
    another_key_at_last(user)
    user.upload(ACL="public-read")
    user.open_in_console()
