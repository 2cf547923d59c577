"""Names that are taken in another case, sizes of policies, reserved tags, and policies that cannot be deleted.

Facts: IAM-106 to IAM-109, MOTO-92.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.request import ApiRequest
from embedded.services.iam.authorization import access_denied, denial_message
from embedded.services.iam.policy_engine import AccessRequest
from embedded.services.iam.principals import AWS_MANAGED, iam_backend

BEHAVIOUR = Behaviour("iam limits")

MANAGED_POLICY = 6144
INLINE = {"PutGroupPolicy": ("Group", 5120), "PutRolePolicy": ("Role", 10240), "PutUserPolicy": ("User", 2048)}
"""The most characters of all inline policies of one group, role or user, white space apart."""
NAMED = {"CreateGroup": "Group", "CreateRole": "Role", "CreateUser": "User"}
CHANGES_OF_POLICIES = (
    "CreatePolicyVersion",
    "DeletePolicy",
    "DeletePolicyVersion",
    "SetDefaultPolicyVersion",
    "TagPolicy",
    "UntagPolicy",
)


def _all(request: ApiRequest, kind: str) -> Iterable[Any]:
    """Return moto's groups, roles or users of the account."""
    backend = iam_backend(request.account)
    found: Mapping[str, Any] = {"Group": backend.groups, "Role": backend.roles, "User": backend.users}[kind]
    return found.values()


@BEHAVIOUR.validate("iam", *NAMED)
def _check_name(request: ApiRequest) -> HttpResponse | None:
    kind = NAMED[request.operation]
    name = str(request.params[f"{kind}Name"])
    if any(each.name != name and each.name.lower() == name.lower() for each in _all(request, kind)):
        raise AwsError("EntityAlreadyExists", f"{kind} with name {name} already exists.", 409)
    return None


@BEHAVIOUR.validate("iam", "CreatePolicy", "CreatePolicyVersion")
def _check_managed_size(request: ApiRequest) -> HttpResponse | None:
    if _size(str(request.params["PolicyDocument"])) > MANAGED_POLICY:
        raise AwsError("LimitExceeded", f"Cannot exceed quota for PolicySize: {MANAGED_POLICY}", 409)
    return None


@BEHAVIOUR.validate("iam", *INLINE)
def _check_inline_size(request: ApiRequest) -> HttpResponse | None:
    kind, most = INLINE[request.operation]
    name = str(request.params[f"{kind}Name"])
    holder = next((each for each in _all(request, kind) if each.name == name), None)
    others = dict(holder.policies) if holder is not None else {}
    others[str(request.params["PolicyName"])] = str(request.params["PolicyDocument"])
    if sum(_size(str(each)) for each in others.values()) > most:
        raise AwsError("LimitExceeded", f"Maximum policy size of {most} bytes exceeded for {kind.lower()} {name}", 409)
    return None


def _size(document: str) -> int:
    return len(re.sub(r"\s", "", document))


@BEHAVIOUR.authorize("iam", *CHANGES_OF_POLICIES)
def _check_own_policy(request: ApiRequest) -> None:
    """Refuse to change AWS's policies, which belong to no account."""
    arn = str(request.params.get("PolicyArn") or "")
    if AWS_MANAGED.match(arn):
        access = AccessRequest(f"iam:{request.operation}", f"policy {arn}", request.principal)
        raise access_denied("iam", denial_message(access, "").strip())


@BEHAVIOUR.validate("iam", "DeletePolicy")
def _check_unused(request: ApiRequest) -> HttpResponse | None:
    policy = iam_backend(request.account).managed_policies.get(str(request.params["PolicyArn"]))
    if policy is None:
        return None
    if policy.attachment_count:
        raise AwsError("DeleteConflict", "Cannot delete a policy attached to entities.", 409)
    if len(policy.versions) > 1:
        message = (
            "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. "
            "The default version is deleted with the policy."
        )
        raise AwsError("DeleteConflict", message, 409)
    return None


@BEHAVIOUR.validate("iam")
def _check_tags(request: ApiRequest) -> HttpResponse | None:
    names = [str(each.get("Key")) for each in request.params.get("Tags") or []]
    if any(name.lower().startswith("aws:") for name in names):
        raise AwsError("InvalidInput", "Tag keys that begin with aws: are reserved.")
    return None
