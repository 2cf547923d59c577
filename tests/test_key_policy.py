"""Who is named in a key's policy, and what each may do."""

from __future__ import annotations

import json

import pytest

from fixtures.key_policy import KeyPolicy, administrators_policy, console_policy

ACCOUNT, ROLE = "123456789012", "arn:aws:iam::123456789012:role/voclabs"


def policy(*statements: dict) -> KeyPolicy:
    return KeyPolicy(json.dumps({"Statement": list(statements)}), ACCOUNT)


def allow(principal: object, action: object = "kms:*", **more: object) -> dict:
    return {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*", **more}


def test_the_consoles_policy_lets_its_role_manage_and_use():
    """Administrator and user are named apart."""
    found = KeyPolicy(console_policy(ACCOUNT, ROLE, ROLE), ACCOUNT)
    assert ROLE in found.managers
    assert ROLE in found.users
    assert found.outsiders == []


def test_administrators_are_no_users():
    """The administrators' statement gives no use of the key."""
    found = KeyPolicy(administrators_policy(ACCOUNT, ROLE), ACCOUNT)
    assert found.managers == [ROLE, f"arn:aws:iam::{ACCOUNT}:root"]
    assert found.users == []


@pytest.mark.parametrize(
    ("statement", "outsiders"),
    [
        (allow("*"), ["*"]),
        (allow({"AWS": "*"}), ["*"]),
        (allow({"AWS": ["arn:aws:iam::210987654321:root", ROLE]}), ["arn:aws:iam::210987654321:root"]),
        (allow({"AWS": "*"}, Condition={"StringEquals": {"kms:CallerAccount": ACCOUNT}}), []),
        (allow({"AWS": "*"}, Condition={"StringEquals": {"kms:CallerAccount": "210987654321"}}), ["*"]),
        (allow({"AWS": "AROAEXAMPLEID"}), []),
        ({**allow("*"), "Effect": "Deny"}, []),
    ],
)
def test_outsiders(statement, outsiders):
    """Everybody and other accounts are outside, unless a condition or a deny says otherwise."""
    assert policy(statement).outsiders == outsiders


def test_one_statement_may_stand_alone():
    """IAM takes a statement without a list around it."""
    assert KeyPolicy(json.dumps({"Statement": allow({"AWS": ROLE})}), ACCOUNT).users == [ROLE]
