"""Live runs in this process, against an embedded AWS in this process: over HTTP, with the pauses of an embedded run."""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest import mock

from embedded.aws import EmbeddedAWS
from fixtures.aws.waiting import Waiter
from fixtures.sessions import EMBEDDED_LIMITS
from tests.support.checks_run import ChecksRun, run_checks


def live_environment(aws: EmbeddedAWS) -> dict[str, str]:
    """Return the environment of this process with the credentials of the first account, and no profile."""
    student = aws.students[0]
    others = {name: text for name, text in os.environ.items() if not name.startswith("AWS_")}
    return {
        **others,
        "AWS_ENDPOINT_URL": aws.endpoint,
        "AWS_REGION": aws.settings.region,
        "AWS_ACCESS_KEY_ID": student.access_key_id,
        "AWS_SECRET_ACCESS_KEY": student.secret_access_key,
        "AWS_SESSION_TOKEN": student.session_token,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def run_live(
    aws: EmbeddedAWS,
    reports: Path,
    *arguments: str,
    waiter: object = None,
    region: str = "",
    keys: Mapping[str, Any] | None = None,
) -> ChecksRun:
    """Run the checks live in the first account of an embedded AWS, by default in the lab's Region and with the keys of
    the lab's role; `keys` are `Credentials` of STS. `waiter` takes the place of the class `Waiter`.
    """
    environment = live_environment(aws)
    if keys:
        environment |= {
            "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
            "AWS_SESSION_TOKEN": keys["SessionToken"],
        }
    environment["AWS_REGION"] = region or environment["AWS_REGION"]
    quick = waiter or functools.partial(Waiter, EMBEDDED_LIMITS)
    with (
        mock.patch.dict(os.environ, environment, clear=True),
        mock.patch("fixtures.sessions.Waiter", quick),
    ):
        return run_checks(reports, "checks", "-m", "live", "-q", *arguments)
