"""Questions about EBS volumes, snapshots and their encryption."""

from __future__ import annotations

from tests.embedded.question import code, normalized, outcome, question
from tests.embedded.questions.steps import encrypted_root, shown_key
from tests.embedded.world import World

VOLUMES = "ebs volumes"
ENCRYPTED = "ebs encryption"
DEFAULTS = "ebs defaults"
SNAPSHOTS = "ebs snapshots"
VOLUME_STATUS = "ebs volume status"
ABSENT = "134f2428-cec1-4b25-a1ae-9048164dba47"


@question("EC2", "a snapshot's states", "EC2-04, EC2-16", "pending, completed", SNAPSHOTS)
def _(world: World) -> str:
    volume = world.volume()["VolumeId"]
    first = world.ec2.create_snapshot(VolumeId=volume)
    world.keep(world.ec2.delete_snapshot, SnapshotId=first["SnapshotId"])
    seen = world.snapshot_described(first["SnapshotId"])["State"]
    last = world.until(
        lambda: world.snapshot_described(first["SnapshotId"])["State"], lambda state: state == "completed"
    )
    return f"{first['State'] if first['State'] == seen else (first['State'], seen)}, {last}"


@question("EC2", "a volume's states", "EC2-16", "creating, creating, available", VOLUMES)
def _(world: World) -> str:
    made = world.ec2.create_volume(AvailabilityZone=f"{world.region}a", Size=1)
    world.keep(world.ec2.delete_volume, VolumeId=made["VolumeId"])
    then = world.volume_described(made["VolumeId"])["State"]
    last = world.until(lambda: world.volume_described(made["VolumeId"])["State"], lambda state: state == "available")
    return f"{made['State']}, {then}, {last}"


@question("EC2", "the snapshot of an unencrypted root", "EC2-04", "False", SNAPSHOTS)
def _(world: World) -> str:
    return str(world.snapshot(world.root(world.instance()))["Encrypted"])


@question("EC2", "an encrypted volume from an unencrypted snapshot", "EC2-05", "True <key ARN>, 1 GiB", ENCRYPTED)
def _(world: World) -> str:
    snapshot = world.snapshot(world.volume()["VolumeId"])["SnapshotId"]
    volume = world.volume(SnapshotId=snapshot, Encrypted=True, KmsKeyId=world.key())
    return f"{shown_key(volume)}, {volume['Size']} GiB"


