"""A rubric: a course's own points, hints, names, omitted checks and waivers.

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
    student = "student-007"            # without it: for every student
    reason = "CloudTrail was down on that day."
    until = 2026-12-31

A mistake ends the run before any call to AWS, with the line and what is wrong.
"""

from __future__ import annotations

import dataclasses
import datetime
import difflib
import functools
import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from grading.input_files import InputFileError, decoded, read_bytes
from grading.results import Mode
from grading.specs import CheckSpec

LARGEST = 256 * 2**10
"""Bytes of a rubric."""
LONGEST_LINE = 2_000
"""Characters of a line. tomllib takes quadratic time for a key of many parts."""
MOST_WAIVERS = 1_000
LONGEST_SHOWN = 80
MOST_TOLD = 20
"""Waivers without effect that are told one by one."""
SECTIONS = ("points", "hints", "names", "leave-out", "waivers")


class RubricError(Exception):
    """The file, the line and what is wrong, in one line."""


@dataclasses.dataclass(frozen=True)
class Waiver:
    """A check that does not count for a student, or for all if `student` is empty. `until` is the last day."""

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
    sha256: str = ""
    """Of the file; empty without one."""

    @classmethod
    def read(cls, path: Path, names: Collection[str]) -> Rubric:
        """Read a rubric; `names` are the names that `[names]` can set. Raises `RubricError`."""
        try:
            file = read_bytes(path, LARGEST)
            text = decoded(file).replace("\r\n", "\n")
        except InputFileError as unreadable:
            raise RubricError(f"{path} cannot be read: {unreadable}") from None
        long = next((n for n, line in enumerate(text.splitlines(), 1) if len(line) > LONGEST_LINE), 0)
        if long:
            raise RubricError(f"{path}, line {long}: it is longer than {LONGEST_LINE:,} characters, which are the most")
        try:
            content = tomllib.loads(text)
        except RecursionError:
            raise RubricError(f"{path}: it is nested too deeply") from None
        except ValueError as wrong:  # TOML's errors, and those of numbers with too many digits
            raise RubricError(f"{path}: {_short(wrong)}") from None
        return dataclasses.replace(
            _Reader(path, text, content, names).rubric(), sha256=hashlib.sha256(file).hexdigest()
        )

    def points_for(self, spec: CheckSpec, mode: Mode) -> int:
        """Return the points of a check; 0 if it is left out or does not apply in this mode."""
        standard = spec.points.get(mode, 0)
        return 0 if spec.id in self.left_out or not standard else self.points.get(spec.id, standard)

    def waiver(self, check: str, student: str, today: datetime.date) -> Waiver | None:
        """Return the waiver that applies today to this check and student."""
        of_check = self._waivers_by_check.get(check, ())
        return next((each for each in of_check if each.student in ("", student) and today <= each.until), None)

    @functools.cached_property
    def _waivers_by_check(self) -> Mapping[str, list[Waiver]]:
        """Return the waivers by check: a class asks for each check of each student."""
        found: dict[str, list[Waiver]] = {}
        for each in self.waivers:
            found.setdefault(each.check, []).append(each)
        return found

    def validated(self, checks: Collection[str]) -> Rubric:
        """Return this rubric. Raises `RubricError` if it names a check that does not exist."""
        named = [("points", name, 1) for name in self.points]
        named += [("hints", name, 1) for name in self.hints]
        named += [("leave-out", name, 1) for name in sorted(self.left_out)]
        named += [("waivers", each.check, number) for number, each in enumerate(self.waivers, 1)]
        for section, name, number in named:
            if name not in checks:
                near = difflib.get_close_matches(name, checks, 1)
                meant = f"; did you mean '{near[0]}'?" if near else ""
                line = line_of(self.lines, section, name, number)
                raise RubricError(f"{self.path}, line {line}: there is no check '{_short(name)}'{meant}")
        return self

    def strangers(self, students: Collection[str]) -> Iterator[str]:
        """Yield a line for each waiver of a student who is not among these."""
        starts = [n for n, line in enumerate(self.lines) if _is_header(line, "waivers")]
        strangers = [(n, each) for n, each in enumerate(self.waivers) if each.student and each.student not in students]
        for number, each in strangers[:MOST_TOLD]:
            start, end = (starts[number], (*starts, None)[number + 1]) if number < len(starts) else (0, None)
            line = start + line_of(self.lines[start:end], "waivers", "student")
            near = difflib.get_close_matches(each.student, students, 1)
            meant = f" Did you mean '{near[0]}'?" if near else ""
            who = f"'{each.student}' is not among the students" if students else "this run has no students"
            yield f"{self.path}, line {line}: this waiver has no effect: {who}.{meant}"
        if strangers[MOST_TOLD:]:
            yield f"{self.path}: {len(strangers) - MOST_TOLD:,} more waivers have no effect."


