"""Questions about permissions in EC2: on each resource that a request names or creates, and by their keys."""

from __future__ import annotations

from functools import partial
from typing import Any

from tests.embedded.question import code, question
from tests.embedded.world import World

ACCESS = "ec2 authorization"
ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
DENIED = "UnauthorizedOperation 403"
FACT = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html"
ROLE = "iam:CreateRole"


def _role(world: World, action: str, resource: str, condition: dict[str, Any] | None = None) -> World:
    """A role that may do everything but an action on a resource."""
    arn = resource.replace("REGION", world.region).replace("ACCOUNT", world.account)
    deny = {"Effect": "Deny", "Action": action, "Resource": arn}
    return world.with_role(ALL, {**deny, "Condition": condition} if condition else deny)


@question("EC2", "a Deny of tagging one volume", FACT, f"{DENIED}, served", ACCESS, needs=ROLE)
def _(world: World) -> str:
    volumes = [world.volume()["VolumeId"] for _ in range(2)]
    role = _role(world, "ec2:CreateTags", f"arn:aws:ec2:REGION:ACCOUNT:volume/{volumes[0]}")
    tags = [{"Key": "a", "Value": "b"}]
    return ", ".join(code(partial(role.ec2.create_tags, Resources=[each], Tags=tags)) for each in volumes)


@question("EC2", "a Deny of one of two volumes", FACT, DENIED, ACCESS, needs=ROLE)
def _(world: World) -> str:
    volumes = [world.volume()["VolumeId"] for _ in range(2)]
    role = _role(world, "ec2:CreateTags", f"arn:aws:ec2:REGION:ACCOUNT:volume/{volumes[1]}")
    return code(partial(role.ec2.create_tags, Resources=volumes, Tags=[{"Key": "a", "Value": "b"}]))


@question("EC2", "a Deny of a security group", FACT, DENIED, ACCESS, needs=ROLE)
def _(world: World) -> str:
    group = world.ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]
    role = _role(world, "ec2:AuthorizeSecurityGroupIngress", f"arn:aws:ec2:REGION:ACCOUNT:security-group/{group}")
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "203.0.113.0/24"}]}
    return code(partial(role.ec2.authorize_security_group_ingress, GroupId=group, IpPermissions=[rule]))


VOLUME = "arn:aws:ec2:REGION:ACCOUNT:volume/*"
CREATING: tuple[tuple[str, dict[str, Any], dict[str, Any], str], ...] = (
    ("ec2:Encrypted", {"Bool": {"ec2:Encrypted": "false"}}, {}, DENIED),
    ("ec2:Encrypted, encrypted", {"Bool": {"ec2:Encrypted": "false"}}, {"Encrypted": True}, "served"),
    ("ec2:VolumeSize", {"NumericGreaterThan": {"ec2:VolumeSize": "10"}}, {"Size": 11}, DENIED),
    ("ec2:VolumeSize, smaller", {"NumericGreaterThan": {"ec2:VolumeSize": "10"}}, {"Size": 10}, "served"),
    (
        "ec2:VolumeType",
        {"StringEquals": {"ec2:VolumeType": "io1"}},
        {"VolumeType": "io1", "Iops": 100, "Size": 4},
        DENIED,
    ),
    ("aws:TagKeys", {"Null": {"aws:TagKeys": "true"}}, {}, DENIED),
)

for _key, _condition, _how, _answer in CREATING:

    @question("EC2", f"CreateVolume and a Deny by {_key}", FACT, _answer, ACCESS, needs=ROLE)
    def _(world: World, condition: dict[str, Any] = _condition, how: dict[str, Any] = _how) -> str:
        role = _role(world, "ec2:CreateVolume", VOLUME, condition)
        return code(lambda: role.volume(**how))


@question("EC2", "a launch and a Deny by ec2:InstanceType", FACT, DENIED, ACCESS, needs=ROLE)
def _(world: World) -> str:
    condition = {"StringNotEquals": {"ec2:InstanceType": "t3.nano"}}
    role = _role(world, "ec2:RunInstances", "arn:aws:ec2:REGION:ACCOUNT:instance/*", condition)
    return code(role.instance)


@question("EC2", "stopping an instance and a Deny by ec2:InstanceType", FACT, DENIED, ACCESS, needs=ROLE)
def _(world: World) -> str:
    instance = world.instance()
    condition = {"StringEquals": {"ec2:InstanceType": "t3.micro"}}
    role = _role(world, "ec2:StopInstances", "arn:aws:ec2:REGION:ACCOUNT:instance/*", condition)
    return code(partial(role.ec2.stop_instances, InstanceIds=[instance]))
