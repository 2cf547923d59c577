"""Steps of students that differ in the key policy: right in unusual ways, or wrong."""

from __future__ import annotations

import json

from embedded.practice.console_user import ConsoleUser
from embedded.practice.tasks import (
    Steps,
    make_key,
)
from tests.checks.student_steps import by_the_handout


def own_policy(user: ConsoleUser) -> None:
    """Statements in another order, principals as lists, and a statement of the student's own."""
    policy = user.console_policy()
    for statement in policy["Statement"]:
        statement["Principal"] = {"AWS": [statement["Principal"]["AWS"]]}
    policy["Statement"].reverse()
    mine = {"Sid": "mine", "Effect": "Allow", "Principal": {"AWS": user.account}, "Action": "kms:ListGrants"}
    policy["Statement"].insert(0, {**mine, "Resource": "*"})
    user.create_key(policy=policy)


def everybody_but(**condition: object) -> Steps:
    """Create a key whose administrator and user are everybody for whom a condition holds; `{role}` and `{account}` are
    filled in.
    """

    def steps(user: ConsoleUser) -> None:
        text = json.dumps(condition).replace("{role}", user.role).replace("{account}", user.account)
        policy = user.console_policy()
        for statement in policy["Statement"][1:]:
            statement["Principal"] = {"AWS": "*"}
            statement["Condition"] = {**statement.get("Condition", {}), **json.loads(text)}
        user.create_key(policy=policy)

    return steps


