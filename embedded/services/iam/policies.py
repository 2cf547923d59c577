"""AWS managed policies, malformed policies, and whom a trust policy means.

Facts: IAM-08, IAM-09, IAM-48, IAM-51, IAM-68, IAM-104, IAM-105, MOTO-41.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.request import ApiRequest, current_request
from embedded.services.iam.policy_engine import as_list, condition_keys
from embedded.services.iam.policy_grammar import PolicyKind, check_condition_keys, check_policy
from embedded.services.iam.principals import (
    AWS_MANAGED,
    TrustedIds,
    exists,
    iam_backend,
    known_ids,
    load_aws_managed_policies,
    policy_document,
)

BEHAVIOUR = Behaviour("iam policies")

SERVICE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.(amazonaws\.com(\.cn)?|amazon\.com|aws\.internal)")
NAMING = ("PolicyArn", "PermissionsBoundary")
INLINE_POLICIES = ("PutGroupPolicy", "PutRolePolicy", "PutUserPolicy")
IDENTITY_POLICIES = ("CreatePolicy", "CreatePolicyVersion", *INLINE_POLICIES)


@BEHAVIOUR.resolve("iam")
def _load_aws_managed_policies(request: ApiRequest) -> None:
    """Load AWS's policies when a request first needs one: there are more than a thousand."""
    named = any(AWS_MANAGED.match(str(request.params.get(name) or "")) for name in NAMING)
    listed = request.operation == "ListPolicies" and request.params.get("Scope") != "Local"
    if named or listed:
        load_aws_managed_policies(request.account)


@BEHAVIOUR.validate("iam", "CreateRole", "UpdateAssumeRolePolicy")
def _check_trust_policy(request: ApiRequest) -> HttpResponse | None:
    for statement in check_policy(_trust_policy(request), PolicyKind.TRUST):
        element = statement.get("Principal", statement.get("NotPrincipal"))
        named = element if isinstance(element, dict) else {}
        for name in map(str, as_list(named.get("AWS", []))):
            if not exists(name):
                raise AwsError("MalformedPolicyDocument", f'Invalid principal in policy: "AWS":"{name}"')
        for name in map(str, as_list(named.get("Service", []))):
            if not SERVICE.fullmatch(name):
                raise AwsError("MalformedPolicyDocument", f'Invalid principal in policy: "SERVICE":"{name}"')
    return None


def _trust_policy(request: ApiRequest) -> str:
    return str(request.params.get("AssumeRolePolicyDocument") or request.params.get("PolicyDocument") or "")


@BEHAVIOUR.modify_response("iam", "CreateRole", "UpdateAssumeRolePolicy")
def _note_trusted_ids(request: ApiRequest, response: HttpResponse) -> HttpResponse:
    """Keep which roles and users a trust policy means: made anew under the same name they are others (IAM-48)."""
    name = str(request.params["RoleName"])
    role = next(each for each in iam_backend(request.account).roles.values() if each.name == name)
    request.aws.state(TrustedIds)[role] = known_ids(_trust_policy(request))
    return response


@BEHAVIOUR.validate("iam", *IDENTITY_POLICIES)
def _check_identity_policy(request: ApiRequest) -> HttpResponse | None:
    check_policy(str(request.params.get("PolicyDocument") or ""), PolicyKind.IDENTITY)
    return None


@BEHAVIOUR.validate("iam", "AttachRolePolicy", "AttachUserPolicy", "AttachGroupPolicy", "PutRolePermissionsBoundary")
def _check_attached_policy(request: ApiRequest) -> HttpResponse | None:
    """Refuse AWS's policies that have condition keys which are not evaluated."""
    arn = str(request.params.get("PolicyArn") or request.params.get("PermissionsBoundary") or "")
    policy = iam_backend(request.account).managed_policies.get(arn)
    if policy is not None:
        check_condition_keys(condition_keys([policy_document(policy)]))
    return None


@BEHAVIOUR.validate("iam")
def _check_policy_arn(request: ApiRequest) -> HttpResponse | None:
    arn = request.params.get("PolicyArn")
    if arn is None:
        return None
    if not str(arn).startswith("arn:"):
        raise AwsError("ValidationError", "Invalid ARN:  Could not be parsed!")
    if arn not in iam_backend(request.account).managed_policies:
        attaches = request.operation.startswith("Attach")
        ending = "does not exist or is not attachable." if attaches else "was not found."
        raise AwsError("NoSuchEntity", f"Policy {arn} {ending}", 404)
    return None


@BEHAVIOUR.patch("moto.iam.policy_validation:BaseIAMPolicyValidator._validate_version", "self")
def _version(original: Callable[[Any], None], validator: Any) -> None:
    """Take inline policies of the older version, and without one: only managed policies need the newer (IAM-105)."""
    request = current_request()
    if request is None or request.operation not in INLINE_POLICIES:
        original(validator)


@BEHAVIOUR.patch("moto.iam.policy_validation:IAMPolicyDocumentValidator._validate_condition_syntax", "statement")
def _conditions(original: Callable[[Any], None], statement: Any) -> None:
    """Accept what `check_policy` has read; moto refuses numbers."""
