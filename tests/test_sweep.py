"""A sweep takes what carries this suite's tag, and nothing else, whatever its name."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from embedded import EmbeddedAWS, Settings
from fixtures.account import Account
from fixtures.evidence import Evidence
from fixtures.key_policy import administrators_policy
from fixtures.names import RUN_TAG
from fixtures.patience import Limits, Patience
from fixtures.run_lock import alive, is_alive
from fixtures.sweep import age, sweep
from fixtures.transport import Boto3Transport
from tests.judging import ROOT

QUICK = Limits(pause=0.004, longest_pause=0.1, ready=10, true=1, history=1, known=1)


@pytest.fixture(scope="module")
def aws():
    with EmbeddedAWS(Settings(students=16, transition=0.01)) as aws:
        yield aws


@pytest.fixture(scope="module")
def students(aws):
    return iter(aws.students)


@pytest.fixture
def account(aws, students):
    """An account of its own for each test."""
    student = next(students)
    return signed_in(aws, student.access_key_id, student.secret_access_key, student.session_token)


def signed_in(aws, key: str, secret: str, token: str) -> Account:
    keys = {"aws_access_key_id": key, "aws_secret_access_key": secret, "aws_session_token": token}
    return Account(Boto3Transport.signed_in(endpoint=aws.endpoint, region_name="us-east-1", **keys), Evidence())


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """Locks of this test's own."""
    monkeypatch.setattr("fixtures.run_lock.PLACE", tmp_path / "runs")
    return tmp_path


def make(account: Account, run: str = "r1", bucket: str = "") -> dict[str, str]:
    """A key with an alias and a bucket of a run; with an empty run the same without the tag."""
    tags = [{"TagKey": RUN_TAG, "TagValue": run}] if run else []
    key = str(account.ask("kms", "CreateKey", Tags=tags).body["KeyMetadata"]["Arn"])
    alias = f"alias/MyKMSKey-{run or 'none'}"
    account.ask("kms", "CreateAlias", AliasName=alias, TargetKeyId=key)
    named = {"Bucket": bucket or f"kms-lab-{account.id}-{run or 'none'}"}
    born = {"CreateBucketConfiguration": {"Tags": [{"Key": RUN_TAG, "Value": run}]}} if run else {}
    account.ask("s3", "CreateBucket", **named, **born)
    return {"kms-key": key, "kms-alias": alias, "bucket": named["Bucket"]}


def swept(account, folder, **asked):
    with account.moment(str(len(account.evidence.records))):
        return sweep(account, Patience(QUICK), folder, **asked)


def removed(account, folder, **asked) -> set[str]:
    return {thing.id for thing in swept(account, folder, **asked).removed}


def test_takes_what_no_ledger_knows(account, temporary):
    """By tag alone, at once, whatever its age; a second sweep finds nothing."""
    made = make(account)
    assert removed(account, temporary) == set(made.values())
    assert removed(account, temporary) == set()


def test_leaves_what_has_no_tag(account, temporary):
    """The name is not asked."""
    make(account, run="")
    assert removed(account, temporary) == set()


def test_leaves_what_a_ledger_names_without_the_tag(account, temporary):
    """Even then the tag decides."""
    made = make(account, run="")
    (temporary / "ledger").mkdir()
    lines = [{"run": "r1", "account": account.id, "region": "us-east-1"}, {"owes": 1, "kind": "bucket", "id": ""}]
    lines.append({"made": 1, "id": made["bucket"]})
    (temporary / "ledger" / "r1.jsonl").write_text("\n".join(map(json.dumps, lines)))
    assert removed(account, temporary) == set()


def test_dry_run_only_shows(account, temporary):
    """The same things are shown, and are still there."""
    made = make(account)
    assert removed(account, temporary, dry_run=True) == set(made.values())
    assert removed(account, temporary) == set(made.values())


def test_spares_a_run_that_is_alive(account, temporary):
    """As long as its lock is held, and no longer."""
    made = make(account)
    with alive("r1"):
        told = swept(account, temporary)
        assert (told.removed, {why for _, why in told.spared}) == ([], {"its run is alive on this machine"})
    assert removed(account, temporary) == set(made.values())


def test_the_lock_of_a_killed_run_is_none(temporary):
    """It dies with its process; only its file is left, which nobody minds."""
    held = "from fixtures import run_lock; import pathlib, sys; run_lock.PLACE = pathlib.Path(sys.argv[1])\n"
    held += "with run_lock.alive('r1'): print('held', flush=True); sys.stdin.read()"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", held, temporary / "runs"], cwd=ROOT, text=True, **pipes) as process:
        assert process.stdout.readline() == "held\n"
        assert is_alive("r1")
        process.kill()
    assert not is_alive("r1")


