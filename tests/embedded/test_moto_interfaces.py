"""The functions of moto that behaviours wrap and call: refused by name if they changed, and left as they were.

moto keeps its state once a process, so a whole embedded AWS is started here in a process of its own.
"""

from __future__ import annotations

import inspect
import multiprocessing
import socket
import sys
import types
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any, TypeVar

import boto3
import pytest

from embedded.aws import BEHAVIOURS, EmbeddedAWS
from embedded.core.behaviours import Behaviour, installed
from embedded.core.dispatch import MOTO_INTERFACES
from embedded.core.patches import MotoInterface, MotoInterfaceChanged, Patch

T = TypeVar("T")
INTERFACES = [
    interface
    for each in (MOTO_INTERFACES, *BEHAVIOURS)
    for interface in (*each.required, *(patch.interface for patch in each.patches))
]
WRAPPED = [patch.interface for behaviour in BEHAVIOURS for patch in behaviour.patches]


def alone(act: Callable[..., T], *given: Any) -> T:
    """The result of a function of this module, from a process that nobody used before."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(act, *given).result(timeout=120)


# Behaviours around a package that is none of moto's


class Engine:
    def greet(self, name: str) -> str:
        return f"hello {name}"

    @property
    def mood(self) -> str:
        return "calm"


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """A package with a class, to stand around."""
    module = types.ModuleType("engine_room")
    monkeypatch.setattr(module, "Engine", type("Engine", (Engine,), dict(vars(Engine))), raising=False)
    monkeypatch.setitem(sys.modules, "engine_room", module)
    return module


def around(target: str, parameters: str, name: str = "louder") -> Behaviour:
    """A behaviour that makes a text louder."""
    behaviour = Behaviour(name)

    @behaviour.patch(f"engine_room:{target}", parameters)
    def louder(original: Callable[..., str], *args: Any) -> str:
        return original(*args).upper()

    return behaviour


def test_a_behaviour_stands_around_a_method_and_a_property(package):
    """While it is installed, and no longer."""
    before = dict(vars(package.Engine))
    with installed([around("Engine.greet", "self, name"), around("Engine.mood", "self")]):
        assert (package.Engine().greet("ann"), package.Engine().mood) == ("HELLO ANN", "CALM")
    assert dict(vars(package.Engine)) == before


@pytest.mark.parametrize(
    ("target", "parameters", "said"),
    [
        ("Engine.greet", "self, other", r"engine_room:Engine.greet\(self, other\), but this moto has \(self, name\)"),
        ("Engine.wave", "self", "engine_room:Engine.wave, which this moto does not have"),
        ("Motor.greet", "self, name", "engine_room:Motor.greet, which this moto does not have"),
    ],
)
def test_a_changed_function_is_named(package, target, parameters, said):
    """With the behaviour, the expected parameters and those found."""
    with (
        pytest.raises(MotoInterfaceChanged, match=f"the behaviour 'louder' needs moto's {said}"),
        installed([around(target, parameters)]),
    ):
        pass


def test_a_module_that_is_gone_is_named():
    """An import that fails counts as a changed function."""
    with (
        pytest.raises(MotoInterfaceChanged, match="engine_room:Engine\\.greet, which this moto"),
        installed([around("Engine.greet", "self, name")]),
    ):
        pass


def test_what_was_put_on_is_taken_off_when_a_later_behaviour_is_refused(package):
    """Nothing stays half installed, neither of the refused behaviour nor of those before it."""
    before = dict(vars(package.Engine))
    refused = around("Engine.mood", "self", "second")
    absent = MotoInterface("second", "engine_room:Engine.wave", "self")
    refused.patches.append(Patch(absent, lambda original, this: original(this)))
    with (
        pytest.raises(MotoInterfaceChanged, match="'second'"),
        installed([around("Engine.greet", "self, name"), refused]),
    ):
        pass
    assert dict(vars(package.Engine)) == before


def test_what_was_put_on_is_taken_off_when_the_work_within_fails(package):
    """An exception inside leaves the originals too."""
    before = dict(vars(package.Engine))
    with pytest.raises(ZeroDivisionError), installed([around("Engine.greet", "self, name")]):
        _ = 1 / 0
    assert dict(vars(package.Engine)) == before


# The behaviours around moto


def found_in_moto() -> list[Any]:
    """Return moto's functions as they are now."""
    return [inspect.getattr_static(*interface.find()) for interface in INTERFACES]


