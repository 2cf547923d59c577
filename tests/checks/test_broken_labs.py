"""Every check notices its fault, and no other check does; the reference lab passes whole.

The faults are tried with the emulator's behaviours in the reverse order: phases decide which behaviour sees a request
first, not the list. The reference lab passes in both orders.
"""

from __future__ import annotations

import pytest

from tests.checks.broken_labs import FAULTS, Fault
from tests.support.judged_run import judged


def test_reference_lab_passes_whole(tmp_path):
    """Nothing is broken: every check passes, with all hundred points, and the run ends with 0."""
    run = judged(tmp_path)
    assert run.not_passed == {}
    assert run.exit_code == 0
    assert run.results["accounts"][0]["score"] == {"earned": 100, "possible": 100, "ungraded": 0}


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_fault_turns_exactly_its_checks(fault: Fault, tmp_path):
    """An AWS that is wrong in one place turns the checks that speak of it, and no others."""
    run = judged(tmp_path, broken=lambda behaviours: fault.breaks(behaviours[::-1]))
    assert run.not_passed == dict.fromkeys(sorted(fault.turns), "fail")
    assert run.exit_code == 1


def test_every_check_has_its_fault(tmp_path):
    """No check is without a fault that turns it, and none fails in the reverse order of behaviours."""
    run = judged(tmp_path, broken=lambda behaviours: behaviours[::-1])
    assert run.not_passed == {}
    assert set(run.checks) == {check for fault in FAULTS for check in fault.turns}


def test_plain_moto_is_not_aws(tmp_path):
    """With the behaviours off, the run goes red: the checks do not pass by themselves."""
    run = judged(tmp_path, broken=lambda behaviours: ())
    assert run.exit_code == 1
    assert "fail" in run.checks.values()
