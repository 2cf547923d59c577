"""Questions about what browsers send to S3: forms with a file, and requests of pages of another origin."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from tests.embedded.question import code, question
from tests.embedded.questions.s3_objects import NAME
from tests.embedded.questions.steps import put_object
from tests.embedded.world import World

FORMS, CORS = "s3 forms", "s3 cors"
EDGE = "the edge of a field"
ORIGIN = "https://example.com"


def posted(url: str, fields: Mapping[str, str], *elements: str, body: bytes = b"clock") -> str:
    """Send a form as a browser does. Return the status, the code of an error, and some of its elements."""
    edge = EDGE.replace(" ", "-")
    parts = [f'--{edge}\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in fields.items()]
    last = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="clock.png"\r\n\r\n'
    content = "".join([*parts, last]).encode() + body + f"\r\n--{edge}--\r\n".encode()
    kind = {"Content-Type": f"multipart/form-data; boundary={edge}"}
    return sent(urllib.request.Request(url, content, kind, method="POST"), *elements)


def sent(request: urllib.request.Request, *elements: str) -> str:
    try:
        with urllib.request.urlopen(request) as answer:
            return str(answer.status)
    except urllib.error.HTTPError as refused:
        content = refused.read()
        root = ElementTree.fromstring(content) if content.startswith(b"<?xml") else ElementTree.Element("none")
        return " ".join([str(refused.code), *(root.findtext(each) or "-" for each in ("Code", *elements))])


def form(world: World, bucket: str, **how: Any) -> tuple[str, dict[str, str]]:
    made = world.s3.generate_presigned_post(bucket, NAME, **how)
    return made["url"], made["fields"]


def count(world: World, bucket: str) -> int:
    return len(world.s3.list_objects_v2(Bucket=bucket).get("Contents", []))


@question("S3", "a browser's form", "S3-165", "204, 1 stored", FORMS)
def _(world: World) -> str:
    bucket = world.bucket()
    url, fields = form(world, bucket)
    return f"{posted(url, fields)}, {count(world, bucket)} stored"


@question("S3", "a form that asks for 201", "S3-165", "201", FORMS)
def _(world: World) -> str:
    asked = {"success_action_status": "201"}
    url, fields = form(world, world.bucket(), Fields=asked, Conditions=[asked])
    return posted(url, fields)


@question("S3", "a form with a field that its policy does not name", "S3-166", "403 AccessDenied, 0 stored", FORMS)
def _(world: World) -> str:
    bucket = world.bucket()
    url, fields = form(world, bucket)
    return f"{posted(url, {'acl': 'private', **fields})}, {count(world, bucket)} stored"


@question("S3", "a form whose file is larger than allowed", "S3-167", "400 EntityTooLarge 5 4", FORMS)
def _(world: World) -> str:
    url, fields = form(world, world.bucket(), Conditions=[["content-length-range", 0, 4]])
    return posted(url, fields, "ProposedSize", "MaxSizeAllowed")


@question("S3", "a form without a policy", "S3-168", "403 AccessDenied, 0 stored", FORMS)
def _(world: World) -> str:
    bucket = world.bucket()
    url, _fields = form(world, bucket)
    return f"{posted(url, {'key': NAME})}, {count(world, bucket)} stored"


@question("S3", "a form without its signature", "S3-169", "400 InvalidArgument X-Amz-Signature", FORMS)
def _(world: World) -> str:
    url, fields = form(world, world.bucket())
    return posted(url, {n: v for n, v in fields.items() if n.lower() != "x-amz-signature"}, "ArgumentName")


@question("S3", "a form with another signature", "S3-169", "403 SignatureDoesNotMatch", FORMS)
def _(world: World) -> str:
    url, fields = form(world, world.bucket())
    return posted(url, {n: "0" * 64 if n.lower() == "x-amz-signature" else v for n, v in fields.items()})


@question("S3", "a POST that is no form", "S3-170", "412 PreconditionFailed", FORMS)
def _(world: World) -> str:
    url, _fields = form(world, world.bucket())
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    return sent(urllib.request.Request(url, b"key=x", kind, method="POST"))


def allowing(world: World, origin: str = ORIGIN) -> str:
    bucket = world.bucket()
    rules: Any = {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": [origin], "MaxAgeSeconds": 60}]}
    world.s3.put_bucket_cors(Bucket=bucket, CORSConfiguration=rules)
    return bucket


def preflight(world: World, bucket: str, **headers: str) -> str:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return sent(urllib.request.Request(world.url(bucket, NAME), headers=named, method="OPTIONS"), "ResourceType")


@question("S3", "a preflight that a rule allows", "S3-171", "200", CORS)
def _(world: World) -> str:
    return preflight(world, allowing(world), Origin=ORIGIN, Access_Control_Request_Method="GET")


@question("S3", "a preflight for another method", "S3-172", "403 AccessForbidden OBJECT", CORS)
def _(world: World) -> str:
    return preflight(world, allowing(world), Origin=ORIGIN, Access_Control_Request_Method="PUT")


@question("S3", "a preflight without rules", "S3-172", "403 AccessForbidden BUCKET", CORS)
def _(world: World) -> str:
    return preflight(world, world.bucket(), Origin=ORIGIN, Access_Control_Request_Method="GET")


@question("S3", "a preflight without an origin", "S3-172", "400 BadRequest -", CORS)
def _(world: World) -> str:
    return preflight(world, allowing(world), Access_Control_Request_Method="GET")


@question("S3", "the answer to a page of an allowed origin", "S3-173", "https://example.com true", CORS)
def _(world: World) -> str:
    bucket = allowing(world)
    put_object(world, bucket)
    request = urllib.request.Request(world.link(bucket, NAME), headers={"Origin": ORIGIN})
    with urllib.request.urlopen(request) as answer:
        named = ("Access-Control-Allow-Origin", "Access-Control-Allow-Credentials")
        return " ".join(str(answer.headers.get(name)) for name in named)


@question("S3", "the rules of a bucket", "S3-174", "GET https://example.com 60", CORS)
def _(world: World) -> str:
    rule = world.s3.get_bucket_cors(Bucket=allowing(world))["CORSRules"][0]
    return f"{rule['AllowedMethods'][0]} {rule['AllowedOrigins'][0]} {rule.get('MaxAgeSeconds')}"


@question("S3", "rules with a method that is none", "S3-174", "InvalidRequest 400", CORS)
def _(world: World) -> str:
    bucket = world.bucket()
    rules: Any = {"CORSRules": [{"AllowedMethods": ["PATCH"], "AllowedOrigins": ["*"]}]}
    return code(lambda: world.s3.put_bucket_cors(Bucket=bucket, CORSConfiguration=rules))