@question(
    "EC2",
    "an encrypted copy, and a volume from it",
    "EC2-06",
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
    return f"{shown_key(copy)}, {shown_key(volume)}, {same}"


@question("EC2", "a copy, encrypted without a key", "EC2-06, EC2-07", "True, alias/aws/ebs", SNAPSHOTS)
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

    @question("EC2", f"a volume under a key given by its {_form}", "EC2-09, EC2-10", "True <key ARN>", ENCRYPTED)
    def _(world: World, form: str = _form) -> str:
        key = world.key()
        short = key.rpartition("/")[2]
        if form.startswith("alias"):
            world.kms.create_alias(AliasName=f"alias/parity-{short}", TargetKeyId=short)
            world.keep(world.kms.delete_alias, AliasName=f"alias/parity-{short}")
        text = {"id": short, "ARN": key, "alias": f"alias/parity-{short}"}.get(
            form, f"arn:aws:kms:{world.region}:{world.account}:alias/parity-{short}"
        )
        return shown_key(world.volume(Encrypted=True, KmsKeyId=text))


@question("EC2", "a volume, encrypted without a key", "EC2-07", "True, alias/aws/ebs", ENCRYPTED)
def _(world: World) -> str:
    volume = world.volume(Encrypted=True)
    return f"{volume['Encrypted']}, {_ebs_alias(world, volume.get('KmsKeyId'))}"


@question("EC2", "the key of an unencrypted volume", "EC2-10", "False no key", ENCRYPTED)
def _(world: World) -> str:
    return shown_key(world.volume())


@question(
    "EC2",
    "a key without Encrypted",
    "EC2-08",
    "InvalidParameterDependency 400: The parameter KmsKeyId requires the parameter Encrypted to be set.",
    ENCRYPTED,
)
def _(world: World) -> str:
    return outcome(lambda: world.volume(KmsKeyId=world.key()))


@question(
    "EC2",
    "a snapshot of an encrypted volume, and a volume from it",
    "EC2-06",
    "True <key ARN>, True <key ARN>",
    SNAPSHOTS,
)
def _(world: World) -> str:
    snapshot = world.snapshot(world.volume(Encrypted=True, KmsKeyId=world.key())["VolumeId"])
    return f"{shown_key(snapshot)}, {shown_key(world.volume(SnapshotId=snapshot['SnapshotId']))}"


@question(
    "EC2",
    "detaching the root of a running instance",
    "EC2-03",
    "IncorrectState 400: Unable to detach root volume 'vol-…' from instance 'i-…'",
    VOLUMES,
)
def _(world: World) -> str:
    root = world.root(world.instance())
    return outcome(lambda: world.ec2.detach_volume(VolumeId=root))


@question(
    "EC2",
    "a volume of another zone",
    "EC2-13",
    "InvalidVolume.ZoneMismatch 400: The volume 'vol-…' is not in the same availability zone as instance 'i-…'",
    VOLUMES,
)
def _(world: World) -> str:
    instance = world.instance()
    volume = world.volume(AvailabilityZone=f"{world.region}b")["VolumeId"]
    return outcome(lambda: world.ec2.attach_volume(VolumeId=volume, InstanceId=instance, Device="/dev/sdf"))


@question("EC2", "a volume that is attached already", "EC2-14", "VolumeInUse 400", VOLUMES)
def _(world: World) -> str:
    instance = world.instance()
    return code(lambda: world.ec2.attach_volume(VolumeId=world.root(instance), InstanceId=instance, Device="/dev/sdf"))


@question("EC2", "a device that is taken", "EC2-14", "InvalidParameterValue 400", VOLUMES)
def _(world: World) -> str:
    instance = world.instance()
    volume = world.volume()["VolumeId"]
    device = world.described(instance)["RootDeviceName"]
    return code(lambda: world.ec2.attach_volume(VolumeId=volume, InstanceId=instance, Device=device))


@question("EC2", "deleting a volume that is attached", "EC2-14", "VolumeInUse 400", VOLUMES)
def _(world: World) -> str:
    root = world.root(world.instance())
    return code(lambda: world.ec2.delete_volume(VolumeId=root))


@question("EC2", "detaching what is not attached", "EC2-14", "IncorrectState 400", VOLUMES)
def _(world: World) -> str:
    volume = world.volume()["VolumeId"]
    return code(lambda: world.ec2.detach_volume(VolumeId=volume))


@question("EC2", "DeleteOnTermination of a volume that was attached", "EC2-12", "False", VOLUMES)
def _(world: World) -> str:
    instance, volume = world.instance(), world.volume()["VolumeId"]
    world.ec2.attach_volume(VolumeId=volume, InstanceId=instance, Device="/dev/sdf")
    mappings = world.described(instance)["BlockDeviceMappings"]
    return str(next(each["Ebs"]["DeleteOnTermination"] for each in mappings if each["DeviceName"] == "/dev/sdf"))


@question(
    "EC2",
    "a volume that does not exist",
    "EC2-15",
    "InvalidVolume.NotFound 400: The volume 'vol-…' does not exist.",
    VOLUMES,
)
def _(world: World) -> str:
    return outcome(lambda: world.ec2.describe_volumes(VolumeIds=["vol-0123456789abcdef0"]))


@question("EC2", "a snapshot that does not exist", "EC2-15", "InvalidSnapshot.NotFound 400", SNAPSHOTS)
def _(world: World) -> str:
    return code(lambda: world.ec2.describe_snapshots(SnapshotIds=["snap-0123456789abcdef0"]))


@question("EC2", "one's own snapshots", "EC2-21", "1", SNAPSHOTS)
def _(world: World) -> str:
    mine = world.snapshot(world.volume()["VolumeId"])["SnapshotId"]
    found = world.ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]
    return str(len([each for each in found if world.name != "live" or each["SnapshotId"] == mine]))


