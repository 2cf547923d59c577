"""The tasks of the lab's handout as a student does them, and how other work is made of them.

Facts: LAB-11 to LAB-17.
"""

from __future__ import annotations

from collections.abc import Callable

from embedded.practice.console_user import ConsoleUser

Steps = Callable[[ConsoleUser], object]


def make_key(user: ConsoleUser) -> None:
    """Do task 1."""
    user.create_key()
    user.wait(user.random.uniform(1, 3))


def store(user: ConsoleUser) -> None:
    """Do task 2."""
    user.upload()
    user.wait(user.random.uniform(1, 3))


def open_to_the_public(user: ConsoleUser) -> None:
    """Do task 3."""
    user.open_object_url()
    user.open_bucket()
    user.make_public()
    user.open_object_url()
    user.wait(user.random.uniform(1, 2))


def read(user: ConsoleUser) -> None:
    """Do tasks 4 and 5."""
    user.open_in_console()
    user.wait(user.random.uniform(3, 6))
    user.look_up_events()


def encrypt(user: ConsoleUser) -> None:
    """Do task 6."""
    user.encrypt_root()
    user.wait(user.random.uniform(1, 3))


def disable_and_enable(user: ConsoleUser) -> None:
    """Do task 7."""
    user.disable_and_enable_key()


TASKS: tuple[Steps, ...] = (make_key, store, open_to_the_public, read, encrypt, disable_and_enable)


def in_turn(*steps: Steps) -> Steps:
    """Combine steps into one that takes them in turn."""

    def take_all(user: ConsoleUser) -> None:
        for step in steps:
            step(user)

    return take_all


def instead(task: Steps, *steps: Steps) -> Steps:
    """Return all tasks, with other steps instead of one of them."""
    return in_turn(*(in_turn(*steps) if each is task else each for each in TASKS))


def until(task: Steps) -> Steps:
    """Return the tasks before one, which is not done."""
    return in_turn(*TASKS[: TASKS.index(task)])
