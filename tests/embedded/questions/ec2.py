"""Questions about EC2 and EBS: `aws-behaviour.md` §6."""

from __future__ import annotations

import functools
import secrets
from typing import Any

from botocore.exceptions import ClientError

from tests.embedded.question import code, normalized, outcome, question
from tests.embedded.questions.cloudtrail import encrypted_root
from tests.embedded.world import World

INSTANCES, VOLUMES, ENCRYPTED, STATES = "ec2 instances", "ebs volumes", "ebs encryption", "ec2 transitions"
DEFAULTS, ROOTS = "ebs defaults", "root volume replacement"
SNAPSHOTS, VOLUME_STATUS, AUTHORIZATION = "ebs snapshots", "ebs volume status", "ec2 authorization"
TOKENS = "https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html"
ABSENT = "134f2428-cec1-4b25-a1ae-9048164dba47"


@question(
    "EC2",
    "where the root of a new instance is",
    "§6.1 step 4",
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
    "EC2", "the same at /dev/sda1, for an image that has it there", "§6.1 step 4", "/dev/sda1 ['/dev/sda1']", INSTANCES
)
def _(world: World) -> str:
    name = ["ubuntu/images/hvm-ssd/*", "amzn-ami-pv-*"]
    images = world.ec2.describe_images(Owners=["amazon", "099720109477"], Filters=[{"Name": "name", "Values": name}])[
        "Images"
    ]
    image = next(each["ImageId"] for each in images if each["RootDeviceName"] == "/dev/sda1")
    described = world.described(world.instance(ImageId=image))
    return f"{described['RootDeviceName']} {[each['DeviceName'] for each in described['BlockDeviceMappings']]}"


@question("EC2", "an image that does not exist", "moto-gaps §5", "InvalidAMIID.NotFound 400", INSTANCES)
def _(world: World) -> str:
    return code(lambda: world.instance(ImageId="ami-0000000000000dead"))


@question("EC2", "the states of a stop", "§6.1, §6.3", "stopping running, stopping, stopped", STATES)
def _(world: World) -> str:
    instance = world.instance()
    change = world.ec2.stop_instances(InstanceIds=[instance])["StoppingInstances"][0]
    first = f"{change['CurrentState']['Name']} {change['PreviousState']['Name']}"
    then = world.state(instance)
    return f"{first}, {then}, {world.until(lambda: world.state(instance), lambda seen: seen == 'stopped')}"


@question("EC2", "the states of a launch", "moto-gaps §5", "pending, running", STATES)
def _(world: World) -> str:
    instance = world.instance()
    world.stopped(instance)
    world.ec2.start_instances(InstanceIds=[instance])
    then = world.state(instance)
    return f"{then}, {world.until(lambda: world.state(instance), lambda seen: seen == 'running')}"


@question("EC2", "stopping a stopped instance", "moto-gaps §5", "stopped stopped", INSTANCES)
def _(world: World) -> str:
    instance = world.instance()
    world.stopped(instance)
    change = world.ec2.stop_instances(InstanceIds=[instance])["StoppingInstances"][0]
    return f"{change['CurrentState']['Name']} {change['PreviousState']['Name']}"


@question(
    "EC2",
    "the reason after a stop",
    "§6.3 after normal stop",
    "Client.UserInitiatedShutdown: User initiated shutdown, User initiated, GMT",
    INSTANCES,
)
def _(world: World) -> str:
    instance = world.instance()
    world.stopped(instance)
    described = world.described(instance)
    reason = described["StateTransitionReason"]
    return f"{described['StateReason']['Message']}, {reason[:14]}, {reason[-4:-1]}"


@question("EC2", "a snapshot's states", "moto-gaps §5", "pending, completed", SNAPSHOTS)
def _(world: World) -> str:
    volume = world.volume()["VolumeId"]
    first = world.ec2.create_snapshot(VolumeId=volume)
    world.keep(world.ec2.delete_snapshot, SnapshotId=first["SnapshotId"])
    seen = world.snapshot_described(first["SnapshotId"])["State"]
    last = world.until(
        lambda: world.snapshot_described(first["SnapshotId"])["State"], lambda state: state == "completed"
    )
    return f"{first['State'] if first['State'] == seen else (first['State'], seen)}, {last}"


