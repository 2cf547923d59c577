"""HTTPS on loopback, and the clients of S3 Control, which put the account before the host."""

from __future__ import annotations

import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.config import Config

from embedded.aws import EmbeddedAWS
from embedded.core.certificate import server_certificate
from tests.embedded.question import code
from tests.embedded.test_practice_server import client, served
from tests.embedded.world import EmbeddedWorld


@pytest.fixture
def https() -> Iterator[tuple[str, ssl.SSLContext]]:
    """An endpoint, and the context of a client that trusts its authority and is as strict as Python can be."""
    certificate = server_certificate()
    trusting = ssl.create_default_context(cadata=certificate.authority.decode())
    trusting.verify_flags |= ssl.VERIFY_X509_STRICT
    with EmbeddedAWS(tls=certificate.context) as aws:
        yield aws.endpoint, trusting


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_the_certificate_is_for_loopback(host: str, https: tuple[str, ssl.SSLContext]):
    """By its name and by its address."""
    endpoint, trusting = https
    request = urllib.request.Request(endpoint.replace("127.0.0.1", host), method="OPTIONS")
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=trusting), _NoErrors())
    assert opener.open(request).status >= 400


class _NoErrors(urllib.request.HTTPErrorProcessor):
    def https_response(self, request, response):
        return response


def test_what_does_not_trust_the_authority_does_not_connect(https: tuple[str, ssl.SSLContext]):
    """The certificate is nobody else's."""
    with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        urllib.request.urlopen(https[0], context=ssl.create_default_context())


def test_a_client_that_speaks_no_tls_does_not_stop_the_server(https: tuple[str, ssl.SSLContext]):
    """It loses its connection, and the next client is served."""
    endpoint, trusting = https
    with pytest.raises((ConnectionError, urllib.error.URLError), match=r"closed|reset"):
        urllib.request.urlopen(endpoint.replace("https", "http"))
    test_the_certificate_is_for_loopback("localhost", (endpoint, trusting))


def test_the_command_line_says_whom_to_trust():
    """In the line of JSON and among the exports; the file is gone with the server."""
    with served("--tls") as (server, process):
        assert server["endpoint"].startswith("https://127.0.0.1:")
        kms = client(server, "kms", verify=server["ca_bundle"])
        assert code(kms.list_keys) == "served"
        process.terminate()
        _, people = process.communicate(timeout=20)
    assert f"export AWS_CA_BUNDLE={server['ca_bundle']}" in people
    assert not Path(server["ca_bundle"]).exists()


def test_s3_control_works_by_the_line_that_is_printed(worlds: Iterator[EmbeddedWorld]):
    """`HTTP_PROXY` is the endpoint: the account's name need not resolve (REG-40)."""
    world = next(worlds)
    config = Config(proxies={"http": str(world.endpoint)}, retries={"total_max_attempts": 1})
    control = world.session.client("s3control", endpoint_url=world.endpoint, config=config)
    assert code(lambda: control.get_public_access_block(AccountId=world.account)) == (
        "NoSuchPublicAccessBlockConfiguration 404"
    )
