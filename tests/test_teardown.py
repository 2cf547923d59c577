"""Whatever goes wrong, what was made is unmade; what cannot be is told, with the command that removes it."""

from __future__ import annotations

import json

import pytest

from embedded.behaviour import Behaviour
from embedded.call import AwsError
from fixtures.lab import MadeLab
from fixtures.ledger import Ledger
from fixtures.tagged import Search
from tests.judging import ROOT, judged


def refusing(service: str, *operations: str, code: str = "InternalError", status: int = 500):
    """The right AWS, but some operations are never served."""

    def refuse(call):
        raise AwsError(code, "no", status)

    def broken(behaviours):
        fault = Behaviour("fault")
        fault.gate(service, *operations)(refuse)
        return (fault, *behaviours)

    return broken


def calls(reports) -> list[tuple[str, str]]:
    """Operation and code of every answer, in order."""
    lines = next(reports.glob("evidence/*/answers.jsonl")).read_text().splitlines()
    return [(each["operation"], each["code"]) for each in map(json.loads, lines) if "operation" in each]


@pytest.mark.parametrize("operation", ["CreateSnapshot", "CreateVolume", "AttachVolume"])
def test_a_half_made_set_up_is_undone(operation, tmp_path):
    """A call that fails in the middle leaves nothing: the instance and all that was made before go."""
    broken = refusing("ec2", operation, code="UnsupportedOperation", status=400)
    run = judged(tmp_path, "checks/test_5_encrypted_root_volume.py", "-q", broken=broken)
    assert run.exit_code == 6
    assert set(run.checks.values()) == {"error"}
    assert not list((tmp_path / "ledger").iterdir())
    made = {name for name, code in calls(tmp_path) if not code}
    assert {"TerminateInstances", "ScheduleKeyDeletion", "DeleteAlias"} <= made
    assert ("DeleteSnapshot" in made) == (operation != "CreateSnapshot")


def test_what_cannot_be_removed_is_told_with_its_command(tmp_path):
    """Everything was judged: exit code 7, and the command is printed last; all other undoing was done."""
    broken = refusing("s3", "DeleteBucket", code="OperationAborted", status=409)
    run = judged(tmp_path, broken=broken)
    assert run.not_passed == {}
    assert run.exit_code == 7
    last = run.printed.rstrip().splitlines()[-1]
    assert last.strip().startswith("aws s3 rb s3://kms-lab-imagebucket-")
    assert len(list((tmp_path / "ledger").iterdir())) == 1
    assert ("ScheduleKeyDeletion", "") in calls(tmp_path)


def test_a_ledger_that_cannot_be_written_keeps_nothing_from_being_removed(tmp_path, monkeypatch):
    """The disk is full when things are unmade: they are unmade, and the ledger is left for a sweep to settle."""
    write = Ledger.write

    def full(ledger: Ledger, entry: dict) -> None:
        if "undone" in entry:
            raise OSError(28, "No space left on device")
        write(ledger, entry)

    monkeypatch.setattr(Ledger, "write", full)
    run = judged(tmp_path, "checks/test_1_customer_managed_key.py")
    assert run.exit_code == 0, run.printed
    assert {("DeleteAlias", ""), ("ScheduleKeyDeletion", "")} <= set(calls(tmp_path))


def test_a_tear_down_that_breaks_says_how_to_sweep(tmp_path, monkeypatch):
    """Whatever broke: what is left is not left in silence."""

    def broken(search: Search) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Search, "__iter__", broken)
    run = judged(tmp_path, "checks/test_1_customer_managed_key.py")
    assert run.exit_code == 7, run.printed
    assert run.printed.rstrip().splitlines()[-1].strip().startswith("pytest -m live --sweep")
    assert len(list((tmp_path / "ledger").iterdir())) == 1


def test_what_breaks_after_the_tear_down_does_not_end_well(tmp_path, monkeypatch):
    """Everything was removed and everything passed, and yet something is wrong with the run."""
    monkeypatch.setattr(MadeLab, "life", property(lambda lab: 1 / 0))
    run = judged(tmp_path, "checks/test_1_customer_managed_key.py")
    assert (run.exit_code, run.not_passed) == (6, {})
    assert ("ScheduleKeyDeletion", "") in calls(tmp_path)


def test_a_history_that_is_behind_is_no_fault_of_the_account(tmp_path):
    """CloudTrail tells of nothing that was done, as long as it was waited for: that is not seen, and fails nobody."""

    def late(behaviours):
        fault = Behaviour("fault")
        fault.patch("embedded.history:History.add", "self, account, region, event")(lambda original, *told: None)
        return (fault, *behaviours)

    run = judged(tmp_path, "checks/test_4_key_usage_history.py", broken=late)
    assert set(run.checks.values()) == {"error"}
    assert run.exit_code == 6
    assert "CloudTrail is behind" in run.printed


def test_one_fault_costs_its_objective_alone(tmp_path):
    """No instance can be launched: objectives 5 and 6 could not be seen, the others are judged."""
    run = judged(tmp_path, broken=refusing("ec2", "RunInstances", code="InsufficientInstanceCapacity", status=400))
    assert {number for number, verdict in run.objectives.items() if verdict == "pass"} == {1, 2, 3}
    assert run.objectives[5] == "error"
    assert run.checks["kms-refuses-pending-deletion"] == "pass"
    assert run.checks["create-key"] == "pass"
    assert run.checks["disable-key"] == "error"
    assert run.exit_code == 6


def test_what_another_objective_asks_for_blocks(tmp_path):
    """Without a key, objective 1 fails and what needs the key is blocked."""
    run = judged(tmp_path, broken=refusing("kms", "DescribeKey", code="NotFoundException", status=400))
    assert run.objectives[1] == "fail"
    assert run.checks["object-under-the-key"] == "blocked"
    assert run.checks["volume-encrypted"] == "blocked"
    assert run.exit_code == 1


def test_no_check_speaks_boto3():
    """Checks know nouns only."""
    for path in (ROOT / "checks").glob("*.py"):
        assert "boto" not in path.read_text()
