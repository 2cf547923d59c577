"""A student's session at the console: a clock of its own, and requests that are dated by it.

Requests take seconds, `wait` takes minutes; nothing sleeps.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError

from embedded.core.credentials import LAB_ROLE, Student
from embedded.core.environment import Environment
from embedded.core.inprocess_client import InProcessClients
from embedded.core.partition import partition

STARTED_MINUTES_AGO = 100.0
SESSION_SECONDS = 12 * 3600


class ConsoleSession:
    """One student at the console, who began `minutes_ago`.

    `time` is the student's clock, in seconds since the epoch, and `region` the Region that the console shows. `random`
    draws what differs between students.
    """

    def __init__(
        self, aws: Environment, clients: InProcessClients, student: Student, *, minutes_ago: float = STARTED_MINUTES_AGO
    ) -> None:
        self.aws, self.student = aws, student
        self._clients = clients
        self.random = random.Random(f"{aws.settings.seed}/{student.account}/work")  # noqa: S311  # repeatable scenarios
        self.source_ip = f"203.0.113.{self.random.randrange(1, 255)}"
        self.time = aws.now() - minutes_ago * 60
        self.region, self.account, self.bucket = aws.settings.region, student.account, student.bucket
        with aws.backdated(self.time):
            self.credential = aws.credentials.console_session(student, SESSION_SECONDS)
        self.role = f"arn:{partition()}:iam::{self.account}:role/{LAB_ROLE}"

    def wait(self, minutes: float) -> None:
        """Let minutes pass. Raises `ValueError` if that would be in the future."""
        self._pass(minutes * 60)

    def _pass(self, seconds: float) -> None:
        if self.time + seconds > self.aws.now():
            raise ValueError(f"the work of {self.student.student} does not end before now; let it begin earlier")
        self.time += seconds

    def _settle(self) -> None:
        """Wait until EC2 has changed a state."""
        self._pass(self.aws.settings.transition + self.random.uniform(20, 50))

    @contextmanager
    def _signed_in(self) -> Iterator[None]:
        self._pass(self.random.uniform(3, 12))
        with self.aws.backdated(self.time), self._clients.signed_in(self.credential, self.source_ip):
            yield

    def call(self, service: str, operation: str, **params: Any) -> dict[str, Any]:
        """Make a request by boto3's names (`call("kms", "list_keys")`). Raises `ClientError` if AWS refuses it."""
        with self._signed_in():
            response: dict[str, Any] = getattr(self._clients.client(service, self.region), operation)(**params)
        return response

    def presigned_url(self, bucket: str, key: str) -> str:
        """Return the URL that the console's Open button opens, valid for five minutes."""
        with self._signed_in():
            params = {"Bucket": bucket, "Key": key}
            client = self._clients.client("s3", self.region)
            return str(client.generate_presigned_url("get_object", Params=params, ExpiresIn=300))

    def fetch(self, url: str) -> str:
        """Open a URL in the browser. Return `200`, or the code of S3's error."""
        self._pass(self.random.uniform(3, 12))
        with self.aws.backdated(self.time):
            response = self._clients.fetch(url, self.source_ip)
        text = response.body.decode("utf-8", "replace")
        return str(response.status) if response.ok else text.partition("<Code>")[2].partition("</Code>")[0]

    @staticmethod
    def attempt(step: Callable[..., object], *args: Any, **kwargs: Any) -> str:
        """Take a step that AWS may refuse. Return the code of its error, or an empty text."""
        try:
            step(*args, **kwargs)
        except ClientError as refused:
            return str(refused.response["Error"]["Code"])
        return ""