class _Reader:
    """Validates the content of a rubric file."""

    def __init__(self, path: Path, text: str, content: Mapping[str, Any], names: Collection[str]) -> None:
        self._path, self._lines, self._content, self._names = path, text.splitlines(), content, names

    def rubric(self) -> Rubric:
        for section in self._content:
            if section not in SECTIONS:
                near = difflib.get_close_matches(section, SECTIONS, 1)
                meant = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(SECTIONS)}"
                raise self._error(section, "", f"there is no section '{_short(section)}'; {meant}")
        for name in self._table("names"):
            if name not in self._names:
                wrong = f"there is no name '{_short(name)}' to set; there are {', '.join(self._names)}"
                raise self._error("names", name, wrong)
        return Rubric(
            {name: self._points(name, value) for name, value in self._table("points").items()},
            {name: self._text("hints", name, value) for name, value in self._table("hints").items()},
            {name: self._text("names", name, value) for name, value in self._table("names").items()},
            frozenset(self._left_out()),
            tuple(self._waiver(number, each) for number, each in enumerate(self._waivers(), 1)),
            self._path,
            tuple(self._lines),
        )

    def _table(self, section: str) -> Mapping[str, Any]:
        found = self._content.get(section, {})
        if not isinstance(found, dict):
            raise self._error(section, "", f"'{section}' must be a section, [{section}]")
        return found

    def _points(self, name: str, value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= 1000:
            wrong = f"'{_short(name)}' is worth {_shown(value)}; points are whole numbers from 1 to 1000"
            raise self._error("points", name, wrong)
        return value

    def _text(self, section: str, name: str, value: Any) -> str:
        if not isinstance(value, str) or not value.strip():
            raise self._error(
                section, name, f"'{_short(name)}' is {_shown(value)}; it must be a text that is not empty"
            )
        return value

    def _left_out(self) -> list[str]:
        found = self._table("leave-out")
        checks = found.get("checks", [])
        if set(found) - {"checks"} or not isinstance(checks, list) or not all(isinstance(each, str) for each in checks):
            raise self._error("leave-out", "", "[leave-out] has one entry, checks, which is a list of checks' ids")
        return checks

    def _waivers(self) -> list[Mapping[str, Any]]:
        found = self._content.get("waivers", [])
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            raise self._error("waivers", "", "each waiver is a section of its own, [[waivers]]")
        if len(found) > MOST_WAIVERS:
            raise self._error("waivers", "", f"there are {len(found):,} waivers; {MOST_WAIVERS:,} are the most")
        return found

    def _waiver(self, number: int, entry: Mapping[str, Any]) -> Waiver:
        known = {field.name for field in dataclasses.fields(Waiver)}
        for name in entry:
            if name not in known:
                wrong = f"a waiver has no '{_short(name)}'; it has check, student, reason and until"
                raise self._error("waivers", name, wrong, number)
        for name in ("check", "reason"):
            if name not in entry:
                raise self._error("waivers", "", f"waiver {number} must have a '{name}', which is a text", number)
        for name in {"check", "reason", "student"} & set(entry):
            if not isinstance(entry[name], str) or not entry[name].strip():
                wrong = f"'{name}' is {_shown(entry[name])}; it must be a text that is not empty"
                raise self._error("waivers", name, wrong, number)
        until = entry.get("until")
        if not isinstance(until, datetime.date):
            wrong = f"waiver {number} must have its last day, as a date without quotation marks: until = 2026-12-31"
            raise self._error("waivers", "until", wrong, number)
        day = until.date() if isinstance(until, datetime.datetime) else until
        # Composed, as the names of a roster are: names that look the same are equal.
        student = unicodedata.normalize("NFC", entry.get("student", ""))
        return Waiver(entry["check"], entry["reason"], day, student)

    def _error(self, section: str, name: str, wrong: str, number: int = 1) -> RubricError:
        return RubricError(f"{self._path}, line {line_of(self._lines, section, name, number)}: {wrong}")


HEADER = re.compile(r"""\s*\[\[?([^\]]+)\]""")


def _shown(value: object) -> str:
    """Return the beginning of a value of a rubric, for a message in one line."""
    try:
        return _short(repr(value))
    except (ValueError, RecursionError):  # a number with thousands of digits; a nest
        return "something very long"


def _short(text: object) -> str:
    """Return the beginning of a name of a rubric, or of an error's text, for a message in one line."""
    line = " ".join(str(text).split())
    return line if len(line) <= LONGEST_SHOWN else f"{line[:LONGEST_SHOWN]}…"


def _is_header(line: str, section: str) -> bool:
    header = HEADER.match(line)
    return header is not None and header[1].strip().strip("\"'") == section


def line_of(lines: Sequence[str], section: str, name: str, number: int = 1) -> int:
    """Return the number of the line where a section contains a name, or else of the section's header. `number` selects
    one of several sections of this name.
    """
    contains = re.compile(rf"""^\s*["']?{re.escape(name)}["']?\s*=|["']{re.escape(name)}["']""")
    here, seen, inside = 1, 0, False
    for place, line in enumerate(lines, 1):
        if HEADER.match(line):
            is_section = _is_header(line, section)
            seen += is_section
            inside = is_section and seen == number
            here = place if inside else here
        elif re.match(rf"\s*{re.escape(section)}\s*=", line) and not seen:
            here = place
        elif inside and name and not line.lstrip().startswith("#") and contains.search(line):
            return place
    return here
