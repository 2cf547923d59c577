"""AWS that never answers ends in `Unseen` within a stated bound, never in a hang."""

from __future__ import annotations

import socket
import time

import pytest

from fixtures import account as door
from fixtures.account import Account, Boto3Transport
from fixtures.evidence import Evidence
from fixtures.trouble import Unseen


@pytest.mark.parametrize("ask", ["sts", "link"])
def test_silence_is_told_in_time(ask, monkeypatch):
    """A call takes at most its attempts and the pauses between them."""
    monkeypatch.setattr(door, "ATTEMPTS", 2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "us-east-1"}
        account = Account(Boto3Transport.signed_in(endpoint=endpoint, seconds=1, **keys), Evidence())
        began = time.monotonic()
        with pytest.raises(Unseen, match="got no answer"):
            _ = account.id if ask == "sts" else account.fetch("bucket", "key", "unsigned")
        assert time.monotonic() - began < 2 * 1 + 1 + 2
