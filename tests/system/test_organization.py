"""A class from an AWS Organization: the documented query gives a roster, whose roles are assumed from one account."""

from __future__ import annotations

import json
import os
import re
from unittest import mock

import boto3
import jmespath

from embedded.aws import EmbeddedAWS, Settings
from embedded.practice.lab_account import ALLOW_ALL
from tests.support.checks_run import ROOT, run_checks
from tests.support.live_in_process import live_environment

ROLE = "OrganizationAccountAccessRole"


def documented() -> tuple[str, str]:
    """Return the header and the query of the roster, as docs/classes.md has them."""
    page = (ROOT / "docs" / "classes.md").read_text(encoding="utf-8")
    header, query = re.search(r"echo (student\S+) >", page), re.search(r'list-accounts --query "([^"]+)"', page)
    assert header
    assert query
    return header[1], query[1]


def create_role(aws: EmbeddedAWS, number: int, manager: str) -> None:
    """Create the role that Organizations creates in a new account."""
    student = aws.students[number]
    keys = (student.access_key_id, student.secret_access_key, student.session_token)
    iam = boto3.Session(*keys, region_name="us-east-1").client("iam", endpoint_url=aws.endpoint)
    who = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{manager}:root"}, "Action": "sts:AssumeRole"}
    iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [who]}))
    iam.put_role_policy(RoleName=ROLE, PolicyName="everything", PolicyDocument=ALLOW_ALL)


def test_the_accounts_of_an_organization_are_a_class(tmp_path):
    """Suspended accounts are left out; each other one is graded by its role, with the manager's credentials."""
    with EmbeddedAWS(Settings(students=4, lab_completed=True, seed=5)) as aws:
        manager, *members = (student.account for student in aws.students)
        for number in range(1, 4):
            create_role(aws, number, manager)
        listed = [{"Id": each, "Name": "any, name", "Status": "ACTIVE"} for each in members]
        listed.append({"Id": "999999999999", "Name": "left", "Status": "SUSPENDED"})
        header, query = documented()
        rows = [",".join(row) for row in jmespath.search(query, {"Accounts": listed})]
        roster = tmp_path / "class.csv"
        roster.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        roster.chmod(0o600)
        with mock.patch.dict(os.environ, live_environment(aws), clear=True):
            run = run_checks(tmp_path / "out", "checks", "-m", "live", "-q", f"--roster={roster}")
    found = {each["student"]: each for each in run.results["accounts"]}
    assert sorted(found) == sorted(members)
    for account, result in found.items():
        assert result["account"] == account
        assert f":assumed-role/{ROLE}/" in result["caller"]
        assert result["score"]["earned"] > 0
