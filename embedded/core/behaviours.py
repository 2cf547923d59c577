"""Behaviours of AWS that moto lacks, and the phases in which they take part.

A behaviour is a module: its docstring states the fact and the source, its `BEHAVIOUR` registers what it does. Phases
make the order of modules and services irrelevant: a request passes all hooks of one phase before the next phase.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from enum import Enum, auto
from typing import Any, TypeVar

from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.patches import MotoInterface, Patch, patched
from embedded.core.request import ApiRequest

F = TypeVar("F", bound=Callable[..., Any])
FindState = Callable[[ApiRequest], Iterable[tuple[str, str]]]
Check = Callable[[ApiRequest], None]
CheckOrAnswer = Callable[[ApiRequest], HttpResponse | None]
Implementation = Callable[[ApiRequest], HttpResponse]
ModifyResponse = Callable[[ApiRequest, HttpResponse], HttpResponse]
Completed = Callable[[ApiRequest, HttpResponse, AwsError | None], None]
EVERY_SERVICE = "*"


class Phase(Enum):
    """The phases of a request, in their order."""

    STATE = auto()
    INTERCEPT = auto()
    RESOLVE = auto()
    AUTHORIZE = auto()
    VALIDATE = auto()
    IMPLEMENT = auto()
    MODIFY_RESPONSE = auto()
    COMPLETED = auto()


@dataclasses.dataclass(frozen=True)
class Hook:
    """A function that takes part in one phase of some operations; no operations stand for all of the service."""

    phase: Phase
    service: str
    operations: frozenset[str]
    run: Callable[..., Any]

    def applies(self, phase: Phase, service: str, operation: str) -> bool:
        return (
            self.phase is phase
            and self.service in (service, EVERY_SERVICE)
            and (not self.operations or operation in self.operations)
        )


class Behaviour:
    """What one module adds to moto. `name` is used in error messages and by the questions of the parity table."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.hooks: list[Hook] = []
        self.patches: list[Patch] = []
        self.required: list[MotoInterface] = []

    def uses_state(self, service: str, *operations: str) -> Callable[[FindState], FindState]:
        """Name state that a request uses beside its principal's own, as pairs of account and service.

        The accounts are seeded and locked before the request is served. Hooks do not raise: what names nothing is left
        to `resolve`.
        """
        return self._register(Phase.STATE, service, operations)

    def intercept(self, service: str, *operations: str) -> Callable[[CheckOrAnswer], CheckOrAnswer]:
        """Run before all other phases, for injected faults. Raise `AwsError` to refuse, or return a response."""
        return self._register(Phase.INTERCEPT, service, operations)

    def resolve(self, service: str, *operations: str) -> Callable[[Check], Check]:
        """Find what the request names. Raise `AwsError` if there is no such thing."""
        return self._register(Phase.RESOLVE, service, operations)

    def authorize(self, service: str, *operations: str) -> Callable[[Check], Check]:
        """Raise `AwsError` unless the principal may do this."""
        return self._register(Phase.AUTHORIZE, service, operations)

    def validate(self, service: str, *operations: str) -> Callable[[CheckOrAnswer], CheckOrAnswer]:
        """Raise `AwsError` if parameters or states forbid the request.

        Return a response only if the request was served before (client tokens); `None` goes on.
        """
        return self._register(Phase.VALIDATE, service, operations)

    def implements(self, service: str, *operations: str) -> Callable[[Implementation], Implementation]:
        """Serve the request instead of moto."""
        return self._register(Phase.IMPLEMENT, service, operations)

    def modify_response(self, service: str, *operations: str) -> Callable[[ModifyResponse], ModifyResponse]:
        """Change a successful response."""
        return self._register(Phase.MODIFY_RESPONSE, service, operations)

    def completed(self, service: str, *operations: str) -> Callable[[Completed], Completed]:
        """Learn of every finished request: its response, and the error if it was refused."""
        return self._register(Phase.COMPLETED, service, operations)

    def patch(self, target: str, parameters: str) -> Callable[[F], F]:
        """Wrap moto's `package.module:Class.function`, whose parameters must have these names.

        The wrapper receives the original first. A property is wrapped by its getter.
        """

        def register(wrapper: F) -> F:
            self.patches.append(Patch(MotoInterface(self.name, target, parameters), wrapper))
            return wrapper

        return register

    def requires(self, target: str, parameters: str) -> None:
        """Name a function or class of moto that is called and not wrapped; it is checked at start."""
        self.required.append(MotoInterface(self.name, target, parameters))

    def without(self, *functions: Callable[..., Any]) -> Behaviour:
        """Return this behaviour without some of its functions: an AWS that is wrong in one place."""
        reduced = Behaviour(self.name)
        reduced.hooks = [hook for hook in self.hooks if hook.run not in functions]
        reduced.patches = [patch for patch in self.patches if patch.wrapper not in functions]
        reduced.required = list(self.required)
        return reduced

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Apply the patches, and undo them on exit. Raises `MotoInterfaceChanged`."""
        for interface in self.required:
            interface.check()
        with patched(self.patches):
            yield

    def _register(self, phase: Phase, service: str, operations: tuple[str, ...]) -> Callable[[F], F]:
        def register(run: F) -> F:
            self.hooks.append(Hook(phase, service, frozenset(operations), run))
            return run

        return register


@contextmanager
def installed(behaviours: Iterable[Behaviour]) -> Iterator[None]:
    """Install behaviours one after the other; a refused one undoes those before it."""
    with ExitStack() as stack:
        for behaviour in behaviours:
            stack.enter_context(behaviour.installed())
        yield


class Pipeline:
    """The hooks of all behaviours, by phase and operation."""

    def __init__(self, behaviours: Iterable[Behaviour]) -> None:
        self._hooks = [hook for behaviour in behaviours for hook in behaviour.hooks]
        self._found: dict[tuple[Phase, str, str], tuple[Callable[..., Any], ...]] = {}

    def hooks(self, phase: Phase, request: ApiRequest) -> tuple[Callable[..., Any], ...]:
        """Return the functions of a phase that apply to a request, in the order of registration."""
        wanted = (phase, request.service, request.operation)
        if wanted not in self._found:
            self._found[wanted] = tuple(hook.run for hook in self._hooks if hook.applies(*wanted))
        return self._found[wanted]
