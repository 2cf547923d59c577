"""What the requests of one embedded AWS share: settings, clock, credentials, locks, and the state of the services."""

from __future__ import annotations

import contextvars
import dataclasses
import datetime
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary, WeakSet

from embedded.core.credentials import CredentialStore, Student
from embedded.core.partition import serve_region

State = TypeVar("State")
Value = TypeVar("Value")
_backdated: contextvars.ContextVar[float | None] = contextvars.ContextVar("backdated", default=None)


@dataclasses.dataclass(frozen=True)
class Settings:
    """The accounts of an embedded AWS, and how fast and how well it works. All times are in seconds.

    `latency` is added to each request. CloudTrail shows an event after `event_delay`, plus up to `event_jitter`. S3 and
    EBS use a key's old state for `key_delay`. EC2 changes a state within `transition`, or within the time that
    `transitions` has for this kind of change (`embedded.services.ec2.transitions.Change`). The accounts' credentials
    are valid for `session`. Reads may be older than the last write for `stale`. `fault_rate` is the share of requests
    that fail, from 0 to 1; some of them get no response for `silence`. With `lab_completed` the students have done the
    lab. `guardrails` are names of `embedded.practice.guardrails`.
    """

    region: str = "us-east-1"
    seed: int = 0
    students: int = 1
    latency: float = 0.0
    event_delay: float = 0.0
    key_delay: float = 0.0
    transition: float = 0.02
    transitions: Mapping[str, float] = dataclasses.field(default_factory=dict)
    session: float = 12 * 3600
    event_jitter: float = 0.0
    stale: float = 0.0
    fault_rate: float = 0.0
    silence: float = 30.0
    lab_completed: bool = False
    guardrails: tuple[str, ...] = ()


class Environment:
    """The surroundings of a request. `clock` returns seconds since the epoch."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        self.settings = settings
        serve_region(settings.region)
        self._clock, self._advanced = clock, 0.0
        self.credentials = CredentialStore(self.now, settings.seed, settings.students, settings.session)
        self._states: dict[Callable[[Environment], Any], Any] = {}
        self._state_lock = threading.RLock()
        self._account_locks: dict[str, threading.RLock] = {}

    @property
    def students(self) -> tuple[Student, ...]:
        return self.credentials.students

    def now(self) -> float:
        """Return the time of this AWS, in seconds since the epoch."""
        backdated = _backdated.get()
        return self._clock() + self._advanced if backdated is None else backdated

    @property
    def is_backdated(self) -> bool:
        """Whether this thread makes requests that are dated before now."""
        return _backdated.get() is not None

    @staticmethod
    @contextmanager
    def backdated(timestamp: float) -> Iterator[None]:
        """Let `now` return another time in this thread."""
        token = _backdated.set(timestamp)
        try:
            yield
        finally:
            _backdated.reset(token)

    def advance_clock(self, seconds: float) -> None:
        """Move the clock forward without waiting; a negative number moves it back."""
        self._advanced += seconds

    def state(self, kind: Callable[[Environment], State]) -> State:
        """Return the one instance of a class of state; the first call creates it with this environment."""
        if kind not in self._states:
            with self._state_lock:
                if kind not in self._states:
                    self._states[kind] = kind(self)
        return cast("State", self._states[kind])

    @contextmanager
    def locked(self, accounts: Iterable[str]) -> Iterator[None]:
        """Serve no other request that uses the state of one of these accounts.

        Locks are taken in the order of the account numbers, so that two requests never wait for each other.
        """
        held: list[threading.RLock] = []
        try:
            for account in sorted(set(accounts)):
                lock = self._account_locks.get(account) or self._account_locks.setdefault(account, threading.RLock())
                lock.acquire()
                held.append(lock)
            yield
        finally:
            for lock in reversed(held):
                lock.release()

    def complete_lab(self, account: str) -> None:
        """Do the lab in an account whose student has done it. Called before each request, without a lock."""

    def seed_account(self, account: str, service: str) -> None:
        """Create what an account holds in a service from the start. Called before each request, under its lock."""


class ObjectState(WeakKeyDictionary[Any, Value]):
    """A class of state that has a value for each of some objects of moto. A value disappears with its object."""

    def __init__(self, aws: Environment) -> None:
        super().__init__()


class ObjectSet(WeakSet[Any]):
    """A class of state that marks some objects of moto."""

    def __init__(self, aws: Environment) -> None:
        super().__init__()


def moto_datetime(timestamp: float) -> datetime.datetime:
    """Return a time as moto keeps it: in UTC, without a time zone."""
    return datetime.datetime.fromtimestamp(timestamp, datetime.UTC).replace(tzinfo=None)
