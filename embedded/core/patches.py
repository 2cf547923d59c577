"""Functions and classes of moto that behaviours wrap or call, checked before use and restored afterwards.

Each is named together with its parameters. A moto whose function has other parameters is refused at start, by name:
an emulator that silently lost a behaviour would answer unlike AWS.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib
import inspect
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any


class MotoInterfaceChanged(RuntimeError):  # noqa: N818  # says what happened, as KeyboardInterrupt does
    """moto lacks a function that a behaviour needs, or the function has other parameters."""


@dataclasses.dataclass(frozen=True)
class MotoInterface:
    """A function, class or property of moto: `package.module:Class.function`, and the names of its parameters.

    `behaviour` is the name of the behaviour that needs it.
    """

    behaviour: str
    target: str
    parameters: str

    def find(self) -> tuple[Any, str]:
        """Return the module or class that has it, and its name there. Raises `ImportError` or `AttributeError`."""
        module, _, path = self.target.partition(":")
        owner: Any = importlib.import_module(module)
        *parents, name = path.split(".")
        for parent in parents:
            owner = getattr(owner, parent)
        return owner, name

    def check(self) -> tuple[Any, str, Any]:
        """Return where it is, its name and itself. Raises `MotoInterfaceChanged` if it is not as expected."""
        try:
            owner, name = self.find()
            original = inspect.getattr_static(owner, name)
            function: Any = original.fget if isinstance(original, property) else original
            found = ", ".join(inspect.signature(function).parameters)
        except (ImportError, AttributeError, TypeError) as absent:
            raise MotoInterfaceChanged(
                f"the behaviour '{self.behaviour}' needs moto's {self.target}, which this moto does not have: {absent}"
            ) from absent
        if found != self.parameters:
            raise MotoInterfaceChanged(
                f"the behaviour '{self.behaviour}' needs moto's {self.target}({self.parameters}), "
                f"but this moto has ({found})"
            )
        return owner, name, original


@dataclasses.dataclass(frozen=True)
class Patch:
    """A wrapper around a function of moto. The wrapper receives the original first."""

    interface: MotoInterface
    wrapper: Callable[..., Any]

    def around(self, original: Any) -> Any:
        """Return the wrapped function, or the property with its getter wrapped."""
        wrapper = self.wrapper
        if isinstance(original, property):
            getter = original.fget
            return property(lambda this: wrapper(getter, this), original.fset)

        @functools.wraps(original)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            return wrapper(original, *args, **kwargs)

        return wrapped


@contextmanager
def patched(patches: Iterable[Patch]) -> Iterator[None]:
    """Wrap functions of moto, and restore them on exit. Raises `MotoInterfaceChanged` and leaves nothing wrapped."""
    with ExitStack() as restore:
        for patch in patches:
            owner, name, original = patch.interface.check()
            setattr(owner, name, patch.around(original))
            restore.callback(setattr, owner, name, original)
        yield
