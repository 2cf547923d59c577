"""A class of students in one embedded AWS, graded over HTTP."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

from embedded.aws import BEHAVIOURS, EmbeddedAWS, Settings
from embedded.core.behaviours import Behaviour
from embedded.core.credentials import Student
from embedded.practice.console_user import ConsoleUser
from embedded.practice.scenarios import Scenario
from embedded.practice.tasks import Steps
from fixtures.aws.rate_limit import RateLimiter
from tests.support.checks_run import ChecksRun, run_checks

VERDICTS = {"P": "pass", "F": "fail", "B": "blocked", "E": "error"}
KEY_DELAY = 30.0
"""Seconds for which S3 and EBS go on with a key's old state. The steps of a student wait for it."""
EARLY_ENOUGH = 150.0
"""Minutes ago: CloudTrail then shows all events, and the student does not count as still working."""


@dataclasses.dataclass(frozen=True)
class StudentAccount:
    """What a student did, and the verdicts that grading must return.

    `verdicts` are the first letters of the six objectives' verdicts. The others are the checks that do not pass:
    `blocked` are those that need another objective first, `undecided` those that the teacher decides (read-only or
    guardrail), `late` those that the history may show later, `denied` those that a policy of the student's hides,
    `errors` those with another error. `ago` is how many
    minutes ago the work began; `graded_before` is true if the account was graded before.
    """

    name: str
    verdicts: str
    steps: Steps
    fails: str = ""
    blocked: str = ""
    undecided: str = ""
    late: str = ""
    denied: str = ""
    errors: str = ""
    ago: float = EARLY_ENOUGH
    graded_before: bool = False

    @property
    def objectives(self) -> dict[int, str]:
        return {number: VERDICTS[letter] for number, letter in enumerate(self.verdicts, 1)}

    @property
    def not_passed(self) -> dict[str, str]:
        blocked, errors = f"{self.blocked} {self.undecided}", f"{self.late} {self.denied} {self.errors}"
        by_verdict = {"fail": self.fails, "blocked": blocked, "error": errors}
        return {check: verdict for verdict, checks in by_verdict.items() for check in checks.split()}

    @property
    def ungraded(self) -> set[str]:
        """Return the checks whose points are neither earned nor lost."""
        return set(f"{self.undecided} {self.late} {self.denied} {self.errors}".split())

    def __str__(self) -> str:
        return self.name


class Class:
    """Students of one embedded AWS, each with a new account; graded by whole runs of the checks, over HTTP."""

    def __init__(self, aws: EmbeddedAWS) -> None:
        self.aws, self._students = aws, iter(aws.students)

    @classmethod
    @contextlib.contextmanager
    def open(cls, students: int, *faults: Behaviour) -> Iterator[Class]:
        settings = Settings(students=students, seed=11, transition=1.0, key_delay=KEY_DELAY)
        with EmbeddedAWS(settings, behaviours=(*faults, *BEHAVIOURS)) as aws:
            yield cls(aws)

    def work(self, steps: Steps, *, ago: float = EARLY_ENOUGH) -> ConsoleUser:
        """Have the next student do these steps."""
        return self.aws.run_scenario(next(self._students), Scenario("", "", steps), minutes_ago=ago)

    def grade(self, reports: Path, student: Student, *arguments: str, **environment: str) -> ChecksRun:
        """Grade with this student's credentials. Waiting for CloudTrail's rate limit turns AWS's clock."""
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

        def turn(seconds: float) -> None:
            waits.append(seconds)
            self.aws.advance_clock(seconds)

        with contextlib.ExitStack() as stack:
            stack.enter_context(mock.patch.dict(os.environ, {**others, **credentials, **environment}, clear=True))
            limiter = RateLimiter(clock=self.aws.now, sleep=turn)
            stack.enter_context(mock.patch("fixtures.sessions._limiter", return_value=limiter))
            stack.callback(lambda: self.aws.advance_clock(-sum(waits)))
            return run_checks(reports, "checks", "-m", "live", "--grade", "-q", *arguments)

    def grade_account(self, account: StudentAccount, reports: Path) -> ChecksRun:
        """Have a student do the account's steps, and grade the account."""
        student = self.work(account.steps, ago=account.ago).student
        if account.graded_before:
            self.grade(reports, student)
        return self.grade(reports, student)
