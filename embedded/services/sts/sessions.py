"""STS: who is calling, and sessions of roles that let the caller in.

Facts: `aws-behaviour.md` §9.1 (caller identity of a role session), `moto-gaps.md` §6 (moto names a user that AWS has
no form for, and lets anybody assume what does not exist). A role's trust policy decides with the caller's own
policies: naming the principal is enough in one account, naming the account hands over to IAM
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html).
"""

from __future__ import annotations

import re
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.call import PARTITION, Answer, AwsError, Call
from embedded.core.protocols import serialized, unsatisfied
from embedded.services.iam.authorization import identity_effect, refusal
from embedded.services.iam.policy_engine import Request, caller_context, matching, names

BEHAVIOUR = Behaviour("sts")

ROLE = re.compile(r"arn:aws:iam::(\d{12}):role/(?:.*/)?([\w+=,.@-]{1,64})")
SHORTEST, DEFAULT_SECONDS, USER_DEFAULT = 900, 3600, 43200


@BEHAVIOUR.instead("sts", "GetCallerIdentity")
def _caller_identity(call: Call) -> Answer:
    caller = call.caller
    return serialized(call, {"UserId": caller.principal_id, "Account": caller.account, "Arn": caller.arn})


@BEHAVIOUR.instead("sts", "AssumeRole")
def _assume_role(call: Call) -> Answer:
    arn, session = str(call.params.get("RoleArn", "")), str(call.params.get("RoleSessionName", ""))
    if not re.fullmatch(r"[\w+=,.@-]{2,64}", session):
        pattern = r"satisfy regular expression pattern: [\w+=,.@-]*"
        raise unsatisfied("roleSessionName", session, pattern, code="ValidationError")
    role = _role(call, arn)
    request = Request("sts:AssumeRole", arn, call.caller, {**caller_context(call.caller), **_context(call)})
    effects = (
        [(each.get("Effect"), names(each, call.caller)) for each in matching(role.assume_role_policy_document, request)]
        if role
        else []
    )
    named = {how for effect, how in effects if effect == "Allow" and how}
    denied = any(effect == "Deny" and how for effect, how in effects)
    identity = identity_effect(request)
    own = role is not None and role.account_id == call.caller.account
    if denied or identity == "Deny" or not named or not ((own and "principal" in named) or identity == "Allow"):
        raise refusal("sts", f"User: {call.caller.arn} is not authorized to perform: sts:AssumeRole on resource: {arn}")
    seconds = _duration(call, int(role.max_session_duration or DEFAULT_SECONDS), DEFAULT_SECONDS)
    credential = call.aws.identities.session(role, session, seconds, str(call.params.get("Policy") or ""))
    assumed = {"AssumedRoleId": credential.caller.principal_id, "Arn": credential.caller.arn}
    return serialized(call, {"Credentials": _told(call, credential), "AssumedRoleUser": assumed})


@BEHAVIOUR.instead("sts", "GetSessionToken")
def _session_token(call: Call) -> Answer:
    if call.caller.kind != "IAMUser":
        raise refusal("sts", "Cannot call GetSessionToken with session credentials")
    credential = call.aws.identities.user_session(call.caller, _duration(call, USER_DEFAULT * 3, USER_DEFAULT))
    return serialized(call, {"Credentials": _told(call, credential)})


@BEHAVIOUR.instead("sts", "GetAccessKeyInfo")
def _access_key_info(call: Call) -> Answer:
    credential = call.aws.identities.credential(str(call.params.get("AccessKeyId")))
    if credential is None:
        raise AwsError("ValidationError", "The access key ID is not valid.")
    return serialized(call, {"Account": credential.caller.account})


def _role(call: Call, arn: str) -> Any:
    from moto.iam.models import iam_backends

    found = ROLE.fullmatch(arn)
    if not found:
        raise AwsError("ValidationError", f"{arn} is invalid")
    call.aws.lay_out(found[1], "iam")
    roles = iam_backends[found[1]][PARTITION].roles.values() if found[1] in iam_backends else ()
    return next((role for role in roles if role.name == found[2]), None)


def _context(call: Call) -> dict[str, str | list[str]]:
    external = call.params.get("ExternalId")
    return {"sts:ExternalId": str(external)} if external else {}


def _duration(call: Call, longest: int, default: int) -> int:
    seconds = int(call.params.get("DurationSeconds") or min(default, longest))
    if not SHORTEST <= seconds <= longest:
        raise AwsError(
            "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        )
    return seconds


def _told(call: Call, credential: Any) -> dict[str, Any]:
    return {
        "AccessKeyId": credential.access_key_id,
        "SecretAccessKey": credential.secret_access_key,
        "SessionToken": credential.session_token,
        "Expiration": call.aws.datetime(credential.expires),
    }
