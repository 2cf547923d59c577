"""How pytest-xdist shares out a class: by account, each to one process. Imported only where xdist is at work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xdist.scheduler import LoadScopeScheduling


class ByAccount(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Gives away accounts. xdist looks for a test in a list, and counts all that was ever given, for each test; both
    would cost the square of a class.
    """

    def _split_scope(self, nodeid: str) -> str:
        return nodeid.partition("[")[2]

    def add_node_collection(self, node: Any, collection: Sequence[str]) -> None:
        super().add_node_collection(node, collection)
        if node in self.registered_collections:
            self.registered_collections[node] = _Places(collection)

    def mark_test_complete(self, node: Any, item_index: int, duration: float = 0) -> None:
        account = self._split_scope(self.registered_collections[node][item_index])
        super().mark_test_complete(node, item_index, duration)
        given = self.assigned_work.get(node, {})
        if all(given.get(account, {}).values()):
            given.pop(account, None)

    def remove_node(self, node: Any) -> str | None:
        """A process that ended. What it was at is not given to another one, which would end by it, too."""
        given = self.assigned_work[node]
        unfinished = ((account, nodeid) for account in given for nodeid, done in given[account].items() if not done)
        account, ended_at = next(unfinished, ("", None))
        if ended_at:
            given[account][ended_at] = True
        # An account that has nothing left would be given to a process that then has nothing to tell of it.
        self.assigned_work[node] = {name: checks for name, checks in given.items() if not all(checks.values())}
        super().remove_node(node)
        return ended_at


class _Places(list[str]):
    """A list that knows where each of its texts stands."""

    def __init__(self, texts: Sequence[str]) -> None:
        super().__init__(texts)
        self._places = {text: place for place, text in enumerate(texts)}

    def index(self, text: str, *within: Any) -> int:
        return self._places[text]
