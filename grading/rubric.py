"""A course's own terms, without a change of code: points, hints, names, checks left out, and waivers.

    [points]
    object-under-the-key = 8

    [hints]
    alias = "Use the alias of the second handout."

    [names]
    alias = "alias/OtherKey"

    [leave-out]
    checks = ["default-encryption"]

    [[waivers]]
    check = "decrypt"
    student = "student-007"            # left out: for all
    reason = "CloudTrail was down on that day."
    until = 2026-12-31

A mistake stops the run before anything is asked, with its line and what is wrong.
"""

from __future__ import annotations

import dataclasses
import datetime
import difflib
import re
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from grading.objective import Terms

SECTIONS = ("points", "hints", "names", "leave-out", "waivers")


class BadRubric(Exception):
    """One line: the file, the line, and what is wrong with it."""


@dataclasses.dataclass(frozen=True)
class Waiver:
    """A check that does not count, for a student or (with none named) for all, up to and including a day."""

    check: str
    reason: str
    until: datetime.date
    student: str = ""


@dataclasses.dataclass(frozen=True)
class Rubric:
    points: Mapping[str, int] = dataclasses.field(default_factory=dict)
    hints: Mapping[str, str] = dataclasses.field(default_factory=dict)
    names: Mapping[str, str] = dataclasses.field(default_factory=dict)
    left_out: frozenset[str] = frozenset()
    waivers: tuple[Waiver, ...] = ()
    path: Path = Path()
    lines: tuple[str, ...] = ()

    @classmethod
    def read(cls, path: Path, names: Collection[str]) -> Rubric:
        """The rubric of a file; `names` are the names that can be set. Raises `BadRubric`."""
        try:
            text = path.read_text(encoding="utf-8-sig")
            told = tomllib.loads(text)
        except tomllib.TOMLDecodeError as wrong:
            raise BadRubric(f"{path}: {wrong}") from None
        except (OSError, UnicodeDecodeError) as unreadable:
            why = getattr(unreadable, "strerror", None) or "it is not UTF-8"
            raise BadRubric(f"{path} cannot be read: {why}") from None
        return _Reader(path, text, told, names).rubric()

    def worth(self, terms: Terms, mode: str) -> int:
        """What a check counts here; 0 where it is left out or does not apply."""
        standard = terms.worth(mode)
        return 0 if terms.id in self.left_out or not standard else self.points.get(terms.id, standard)

    def waiver(self, check: str, student: str, today: datetime.date) -> Waiver | None:
        """The waiver that holds today for this check and student."""
        return next(
            (
                each
                for each in self.waivers
                if each.check == check and each.student in ("", student) and today <= each.until
            ),
            None,
        )

    def against(self, checks: Collection[str]) -> Rubric:
        """This rubric, if there is every check that it speaks of. Raises `BadRubric`."""
        spoken_of = (*self.points, *self.hints, *sorted(self.left_out), *(each.check for each in self.waivers))
        for name in spoken_of:
            if name not in checks:
                near = difflib.get_close_matches(name, checks, 1)
                meant = f"; did you mean '{near[0]}'?" if near else ""
                number = next((n for n, line in enumerate(self.lines, 1) if name in line), 1)
                raise BadRubric(f"{self.path}, line {number}: there is no check '{name}'{meant}")
        return self


class _Reader:
    def __init__(self, path: Path, text: str, told: Mapping[str, Any], names: Collection[str]) -> None:
        self._path, self._lines, self._told, self._names = path, text.splitlines(), told, names

    def rubric(self) -> Rubric:
        for section in self._told:
            if section not in SECTIONS:
                raise self._wrong(section, f"there is no section '{section}'; there are {', '.join(SECTIONS)}")
        for name in self._table("names"):
            if name not in self._names:
                raise self._wrong(name, f"there is no name '{name}' to set; there are {', '.join(self._names)}")
        return Rubric(
            {name: self._points(name, value) for name, value in self._table("points").items()},
            {name: self._text(name, value) for name, value in self._table("hints").items()},
            {name: self._text(name, value) for name, value in self._table("names").items()},
            frozenset(self._left_out()),
            tuple(self._waiver(number, each) for number, each in enumerate(self._waivers(), 1)),
            self._path,
            tuple(self._lines),
        )

    def _table(self, section: str) -> Mapping[str, Any]:
        found = self._told.get(section, {})
        if not isinstance(found, dict):
            raise self._wrong(section, f"'{section}' must be a section, [{section}]")
        return found

    def _points(self, name: str, value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= 1000:
            raise self._wrong(name, f"'{name}' is worth {value!r}; points are whole numbers from 1 to 1000")
        return value

    def _text(self, name: str, value: Any) -> str:
        if not isinstance(value, str) or not value.strip():
            raise self._wrong(name, f"'{name}' is {value!r}; it must be a text that is not empty")
        return value

    def _left_out(self) -> list[str]:
        found = self._table("leave-out")
        checks = found.get("checks", [])
        if set(found) - {"checks"} or not isinstance(checks, list) or not all(isinstance(each, str) for each in checks):
            raise self._wrong("leave-out", "[leave-out] has one entry, checks, which is a list of checks' ids")
        return checks

    def _waivers(self) -> list[Any]:
        found = self._told.get("waivers", [])
        if not isinstance(found, list):
            raise self._wrong("waivers", "a waiver is a section of its own, [[waivers]]")
        return found

    def _waiver(self, number: int, told: Mapping[str, Any]) -> Waiver:
        known = {field.name for field in dataclasses.fields(Waiver)}
        for name in told:
            if name not in known:
                raise self._wrong(name, f"a waiver has no '{name}'; it has check, student, reason and until", number)
        for name in ("check", "reason"):
            if not isinstance(told.get(name), str) or not told[name].strip():
                raise self._wrong("[[waivers]]", f"waiver {number} must have a '{name}', which is a text", number)
        until = told.get("until")
        if not isinstance(until, datetime.date):
            raise self._wrong("[[waivers]]", f"waiver {number} must have a day of expiry, until = 2026-12-31", number)
        day = until.date() if isinstance(until, datetime.datetime) else until
        return Waiver(told["check"], told["reason"], day, str(told.get("student", "")))

    def _wrong(self, name: str, told: str, occurrence: int = 1) -> BadRubric:
        return BadRubric(f"{self._path}, line {line_of(self._lines, name, occurrence)}: {told}")


def line_of(lines: list[str], name: str, occurrence: int = 1) -> int:
    """The number of the line that begins with a name, as a key or a section; 1 where none does."""
    begins = re.compile(rf"""\s*\[*\s*["']?{re.escape(name.strip("[]"))}\b""")
    found = [number for number, line in enumerate(lines, 1) if begins.match(line)]
    return found[min(occurrence, len(found)) - 1] if found else 1
