"""The lists of behaviours: complete, each with its source, and in any order."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

import pytest

from embedded import services
from embedded.aws import BEHAVIOURS
from embedded.core.behaviours import Behaviour
from tests.embedded import questions
from tests.embedded.question import QUESTIONS, answer
from tests.embedded.world import embedded_worlds

assert questions
SERVICES = [each.name for each in pkgutil.iter_modules(services.__path__)]


def modules(service: str) -> list[ModuleType]:
    """The modules of a service's package."""
    package = importlib.import_module(f"embedded.services.{service}")
    names = [each.name for each in pkgutil.iter_modules(package.__path__, f"{package.__name__}.")]
    return [importlib.import_module(name) for name in names]


def defined(module: ModuleType) -> set[Behaviour]:
    return {value for value in vars(module).values() if isinstance(value, Behaviour)}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_lists_each_behaviour_of_its_modules(service: str):
    """Add it to `BEHAVIOURS` in the `__init__` of the package, and the package to `embedded.aws`."""
    package = importlib.import_module(f"embedded.services.{service}")
    assert set(package.BEHAVIOURS) == {each for module in modules(service) for each in defined(module)}
    assert set(package.BEHAVIOURS) <= set(BEHAVIOURS)


@pytest.mark.parametrize("service", SERVICES)
def test_a_behaviour_states_its_facts(service: str):
    """The docstring of its module names what AWS does, and where that is known from."""
    for module in modules(service):
        if defined(module):
            assert "Fact" in (module.__doc__ or ""), module.__name__


def test_questions_are_answered_alike_in_the_reverse_order():
    """Services may be listed in any order, and so may the behaviours of a service: one of each, and a third of all."""
    sample = [*{each.behaviour: each for each in QUESTIONS}.values(), *QUESTIONS[::3]]
    with embedded_worlds(BEHAVIOURS[::-1]) as worlds:
        answers = {question.id: answer(question, next(worlds)) for question in sample}
    assert answers == {question.id: question.aws for question in sample}
