"""The accounts, and the credentials of their roles, users and sessions.

Facts: STS-01, STS-02, LAB-01, CT-20, CT-27.
"""

from __future__ import annotations

import dataclasses
import hashlib
import random
import string
import threading
from collections.abc import Callable
from typing import Any

from embedded.core.partition import partition
from embedded.core.principal import Principal, PrincipalKind

LAB_ROLE = "voclabs"
ID_LETTERS = string.ascii_uppercase + "234567"
FIRST_ACCOUNT = "123456789012"


@dataclasses.dataclass(frozen=True)
class Credential:
    """An access key and its principal.

    `session_token` is empty for an IAM user's key. `expires` is in seconds since the epoch, 0 if it never expires.
    """

    access_key_id: str
    secret_access_key: str
    session_token: str
    principal: Principal
    expires: float = 0.0


@dataclasses.dataclass(frozen=True)
class Student:
    """An account of the practice server."""

    student: str
    account: str
    access_key_id: str
    secret_access_key: str
    session_token: str
    bucket: str

    def as_json(self) -> dict[str, str]:
        """Return the account as the practice server's line of JSON has it."""
        fields = dataclasses.asdict(self)
        del fields["bucket"]
        return fields


class CredentialStore:
    """All access keys of all accounts. Thread-safe.

    Each of the `students` has an account with one session of the lab role, valid for `seconds`. Everything is drawn
    from the `seed`.
    """

    def __init__(self, now: Callable[[], float], seed: int, students: int, seconds: float) -> None:
        self.now = now
        self._random = random.Random(seed)  # noqa: S311  # repeatable practice accounts
        self._lock = threading.Lock()
        self._credentials: dict[str, Credential] = {}
        self.students = tuple(self._student(number, seconds) for number in range(1, students + 1))
        self.by_account = {student.account: student for student in self.students}
        self.bucket_owners = {student.bucket: student.account for student in self.students}

    def find(self, access_key_id: str) -> Credential | None:
        """Return a credential by the id of its access key; keys of IAM users are looked up in moto's IAM."""
        return self._credentials.get(access_key_id) or self._of_iam_user(access_key_id)

    def assume_role(
        self, role: Any, session: str, seconds: float, policies: tuple[str, ...] = (), source_identity: str = ""
    ) -> Credential:
        """Issue credentials for a session of an IAM role (moto's object), valid for some seconds from now.

        With `policies` the session may do what both they and the role's own policies allow.
        """
        role_arn = f"arn:{partition()}:iam::{role.account_id}:role{role.path}{role.name}"
        principal = self._session_principal(role.account_id, role.name, role_arn, role.id, session, policies)
        return self._issue(dataclasses.replace(principal, source_identity=source_identity), seconds)

    def user_session(self, principal: Principal, seconds: float) -> Credential:
        """Issue temporary credentials for an IAM user, as GetSessionToken does."""
        return self._issue(dataclasses.replace(principal, session_started=self.now()), seconds)

    def console_session(self, student: Student, seconds: float) -> Credential:
        """Issue the student's credentials at the console: the same role session with another access key."""
        principal = self._credentials[student.access_key_id].principal
        return self._issue(dataclasses.replace(principal, session_started=self.now(), from_console=True), seconds)

    def _issue(self, principal: Principal, seconds: float) -> Credential:
        with self._lock:
            key_id = "ASIA" + self._letters(16)
            secret, token = self._secret(40), "IQoJb3JpZ2luX2Vj" + self._secret(256)
            principal = dataclasses.replace(principal, access_key_id=key_id)
            credential = Credential(key_id, secret, token, principal, self.now() + seconds)
            self._credentials[key_id] = credential
        return credential

    def _session_principal(
        self, account: str, role: str, role_arn: str, role_id: str, session: str, policies: tuple[str, ...] = ()
    ) -> Principal:
        return Principal(
            PrincipalKind.ASSUMED_ROLE,
            account,
            f"arn:{partition()}:sts::{account}:assumed-role/{role}/{session}",
            f"{role_id}:{session}",
            name=role,
            role_arn=role_arn,
            session_started=self.now(),
            session_policies=policies,
        )

    def _student(self, number: int, seconds: float) -> Student:
        name = f"student-{number:03}"
        account = (
            FIRST_ACCOUNT if number == 1 else f"{self._random.randrange(2, 10)}{self._random.randrange(10**11):011}"
        )
        role_arn = f"arn:{partition()}:iam::{account}:role/{LAB_ROLE}"
        session = f"user{self._random.randrange(10**6, 10**7)}={name}"
        principal = self._session_principal(account, LAB_ROLE, role_arn, lab_role_id(account), session)
        credential = self._issue(principal, seconds)
        digest = hashlib.sha256(f"{account}{credential.access_key_id}".encode()).hexdigest()[:12]
        bucket = f"c{number:03}-imagebucket-{digest}"
        return Student(
            name, account, credential.access_key_id, credential.secret_access_key, credential.session_token, bucket
        )

    def _of_iam_user(self, access_key_id: str) -> Credential | None:
        from moto.iam.models import iam_backends

        for account in list(iam_backends):
            backend = iam_backends[account][partition()]
            key = backend.access_keys.get(access_key_id)
            if key is None or key.status != "Active" or not key.user_name:
                continue
            user = backend.users[key.user_name]
            principal = Principal(PrincipalKind.IAM_USER, account, user.arn, user.id, access_key_id, name=user.name)
            return Credential(access_key_id, key.secret_access_key, "", principal)
        return None

    def _letters(self, count: int) -> str:
        return "".join(self._random.choices(ID_LETTERS, k=count))

    def _secret(self, count: int) -> str:
        return "".join(self._random.choices(string.ascii_letters + string.digits + "+/", k=count))


def lab_role_id(account: str) -> str:
    """Return the unique id of the lab role. It is the same at every start: recorded policies contain it."""
    digest = hashlib.sha256(account.encode()).digest()
    return "AROA" + "".join(ID_LETTERS[byte % len(ID_LETTERS)] for byte in digest[:17])
