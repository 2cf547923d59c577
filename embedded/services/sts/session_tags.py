"""Session tags of AssumeRole, transitive ones included.

Facts: STS-60 to STS-64, MOTO-83. Policies see them as `aws:PrincipalTag/…` of the session.
"""

from __future__ import annotations

from embedded.core.behaviours import Behaviour
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.request import ApiRequest
from embedded.services.iam.principals import SessionTags, TagsOfSession

BEHAVIOUR = Behaviour("sts session tags")


def given_tags(request: ApiRequest) -> dict[str, str]:
    """Return the tags that a request gives to the session."""
    return {str(each["Key"]): str(each["Value"]) for each in request.params.get("Tags") or []}


def _calling_session(request: ApiRequest) -> TagsOfSession:
    return request.aws.state(SessionTags).of(request.principal)


def _transitive(request: ApiRequest) -> frozenset[str]:
    return frozenset(str(each).lower() for each in request.params.get("TransitiveTagKeys") or [])


@BEHAVIOUR.validate("sts", "AssumeRole")
def _check_tags(request: ApiRequest) -> HttpResponse | None:
    keys = [str(each["Key"]).lower() for each in request.params.get("Tags") or []]
    if len(set(keys)) < len(keys):
        message = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
        raise AwsError("InvalidParameterValue", message)
    if not _transitive(request) <= set(keys):
        message = "The specified transitive tag key must be included in the requested tags."
        raise AwsError("InvalidParameterValue", message)
    if _calling_session(request).transitive & set(keys):
        message = (
            "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key "
            "from the calling session."
        )
        raise AwsError("InvalidParameterValue", message)
    return None


def keep_tags(request: ApiRequest, access_key_id: str) -> None:
    """Keep the tags of a new session: those of the request, and the transitive ones of the calling session."""
    calling = _calling_session(request)
    inherited = {key: value for key, value in calling.tags.items() if key.lower() in calling.transitive}
    tags = TagsOfSession({**inherited, **given_tags(request)}, calling.transitive | _transitive(request))
    if tags.tags:
        request.aws.state(SessionTags).by_access_key[access_key_id] = tags
