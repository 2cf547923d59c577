"""Questions about signatures of requests to S3, and presigned URLs."""

from __future__ import annotations

import hashlib
import urllib.request

from tests.embedded.question import code, question
from tests.embedded.questions.steps import error_elements, put_object, stored_object
from tests.embedded.world import World

SIGNED = "signatures"
S3_ERRORS = "https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"


@question("S3", "a SigV2 link to an SSE-S3 object", "S3-55", "200 clock", SIGNED)
def _(world: World) -> str:
    bucket = world.bucket()
    put_object(world, bucket)
    return world.get(world.link(bucket, "clock.png", signature="s3"))


@question("S3", "a SigV4 link that has expired", "S3-52", "403 AccessDenied: Request has expired", SIGNED)
def _(world: World) -> str:
    bucket, _key = stored_object(world)
    link = world.link(bucket, "clock.png", seconds=1)
    return world.until(lambda: world.get(link), lambda seen: not seen.startswith("200"))


def _changed(link: str, name: str, value: str) -> str:
    parts = urllib.parse.urlsplit(link)
    query = [(k, value if k == name else v) for k, v in urllib.parse.parse_qsl(parts.query)]
    return urllib.parse.urlunsplit(parts._replace(query=urllib.parse.urlencode(query)))


@question("S3", "a link whose signature was changed", "S3-53", "403 SignatureDoesNotMatch", SIGNED)
def _(world: World) -> str:
    bucket, _key = stored_object(world)
    link = _changed(world.link(bucket, "clock.png"), "X-Amz-Signature", "0" * 64)
    return world.get(link).partition(":")[0]


@question("S3", "a link used for another object", "S3-53", "403 SignatureDoesNotMatch", SIGNED)
def _(world: World) -> str:
    bucket, key = stored_object(world)
    put_object(world, bucket, key, name="other.png")
    return world.get(world.link(bucket, "clock.png").replace("clock.png", "other.png")).partition(":")[0]


@question("S3", "a link made to last longer", "S3-53", "403 SignatureDoesNotMatch", SIGNED)
def _(world: World) -> str:
    bucket, _key = stored_object(world)
    return world.get(_changed(world.link(bucket, "clock.png"), "X-Amz-Expires", "600")).partition(":")[0]


@question("S3", "a link of more than a week", "S3-54", "400 AuthorizationQueryParametersError", SIGNED)
def _(world: World) -> str:
    bucket, _key = stored_object(world)
    return world.get(world.link(bucket, "clock.png", seconds=604801)).partition(":")[0]


@question("S3", "a presigned PUT", "S3-50", "200, 200 clock", SIGNED)
def _(world: World) -> str:
    bucket = world.bucket()
    link = world.s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "new.png"})
    with urllib.request.urlopen(
        urllib.request.Request(link, data=b"clock", method="PUT", headers={"Content-Type": ""})
    ) as answer:
        stored = answer.status
    return f"{stored}, {world.get(world.link(bucket, 'new.png'))}"


@question("S3", "a header that is no signature", "S3-56", "400 InvalidArgument", SIGNED)
def _(world: World) -> str:
    return world.get(world.url(world.bucket(), "x"), Authorization="garbage").partition(":")[0]


@question("S3", "a bucket's name with an underscore, unsigned", "S3-64", "4xx", SIGNED)
def _(world: World) -> str:
    url = world.url(world.bucket(), "x")
    return f"{world.get(url.rsplit('/', 2)[0] + '/my_bucket/key')[:1]}xx"


@question("S3", "a wrong secret", "S3-56", "SignatureDoesNotMatch 403", SIGNED)
def _(world: World) -> str:
    given = world.credentials
    other = world.signed_in_as(
        aws_access_key_id=given.access_key, aws_secret_access_key="x", aws_session_token=given.token
    )
    return code(other.s3.list_buckets)


@question("S3", "an unknown key", "S3-56", "InvalidAccessKeyId 403", SIGNED)
def _(world: World) -> str:
    other = world.signed_in_as(aws_access_key_id="AKIAUNKNOWNUNKNOWNUN", aws_secret_access_key="x")
    return code(other.s3.list_buckets)


@question("S3", "a session without its token", "S3-56", "InvalidAccessKeyId 403", SIGNED)
def _(world: World) -> str:
    given = world.credentials
    other = world.signed_in_as(aws_access_key_id=given.access_key, aws_secret_access_key=given.secret_key)
    return code(other.s3.list_buckets)


@question("S3", "the body's hash is checked", S3_ERRORS, "400 XAmzContentSHA256Mismatch", SIGNED)
def _(world: World) -> str:
    bucket = world.bucket()
    digest = hashlib.sha256(b"another body").hexdigest()
    return _lying_upload(world, bucket, digest)


def _lying_upload(world: World, bucket: str, digest: str) -> str:
    from botocore.auth import S3SigV4Auth
    from botocore.awsrequest import AWSRequest

    url = world.url(bucket, "x.png")
    request = AWSRequest("PUT", url, data=b"body", headers={"X-Amz-Content-SHA256": digest})
    signer = S3SigV4Auth(world.credentials, "s3", world.region)
    request.context["payload_signing_enabled"] = True
    vars(signer)["_should_sha256_sign_payload"] = lambda request: True
    signer.payload = lambda request: digest  # type: ignore[method-assign]
    signer.add_auth(request)
    sent = urllib.request.Request(url, data=b"body", method="PUT", headers=dict(request.headers.items()))
    try:
        with urllib.request.urlopen(sent) as answer:
            return str(answer.status)
    except urllib.error.HTTPError as refused:
        return f"{refused.code} {refused.read().partition(b'<Code>')[2].partition(b'<')[0].decode()}"


@question("S3", "what the refusal of an expired link names", "S3-52", "Expires, ServerTime, X-Amz-Expires", SIGNED)
def _(world: World) -> str:
    bucket = world.bucket()
    put_object(world, bucket)
    link = world.link(bucket, "clock.png", seconds=1)
    world.settle()
    elements = world.until(lambda: error_elements(link), lambda seen: "Code" in seen)
    return ", ".join(sorted({"X-Amz-Expires", "Expires", "ServerTime"} & set(elements)))
