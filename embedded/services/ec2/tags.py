"""Tags that EC2 refuses, wherever they are sent.

Facts: EC2-123, MOTO-93.
"""

from __future__ import annotations

from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.request import ApiRequest

BEHAVIOUR = Behaviour("ec2 tags")

LONGEST_KEY, LONGEST_VALUE = 128, 256
TAGGED = {"CopySnapshot": "snapshot", "CreateSnapshot": "snapshot", "CreateVolume": "volume"}
"""What an operation creates, where it creates one kind of resource."""


@BEHAVIOUR.validate("ec2")
def _check(request: ApiRequest) -> HttpResponse | None:
    specifications = request.params.get("TagSpecifications") or []
    sent = request.params.get("Tags") if request.operation == "CreateTags" else None
    for tags in (sent or [], *(each.get("Tags") or [] for each in specifications)):
        for tag in tags:
            _check_tag(tag)
    wanted = TAGGED.get(request.operation)
    for each in specifications if wanted else ():
        if each.get("ResourceType") != wanted:
            message = f"'{each.get('ResourceType')}' is not a valid taggable resource type for this operation."
            raise AwsError("InvalidParameterValue", message)
    return None


def _check_tag(tag: dict[str, Any]) -> None:
    key, value = tag.get("Key"), str(tag.get("Value") or "")
    if not key:
        raise AwsError("InvalidParameterValue", "Tag key cannot be null or empty.")
    if str(key).lower().startswith("aws:"):
        raise AwsError("InvalidParameterValue", "Tag keys starting with 'aws:' are reserved for internal use")
    for what, text, most in (("key", str(key), LONGEST_KEY), ("value", value, LONGEST_VALUE)):
        if len(text) > most:
            raise AwsError("InvalidParameterValue", f"Tag {what} exceeds the maximum length of {most} characters")
