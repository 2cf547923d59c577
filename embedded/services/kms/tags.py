"""Tags of keys: which are refused, and ListResourceTags.

Facts: KMS-95.
"""

from __future__ import annotations

from embedded.core.behaviours import Behaviour
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.protocols import serialize
from embedded.core.request import ApiRequest
from embedded.services.kms.keys import KmsContext, kms_backend
from embedded.services.kms.pages import page

BEHAVIOUR = Behaviour("kms tags")

MOST_TAGS = 50
RESERVED = "aws:"


@BEHAVIOUR.validate("kms", "CreateKey", "ReplicateKey", "TagResource")
def _check_tags(request: ApiRequest) -> HttpResponse | None:
    names = [str(tag["TagKey"]) for tag in request.params.get("Tags") or []]
    if len(set(names)) < len(names):
        raise AwsError("TagException", "Duplicate tag keys")
    if any(name.lower().startswith(RESERVED) for name in names):
        raise AwsError("TagException", "Tags beginning with aws: are reserved")
    before = _tags(request) if request.operation == "TagResource" else {}
    if len({*before, *names}) > MOST_TAGS:
        raise AwsError("TagException", "Too many tags")
    return None


def _tags(request: ApiRequest) -> dict[str, str]:
    key = request.context(KmsContext).key
    return dict(kms_backend(key.account_id, key.region).tagger.get_tag_dict_for_resource(key.id))


@BEHAVIOUR.implements("kms", "ListResourceTags")
def _list_resource_tags(request: ApiRequest) -> HttpResponse:
    tags = [{"TagKey": name, "TagValue": value} for name, value in _tags(request).items()]
    return serialize(request, page(request, "Tags", tags, lambda tag: str(tag["TagKey"]), most=50))
