"""The key's life as a picture: where its events lie on a line of time, and a row of words for each.

Time runs downwards, so that every row has its own words and none overlaps another, on a phone as on paper. A thin ruler
shows the true distances; rows stand evenly beside it, each joined to its moment. Equal events between two changes of
the key's state share a row; what is still too much is left to the list below the picture, and said.
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
"""Heights in the picture's own units."""
LONGEST_LABEL = 32
SHORTEST_LINE = 260


@dataclasses.dataclass(frozen=True)
class Happened:
    """One or several equal events: `kind` is `state`, `key`, `use`, `refused` or `other`."""

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
        """The service that asked, as people call it."""
        return self.through.removeprefix("fas.").removesuffix(".amazonaws.com")

    @property
    def words(self) -> str:
        """What happened, in words."""
        told = self.name + (f" refused: {self.error}" if self.error else "")
        return told + (f", through {self.service}" if self.through else "")

    @property
    def when(self) -> str:
        if self.first is None:
            return "at a time that is not known"
        if self.last in (None, self.first):
            return f"{self.first:%H:%M:%S}"
        return f"{self.first:%H:%M:%S}–{self.last:%H:%M:%S}"


@dataclasses.dataclass(frozen=True)
class Row:
    """A row of the picture: its height, the height of its moment on the ruler, and two lines of words."""

    y: float
    moment: float
    kind: str
    label: str
    note: str


@dataclasses.dataclass(frozen=True)
class Picture:
    """The picture's rows and shades, and all events as a list. `hidden` of the rows are only in the list."""

    rows: tuple[Row, ...]
    disabled: tuple[str, ...]
    ticks: tuple[tuple[float, str], ...]
    height: float
    title: str
    told: str
    listed: tuple[Happened, ...]
    unlisted: int

    @property
    def foot(self) -> float:
        return self.height - ROW / 2


def picture(life: Sequence[KeyEvent]) -> Picture | None:
    """The picture of a key's life; `None` where nothing is known of it."""
    if not life:
        return None
    grouped = list(_grouped(life))
    shown = grouped if len(grouped) <= MOST_ROWS else [*grouped[:FIRST_ROWS], None, *grouped[FIRST_ROWS - MOST_ROWS :]]
    hidden = len(grouped) - sum(each is not None for each in shown)
    height = max(TOP + ROW * len(shown), SHORTEST_LINE)
    moments = [each.first for each in grouped if each.first]
    scale = _Scale(min(moments, default=None), max(moments, default=None), TOP, height - ROW / 2)
    rows: list[Row] = []
    y = TOP + ROW / 2
    for each in shown:
        rows.append(_row(each, y, scale) if each else _gap(hidden, y, rows[-1].moment))
        y += ROW
    singles = [Happened(e.name, e.error, e.through, _time(e.time), None, 1) for e in life[:MOST_LISTED]]
    return Picture(
        tuple(rows),
        tuple(_disabled(rows, shown, height)),
        tuple(scale.ticks()),
        height,
        f"The key's life: {len(life)} {'event' if len(life) == 1 else 'events'}{scale.over}",
        "; ".join(f"{each.when} {each.words}{_times(each.count)}" for each in shown if each),
        tuple(singles),
        len(life) - len(singles),
    )


def _time(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _grouped(life: Iterable[KeyEvent]) -> Iterator[Happened]:
    """Events in their order, equal ones between two changes of state together."""
    for of_state, events in itertools.groupby(life, lambda event: event.name in STATES and not event.error):
        if of_state:
            yield from (Happened(e.name, "", e.through, _time(e.time), None, 1) for e in events)
            continue
        found: dict[tuple[str, str, str], list[KeyEvent]] = {}
        for event in events:
            found.setdefault((event.name, event.error, event.through), []).append(event)
        for (name, error, through), same in found.items():
            yield Happened(name, error, through, _time(same[0].time), _time(same[-1].time), len(same))


class _Scale:
    """From a moment to a height."""

    def __init__(self, first: datetime | None, last: datetime | None, top: float, foot: float) -> None:
        self._first, self._last, self._top, self._foot = first, last, top, foot
        self._seconds = (last - first).total_seconds() if first and last else 0.0

    def height(self, moment: datetime | None) -> float:
        if moment is None or self._first is None or not self._seconds:
            return self._top
        share = (moment - self._first).total_seconds() / self._seconds
        return round(self._top + share * (self._foot - self._top), 1)

    @property
    def over(self) -> str:
        """Over how long, and on which day."""
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
            moment = self._first + (self._last - self._first) * (step / steps if steps else 0)
            yield self.height(moment), f"{moment:%H:%M:%S}"


def _row(each: Happened, y: float, scale: _Scale) -> Row:
    label = each.name + _times(each.count)
    told = filter(None, (each.when, each.error and f"✗ {each.error}", each.service))
    return Row(y, scale.height(each.first), each.kind, _short(label), _short(" · ".join(told), LONGEST_LABEL + 14))


def _gap(hidden: int, y: float, moment: float) -> Row:
    return Row(y, moment, "gap", f"… {hidden} more rows", "left out here; each event is in the list")


def _times(count: int) -> str:
    return f" ×{count}" if count > 1 else ""


def _short(text: str, longest: int = LONGEST_LABEL) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _disabled(rows: Sequence[Row], shown: Sequence[Happened | None], height: float) -> Iterator[str]:
    """The outlines of the spans in which the key was disabled, on the ruler and over the rows."""
    since: Row | None = None
    for row, each in zip(rows, shown, strict=True):
        if each is None or each.kind != "state":
            continue
        if each.name == "DisableKey":
            since = since or row
        elif each.name == "EnableKey" and since:
            yield _outline(since, row.moment, row.y)
            since = None
    if since:
        yield _outline(since, height - ROW / 2, height)


def _outline(since: Row, moment: float, y: float) -> str:
    corners = [(58, since.moment), (70, since.moment), (92, since.y), (380, since.y)]
    corners += [(380, y), (92, y), (70, moment), (58, moment)]
    return " ".join(f"{x:g},{at:g}" for x, at in corners)
