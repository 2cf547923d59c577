"""A client token makes a request of EC2 once, however often it is sent.

Facts: https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html: the same token with the same
parameters gives the first result and changes nothing, with other parameters `IdempotentParameterMismatch`. botocore
draws a token by itself, and repeats it when it tries again. moto keeps the token and makes another one.
"""

from __future__ import annotations

import json

from embedded.core.behaviours import Behaviour
from embedded.core.call import Answer, AwsError, Call

BEHAVIOUR = Behaviour("ec2 client tokens")

OPERATIONS = ("RunInstances", "CreateVolume", "CreateReplaceRootVolumeTask")


@BEHAVIOUR.gate("ec2", *OPERATIONS)
def _made_before(call: Call) -> Answer | None:
    token = call.params.get("ClientToken")
    first = _kept(call).get((call.operation, str(token))) if token else None
    if first is None:
        return None
    asked, answer = first
    if asked != _asked(call):
        message = "Arguments on this idempotent request are inconsistent with arguments used in previous request(s)."
        raise AwsError("IdempotentParameterMismatch", message)
    return Answer(answer.status, dict(answer.headers), answer.body)


@BEHAVIOUR.after("ec2", *OPERATIONS)
def _keep(call: Call, answer: Answer) -> Answer:
    token = call.params.get("ClientToken")
    if token:
        kept = Answer(answer.status, dict(answer.headers), answer.body)
        _kept(call)[call.operation, str(token)] = (_asked(call), kept)
    return answer


def _kept(call: Call) -> dict[tuple[str, str], tuple[str, Answer]]:
    return call.aws.client_tokens[call.account, call.region]


def _asked(call: Call) -> str:
    return json.dumps(call.params, sort_keys=True, default=str)