@question("EC2", "a volume's states", "moto-gaps §5", "creating, creating, available", VOLUMES)
def _(world: World) -> str:
    made = world.ec2.create_volume(AvailabilityZone=f"{world.region}a", Size=1)
    world.keep(world.ec2.delete_volume, VolumeId=made["VolumeId"])
    then = world.volume_described(made["VolumeId"])["State"]
    last = world.until(lambda: world.volume_described(made["VolumeId"])["State"], lambda state: state == "available")
    return f"{made['State']}, {then}, {last}"


@question("EC2", "the snapshot of an unencrypted root", "§6.1 step 2", "False", SNAPSHOTS)
def _(world: World) -> str:
    return str(world.snapshot(world.root(world.instance()))["Encrypted"])


def _shown_key(thing: dict[str, Any]) -> str:
    return normalized(f"{thing['Encrypted']} {thing.get('KmsKeyId', 'no key')}")


@question("EC2", "an encrypted volume from an unencrypted snapshot", "§6.1 step 3a", "True <key ARN>, 1 GiB", ENCRYPTED)
def _(world: World) -> str:
    snapshot = world.snapshot(world.volume()["VolumeId"])["SnapshotId"]
    volume = world.volume(SnapshotId=snapshot, Encrypted=True, KmsKeyId=world.key())
    return f"{_shown_key(volume)}, {volume['Size']} GiB"


@question(
    "EC2",
    "an encrypted copy, and a volume from it",
    "§6.1 step 3b",
    "True <key ARN>, True <key ARN>, the same key",
    ENCRYPTED,
)
def _(world: World) -> str:
    key = world.key()
    source = world.snapshot(world.volume()["VolumeId"])["SnapshotId"]
    how = {
        "SourceSnapshotId": source,
        "SourceRegion": world.region,
        "Encrypted": True,
        "KmsKeyId": key.rpartition("/")[2],
    }
    made = world.ec2.copy_snapshot(**how)["SnapshotId"]
    world.keep(world.ec2.delete_snapshot, SnapshotId=made)
    copy = world.until(lambda: world.snapshot_described(made), lambda seen: seen["State"] != "pending")
    volume = world.volume(SnapshotId=made)
    same = "the same key" if {copy.get("KmsKeyId"), volume.get("KmsKeyId")} == {key} else "other keys"
    return f"{_shown_key(copy)}, {_shown_key(volume)}, {same}"


@question("EC2", "a copy, encrypted without a key", "moto-gaps §5", "True, alias/aws/ebs", SNAPSHOTS)
def _(world: World) -> str:
    source = world.snapshot(world.volume()["VolumeId"])["SnapshotId"]
    how = {"SourceSnapshotId": source, "SourceRegion": world.region, "Encrypted": True}
    made = world.ec2.copy_snapshot(**how)["SnapshotId"]
    world.keep(world.ec2.delete_snapshot, SnapshotId=made)
    copy = world.until(lambda: world.snapshot_described(made), lambda seen: seen["State"] != "pending")
    return f"{copy['Encrypted']}, {_ebs_alias(world, copy.get('KmsKeyId'))}"


def _ebs_alias(world: World, arn: str | None) -> str:
    managed = world.kms.describe_key(KeyId="alias/aws/ebs")["KeyMetadata"]["Arn"]
    return "alias/aws/ebs" if arn == managed else str(arn)


for _form in ("id", "ARN", "alias", "alias ARN"):

    @question("EC2", f"a volume under a key given by its {_form}", "§6.1 KmsKeyId forms", "True <key ARN>", ENCRYPTED)
    def _(world: World, form: str = _form) -> str:
        key = world.key()
        short = key.rpartition("/")[2]
        if form.startswith("alias"):
            world.kms.create_alias(AliasName=f"alias/parity-{short}", TargetKeyId=short)
            world.keep(world.kms.delete_alias, AliasName=f"alias/parity-{short}")
        text = {"id": short, "ARN": key, "alias": f"alias/parity-{short}"}.get(
            form, f"arn:aws:kms:{world.region}:{world.account}:alias/parity-{short}"
        )
        return _shown_key(world.volume(Encrypted=True, KmsKeyId=text))


