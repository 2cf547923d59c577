"""What the embedded AWS does not have, it says: 501 `NotImplemented` in each protocol's own form, never HTML."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.embedded.question import code
from tests.embedded.world import EmbeddedWorld

ABSENT: dict[str, Callable[[Any, Any], object]] = {
    "kms": lambda client, key: client.get_key_last_usage(KeyId=key),
    "ec2": lambda client, key: client.describe_fast_snapshot_restores(),
    "iam": lambda client, key: client.generate_service_last_accessed_details(Arn="arn:aws:iam::123456789012:role/lab"),
    "sts": lambda client, key: client.decode_authorization_message(EncodedMessage="message"),
    "cloudtrail": lambda client, key: client.list_queries(EventDataStore="store"),
}


@pytest.mark.parametrize("service", sorted(ABSENT))
def test_an_operation_that_is_not_there_is_refused_as_such(service: str, worlds: Iterator[EmbeddedWorld]):
    """Any client understands the answer, and that it is the emulator's."""
    world = next(worlds)
    key = world.key(Origin="EXTERNAL")
    assert code(lambda: ABSENT[service](world.client(service), key)) == "NotImplemented 501"
