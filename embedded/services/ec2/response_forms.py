"""The namespace of EC2's responses, which ends with a slash.

Facts: EC2-64, MOTO-84.
"""

from __future__ import annotations

import re

from embedded.core.behaviours import Behaviour
from embedded.core.http import HttpResponse
from embedded.core.request import ApiRequest

BEHAVIOUR = Behaviour("ec2 responses")

NAMESPACE = re.compile(rb'(xmlns="http://ec2\.amazonaws\.com/doc/[\d-]+)"')


@BEHAVIOUR.modify_response("ec2")
def _end_namespace(request: ApiRequest, response: HttpResponse) -> HttpResponse:
    response.body = NAMESPACE.sub(rb'\1/"', response.body, count=1)
    return response
