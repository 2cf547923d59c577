"""Creation dates by the clock of the embedded AWS.

Facts: KMS-43, MOTO-44. The machine's clock would be another time after `advance_clock` and in backdated requests.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.environment import moto_datetime
from embedded.core.request import current_request

BEHAVIOUR = Behaviour("dates")


@BEHAVIOUR.patch("moto.s3.models:utcnow", "")
@BEHAVIOUR.patch("moto.ec2.models.elastic_block_store:utcnow", "")
@BEHAVIOUR.patch("moto.ec2.models.instances:utcnow", "")
def _now(original: Callable[[], datetime.datetime]) -> datetime.datetime:
    request = current_request()
    return moto_datetime(request.aws.now()) if request is not None else original()


@BEHAVIOUR.patch("moto.kms.models:unix_time", "dt")
def _timestamp(original: Callable[[Any], float], dt: Any = None) -> float:
    request = current_request()
    return request.aws.now() if dt is None and request is not None else original(dt)
