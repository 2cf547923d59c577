"""The controls toward which a check is evidence, from `controls.toml`."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

MAP = Path(__file__).with_name("controls.toml")


@dataclasses.dataclass(frozen=True)
class Framework:
    """A framework, in the version that was read, and where."""

    id: str
    name: str
    version: str
    source: str
    mapped_by: str
    read: Any

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class Controls:
    """The map by check. A check of which nothing is supported has no controls."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        self.frameworks = tuple(Framework(**each) for each in told["frameworks"])
        self.topics: Iterable[Mapping[str, Any]] = told["topics"]
        self._of = {check: topic for topic in self.topics for check in topic["checks"]}

    def of(self, check: str) -> Iterator[tuple[Framework, list[str]]]:
        """The frameworks, and their ids, toward which this check is evidence."""
        topic = self._of.get(check, {})
        for framework in self.frameworks:
            if topic.get(framework.id):
                yield framework, list(topic[framework.id])

    def standards(self, check: str) -> list[str]:
        return [str(framework) for framework, _ in self.of(check)]

    def requirements(self, check: str) -> list[str]:
        """As `NIST SP 800-53 Revision 5/SC-12`, of which Security Hub takes up to 64 characters."""
        return [f"{framework}/{control}"[:64] for framework, ids in self.of(check) for control in ids]

    def told(self, check: str) -> list[str]:
        """In words."""
        return [f"evidence toward {framework}: {', '.join(ids)}" for framework, ids in self.of(check)]


CONTROLS = Controls(tomllib.loads(MAP.read_text(encoding="utf-8")))
