"""How faults are made: an AWS that is wrong in one place, by a behaviour added, changed or taken away."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode

from embedded.audit.history import Event, EventStore
from embedded.audit.records import EventDetails, record_service_call
from embedded.core.behaviours import Behaviour
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.request import ApiRequest, SignatureKind
from embedded.services.ec2.resources import ec2_backend
from embedded.services.kms.key_states import KeyState, StateChanges
from embedded.services.s3.buckets import find_bucket
from embedded.services.s3.encryption import SSE_KEY
from fixtures.resources.s3_object import ABSENT_KEY
from tests.support.checks_run import Behaviours

Breaks = Callable[[Behaviours], Behaviours]
OBJECT = "clock.png"


def added(build: Callable[[Behaviour], object]) -> Breaks:
    """Add one more behaviour, which `build` fills. It comes before the right ones."""

    def breaks(behaviours: Behaviours) -> Behaviours:
        fault = Behaviour("fault")
        build(fault)
        return (fault, *behaviours)

    return breaks


def lacking(behaviour: Behaviour, *functions: Callable[..., Any]) -> Breaks:
    """Take some functions of a behaviour away."""
    return lambda behaviours: [each.without(*functions) if each is behaviour else each for each in behaviours]


def both(first: Breaks, second: Breaks) -> Breaks:
    """Break the AWS in two places."""
    return lambda behaviours: second(first(behaviours))


def intercepting(service: str, *operations: str, do: Callable[[ApiRequest], HttpResponse | None]) -> Breaks:
    """See a request before all behaviours."""
    return added(lambda fault: fault.intercept(service, *operations)(do))


def patching(target: str, parameters: str, wrapper: Callable[..., Any]) -> Breaks:
    """Wrap a function of the emulator."""
    return added(lambda fault: fault.patch(target, parameters)(wrapper))


# KMS


def kms_response(operation: str, edit: Callable[[dict[str, Any]], object]) -> Breaks:
    """Edit a response of KMS."""

    def modify(request: ApiRequest, response: HttpResponse) -> HttpResponse:
        body = response.json()
        edit(body)
        response.body = json.dumps(body).encode()
        return response

    return added(lambda fault: fault.modify_response("kms", operation)(modify))


def key_metadata(**metadata: str) -> Breaks:
    return kms_response("DescribeKey", lambda body: body["KeyMetadata"].update(metadata))


def key_policy(edit: Callable[[list[dict[str, Any]]], object]) -> Breaks:
    """Edit the statements of the lab key's policy as it is sent."""

    def intercept(request: ApiRequest) -> None:
        policy = json.loads(request.params["Policy"])
        if policy.get("Id"):
            edit(policy["Statement"])
            request.params["Policy"] = json.dumps(policy)
            request.override(Policy=request.params["Policy"])

    return intercepting("kms", "CreateKey", do=intercept)


def without_statement(sid: str) -> Callable[[list[dict[str, Any]]], object]:
    def edit(statements: list[dict[str, Any]]) -> None:
        statements[:] = [each for each in statements if each["Sid"] != sid]

    return edit


def replace_encryption_context(request: ApiRequest) -> None:
    context = {"purpose": "kms lab"}
    request.params["EncryptionContext"] = context
    request.override(EncryptionContext=context)


def ignore_named_key(request: ApiRequest) -> None:
    request.params.pop("KeyId", None)
    request.override(KeyId=None)


def enable_nothing(request: ApiRequest) -> HttpResponse:
    request.context(EventDetails).key_arns = (request.params["KeyId"],)
    return HttpResponse(200, {"content-type": "application/x-amz-json-1.1"}, b"")


def pending_deletion_as_disabled(original: Callable[..., Any], operation: str, key_arn: str, state: str) -> Any:
    return original(operation, key_arn, "Disabled" if state == "PendingDeletion" else state)


def disabled_as_pending_deletion(original: Callable[..., Any], operation: str, key_arn: str, state: str) -> Any:
    is_disabled = operation == "Decrypt" and state == "Disabled"
    return original(operation, key_arn, "PendingDeletion" if is_disabled else state)


def state_errors(wrapper: Callable[..., Any]) -> Breaks:
    """Wrap what KMS and the services answer because of a key's state."""
    return added(
        lambda fault: [
            fault.patch(f"embedded.services.kms.{module}:state_error", "operation, key_arn, state")(wrapper)
            for module in ("key_states", "service_access")
        ]
    )


def other_plaintext(response: HttpResponse) -> None:
    response.body = json.dumps({**response.json(), "Plaintext": "b3RoZXIgYnl0ZXM="}).encode()


def once_enabled_again(
    service: str, operation: str, edit: Callable[[HttpResponse], object], *, times: int = 1
) -> Breaks:
    """Edit the responses to an operation once the key was enabled again so many times."""

    def modify(request: ApiRequest, response: HttpResponse) -> HttpResponse:
        if times_enabled(request) >= times:
            edit(response)
        return response

    return added(lambda fault: fault.modify_response(service, operation)(modify))


def state_once(had: KeyState, seen: KeyState) -> Callable[..., str]:
    """Let S3 and EBS see a state for ever once the key had a state."""

    def state(original: Callable[..., str], request: ApiRequest, key: Any) -> str:
        states = [each.state for each in request.aws.state(StateChanges).get(key, [])]
        return str(seen) if had in states else original(request, key)

    return state


# S3


def upload_without(*headers: str) -> Breaks:
    """Remove headers from the object's upload."""

    def intercept(request: ApiRequest) -> None:
        if request.params["Key"] == OBJECT:
            request.http = request.http.with_headers(dict.fromkeys(headers))

    return intercepting("s3", "PutObject", do=intercept)


