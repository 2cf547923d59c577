"""What is owed is on disk before it is made, undone in reverse, and told where it cannot be undone."""

from __future__ import annotations

import json
import time

import pytest

from fixtures.evidence import Answer
from fixtures.ledger import Ledger
from fixtures.trouble import Unseen, unseen


def command(kind: str, identifier: str) -> str:
    return f"remove {kind} {identifier}"


def test_a_debt_is_on_disk_before_anything_is_made(tmp_path):
    """Whoever is killed after this line has left word."""
    ledger = Ledger(tmp_path / "run.jsonl", header={"run": "1"})
    ledger.owe("bucket", "b")
    lines = [json.loads(line) for line in (tmp_path / "run.jsonl").read_text().splitlines()]
    assert lines == [{"run": "1"}, {"owes": 1, "kind": "bucket", "id": "b", "at": lines[1]["at"]}]
    assert abs(lines[1]["at"] - time.time()) < 60


@pytest.mark.parametrize(("status", "settled"), [(400, True), (500, False), (0, False)])
def test_what_aws_refuses_is_not_owed(status, settled):
    """What got no answer, or an error of AWS's own, may have been made."""
    record = {"service": "s3", "operation": "CreateBucket", "params": {}, "moment": "", "id": "1", "body": {}}
    refused = unseen(Answer({**record, "status": status, "code": "No", "message": "no", "request_id": ""}, print))
    ledger = Ledger()
    with pytest.raises(Unseen), ledger.owe("bucket", "b").unless_refused() as debt:
        raise refused
    assert debt.settled == settled


def test_undone_in_reverse():
    """What was made last goes first."""
    ledger, undone = Ledger(), []
    for name in ("a", "b", "c"):
        ledger.owe("thing", name)
    assert ledger.settle({"thing": lambda debt: undone.append(debt.id)}, command) == []
    assert undone == ["c", "b", "a"]


def test_every_undo_is_tried_and_failures_are_told():
    """One undo that fails keeps no other from being tried; its command is told."""
    ledger, undone = Ledger(), []

    def undo(debt) -> None:
        if debt.id == "b":
            raise RuntimeError("no")
        undone.append(debt.id)

    for name in ("a", "b", "c"):
        ledger.owe("thing", name)
    (left,) = ledger.settle({"thing": undo}, command)
    assert undone == ["c", "a"]
    assert (left.id, left.reason, left.command) == ("b", "RuntimeError: no", "remove thing b")


def test_what_failed_is_tried_again_when_the_rest_is_gone():
    """A volume can be deleted only after its instance."""
    ledger, undone = Ledger(), []

    def undo(debt) -> None:
        if debt.id == "volume" and "instance" not in undone:
            raise RuntimeError("in use")
        undone.append(debt.id)

    for name in ("instance", "volume"):
        ledger.owe("thing", name)
    assert ledger.settle({"thing": undo}, command) == []
    assert undone == ["instance", "volume"]


def test_a_settled_ledger_is_gone_and_an_open_one_stays(tmp_path):
    """The file is there exactly as long as something is owed."""
    paid, owing = Ledger(tmp_path / "paid"), Ledger(tmp_path / "owing")
    for ledger in (paid, owing):
        ledger.owe("thing", "a")
    paid.close(owing=bool(paid.settle({"thing": lambda debt: None}, command)))
    owing.close(owing=bool(owing.settle({}, command)))
    assert [path.name for path in tmp_path.iterdir()] == ["owing"]
