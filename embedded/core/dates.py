"""Creation dates by the clock of the embedded AWS.

Facts: `aws-behaviour.md` §5.2 and §1.3. The dates that KMS, S3 and EC2 return are those of the event that created the
resource. moto dates by the machine's clock; after `advance_clock` or in backdated requests that would be another time.
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
