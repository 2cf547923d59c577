"""What a live run would miss is said before anything is made."""

from __future__ import annotations

import json

import pytest

from embedded import BEHAVIOURS, EmbeddedAWS, Settings
from embedded.quotas import STANDARD_VCPUS
from fixtures.account import Account
from fixtures.evidence import Evidence
from fixtures.ledger import Ledger
from fixtures.names import RUN_TAG, Names
from fixtures.patience import Limits, Patience
from fixtures.preflight import plan, preflight
from fixtures.provisioning import Provisioning
from fixtures.transport import Boto3Transport
from tests.judging import ROOT

POLICY = json.loads((ROOT / "docs" / "iam" / "provision.json").read_text(encoding="utf-8"))
QUICK = Limits(pause=0.004, longest_pause=0.1, ready=10, true=1, history=1)
NEEDED = {
    "kms:CreateKey": "key",
    "kms:ListKeys": "key",
    "kms:DeleteAlias": "key",
    "s3:CreateBucket": "bucket",
    "s3:DeleteBucket": "bucket",
    "s3:DeleteObjectVersion": "bucket",
    "s3:ListAllMyBuckets": "bucket",
    "ec2:RunInstances": "instance",
    "ec2:TerminateInstances": "instance",
    "ec2:DeleteVolume": "instance",
    "ec2:DeleteSnapshot": "instance",
    "ec2:DescribeVolumes": "instance",
    "ec2:DescribeSubnets": "instance",
    "cloudtrail:LookupEvents": "history",
}
"""Actions, and the noun that is not made without them."""


@pytest.fixture(scope="module")
def aws():
    with EmbeddedAWS(Settings(students=len(NEEDED) + 8, transition=0.01), behaviours=BEHAVIOURS) as aws:
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


def with_policy(aws, admin: Account, *statements: object) -> Account:
    """The same account, seen by a role with these statements and no others."""
    who = {"Effect": "Allow", "Principal": {"AWS": admin.id}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    trust = json.dumps({"Version": "2012-10-17", "Statement": [who]})
    transport = admin._transport
    iam, sts = transport.client("iam"), transport.client("sts")
    arn = iam.create_role(RoleName="provisioner", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.put_role_policy(RoleName="provisioner", PolicyName="provision", PolicyDocument=document)
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
    assert list(lab.missing) == [NEEDED[action]]
    assert action in lab.missing[NEEDED[action]].advice


def test_where_iam_may_not_be_asked_nothing_speaks_against_it(aws, admin):
    """And where the quota may not be read, too."""
    kept = without("iam:SimulatePrincipalPolicy", "servicequotas:GetServiceQuota", "s3:DeleteBucket")
    assert looked_at(with_policy(aws, admin, *kept)).missing == {}


def test_a_condition_that_only_a_real_call_meets_says_nothing(aws, admin):
    """A role that may come from one address only is simulated without an address."""
    here = {"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": here}
    assert looked_at(with_policy(aws, admin, everything)).missing == {}


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
