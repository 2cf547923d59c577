"""The quota that the lab can meet: how many vCPUs of standard instances may run.

Facts: its code, name and default (https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-quotas.html: 5 for
running on-demand standard instances); an unknown code is `NoSuchResourceException`
(https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_GetServiceQuota.html). moto knows VPC's quotas
only. It is told, and not enforced: what EC2 answers beyond it is no part of the lab.
"""

from __future__ import annotations

from embedded.core.behaviours import Behaviour
from embedded.core.call import Answer, AwsError, Call
from embedded.core.protocols import serialized

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


@BEHAVIOUR.instead("service-quotas", "GetServiceQuota")
def _quota(call: Call) -> Answer:
    asked = {name: call.params.get(name) for name in ("ServiceCode", "QuotaCode")}
    if asked != {name: STANDARD_VCPUS[name] for name in asked}:
        raise AwsError("NoSuchResourceException", "The specified resource does not exist.")
    return serialized(call, {"Quota": STANDARD_VCPUS})
