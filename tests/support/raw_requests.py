"""Requests that no client library would send."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest

from tests.embedded.world import World

SECONDS = 10
TARGETS = {
    "kms": "TrentService",
    "cloudtrail": "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101",
    "ssm": "AmazonSSM",
}
VERSIONS = {"ec2": "2016-11-15", "sts": "2011-06-15", "iam": "2010-05-08"}
ODD_TIMES = (
    "1180591620717411303424",
    "-1180591620717411303424",
    "1e308",
    "inf",
    "nan",
    "253402300800",
    "-62135596801",
    "99999-01-01T00:00:00Z",
    "0000-00-00T00:00:00Z",
    "9999-12-31T23:59:59-23:59",
    "0001-01-01T00:00:00+14:00",
    "no time",
)
"""Timestamps that are none, or that are before the year 1 or after the year 9999."""


def send(world: World, method: str, target: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
    """Send a request as it is. Return status and body of the response."""
    parts = urlsplit(world.endpoint)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=SECONDS)
    try:
        connection.putrequest(method, target, skip_host="host" in headers, skip_accept_encoding=True)
        for name, value in {**headers, "content-length": str(len(body))}.items():
            connection.putheader(name, value.encode("latin-1", "replace"))
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def signed(
    world: World, service: str, method: str, target: str, headers: dict[str, str], body: bytes
) -> dict[str, str]:
    """Return the headers of the same request, signed by the account's role."""
    request = AWSRequest(method, f"{world.endpoint}{target}", data=body, headers=headers)
    signer = S3SigV4Auth if service == "s3" else SigV4Auth
    signer(world.credentials, service, world.region).add_auth(request)
    return dict(request.headers.items())