@question(
    "EC2",
    "attaching to a running instance with a disabled key",
    "EC2-48",
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


@question("EC2", "a volume under a disabled key", "EC2-50", "creating, InvalidVolume.NotFound 400", ENCRYPTED)
def _(world: World) -> str:
    key = world.key()
    world.disable(key)
    world.settle()
    return _doomed(world, key)


@question(
    "EC2",
    "a volume under a key that does not exist",
    "EC2-50",
    "creating, InvalidVolume.NotFound 400",
    ENCRYPTED,
)
def _(world: World) -> str:
    return _doomed(world, ABSENT)


@question(
    "EC2",
    "a copy under a key that does not exist",
    "EC2-51",
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


@question("EC2", "EBS's grant on a key", "EC2-41", "1 while running, 0 when detached", ENCRYPTED)
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


@question("EC2", "the default EBS key", "EC2-07", "alias/aws/ebs", DEFAULTS)
def _(world: World) -> str:
    return _ebs_alias(world, world.ec2.get_ebs_default_kms_key_id()["KmsKeyId"])


@question(
    "EC2",
    "another default EBS key",
    "EC2-07, EC2-54",
    "<key ARN>, True <key ARN>, alias/aws/ebs",
    DEFAULTS,
    needs="an account to itself",
)
def _(world: World) -> str:
    changed = world.ec2.modify_ebs_default_kms_key_id(KmsKeyId=world.key().rpartition("/")[2])["KmsKeyId"]
    volume = world.volume(Encrypted=True)
    back = _ebs_alias(world, world.ec2.reset_ebs_default_kms_key_id()["KmsKeyId"])
    return f"{normalized(changed)}, {shown_key(volume)}, {back}"


@question(
    "EC2",
    "encryption by default",
    "GUARD-02",
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


@question("EC2", "a volume's status", "EC2-22", "ok", VOLUME_STATUS)
def _(world: World) -> str:
    volume = world.volume()["VolumeId"]
    return str(world.ec2.describe_volume_status(VolumeIds=[volume])["VolumeStatuses"][0]["VolumeStatus"]["Status"])


@question("EC2", "a volume's attribute", "EC2-22", "False, True", VOLUME_STATUS)
def _(world: World) -> str:
    volume = world.volume()["VolumeId"]

    def value() -> bool:
        answer = world.ec2.describe_volume_attribute(VolumeId=volume, Attribute="autoEnableIO")
        return bool(answer["AutoEnableIO"]["Value"])

    before = value()
    world.ec2.modify_volume_attribute(VolumeId=volume, AutoEnableIO={"Value": True})
    return f"{before}, {value()}"


@question(
    "EC2",
    "stopping and detaching with a disabled key",
    "EC2-52",
    "True <key ARN>, stopped, available",
    ENCRYPTED,
)
def _(world: World) -> str:
    key = world.key()
    root = {"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True, "KmsKeyId": key}}
    instance = world.instance(BlockDeviceMappings=[root])
    volume = world.root(instance)
    world.disable(key)
    shown = shown_key(world.volume_described(volume))
    world.stopped(instance)
    world.ec2.detach_volume(VolumeId=volume)
    free = world.until(lambda: world.volume_described(volume)["State"], lambda seen: seen == "available")
    world.keep(world.ec2.delete_volume, VolumeId=volume)
    return f"{shown}, {world.state(instance)}, {free}"
