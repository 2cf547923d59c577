"""What is made carries the date of this AWS's clock, not of the machine's.

Facts: `aws-behaviour.md` §5.2 and §1.3: the dates that KMS, S3 and EC2 tell of a thing are those of the event that
made it. moto dates everything by the machine's clock, so that a turned clock, or work done in the past, would tell
two times of one thing.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.call import current

BEHAVIOUR = Behaviour("dates")


@BEHAVIOUR.patch("moto.s3.models:utcnow", "")
@BEHAVIOUR.patch("moto.ec2.models.elastic_block_store:utcnow", "")
@BEHAVIOUR.patch("moto.ec2.models.instances:utcnow", "")
def _now(original: Callable[[], datetime.datetime]) -> datetime.datetime:
    call = current.get()
    return call.aws.datetime(call.aws.now()) if call is not None else original()


@BEHAVIOUR.patch("moto.kms.models:unix_time", "dt")
def _seconds(original: Callable[[Any], float], dt: Any = None) -> float:
    call = current.get()
    return call.aws.now() if dt is None and call is not None else original(dt)
