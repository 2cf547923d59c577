"""Questions about the forms of IAM's answers, users' boundaries, service-linked roles, and session tags."""

from __future__ import annotations

import json
import re
import secrets
from functools import partial
from typing import Any

from tests.embedded.question import code, normalized, outcome, question
from tests.embedded.questions.steps import trust
from tests.embedded.world import World, credentials

FORMS, CALLERS = "iam responses", "iam callers"
LINKED, POLICIES, SIMULATION, TAGS = "service-linked roles", "iam policies", "policy simulation", "sts session tags"
ALLOW = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}
NAME = "parity-{}".format


def _document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [*statements]})


def _role(world: World, statement: dict[str, Any]) -> Any:
    iam, name = world.client("iam"), NAME(secrets.token_hex(4))
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=_document(statement))["Role"]
    world.keep(iam.delete_role, RoleName=name)
    return made


def _policy(world: World) -> Any:
    iam = world.client("iam")
    made = iam.create_policy(PolicyName=NAME(secrets.token_hex(4)), PolicyDocument=_document(ALLOW))["Policy"]
    world.keep(iam.delete_policy, PolicyArn=made["Arn"])
    return made


def _user(world: World, **how: Any) -> Any:
    iam, name = world.client("iam"), NAME(secrets.token_hex(4))
    made = iam.create_user(UserName=name, **how)["User"]
    world.keep(iam.delete_user, UserName=name)
    return made


@question("IAM", "the ids of what is created", "IAM-60", "AIDA AROA AGPA ANPA 21", FORMS, needs="iam:CreateUser")
def _(world: World) -> str:
    iam, name = world.client("iam"), NAME(secrets.token_hex(4))
    group = iam.create_group(GroupName=name)["Group"]
    world.keep(iam.delete_group, GroupName=name)
    role = _role(world, trust({"Service": "ec2.amazonaws.com"}))
    ids = (_user(world)["UserId"], role["RoleId"], group["GroupId"], _policy(world)["PolicyId"])
    wanted = ("AIDA", "AROA", "AGPA", "ANPA")
    shown = [kind if each.startswith(kind) else "another" for kind, each in zip(wanted, ids, strict=True)]
    return f"{' '.join(shown)} {len(ids[0])}"


@question("IAM", "what a new role shows", "IAM-62", "CreateRole: -, GetRole: 3600 {}", FORMS, needs="iam:CreateRole")
def _(world: World) -> str:
    created = _role(world, trust({"Service": "ec2.amazonaws.com"}))
    found = world.client("iam").get_role(RoleName=created["RoleName"])["Role"]
    more = " ".join(str(created[each]) for each in ("MaxSessionDuration", "RoleLastUsed") if each in created)
    return f"CreateRole: {more or '-'}, GetRole: {found['MaxSessionDuration']} {found.get('RoleLastUsed')}"


