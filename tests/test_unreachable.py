"""AWS that never answers ends in `Unseen` within a stated bound, never in a hang."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator

import pytest
from botocore.credentials import Credentials

from fixtures.account import Account
from fixtures.evidence import Digest, Evidence
from fixtures.transport import Boto3Transport, Clients
from fixtures.trouble import Unseen

IDENTITY = b"""<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:iam::123456789012:user/ann</Arn><UserId>AIDA</UserId><Account>123456789012</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>"""
THROTTLED = b"<ErrorResponse><Error><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>"
PICTURE, HALF_OF_IT = b"a picture", b"a pic"
ATTEMPTS = 2


class Moody(socketserver.ThreadingTCPServer):
    """Answers as it is told to: not at all, with a caller's identity, a request for patience, or an object, whole or
    half.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked = 0
        self.mood: list[bytes] = []
        """What the next requests are answered; nothing, where there is nothing left."""


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        assert isinstance(self.server, Moody)
        while self.rfile.readline().strip():
            pass
        self.server.asked += 1
        if not self.server.mood:
            threading.Event().wait(60)
            return
        answer = self.server.mood.pop(0)
        status = b"400 Bad Request" if answer is THROTTLED else b"200 OK"
        length = len(PICTURE if answer is HALF_OF_IT else answer)
        self.wfile.write(b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status, length, answer))


@pytest.fixture
def aws() -> Iterator[Moody]:
    with Moody() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def account(aws) -> Account:
    """Each attempt waits a second."""
    clients = Clients(endpoint=f"http://127.0.0.1:{aws.server_address[1]}", seconds=1, attempts=ATTEMPTS)
    return Account(Boto3Transport(clients, Credentials("a", "b"), "us-east-1"), Evidence())


ASK = {
    "sts": lambda account: account.ask("sts", "GetCallerIdentity"),
    "link": lambda account: account.fetch("bucket", "key", "unsigned"),
}


@pytest.mark.parametrize("ask", ASK)
def test_silence_is_told_in_time(ask, aws, account):
    """A call takes its attempts, each as long as it is set to, and the pauses between them."""
    with pytest.raises(Unseen, match="got no answer") as silent:
        ASK[ask](account)
    assert aws.asked == silent.value.maybe_served == ATTEMPTS


@pytest.mark.parametrize("ask", ASK)
def test_after_a_silence_each_call_is_sent_once(ask, aws, account):
    """A run of many calls comes to its end."""
    for _ in range(3):
        with pytest.raises(Unseen):
            ASK[ask](account)
    assert aws.asked == ATTEMPTS + 1 + 1


def test_a_service_that_is_dead_is_asked_once_each_time_though_others_live(aws, account):
    """So a run in a network without one of them comes to its end, too."""
    with pytest.raises(Unseen):
        ASK["link"](account)
    aws.mood = [IDENTITY]
    assert ASK["sts"](account).served
    before = aws.asked
    with pytest.raises(Unseen):
        ASK["link"](account)
    assert aws.asked == before + 1


def test_an_aws_that_is_back_is_asked_as_patiently_as_before(aws, account):
    """Also for the very call by which that is noticed."""
    with pytest.raises(Unseen):
        ASK["sts"](account)
    aws.mood = [THROTTLED, THROTTLED, IDENTITY]
    assert ASK["sts"](account).served
    assert aws.asked == ATTEMPTS + 3


def test_an_object_that_breaks_off_is_read_again(aws, account):
    """Until it is whole."""
    aws.mood = [HALF_OF_IT, PICTURE]
    answer = account.ask("s3", "GetObject", Bucket="bucket", Key="key")
    assert (answer.content, answer.lost) == (Digest.of(PICTURE), 1)
