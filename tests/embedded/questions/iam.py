"""Questions about IAM and Service Quotas."""

from __future__ import annotations

import json
import secrets
from typing import Any

from tests.embedded.question import code, normalized, question
from tests.embedded.questions.steps import trust
from tests.embedded.world import World, credentials

IDENTITY = "identity policies"
POLICIES = "iam policies"
SIGNED = "signatures"
SIMULATION = "policy simulation"


def _user(world: World, *statements: dict[str, Any]) -> World:
    iam, name = world.client("iam"), f"parity-{secrets.token_hex(4)}"
    iam.create_user(UserName=name)
    world.keep(iam.delete_user, UserName=name)
    for number, statement in enumerate(statements):
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName=name, PolicyName=f"p{number}", PolicyDocument=document)
        world.keep(iam.delete_user_policy, UserName=name, PolicyName=f"p{number}")
    key = iam.create_access_key(UserName=name)["AccessKey"]
    world.keep(iam.delete_access_key, UserName=name, AccessKeyId=key["AccessKeyId"])
    return world.signed_in_as(aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])


@question(
    "IAM",
    "a user without rights",
    "IAM-05",
    "AccessDeniedException 400, AccessDenied 403, UnauthorizedOperation 403",
    IDENTITY,
    needs="iam:CreateUser",
)
def _(world: World) -> str:
    user = _user(world)
    calls = (user.kms.list_keys, user.s3.list_buckets, user.ec2.describe_volumes)
    return ", ".join(code(call) for call in calls)


@question("IAM", "a user with a right", "IAM-01", "served, <user ARN>", IDENTITY, needs="iam:CreateUser")
def _(world: World) -> str:
    user = _user(world, {"Effect": "Allow", "Action": "kms:ListKeys", "Resource": "*"})
    allowed = world.until(lambda: code(user.kms.list_keys), lambda seen: seen == "served")
    return f"{allowed}, {normalized(user.principal)}"


@question("IAM", "a key that was made inactive", "IAM-09", "refused", SIGNED, needs="iam:CreateUser")
def _(world: World) -> str:
    user = _user(world, {"Effect": "Allow", "Action": "*", "Resource": "*"})
    key = user.credentials.access_key
    name = user.principal.rpartition("/")[2]
    world.client("iam").update_access_key(UserName=name, AccessKeyId=key, Status="Inactive")
    seen = world.until(lambda: code(user.kms.list_keys), lambda answer: answer != "served")
    return "served" if seen == "served" else "refused"


@question("IAM", "a user's group", "IAM-09", "served", IDENTITY, needs="iam:CreateUser")
def _(world: World) -> str:
    iam, user = world.client("iam"), _user(world)
    group = f"parity-{secrets.token_hex(4)}"
    iam.create_group(GroupName=group)
    document = json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:List*", "Resource": "*"}]}
    )
    iam.put_group_policy(GroupName=group, PolicyName="p", PolicyDocument=document)
    iam.add_user_to_group(GroupName=group, UserName=user.principal.rpartition("/")[2])
    return world.until(lambda: code(user.kms.list_keys), lambda seen: seen == "served")


@question("IAM", "attaching AdministratorAccess", "IAM-09", "served, served", POLICIES, needs="iam:CreateUser")
def _(world: World) -> str:
    user = _user(world)
    name = world.client("iam").list_users()["Users"][-1]["UserName"]
    arn = "arn:aws:iam::aws:policy/AdministratorAccess"
    attached = code(lambda: world.client("iam").attach_user_policy(UserName=name, PolicyArn=arn))
    world.keep(world.client("iam").detach_user_policy, UserName=name, PolicyArn=arn)
    return f"{attached}, {world.until(lambda: code(user.kms.list_keys), lambda seen: seen == 'served')}"


@question(
    "IAM",
    "a trust policy that is none",
    "IAM-08",
    "MalformedPolicyDocument 400",
    POLICIES,
    needs="iam:CreateRole",
)
def _(world: World) -> str:
    return code(lambda: world.client("iam").create_role(RoleName="parity-none", AssumeRolePolicyDocument="{}"))


