"""Questions about instances."""

from __future__ import annotations

import functools
import secrets
from typing import Any

from botocore.exceptions import ClientError

from tests.embedded.question import code, outcome, question
from tests.embedded.questions.steps import encrypted_root, shown_key
from tests.embedded.world import World

INSTANCES = "ec2 instances"
STATES = "ec2 transitions"
ROOTS = "root volume replacement"
AUTHORIZATION = "ec2 authorization"


@question(
    "EC2",
    "where the root of a new instance is",
    "EC2-02",
    "/dev/xvda, mapped there, gp3 8 GiB, unencrypted, from a snapshot",
    INSTANCES,
)
def _(world: World) -> str:
    instance = world.instance()
    described = world.described(instance)
    device = described["RootDeviceName"]
    mapped = (
        "mapped there" if [each["DeviceName"] for each in described["BlockDeviceMappings"]] == [device] else "elsewhere"
    )
    volume = world.volume_described(world.root(instance))
    sealed = "encrypted" if volume["Encrypted"] else "unencrypted"
    source = "from a snapshot" if volume.get("SnapshotId") else "from nothing"
    return f"{device}, {mapped}, {volume['VolumeType']} {volume['Size']} GiB, {sealed}, {source}"


@question(
    "EC2", "the same at /dev/sda1, for an image that has it there", "EC2-02", "/dev/sda1 ['/dev/sda1']", INSTANCES
)
def _(world: World) -> str:
    name = ["ubuntu/images/hvm-ssd/*", "amzn-ami-pv-*"]
    images = world.ec2.describe_images(Owners=["amazon", "099720109477"], Filters=[{"Name": "name", "Values": name}])[
        "Images"
    ]
    image = next(each["ImageId"] for each in images if each["RootDeviceName"] == "/dev/sda1")
    described = world.described(world.instance(ImageId=image))
    return f"{described['RootDeviceName']} {[each['DeviceName'] for each in described['BlockDeviceMappings']]}"


@question("EC2", "an image that does not exist", "EC2-15", "InvalidAMIID.NotFound 400", INSTANCES)
def _(world: World) -> str:
    return code(lambda: world.instance(ImageId="ami-0000000000000dead"))


@question("EC2", "the states of a stop", "EC2-16", "stopping running, stopping, stopped", STATES)
def _(world: World) -> str:
    instance = world.instance()
    change = world.ec2.stop_instances(InstanceIds=[instance])["StoppingInstances"][0]
    first = f"{change['CurrentState']['Name']} {change['PreviousState']['Name']}"
    then = world.state(instance)
    return f"{first}, {then}, {world.until(lambda: world.state(instance), lambda seen: seen == 'stopped')}"


@question("EC2", "the states of a launch", "EC2-16", "pending, running", STATES)
def _(world: World) -> str:
    instance = world.instance()
    world.stopped(instance)
    world.ec2.start_instances(InstanceIds=[instance])
    then = world.state(instance)
    return f"{then}, {world.until(lambda: world.state(instance), lambda seen: seen == 'running')}"


@question("EC2", "stopping a stopped instance", "EC2-16", "stopped stopped", INSTANCES)
def _(world: World) -> str:
    instance = world.instance()
    world.stopped(instance)
    change = world.ec2.stop_instances(InstanceIds=[instance])["StoppingInstances"][0]
    return f"{change['CurrentState']['Name']} {change['PreviousState']['Name']}"


@question(
    "EC2",
    "the reason after a stop",
    "EC2-17",
    "Client.UserInitiatedShutdown: User initiated shutdown, User initiated, GMT",
    INSTANCES,
)
def _(world: World) -> str:
    instance = world.instance()
    world.stopped(instance)
    described = world.described(instance)
    reason = described["StateTransitionReason"]
    return f"{described['StateReason']['Message']}, {reason[:14]}, {reason[-4:-1]}"


ROOTLESS = "Invalid value 'i-…' for instanceId. Instance does not have a volume attached at root (/dev/xvda)"


@question("EC2", "starting without a root", "EC2-11", ROOTLESS, INSTANCES)
def _(world: World) -> str:
    instance = world.instance()
    root = world.root(instance)
    world.stopped(instance)
    world.ec2.detach_volume(VolumeId=root, InstanceId=instance)
    world.keep(world.ec2.delete_volume, VolumeId=root)
    world.until(lambda: world.volume_described(root)["State"], lambda seen: seen == "available")
    world.ec2.attach_volume(VolumeId=root, InstanceId=instance, Device="/dev/sdf")
    return outcome(lambda: world.ec2.start_instances(InstanceIds=[instance])).partition(": ")[2]


@question("EC2", "an instance that does not exist", "EC2-15", "InvalidInstanceID.NotFound 400", INSTANCES)
def _(world: World) -> str:
    return code(lambda: world.ec2.start_instances(InstanceIds=["i-0123456789abcdef0"]))


