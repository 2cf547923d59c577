"""Grants: their ids, their tokens, and what a list of them tells.

Facts: `moto-gaps.md` §2 (64 hex digits and a long token in AWS, eight characters in moto);
https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantListEntry.html (`KeyId` is the key's ARN, dates and
issuing account are told, an absent name is not).
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.call import current

BEHAVIOUR = Behaviour("kms grants")


@BEHAVIOUR.patch(
    "moto.kms.models:Grant.__init__",
    "self, key_id, name, grantee_principal, operations, constraints, retiring_principal",
)
def _long_ids(original: Callable[..., None], grant: Any, *args: Any, **kwargs: Any) -> None:
    from moto.core.utils import unix_time

    original(grant, *args, **kwargs)
    grant.id = secrets.token_hex(32)
    grant.token = base64.b64encode(secrets.token_bytes(180)).decode()
    call = current.get()
    grant.created = call.time if call else unix_time()
    grant.key_arn = call.notes.get("key_arn", grant.key_id) if call else grant.key_id
    grant.issuing_account = f"arn:aws:iam::{call.caller.account}:root" if call else ""


@BEHAVIOUR.patch("moto.kms.models:Grant.to_json", "self")
def _told(original: Callable[[Any], dict[str, Any]], grant: Any) -> dict[str, Any]:
    told = {name: value for name, value in original(grant).items() if value}
    return {**told, "KeyId": grant.key_arn, "CreationDate": grant.created, "IssuingAccount": grant.issuing_account}
