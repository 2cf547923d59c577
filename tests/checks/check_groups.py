"""Checks that fail together, and accounts of the practice class: what the catalogue of student accounts is made of."""

from __future__ import annotations

from embedded.practice.scenarios import SCENARIOS
from tests.support.students import StudentAccount

KEY = "alias customer-managed symmetric encrypt-decrypt usable-state origin administrators users open-to-nobody-else"
NOT_THE_KEY = "sse-kms object-under-the-key"
OBJECT = f"bucket-name object-name {NOT_THE_KEY}"
OPENED = "public-access-opened acls-enabled"
ACCESS = "object-made-public public-link-now signed-read-now presigned-link-now"
HISTORY = "create-key generate-data-key decrypt"
PUBLIC = "object-made-public public-link-now"
SIGNED = "signed-read-now presigned-link-now"
EFFECTS = "effect-of-disabling instance-ran-again"
VOLUME_AT_START = "instance-name volume-encrypted nothing-unencrypted"
VOLUME = "instance-name volume-encrypted volume-under-the-key nothing-unencrypted"
DISABLING = "key-disabled effect-of-disabling key-enabled-again instance-ran-again"


def practised(name: str, verdicts: str, fails: str = "", blocked: str = "", undecided: str = "") -> StudentAccount:
    """Return an account with the steps of a scenario of the practice class."""
    return StudentAccount(name, verdicts, SCENARIOS[name].steps, fails, blocked, undecided)
