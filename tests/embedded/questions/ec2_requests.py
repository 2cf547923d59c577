"""Questions about what EC2's requests have in common: dry runs, pages, filters."""

from __future__ import annotations

from functools import partial
from typing import Any

from tests.embedded.question import code, question
from tests.embedded.world import World

DRY_RUNS, PAGES = "ec2 dry runs", "ec2 pages"
DRY = "DryRunOperation 412"


@question("EC2", "a dry run of DeleteTags", "EC2-20", f"{DRY}, the tag is there", DRY_RUNS)
def _(world: World) -> str:
    volume, tag = world.volume()["VolumeId"], {"Key": "Name", "Value": "kept"}
    world.ec2.create_tags(Resources=[volume], Tags=[tag])
    answer = code(partial(world.ec2.delete_tags, Resources=[volume], Tags=[tag], DryRun=True))
    return f"{answer}, the tag is {'there' if world.volume_described(volume).get('Tags') == [tag] else 'gone'}"


@question("EC2", "a dry run of CreateRouteTable", "EC2-20", f"{DRY}, none more", DRY_RUNS)
def _(world: World) -> str:
    def count() -> int:
        return len(world.ec2.describe_route_tables()["RouteTables"])

    vpc, before = world.ec2.describe_vpcs()["Vpcs"][0]["VpcId"], count()
    answer = code(partial(world.ec2.create_route_table, VpcId=vpc, DryRun=True))
    return f"{answer}, {count() - before or 'none'} more"


for _call in ("describe_volumes", "describe_snapshots", "describe_volume_status", "get_ebs_default_kms_key_id"):

    @question("EC2", f"a dry run of {_call}", "EC2-20", DRY, DRY_RUNS)
    def _(world: World, call: str = _call) -> str:
        return code(partial(getattr(world.ec2, call), DryRun=True))


@question("EC2", "DescribeVolumes, page by page", "EC2-112", "5 2, 7 different", PAGES)
def _(world: World) -> str:
    made = {world.volume()["VolumeId"] for _ in range(7)}
    zone = [{"Name": "size", "Values": ["1"]}]
    pages: list[list[str]] = []
    token: dict[str, Any] = {}
    while not pages or token:
        found = world.ec2.describe_volumes(MaxResults=5, Filters=zone, **token)
        pages.append([each["VolumeId"] for each in found["Volumes"]])
        token = {"NextToken": found["NextToken"]} if found.get("NextToken") else {}
    seen = {each for page in pages for each in page} & made
    return f"{' '.join(str(len(page)) for page in pages)}, {len(seen)} different"


@question("EC2", "a volume on a page, whole", "EC2-112", "the volume, its tags and its zone", PAGES)
def _(world: World) -> str:
    tag = {"Key": "Name", "Value": "<a> & b"}
    volume = world.volume(TagSpecifications=[{"ResourceType": "volume", "Tags": [tag]}])
    paged = world.ec2.describe_volumes(MaxResults=5, Filters=[{"Name": "tag:Name", "Values": ["<a> & b"]}])["Volumes"]
    same = [each for each in paged if each["VolumeId"] == volume["VolumeId"]] == [volume]
    return "the volume, its tags and its zone" if same else str(paged)


for _what, _call, _how, _answer in (
    ("too small a page", "describe_volumes", {"MaxResults": 1}, "InvalidParameterValue 400"),
    ("too small a page", "describe_instances", {"MaxResults": 1}, "InvalidParameterValue 400"),
    ("a token that is none", "describe_snapshots", {"NextToken": "nothing"}, "InvalidNextToken 400"),
    ("a token that is none", "describe_instances", {"NextToken": "nothing"}, "InvalidNextToken 400"),
    (
        "a page of one volume that is named",
        "describe_volumes",
        {"VolumeIds": ["vol-0123456789abcdef0"], "MaxResults": 5},
        "InvalidParameterCombination 400",
    ),
):

    @question("EC2", f"{_call}: {_what}", "EC2-112", _answer, PAGES)
    def _(world: World, call: str = _call, how: dict[str, Any] = _how) -> str:
        return code(partial(getattr(world.ec2, call), **how))


LAUNCH, LIMITS = "ec2 instances", "ebs volume limits"
ONE_GIB = {"AvailabilityZone": "us-east-1a", "Size": 1}


def _launch(world: World, **how: Any) -> Any:
    name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
    image = world.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
    given = {"ImageId": image, "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1, **how}
    launched = world.ec2.run_instances(**given)
    world.keep(world.ec2.terminate_instances, InstanceIds=[each["InstanceId"] for each in launched["Instances"]])
    return launched


@question("EC2", "a launch of one or two instances", "EC2-114", "2", LAUNCH)
def _(world: World) -> str:
    return str(len(_launch(world, MaxCount=2)["Instances"]))


@question("EC2", "the security group of a launch without one", "EC2-114", "default", LAUNCH)
def _(world: World) -> str:
    return " ".join(each["GroupName"] for each in _launch(world)["Instances"][0]["SecurityGroups"])


@question("EC2", "a root of another size", "EC2-02, EC2-62", "gp3 10, deleted with the instance", LAUNCH)
def _(world: World) -> str:
    instance = world.instance(BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 10}}])
    volume = world.volume_described(world.root(instance))
    deleted = volume["Attachments"][0].get("DeleteOnTermination")
    return f"{volume['VolumeType']} {volume['Size']}, {'deleted with the instance' if deleted else 'kept'}"


