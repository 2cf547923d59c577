"""Never more than two LookupEvents requests in any one second."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fixtures.pacing import Pace
from tests.test_patience import Clock


@given(st.lists(st.floats(0, 2), max_size=30))
def test_any_three_requests_are_a_second_apart(pauses):
    """Whatever the requests' own rhythm is."""
    clock, sent = Clock(), []
    pace = Pace(clock=clock, sleep=clock.sleep)
    for pause in pauses:
        clock.now += pause
        pace.wait()
        sent.append(clock.now)
    assert all(later - first >= 0.999 for first, later in zip(sent, sent[2:], strict=False))


def test_the_first_two_do_not_wait():
    """A sweep of two pages costs no wait."""
    clock = Clock()
    pace = Pace(clock=clock, sleep=clock.sleep)
    pace.wait()
    pace.wait()
    assert clock.slept == []
