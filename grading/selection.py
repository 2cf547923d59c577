"""All checks that count, also those that the command line does not select."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pytest
from _pytest.runner import collect_one_node

from grading.marks import check_spec
from grading.specs import CheckSpec


def all_specs(
    session: pytest.Session, folder: Path, items: Sequence[pytest.Item]
) -> tuple[dict[str, CheckSpec], list[str]]:
    """Return what the checks in `folder` declare, by node id, and the files that cannot be imported. `items` are those
    that pytest collected.

    Must be called before `-k` and the like deselect items.
    """
    specs = {item.nodeid: spec for item in items if (spec := check_spec(item))}
    broken = []
    for module in _uncollected(session, folder, items):
        collected = collect_one_node(module)
        if collected.failed:
            broken.append(module.nodeid)
        for item in collected.result or ():
            spec = check_spec(item) if isinstance(item, pytest.Item) else None
            if spec:
                specs[spec.nodeid] = spec
    return specs, broken


def _uncollected(session: pytest.Session, folder: Path, items: Iterable[pytest.Item]) -> Iterator[pytest.Module]:
    """Yield the files of which pytest collected nothing, or perhaps only a part."""
    names = (argument.partition("::")[0] for argument in session.config.args)
    # A folder is collected whole. Anything else may be a check, or a module by --pyargs.
    are_folders = all((session.config.invocation_params.dir / name).is_dir() for name in names)
    collected = {item.path for item in items} if are_folders else set()
    for path in sorted(folder.glob("test_*.py")):
        if path not in collected:
            yield pytest.Module.from_parent(session, path=path)
