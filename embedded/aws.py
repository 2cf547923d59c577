"""The embedded AWS: moto with the behaviours that it lacks, served on loopback to any client.

There is one at a time in a process, because moto keeps its state in one place. Starting installs the behaviours and
starts an HTTP server; leaving undoes both and forgets the state.
"""

from __future__ import annotations

import contextvars
import dataclasses
import datetime
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Self

from embedded import fault_injection as weather
from embedded.audit import history
from embedded.audit import records as recorder
from embedded.core import dates
from embedded.core import moto_imports as economy
from embedded.core.behaviours import Behaviour, installed
from embedded.core.call import Answer
from embedded.core.credentials import Identities, Student
from embedded.core.inprocess_client import Console
from embedded.core.moto_imports import frugal_imports, import_frugally
from embedded.core.server import FRONT, Server
from embedded.practice.console_user import AGO_MINUTES
from embedded.practice.lab_account import LAYOUTS
from embedded.practice.scenarios import drawn, play
from embedded.services.cloudtrail import trails
from embedded.services.ec2 import ebs_defaults as ebs_settings
from embedded.services.ec2 import idempotency as ec2_tokens
from embedded.services.ec2 import instances as ec2_instances
from embedded.services.ec2 import root_volume_replacement as ec2_root_replacement
from embedded.services.ec2 import transitions as ec2_transitions
from embedded.services.ec2 import volume_encryption as ebs_encryption
from embedded.services.ec2 import volumes as ebs_volumes
from embedded.services.iam import authorization as permissions
from embedded.services.iam import simulation as iam_documents
from embedded.services.kms import aliases as kms_aliases
from embedded.services.kms import aws_managed_keys as kms_managed
from embedded.services.kms import data_key_pairs as kms_data_keys
from embedded.services.kms import grants as kms_grants
from embedded.services.kms import key_policies as kms_policies
from embedded.services.kms import key_states as kms_states
from embedded.services.kms import keys as kms_keys
from embedded.services.kms import rotation as kms_rotation
from embedded.services.s3 import authorization as s3_access
from embedded.services.s3 import buckets as s3_buckets
from embedded.services.s3 import customer_keys as s3_customer_keys
from embedded.services.s3 import encryption as s3_encryption
from embedded.services.servicequotas import quotas
from embedded.services.sts import sessions as sts

BEHAVIOURS: tuple[Behaviour, ...] = tuple(
    module.BEHAVIOUR
    for module in (
        economy,
        dates,
        kms_keys,
        kms_aliases,
        kms_managed,
        kms_grants,
        kms_policies,
        kms_states,
        kms_rotation,
        kms_data_keys,
        s3_buckets,
        s3_access,
        trails,
        s3_customer_keys,
        s3_encryption,
        permissions,
        iam_documents,
        ec2_transitions,
        ebs_encryption,
        ebs_volumes,
        ebs_settings,
        ec2_instances,
        ec2_root_replacement,
        ec2_tokens,
        quotas,
        sts,
        history,
        recorder,
    )
)
"""In the order in which they see a call: which thing is meant, who may, in which state it is."""

_moment: contextvars.ContextVar[float | None] = contextvars.ContextVar("moment", default=None)

TOUCHED = (
    "moto.kms.responses",
    "moto.s3.responses",
    "moto.s3control.models",
    "moto.iam.responses",
    "moto.sts.responses",
)


@dataclasses.dataclass(frozen=True)
class Settings:
    """How fast this AWS is, in seconds.

    `transition` is how long EC2 takes to change a state, `session` how long the accounts' credentials last.
    `event_jitter` is how much later than the delay an event may show, some of them twice; `stale` for how long reads
    may be older than a write. `fault_rate` is the share of calls that fail (`weather`); some of those get no answer
    for the time of a `silence`. `played` gives the students
    work that they have done (`stories`).
    """

    region: str = "us-east-1"
    seed: int = 0
    students: int = 1
    latency: float = 0.0
    event_delay: float = 0.0
    key_delay: float = 0.0
    transition: float = 0.02
    session: float = 12 * 3600
    event_jitter: float = 0.0
    stale: float = 0.0
    fault_rate: float = 0.0
    silence: float = 30.0
    played: bool = False


