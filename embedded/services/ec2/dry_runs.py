"""Dry runs of the operations that moto serves, most of which would do what is asked for.

Facts: EC2-20, MOTO-86. Operations that are served here check for themselves (`resources.check_dry_run`), those that
change nothing before anything else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.http import HttpResponse
from embedded.core.request import ApiRequest, current_request
from embedded.services.ec2.resources import check_dry_run

BEHAVIOUR = Behaviour("ec2 dry runs")

READS = (
    "DescribeAvailabilityZones",
    "DescribeReplaceRootVolumeTasks",
    "DescribeVolumeAttribute",
    "DescribeVolumeStatus",
    "GetEbsDefaultKmsKeyId",
)


@BEHAVIOUR.patch("moto.core.responses:BaseResponse.call_action", "self")
def _call_action(original: Callable[[Any], Any], response: Any) -> Any:
    request = current_request()
    if request is not None and request.service == "ec2":
        check_dry_run(request)
    return original(response)


@BEHAVIOUR.validate("ec2", *READS)
def _check(request: ApiRequest) -> HttpResponse | None:
    check_dry_run(request)
    return None
