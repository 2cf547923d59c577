"""Waiting, with a clock that is turned instead of awaited."""

from __future__ import annotations

import pytest

from fixtures.patience import Awaited, Limits, Patience


class Clock:
    """Time that passes only where it is slept."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def patience(clock: Clock, **limits: float) -> Patience:
    return Patience(Limits(**limits), clock=clock, sleep=clock.sleep)


def answers(*values: object):
    left = list(values)
    return lambda: left.pop(0) if len(left) > 1 else left[0]


def test_it_must_hold_several_times_in_a_row(clock):
    """An answer that flips is not believed until it stays."""
    waiting = patience(clock)
    assert waiting.until("it stays", answers(1, 0, 1, 1), bool) == 1
    assert waiting.waits[0].looks == 4


def test_what_was_seen_last_comes_back_when_time_is_out(clock):
    """What never comes true is there to be judged, not hidden behind an exception."""
    waiting = patience(clock, true=60)
    assert waiting.until("it comes true", lambda: "never", lambda seen: seen == "ever") == "never"
    assert not waiting.waits[0].came_true
    assert clock.now >= 60


def test_pauses_grow_to_their_limit(clock):
    """First looks come soon, later ones do not hammer."""
    patience(clock, pause=1, longest_pause=8, true=60).until("never", lambda: 0, bool)
    assert clock.slept[:5] == [1, 2, 4, 8, 8]


def test_what_is_true_at_once_costs_no_long_wait(clock):
    """Two confirmations, one short pause between."""
    patience(clock, pause=0.5).until("it is so", lambda: 1, bool)
    assert clock.slept == [0.5]


def test_what_held_is_confirmed_soon(clock):
    """However long it took until then, the second look comes after the shortest pause."""
    patience(clock, pause=1, longest_pause=8).until("it is so", answers(0, 0, 0, 1, 1), bool)
    assert clock.slept == [1, 2, 4, 1]


def test_several_things_are_awaited_together(clock):
    """Each until it holds and no longer; each has its own time and its own looks, and their answers stay in order."""
    waiting = patience(clock, pause=1, longest_pause=1)
    looks: list[str] = []

    def look(name: str, *values: int):
        seen = answers(*values)
        return Awaited(name, lambda: looks.append(name) or seen(), bool)

    assert waiting.together(look("a", 1, 1), look("b", 0, 0, 2, 2), look("c", 3, 0, 3, 3)) == [1, 2, 3]
    assert looks == ["a", "b", "c", "a", "b", "c", "b", "c", "b", "c"]
    told = [(each.what, each.seconds, each.looks, each.came_true) for each in waiting.waits]
    assert told == [("a", 1, 2, True), ("b", 3, 4, True), ("c", 3, 4, True)]


def test_a_wait_within_another_is_told_by_its_beginning(clock):
    """It ends first, and began second: so a recording of both can be followed again."""
    noted: list[tuple[str, int]] = []
    waiting = Patience(
        Limits(), clock=clock, sleep=clock.sleep, noted=lambda waited, number: noted.append((waited.what, number))
    )
    waiting.until("outer", lambda: waiting.until("inner", lambda: 1, bool, confirmations=1), bool, confirmations=1)
    assert noted == [("inner", 1), ("outer", 0)]


def test_the_wait_is_told_while_it_lasts(clock):
    """Each look tells what is awaited, how long so far, and the limit."""
    told: list[tuple[str, float, float]] = []
    limits = Limits(pause=1, longest_pause=1, true=3)
    Patience(limits, clock=clock, sleep=clock.sleep, told=lambda *given: told.append(given)).until("x", lambda: 0, bool)
    assert told == [("x", 0, 3), ("x", 1, 3), ("x", 2, 3), ("x", 3, 3)]


def test_what_a_look_raises_passes_through(clock):
    """Trouble is not waited away."""

    def look() -> int:
        raise RuntimeError("trouble")

    with pytest.raises(RuntimeError, match="trouble"):
        patience(clock).until("x", look, bool)
