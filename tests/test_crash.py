"""A sample of `bench/crash_matrix.py`: a run is killed, then swept, and the account is as it was before."""

from __future__ import annotations

import pytest

from bench.crash_matrix import Case, one
from bench.live_run import practice

SAMPLE = [
    Case(6, after=True, ledger_lost=True),
    Case(16, after=True, ledger_lost=True),
    Case(66, after=True, ledger_lost=True),
    Case(98, after=True, ledger_lost=True),
    Case(116, after=False, ledger_lost=False),
]
"""Spread over a run: from its first key to its tear-down."""


@pytest.fixture(scope="module")
def server():
    with practice(len(SAMPLE)) as told:
        yield told


@pytest.mark.parametrize("number", range(len(SAMPLE)), ids=[str(case) for case in SAMPLE])
def test_nothing_is_left(server, number, tmp_path):
    """With the ledger or without it, a sweep takes everything of the killed run and nothing else."""
    assert one(server, server["accounts"][number], SAMPLE[number], tmp_path) == ""
