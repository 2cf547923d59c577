"""Steps of students beyond the handout: unusual but right, or wrong."""

from __future__ import annotations

from embedded.practice.console_user import AtWork
from embedded.practice.scenarios import (
    TASKS,
    Steps,
    disable_and_enable,
    encrypt,
    in_turn,
    store,
)

by_the_handout = in_turn(*TASKS)


# Right, in unusual ways


def by_the_buckets_default(work: AtWork) -> None:
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": work.key}}
    work.ask("s3", "put_bucket_encryption", Bucket=work.bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    work.upload(sse=None)


def replaced_root(work: AtWork) -> None:
    work.encrypt_root(how="replace-root")
    work.stop_instance()


def root_at_sda1(work: AtWork) -> None:
    """The lab's instance is gone; another of its name starts from /dev/sda1."""
    work.terminate_instance()
    launch(work, device="/dev/sda1")
    work.stop_instance()
    work.take_snapshot()
    work.create_volume()
    work.detach_root()
    work.attach(device="/dev/sda1")


def launch(work: AtWork, device: str = "", name: str = "LabInstance", *, is_meant: bool = True) -> str:
    """Another instance; it is the student's `instance` from now on, if it is meant."""
    images = work.ask("ec2", "describe_images", Owners=["amazon"])["Images"]
    image = next(each for each in images if not device or each.get("RootDeviceName") == device)
    made = work.ask(
        "ec2",
        "run_instances",
        ImageId=image["ImageId"],
        InstanceType="t3.micro",
        MinCount=1,
        MaxCount=1,
        Placement={"AvailabilityZone": f"{work.region}a"},
        TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": name}]}],
    )
    work.wait(2)
    found = str(made["Instances"][0]["InstanceId"])
    if is_meant:
        work._instance = found
    return found


def twins(work: AtWork) -> None:
    """Two more of the name, both terminated."""
    _ = work.instance
    twins = [launch(work, is_meant=False) for _ in range(2)]
    work.ask("ec2", "terminate_instances", InstanceIds=twins)
    work.wait(2)
    encrypt(work)


def second_instance(work: AtWork) -> None:
    _ = work.instance
    launch(work, is_meant=False)
    encrypt(work)


def second_bucket(work: AtWork) -> None:
    first = work.bucket
    work.create_bucket(f"another-{first}")
    work.bucket = first
    store(work)


def much_read(work: AtWork) -> None:
    for _ in range(60):
        work.open_in_console()
    work.look_at_history()


def own_policy(work: AtWork) -> None:
    """Statements in another order, principals as lists, and a statement of the student's own."""
    policy = work.console_policy()
    for statement in policy["Statement"]:
        statement["Principal"] = {"AWS": [statement["Principal"]["AWS"]]}
    policy["Statement"].reverse()
    mine = {"Sid": "mine", "Effect": "Allow", "Principal": {"AWS": work.account}, "Action": "kms:ListGrants"}
    policy["Statement"].insert(0, {**mine, "Resource": "*"})
    work.create_key(policy=policy)


def uploaded_last(work: AtWork) -> None:
    work.upload()
    work.open_public_link()
    work.open_bucket()
    work.delete_object()
    work.upload(ACL="public-read")
    work.open_public_link()


def by_the_command_line(work: AtWork) -> None:
    """With the very access key with which a grader comes."""
    mine = work.aws.identities.credential(work.student.access_key_id)
    assert mine
    work._session = mine
    by_the_handout(work)


def disabled_twice(work: AtWork) -> None:
    work.disable_key()
    work.enable_key()
    work.wait(2)
    disable_and_enable(work)


def only_opened_meanwhile(work: AtWork) -> None:
    work.disable_key()
    work.open_in_console()
    work.enable_key()
    work.start_instance()


def first_key_dropped(work: AtWork) -> None:
    """Everything once, with a key that is given up, and then all of it again."""
    first = work.create_key()
    work.upload()
    work.delete_object()
    work.drop_alias()
    work.schedule_deletion(first)
    work.wait(2)
    by_the_handout(work)


# Wrong


def asymmetric(work: AtWork) -> None:
    work.create_key(spec="RSA_2048")
    work.upload(key=None)


def encrypted_by_default(work: AtWork) -> None:
    """EBS offers no asymmetric key."""
    work.encrypt_root(key=None)


def open_to_another(work: AtWork) -> None:
    policy = work.console_policy()
    other = {"AWS": "arn:aws:iam::999999999999:root"}
    statement = {"Sid": "other", "Effect": "Allow", "Principal": other, "Action": "kms:Decrypt", "Resource": "*"}
    work.create_key(policy={**policy, "Statement": [*policy["Statement"], statement]})


def stored_as(name: str) -> Steps:
    def steps(work: AtWork) -> None:
        work.upload(name)
        work.open_public_link(name)
        work.open_bucket()
        work.publish(name)
        work.open_in_console(name)

    return steps


def two_of_the_name(work: AtWork) -> None:
    _ = work.instance
    launch(work, is_meant=False)


def another_key_disabled(work: AtWork) -> None:
    mine = work.key
    work.create_key("alias/Another")
    disable_and_enable(work)
    work.key = mine


def under_another_key(work: AtWork) -> None:
    mine = work.key
    other = work.create_key("alias/Another")
    work.key = mine
    work.upload(key=other)


def volume_beside_the_old(work: AtWork) -> None:
    """The old root stays, the encrypted volume comes beside it."""
    work.stop_instance()
    work.take_snapshot()
    work.create_volume()
    work.attach(device="/dev/sdf")
    work.start_instance()


def snapshot_only(work: AtWork) -> None:
    work.stop_instance()
    work.take_snapshot()
    work.copy_snapshot()
    work.start_instance()


def put_the_old_back(work: AtWork) -> None:
    old = work.old_volume
    work.stop_instance()
    work.detach_root()
    work.attach(old)
    work.start_instance()


def plain_data_volume(work: AtWork) -> None:
    encrypt(work)
    made = work.ask("ec2", "create_volume", AvailabilityZone=f"{work.region}a", Size=1)
    work.wait(1)
    work.attach(str(made["VolumeId"]), device="/dev/sdg")


def left_disabled_at_last(work: AtWork) -> None:
    disable_and_enable(work)
    work.wait(2)
    work.disable_key()


def in_both_buckets(work: AtWork) -> None:
    store(work)
    first = work.bucket
    work.create_bucket(f"another-{first}")
    work.upload()
    work.bucket = first


def open_to_everybody(work: AtWork) -> None:
    policy = work.console_policy()
    every = {"Sid": "all", "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:Decrypt", "Resource": "*"}
    work.create_key(policy={**policy, "Statement": [*policy["Statement"], every]})


def alias_on_another_key(work: AtWork) -> None:
    by_the_handout(work)
    mine = work.key
    work.drop_alias()
    work.create_key()
    work.key = mine


def never_opened(work: AtWork) -> None:
    work.look_at_history()


def ignored_acl(work: AtWork) -> None:
    work.open_public_link()
    work.open_bucket(block_public_access={"BlockPublicAcls": False, "IgnorePublicAcls": True})
    work.publish()
    work.open_public_link()


def deleted_the_object(work: AtWork) -> None:
    by_the_handout(work)
    work.delete_object()
