"""Steps of students beyond the handout: unusual but right, or wrong."""

from __future__ import annotations

import json

from embedded.practice.console_user import ConsoleUser, RootEncryption
from embedded.practice.guardrails import GUARDRAILS
from embedded.practice.tasks import (
    TASKS,
    Steps,
    disable_and_enable,
    encrypt,
    in_turn,
    store,
)

by_the_handout = in_turn(*TASKS)


# Right, in unusual ways


def by_the_buckets_default(user: ConsoleUser) -> None:
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": user.key}}
    user.call("s3", "put_bucket_encryption", Bucket=user.bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    user.upload(sse=None)


def replaced_root(user: ConsoleUser) -> None:
    user.encrypt_root(how=RootEncryption.REPLACE_ROOT)
    user.stop_instance()


def root_at_sda1(user: ConsoleUser) -> None:
    """The lab's instance is gone; another of its name starts from /dev/sda1."""
    user.terminate_instance()
    launch(user, device="/dev/sda1")
    user.stop_instance()
    user.create_snapshot()
    user.create_volume()
    user.detach_root()
    user.attach(device="/dev/sda1")


def launch(
    user: ConsoleUser,
    device: str = "",
    name: str = "LabInstance",
    *,
    image: str = "",
    is_meant: bool = True,
    encrypted: bool = False,
) -> str:
    """Another instance; it is the student's `instance` from now on, if it is meant."""
    if not image:
        x86 = [{"Name": "architecture", "Values": ["x86_64"]}]
        images = user.call("ec2", "describe_images", Owners=["amazon"], Filters=x86)["Images"]
        image = next(each["ImageId"] for each in images if not device or each.get("RootDeviceName") == device)
    root = {"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True, "KmsKeyId": user.key}}
    made = user.call(
        "ec2",
        "run_instances",
        ImageId=image,
        InstanceType="t3.micro",
        MinCount=1,
        MaxCount=1,
        Placement={"AvailabilityZone": f"{user.region}a"},
        BlockDeviceMappings=[root] if encrypted else [],
        TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": name}]}],
    )
    user.wait(2)
    found = str(made["Instances"][0]["InstanceId"])
    if is_meant:
        user.instance = found
    return found


def twins(user: ConsoleUser) -> None:
    """Two more of the name, both terminated."""
    _ = user.instance
    twins = [launch(user, is_meant=False) for _ in range(2)]
    user.call("ec2", "terminate_instances", InstanceIds=twins)
    user.wait(2)
    encrypt(user)


def second_instance(user: ConsoleUser) -> None:
    _ = user.instance
    launch(user, is_meant=False)
    encrypt(user)


def second_bucket(user: ConsoleUser) -> None:
    first = user.bucket
    user.create_bucket(f"another-{first}")
    user.bucket = first
    store(user)


def much_read(user: ConsoleUser) -> None:
    for _ in range(60):
        user.open_in_console()
    user.look_up_events()


def uploaded_last(user: ConsoleUser) -> None:
    user.upload()
    user.open_object_url()
    user.open_bucket()
    user.delete_object()
    user.upload(ACL="public-read")
    user.open_object_url()


def by_the_command_line(user: ConsoleUser) -> None:
    """With the very access key with which a grader comes."""
    mine = user.aws.credentials.find(user.student.access_key_id)
    assert mine
    user.credential = mine
    by_the_handout(user)


def disabled_twice(user: ConsoleUser) -> None:
    user.disable_key()
    user.enable_key()
    user.wait(2)
    disable_and_enable(user)


def only_opened_meanwhile(user: ConsoleUser) -> None:
    user.disable_key()
    user.open_in_console()
    user.enable_key()
    user.start_instance()


def first_key_dropped(user: ConsoleUser) -> None:
    """Everything once, with a key that is given up, and then all of it again."""
    first = user.create_key()
    user.upload()
    user.delete_object()
    user.delete_alias()
    user.schedule_deletion(first)
    user.wait(2)
    by_the_handout(user)


# Wrong


def asymmetric(user: ConsoleUser) -> None:
    user.create_key(spec="RSA_2048")
    user.upload(key=None)


def encrypted_by_default(user: ConsoleUser) -> None:
    """EBS offers no asymmetric key."""
    user.encrypt_root(key=None)


def by_an_encrypted_image(user: ConsoleUser) -> None:
    """An encrypted copy of the instance's image is launched in its place."""
    user.stop_instance()
    image = user.call("ec2", "create_image", InstanceId=user.instance, Name="LabInstance")["ImageId"]
    user.wait(2)
    how = {"SourceImageId": image, "SourceRegion": user.region, "Encrypted": True, "KmsKeyId": user.key}
    copy = user.call("ec2", "copy_image", Name="LabInstance encrypted", **how)["ImageId"]
    user.wait(2)
    user.terminate_instance()
    launch(user, image=copy)
    user.stop_instance()


def two_of_the_name(user: ConsoleUser) -> None:
    _ = user.instance
    launch(user, is_meant=False)


def another_key_disabled(user: ConsoleUser) -> None:
    mine = user.key
    user.create_key("alias/Another")
    disable_and_enable(user)
    user.key = mine


def under_another_key(user: ConsoleUser) -> None:
    mine = user.key
    other = user.create_key("alias/Another")
    user.key = mine
    user.upload(key=other)


def volume_beside_the_old(user: ConsoleUser) -> None:
    """The old root stays, the encrypted volume comes beside it."""
    user.stop_instance()
    user.create_snapshot()
    user.create_volume()
    user.attach(device="/dev/sdf")
    user.start_instance()


def snapshot_only(user: ConsoleUser) -> None:
    user.stop_instance()
    user.create_snapshot()
    user.copy_snapshot()
    user.start_instance()


def put_the_old_back(user: ConsoleUser) -> None:
    old = user.old_volume
    user.stop_instance()
    user.detach_root()
    user.attach(old)
    user.start_instance()


def plain_data_volume(user: ConsoleUser) -> None:
    encrypt(user)
    made = user.call("ec2", "create_volume", AvailabilityZone=f"{user.region}a", Size=1)
    user.wait(1)
    user.attach(str(made["VolumeId"]), device="/dev/sdg")


def left_disabled_at_last(user: ConsoleUser) -> None:
    disable_and_enable(user)
    user.wait(2)
    user.disable_key()


def in_both_buckets(user: ConsoleUser) -> None:
    store(user)
    first = user.bucket
    user.create_bucket(f"another-{first}")
    user.upload()
    user.bucket = first


def never_opened(user: ConsoleUser) -> None:
    user.look_up_events()


def ignored_acl(user: ConsoleUser) -> None:
    user.open_object_url()
    user.open_bucket(block_public_access={"BlockPublicAcls": False, "IgnorePublicAcls": True})
    user.make_public()
    user.open_object_url()


def without_key_material(user: ConsoleUser) -> None:
    """The key waits for key material that never comes."""
    user.create_key(Origin="EXTERNAL")
    how = {"WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"}
    user.call("kms", "get_parameters_for_import", KeyId=user.key, **how)
    user.attempt(user.upload)
    user.upload(key=None)
    in_turn(*TASKS[2:4], encrypted_by_default)(user)


def deleted_instead_of_disabled(user: ConsoleUser) -> None:
    user.schedule_deletion()
    user.start_instance()
    user.call("kms", "cancel_key_deletion", KeyId=user.key.rpartition("/")[2])
    user.enable_key()
    user.start_instance()


def account_block(user: ConsoleUser) -> None:
    """Block public access for the whole account."""
    names = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    settings = dict.fromkeys(names, True)
    user.call("s3control", "put_public_access_block", AccountId=user.account, PublicAccessBlockConfiguration=settings)


def denied_by_the_organization(name: str) -> Steps:
    """Put the account under a guardrail of the practice server."""

    def steps(user: ConsoleUser) -> None:
        user.call("iam", "list_roles")
        GUARDRAILS[name][1](user.account, user.region)

    return steps


def tried_to_disable(user: ConsoleUser) -> None:
    user.attempt(user.disable_key)
    user.start_instance()


def tried_to_open(user: ConsoleUser) -> None:
    user.attempt(user.open_bucket)
    rules = {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
    user.call("s3", "put_bucket_ownership_controls", Bucket=user.bucket, OwnershipControls=rules)
    user.attempt(user.make_public)


def opened_as_far_as_it_goes(user: ConsoleUser) -> None:
    """S3 refuses the public ACL."""
    user.open_object_url()
    user.open_bucket()
    user.attempt(user.make_public)
    user.open_object_url()


def public_by_policy(user: ConsoleUser) -> None:
    """A bucket policy instead of the ACL."""
    user.open_bucket()
    arn = f"arn:aws:s3:::{user.bucket}/*"
    allow = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    user.call("s3", "put_bucket_policy", Bucket=user.bucket, Policy=policy)
    user.open_object_url()


def opened_for_users_of_aws(user: ConsoleUser) -> None:
    user.open_bucket()
    user.make_public(acl="authenticated-read")


def deleted_the_object(user: ConsoleUser) -> None:
    by_the_handout(user)
    user.delete_object()


def started_while_running(user: ConsoleUser) -> None:
    """The instance runs from its encrypted root; a start of it asks nothing of KMS."""
    user.start_instance()
    user.disable_key()
    user.start_instance()
    user.enable_key()


def disabled_before_the_root_was_encrypted(user: ConsoleUser) -> None:
    """Task 7 before task 6: the start did not need the key."""
    user.stop_instance()
    user.disable_key()
    user.start_instance()
    user.enable_key()
    encrypt(user)
    user.start_instance()


def started_too_early(user: ConsoleUser) -> None:
    """EBS does not know yet that the key is enabled again."""
    user.disable_key()
    user.start_instance()
    user.call("kms", "enable_key", KeyId=user.key)
    user.start_instance()


def opened_by_deleting_settings(user: ConsoleUser) -> None:
    user.open_object_url()
    user.call("s3", "delete_public_access_block", Bucket=user.bucket)
    user.call("s3", "delete_bucket_ownership_controls", Bucket=user.bucket)
    user.make_public()
    user.open_object_url()


def closed_again(user: ConsoleUser) -> None:
    rules = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    user.block_public_access()
    user.call("s3", "put_bucket_ownership_controls", Bucket=user.bucket, OwnershipControls=rules)


def deletion_cancelled(user: ConsoleUser) -> None:
    user.schedule_deletion()
    user.wait(2)
    user.call("kms", "cancel_key_deletion", KeyId=user.key)


def deletion_instead_of_disabling(user: ConsoleUser) -> None:
    user.schedule_deletion()
    user.wait(1)
    user.start_instance()
    user.open_in_console()
    user.call("kms", "cancel_key_deletion", KeyId=user.key)
    user.enable_key()
    user.start_instance()


def hmac(user: ConsoleUser) -> None:
    user.create_key(spec="HMAC_256", usage="GENERATE_VERIFY_MAC")
    user.upload(key=None)
