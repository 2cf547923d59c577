"""Every check has what `docs/adding-a-check.md` asks for; a missing piece is named."""

from __future__ import annotations

import ast
import importlib.util
import re
from collections.abc import Iterator, Mapping
from types import FunctionType

import pytest

from fixtures.resources.key import Key
from grading.results import Mode
from tests.checks.broken_labs import ACCOUNTS, FAULTS
from tests.support.checks_run import ROOT, run_checks

PROVISION, GRADE = Mode.PROVISION, Mode.GRADE


def functions() -> Iterator[FunctionType]:
    """Yield the functions of all checks."""
    for path in sorted((ROOT / "checks").glob("test_*.py")):
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        yield from (value for name, value in vars(module).items() if name.startswith("test_"))


def points(mode: Mode) -> Mapping[str, int]:
    """Return the points of all checks that count in a mode, by check id."""
    found = {}
    for function in functions():
        marks = {mark.name: mark for mark in function.pytestmark}  # type: ignore[attr-defined]  # pytest sets it
        found[function.__name__.removeprefix("test_").replace("_", "-")] = marks["points"].kwargs[mode]
    return {check: points for check, points in found.items() if points}


@pytest.mark.parametrize("mode", [PROVISION, GRADE])
def test_points_sum_to_100(mode):
    """Points for a new check are taken from others."""
    assert sum(points(mode).values()) == 100, f"points of {mode} mode: {points(mode)}"


def test_every_provisioning_check_has_a_fault():
    """A fault in `broken_labs.py` fails it."""
    missing = points(PROVISION).keys() - {check for fault in FAULTS for check in fault.turns}
    assert not missing, f"no fault in tests/checks/broken_labs.py fails {sorted(missing)}"


def test_every_grading_check_has_a_student_account():
    """It does not pass in an account in `student_accounts.py`."""
    missing = points(GRADE).keys() - {check for account in ACCOUNTS for check in account.not_passed}
    assert not missing, f"in every account in tests/checks/student_accounts.py, these pass: {sorted(missing)}"


def test_every_fault_and_account_names_existing_checks():
    """A renamed check is noticed."""
    in_faults = {check for fault in FAULTS for check in fault.turns}
    assert not in_faults - points(PROVISION).keys()
    in_accounts = {check for account in ACCOUNTS for check in account.not_passed}
    assert not in_accounts - points(GRADE).keys()


def test_a_check_that_needs_a_further_call_is_named(tmp_path, monkeypatch):
    """A property without `@queried` is not read before grading: the check that reads it has an error."""

    def rotation(key: Key) -> str:
        account = key._account  # noqa: SLF001  # a property of a resource calls AWS by it
        return str(account.call("kms", "GetKeyRotationStatus", KeyId=key.arn).body)

    monkeypatch.setattr(Key, "origin", property(rotation))
    run = run_checks(tmp_path, "checks", "--grade", "-q")
    assert run.not_passed == {"origin": "error"}
    (check,) = (each for each in run.results["accounts"][0]["objectives"][0]["checks"] if each["verdict"] == "error")
    assert check["message"] == "The request kms:GetKeyRotationStatus was not made before the account was judged."
    assert "@queried" in check["hint"]


def test_every_assertion_says_what_was_seen():
    """An assertion of a check has a message, which students read."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "checks").glob("test_*.py"))]
    silent = [
        ast.unparse(node)
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Assert) and node.msg is None
    ]
    assert not silent, f"add a sentence to these: {silent}"


def test_every_title_is_a_sentence_with_a_subject():
    """It stands alone in a table of checks: no title begins with a pronoun or with a condition."""
    titles = [
        (ast.get_docstring(node) or "").splitlines()[0]
        for path in sorted((ROOT / "checks").glob("test_*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    ]
    assert [title for title in titles if not re.match(r"(?!It\b|With\b|Once\b|While\b|What\b)[A-Z].+\.$", title)] == []


def test_two_checks_of_one_id_are_refused(tmp_path):
    """Points, hints and verdicts are found by it."""

    class SameId:
        @pytest.hookimpl(wrapper=True)
        def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> Iterator[None]:
            symmetric = next(item for item in items if item.name == "test_symmetric")
            symmetric.originalname = "test_alias"  # type: ignore[attr-defined]  # of functions
            return (yield)

    run = run_checks(tmp_path, "checks", plugins=[SameId()])
    assert run.exit_code == 4
    assert "test_alias and checks/test_1_customer_managed_key.py::test_symmetric have the same check id 'alias'" in (
        run.printed
    )
    assert run.results == {}
