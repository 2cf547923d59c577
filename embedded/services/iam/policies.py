"""AWS managed policies, and malformed trust policies.

Facts: IAM-08, IAM-09, IAM-68, MOTO-41.
"""

from __future__ import annotations

import json
import re

from embedded.core.behaviours import Behaviour
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.moto_imports import import_lazily
from embedded.core.partition import partition
from embedded.core.request import ApiRequest
from embedded.services.iam.authorization import iam_backend
from embedded.services.iam.policy_engine import statements

BEHAVIOUR = Behaviour("iam policies")

AWS_MANAGED = re.compile(r"arn:aws(?:-[a-z]+)*:iam::aws:policy/")


@BEHAVIOUR.resolve("iam")
def _load_aws_managed_policies(request: ApiRequest) -> None:
    """Load AWS's policies when a request first needs one: there are more than a thousand."""
    named = AWS_MANAGED.match(str(request.params.get("PolicyArn") or ""))
    listed = request.operation == "ListPolicies" and request.params.get("Scope") != "Local"
    if named or listed:
        load_aws_managed_policies(request.account)


def load_aws_managed_policies(account: str) -> None:
    """Load AWS's policies into an account, once."""
    backend = iam_backend(account)
    if not backend.aws_managed_policies:
        models = import_lazily("moto.iam.models")
        policies = json.loads(models.aws_managed_policies_data)
        build = models.AWSManagedPolicy.from_data
        backend.aws_managed_policies = [build(name, account, partition(), each) for name, each in policies.items()]
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
