"""Who is who: accounts apart, each with the lab's role session, and whatever users and sessions its clients make.

Facts: `aws-behaviour.md` §9.1 (`assumed-role/voclabs/user…=…`, the role behind the session), §5.2 (`userIdentity`).
A session's caller ARN is `arn:aws:sts::<account>:assumed-role/<role>/<session>`; its unique id is the role's, a colon
and the session's name.
"""

from __future__ import annotations

import dataclasses
import hashlib
import random
import string
import threading
from collections.abc import Callable
from typing import Any

from embedded.core.call import PARTITION, Caller

LAB_ROLE = "voclabs"
ID_LETTERS = string.ascii_uppercase + "234567"


@dataclasses.dataclass(frozen=True)
class Credential:
    """A key that signs. `session_token` is empty for a user's own key; `expires` is 0 where it does not."""

    access_key_id: str
    secret_access_key: str
    session_token: str
    caller: Caller
    expires: float = 0.0


@dataclasses.dataclass(frozen=True)
class Student:
    """An account of the practice server, as its line of JSON tells it."""

    student: str
    account: str
    access_key_id: str
    secret_access_key: str
    session_token: str
    bucket: str

    def as_json(self) -> dict[str, str]:
        told = dataclasses.asdict(self)
        del told["bucket"]
        return told


class Identities:
    """All keys that sign, of all accounts. Thread-safe."""

    def __init__(self, now: Callable[[], float], seed: int, students: int, seconds: float) -> None:
        self.now = now
        self._random = random.Random(seed)  # noqa: S311  # repeatable practice accounts
        self._lock = threading.Lock()
        self._credentials: dict[str, Credential] = {}
        self.students = tuple(self._student(number, seconds) for number in range(1, students + 1))
        self.by_account = {student.account: student for student in self.students}
        self.bucket_owners = {student.bucket: student.account for student in self.students}

    def credential(self, access_key_id: str) -> Credential | None:
        """The key by its id; IAM users' keys are looked up where moto keeps them."""
        return self._credentials.get(access_key_id) or self._of_a_user(access_key_id)

    def session(self, role: Any, name: str, seconds: float, policy: str = "") -> Credential:
        """New credentials for a session of an IAM role (moto's object), valid from now for some seconds."""
        role_arn = f"arn:{PARTITION}:iam::{role.account_id}:role{role.path}{role.name}"
        caller = self._session_caller(role.account_id, role.name, role_arn, role.id, name, policy)
        return self._issue(caller, seconds)

    def user_session(self, caller: Caller, seconds: float) -> Credential:
        """GetSessionToken: the same principal with temporary credentials."""
        return self._issue(dataclasses.replace(caller, session_started=self.now()), seconds)

    def console_session(self, student: Student, seconds: float) -> Credential:
        """The student's own session at the console: the same role and session name, another access key."""
        signed_in = self._credentials[student.access_key_id].caller
        return self._issue(dataclasses.replace(signed_in, session_started=self.now(), from_console=True), seconds)

    def _issue(self, caller: Caller, seconds: float) -> Credential:
        with self._lock:
            key_id = "ASIA" + self._letters(16)
            secret, token = self._secret(40), "IQoJb3JpZ2luX2Vj" + self._secret(256)
            caller = dataclasses.replace(caller, access_key_id=key_id)
            credential = Credential(key_id, secret, token, caller, self.now() + seconds)
            self._credentials[key_id] = credential
        return credential

    def _session_caller(
        self, account: str, role: str, role_arn: str, role_id: str, session: str, policy: str = ""
    ) -> Caller:
        return Caller(
            "AssumedRole",
            account,
            f"arn:{PARTITION}:sts::{account}:assumed-role/{role}/{session}",
            f"{role_id}:{session}",
            name=role,
            session_name=session,
            role_arn=role_arn,
            session_started=self.now(),
            session_policy=policy,
        )

    def _student(self, number: int, seconds: float) -> Student:
        name = f"student-{number:03}"
        account = (
            "123456789012" if number == 1 else f"{self._random.randrange(2, 10)}{self._random.randrange(10**11):011}"
        )
        role_arn = f"arn:{PARTITION}:iam::{account}:role/{LAB_ROLE}"
        session = f"user{self._random.randrange(10**6, 10**7)}={name}"
        caller = self._session_caller(account, LAB_ROLE, role_arn, lab_role_id(account), session)
        credential = self._issue(caller, seconds)
        digest = hashlib.sha256(f"{account}{credential.access_key_id}".encode()).hexdigest()[:12]
        bucket = f"c{number:03}-imagebucket-{digest}"
        return Student(
            name, account, credential.access_key_id, credential.secret_access_key, credential.session_token, bucket
        )

    def _of_a_user(self, access_key_id: str) -> Credential | None:
        from moto.iam.models import iam_backends

        for account in list(iam_backends):
            backend = iam_backends[account][PARTITION]
            key = backend.access_keys.get(access_key_id)
            if key is None or key.status != "Active" or not key.user_name:
                continue
            user = backend.users[key.user_name]
            caller = Caller("IAMUser", account, user.arn, user.id, access_key_id, name=user.name)
            return Credential(access_key_id, key.secret_access_key, "", caller)
        return None

    def _letters(self, count: int) -> str:
        return "".join(self._random.choices(ID_LETTERS, k=count))

    def _secret(self, count: int) -> str:
        return "".join(self._random.choices(string.ascii_letters + string.digits + "+/", k=count))


def lab_role_id(account: str) -> str:
    """The lab role's unique id: the same at every start, so that recorded policies keep their meaning."""
    digest = hashlib.sha256(account.encode()).digest()
    return "AROA" + "".join(ID_LETTERS[byte % len(ID_LETTERS)] for byte in digest[:17])
