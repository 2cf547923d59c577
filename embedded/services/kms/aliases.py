"""Aliases: their names, what may not be named twice, and what a list of them tells.

Facts: `aws-behaviour.md` §7.2. moto lists aliases of AWS managed keys that point at keys which do not exist, tells no
dates, and lets `alias/aws/…` be taken (`moto-gaps.md` §2). Refusal of a reserved name: `NotAuthorizedException`, §10
(best guess).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.call import Answer, AwsError, Call, current
from embedded.core.protocols import serialized

BEHAVIOUR = Behaviour("kms aliases")

NAME = re.compile(r"alias/[a-zA-Z0-9/_-]+")
PREFIX_MESSAGE = (
    'Alias must start with the prefix "alias/". '
    "Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html"
)


@BEHAVIOUR.gate("kms", "CreateAlias", "UpdateAlias", "DeleteAlias")
def _check_name(call: Call) -> Answer | None:
    name = str(call.params.get("AliasName", ""))
    if not name.startswith("alias/"):
        raise AwsError("ValidationException", PREFIX_MESSAGE)
    if name.startswith("alias/aws/"):
        raise AwsError("NotAuthorizedException", "")
    if not NAME.fullmatch(name) or len(name) > 256:
        raise AwsError("ValidationException", f"{name} contains invalid characters for an alias")
    key_id = _backend(call).get_key_id_from_alias(name)
    alias = call.arn("kms", name)
    if call.operation == "CreateAlias":
        if key_id is not None:
            raise AwsError("AlreadyExistsException", f"An alias with the name {alias} already exists")
    elif key_id is None:
        raise AwsError("NotFoundException", f"Alias {alias} is not found.")
    elif call.operation == "DeleteAlias":
        call.notes["keys"] = [_backend(call).keys[key_id]]
    if call.notes.get("keys"):
        call.notes["kms_resources"] = [call.notes["keys"][0].arn, alias]
    return None


@BEHAVIOUR.instead("kms", "ListAliases")
def _list(call: Call) -> Answer:
    keys = call.notes.get("keys")
    aliases = _backend(call).list_aliases(key_id=keys[0].id if keys else None)
    told = [
        {
            "AliasName": alias.alias_name,
            "AliasArn": call.arn("kms", alias.alias_name),
            "TargetKeyId": alias.target_key_id,
            "CreationDate": alias.creation_date,
            "LastUpdatedDate": alias.last_updated_date,
        }
        for alias in sorted(aliases, key=lambda alias: str(alias.alias_name))
    ]
    first = next((place for place, each in enumerate(told) if each["AliasName"] == call.params.get("Marker")), 0)
    size = call.params.get("Limit", 50)
    if not 1 <= size <= 100:
        raise AwsError("ValidationException", "Limit must be between 1 and 100.")
    page = {"Aliases": told[first : first + size], "Truncated": len(told) > first + size}
    if page["Truncated"]:
        page["NextMarker"] = told[first + size]["AliasName"]
    return serialized(call, page)


@BEHAVIOUR.patch("moto.kms.models:Alias.__init__", "self, account_id, region, name, key")
def _dated(original: Callable[..., None], alias: Any, *args: Any, **kwargs: Any) -> None:
    original(alias, *args, **kwargs)
    alias.creation_date = alias.last_updated_date = _today()


@BEHAVIOUR.patch("moto.kms.models:KmsBackend.update_alias", "self, target_key_id, alias_name")
def _dated_again(original: Callable[..., Any], backend: Any, *args: Any, **kwargs: Any) -> Any:
    alias = original(backend, *args, **kwargs)
    alias.last_updated_date = _today()
    return alias


def _today() -> Any:
    from moto.core.utils import utcnow

    call = current.get()
    return call.aws.datetime(call.time) if call else utcnow()


def _backend(call: Call) -> Any:
    from moto.kms.models import kms_backends

    return kms_backends[call.account][call.region]