def found_wrapped() -> list[Any]:
    """Return the functions that are wrapped, as they are now."""
    return [inspect.getattr_static(*interface.find()) for interface in WRAPPED]


def interfaces_changed_one_by_one() -> tuple[list[str], bool]:
    """Return the error of a start with one function changed, for each function; and whether all is as before."""
    before = found_in_moto()
    said = []
    for interface in INTERFACES:
        owner, name = interface.find()
        original = inspect.getattr_static(owner, name)
        setattr(owner, name, lambda somewhere_else: None)
        try:
            with EmbeddedAWS():
                said.append("started")
        except MotoInterfaceChanged as moved:
            said.append(str(moved))
        finally:
            setattr(owner, name, original)
    return said, found_in_moto() == before


def test_a_moto_with_one_function_changed_is_refused_at_start():
    """Whichever function it is: the error names it and the behaviour, and moto is left as it was."""
    said, as_before = alone(interfaces_changed_one_by_one)
    for message, interface in zip(said, INTERFACES, strict=True):
        users = [each.behaviour for each in INTERFACES if each.target == interface.target]
        wanted = f"needs moto's {interface.target}({interface.parameters})"
        assert any(f"'{behaviour}' {wanted}" in message for behaviour in users)
        assert "but this moto has (somewhere_else)" in message
    assert as_before


def started_and_left() -> dict[str, Any]:
    """What is seen of an embedded AWS that was started, used and left, and of the next one."""
    before = found_wrapped()
    with EmbeddedAWS() as aws:
        during = [mine is found for mine, found in zip(before, found_wrapped(), strict=True)]
        kms_of(aws).create_key()
        first = len(kms_of(aws).list_keys()["Keys"])
        endpoint = aws.endpoint
    after = [mine is found for mine, found in zip(before, found_wrapped(), strict=True)]
    try:
        urllib.request.urlopen(endpoint, timeout=5)
        listening = True
    except urllib.error.URLError:
        listening = False
    from moto.core.base_backend import BackendDict

    backends = len(BackendDict._instances)  # noqa: SLF001  # moto has no other list of them
    with EmbeddedAWS() as again:
        second = len(kms_of(again).list_keys()["Keys"])
    return {
        "originals during": any(during),
        "originals after": all(after),
        "keys": (first, second),
        "listening": listening,
        "backends": backends,
    }


def kms_of(aws: EmbeddedAWS) -> Any:
    named = aws.students[0]
    return boto3.client(
        "kms",
        endpoint_url=aws.endpoint,
        region_name="us-east-1",
        aws_access_key_id=named.access_key_id,
        aws_secret_access_key=named.secret_access_key,
        aws_session_token=named.session_token,
    )


def test_leaving_undoes_everything_and_forgets_the_state():
    """moto's functions are the originals again, nothing listens, and the next one begins with no key."""
    assert alone(started_and_left) == {
        "originals during": False,
        "originals after": True,
        "keys": (1, 0),
        "listening": False,
        "backends": 0,
    }


def refused_for_its_port() -> tuple[bool, bool]:
    """Whether a taken port refused the start, and whether moto's functions are the originals after it."""
    before = found_in_moto()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        try:
            with EmbeddedAWS(port=taken.getsockname()[1]):
                refused = False
        except OSError:
            refused = True
    return refused, found_in_moto() == before


def test_a_start_that_fails_at_its_port_leaves_moto_as_it_was():
    """Behaviours that were installed by then are undone."""
    assert alone(refused_for_its_port) == (True, True)
