"""A sample of `bench/crash_matrix.py`: a run is killed, then swept, and the account is as it was before."""

from __future__ import annotations

import signal

import pytest

from bench.crash_matrix import Case, one
from tests.support.live_run import practice

SAMPLE = [
    Case(19, after=True, ledger_lost=True),
    Case(28, after=True, ledger_lost=True),
    Case(71, after=True, ledger_lost=True),
    Case(101, after=True, ledger_lost=True),
    Case(130, after=False, ledger_lost=False),
]
"""Spread over a run: from its first key to its tear-down."""
STALE_SECONDS = 2
JUST_MADE = [
    Case(19, after=True, ledger_lost=False),
    Case(20, after=True, ledger_lost=False),
    Case(31, after=True, ledger_lost=False, signal=signal.SIGTERM),
    Case(31, after=True, ledger_lost=False),
]
"""Keys and their alias, which AWS may not show yet."""


@pytest.fixture(scope="module")
def server():
    with practice(len(SAMPLE)) as told:
        yield told


@pytest.fixture(scope="module")
def server_behind():
    with practice(len(JUST_MADE), f"--stale={STALE_SECONDS}") as told:
        yield told


@pytest.mark.parametrize("number", range(len(SAMPLE)), ids=[str(case) for case in SAMPLE])
def test_nothing_is_left(server, number, tmp_path):
    """With the ledger or without it, a sweep takes everything of the killed run and nothing else."""
    assert one(server, server["accounts"][number], SAMPLE[number], tmp_path) == ""


@pytest.mark.parametrize("number", range(len(JUST_MADE)), ids=[str(case) for case in JUST_MADE])
def test_nothing_is_left_of_what_aws_does_not_show_yet(server_behind, number, tmp_path):
    """The run is ended as soon as it made something: whoever removes it looks again."""
    account = server_behind["accounts"][number]
    assert one(server_behind, account, JUST_MADE[number], tmp_path, stale=STALE_SECONDS) == ""
