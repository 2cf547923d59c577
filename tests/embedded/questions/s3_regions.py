"""Questions about buckets of another Region than the one that a request is signed for or sent to."""

from __future__ import annotations

import secrets
import urllib.error
import urllib.request
from typing import Any
from xml.etree import ElementTree

from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest

from tests.embedded.question import question
from tests.embedded.world import World

REGIONS, ELSEWHERE = "s3 bucket regions", "eu-west-1"


def bucket_elsewhere(world: World) -> str:
    """Return a new bucket of another Region, with an object in it."""
    name = f"parity-{secrets.token_hex(8)}"
    world.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": ELSEWHERE})
    client: Any = world.session.client("s3", region_name=ELSEWHERE, endpoint_url=world.endpoint)
    client.put_object(Bucket=name, Key="clock.png", Body=b"clock")
    world.keep(client.delete_bucket, Bucket=name)
    world.keep(client.delete_object, Bucket=name, Key="clock.png")
    return name


def sent(world: World, path: str, host: str, *, method: str = "GET", signed_for: str = "", link: bool = False) -> str:
    """Return status, code, Region and the header with the bucket's, of a request to a host, without redirects."""
    address = (world.endpoint or f"https://{host}") + path
    request = AWSRequest(method, address, headers={"Host": host})
    if signed_for:
        signer = S3SigV4QueryAuth if link else S3SigV4Auth
        signer(world.credentials, "s3", signed_for).add_auth(request)
    prepared = request.prepare()
    http = urllib.request.Request(str(prepared.url), method=method, headers=dict(prepared.headers.items()))
    try:
        with urllib.request.urlopen(http) as answer:
            return f"{answer.status}"
    except urllib.error.HTTPError as refused:
        body = refused.read()
        found = {each.tag: each.text or "" for each in ElementTree.fromstring(body)} if body else {}
        shown = [refused.code, found.get("Code"), found.get("Region"), refused.headers["x-amz-bucket-region"]]
        return " ".join(str(each) for each in shown if each)


@question("S3", "an object of another Region's bucket", "REG-90, REG-91", "301 PermanentRedirect eu-west-1", REGIONS)
def _(world: World) -> str:
    return sent(world, f"/{bucket_elsewhere(world)}/clock.png", "s3.us-east-1.amazonaws.com", signed_for="us-east-1")


@question("S3", "HeadBucket in another Region", "REG-91", "301 eu-west-1", REGIONS)
def _(world: World) -> str:
    host, bucket = "s3.us-east-1.amazonaws.com", bucket_elsewhere(world)
    return sent(world, f"/{bucket}", host, method="HEAD", signed_for="us-east-1")


@question("S3", "an unsigned GET in another Region", "REG-90", "301 PermanentRedirect eu-west-1", REGIONS)
def _(world: World) -> str:
    return sent(world, "/clock.png", f"{bucket_elsewhere(world)}.s3.us-east-1.amazonaws.com")


@question(
    "S3",
    "a signature for another Region than the host's",
    "REG-92",
    "400 AuthorizationHeaderMalformed eu-west-1 eu-west-1",
    REGIONS,
)
def _(world: World) -> str:
    bucket = bucket_elsewhere(world)
    return sent(world, f"/{bucket}/clock.png", "s3.eu-west-1.amazonaws.com", signed_for="us-east-1")


@question(
    "S3",
    "a presigned URL for another Region than the host's",
    "REG-93",
    "400 AuthorizationQueryParametersError eu-west-1 eu-west-1",
    REGIONS,
)
def _(world: World) -> str:
    bucket = bucket_elsewhere(world)
    return sent(world, f"/{bucket}/clock.png", "s3.eu-west-1.amazonaws.com", signed_for="us-east-1", link=True)


@question("S3", "an object in its bucket's own Region", "REG-92", "200", REGIONS)
def _(world: World) -> str:
    bucket = bucket_elsewhere(world)
    return sent(world, f"/{bucket}/clock.png", "s3.eu-west-1.amazonaws.com", signed_for=ELSEWHERE)


@question("S3", "a client of another Region reads an object", "REG-91", "b'clock'", REGIONS)
def _(world: World) -> str:
    return str(world.s3.get_object(Bucket=bucket_elsewhere(world), Key="clock.png")["Body"].read())


@question("S3", "GetBucketLocation from us-east-1", "REG-94", "eu-west-1", REGIONS)
def _(world: World) -> str:
    return str(world.s3.get_bucket_location(Bucket=bucket_elsewhere(world))["LocationConstraint"])