@question(
    "EC2",
    "a start with a disabled key",
    "EC2-44, EC2-45",
    "200 pending, stopped, in-use, Client.InvalidKMSKey.InvalidState: The KMS key provided is in an incorrect state",
    INSTANCES,
)
def _(world: World) -> str:
    instance, volume, key = encrypted_root(world)
    world.disable(key)
    world.settle()
    answer = world.ec2.start_instances(InstanceIds=[instance])
    status = answer["ResponseMetadata"]["HTTPStatusCode"]
    state = answer["StartingInstances"][0]["CurrentState"]["Name"]
    ended = world.until(
        lambda: world.described(instance),
        lambda seen: "User" not in seen["StateReason"]["Code"] and seen["State"]["Name"] == "stopped",
    )
    attached = world.volume_described(volume)["State"]
    return f"{status} {state}, {ended['State']['Name']}, {attached}, {ended['StateReason']['Message']}"


@question("EC2", "the start after the key was enabled", "EC2-53", "running", INSTANCES)
def _(world: World) -> str:
    instance, _volume, key = encrypted_root(world)
    world.disable(key)
    world.settle()
    world.ec2.start_instances(InstanceIds=[instance])
    world.until(lambda: world.state(instance), lambda seen: seen == "stopped")
    world.enable(key)

    def again() -> str:
        if world.state(instance) == "stopped":
            world.ec2.start_instances(InstanceIds=[instance])
        return world.state(instance)

    return world.until(again, lambda seen: seen == "running")


@question(
    "EC2",
    "a running instance when its key is disabled",
    "EC2-42",
    "running, rebooted running",
    INSTANCES,
)
def _(world: World) -> str:
    instance, _volume, key = encrypted_root(world)
    world.ec2.start_instances(InstanceIds=[instance])
    world.until(lambda: world.state(instance), lambda seen: seen == "running")
    world.disable(key)
    world.settle()
    first = world.state(instance)
    world.ec2.reboot_instances(InstanceIds=[instance])
    return f"{first}, rebooted {world.state(instance)}"


