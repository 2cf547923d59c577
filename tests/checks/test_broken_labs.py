"""Every check detects its fault, and no other check does; the reference lab passes.

The faults are tried with the emulator's behaviours in the reverse order: phases decide which behaviour sees a request
first, not the list. The reference lab passes in both orders.
"""

from __future__ import annotations

import pytest

from tests.checks.broken_labs import FAULTS, Fault
from tests.checks.fault_builders import both, unrecorded
from tests.support.checks_run import run_checks
from tests.support.texts import unreadable


def test_the_reference_lab_passes(tmp_path):
    """Every check passes, with all hundred points, and the run ends with 0."""
    run = run_checks(tmp_path)
    assert run.not_passed == {}
    assert run.exit_code == 0
    assert run.results["accounts"][0]["score"] == {"earned": 100, "possible": 100, "ungraded": 0}


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_fault_turns_exactly_its_checks(fault: Fault, tmp_path):
    """An AWS that is wrong in one place fails the checks that test it, and no others; some it keeps from being seen."""
    run = run_checks(tmp_path, broken=lambda behaviours: fault.breaks(behaviours[::-1]))
    assert run.not_passed == fault.not_passed
    assert run.exit_code == (1 if fault.turns else 6)
    (account,) = run.results["accounts"]
    checks = [check for objective in account["objectives"] for check in objective["checks"]]
    assert [problem for check in checks for problem in unreadable(check)] == []
    late = {check["id"]: check["reason"] for check in checks if check["id"] in fault.late}
    assert late == dict.fromkeys(fault.late, "unreachable")


def test_the_reference_lab_passes_with_the_behaviours_reversed(tmp_path):
    """The phases decide the order, not the list."""
    assert run_checks(tmp_path, broken=lambda behaviours: behaviours[::-1]).not_passed == {}


def test_what_no_student_can_leave_out_fails_where_it_is_not_recorded(tmp_path):
    """A key that is used was created, and an object that is encrypted with it has a data key. Of a graded account, only
    an AWS that does not record it fails these checks.
    """
    faults = both(unrecorded("CreateKey"), unrecorded("GenerateDataKey"))
    run = run_checks(tmp_path, "checks", "--grade", broken=faults)
    assert run.not_passed == {"create-key": "fail", "generate-data-key": "fail"}


def test_plain_moto_is_not_aws(tmp_path):
    """Without the behaviours, checks do not pass."""
    run = run_checks(tmp_path, broken=lambda behaviours: ())
    assert run.exit_code != 0
    assert {"fail", "error"} & set(run.checks.values())