@question("EC2", "a volume, encrypted without a key", "§6.1 default", "True, alias/aws/ebs", ENCRYPTED)
def _(world: World) -> str:
    volume = world.volume(Encrypted=True)
    return f"{volume['Encrypted']}, {_ebs_alias(world, volume.get('KmsKeyId'))}"


@question("EC2", "the key of an unencrypted volume", "§6.1 field absent", "False no key", ENCRYPTED)
def _(world: World) -> str:
    return _shown_key(world.volume())


@question(
    "EC2",
    "a key without Encrypted",
    "§6.1 InvalidParameterDependency",
    "InvalidParameterDependency 400: The parameter KmsKeyId requires the parameter Encrypted to be set.",
    ENCRYPTED,
)
def _(world: World) -> str:
    return outcome(lambda: world.volume(KmsKeyId=world.key()))


@question(
    "EC2",
    "a snapshot of an encrypted volume, and a volume from it",
    "§6.1 inherits",
    "True <key ARN>, True <key ARN>",
    SNAPSHOTS,
)
def _(world: World) -> str:
    snapshot = world.snapshot(world.volume(Encrypted=True, KmsKeyId=world.key())["VolumeId"])
    return f"{_shown_key(snapshot)}, {_shown_key(world.volume(SnapshotId=snapshot['SnapshotId']))}"


@question(
    "EC2",
    "detaching the root of a running instance",
    "§6.1 step 1",
    "IncorrectState 400: Unable to detach root volume 'vol-…' from instance 'i-…'",
    VOLUMES,
)
def _(world: World) -> str:
    root = world.root(world.instance())
    return outcome(lambda: world.ec2.detach_volume(VolumeId=root))


@question(
    "EC2",
    "a volume of another zone",
    "§6.1 AZ mismatch",
    "InvalidVolume.ZoneMismatch 400: The volume 'vol-…' is not in the same availability zone as instance 'i-…'",
    VOLUMES,
)
def _(world: World) -> str:
    instance = world.instance()
    volume = world.volume(AvailabilityZone=f"{world.region}b")["VolumeId"]
    return outcome(lambda: world.ec2.attach_volume(VolumeId=volume, InstanceId=instance, Device="/dev/sdf"))


@question("EC2", "a volume that is attached already", "§6.1 volume not available", "VolumeInUse 400", VOLUMES)
def _(world: World) -> str:
    instance = world.instance()
    return code(lambda: world.ec2.attach_volume(VolumeId=world.root(instance), InstanceId=instance, Device="/dev/sdf"))


@question("EC2", "a device that is taken", "moto-gaps §5", "InvalidParameterValue 400", VOLUMES)
def _(world: World) -> str:
    instance = world.instance()
    volume = world.volume()["VolumeId"]
    device = world.described(instance)["RootDeviceName"]
    return code(lambda: world.ec2.attach_volume(VolumeId=volume, InstanceId=instance, Device=device))


@question("EC2", "deleting a volume that is attached", "§6.1", "VolumeInUse 400", VOLUMES)
def _(world: World) -> str:
    root = world.root(world.instance())
    return code(lambda: world.ec2.delete_volume(VolumeId=root))


@question("EC2", "detaching what is not attached", "§6.1", "IncorrectState 400", VOLUMES)
def _(world: World) -> str:
    volume = world.volume()["VolumeId"]
    return code(lambda: world.ec2.detach_volume(VolumeId=volume))


@question("EC2", "DeleteOnTermination of a volume that was attached", "§6.1 DeleteOnTermination", "False", VOLUMES)
def _(world: World) -> str:
    instance, volume = world.instance(), world.volume()["VolumeId"]
    world.ec2.attach_volume(VolumeId=volume, InstanceId=instance, Device="/dev/sdf")
    mappings = world.described(instance)["BlockDeviceMappings"]
    return str(next(each["Ebs"]["DeleteOnTermination"] for each in mappings if each["DeviceName"] == "/dev/sdf"))


ROOTLESS = "Invalid value 'i-…' for instanceId. Instance does not have a volume attached at root (/dev/xvda)"