def test_another_users_lock_counts(temporary, monkeypatch):
    """Also where it may not be looked at."""
    with alive("r1"):
        (temporary / "runs" / "r1.lock").chmod(0)

        def refused(*given: object) -> int:
            raise PermissionError

        monkeypatch.setattr("os.open", refused)
        assert is_alive("r1")
        monkeypatch.undo()


def test_spares_what_is_younger(account, temporary):
    """Where other machines run in the same account."""
    made = make(account)
    assert removed(account, temporary, older_than=timedelta(hours=2)) == set()
    later = datetime.now(UTC) + timedelta(hours=3)
    assert removed(account, temporary, older_than=timedelta(hours=2), now=lambda: later) == set(made.values())


def test_a_ledger_of_another_account_is_left_for_a_sweep_there(account, temporary):
    """It is said, and the ledger stays."""
    (temporary / "ledger").mkdir()
    ledger = temporary / "ledger" / "r9.jsonl"
    ledger.write_text(json.dumps({"run": "r9", "account": "999999999999", "region": "us-east-1"}) + "\n")
    (note,) = swept(account, temporary).notes
    assert "999999999999" in note
    assert ledger.exists()


def test_a_torn_ledger_is_settled(account, temporary):
    """Its last line was being written when the run was killed."""
    made = make(account)
    (temporary / "ledger").mkdir()
    ledger = temporary / "ledger" / "r1.jsonl"
    ledger.write_text(json.dumps({"run": "r1", "account": account.id}) + '\n{"owes": 1, "ki')
    assert removed(account, temporary) == set(made.values())
    assert not ledger.exists()


@pytest.mark.parametrize(
    "lines", [b"", b'{"run": "r1"}\n\xff\xfe{\n{"made": 7, "id": "x"}\n[1]\n'], ids=["empty", "damaged"]
)
def test_a_damaged_ledger_keeps_nothing_from_being_swept(lines, account, temporary):
    """The run was killed as it opened it, or the power went: the tag tells what there is, and the ledger is settled."""
    made = make(account)
    (temporary / "ledger").mkdir()
    ledger = temporary / "ledger" / "r1.jsonl"
    ledger.write_bytes(lines)
    assert removed(account, temporary) == set(made.values())
    assert not ledger.exists()


def owing(folder, account, *entries: dict) -> Path:
    """A ledger of run r1."""
    (folder / "ledger").mkdir(exist_ok=True)
    header = {"run": "r1", "account": account.id, "region": "us-east-1"}
    path = folder / "ledger" / "r1.jsonl"
    path.write_text("".join(json.dumps(entry) + "\n" for entry in (header, *entries)))
    return path


def test_what_was_never_made_is_not_waited_for_for_long(account, temporary):
    """The run was killed before its call: after a while the ledger is settled."""
    ledger = owing(temporary, account, {"owes": 1, "kind": "bucket", "id": "kms-lab-none", "at": time.time()})
    assert removed(account, temporary) == set()
    assert not ledger.exists()


def test_a_key_that_only_its_maker_may_use_is_removed_by_others(aws, account, temporary):
    """The run's spare key has a policy without users; the account's administrators may remove it all the same."""
    iam = account._transport.client("iam")
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": account.id}, "Action": "sts:AssumeRole"}]}
    role = iam.create_role(RoleName="gone", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    policy = administrators_policy(account.id, role)
    made = account.ask("kms", "CreateKey", Policy=policy, Tags=[{"TagKey": RUN_TAG, "TagValue": "r1"}])
    iam.delete_role(RoleName="gone")
    assert removed(account, temporary) == {made.body["KeyMetadata"]["Arn"]}


def test_tags_that_may_not_be_read_are_told(aws, account, temporary):
    """What cannot be seen is not said to be clean, and no ledger is settled by it; the rest is removed."""
    made, ledger = make(account), owing(temporary, account)
    told = swept(without(aws, account, "s3:GetBucketTagging"), temporary)
    assert {thing.id for thing in told.removed} == {made["kms-key"], made["kms-alias"]}
    assert "s3:GetBucketTagging" in "".join(told.unseen)
    assert ledger.exists()


def without(aws, account: Account, action: str) -> Account:
    """The account, seen by a role that may do everything else."""
    iam, sts = account._transport.client("iam"), account._transport.client("sts")
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": account.id}, "Action": "sts:AssumeRole"}]}
    role = iam.create_role(RoleName="sweeper", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "NotAction": action, "Resource": "*"}]}
    iam.put_role_policy(RoleName="sweeper", PolicyName="p", PolicyDocument=json.dumps(policy))
    keys = sts.assume_role(RoleArn=role, RoleSessionName="sweep")["Credentials"]
    return signed_in(aws, keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("30m", 1800), ("2h", 7200), ("1d", 86400)])
def test_ages(text, seconds):
    """A number and a unit."""
    assert age(text).total_seconds() == seconds