def upload_with_absent_key(request: ApiRequest) -> None:
    if request.http.headers.get(SSE_KEY) == ABSENT_KEY:
        request.http = request.http.with_headers({SSE_KEY: None})


def get_object(applies: Callable[[ApiRequest], bool], do: Callable[[ApiRequest], object]) -> Breaks:
    """See some GetObject requests before all behaviours."""

    def intercept(request: ApiRequest) -> None:
        if applies(request):
            do(request)

    return intercepting("s3", "GetObject", do=intercept)


def signed_as(kind: SignatureKind) -> Callable[[ApiRequest], None]:
    def do(request: ApiRequest) -> None:
        request.signature = kind

    return do


def other_bytes(applies: Callable[[ApiRequest], bool]) -> Breaks:
    """Return the object's bytes reversed."""

    def modify(request: ApiRequest, response: HttpResponse) -> HttpResponse:
        if request.params["Key"] == OBJECT and applies(request):
            response.body = bytes(reversed(response.body))
            response.headers = {name: value for name, value in response.headers.items() if "checksum" not in name}
        return response

    return added(lambda fault: fault.modify_response("s3", "GetObject")(modify))


def is_unblocked(request: ApiRequest) -> bool:
    return not find_bucket(request.params["Bucket"]).public_access_block.block_public_acls


def refuse(code: str, message: str, status: int) -> Callable[[ApiRequest], None]:
    def do(request: ApiRequest) -> None:
        raise AwsError(code, message, status)

    return do


# The event history


def unrecorded(name: str) -> Breaks:
    """Leave out the events of a name."""

    def add(original: Callable[..., None], store: EventStore, account: str, region: str, event: Event) -> None:
        if event.record["eventName"] != name:
            original(store, account, region, event)

    return patching("embedded.audit.history:EventStore.add", "self, account, region, event", add)


def another_identity(original: Callable[..., None], store: EventStore, account: str, region: str, event: Event) -> None:
    if event.record["eventName"] == "GenerateDataKey":
        event.record["userIdentity"]["arn"] = f"arn:aws:sts::{account}:assumed-role/somebody/else"
    original(store, account, region, event)


def events(request: ApiRequest, account: str = "") -> list[dict[str, Any]]:
    """Return the records of an account, newest first."""
    store = request.aws.state(EventStore)
    found = store.visible(account or request.account, request.region, request.aws.now(), 0)
    return [event.record for event in found]


def record_decrypt_of_anonymous_read(request: ApiRequest) -> None:
    if request.principal.is_anonymous and request.params["Key"] == OBJECT:
        credential = request.aws.credentials.find(request.aws.students[0].access_key_id)
        assert credential
        principal = credential.principal
        context = {"aws:s3:arn": f"arn:aws:s3:::{request.params['Bucket']}/{OBJECT}"}
        uploads = (
            each
            for each in events(request, principal.account)
            if each["eventName"] == "GenerateDataKey" and each["requestParameters"].get("encryptionContext") == context
        )
        record_service_call(
            request,
            "Decrypt",
            {"encryptionContext": context},
            key_arn=next(uploads)["resources"][0]["ARN"],
            principal=principal,
            invoked_by="fas.s3.amazonaws.com",
        )


# EC2


def xml(operation: str, pattern: bytes, replacement: bytes) -> Breaks:
    """Edit a response of EC2."""

    def modify(request: ApiRequest, response: HttpResponse) -> HttpResponse:
        response.body = re.sub(pattern, replacement, response.body)
        return response

    return added(lambda fault: fault.modify_response("ec2", operation)(modify))


def form_without(operation: str, *names: str) -> Breaks:
    """Remove parameters from a request to EC2."""

    def intercept(request: ApiRequest) -> None:
        pairs = [(name, value) for name, value in parse_qsl(request.http.body.decode()) if name not in names]
        request.http = dataclasses.replace(request.http, body=urlencode(pairs).encode())
        for name in names:
            request.params.pop(name, None)

    return intercepting("ec2", operation, do=intercept)


def encrypt_by_default(request: ApiRequest) -> None:
    ec2_backend(request).ebs_encryption_by_default = True


def attach_old_volume(request: ApiRequest) -> None:
    backend = ec2_backend(request)
    for volume in [each for each in backend.volumes.values() if not each.encrypted and each.attachment is None]:
        backend.attach_volume(volume.id, request.params["InstanceIds"][0], "/dev/sdf")


def stop_instances(request: ApiRequest) -> None:
    for reservation in ec2_backend(request).reservations.values():
        for instance in reservation.instances:
            instance.stop()


def refuse_once_enabled_again(original: Callable[..., Any], request: ApiRequest, instance: Any) -> Any:
    # The key is enabled again twice: after KMS and S3 were tried, and after the instance was.
    again = times_enabled(request) > 1
    return AwsError("DisabledException", "is disabled.") if again else original(request, instance)


def times_enabled(request: ApiRequest) -> int:
    return sum(each["eventName"] == "EnableKey" for each in events(request))


def refuse_while_disabled(request: ApiRequest) -> None:
    if sum(each["eventName"] == "DisableKey" for each in events(request)) > times_enabled(request):
        raise AwsError("IncorrectState", "The instance cannot be started.")


def for_another_reason(response: HttpResponse) -> None:
    response.body = re.sub(rb"Client\.(InvalidKMSKey\.InvalidState|InternalError)", b"Client.Another", response.body)