@question("EC2", "starting without a root", "§6.1 wrong name", ROOTLESS, INSTANCES)
def _(world: World) -> str:
    instance = world.instance()
    root = world.root(instance)
    world.stopped(instance)
    world.ec2.detach_volume(VolumeId=root, InstanceId=instance)
    world.keep(world.ec2.delete_volume, VolumeId=root)
    world.until(lambda: world.volume_described(root)["State"], lambda seen: seen == "available")
    world.ec2.attach_volume(VolumeId=root, InstanceId=instance, Device="/dev/sdf")
    return outcome(lambda: world.ec2.start_instances(InstanceIds=[instance])).partition(": ")[2]


@question(
    "EC2",
    "a volume that does not exist",
    "§6.3, §8",
    "InvalidVolume.NotFound 400: The volume 'vol-…' does not exist.",
    VOLUMES,
)
def _(world: World) -> str:
    return outcome(lambda: world.ec2.describe_volumes(VolumeIds=["vol-0123456789abcdef0"]))


@question("EC2", "a snapshot that does not exist", "§8", "InvalidSnapshot.NotFound 400", SNAPSHOTS)
def _(world: World) -> str:
    return code(lambda: world.ec2.describe_snapshots(SnapshotIds=["snap-0123456789abcdef0"]))


@question("EC2", "an instance that does not exist", "§8", "InvalidInstanceID.NotFound 400", INSTANCES)
def _(world: World) -> str:
    return code(lambda: world.ec2.start_instances(InstanceIds=["i-0123456789abcdef0"]))


@question("EC2", "one's own snapshots", "moto-gaps §5", "1", SNAPSHOTS)
def _(world: World) -> str:
    mine = world.snapshot(world.volume()["VolumeId"])["SnapshotId"]
    found = world.ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]
    return str(len([each for each in found if world.name != "live" or each["SnapshotId"] == mine]))


# §6.3: with the key disabled


