"""The quota on vCPUs of running standard instances.

Facts: code, name and default of 5
(https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-quotas.html); an unknown code is
`NoSuchResourceException` (https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_GetServiceQuota.html).
moto knows VPC's quotas only. The quota is returned and not enforced: the lab does not depend on EC2's answer beyond it.
"""

from __future__ import annotations

from embedded.core.behaviours import Behaviour
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.protocols import serialize
from embedded.core.request import ApiRequest

BEHAVIOUR = Behaviour("quotas")

STANDARD_VCPUS = {
    "ServiceCode": "ec2",
    "ServiceName": "Amazon Elastic Compute Cloud (Amazon EC2)",
    "QuotaCode": "L-1216C47A",
    "QuotaName": "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances",
    "Value": 5.0,
    "Unit": "None",
    "Adjustable": True,
    "GlobalQuota": False,
}


@BEHAVIOUR.implements("service-quotas", "GetServiceQuota")
def _get_service_quota(request: ApiRequest) -> HttpResponse:
    codes = {name: request.params.get(name) for name in ("ServiceCode", "QuotaCode")}
    if codes != {name: STANDARD_VCPUS[name] for name in codes}:
        raise AwsError("NoSuchResourceException", "The specified resource does not exist.")
    return serialize(request, {"Quota": STANDARD_VCPUS})