IMPOSSIBLE: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("more at least than at most", {"MinCount": 2}, "InvalidParameterCombination 400"),
    ("none", {"MinCount": 0}, "InvalidParameterValue 400"),
    ("an image's id that is none", {"ImageId": "ami-zz"}, "InvalidAMIID.Malformed 400"),
    ("a key pair that is none", {"KeyName": "parity-none"}, "InvalidKeyPair.NotFound 400"),
    ("a profile that is none", {"IamInstanceProfile": {"Name": "parity-none"}}, "InvalidParameterValue 400"),
    (
        "a root smaller than its snapshot",
        {"BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 1}}]},
        "InvalidBlockDeviceMapping 400",
    ),
)

for _what, _how, _answer in IMPOSSIBLE:

    @question("EC2", f"a launch of {_what}", "EC2-114", _answer, LIMITS)
    def _(world: World, how: dict[str, Any] = _how) -> str:
        return code(partial(_launch, world, **how))


for _what, _kind, _key, _answer in (
    ("of AWS's", "volume", "aws:team", "InvalidParameterValue 400"),
    ("that is too long", "volume", "k" * 129, "InvalidParameterValue 400"),
    ("of another kind", "instance", "team", "InvalidParameterValue 400"),
    ("as long as can be", "volume", "k" * 128, "served"),
):

    @question("EC2", f"CreateVolume with a tag {_what}", "EC2-123", _answer, "ec2 tags")
    def _(world: World, kind: str = _kind, key: str = _key) -> str:
        specification = {"ResourceType": kind, "Tags": [{"Key": key, "Value": "blue"}]}
        return code(partial(world.ec2.create_volume, **ONE_GIB, TagSpecifications=[specification]))


OUTSIDE: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("without a zone", {"AvailabilityZone": None}, "MissingParameter 400"),
    ("of 0 GiB", {"Size": 0}, "InvalidParameterValue 400"),
    ("of 20,000 GiB", {"Size": 20000}, "InvalidParameterValue 400"),
    ("of another type", {"VolumeType": "gp9"}, "UnknownVolumeType 400"),
    ("with IOPS that its type does not have", {"Iops": 100, "VolumeType": "gp2"}, "InvalidParameterCombination 400"),
    ("with throughput that its type does not have", {"Throughput": 200}, "InvalidParameterCombination 400"),
)

for _what, _how, _answer in OUTSIDE:

    @question("EC2", f"CreateVolume {_what}", "EC2-113", _answer, LIMITS)
    def _(world: World, how: dict[str, Any] = _how) -> str:
        given = {name: value for name, value in {**ONE_GIB, **how}.items() if value is not None}
        return code(partial(world.ec2.create_volume, **given))


@question("EC2", "CreateVolume smaller than the snapshot", "EC2-113", "InvalidParameterValue 400", LIMITS)
def _(world: World) -> str:
    snapshot = world.snapshot(world.volume(Size=2)["VolumeId"])["SnapshotId"]
    return code(partial(world.ec2.create_volume, SnapshotId=snapshot, **ONE_GIB))


@question("EC2", "the same copy of an image twice by one client token", "EC2-19", "1 image", "ec2 client tokens")
def _(world: World) -> str:
    image = world.ec2.create_image(InstanceId=world.instance(), Name=f"parity-{world.account}")["ImageId"]
    world.keep(world.ec2.deregister_image, ImageId=image)
    world.until(
        lambda: world.ec2.describe_images(ImageIds=[image])["Images"][0]["State"], lambda seen: seen == "available"
    )
    how = {"SourceImageId": image, "SourceRegion": world.region, "Name": "copy", "ClientToken": "parity-one"}
    made = {world.ec2.copy_image(**how)["ImageId"] for _ in range(2)}
    return f"{len(made)} image"


@question("EC2", "DescribeRegions by a filter", "EC2-115", "us-east-1, us-east-2", "ec2 regions")
def _(world: World) -> str:
    wanted = [{"Name": "region-name", "Values": ["us-east-*"]}]
    return ", ".join(sorted(each["RegionName"] for each in world.ec2.describe_regions(Filters=wanted)["Regions"]))


@question("EC2", "CopySnapshot from a Region that does not exist", "EC2-115", "refused", "ebs snapshots")
def _(world: World) -> str:
    copied = code(partial(world.ec2.copy_snapshot, SourceRegion="nowhere-1", SourceSnapshotId="snap-0123456789abcdef0"))
    return "served" if copied == "served" else "refused"
