"""What makes a text a policy document, and which condition keys it may have.

Facts: IAM-08, IAM-46, IAM-51, IAM-103, KMS-58. A condition key that AWS knows and the embedded AWS does not evaluate is
refused when the policy is stored: it is never taken for met or unmet. A key that AWS does not know is absent from each
request, here as there (IAM-46).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

from embedded.core.error_responses import not_implemented
from embedded.core.errors import AwsError
from embedded.services.iam.conditions import SYNTAX, read_conditions
from embedded.services.iam.policy_engine import as_list


class PolicyKind(Enum):
    """Kinds of policies: the error code of a malformed one, and whether statements have principals and resources."""

    IDENTITY = ("MalformedPolicyDocument", False, True)
    TRUST = ("MalformedPolicyDocument", True, False)
    KEY = ("MalformedPolicyDocumentException", True, True)
    BUCKET = ("MalformedPolicy", True, True)

    def __init__(self, code: str, has_principals: bool, has_resources: bool) -> None:  # an enum's value
        self.code, self.has_principals, self.has_resources = code, has_principals, has_resources

    @property
    def is_of_iam(self) -> bool:
        return self in (PolicyKind.IDENTITY, PolicyKind.TRUST)


VERSIONS = ("2012-10-17", "2008-10-17")
POLICY_ELEMENTS = {"Version", "Id", "Statement"}
STATEMENT_ELEMENTS = {
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
}
PRINCIPAL_KINDS = {"AWS", "Service", "Federated", "CanonicalUser", "*"}
SID = re.compile("[0-9A-Za-z]*")
SID_MUST_FIT = f"Check that your input satisfies the regular expression {SID.pattern}"
NOT_JSON = "This policy contains invalid Json"
NOT_EVALUATED = {
    "s3": (
        "existingjoboperation",
        "existingjobpriority",
        "inventoryaccessibleoptionalfields",
        "isreplicationpauserequest",
        "jobsuspendedcause",
        "requestjoboperation",
        "requestjobpriority",
        "destinationregion",
    ),
    "iam": (
        "associatedresourcearn",
        "delegationduration",
        "delegationrequestowner",
        "fido-certification",
        "fido-fips-140-2-certification",
        "fido-fips-140-3-certification",
        "notificationchannel",
        "organizationspolicyid",
        "registersecuritykey",
        "servicespecificcredentialagedays",
        "servicespecificcredentialservicename",
        "templatearn",
    ),
    "sts": ("requestcontext", "requestcontextproviders"),
}
"""Keys that AWS evaluates and the embedded AWS does not."""
EC2_KEYS = (
    "attribute",
    "availabilityzone",
    "createaction",
    "encrypted",
    "imageid",
    "instanceid",
    "instanceprofile",
    "instancetype",
    "kmskeyid",
    "parentsnapshot",
    "parentvolume",
    "region",
    "resourcetag",
    "snapshotid",
    "volumeid",
    "volumeiops",
    "volumesize",
    "volumethroughput",
    "volumetype",
)
"""Keys of EC2 that are evaluated: others are not, and EC2 has more than a hundred."""


class _DuplicateError(ValueError):
    pass


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _DuplicateError
    return found


def check_policy(document: str, kind: PolicyKind) -> list[Mapping[str, Any]]:
    """Return the statements of a policy document.

    Raises `AwsError` if it is malformed, or has condition keys that are not evaluated.
    """
    policy = _parsed(document, kind)
    unknown = sorted(set(policy) - POLICY_ELEMENTS)
    if unknown:
        raise _malformed(kind, SYNTAX, f"Unknown field {unknown[0]}")
    if "Version" in policy and policy["Version"] not in VERSIONS:
        raise _malformed(kind, SYNTAX, f"The policy must contain a valid version string, not {policy['Version']!r}.")
    found = as_list(policy.get("Statement", []))
    if not found:
        missing = "Missing required field Principal" if kind is PolicyKind.TRUST else SYNTAX
        raise _malformed(kind, missing, "Missing required field Statement")
    for statement in found:
        _check_statement(statement, kind)
    if kind.is_of_iam and not all(SID.fullmatch(str(each.get("Sid", ""))) for each in found):
        raise _malformed(kind, f"Statement IDs (SID) must be alpha-numeric. {SID_MUST_FIT}")
    check_condition_keys(each for statement in found for each in _keys(statement))
    return found


def _parsed(document: str, kind: PolicyKind) -> dict[str, Any]:
    if kind is PolicyKind.BUCKET and not document.startswith("{"):
        raise AwsError(kind.code, "Policies must be valid JSON and the first byte must be '{'")
    try:
        policy = json.loads(document, object_pairs_hook=_without_duplicates)
    except _DuplicateError:
        raise _malformed(kind, SYNTAX, "Duplicate field in the policy") from None
    except (ValueError, RecursionError):
        raise _malformed(kind, NOT_JSON if kind is PolicyKind.TRUST else SYNTAX, NOT_JSON) from None
    if not isinstance(policy, dict):
        raise _malformed(kind, SYNTAX, NOT_JSON)
    return policy


def _check_statement(statement: Any, kind: PolicyKind) -> None:
    if not isinstance(statement, dict):
        raise _malformed(kind, SYNTAX, "Invalid policy syntax.")
    unknown = sorted(set(statement) - STATEMENT_ELEMENTS)
    if unknown:
        raise _malformed(kind, SYNTAX, f"Unknown field {unknown[0]}")
    _check_effect(statement, kind)
    if kind.has_principals:
        _check_one_of(statement, "Principal", kind)
        _check_principal(statement.get("Principal", statement.get("NotPrincipal")), kind)
    elif "Principal" in statement or "NotPrincipal" in statement:
        raise _malformed(kind, "Policy document should not specify a principal.")
    _check_one_of(statement, "Action", kind)
    if kind.has_resources:
        _check_one_of(statement, "Resource", kind)
    elif "Resource" in statement or "NotResource" in statement:
        raise _malformed(kind, "Has prohibited field Resource")
    try:
        read_conditions(statement.get("Condition") or {}, variables=True)
    except ValueError as unreadable:
        raise _malformed(kind, SYNTAX, str(unreadable)) from None


def _check_effect(statement: Mapping[str, Any], kind: PolicyKind) -> None:
    effect = statement.get("Effect")
    if effect is None:
        raise _malformed(kind, SYNTAX, "Missing required field Effect")
    # IAM takes effects in any case (IAM-51).
    shown = str(effect).capitalize() if kind is PolicyKind.IDENTITY else effect
    if shown not in ("Allow", "Deny"):
        raise _malformed(kind, SYNTAX, f"Invalid effect: {effect}")


def _check_one_of(statement: Mapping[str, Any], name: str, kind: PolicyKind) -> None:
    """Raise unless a statement has an element or its negation, and not both."""
    both = [each for each in (name, f"Not{name}") if each in statement]
    if not both:
        raise _malformed(kind, f"Missing required field {name}")
    if len(both) > 1:
        raise _malformed(kind, SYNTAX, "Invalid policy syntax.")
    if name == "Principal":
        return
    texts = as_list(statement[both[0]])
    if not texts or not all(isinstance(each, str) and each for each in texts):
        raise _malformed(kind, SYNTAX, f"Missing required field {name} cannot be empty!")


def _check_principal(element: Any, kind: PolicyKind) -> None:
    if element in ("*", ["*"]):
        return
    wrong = not isinstance(element, dict) or not element or bool(set(element) - PRINCIPAL_KINDS)
    if not wrong:
        names = [each for value in element.values() for each in as_list(value)]
        wrong = not names or not all(isinstance(each, str) and each for each in names)
    if wrong:
        raise _malformed(kind, "Invalid principal in policy", "Invalid principal in policy")


def _keys(statement: Mapping[str, Any]) -> Iterable[str]:
    return (str(key) for keys in (statement.get("Condition") or {}).values() for key in keys)


def check_condition_keys(keys: Iterable[str]) -> None:
    """Raise `NotImplemented`, with its name, for a key that AWS evaluates and the embedded AWS does not."""
    for key in keys:
        vendor, _, name = key.lower().partition(":")
        name = name.partition("/")[0].partition(":")[0]
        if name in NOT_EVALUATED.get(vendor, ()) or (vendor == "ec2" and name not in EC2_KEYS):
            raise not_implemented(f"does not evaluate the condition key {key}. Use a policy without it.")


def _malformed(kind: PolicyKind, message: str, of_resource: str = "") -> AwsError:
    """Return the error. The policies of resources are told `of_resource` instead, and KMS says nothing."""
    if kind is PolicyKind.KEY:
        return AwsError(kind.code, "")
    return AwsError(kind.code, of_resource if of_resource and kind is PolicyKind.BUCKET else message)
