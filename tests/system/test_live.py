"""A live run, against the practice server in another process."""

from __future__ import annotations

import json

import boto3

from tests.support.live_run import exit_code, not_passed, practice, start_run


def test_the_same_lab_live(tmp_path):
    """All checks pass with `AWS_ENDPOINT_URL` and the standard credential chain, and nothing is left behind."""
    with practice(1) as server:
        (account,) = server["accounts"]
        asked = {**server, "endpoint": server["endpoint"].replace("://", "://bob:pass-word@")}
        code = exit_code(start_run(asked, account, f"--reports={tmp_path}", longest_pause=0.02))
        assert (code, not_passed(tmp_path)) == (0, [])
        session = boto3.Session(
            account["access_key_id"], account["secret_access_key"], account["session_token"], server["region"]
        )
        ec2 = session.client("ec2", endpoint_url=server["endpoint"])
        instances = [one for each in ec2.describe_instances()["Reservations"] for one in each["Instances"]]
        assert sorted(each["State"]["Name"] for each in instances) == ["running", "terminated"]
        assert len(ec2.describe_volumes()["Volumes"]) == 1
        assert ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"] == []
        assert len(session.client("s3", endpoint_url=server["endpoint"]).list_buckets()["Buckets"]) == 1
        kms = session.client("kms", endpoint_url=server["endpoint"])
        states = [kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in kms.list_keys()["Keys"]]
        assert {each["KeyState"] for each in states if each["KeyManager"] == "CUSTOMER"} == {"PendingDeletion"}
        assert [a for a in kms.list_aliases()["Aliases"] if not a["AliasName"].startswith("alias/aws/")] == []
    results = json.loads((tmp_path / "results.json").read_text())
    assert (results["run"]["target"], results["run"]["mode"]) == ("live", "provision")
    assert results["run"]["endpoint"] == server["endpoint"].replace("://", "://(redacted)@")
    secrets = (account["secret_access_key"], account["session_token"], "X-Amz-Signature", "pass-word")
    for path in tmp_path.rglob("*.*"):
        text = path.read_text(encoding="utf-8")
        assert not any(secret in text for secret in secrets), path
