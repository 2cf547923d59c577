"""The catalogue of student accounts, each with the verdicts that grading must return.

`python -m tests.checks.student_accounts` grades them all, and prints how well they are judged.

A new account is a line here or in the modules of its kind: what the student did, as steps of
`embedded.practice.console_user`, and the checks that do not pass. `practised` takes the steps from a scenario of the
practice class.
"""

from __future__ import annotations

import sys

from embedded.practice.tasks import TASKS, in_turn, read, until
from tests.checks.check_groups import (
    ACCESS,
    DISABLING,
    HISTORY,
    KEY,
    OBJECT,
    OPENED,
    PUBLIC,
    SIGNED,
    VOLUME,
    VOLUME_AT_START,
    practised,
)
from tests.checks.instance_accounts import INSTANCES
from tests.checks.key_accounts import KEYS
from tests.checks.object_accounts import OBJECTS
from tests.checks.right_accounts import RIGHT
from tests.support.students import StudentAccount

HALF_DONE: tuple[StudentAccount, ...] = (
    practised(
        "nothing done",
        "FFFBFB",
        f"{KEY} {OBJECT} {OPENED} {VOLUME_AT_START}",
        f"{ACCESS} {HISTORY} volume-under-the-key {DISABLING}",
    ),
    practised(
        "only the key", "PFFBFF", f"{OBJECT} {OPENED} {VOLUME} {DISABLING}", f"{ACCESS} generate-data-key decrypt"
    ),
    practised("up to the upload", "PPFFFF", f"{OPENED} {PUBLIC} decrypt {VOLUME} {DISABLING}"),
    practised("up to the public link", "PPPFFF", f"decrypt {VOLUME} {DISABLING}"),
    practised("up to the history", "PPPPFF", f"{VOLUME} {DISABLING}"),
    practised("up to the volume", "PPPPPF", DISABLING),
    StudentAccount(
        "just now at work",
        "PPPEFE",
        until(read),
        fails=VOLUME,
        late=f"decrypt {DISABLING}",
        ago=15,
    ),
    StudentAccount(
        "just now disabled the key",
        "PPBPPF",
        in_turn(*TASKS[:-1], lambda user: user.disable_key()),
        fails="key-enabled-again instance-ran-again",
        blocked=SIGNED,
        late="effect-of-disabling",
        ago=35,
    ),
)
ACCOUNTS = (*RIGHT, *HALF_DONE, *KEYS, *OBJECTS, *INSTANCES)
"""The accounts and their verdicts. `docs/grading.md` explains those that could be judged differently."""


if __name__ == "__main__":
    from tests.checks.judging_quality import main

    sys.exit(main())
