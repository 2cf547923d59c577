"""What a live run would miss is said before anything is made."""

from __future__ import annotations

import json

import pytest

from embedded import BEHAVIOURS, EmbeddedAWS, Settings
from embedded.quotas import STANDARD_VCPUS
from fixtures.account import Account
from fixtures.evidence import Evidence
from fixtures.key import Key
from fixtures.ledger import Ledger
from fixtures.names import RUN_TAG, Names
from fixtures.patience import Limits, Patience
from fixtures.preflight import plan, preflight
from fixtures.provisioning import Provisioning
from fixtures.transport import Boto3Transport
from tests.judging import ROOT

POLICY = json.loads((ROOT / "docs" / "iam" / "provision.json").read_text(encoding="utf-8"))
QUICK = Limits(pause=0.004, longest_pause=0.1, ready=10, true=1, history=1)
NOUNS = {"kms": "key", "s3": "bucket", "ec2": "instance", "ssm": "instance", "cloudtrail": "history"}
"""What is not made, or asked, without the rights of a service."""
NEEDED = sorted(
    action
    for each in POLICY["Statement"]
    for action in ([each["Action"]] if isinstance(each["Action"], str) else each["Action"])
    if action.partition(":")[0] in NOUNS
)


@pytest.fixture(scope="module")
def aws():
    with EmbeddedAWS(Settings(students=len(NEEDED) + 12, transition=0.01), behaviours=BEHAVIOURS) as aws:
        yield aws


@pytest.fixture(scope="module")
def students(aws):
    return iter(aws.students)


@pytest.fixture
def admin(aws, students) -> Account:
    """An account of its own for each test, seen by whom may do anything in it."""
    student = next(students)
    return account(aws, student.access_key_id, student.secret_access_key, student.session_token)


def account(aws, key: str, secret: str, token: str) -> Account:
    keys = {"aws_access_key_id": key, "aws_secret_access_key": secret, "aws_session_token": token}
    return Account(Boto3Transport.signed_in(endpoint=aws.endpoint, region_name="us-east-1", **keys), Evidence())


def with_policy(aws, admin: Account, *statements: object, path: str = "/", name: str = "provisioner") -> Account:
    """The same account, seen by a role with these statements and no others."""
    who = {"Effect": "Allow", "Principal": {"AWS": admin.id}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    trust = json.dumps({"Version": "2012-10-17", "Statement": [who]})
    transport = admin._transport
    iam, sts = transport.client("iam"), transport.client("sts")
    arn = iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="provision", PolicyDocument=document)
    keys = sts.assume_role(RoleArn=arn, RoleSessionName="run")["Credentials"]
    return account(aws, keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])


def looked_at(account: Account) -> Provisioning:
    lab = Provisioning(account, Ledger(), Patience(QUICK), Names().of_run("r1"), "r1")
    preflight(lab)
    made = {record["operation"] for record in account.evidence.answers if not record["code"]}
    assert not any(operation.startswith(("Create", "Run", "Put")) for operation in made)
    return lab


def without(*actions: str) -> list[object]:
    kept = []
    for each in POLICY["Statement"]:
        listed = [each["Action"]] if isinstance(each["Action"], str) else each["Action"]
        kept.append({**each, "Action": [one for one in listed if one not in actions]})
    return [each for each in kept if each["Action"]]


def test_with_all_rights_nothing_is_missing(aws, admin):
    """With `docs/iam/provision.json` alone; the plan says who, where, what, and for how much."""
    lab = looked_at(with_policy(aws, admin, *POLICY["Statement"]))
    assert lab.missing == {}
    told = "\n".join(plan(lab))
    for word in ("assumed-role/provisioner", admin.id, "us-east-1", lab.names.bucket, f"{RUN_TAG}=r1", "US$"):
        assert word in told


@pytest.mark.parametrize("action", NEEDED)
def test_a_right_that_is_missing_is_named(action, aws, admin):
    """Also one that only the removal needs: what could not be removed is not made."""
    lab = looked_at(with_policy(aws, admin, *without(action)))
    noun = NOUNS[action.partition(":")[0]]
    assert list(lab.missing) == [noun]
    assert action in lab.missing[noun].advice


def test_where_iam_may_not_be_asked_nothing_speaks_against_it(aws, admin):
    """And where the quota may not be read, too."""
    kept = without("iam:SimulatePrincipalPolicy", "servicequotas:GetServiceQuota", "s3:DeleteBucket")
    assert looked_at(with_policy(aws, admin, *kept)).missing == {}


def test_a_condition_that_only_a_real_call_meets_says_nothing(aws, admin):
    """A role that may come from one address only is simulated without an address."""
    here = {"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": here}
    assert looked_at(with_policy(aws, admin, everything)).missing == {}


EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
NO_LOOK_AT_ROLES = {"Effect": "Deny", "Action": "iam:GetRole", "Resource": "*"}
CENTRAL = {"path": "/aws-reserved/sso.amazonaws.com/", "name": "AWSReservedSSO_AdministratorAccess_0123456789abcdef"}


@pytest.mark.parametrize("denied", [[], [NO_LOOK_AT_ROLES]], ids=["as IAM tells it", "by the session"])
def test_a_role_with_a_path_is_named_so_that_its_key_is_taken(denied, aws, admin):
    """As all roles of IAM Identity Center have one, which the session does not tell. What it asks IAM for is about the
    role of that name, too.
    """
    account = with_policy(aws, admin, EVERYTHING, *denied, **CENTRAL)
    lab = looked_at(account)
    assert lab.missing == {}
    assert lab.principal == (
        account.principal if denied else f"arn:aws:iam::{admin.id}:role{''.join(CENTRAL.values())}"
    )
    assert lab.principal in Key.made(lab).policy.users
    assert lab.tear_down() == []


def test_no_default_subnet(admin):
    """With the command that makes one."""
    ec2 = admin._transport.client("ec2")
    for subnet in ec2.describe_subnets()["Subnets"]:
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    missing = looked_at(admin).missing["instance"]
    assert str(missing) == "us-east-1 has no default subnet"
    assert "create-default-vpc" in missing.advice


def test_no_image(aws, admin):
    """In a region without the public parameter."""
    admin._transport.region = "us-gov-west-1"
    assert "no public image" in str(looked_at(admin).missing["instance"])


def test_no_room_in_the_quota(admin, monkeypatch):
    """How much is in use, and how much is allowed."""
    monkeypatch.setitem(STANDARD_VCPUS, "Value", 2.0)
    missing = looked_at(admin).missing["instance"]
    assert str(missing) == "1 of 2 vCPUs of on-demand standard instances are in use, and 2 are needed"
    assert "L-1216C47A" in missing.advice
