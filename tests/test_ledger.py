"""What is owed is on disk before it is made, undone in reverse, and told where it cannot be undone."""

from __future__ import annotations

import json

from fixtures.ledger import Ledger


def command(kind: str, identifier: str) -> str:
    return f"remove {kind} {identifier}"


def test_a_debt_is_on_disk_before_anything_is_made(tmp_path):
    """Whoever is killed after this line has left word."""
    ledger = Ledger(tmp_path / "run.jsonl", header={"run": "1"})
    ledger.owe("bucket", "b")
    lines = [json.loads(line) for line in (tmp_path / "run.jsonl").read_text().splitlines()]
    assert lines == [{"run": "1"}, {"owes": 1, "kind": "bucket", "id": "b"}]


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
