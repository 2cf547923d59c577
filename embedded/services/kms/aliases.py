"""Aliases: valid names, reserved names, and ListAliases.

Facts: KMS-70 to KMS-76, KMS-96, KMS-164, KMS-165, MOTO-05. For a reserved name AWS's code is not known; this answers
the best guess (KMS-72).
"""

from __future__ import annotations

import dataclasses
import datetime
import re
from collections.abc import Callable
from typing import Any

from embedded.audit.records import EventDetails
from embedded.core.behaviours import Behaviour
from embedded.core.environment import ObjectState, moto_datetime
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.protocols import serialize
from embedded.core.request import ApiRequest, current_request
from embedded.services.kms.key_specs import KEY_SPECS
from embedded.services.kms.keys import KmsContext, kms_backend
from embedded.services.kms.pages import page

BEHAVIOUR = Behaviour("kms aliases")

NAME = re.compile(r"alias/[a-zA-Z0-9/_-]+")
LONGEST_NAME = 256
MOST_OF_A_KEY = 50
PREFIX_MESSAGE = (
    'Alias must start with the prefix "alias/". '
    "Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html"
)


@dataclasses.dataclass
class AliasDates:
    """When an alias was created and last updated, in UTC."""

    created: datetime.datetime
    updated: datetime.datetime


class DatesOfAliases(ObjectState[AliasDates]):
    """The dates of aliases (moto's objects)."""


@BEHAVIOUR.resolve("kms", "CreateAlias", "UpdateAlias", "DeleteAlias")
def _resolve(request: ApiRequest) -> None:
    name = str(request.params.get("AliasName", ""))
    _check_name(name)
    backend = kms_backend(request.account, request.region)
    key_id, arn = backend.get_key_id_from_alias(name), request.arn("kms", name)
    if request.operation == "CreateAlias":
        if key_id is not None:
            raise AwsError("AlreadyExistsException", f"An alias with the name {arn} already exists")
    elif key_id is None:
        raise AwsError("NotFoundException", f"Alias {arn} is not found.")
    details = request.context(EventDetails)
    details.alias_arn = arn
    if request.operation == "DeleteAlias":
        key = named_key(request)
        request.context(KmsContext).keys = [key]
        details.key_arns = (key.arn,)


def _check_name(name: str) -> None:
    if not name.startswith("alias/"):
        raise AwsError("ValidationException", PREFIX_MESSAGE)
    if name.startswith("alias/aws/"):
        raise AwsError("NotAuthorizedException", "")
    if not NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise AwsError("ValidationException", f"{name} contains invalid characters for an alias")


@BEHAVIOUR.validate("kms", "UpdateAlias")
def _check_kind(request: ApiRequest) -> HttpResponse | None:
    """Refuse a key of another kind or usage than the one that the alias names (KMS-164)."""
    key = request.context(KmsContext).key
    before = named_key(request)
    if _kind(before) != _kind(key):
        message = f"Alias {request.arn('kms', str(request.params['AliasName']))} is of a key of another type or usage."
        raise AwsError("ValidationException", message)
    return None


def _kind(key: Any) -> tuple[str, bool]:
    return key.key_usage, bool(KEY_SPECS[key.key_spec].is_symmetric)


@BEHAVIOUR.validate("kms", "CreateAlias", "UpdateAlias")
def _check_count(request: ApiRequest) -> HttpResponse | None:
    """Refuse more aliases of a key than the quota (KMS-165)."""
    key = request.context(KmsContext).key
    if len({*key.aliases, request.params["AliasName"]}) > MOST_OF_A_KEY:
        raise AwsError(
            "LimitExceededException", f"{key.arn} has {MOST_OF_A_KEY} aliases, the most that a key can have."
        )
    return None


def named_key(request: ApiRequest) -> Any:
    """Return the key (moto's object) that the alias of UpdateAlias or DeleteAlias names by now."""
    backend = kms_backend(request.account, request.region)
    return backend.keys[backend.get_key_id_from_alias(str(request.params["AliasName"]))]


@BEHAVIOUR.implements("kms", "ListAliases")
def _list_aliases(request: ApiRequest) -> HttpResponse:
    keys, backend = request.context(KmsContext).keys, kms_backend(request.account, request.region)
    aliases = backend.list_aliases(key_id=keys[0].id if keys else None)
    entries = [_entry(request, alias) for alias in sorted(aliases, key=lambda alias: str(alias.alias_name))]
    return serialize(request, page(request, "Aliases", entries, lambda entry: str(entry["AliasName"])))


def _entry(request: ApiRequest, alias: Any) -> dict[str, Any]:
    dates = request.aws.state(DatesOfAliases)[alias]
    return {
        "AliasName": alias.alias_name,
        "AliasArn": request.arn("kms", alias.alias_name),
        "TargetKeyId": alias.target_key_id,
        "CreationDate": dates.created,
        "LastUpdatedDate": dates.updated,
    }


@BEHAVIOUR.patch("moto.kms.models:Alias.__init__", "self, account_id, region, name, key")
def _created(original: Callable[..., None], alias: Any, *args: Any, **kwargs: Any) -> None:
    original(alias, *args, **kwargs)
    _keep_date(alias)


@BEHAVIOUR.patch("moto.kms.models:KmsBackend.update_alias", "self, target_key_id, alias_name")
def _updated(original: Callable[..., Any], backend: Any, *args: Any, **kwargs: Any) -> Any:
    alias = original(backend, *args, **kwargs)
    _keep_date(alias)
    return alias


def _keep_date(alias: Any) -> None:
    request = current_request()
    if request is not None:
        now = moto_datetime(request.time)
        request.aws.state(DatesOfAliases).setdefault(alias, AliasDates(now, now)).updated = now
