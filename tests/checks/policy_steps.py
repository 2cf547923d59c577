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
