"""The timeline of the key: its CloudTrail events as a drawing, with a row of text for each.

Time runs downwards, so that no text overlaps another, on a phone or on paper. A ruler shows the true distances; the
rows are evenly spaced beside it, each joined to its time by a line. Equal events between two changes of the key's state
share a row. Rows that do not fit are only in the list below the drawing.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from grading.results import KeyEvent

STATES = ("CreateKey", "DisableKey", "EnableKey", "ScheduleKeyDeletion", "CancelKeyDeletion")
MOST_ROWS, FIRST_ROWS = 24, 16
MOST_LISTED = 150
ROW, TOP = 36, 26
"""Heights in the units of the drawing."""
LONGEST_LABEL = 32
SHORTEST_LINE = 260


@dataclasses.dataclass(frozen=True)
class EventGroup:
    """One or several equal events. `kind` is `state`, `key`, `use`, `refused` or `other`."""

    name: str
    error: str
    through: str
    first: datetime | None
    last: datetime | None
    count: int

    @property
    def kind(self) -> str:
        if self.error:
            return "refused"
        if self.name in STATES:
            return "state"
        if self.name.startswith("GenerateDataKey"):
            return "key"
        return "use" if self.name in ("Decrypt", "Encrypt", "ReEncrypt") else "other"

    @property
    def service(self) -> str:
        """Return the short name of the service that made the call."""
        return self.through.removeprefix("fas.").removesuffix(".amazonaws.com")

    @property
    def words(self) -> str:
        """Describe the events in words."""
        what = self.name + (f" refused: {self.error}" if self.error else "")
        return what + (f", through {self.service}" if self.through else "")

    @property
    def when(self) -> str:
        if self.first is None:
            return "at a time that is not known"
        if self.last in (None, self.first):
            return f"{self.first:%H:%M:%S}"
        return f"{self.first:%H:%M:%S}–{self.last:%H:%M:%S}"


@dataclasses.dataclass(frozen=True)
class Row:
    """A row of the drawing: its height, the height of its time on the ruler, and two lines of text."""

    y: float
    ruler_y: float
    kind: str
    label: str
    note: str


@dataclasses.dataclass(frozen=True)
class Timeline:
    """The drawing: its rows, the outlines of the spans in which the key was `disabled`, and the marks of the ruler.

    `listed` are the events of the list below; `unlisted` is how many more there are.
    """

    rows: tuple[Row, ...]
    disabled: tuple[str, ...]
    ticks: tuple[tuple[float, str], ...]
    height: float
    title: str
    description: str
    listed: tuple[EventGroup, ...]
    unlisted: int

    @property
    def foot(self) -> float:
        return self.height - ROW / 2


def timeline(events: Sequence[KeyEvent]) -> Timeline | None:
    """Draw the events of a key; `None` if there are none."""
    if not events:
        return None
    grouped = list(_grouped(events))
    shown = (
        grouped if len(grouped) <= MOST_ROWS + 1 else [*grouped[:FIRST_ROWS], None, *grouped[FIRST_ROWS - MOST_ROWS :]]
    )
    hidden = len(grouped) - sum(each is not None for each in shown)
    height = max(TOP + ROW * len(shown), SHORTEST_LINE)
    times = [each.first for each in grouped if each.first]
    scale = _Scale(min(times, default=None), max(times, default=None), TOP, height - ROW / 2)
    rows: list[Row] = []
    y = TOP + ROW / 2
    for each in shown:
        rows.append(_row(each, y, scale) if each else _gap(hidden, y, rows[-1].ruler_y))
        y += ROW
    singles = [EventGroup(e.name, e.error, e.through, _time(e.time), None, 1) for e in events[:MOST_LISTED]]
    return Timeline(
        tuple(rows),
        tuple(_disabled(rows, shown, height)),
        tuple(scale.ticks()),
        height,
        f"Key timeline: {len(events)} {'event' if len(events) == 1 else 'events'}{scale.over}",
        "; ".join(f"{each.when} {each.words}{_times(each.count)}" for each in shown if each),
        tuple(singles),
        len(events) - len(singles),
    )


def _time(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _grouped(events: Iterable[KeyEvent]) -> Iterator[EventGroup]:
    """Group equal events between two changes of the key's state."""
    for is_state, run in itertools.groupby(events, lambda event: event.name in STATES and not event.error):
        if is_state:
            yield from (EventGroup(e.name, "", e.through, _time(e.time), None, 1) for e in run)
            continue
        found: dict[tuple[str, str, str], list[KeyEvent]] = {}
        for event in run:
            found.setdefault((event.name, event.error, event.through), []).append(event)
        for (name, error, through), same in found.items():
            yield EventGroup(name, error, through, _time(same[0].time), _time(same[-1].time), len(same))


class _Scale:
    """The scale of the ruler: from a time to a height."""

    def __init__(self, first: datetime | None, last: datetime | None, top: float, foot: float) -> None:
        self._first, self._last, self._top, self._foot = first, last, top, foot
        self._seconds = (last - first).total_seconds() if first and last else 0.0

    def height(self, time: datetime | None) -> float:
        if time is None or self._first is None or not self._seconds:
            return self._top
        share = (time - self._first).total_seconds() / self._seconds
        return round(self._top + share * (self._foot - self._top), 1)

    @property
    def over(self) -> str:
        """Describe the day and the length of the timeline."""
        if self._first is None:
            return ""
        minutes, seconds = divmod(int(self._seconds), 60)
        hours, minutes = divmod(minutes, 60)
        parts = [f"{n} {unit}" for n, unit in ((hours, "h"), (minutes, "min"), (seconds, "s")) if n]
        return f" on {self._first:%Y-%m-%d} (UTC), over {' '.join(parts) or 'less than a second'}"

    def ticks(self) -> Iterator[tuple[float, str]]:
        if self._first is None or self._last is None:
            return
        steps = 4 if self._seconds >= 4 else 1 if self._seconds else 0
        for step in range(steps + 1):
            time = self._first + (self._last - self._first) * (step / steps if steps else 0)
            yield self.height(time), f"{time:%H:%M:%S}"


def _row(each: EventGroup, y: float, scale: _Scale) -> Row:
    label = each.name + _times(each.count)
    note = filter(None, (each.when, each.error and f"✗ {each.error}", each.service))
    return Row(y, scale.height(each.first), each.kind, _short(label), _short(" · ".join(note), LONGEST_LABEL + 14))


def _gap(hidden: int, y: float, ruler_y: float) -> Row:
    return Row(y, ruler_y, "gap", f"… {hidden} more rows", "left out here; each event is in the list")


def _times(count: int) -> str:
    return f" ×{count}" if count > 1 else ""


def _short(text: str, longest: int = LONGEST_LABEL) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _disabled(rows: Sequence[Row], shown: Sequence[EventGroup | None], height: float) -> Iterator[str]:
    """Yield the outlines of the spans in which the key was disabled, on the ruler and across the rows."""
    since: Row | None = None
    for row, each in zip(rows, shown, strict=True):
        if each is None or each.kind != "state":
            continue
        if each.name == "DisableKey":
            since = since or row
        elif each.name == "EnableKey" and since:
            yield _outline(since, row.ruler_y, row.y)
            since = None
    if since:
        yield _outline(since, height - ROW / 2, height)


def _outline(since: Row, ruler_y: float, y: float) -> str:
    corners = [(58, since.ruler_y), (70, since.ruler_y), (92, since.y), (380, since.y)]
    corners += [(380, y), (92, y), (70, ruler_y), (58, ruler_y)]
    return " ".join(f"{x:g},{y:g}" for x, y in corners)
