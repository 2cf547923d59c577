"""What moto's IAM keeps of a principal: its policies, groups, tags, permissions boundary and unique id.

Facts: IAM-02, IAM-48, IAM-50, KMS-60, MOTO-40. A session has the permissions of its role, limited by its session
policies.
"""

from __future__ import annotations

import dataclasses
import json
import re
from typing import Any

from embedded.core.environment import Environment, ObjectState
from embedded.core.moto_imports import import_lazily
from embedded.core.partition import partition
from embedded.core.principal import Principal, PrincipalKind
from embedded.core.request import current_request
from embedded.services.iam.policy_engine import as_list, statements

AWS_MANAGED = re.compile(r"arn:aws(?:-[a-z]+)*:iam::aws:policy/")
ROLE_OR_USER = re.compile(r"arn:aws(?:-[a-z]+)*:iam::(\d{12}):(role|user)/(?:.*/)?([^/]+)")


ACCOUNT = re.compile(
    r"\d{12}|arn:aws(?:-[a-z]+)*:iam::\d{12}:root|arn:aws(?:-[a-z]+)*:sts::\d{12}:(assumed-role|federated-user)/.+"
)
"""Principals of policies that name an account or a session, of which none is known not to exist."""


class UserBoundaries(ObjectState[str]):
    """The ARNs of the permissions boundaries of users (moto's objects)."""


@dataclasses.dataclass(frozen=True)
class TagsOfSession:
    """The tags of a session, and the keys (in lower case) of those that sessions which it assumes inherit."""

    tags: dict[str, str] = dataclasses.field(default_factory=dict)
    transitive: frozenset[str] = frozenset()


class SessionTags:
    """The tags of sessions, by access key."""

    def __init__(self, aws: Environment) -> None:
        self.by_access_key: dict[str, TagsOfSession] = {}

    def of(self, principal: Principal) -> TagsOfSession:
        """Return the tags of a principal's session."""
        return self.by_access_key.get(principal.access_key_id, TagsOfSession())


class TrustedIds(ObjectState[dict[str, str]]):
    """The unique ids of the principals of trust policies when they were stored, by role (moto's object) and ARN."""


def iam_backend(account: str) -> Any:
    """Return moto's IAM of an account."""
    from moto.iam.models import iam_backends

    return iam_backends[account][partition()]


def load_aws_managed_policies(account: str) -> None:
    """Load AWS's policies into an account when a request first needs one: there are more than a thousand."""
    backend = iam_backend(account)
    if backend.aws_managed_policies:
        return
    models = import_lazily("moto.iam.models")
    policies = json.loads(models.aws_managed_policies_data)
    build = models.AWSManagedPolicy.from_data
    backend.aws_managed_policies = [build(name, account, partition(), each) for name, each in policies.items()]
    backend.managed_policies.update({policy.arn: policy for policy in backend.aws_managed_policies})


def managed_policy(account: str, arn: str) -> Any:
    """Return a managed policy (moto's object) of an account or of AWS, or `None`."""
    if AWS_MANAGED.match(arn):
        load_aws_managed_policies(account)
    return iam_backend(account).managed_policies.get(arn)


def identity_policies(principal: Principal) -> list[str]:
    """Return the identity-based policies of a principal: inline, attached, and those of its groups."""
    return [
        text
        for holder in policy_holders(principal)
        for text in (*holder.policies.values(), *map(policy_document, holder.managed_policies.values()))
    ]


def policy_holders(principal: Principal) -> list[Any]:
    """Return moto's role, or user and groups, of a principal; none if it was deleted, or made anew since."""
    holder = _holder(principal)
    if holder is None or principal.kind is PrincipalKind.ASSUMED_ROLE:
        return [holder] if holder else []
    return [holder, *iam_backend(principal.account).get_groups_for_user(holder.name)]


def _holder(principal: Principal) -> Any:
    backend = iam_backend(principal.account)
    if principal.kind is PrincipalKind.ASSUMED_ROLE:
        found = next((role for role in backend.roles.values() if role.name == principal.name), None)
    elif principal.kind is PrincipalKind.IAM_USER:
        found = backend.users.get(principal.name)
    else:
        return None
    unique_id = principal.principal_id.partition(":")[0]
    return found if found is not None and (not unique_id or found.id == unique_id) else None


def policy_document(policy: Any) -> str:
    """Return the default version of a managed policy (moto's object)."""
    return next((version.document for version in policy.versions if version.is_default), "")


def boundary_arn(principal: Principal) -> str:
    """Return the ARN of a principal's permissions boundary, or an empty text."""
    holder, request = _holder(principal), current_request()
    if holder is None:
        return ""
    if principal.kind is PrincipalKind.IAM_USER:
        return request.aws.state(UserBoundaries).get(holder, "") if request else ""
    return str(holder.permissions_boundary_arn or "")


def boundary(principal: Principal) -> str | None:
    """Return the policy document of a principal's permissions boundary, or `None` if it has none.

    A boundary whose policy is gone allows nothing.
    """
    arn = boundary_arn(principal)
    managed = iam_backend(principal.account).managed_policies if arn else {}
    if not arn:
        return None
    return policy_document(managed[arn]) if arn in managed else "{}"


def principal_tags(principal: Principal) -> dict[str, str]:
    """Return the tags of a principal's role or user; those of its session replace them (STS-64)."""
    holder, request = _holder(principal), current_request()
    session = request.aws.state(SessionTags).of(principal).tags if request else {}
    if holder is None:
        return session
    if principal.kind is PrincipalKind.IAM_USER:
        tags = iam_backend(principal.account).tagger.list_tags_for_resource(holder.arn)["Tags"]
    else:
        tags = list(holder.tags.values()) if isinstance(holder.tags, dict) else holder.tags or []
    replaced = {name.lower() for name in session}
    own = {str(each["Key"]): str(each.get("Value", "")) for each in tags}
    return {**{name: value for name, value in own.items() if name.lower() not in replaced}, **session}


def known_ids(document: str) -> dict[str, str]:
    """Return the unique ids of the roles and users that a resource-based policy names, by ARN, as they are now."""
    found: dict[str, str] = {}
    for statement in statements(document):
        for element in ("Principal", "NotPrincipal"):
            named = statement.get(element)
            names = as_list(named.get("AWS", [])) if isinstance(named, dict) else []
            for arn in map(str, names):
                unique_id = unique_id_of(arn)
                if unique_id:
                    found[arn] = unique_id
    return found


def exists(principal: str) -> bool:
    """Return whether this can be an `AWS` principal: an account, a session, or a role or user that exists."""
    if principal == "*" or ACCOUNT.fullmatch(principal) or principal.startswith(("AROA", "AIDA")):
        return True
    return ROLE_OR_USER.fullmatch(principal) is not None and bool(unique_id_of(principal))


def unique_id_of(arn: str) -> str:
    """Return the unique id of a role or user by its ARN, or an empty text."""
    from moto.iam.models import iam_backends

    match = ROLE_OR_USER.fullmatch(arn)
    if match is None or match[1] not in iam_backends:
        return ""
    backend = iam_backend(match[1])
    holders = backend.users if match[2] == "user" else backend.roles
    return next((str(each.id) for each in holders.values() if each.arn == arn), "")
