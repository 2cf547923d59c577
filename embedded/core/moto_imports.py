"""Lazy imports of moto, without work that most runs do not need.

Importing moto's EC2 reads botocore's list of endpoints four times, the whole model of EC2 for the name of its endpoint,
and the instance type offerings of all Regions.
`python -m bench.practice_server` measures the start.
"""

from __future__ import annotations

import contextvars
import functools
import importlib
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

_LOCK = threading.RLock()
"""Held while functions of botocore and moto are replaced: imports of two threads restore each other's originals."""
_importing: contextvars.ContextVar[bool] = contextvars.ContextVar("importing moto", default=False)


class _Offerings(Sequence[dict[str, Any]]):
    """A Region's offerings of instance types. They are read when they are first used, and not by moto's import."""

    def __init__(self, load: Callable[[str], list[dict[str, Any]]], path: str) -> None:
        self._load, self._path = load, path

    @functools.cached_property
    def _all(self) -> list[dict[str, Any]]:
        location = self._path.replace("\\", "/").split("/")[-2]
        return [{**offering, "LocationType": location} for offering in self._load(self._path)]

    def __len__(self) -> int:
        return 0 if _importing.get() else len(self._all)

    def __getitem__(self, place: Any) -> Any:
        if _importing.get():
            raise IndexError(place)
        return self._all[place]


@contextmanager
def lazy_imports() -> Iterator[None]:
    """Import moto with one botocore loader for all its sessions, and without reading tables. One thread at a time."""
    import botocore.session
    from botocore.loaders import create_loader

    with _LOCK, ExitStack() as restore:
        utilities: Any = importlib.import_module("moto.utilities.utils")
        load, read_model = utilities.load_resource, botocore.session.Session.get_service_data

        @functools.wraps(load)
        def load_later(resource: str) -> Any:
            return _Offerings(load, resource) if "instance_type_offerings" in resource else load(resource)

        @functools.wraps(read_model)
        def endpoint_only(session: Any, service_name: str, api_version: str | None = None) -> Any:
            if service_name == "ec2" and _importing.get():  # in this thread
                return {"metadata": {"endpointPrefix": "ec2"}}
            return read_model(session, service_name, api_version)

        for owner, name, lazy in (
            (utilities, "load_resource", load_later),
            (botocore.session, "create_loader", functools.cache(create_loader)),
            (botocore.session.Session, "get_service_data", endpoint_only),
        ):
            restore.callback(setattr, owner, name, getattr(owner, name))
            setattr(owner, name, lazy)
        restore.callback(_importing.reset, _importing.set(True))
        yield


@functools.cache
def import_lazily(module: str) -> Any:
    """Import a module of moto within `lazy_imports`."""
    with lazy_imports():
        return importlib.import_module(module)