def with_statement(**statement: object) -> Steps:
    """Create a key with a statement more than the console's policy; `{role}` and `{account}` are filled in."""

    def steps(user: ConsoleUser) -> None:
        more = {"Sid": "more", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*", **statement}
        text = json.dumps(more).replace("{role}", user.role).replace("{account}", user.account)
        policy = user.console_policy()
        user.create_key(policy={**policy, "Statement": [*policy["Statement"], json.loads(text)]})

    return steps


def add_deny(user: ConsoleUser, **condition: object) -> None:
    """Deny everything to everybody for whom a condition holds."""
    policy = json.loads(user.call("kms", "get_key_policy", KeyId=user.key, PolicyName="default")["Policy"])
    deny = {"Sid": "deny", "Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*"}
    policy["Statement"].append({**deny, "Condition": condition})
    user.call("kms", "put_key_policy", KeyId=user.key, PolicyName="default", Policy=json.dumps(policy))


def session_as_principal(user: ConsoleUser) -> None:
    """The policy names the student's session instead of its role."""
    session = user.call("sts", "get_caller_identity")["Arn"]
    policy = json.loads(json.dumps(user.console_policy()).replace(user.role, session))
    user.create_key(policy=policy)


def granted_to_another(user: ConsoleUser) -> None:
    make_key(user)
    grantee = "arn:aws:iam::999999999999:root"
    user.call("kms", "create_grant", KeyId=user.key, GranteePrincipal=grantee, Operations=["Decrypt"])


def granted_instead_of_named(user: ConsoleUser) -> None:
    """Nobody is a key user, and a grant lets the role use the key."""
    user.create_key(users=False)
    operations = ["Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "GenerateDataKey", "DescribeKey"]
    user.call("kms", "create_grant", KeyId=user.key, GranteePrincipal=user.role, Operations=operations)


def open_to_another(user: ConsoleUser) -> None:
    policy = user.console_policy()
    other = {"AWS": "arn:aws:iam::999999999999:root"}
    statement = {"Sid": "other", "Effect": "Allow", "Principal": other, "Action": "kms:Decrypt", "Resource": "*"}
    user.create_key(policy={**policy, "Statement": [*policy["Statement"], statement]})


def open_to_everybody(user: ConsoleUser) -> None:
    policy = user.console_policy()
    every = {"Sid": "all", "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:Decrypt", "Resource": "*"}
    user.create_key(policy={**policy, "Statement": [*policy["Statement"], every]})


def for_a_role(name: str) -> Steps:
    """Choose another role as administrator and user."""

    def steps(user: ConsoleUser) -> None:
        trust = {"Effect": "Allow", "Principal": {"AWS": user.account}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        user.call("iam", "create_role", RoleName=name, AssumeRolePolicyDocument=document)
        policy = json.loads(json.dumps(user.console_policy()).replace("role/voclabs", f"role/{name}"))
        user.create_key(policy=policy)

    return steps


def for_a_deleted_role(user: ConsoleUser) -> None:
    """The role that was chosen is deleted, when all is done."""
    for_a_role("grader")(user)
    user.call("iam", "delete_role", RoleName="grader")


def denied_afterwards(user: ConsoleUser) -> None:
    """A Deny of decryption for the role, when all is done. The account's root can still change the policy."""
    by_the_handout(user)
    deny = {"Sid": "deny", "Effect": "Deny", "Principal": {"AWS": user.role}, "Action": "kms:Decrypt", "Resource": "*"}
    policy = user.console_policy()
    policy["Statement"].append(deny)
    user.call("kms", "put_key_policy", KeyId=user.key, PolicyName="default", Policy=json.dumps(policy))


def without_data_keys(user: ConsoleUser) -> None:
    policy = user.console_policy()
    policy["Statement"][2]["Action"] = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:DescribeKey"]
    user.create_key(policy=policy)


def in_other_words(user: ConsoleUser) -> None:
    """No statement for the account's root, NotAction for use, and Deny statements that reach nobody of the lab."""
    policy = user.console_policy()
    use = {"Sid": "use", "Effect": "Allow", "Principal": {"AWS": user.role}, "Resource": "*"}
    deny = {"Sid": "deny", "Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*"}
    others = {**deny, "Sid": "others", "NotPrincipal": {"AWS": [user.role, f"arn:aws:iam::{user.account}:root"]}}
    del others["Principal"]
    policy["Statement"] = [
        policy["Statement"][1],
        {**use, "NotAction": "kms:ScheduleKeyDeletion"},
        {**deny, "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
        others,
    ]
    user.create_key(policy=policy)
    user.call("kms", "enable_key_rotation", KeyId=user.key)


def replicated(user: ConsoleUser) -> None:
    """The key is the replica of a multi-Region key, and lets the account use it through EC2."""
    through = {"StringEquals": {"kms:CallerAccount": user.account, "kms:ViaService": "ec2.us-east-1.amazonaws.com"}}
    policy = user.console_policy()
    more = {"Sid": "more", "Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}
    policy["Statement"].append({**more, "Condition": through})
    user.region = "us-west-2"
    primary = user.create_key(None, MultiRegion=True)
    user.call("kms", "replicate_key", KeyId=primary, ReplicaRegion="us-east-1", Policy=json.dumps(policy))
    user.region = "us-east-1"
    user.key = primary.replace("us-west-2", "us-east-1")
    user.create_alias("alias/MyKMSKey")


def on_condition(*statements: int, **condition: object) -> Steps:
    """Create a key with a condition in statements of the console's policy: 1 is that of administrators, 2 of users."""

    def steps(user: ConsoleUser) -> None:
        policy = user.console_policy()
        for number in statements:
            policy["Statement"][number]["Condition"] = condition
        user.create_key(policy=policy)

    return steps


def for_a_user(user: ConsoleUser) -> None:
    """Choose a user as administrator and user."""
    arn = user.call("iam", "create_user", UserName="student")["User"]["Arn"]
    user.create_key(policy=json.loads(json.dumps(user.console_policy()).replace(user.role, arn)))


def granted_too_little(user: ConsoleUser) -> None:
    user.create_key(users=False)
    user.call("kms", "create_grant", KeyId=user.key, GranteePrincipal=user.role, Operations=["Decrypt"])


def no_disabling_at_last(user: ConsoleUser) -> None:
    """A Deny of disabling for the role, when all is done."""
    policy = user.console_policy()
    deny = {"Sid": "deny", "Effect": "Deny", "Principal": {"AWS": user.role}, "Resource": "*"}
    policy["Statement"].append({**deny, "Action": ["kms:DisableKey", "kms:EnableKey"]})
    user.call("kms", "put_key_policy", KeyId=user.key, PolicyName="default", Policy=json.dumps(policy))
