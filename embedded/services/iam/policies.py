"""AWS managed policies, and malformed trust policies.

Facts: IAM-08, IAM-09, MOTO-41.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.moto_imports import import_lazily
from embedded.core.principal import PARTITION
from embedded.core.request import ApiRequest
from embedded.services.iam.authorization import iam_backend
from embedded.services.iam.policy_engine import statements

BEHAVIOUR = Behaviour("iam policies")

AWS_MANAGED = "arn:aws:iam::aws:policy/"


@BEHAVIOUR.resolve("iam")
def _load_aws_managed_policies(request: ApiRequest) -> None:
    """Load AWS's policies when a request first needs one: there are more than a thousand."""
    named = str(request.params.get("PolicyArn") or "").startswith(AWS_MANAGED)
    listed = request.operation == "ListPolicies" and request.params.get("Scope") != "Local"
    backend = iam_backend(request.account)
    if (named or listed) and not backend.aws_managed_policies:
        models = import_lazily("moto.iam.models")
        policies = json.loads(models.aws_managed_policies_data)
        build = models.AWSManagedPolicy.from_data
        backend.aws_managed_policies = [
            build(name, request.account, PARTITION, each) for name, each in policies.items()
        ]
        backend.managed_policies.update({policy.arn: policy for policy in backend.aws_managed_policies})


@BEHAVIOUR.validate("iam", "CreateRole", "UpdateAssumeRolePolicy")
def _check_trust_policy(request: ApiRequest) -> HttpResponse | None:
    text = str(request.params.get("AssumeRolePolicyDocument") or request.params.get("PolicyDocument") or "")
    try:
        json.loads(text)
    except ValueError:
        raise AwsError("MalformedPolicyDocument", "This policy contains invalid Json") from None
    found = statements(text)
    if not found or not all("Principal" in each or "NotPrincipal" in each for each in found):
        raise AwsError("MalformedPolicyDocument", "Missing required field Principal")
    if not all("Action" in each or "NotAction" in each for each in found):
        raise AwsError("MalformedPolicyDocument", "Missing required field Action")
    if any("Resource" in each for each in found):
        raise AwsError("MalformedPolicyDocument", "Has prohibited field Resource")
    return None


@BEHAVIOUR.patch("moto.iam.models:IAMBackend.attach_role_policy", "self, policy_arn, role_name")
def _attach_role_policy(original: Callable[..., None], backend: Any, policy_arn: str, role_name: str) -> None:
    if policy_arn not in backend.managed_policies:
        raise AwsError("NoSuchEntity", f"Policy {policy_arn} does not exist or is not attachable.", 404)
    original(backend, policy_arn, role_name)
