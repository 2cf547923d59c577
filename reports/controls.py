"""The controls for which a check is evidence, from `controls.toml`."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

MAP = Path(__file__).with_name("controls.toml")


@dataclasses.dataclass(frozen=True)
class Framework:
    """A framework of controls: its version, the source, and the date on which that was read."""

    id: str
    name: str
    version: str
    source: str
    mapped_by: str
    read: Any

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class Controls:
    """The controls by check; a check may have none."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.frameworks = tuple(Framework(**each) for each in content["frameworks"])
        self.topics: Iterable[Mapping[str, Any]] = content["topics"]
        self._of = {check: topic for topic in self.topics for check in topic["checks"]}

    def of(self, check: str) -> Iterator[tuple[Framework, list[str]]]:
        """Yield the frameworks, each with the ids of the controls for which the check is evidence."""
        topic = self._of.get(check, {})
        for framework in self.frameworks:
            if topic.get(framework.id):
                yield framework, list(topic[framework.id])

    def standards(self, check: str) -> list[str]:
        return [str(framework) for framework, _ in self.of(check)]

    def requirements(self, check: str) -> list[str]:
        """Return texts such as `NIST SP 800-53 Revision 5/SC-12`, of at most 64 characters for Security Hub."""
        return [f"{framework}/{control}"[:64] for framework, ids in self.of(check) for control in ids]

    def descriptions(self, check: str) -> list[str]:
        """Return the controls in words."""
        return [f"evidence toward {framework}: {', '.join(ids)}" for framework, ids in self.of(check)]


CONTROLS = Controls(tomllib.loads(MAP.read_text(encoding="utf-8")))
