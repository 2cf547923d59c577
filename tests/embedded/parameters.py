"""Which parameters of an operation its code reads: the names that stand in moto's handler and in the behaviours.

It reads source code, so that it finds parameters that no test sends. A name counts as read wherever it stands in a
function that serves the operation, or in a function or constant that this one uses.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

from embedded.aws import BEHAVIOURS
from embedded.core.behaviours import Phase
from embedded.core.catalogue import RESPONSES
from embedded.core.moto_imports import import_lazily
from tests.embedded.catalogue import model_of

TEXT = re.compile(r"""["']([A-Za-z][\w.]*)["']""")
CALL, METHOD, CONSTANT = re.compile(r"\b(_?\w+)\("), re.compile(r"self\.(\w+)\("), re.compile(r"\b([A-Z][A-Z_]{2,})\b")
BY_ALL = (Phase.RESOLVE, Phase.VALIDATE, Phase.MODIFY_RESPONSE)
"""Phases in which hooks of all operations of a service take parameters. Authorization sees more than is taken."""


def unread(service: str, operation: str) -> list[str]:
    """Return the members of an operation's input that nothing reads."""
    shape = model_of(service).operation_model(operation).input_shape
    read = {name.lower().removesuffix("s") for name in _read(service, operation)}
    return [
        name
        for name, member in (shape.members.items() if shape else ())
        if not {each.lower().removesuffix("s") for each in (name, str(member.serialization.get("name", name)))} & read
    ]


def _read(service: str, operation: str) -> set[str]:
    names, implemented = set[str](), False
    for hook in (hook for behaviour in BEHAVIOURS for hook in behaviour.hooks):
        if operation in hook.operations and hook.service == service:
            names |= _names(hook.run, None)
            implemented |= hook.phase is Phase.IMPLEMENT and "call_moto" not in inspect.getsource(hook.run)
        elif not hook.operations and hook.service == service and hook.phase in BY_ALL:
            names |= _names(hook.run, None)
    for patch in (patch for behaviour in BEHAVIOURS for patch in behaviour.patches):
        if patch.wrapper.__module__.startswith(f"embedded.services.{service}."):
            names |= _names(patch.wrapper, None)
    if not implemented:
        names |= _names(*_moto(service, operation))
    return names


def _moto(service: str, operation: str) -> tuple[Callable[..., Any] | None, type | None]:
    module = import_lazily(f"moto.{service.replace('-', '')}.responses")
    responses = getattr(module, RESPONSES[service])
    name = import_lazily("moto.core.utils").camelcase_to_underscores(operation)
    return getattr(responses, name, None), responses


@functools.cache
def _names(function: Callable[..., Any] | None, owner: type | None) -> frozenset[str]:
    """Return the texts in a function and in what it uses: methods of its class, functions and constants of ours."""
    return frozenset(each for used in _used(function, owner, set()) for each in used.split("."))


def _used(function: Any, owner: type | None, seen: set[Any]) -> Iterator[str]:
    if function is None or function in seen:
        return
    seen.add(function)
    source, names = inspect.getsource(function), getattr(function, "__globals__", {})
    yield from TEXT.findall(source)
    for method in set(METHOD.findall(source)) if owner is not None else ():
        yield from _used(getattr(owner, method, None), owner, seen)
    for name in set(CALL.findall(source)):
        if inspect.isfunction(names.get(name)) and names[name].__module__.startswith("embedded."):
            yield from _used(names[name], None, seen)
    for name in set(CONSTANT.findall(source)):
        if isinstance(names.get(name), tuple | list | set | frozenset | dict):
            yield from TEXT.findall(repr(names[name]))