class EmbeddedAWS:
    """A context manager; `endpoint` and `students` say where and as whom to call.

    `clock` gives seconds since the epoch; `turn` moves it forward without waiting.
    """

    def __init__(
        self,
        settings: Settings = Settings(),
        *,
        port: int = 0,
        behaviours: Iterable[Behaviour] = BEHAVIOURS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.settings = settings
        self.behaviours = weather.around(settings, behaviours)
        self._clock, self._turned = clock, 0.0
        self.history = history.History(settings.seed, settings.event_jitter)
        self.transitions = ec2_transitions.Transitions()
        self.client_tokens: dict[tuple[str, str], dict[tuple[str, str], tuple[str, Answer]]] = defaultdict(dict)
        self.bucket_keys: dict[tuple[str, str, str, str], float] = {}
        self.identities = Identities(self.now, settings.seed, settings.students, settings.session)
        self._playing: dict[str, threading.Lock] = {each.account: threading.Lock() for each in self.students}
        self.played: set[str] = set()
        self._laid_out: set[tuple[str, str]] = set()
        self._layout_lock = threading.RLock()
        self._server = Server(self, port)
        self.console = Console(self._server.serve, settings.region)
        self._undo = ExitStack()

    def __enter__(self) -> Self:
        for module in TOUCHED:
            import_frugally(module)
        with ExitStack() as started:
            with frugal_imports():
                started.enter_context(installed((FRONT, *self.behaviours)))
            started.callback(self._forget)
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

    @property
    def students(self) -> tuple[Student, ...]:
        return self.identities.students

    def now(self) -> float:
        """Seconds since the epoch, by this AWS's clock."""
        moment = _moment.get()
        return self._clock() + self._turned if moment is None else moment

    @property
    def in_the_past(self) -> bool:
        """Whether this thread does work that was done before now."""
        return _moment.get() is not None

    @staticmethod
    @contextmanager
    def at(moment: float) -> Iterator[None]:
        """For this thread, let it be another moment: work that was done before now."""
        before = _moment.set(moment)
        try:
            yield
        finally:
            _moment.reset(before)

    def turn(self, seconds: float) -> None:
        """Let time pass at once."""
        self._turned += seconds

    def datetime(self, moment: float) -> datetime.datetime:
        """A moment in the form in which moto keeps its dates: UTC, without a zone."""
        return datetime.datetime.fromtimestamp(moment, datetime.UTC).replace(tzinfo=None)

    def lay_out(self, account: str, service: str) -> None:
        """Put what a lab account starts with in its place, the first time that the service is called for; before that,
        where students have played, what this one did.
        """
        student = self.identities.by_account.get(account)
        if student is not None and self.settings.played and not self.in_the_past:
            self._play(student)
        if student is None or service not in LAYOUTS or (account, service) in self._laid_out:
            return
        with self._layout_lock:
            if (account, service) not in self._laid_out:
                LAYOUTS[service](student, self.settings.region)
                self._laid_out.add((account, service))

    def _play(self, student: Student) -> None:
        with self._playing[student.account]:
            if student.account in self.played:
                return
            late = (self.settings.event_delay + self.settings.event_jitter) / 60
            play(self, student, drawn(student, self.settings.seed), ago=AGO_MINUTES + late)

    def lay_out_bucket(self, bucket: str) -> None:
        """The same for the account to which a lab's bucket belongs."""
        self.lay_out(self.identities.bucket_owners.get(bucket, ""), "s3")

    @staticmethod
    def _forget() -> None:
        """Drop moto's state; its own reset would lay out every account again."""
        backends = import_frugally("moto.core.base_backend").BackendDict._instances
        for backend in list(backends):
            backend.clear()
        backends.clear()
        import_frugally("moto.s3.models").s3_backends.bucket_accounts.clear()
