"""The phases of a request: their order, and what ends a request early."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from embedded.aws import BEHAVIOURS, EmbeddedAWS
from embedded.core.behaviours import Behaviour
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.request import ApiRequest
from tests.embedded.question import code
from tests.embedded.world import session

TRAILS = HttpResponse(200, {"content-type": "application/x-amz-json-1.1"}, b'{"Trails": []}')


def noted(**returned: Any) -> tuple[Behaviour, list[str]]:
    """A behaviour that notes each phase of ListTrails, registered in the reverse order, and its notes."""
    behaviour, notes = Behaviour("notes"), []

    def note(phase: str) -> Callable[..., Any]:
        def run(*given: Any) -> Any:
            notes.append(phase)
            wanted = returned.get(phase, given[1] if phase == "modify_response" else None)
            if isinstance(wanted, AwsError):
                raise wanted
            return wanted

        return run

    for phase in ("completed", "modify_response", "implements", "validate", "authorize", "resolve", "intercept"):
        getattr(behaviour, phase)("cloudtrail", "ListTrails")(note(phase))

    @behaviour.uses_state("cloudtrail", "ListTrails")
    def _uses_state(request: ApiRequest) -> list[tuple[str, str]]:
        notes.append("uses_state")
        return []

    return behaviour, notes


def list_trails(behaviour: Behaviour) -> str:
    """The outcome of ListTrails with this behaviour behind the right ones."""
    with EmbeddedAWS(behaviours=(*BEHAVIOURS, behaviour)) as aws:
        student = aws.students[0]
        signed_in = session(
            aws_access_key_id=student.access_key_id,
            aws_secret_access_key=student.secret_access_key,
            aws_session_token=student.session_token,
        )
        return code(signed_in.client("cloudtrail", endpoint_url=aws.endpoint).list_trails)


def test_a_request_passes_the_phases_in_their_order():
    """In whatever order they were registered."""
    behaviour, notes = noted(implements=TRAILS)
    assert list_trails(behaviour) == "served"
    assert notes == [
        "uses_state",
        "intercept",
        "resolve",
        "authorize",
        "validate",
        "implements",
        "modify_response",
        "completed",
    ]


def test_a_response_before_the_implementation_ends_a_request():
    """It is not modified, and the request is completed."""
    behaviour, notes = noted(validate=TRAILS)
    assert list_trails(behaviour) == "served"
    assert notes == ["uses_state", "intercept", "resolve", "authorize", "validate", "completed"]


def test_an_error_ends_a_request():
    """The request is completed, with the error."""
    behaviour, notes = noted(authorize=AwsError("AccessDeniedException", "no"))
    assert list_trails(behaviour) == "AccessDeniedException 400"
    assert notes == ["uses_state", "intercept", "resolve", "authorize", "completed"]
