"""A class of students in one embedded AWS, and a grader who comes by HTTP."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

from embedded import BEHAVIOURS, EmbeddedAWS, Settings
from embedded.core.behaviours import Behaviour
from embedded.core.credentials import Student
from embedded.practice.console_user import AtWork
from embedded.practice.scenarios import Steps, Story, play
from fixtures.aws.rate_limit import RateLimiter
from tests.support.judged_run import Judged, judged

WORDS = {"P": "pass", "F": "fail", "B": "blocked", "E": "error"}
EARLY_ENOUGH = 150.0
"""Minutes ago: at the end of the work the event history is complete, and nobody is at work any more."""


@dataclasses.dataclass(frozen=True)
class StudentAccount:
    """What a student did, and what is to be found: `verdicts` of the six objectives by their first letters, and the
    checks that do not pass. `ago` is how many minutes ago the work began, `graded_before` whether a grader came before.
    """

    name: str
    verdicts: str
    steps: Steps
    fails: str = ""
    blocked: str = ""
    errors: str = ""
    ago: float = EARLY_ENOUGH
    graded_before: bool = False

    @property
    def objectives(self) -> dict[int, str]:
        return {number: WORDS[letter] for number, letter in enumerate(self.verdicts, 1)}

    @property
    def not_passed(self) -> dict[str, str]:
        told = {"fail": self.fails, "blocked": self.blocked, "error": self.errors}
        return {check: verdict for verdict, checks in told.items() for check in checks.split()}

    def __str__(self) -> str:
        return self.name


class Class:
    """Students of one running AWS, each a fresh account; graded by whole runs of the checks, through HTTP."""

    def __init__(self, aws: EmbeddedAWS) -> None:
        self.aws, self._students = aws, iter(aws.students)

    @classmethod
    @contextlib.contextmanager
    def began(cls, students: int, *faults: Behaviour) -> Iterator[Class]:
        settings = Settings(students=students, seed=11, transition=1.0)
        with EmbeddedAWS(settings, behaviours=(*faults, *BEHAVIOURS)) as aws:
            yield cls(aws)

    def lived(self, steps: Steps, *, ago: float = EARLY_ENOUGH) -> AtWork:
        """A student who did this."""
        return play(self.aws, next(self._students), Story("", "", steps), ago=ago)

    def graded(self, reports: Path, student: Student, *arguments: str, **environment: str) -> Judged:
        """A grader's run with this student's credentials. Waiting for CloudTrail's rate limit turns AWS's clock."""
        credentials = {
            "AWS_ENDPOINT_URL": self.aws.endpoint,
            "AWS_DEFAULT_REGION": self.aws.settings.region,
            "AWS_ACCESS_KEY_ID": student.access_key_id,
            "AWS_SECRET_ACCESS_KEY": student.secret_access_key,
            "AWS_SESSION_TOKEN": student.session_token,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }
        others = {name: text for name, text in os.environ.items() if not name.startswith("AWS_")}
        waits: list[float] = []

        def turned(seconds: float) -> None:
            waits.append(seconds)
            self.aws.turn(seconds)

        with contextlib.ExitStack() as stack:
            stack.enter_context(mock.patch.dict(os.environ, {**others, **credentials, **environment}, clear=True))
            limiter = RateLimiter(clock=self.aws.now, sleep=turned)
            stack.enter_context(mock.patch("fixtures.sessions._limiter", return_value=limiter))
            stack.callback(lambda: self.aws.turn(-sum(waits)))
            return judged(reports, "checks", "-m", "live", "--grade", "-q", *arguments)

    def judged(self, account: StudentAccount, reports: Path) -> Judged:
        student = self.lived(account.steps, ago=account.ago).student
        if account.graded_before:
            self.graded(reports, student)
        return self.graded(reports, student)
