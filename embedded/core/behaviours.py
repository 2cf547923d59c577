"""How a behaviour of AWS is put around moto from outside, and taken away again.

A behaviour is a module: its docstring is the fact, its `BEHAVIOUR` gathers what it does. It can stand
before a call (`gate`), answer in moto's stead (`instead`), look at the answer (`after`), or wrap a function of moto
(`patch`). Everything it stands on in moto is named, with the parameters that moto gave it when this was written, so
that a moto whose seams moved is refused at start, by name, instead of behaving like something that is not AWS.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib
import inspect
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Generic, TypeVar

from embedded.core.call import Answer, Call

Gate = Callable[[Call], Answer | None]
After = Callable[[Call, Answer], Answer]
F = TypeVar("F")
EVERY_SERVICE = "*"


class SeamMoved(RuntimeError):
    """moto no longer has what a behaviour stands on; the message names the behaviour, the seam and both signatures."""


@dataclasses.dataclass(frozen=True)
class Hook(Generic[F]):
    service: str
    operations: frozenset[str]
    run: F

    def meets(self, call: Call) -> bool:
        return self.service in (call.service, EVERY_SERVICE) and (
            not self.operations or call.operation in self.operations
        )


@dataclasses.dataclass(frozen=True)
class Patch:
    target: str
    parameters: str
    wrapper: Callable[..., Any]

    def place(self) -> tuple[Any, str]:
        module, _, path = self.target.partition(":")
        owner: Any = importlib.import_module(module)
        *parents, name = path.split(".")
        for parent in parents:
            owner = getattr(owner, parent)
        return owner, name


class Behaviour:
    """What one module adds to moto. `name` is how errors and the parity table call it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.gates: list[Hook[Gate]] = []
        self.stand_ins: list[Hook[Callable[[Call], Answer]]] = []
        self.afters: list[Hook[After]] = []
        self.patches: list[Patch] = []
        self.seams: list[Patch] = []

    def without(self, *runs: Callable[..., Any]) -> Behaviour:
        """The same behaviour, lacking some of its hooks: an AWS that is wrong in one place."""
        lacking = Behaviour(self.name)
        lacking.gates = [hook for hook in self.gates if hook.run not in runs]
        lacking.stand_ins = [hook for hook in self.stand_ins if hook.run not in runs]
        lacking.afters = [hook for hook in self.afters if hook.run not in runs]
        lacking.patches = [patch for patch in self.patches if patch.wrapper not in runs]
        lacking.seams = list(self.seams)
        return lacking

    def gate(self, service: str, *operations: str) -> Callable[[Gate], Gate]:
        """Run before moto sees the call; raise `AwsError` to refuse, return an `Answer` to answer, `None` to let
        pass.
        """
        return lambda run: _added(self.gates, Hook(service, frozenset(operations), run))

    def instead(self, service: str, *operations: str) -> Callable[[Callable[[Call], Answer]], Callable[[Call], Answer]]:
        """Answer in moto's stead, after all gates let the call pass."""
        return lambda run: _added(self.stand_ins, Hook(service, frozenset(operations), run))

    def after(self, service: str, *operations: str) -> Callable[[After], After]:
        """See every answer that was served, and return it, changed or not."""
        return lambda run: _added(self.afters, Hook(service, frozenset(operations), run))

    def patch(self, target: str, parameters: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Wrap moto's `package.module:Class.function`, whose parameters are expected to be named as given.

        The wrapper receives the original first. A property of moto is wrapped by its getter.
        """

        def wrap(wrapper: Callable[..., Any]) -> Callable[..., Any]:
            self.patches.append(Patch(target, parameters, wrapper))
            return wrapper

        return wrap

    def stands_on(self, target: str, parameters: str) -> None:
        """Name a function or class of moto that is called, not wrapped; it is checked as what is wrapped is."""
        self.seams.append(Patch(target, parameters, _as_it_is))

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Put the patches around moto; undone on exit. Raises `SeamMoved` before anything is touched."""
        for seam in self.seams:
            _Checked(seam).place_or_refuse(self.name)
        places = [(patch, *patch.place_or_refuse(self.name)) for patch in map(_Checked, self.patches)]
        with ExitStack() as undo:
            for patch, owner, name, original in places:
                undo.callback(setattr, owner, name, original)
                setattr(owner, name, patch.around(original))
            yield


def _as_it_is(original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    return original(*args, **kwargs)


@dataclasses.dataclass(frozen=True)
class _Checked:
    patch: Patch

    def place_or_refuse(self, behaviour: str) -> tuple[Any, str, Any]:
        try:
            owner, name = self.patch.place()
            original = inspect.getattr_static(owner, name)
            function: Any = original.fget if isinstance(original, property) else original
            found = ", ".join(inspect.signature(function).parameters)
        except (ImportError, AttributeError, TypeError) as absent:
            raise SeamMoved(
                f"the behaviour '{behaviour}' stands on moto's {self.patch.target}, "
                f"which this moto does not have: {absent}"
            ) from absent
        if found != self.patch.parameters:
            raise SeamMoved(
                f"the behaviour '{behaviour}' stands on moto's {self.patch.target}({self.patch.parameters}), "
                f"but this moto has ({found})"
            )
        return owner, name, original

    def around(self, original: Any) -> Any:
        wrapper = self.patch.wrapper
        if isinstance(original, property):
            getter = original.fget
            return property(lambda this: wrapper(getter, this), original.fset)

        @functools.wraps(original)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            return wrapper(original, *args, **kwargs)

        return wrapped


def _added(hooks: list[Hook[F]], hook: Hook[F]) -> F:
    hooks.append(hook)
    return hook.run


@contextmanager
def installed(behaviours: Iterable[Behaviour]) -> Iterator[None]:
    """All behaviours together; each checks its seams as it is put on, and all are undone together."""
    with ExitStack() as stack:
        for behaviour in behaviours:
            stack.enter_context(behaviour.installed())
        yield
