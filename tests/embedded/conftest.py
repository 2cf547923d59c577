"""The world in which the questions of this folder are asked: the embedded AWS, or with `-m live` a real account."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest

from tests.embedded.world import EmbeddedWorld, LiveWorld, World, embedded_worlds


@pytest.fixture(scope="module")
def worlds(pytestconfig: pytest.Config) -> Iterator[Iterator[EmbeddedWorld] | None]:
    """Fresh accounts of one embedded AWS; `None` if questions are asked of a real account.

    For a module and not longer: a process has one embedded AWS at a time, and other modules start their own.
    """
    if pytestconfig.option.markexpr == "live":
        yield None
    else:
        with embedded_worlds() as fresh:
            yield fresh


@pytest.fixture
def world(worlds: Iterator[EmbeddedWorld] | None) -> Iterator[World]:
    """An account in which to ask. What is created in it is removed."""
    asked: World = LiveWorld(boto3.Session(), None) if worlds is None else next(worlds)
    yield asked
    asked.close()
