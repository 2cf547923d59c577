"""A plugin by which one of pytest-xdist's processes dies while it judges."""

from __future__ import annotations

import os

import pytest

VICTIM = "test_origin[student-002]"


def pytest_runtest_call(item: pytest.Item) -> None:
    if hasattr(item.config, "workerinput") and item.nodeid.endswith(VICTIM):
        os._exit(1)
