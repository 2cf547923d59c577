"""The namespace of EC2's responses, which ends with a slash, and the partition of the ARNs in them.

Facts: EC2-64, MOTO-84, REG-04. moto writes ARNs of subnets and security groups in the partition `aws`.
"""

from __future__ import annotations

import re

from embedded.core.behaviours import Behaviour
from embedded.core.http import HttpResponse
from embedded.core.partition import partition
from embedded.core.request import ApiRequest

BEHAVIOUR = Behaviour("ec2 responses")

NAMESPACE = re.compile(rb'(xmlns="http://ec2\.amazonaws\.com/doc/[\d-]+)"')


@BEHAVIOUR.modify_response("ec2")
def _end_namespace(request: ApiRequest, response: HttpResponse) -> HttpResponse:
    body = NAMESPACE.sub(rb'\1/"', response.body, count=1)
    response.body = body.replace(b"arn:aws:ec2:", f"arn:{partition()}:ec2:".encode())
    return response