@question(
    "EC2",
    "a start with a disabled key",
    "§6.3 StartInstances",
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


@question("EC2", "the start after the key was enabled", "§6.3 EnableKey then StartInstances", "running", INSTANCES)
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
    "§6.2 running instance",
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


@question(
    "EC2",
    "attaching to a running instance with a disabled key",
    "§6.3 AttachVolume",
    "CustomerKeyHasBeenRevoked 400: "
    "Volume vol-… cannot be attached. The encrypted volume was unable to access the KMS key.",
    VOLUMES,
)
def _(world: World) -> str:
    instance, key = world.instance(), world.key()
    volume = world.volume(Encrypted=True, KmsKeyId=key)["VolumeId"]
    world.disable(key)
    world.settle()
    return outcome(lambda: world.ec2.attach_volume(VolumeId=volume, InstanceId=instance, Device="/dev/sdf"))


def _doomed(world: World, key: str) -> str:
    made = world.ec2.create_volume(AvailabilityZone=f"{world.region}a", Size=1, Encrypted=True, KmsKeyId=key)
    last = world.until(
        lambda: code(lambda: world.ec2.describe_volumes(VolumeIds=[made["VolumeId"]])), lambda seen: seen != "served"
    )
    return f"{made['State']}, {last}"


@question(
    "EC2", "a volume under a disabled key", "§6.3 CreateVolume", "creating, InvalidVolume.NotFound 400", ENCRYPTED
)
def _(world: World) -> str:
    key = world.key()
    world.disable(key)
    world.settle()
    return _doomed(world, key)


@question(
    "EC2",
    "a volume under a key that does not exist",
    "§6.3 CreateVolume",
    "creating, InvalidVolume.NotFound 400",
    ENCRYPTED,
)
def _(world: World) -> str:
    return _doomed(world, ABSENT)


@question(
    "EC2",
    "a copy under a key that does not exist",
    "§6.3 CopySnapshot",
    "error: Given key ID is not accessible",
    SNAPSHOTS,
)
def _(world: World) -> str:
    source = world.snapshot(world.volume()["VolumeId"])["SnapshotId"]
    how = {"SourceSnapshotId": source, "SourceRegion": world.region, "Encrypted": True, "KmsKeyId": ABSENT}
    made = world.ec2.copy_snapshot(**how)["SnapshotId"]
    world.keep(world.ec2.delete_snapshot, SnapshotId=made)
    copy = world.until(lambda: world.snapshot_described(made), lambda seen: seen["State"] == "error")
    return f"{copy['State']}: {copy.get('StateMessage')}"


@question("EC2", "a launch with a root under a disabled key", "§6.3 RunInstances", "terminated Client.", INSTANCES)
def _(world: World) -> str:
    key = world.key()
    world.disable(key)
    world.settle()
    root = {"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True, "KmsKeyId": key}}
    instance = world.instance(BlockDeviceMappings=[root])
    ended = world.until(lambda: world.described(instance), lambda seen: seen["State"]["Name"] == "terminated")
    return f"{ended['State']['Name']} {ended['StateReason']['Message'][:7]}"


@question("EC2", "a launch with an encrypted root", "§6.1", "running True <key ARN>", INSTANCES)
def _(world: World) -> str:
    root = {"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True, "KmsKeyId": world.key()}}
    instance = world.instance(BlockDeviceMappings=[root])
    return f"{world.state(instance)} {_shown_key(world.volume_described(world.root(instance)))}"


@question("EC2", "EBS's grant on a key", "moto-gaps §5 grants", "1 while running, 0 when detached", ENCRYPTED)
def _(world: World) -> str:
    instance, volume, key = encrypted_root(world)

    def grants() -> int:
        listed = world.kms.list_grants(KeyId=key)["Grants"]
        return sum(instance in grant["GranteePrincipal"] for grant in listed)

    world.ec2.start_instances(InstanceIds=[instance])
    world.until(lambda: world.state(instance), lambda seen: seen == "running")
    running = grants()
    world.stopped(instance)
    world.ec2.detach_volume(VolumeId=volume, InstanceId=instance)
    return f"{running} while running, {world.until(grants, lambda seen: seen == 0)} when detached"


# settings


@question("EC2", "the default EBS key", "§6.1 default EBS key", "alias/aws/ebs", DEFAULTS)
def _(world: World) -> str:
    return _ebs_alias(world, world.ec2.get_ebs_default_kms_key_id()["KmsKeyId"])


@question(
    "EC2",
    "another default EBS key",
    "§6.1 ModifyEbsDefaultKmsKeyId",
    "<key ARN>, True <key ARN>, alias/aws/ebs",
    DEFAULTS,
    needs="an account to itself",
)
def _(world: World) -> str:
    changed = world.ec2.modify_ebs_default_kms_key_id(KmsKeyId=world.key().rpartition("/")[2])["KmsKeyId"]
    volume = world.volume(Encrypted=True)
    back = _ebs_alias(world, world.ec2.reset_ebs_default_kms_key_id()["KmsKeyId"])
    return f"{normalized(changed)}, {_shown_key(volume)}, {back}"


@question(
    "EC2",
    "encryption by default",
    "moto-gaps §5",
    "volume True, root True, copy True",
    DEFAULTS,
    needs="an account to itself",
)
def _(world: World) -> str:
    plain = world.snapshot(world.volume()["VolumeId"])["SnapshotId"]
    world.ec2.enable_ebs_encryption_by_default()
    world.keep(world.ec2.disable_ebs_encryption_by_default)
    volume = world.volume()["Encrypted"]
    root = world.volume_described(world.root(world.instance()))["Encrypted"]
    made = world.ec2.copy_snapshot(SourceSnapshotId=plain, SourceRegion=world.region)["SnapshotId"]
    return f"volume {volume}, root {root}, copy {world.snapshot_described(made)['Encrypted']}"


@question("EC2", "a volume's status", "moto-gaps §5", "ok", VOLUME_STATUS)
def _(world: World) -> str:
    volume = world.volume()["VolumeId"]
    return str(world.ec2.describe_volume_status(VolumeIds=[volume])["VolumeStatuses"][0]["VolumeStatus"]["Status"])


@question("EC2", "a volume's attribute", "moto-gaps §5", "False, True", VOLUME_STATUS)
def _(world: World) -> str:
    volume = world.volume()["VolumeId"]

    def value() -> bool:
        answer = world.ec2.describe_volume_attribute(VolumeId=volume, Attribute="autoEnableIO")
        return bool(answer["AutoEnableIO"]["Value"])

    before = value()
    world.ec2.modify_volume_attribute(VolumeId=volume, AutoEnableIO={"Value": True})
    return f"{before}, {value()}"


# replacing the root of a running instance


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
    "§6.1 CreateReplaceRootVolumeTask",
    "succeeded, False no key",
    ROOTS,
)
def _(world: World) -> str:
    instance = world.instance()
    snapshot = world.snapshot(world.root(instance))["SnapshotId"]
    ended = _replaced(world, instance, SnapshotId=snapshot)
    return f"{ended}, {_shown_key(world.volume_described(world.root(instance)))}"


@question("EC2", "replacing it by an encrypted volume", "§6.1 VolumeId (2026)", "succeeded, True <key ARN>", ROOTS)
def _(world: World) -> str:
    instance, key = world.instance(), world.key()
    snapshot = world.snapshot(world.root(instance))["SnapshotId"]
    volume = world.volume(SnapshotId=snapshot, Encrypted=True, KmsKeyId=key)["VolumeId"]
    ended = _replaced(world, instance, VolumeId=volume)
    return f"{ended}, {_shown_key(world.volume_described(world.root(instance)))}"


@question("EC2", "replacing the root of a stopped instance", "§6.1 needs a running instance", "refused", ROOTS)
def _(world: World) -> str:
    instance = world.instance()
    world.stopped(instance)
    return _refused(lambda: _replaced(world, instance))


@question(
    "EC2", "replacing an encrypted root by an unencrypted volume", "§6.1 must also be encrypted", "refused", ROOTS
)
def _(world: World) -> str:
    root = {"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True, "KmsKeyId": world.key()}}
    instance = world.instance(BlockDeviceMappings=[root])
    volume = world.volume(Size=8)["VolumeId"]
    return _refused(lambda: _replaced(world, instance, VolumeId=volume))


@question("EC2", "replacing a root from a copy of its snapshot", "§6.1 copies refused", "refused", ROOTS)
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


# rights


@question("EC2", "a dry run of what is allowed", "API_StopInstances DryRun", "DryRunOperation 412", INSTANCES)
def _(world: World) -> str:
    return code(lambda: world.ec2.stop_instances(InstanceIds=[world.instance()], DryRun=True))


for _how, _what in (({"DryRun": True}, "a dry run of"), ({}, "")):
    question(
        "EC2",
        f"{_what} a call that is not allowed".strip(),
        "§7.3",
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
    "§7.3",
    "served, UnauthorizedOperation 403",
    "identity policies",
    needs="iam:CreateRole",
)
def _(world: World) -> str:
    mine, other = world.instance(), world.instance()
    arn = f"arn:aws:ec2:{world.region}:{world.account}:instance/{mine}"
    role = world.with_role({"Effect": "Allow", "Action": "ec2:StopInstances", "Resource": arn})
    return ", ".join(code(lambda each=each: role.ec2.stop_instances(InstanceIds=[each])) for each in (mine, other))


@question(
    "EC2",
    "stopping and detaching with a disabled key",
    "§6.3 DetachVolume, StopInstances",
    "True <key ARN>, stopped, available",
    ENCRYPTED,
)
def _(world: World) -> str:
    key = world.key()
    root = {"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True, "KmsKeyId": key}}
    instance = world.instance(BlockDeviceMappings=[root])
    volume = world.root(instance)
    world.disable(key)
    shown = _shown_key(world.volume_described(volume))
    world.stopped(instance)
    world.ec2.detach_volume(VolumeId=volume)
    free = world.until(lambda: world.volume_described(volume)["State"], lambda seen: seen == "available")
    world.keep(world.ec2.delete_volume, VolumeId=volume)
    return f"{shown}, {world.state(instance)}, {free}"


@question(
    "EC2",
    "replacing an unencrypted root with encryption by default",
    "§6.1 CreateReplaceRootVolumeTask",
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
    TOKENS,
    "one volume",
    "ec2 client tokens",
)
def _(world: World) -> str:
    made = {world.volume(ClientToken=token)["VolumeId"] for token in [secrets.token_hex(8)] * 2}
    return "one volume" if len(made) == 1 else "two volumes"


@question(
    "EC2",
    "another CreateVolume with the same client token",
    TOKENS,
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