@question("IAM", "a policy in ListRoles", "IAM-61", "arn%3Aaws%3As3%3A%3A%3Aa", FORMS, needs="iam:CreateRole")
def _(world: World) -> str:
    encoded = {"StringEquals": {"aws:SourceArn": "arn%3Aaws%3As3%3A%3A%3Aa"}}
    name = _role(world, trust({"Service": "ec2.amazonaws.com"}, Condition=encoded))["RoleName"]
    pages = world.client("iam").get_paginator("list_roles").paginate()
    (found,) = [role for page in pages for role in page["Roles"] if role["RoleName"] == name]
    return str(found["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]["StringEquals"]["aws:SourceArn"])


@question("IAM", "the dates of a role", "IAM-60", "whole seconds", FORMS, needs="iam:CreateRole")
def _(world: World) -> str:
    created = _role(world, trust({"Service": "ec2.amazonaws.com"}))["CreateDate"]
    return "microseconds" if created.microsecond else "whole seconds"


@question("IAM", "how often a policy is a boundary", "IAM-63", "0 1", FORMS, needs="iam:CreateRole")
def _(world: World) -> str:
    iam, policy, role = world.client("iam"), _policy(world), _role(world, trust({"Service": "ec2.amazonaws.com"}))
    iam.put_role_permissions_boundary(RoleName=role["RoleName"], PermissionsBoundary=policy["Arn"])
    world.keep(iam.delete_role_permissions_boundary, RoleName=role["RoleName"])
    found = iam.get_policy(PolicyArn=policy["Arn"])["Policy"]
    return f"{policy.get('PermissionsBoundaryUsageCount')} {found.get('PermissionsBoundaryUsageCount')}"


@question(
    "IAM",
    "GetUser of a role's session",
    "IAM-65",
    "ValidationError 400: Must specify userName when calling with non-User credentials",
    CALLERS,
)
def _(world: World) -> str:
    return outcome(world.client("iam").get_user)


@question("IAM", "the keys of the calling user", "IAM-65", "its own key", CALLERS, needs="iam:CreateUser")
def _(world: World) -> str:
    iam, name = world.client("iam"), _user(world)["UserName"]
    allowed = _document({"Effect": "Allow", "Action": "iam:*", "Resource": "*"})
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=allowed)
    world.keep(iam.delete_user_policy, UserName=name, PolicyName="p")
    key = iam.create_access_key(UserName=name)["AccessKey"]
    world.keep(iam.delete_access_key, UserName=name, AccessKeyId=key["AccessKeyId"])
    user = world.signed_in_as(aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    world.until(lambda: code(user.client("iam").get_user), lambda seen: seen == "served")
    found = user.client("iam").list_access_keys()["AccessKeyMetadata"]
    return "its own key" if [each["AccessKeyId"] for each in found] == [key["AccessKeyId"]] else str(found)


@question(
    "IAM",
    "a service-linked role, twice",
    "IAM-66",
    "AWSServiceRoleForBatch, InvalidInput 400: Service role name AWSServiceRoleForBatch has been taken in this "
    "account, please try a different suffix., task/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch/<id>",
    LINKED,
    needs="iam:CreateServiceLinkedRole",
)
def _(world: World) -> str:
    iam, service = world.client("iam"), {"AWSServiceName": "batch.amazonaws.com"}
    name = iam.create_service_linked_role(**service)["Role"]["RoleName"]
    again = outcome(lambda: iam.create_service_linked_role(**service))
    return normalized(f"{name}, {again}, {iam.delete_service_linked_role(RoleName=name)['DeletionTaskId']}")


@question(
    "IAM",
    "a policy by its name",
    "IAM-68",
    "ValidationError 400: Invalid ARN:  Could not be parsed!",
    POLICIES,
    needs="iam:CreateRole",
)
def _(world: World) -> str:
    name = _role(world, trust({"Service": "ec2.amazonaws.com"}))["RoleName"]
    how = {"RoleName": name, "PolicyArn": "AdministratorAccessByName"}
    return outcome(lambda: world.client("iam").attach_role_policy(**how))


@question(
    "IAM",
    "an absent policy",
    "IAM-68",
    "NoSuchEntity 404: Policy arn:aws:iam::<acct>:policy/nobody-made-this was not found.",
    POLICIES,
)
def _(world: World) -> str:
    arn = f"arn:aws:iam::{world.account}:policy/nobody-made-this"
    return outcome(lambda: world.client("iam").delete_policy(PolicyArn=arn))


@question(
    "IAM", "where a simulated statement stands", "IAM-67", "arn:aws:s3:::a PolicyInputList.1 1:42 2:36", SIMULATION
)
def _(world: World) -> str:
    document = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",\n "Action": "s3:*",' + ' "Resource": "*"}]}'
    asked = {"PolicyInputList": [document], "ActionNames": ["s3:GetObject"], "ResourceArns": ["arn:aws:s3:::a"]}
    (found,) = world.client("iam").simulate_custom_policy(**asked)["EvaluationResults"]
    (matched,) = found["MatchedStatements"]
    places = [f"{matched[each]['Line']}:{matched[each]['Column']}" for each in ("StartPosition", "EndPosition")]
    return f"{found['EvalResourceName']} {matched['SourcePolicyId']} {' '.join(places)}"


def _tagged(world: World, arn: str, *tags: str, transitive: tuple[str, ...] = ()) -> Any:
    given = [{"Key": each, "Value": "v"} for each in tags]
    how = {"TransitiveTagKeys": [*transitive]} if transitive else {}
    return world.client("sts").assume_role(RoleArn=arn, RoleSessionName="parity", Tags=given, **how)


def _taggable(world: World, action: object = ("sts:AssumeRole", "sts:TagSession")) -> str:
    actions = [*action] if isinstance(action, tuple) else action
    root = {"AWS": f"arn:aws:iam::{world.account}:root"}
    arn = str(_role(world, {"Effect": "Allow", "Principal": root, "Action": actions})["Arn"])
    world.until(lambda: code(lambda: _tagged(world, arn)), lambda seen: seen == "served")
    return arn


@question(
    "STS",
    "session tags in two cases",
    "STS-60",
    "InvalidParameterValue 400: Duplicate tag keys found. Please note that Tag keys are case insensitive.",
    TAGS,
    needs="iam:CreateRole",
)
def _(world: World) -> str:
    arn = _taggable(world)
    return outcome(lambda: _tagged(world, arn, "Tag", "tag"))


@question(
    "STS",
    "a transitive tag that is not there",
    "STS-61",
    "InvalidParameterValue 400: The specified transitive tag key must be included in the requested tags.",
    TAGS,
    needs="iam:CreateRole",
)
def _(world: World) -> str:
    arn = _taggable(world)
    return outcome(lambda: _tagged(world, arn, "Tag", transitive=("another",)))


@question(
    "STS",
    "a transitive tag, set again",
    "STS-62",
    "InvalidParameterValue 400: One of the specified transitive tag keys can't be set because it conflicts with a "
    "transitive tag key from the calling session.",
    TAGS,
    needs="iam:CreateRole",
)
def _(world: World) -> str:
    arn, iam = _taggable(world), world.client("iam")
    name = arn.rpartition("/")[2]
    allowed = _document({"Effect": "Allow", "Action": "sts:*", "Resource": "*"})
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=allowed)
    world.keep(iam.delete_role_policy, RoleName=name, PolicyName="p")
    given = _tagged(world, arn, "Tag", transitive=("tag",))["Credentials"]
    session = world.signed_in_as(
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )
    return world.until(
        lambda: outcome(lambda: _tagged(session, arn, "tag")), lambda seen: not re.match("AccessDenied", seen)
    )


@question("STS", "tags for a role that does not want them", "STS-64", "AccessDenied 403", TAGS, needs="iam:CreateRole")
def _(world: World) -> str:
    arn = _taggable(world, "sts:AssumeRole")
    return code(lambda: _tagged(world, arn, "Tag"))


@question(
    "STS", "a session tag in a policy", "STS-64", "served, AccessDeniedException 400", TAGS, needs="iam:CreateRole"
)
def _(world: World) -> str:
    arn, iam = _taggable(world), world.client("iam")
    condition = {"StringEquals": {"aws:PrincipalTag/Team": "v"}}
    allowed = _document({"Effect": "Allow", "Action": "kms:ListKeys", "Resource": "*", "Condition": condition})
    iam.put_role_policy(RoleName=arn.rpartition("/")[2], PolicyName="p", PolicyDocument=allowed)
    world.keep(iam.delete_role_policy, RoleName=arn.rpartition("/")[2], PolicyName="p")
    tagged, other = (
        world.signed_in_as(**credentials(_tagged(world, arn, tag)["Credentials"])) for tag in ("Team", "Crew")
    )
    seen = world.until(lambda: code(tagged.kms.list_keys), lambda answer: answer == "served")
    return f"{seen}, {code(other.kms.list_keys)}"


@question("STS", "a user's session token", "STS-01", "served, <acct>", "sts", needs="iam:CreateUser")
def _(world: World) -> str:
    iam, name = world.client("iam"), _user(world)["UserName"]
    key = iam.create_access_key(UserName=name)["AccessKey"]
    world.keep(iam.delete_access_key, UserName=name, AccessKeyId=key["AccessKeyId"])
    user = world.signed_in_as(aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    world.until(lambda: code(user.client("sts").get_caller_identity), lambda seen: seen == "served")
    session = world.signed_in_as(**credentials(user.client("sts").get_session_token()["Credentials"]))
    owner = world.client("sts").get_access_key_info(AccessKeyId=key["AccessKeyId"])["Account"]
    return normalized(f"{code(session.client('sts').get_caller_identity)}, {owner}")


@question("STS", "a federation token for a session", "STS-63", "AccessDenied 403", "sts federation")
def _(world: World) -> str:
    return code(lambda: world.client("sts").get_federation_token(Name="parity"))


FAILED = "failed to satisfy constraint: Member must"
PATTERN = "satisfy regular expression pattern: [\\w+=,.@-]+"

for _service, _call, _how, _answer in (
    ("iam", "get_role", {}, f"Value null at 'roleName' {FAILED} not be null"),
    ("iam", "create_user", {"UserName": "a b"}, f"Value 'a b' at 'userName' {FAILED} {PATTERN}"),
    (
        "sts",
        "get_session_token",
        {"DurationSeconds": 10},
        f"Value '10' at 'durationSeconds' {FAILED} have value greater than or equal to 900",
    ),
):

    @question(
        _service.upper(),
        f"{_call} outside its model",
        "IAM-100",
        f"ValidationError 400: 1 validation error detected: {_answer}",
        "dispatch",
    )
    def _(world: World, service: str = _service, call: str = _call, how: dict[str, Any] = _how) -> str:
        return outcome(partial(getattr(world.unchecked(service), call), **how))


@question("IAM", "ListGroups, page by page", "IAM-101", "2 1, 3 different", "iam pages")
def _(world: World) -> str:
    iam = world.client("iam")
    for name in ("parity-a", "parity-b", "parity-c"):
        iam.create_group(GroupName=name)
        world.keep(iam.delete_group, GroupName=name)
    pages = [
        [each["GroupName"] for each in page["Groups"]]
        for page in iam.get_paginator("list_groups").paginate(PaginationConfig={"PageSize": 2})
    ]
    return f"{' '.join(str(len(page)) for page in pages)}, {len({each for page in pages for each in page})} different"


@question("IAM", "a marker that is none", "IAM-101", "refused", "iam pages")
def _(world: World) -> str:
    listed = code(lambda: world.client("iam").list_groups(Marker="nothing"))
    return "served" if listed == "served" else "refused"
