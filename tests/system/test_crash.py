"""A sample of `bench/crash_matrix.py`: a run is killed, then swept, and the account is as it was before."""

from __future__ import annotations

import signal

import pytest

from bench.crash_matrix import Case, run_case
from tests.support.live_run import practice

SAMPLE = [
    Case("kms:CreateKey", after=True, ledger_lost=True),
    Case("s3:CreateBucket", after=True, ledger_lost=True),
    Case("ec2:RunInstances", nth=2, after=True, ledger_lost=True),  # the first one is the preflight's dry run
    Case("kms:DisableKey", after=True, ledger_lost=True),
    Case("kms:ScheduleKeyDeletion", nth=2, after=False),
]
"""From the first resource of a run to its tear-down."""
STALE_SECONDS = 2
JUST_CREATED = [
    Case("kms:CreateKey", after=True),
    Case("kms:CreateAlias", after=True),
    Case("kms:CreateKey", nth=2, after=True, signal=signal.SIGTERM),
    Case("kms:CreateKey", nth=2, after=True),
]
"""Keys and their alias, which AWS may not show yet."""


@pytest.fixture(scope="module")
def server():
    with practice(len(SAMPLE)) as server:
        yield server


@pytest.fixture(scope="module")
def stale_server():
    with practice(len(JUST_CREATED), f"--stale={STALE_SECONDS}") as server:
        yield server


@pytest.mark.parametrize("number", range(len(SAMPLE)), ids=[str(case) for case in SAMPLE])
def test_a_sweep_deletes_what_a_killed_run_left(server, number, tmp_path):
    """With the ledger or without it, and nothing else."""
    assert run_case(server, server["accounts"][number], SAMPLE[number], tmp_path) == ""


@pytest.mark.parametrize("number", range(len(JUST_CREATED)), ids=[str(case) for case in JUST_CREATED])
def test_a_resource_that_aws_does_not_show_yet_is_deleted(stale_server, number, tmp_path):
    """The run ends as soon as it created something: the search is repeated."""
    account = stale_server["accounts"][number]
    assert run_case(stale_server, account, JUST_CREATED[number], tmp_path, stale=STALE_SECONDS) == ""