@question("IAM", "a permissions boundary", "IAM-02", "AccessDeniedException 400", IDENTITY, needs="iam:CreateRole")
def _(world: World) -> str:
    iam, name = world.client("iam"), f"parity-{secrets.token_hex(4)}"
    only_s3 = json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    )
    boundary = iam.create_policy(PolicyName=name, PolicyDocument=only_s3)["Policy"]["Arn"]
    trusted = {"Statement": [trust({"AWS": f"arn:aws:iam::{world.account}:root"})]}
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trusted), PermissionsBoundary=boundary)
    everything = json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    )
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=everything)
    arn = f"arn:aws:iam::{world.account}:role/{name}"
    given = world.client("sts").assume_role(RoleArn=arn, RoleSessionName="parity")["Credentials"]
    other = world.signed_in_as(**credentials(given))
    return code(other.kms.list_keys)


@question(
    "IAM",
    "SimulatePrincipalPolicy",
    "IAM-07",
    "kms:Encrypt allowed, s3:GetObject implicitDeny, kms:Decrypt explicitDeny",
    SIMULATION,
    needs="iam:CreateRole",
)
def _(world: World) -> str:
    role = world.with_role(
        {"Effect": "Allow", "Action": "kms:*", "Resource": "*"},
        {"Effect": "Deny", "Action": "kms:Decrypt", "Resource": "*"},
    )
    name = role.principal.split("/")[1]
    arn = f"arn:aws:iam::{world.account}:role/{name}"
    actions = ["kms:Encrypt", "s3:GetObject", "kms:Decrypt"]
    found = world.client("iam").simulate_principal_policy(PolicySourceArn=arn, ActionNames=actions)
    return ", ".join(f"{each['EvalActionName']} {each['EvalDecision']}" for each in found["EvaluationResults"])


@question(
    "IAM",
    "SimulateCustomPolicy",
    "IAM-07",
    "implicitDeny: allowed, implicitDeny",
    SIMULATION,
    needs="iam:SimulateCustomPolicy",
)
def _(world: World) -> str:
    policy = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [policy]})
    found = world.client("iam").simulate_custom_policy(
        PolicyInputList=[document], ActionNames=["s3:GetObject"], ResourceArns=["arn:aws:s3:::b/k", "arn:aws:s3:::c/k"]
    )
    (result,) = found["EvaluationResults"]
    each = ", ".join(str(one["EvalResourceDecision"]) for one in result["ResourceSpecificResults"])
    return f"{result['EvalDecision']}: {each}"


@question(
    "IAM",
    "SimulateCustomPolicy without a condition's key",
    "IAM-07",
    "implicitDeny, missing aws:SourceIp",
    SIMULATION,
    needs="iam:SimulateCustomPolicy",
)
def _(world: World) -> str:
    here = {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
    policy = {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": here}
    document = json.dumps({"Version": "2012-10-17", "Statement": [policy]})
    found = world.client("iam").simulate_custom_policy(PolicyInputList=[document], ActionNames=["s3:GetObject"])
    (result,) = found["EvaluationResults"]
    return f"{result['EvalDecision']}, missing {', '.join(result['MissingContextValues'])}"


@question(
    "EC2",
    "quota of running standard instances",
    "EC2-55",
    "5 vCPUs",
    "quotas",
    needs="servicequotas:GetServiceQuota",
)
def _(world: World) -> str:
    found = world.client("service-quotas").get_service_quota(ServiceCode="ec2", QuotaCode="L-1216C47A")
    return f"{found['Quota']['Value']:.0f} vCPUs"


@question("IAM", "SimulatePrincipalPolicy of nobody", "IAM-07", "NoSuchEntity 404", SIMULATION)
def _(world: World) -> str:
    arn = f"arn:aws:iam::{world.account}:role/nobody-made-this"
    iam = world.client("iam")
    return code(lambda: iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=["s3:GetObject"]))


@question(
    "IAM",
    "an operation that the emulator lacks",
    "docs/decisions.md",
    "NotImplemented 501",
    "server",
    needs="the emulator",
)
def _(world: World) -> str:
    return code(lambda: world.kms.connect_custom_key_store(CustomKeyStoreId="cks-1234567890abcdef0"))


@question(
    "IAM",
    "a service that the emulator lacks",
    "docs/decisions.md",
    "NotImplemented 501",
    "server",
    needs="the emulator",
)
def _(world: World) -> str:
    return code(lambda: world.client("devicefarm").list_test_grid_projects())