@question("EC2", "a launch with a root under a disabled key", "EC2-44", "terminated Client.", INSTANCES)
def _(world: World) -> str:
    key = world.key()
    world.disable(key)
    world.settle()
    root = {"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True, "KmsKeyId": key}}
    instance = world.instance(BlockDeviceMappings=[root])
    ended = world.until(lambda: world.described(instance), lambda seen: seen["State"]["Name"] == "terminated")
    return f"{ended['State']['Name']} {ended['StateReason']['Message'][:7]}"


@question("EC2", "a launch with an encrypted root", "EC2-05", "running True <key ARN>", INSTANCES)
def _(world: World) -> str:
    root = {"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True, "KmsKeyId": world.key()}}
    instance = world.instance(BlockDeviceMappings=[root])
    return f"{world.state(instance)} {shown_key(world.volume_described(world.root(instance)))}"


def _replaced(world: World, instance: str, **how: Any) -> str:
    task = world.ec2.create_replace_root_volume_task(InstanceId=instance, **how)["ReplaceRootVolumeTask"]
    named = [task["ReplaceRootVolumeTaskId"]]

    def state() -> str:
        tasks = world.ec2.describe_replace_root_volume_tasks(ReplaceRootVolumeTaskIds=named)
        return str(tasks["ReplaceRootVolumeTasks"][0]["TaskState"])

    return world.until(state, lambda seen: seen in ("succeeded", "failed"))


@question(
    "EC2",
    "replacing an unencrypted root from its snapshot",
    "EC2-30",
    "succeeded, False no key",
    ROOTS,
)
def _(world: World) -> str:
    instance = world.instance()
    snapshot = world.snapshot(world.root(instance))["SnapshotId"]
    ended = _replaced(world, instance, SnapshotId=snapshot)
    return f"{ended}, {shown_key(world.volume_described(world.root(instance)))}"


@question("EC2", "replacing it by an encrypted volume", "EC2-31", "succeeded, True <key ARN>", ROOTS)
def _(world: World) -> str:
    instance, key = world.instance(), world.key()
    snapshot = world.snapshot(world.root(instance))["SnapshotId"]
    volume = world.volume(SnapshotId=snapshot, Encrypted=True, KmsKeyId=key)["VolumeId"]
    ended = _replaced(world, instance, VolumeId=volume)
    return f"{ended}, {shown_key(world.volume_described(world.root(instance)))}"


@question("EC2", "replacing the root of a stopped instance", "EC2-30", "refused", ROOTS)
def _(world: World) -> str:
    instance = world.instance()
    world.stopped(instance)
    return _refused(lambda: _replaced(world, instance))


@question("EC2", "replacing an encrypted root by an unencrypted volume", "EC2-31", "refused", ROOTS)
def _(world: World) -> str:
    root = {"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True, "KmsKeyId": world.key()}}
    instance = world.instance(BlockDeviceMappings=[root])
    volume = world.volume(Size=8)["VolumeId"]
    return _refused(lambda: _replaced(world, instance, VolumeId=volume))


@question("EC2", "replacing a root from a copy of its snapshot", "EC2-32", "refused", ROOTS)
def _(world: World) -> str:
    instance = world.instance()
    other = world.snapshot(world.volume(Size=8)["VolumeId"])["SnapshotId"]
    return _refused(lambda: _replaced(world, instance, SnapshotId=other))


def _refused(call: Any) -> str:
    try:
        return str(call())
    except ClientError as refused:
        status = refused.response["ResponseMetadata"]["HTTPStatusCode"]
        return "refused" if status < 500 else f"{status}"


@question("EC2", "a dry run of what is allowed", "EC2-20", "DryRunOperation 412", INSTANCES)
def _(world: World) -> str:
    return code(lambda: world.ec2.stop_instances(InstanceIds=[world.instance()], DryRun=True))


for _how, _what in (({"DryRun": True}, "a dry run of"), ({}, "")):
    question(
        "EC2",
        f"{_what} a call that is not allowed".strip(),
        "IAM-05, EC2-20",
        "UnauthorizedOperation 403",
        "identity policies",
        needs="iam:CreateRole",
    )(
        functools.partial(
            lambda world, how: code(
                lambda: world.with_role(
                    {"Effect": "Allow", "Action": "ec2:Describe*", "Resource": "*"}
                ).ec2.create_volume(AvailabilityZone=f"{world.region}a", Size=1, **how)
            ),
            how=_how,
        )
    )


@question(
    "EC2",
    "a right on one instance only",
    "IAM-05",
    "served, UnauthorizedOperation 403",
    "identity policies",
    needs="iam:CreateRole",
)
def _(world: World) -> str:
    mine, other = world.instance(), world.instance()
    arn = f"arn:aws:ec2:{world.region}:{world.account}:instance/{mine}"
    role = world.with_role({"Effect": "Allow", "Action": "ec2:StopInstances", "Resource": arn})
    return ", ".join(code(functools.partial(role.ec2.stop_instances, InstanceIds=[each])) for each in (mine, other))


@question(
    "EC2",
    "replacing an unencrypted root with encryption by default",
    "EC2-30, GUARD-02",
    "succeeded, True, alias/aws/ebs",
    ROOTS,
    needs="an account to itself",
)
def _(world: World) -> str:
    instance = world.instance()
    world.ec2.enable_ebs_encryption_by_default()
    world.keep(world.ec2.disable_ebs_encryption_by_default)
    ended = _replaced(world, instance)
    root = world.volume_described(world.root(instance))
    (name,) = [each["AliasName"] for each in world.kms.list_aliases(KeyId=root["KmsKeyId"])["Aliases"]]
    return f"{ended}, {root['Encrypted']}, {name}"


@question(
    "EC2",
    "CreateVolume sent twice with one client token",
    "EC2-19",
    "one volume",
    "ec2 client tokens",
)
def _(world: World) -> str:
    made = {world.volume(ClientToken=token)["VolumeId"] for token in [secrets.token_hex(8)] * 2}
    return "one volume" if len(made) == 1 else "two volumes"


@question(
    "EC2",
    "another CreateVolume with the same client token",
    "EC2-19",
    "IdempotentParameterMismatch 400",
    "ec2 client tokens",
)
def _(world: World) -> str:
    token = secrets.token_hex(8)
    world.volume(ClientToken=token)
    return code(lambda: world.volume(ClientToken=token, Size=2))


@question(
    "EC2",
    "tags at creation without ec2:CreateTags",
    "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html",
    "DryRunOperation 412, UnauthorizedOperation 403",
    AUTHORIZATION,
    needs="iam:CreateRole",
)
def _(world: World) -> str:
    creator = world.with_role({"Effect": "Allow", "Action": "ec2:CreateVolume", "Resource": "*"})
    how = {"AvailabilityZone": f"{world.region}a", "Size": 1, "DryRun": True}
    tags = [{"ResourceType": "volume", "Tags": [{"Key": "Name", "Value": "parity"}]}]
    without = world.until(
        lambda: code(lambda: creator.ec2.create_volume(**how)), lambda seen: seen == "DryRunOperation 412"
    )
    return f"{without}, {code(lambda: creator.ec2.create_volume(**how, TagSpecifications=tags))}"


@question(
    "EC2",
    "the Regions of an account that enabled none",
    "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRegions.html",
    "17 opt-in-not-required; with AllRegions also not-opted-in; me-central-1 by its name: not-opted-in",
    "ec2 regions",
    needs="an account to itself",
)
def _(world: World) -> str:
    def statuses(**how: Any) -> list[str]:
        return [str(each["OptInStatus"]) for each in world.ec2.describe_regions(**how)["Regions"]]

    enabled, everything = statuses(), sorted(set(statuses(AllRegions=True)) - {"opt-in-not-required"})
    (named,) = statuses(RegionNames=["me-central-1"])
    return (
        f"{len(enabled)} {' '.join(sorted(set(enabled)))}; with AllRegions also {' '.join(everything)}; "
        f"me-central-1 by its name: {named}"
    )
