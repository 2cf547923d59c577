"""`docs/iam/provision.json` is enough for a live run from its first call to its last, and holds nothing more."""

from __future__ import annotations

import json

import boto3
import pytest

from bench.live_run import ended, practice, seen, started
from embedded.s3_access import ACTIONS
from tests.judging import ROOT

POLICY = json.loads((ROOT / "docs" / "iam" / "provision.json").read_text(encoding="utf-8"))
WITHOUT_A_CALL = {"kms:TagResource", "s3:TagResource", "ec2:CreateTags"}
"""Asked for with a create that gives tags."""
FOR_OTHER_CALLS = {"s3:ListBucket", "s3:DeleteObjectVersion"}
"""HeadObject of what is not there yet is 404 only for who may list; deletions by version ask for a right of their
own.
"""
UNDER_THE_KEY_POLICY = {
    f"kms:{name}"
    for name in (
        "Encrypt",
        "Decrypt",
        "GenerateDataKey",
        "DescribeKey",
        "GetKeyPolicy",
        "PutKeyPolicy",
        "DisableKey",
        "EnableKey",
        "ScheduleKeyDeletion",
    )
}
"""Allowed by the policy of the key that the run makes, which names its role: whoever may tag keys could else tag and
remove anybody's.
"""


def _action(record) -> str:
    service, operation = record["service"], record["operation"]
    named = {"service-quotas": "servicequotas"}.get(service, service)
    return f"{named}:{ACTIONS.get(operation, operation) if service == 's3' else operation}"


@pytest.fixture(scope="module")
def server():
    with practice(4) as told:
        yield told


def role(told, number: int, policy) -> dict[str, str]:
    """Credentials of a role with this policy and no other."""
    admin = told["accounts"][number]
    session = boto3.Session(admin["access_key_id"], admin["secret_access_key"], admin["session_token"], told["region"])
    iam, sts = (session.client(name, endpoint_url=told["endpoint"]) for name in ("iam", "sts"))
    who = {"Effect": "Allow", "Principal": {"AWS": admin["account"]}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [who]})
    arn = iam.create_role(RoleName="provisioner", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.put_role_policy(RoleName="provisioner", PolicyName="provision", PolicyDocument=json.dumps(policy))
    given = sts.assume_role(RoleArn=arn, RoleSessionName="run")["Credentials"]
    return {
        "access_key_id": given["AccessKeyId"],
        "secret_access_key": given["SecretAccessKey"],
        "session_token": given["SessionToken"],
    }


def ran(told, credentials, folder) -> tuple[int, dict, list[dict]]:
    code = ended(started(told, credentials, f"--reports={folder}", longest_pause=0.02))
    (answers,) = folder.glob("evidence/*/answers.jsonl")
    records = [json.loads(line) for line in answers.read_text(encoding="utf-8").splitlines()]
    asked = [each for each in records if "operation" in each]
    return code, json.loads((folder / "results.json").read_text()), asked


def actions(policy) -> set[str]:
    listed = (each["Action"] for each in policy["Statement"])
    return {one for each in listed for one in ([each] if isinstance(each, str) else each)}


def without(action: str):
    def kept(listed):
        return [each for each in ([listed] if isinstance(listed, str) else listed) if each != action]

    statements = [{**each, "Action": kept(each["Action"])} for each in POLICY["Statement"]]
    return {**POLICY, "Statement": [each for each in statements if each["Action"]]}


def test_it_is_enough_and_no_more(server, tmp_path):
    """Everything passes and is removed; each action of the policy is called for."""
    admin = server["accounts"][0]
    names = ("access_key_id", "secret_access_key", "session_token")
    session = boto3.Session(*(admin[name] for name in names), server["region"])
    session.client("kms", endpoint_url=server["endpoint"]).create_key(Description="somebody else's")
    before = seen(server, admin)
    code, results, records = ran(server, role(server, 0, POLICY), tmp_path)
    assert code == 0, [
        (check["id"], check["message"])
        for objective in results["accounts"][0]["objectives"]
        for check in objective["checks"]
        if check["verdict"] != "pass"
    ]
    assert seen(server, server["accounts"][0]) == before
    called = {_action(each) for each in records if each["service"] not in ("http", "sts")}
    assert actions(POLICY) - called == WITHOUT_A_CALL | FOR_OTHER_CALLS
    assert called - actions(POLICY) <= UNDER_THE_KEY_POLICY


@pytest.mark.parametrize(("number", "action"), [(1, "kms:CreateKey"), (2, "ec2:RunInstances")])
def test_what_is_missing_is_named(server, number, action, tmp_path):
    """One action less: `error`, never `fail`, with the action's name; what was made is gone."""
    before = seen(server, server["accounts"][number])
    code, results, _ = ran(server, role(server, number, without(action)), tmp_path)
    assert code == 6
    checks = [check for each in results["accounts"][0]["objectives"] for check in each["checks"]]
    assert {check["verdict"] for check in checks} <= {"pass", "error", "blocked"}
    assert any(action in check["message"] for check in checks if check["verdict"] == "error")
    assert seen(server, server["accounts"][number]) == before
