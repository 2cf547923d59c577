"""The embedded AWS: moto with the behaviours that it lacks, served on loopback to any client.

Only one runs in a process at a time: moto keeps its state in one place. Starting installs the behaviours and starts the
HTTP server; leaving undoes both and clears moto's state.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from embedded import audit, core
from embedded.core.behaviours import Behaviour, installed
from embedded.core.credentials import Student
from embedded.core.dispatch import MOTO_INTERFACES, Dispatcher
from embedded.core.environment import Environment, Settings
from embedded.core.inprocess_client import InProcessClients
from embedded.core.moto_imports import import_lazily, lazy_imports
from embedded.core.partition import serve_region
from embedded.core.server import Server
from embedded.fault_injection import with_faults
from embedded.practice.console_session import STARTED_MINUTES_AGO
from embedded.practice.console_user import ConsoleUser
from embedded.practice.guardrails import set_up as set_up_guardrails
from embedded.practice.lab_account import SEEDERS
from embedded.practice.scenarios import Scenario, choose_scenario
from embedded.services import cloudtrail, ec2, iam, kms, s3, servicequotas, sts

__all__ = ["BEHAVIOURS", "EmbeddedAWS", "Settings"]

BEHAVIOURS: tuple[Behaviour, ...] = tuple(
    behaviour
    for package in (core, audit, iam, sts, kms, s3, ec2, cloudtrail, servicequotas)
    for behaviour in package.BEHAVIOURS
)
"""In any order: phases decide which behaviour sees a request first."""

IMPORTED_AT_START = (
    "moto.kms.responses",
    "moto.s3.responses",
    "moto.s3control.models",
    "moto.iam.responses",
    "moto.sts.responses",
)
_RUNNING = threading.Lock()


class EmbeddedAWS(Environment):
    """A context manager that serves the accounts of `students` at `endpoint`.

    `port=0` takes any free port. `tls` serves HTTPS with this context. `clock` returns seconds since the epoch.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        behaviours: Iterable[Behaviour] = BEHAVIOURS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        settings = settings or Settings()
        super().__init__(settings, clock)
        self.behaviours = with_faults(settings, behaviours)
        dispatcher = Dispatcher(self, self.behaviours)
        self.clients = InProcessClients(dispatcher.serve, settings.region)
        self.completed_accounts: set[str] = set()
        self._completion_locks = {student.account: threading.Lock() for student in self.students}
        self._seeded: set[tuple[str, str]] = set()
        self._server = Server(dispatcher.serve, port=port, latency=settings.latency, tls=tls)
        self._undo = ExitStack()

    def __enter__(self) -> Self:
        if not _RUNNING.acquire(blocking=False):
            raise RuntimeError(
                "an embedded AWS is running in this process already, and moto keeps one state a process: "
                "leave the first one before, or start another process with `python -m embedded`"
            )
        serve_region(self.settings.region)
        with ExitStack() as started:
            started.callback(_RUNNING.release)
            for module in IMPORTED_AT_START:
                import_lazily(module)
            with lazy_imports():
                started.enter_context(installed((MOTO_INTERFACES, *self.behaviours)))
            started.callback(_clear_moto)
            started.enter_context(self._server)
            self._undo = started.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._undo.close()

    @property
    def endpoint(self) -> str:
        return self._server.endpoint

    def seed_account(self, account: str, service: str) -> None:
        student = self.credentials.by_account.get(account)
        if student is not None and (account, service) not in self._seeded:
            if service in SEEDERS:
                SEEDERS[service](student, self.settings.region)
            set_up_guardrails(self.settings.guardrails, service, account, self.settings.region)
            self._seeded.add((account, service))

    def complete_lab(self, account: str) -> None:
        student = self.credentials.by_account.get(account)
        if student is None or not self.settings.lab_completed or self.is_backdated:
            return
        with self._completion_locks[account]:
            if account not in self.completed_accounts:
                late_minutes = (self.settings.event_delay + self.settings.event_jitter) / 60
                scenario = choose_scenario(student, self.settings.seed)
                self.run_scenario(student, scenario, minutes_ago=STARTED_MINUTES_AGO + late_minutes)

    def run_scenario(
        self, student: Student, scenario: Scenario, *, minutes_ago: float = STARTED_MINUTES_AGO
    ) -> ConsoleUser:
        """Let a student do what a scenario says, beginning some minutes ago."""
        self.completed_accounts.add(student.account)
        user = self.console_user(student, minutes_ago=minutes_ago)
        scenario.steps(user)
        return user

    def console_user(self, student: Student, *, minutes_ago: float = STARTED_MINUTES_AGO) -> ConsoleUser:
        """Return a student at the console, who began some minutes ago."""
        return ConsoleUser(self, self.clients, student, minutes_ago=minutes_ago)


def _clear_moto() -> None:
    """Clear moto's state. moto's own reset would create every account's resources again."""
    backends = import_lazily("moto.core.base_backend").BackendDict._instances  # noqa: SLF001  # moto has no other list of them
    for backend in list(backends):
        backend.clear()
    backends.clear()
    import_lazily("moto.s3.models").s3_backends.bucket_accounts.clear()
