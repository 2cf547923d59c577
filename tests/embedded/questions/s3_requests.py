"""Questions about S3 as clients without a model see it: documents, headers and errors; S3 Control; what deletes and
policies look at.
"""

from __future__ import annotations

import datetime
import http.client
import re
from typing import Any
from urllib.parse import urlsplit

from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config

from tests.embedded.question import code, outcome, question
from tests.embedded.questions.s3_objects import NAME, members, versioned
from tests.embedded.questions.s3_policies import put_policy, statement
from tests.embedded.questions.steps import put_object
from tests.embedded.world import World

FAR = datetime.datetime(2090, 1, 1, tzinfo=datetime.UTC)


def sent(
    world: World, method: str, target: str, length: str | None = "0", **headers: str
) -> tuple[http.client.HTTPResponse, bytes]:
    """Send a signed request with exactly these headers and this length, and return the response with its body."""
    endpoint = world.endpoint or "https://s3.us-east-1.amazonaws.com"
    request = AWSRequest(method, f"{endpoint}{target}", headers={**headers, "x-amz-content-sha256": "UNSIGNED-PAYLOAD"})
    S3SigV4Auth(world.credentials, "s3", world.region).add_auth(request)
    split = urlsplit(endpoint)
    kind = http.client.HTTPSConnection if split.scheme == "https" else http.client.HTTPConnection
    connection = kind(split.netloc)
    try:
        connection.putrequest(method, target, skip_host="host" in headers, skip_accept_encoding=True)
        for name, value in request.headers.items():
            connection.putheader(name, value.encode() if isinstance(value, str) else value)
        if length is not None:
            connection.putheader("content-length", length)
        connection.endheaders()
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def root(body: bytes) -> str:
    """Return the name of a document's root element."""
    return str(re.findall(rb"<(\w+)", body)[0].decode())


def code_of(body: bytes) -> str:
    """Return the code of an error's document, or an empty text."""
    found = re.search(rb"<Code>(\w+)<", body)
    return found[1].decode() if found else ""


def control(world: World) -> Any:
    """Return a client of S3 Control, whose host is the account's: the endpoint is its proxy."""
    proxies = {"http": world.endpoint} if world.endpoint else None
    config = Config(proxies=proxies, retries={"total_max_attempts": 1}, parameter_validation=False)
    return world.session.client("s3control", endpoint_url=world.endpoint, config=config)


@question("S3", "the length of an error", "S3-240", "404 chunked None", "s3 response headers")
def _(world: World) -> str:
    answer, _body = sent(world, "GET", f"/{world.bucket()}/missing")
    return f"{answer.status} {answer.getheader('transfer-encoding')} {answer.getheader('content-length')}"


@question("S3", "the document of an upload's parts", "S3-256", "ListPartsResult", "s3 response headers")
def _(world: World) -> str:
    bucket = world.bucket()
    upload = world.s3.create_multipart_upload(Bucket=bucket, Key=NAME)["UploadId"]
    _answer, body = sent(world, "GET", f"/{bucket}/{NAME}?part-number-marker=&uploadId={upload}")
    return root(body)


@question("S3", "the order of a list", "S3-256", "Name before Contents, Contents last", "s3 lists")
def _(world: World) -> str:
    bucket = world.bucket()
    put_object(world, bucket)
    _answer, body = sent(world, "GET", f"/{bucket}?list-type=2")
    last = body.endswith(b"</Contents></ListBucketResult>")
    first = 0 < body.find(b"<Name>") < body.find(b"<Contents>")
    return f"Name {'before' if first else 'after'} Contents, Contents {'last' if last else 'not last'}"


@question("S3", "max-keys that is no number", "S3-125", "400 InvalidArgument blah", "s3 lists")
def _(world: World) -> str:
    answer, body = sent(world, "GET", f"/{world.bucket()}?max-keys=blah")
    found = re.search(rb"<Code>(\w+)</Code>.*<ArgumentValue>(\w+)<", body)
    return " ".join([str(answer.status), *(each.decode() for each in (found.groups() if found else ()))])


@question("S3", "an upload with a header in UTF-8", "S3-248", "200", "s3 object headers")
def _(world: World) -> str:
    answer, _body = sent(world, "PUT", f"/{world.bucket()}/{NAME}", **{"cache-control": "Zürich"})
    return str(answer.status)


@question("S3", "mostly ASCII metadata", "S3-252", "=?UTF-8?Q?Z=C3=BCrich?=", "s3 object headers")
def _(world: World) -> str:
    bucket = world.bucket()
    sent(world, "PUT", f"/{bucket}/{NAME}", **{"x-amz-meta-city": "Zürich"})
    return str(world.s3.head_object(Bucket=bucket, Key=NAME)["Metadata"]["city"])


@question("S3", "keys that begin with slashes", "S3-250", "/x //x", "s3 lists")
def _(world: World) -> str:
    bucket = world.bucket()
    host = {"host": f"{bucket}.s3.amazonaws.com"}
    for key in ("/x", "//x"):
        sent(world, "PUT", f"/{key}", **host)
    return " ".join(sorted((each["Key"] for each in world.s3.list_objects_v2(Bucket=bucket)["Contents"]), key=len))


@question("S3", "a condition in a presigned URL", "S3-258", "200, 412 PreconditionFailed", "s3 objects")
def _(world: World) -> str:
    endpoint = world.endpoint or "https://s3.us-east-1.amazonaws.com"
    request = AWSRequest("PUT", f"{endpoint}/{world.bucket()}/{NAME}", params={"If-None-Match": "*"})
    S3SigV4QueryAuth(world.credentials, "s3", world.region).add_auth(request)
    url = str(request.url)
    return f"{world.get(url, 'PUT')}, {world.get(url, 'PUT').partition(':')[0]}"


@question("S3", "a name with a dash beside a period", "S3-251", "InvalidBucketName 400", "s3 buckets")
def _(world: World) -> str:
    return code(lambda: world.s3.create_bucket(Bucket="parity.-0-bucket"))


@question("S3", "a signature for aws-global", "S3-261", "AuthorizationHeaderMalformed 400", "s3 bucket regions")
def _(world: World) -> str:
    client = world.session.client("s3", region_name="aws-global", endpoint_url=world.endpoint)
    client.meta.events.register("choose-signer.s3", lambda **_: "s3v4")
    client._request_signer._region_name = "aws-global"  # noqa: SLF001  # botocore itself signs for us-east-1
    client.meta.events.register("before-sign.s3", lambda request, **_: request.context.pop("signing", None))
    return code(lambda: client.create_bucket(Bucket="parity-0-global"))


@question("S3", "a grant to an e-mail address", "S3-249", "MethodNotAllowed 405", "s3 acls")
def _(world: World) -> str:
    bucket = world.bucket()
    world.opened(bucket)
    return code(lambda: world.s3.put_bucket_acl(Bucket=bucket, GrantRead="emailAddress=ann@example.com"))


@question(
    "S3", "an account without Block Public Access", "S3-241", "404 ErrorResponse, HostId: True, 204", "s3 control"
)
def _(world: World) -> str:
    client = control(world)
    try:
        client.get_public_access_block(AccountId=world.account)
    except client.exceptions.ClientError as refused:
        status = refused.response["ResponseMetadata"]["HTTPStatusCode"]
        named = refused.response["Error"].get("AccountId") == world.account
        deleted = client.delete_public_access_block(AccountId=world.account)["ResponseMetadata"]["HTTPStatusCode"]
        return f"{status} {'ErrorResponse' if named else '?'}, HostId: {'HostId' in refused.response}, {deleted}"
    return "served"


@question(
    "S3",
    "the tags of a bucket by its ARN",
    "S3-247",
    "InvalidTag 400, {'a': '1', 'b': '2'}, NoSuchResource 404",
    "s3 control",
)
def _(world: World) -> str:
    client, bucket = control(world), world.bucket()
    named = {"AccountId": world.account, "ResourceArn": f"arn:aws:s3:::{bucket}"}
    world.s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "a", "Value": "1"}]})
    twice = code(lambda: client.tag_resource(**named, Tags=[{"Key": "x", "Value": ""}] * 2))
    client.tag_resource(**named, Tags=[{"Key": "b", "Value": "2"}, {"Key": "c", "Value": "3"}])
    client.untag_resource(**named, TagKeys=["c", "d"])
    tags = {each["Key"]: each["Value"] for each in client.list_tags_for_resource(**named)["Tags"]}
    missing = code(lambda: client.list_tags_for_resource(**{**named, "ResourceArn": "arn:aws:s3:::parity-0-missing"}))
    return f"{twice}, {tags}, {missing}"


@question("S3", "DeleteObjects with ETags", "S3-243", "a PreconditionFailed, b deleted, c NoSuchKey", "s3 deletes")
def _(world: World) -> str:
    bucket = world.bucket()
    etags = {name: put_object(world, bucket, name=name)["ETag"] for name in "ab"}
    objects = [{"Key": "a", "ETag": '"0"'}, {"Key": "b", "ETag": etags["b"]}, {"Key": "c", "ETag": "*"}]
    answer = world.s3.delete_objects(Bucket=bucket, Delete={"Objects": objects})
    found = {each["Key"]: each["Code"] for each in answer.get("Errors", [])}
    found |= {each["Key"]: "deleted" for each in answer.get("Deleted", [])}
    return ", ".join(f"{name} {found[name]}" for name in sorted(found))


@question("S3", "a delete by ETag without the right to read", "S3-243", "AccessDenied 403, served", "s3 access")
def _(world: World) -> str:
    bucket = world.bucket()
    etag = put_object(world, bucket)["ETag"]
    session = world.with_role({"Effect": "Allow", "Action": "s3:DeleteObject", "Resource": "*"})
    by_etag = code(lambda: session.s3.delete_object(Bucket=bucket, Key=NAME, IfMatch=etag))
    return f"{by_etag}, {code(lambda: session.s3.delete_object(Bucket=bucket, Key=NAME, IfMatch='*'))}"


@question("S3", "a version that is gone, deleted again", "S3-253", "deleted, NoSuchVersion", "s3 deletes")
def _(world: World) -> str:
    bucket = versioned(world)
    version = put_object(world, bucket)["VersionId"]
    world.s3.delete_object(Bucket=bucket, Key=NAME, VersionId=version)
    told = []
    for each in (version, version[:-4] + "ABCD"):
        answer = world.s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": NAME, "VersionId": each}]})
        told.append("deleted" if "Deleted" in answer else answer["Errors"][0]["Code"])
    return ", ".join(told)


@question("S3", "a missing key, and a list for a prefix", "S3-242", "404, 403", "s3 access")
def _(world: World) -> str:
    bucket = world.bucket()
    condition = {"StringLike": {"s3:prefix": "public/*"}}
    allowed = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*", "Condition": condition}
    session = world.with_role(allowed, {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"})
    told = [outcome(lambda: session.s3.head_object(Bucket=bucket, Key=key)) for key in ("public/x", "x")]  # noqa: B023
    return ", ".join(each[:3] for each in told)


@question("S3", "a Deny of unconditional uploads", "S3-244", "AccessDenied 403, served, served", "s3 access")
def _(world: World) -> str:
    bucket = world.bucket()
    condition = {"Null": {"s3:if-none-match": "true"}, "Bool": {"s3:ObjectCreationOperation": "true"}}
    put_policy(world, bucket, statement(bucket, Effect="Deny", Action="s3:PutObject", Condition=condition))
    plain = code(lambda: put_object(world, bucket))
    parts = code(lambda: world.s3.create_multipart_upload(Bucket=bucket, Key=NAME))
    return f"{plain}, {code(lambda: put_object(world, bucket, IfNoneMatch='*'))}, {parts}"


@question("S3", "a Deny of long retentions", "S3-245", "AccessDenied 403, served", "s3 access")
def _(world: World) -> str:
    bucket = versioned(world)
    world.s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"})
    put_object(world, bucket)
    condition = {"NumericGreaterThan": {"s3:object-lock-remaining-retention-days": "10"}}
    put_policy(world, bucket, statement(bucket, Effect="Deny", Action="s3:PutObjectRetention", Condition=condition))
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=2)
    told = []
    for until in (FAR, soon):
        retention = {"Mode": "GOVERNANCE", "RetainUntilDate": until}
        told.append(code(lambda: world.s3.put_object_retention(Bucket=bucket, Key=NAME, Retention=retention)))  # noqa: B023
    return ", ".join(told)


@question("S3", "the ACL of an object that everybody may write", "S3-246", "200", "s3 access")
def _(world: World) -> str:
    bucket = world.bucket()
    world.opened(bucket)
    world.s3.put_bucket_acl(Bucket=bucket, ACL="public-read-write")
    return world.get(world.url(bucket, NAME), "PUT", **{"x-amz-acl": "public-read"})


@question("S3", "the tags under a delete marker", "S3-255", "MethodNotAllowed 405", "s3 access")
def _(world: World) -> str:
    bucket = versioned(world)
    put_object(world, bucket)
    world.s3.delete_object(Bucket=bucket, Key=NAME)
    return code(lambda: world.s3.get_object_tagging(Bucket=bucket, Key=NAME))


@question("S3", "the range of a copied part", "S3-116", "InvalidArgument 400 bytes=0-9", "s3 multipart uploads")
def _(world: World) -> str:
    bucket = world.bucket()
    put_object(world, bucket)
    upload = world.s3.create_multipart_upload(Bucket=bucket, Key="copy")["UploadId"]
    part = {"Bucket": bucket, "Key": "copy", "UploadId": upload, "PartNumber": 1, "CopySource": f"{bucket}/{NAME}"}
    return members(lambda: world.s3.upload_part_copy(**part, CopySourceRange="bytes=0-9"), "ArgumentValue")


@question("S3", "an object's checksum without its type", "S3-254", "BadDigest 400, served", "s3 multipart uploads")
def _(world: World) -> str:
    bucket = world.bucket()
    how = {"ChecksumAlgorithm": "CRC32", "ChecksumType": "FULL_OBJECT"}
    upload = world.s3.create_multipart_upload(Bucket=bucket, Key=NAME, **how)["UploadId"]
    named = {"Bucket": bucket, "Key": NAME, "UploadId": upload}
    part = world.s3.upload_part(**named, PartNumber=1, Body=b"x", ChecksumAlgorithm="CRC32")
    whole = part["ChecksumCRC32"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"], "ChecksumCRC32": whole}]}
    complete = lambda **more: code(  # noqa: E731
        lambda: world.s3.complete_multipart_upload(**named, MultipartUpload=parts, ChecksumCRC32=whole, **more)
    )
    return f"{complete()}, {complete(ChecksumType='FULL_OBJECT')}"


@question("S3", "a copy whose source is a URL", "S3-259", "200 CopyObjectResult", "s3 copies")
def _(world: World) -> str:
    bucket = world.bucket()
    put_object(world, bucket)
    source = {"x-amz-copy-source": f"https://s3.us-east-1.amazonaws.com/{bucket}/{NAME}"}
    answer, body = sent(world, "PUT", f"/{bucket}/copy", **source)
    return f"{answer.status} {root(body)}"


@question(
    "S3",
    "an upload with a private ACL, ACLs disabled",
    "S3-268",
    "served, AccessControlListNotSupported 400",
    "s3 acls",
)
def _(world: World) -> str:
    bucket, other = world.bucket(), world.neighbour()
    put_policy(world, bucket, statement(bucket, Principal={"AWS": other.account}, Action="s3:Put*"))
    told = [code(lambda: put_object(each, bucket, ACL="private")) for each in (world, other)]  # noqa: B023
    return ", ".join(told)


@question("S3", "a grant to nobody, ACLs disabled", "S3-148", "InvalidArgument 400 Invalid group uri", "s3 acls")
def _(world: World) -> str:
    bucket = world.bucket()
    return members(lambda: world.s3.put_bucket_acl(Bucket=bucket, GrantRead="uri=nobody"), "Message")


@question("S3", "a foreign upload, aborted by who began it", "S3-264", "listed, aborted", "s3 access")
def _(world: World) -> str:
    bucket, other = world.bucket(), world.neighbour()
    world.opened(bucket)
    world.s3.put_bucket_acl(Bucket=bucket, ACL="public-read-write")
    upload = other.s3.create_multipart_upload(Bucket=bucket, Key=NAME)["UploadId"]
    other.s3.list_parts(Bucket=bucket, Key=NAME, UploadId=upload)
    other.s3.abort_multipart_upload(Bucket=bucket, Key=NAME, UploadId=upload)
    return "listed, aborted"


@question("S3", "a bucket whose requesters pay", "S3-265", "AccessDenied 403, requester, None", "s3 buckets")
def _(world: World) -> str:
    bucket, other = world.bucket(), world.neighbour()
    put_object(world, bucket)
    account = {"AWS": other.account}
    put_policy(world, bucket, statement(bucket, Principal=account))
    world.s3.put_bucket_request_payment(Bucket=bucket, RequestPaymentConfiguration={"Payer": "Requester"})
    named = {"Bucket": bucket, "Key": NAME}
    paid, own = other.s3.get_object(**named, RequestPayer="requester"), world.s3.get_object(**named)
    charged = ", ".join(str(each.get("RequestCharged")) for each in (paid, own))
    return f"{code(lambda: other.s3.get_object(**named))}, {charged}"


@question("S3", "a copied part and the source's owner", "S3-156", "AccessDenied 403", "s3 buckets")
def _(world: World) -> str:
    bucket = world.bucket()
    put_object(world, bucket)
    upload = world.s3.create_multipart_upload(Bucket=bucket, Key="copy")["UploadId"]
    part = {"Bucket": bucket, "Key": "copy", "UploadId": upload, "PartNumber": 1, "CopySource": f"{bucket}/{NAME}"}
    return code(lambda: world.s3.upload_part_copy(**part, ExpectedSourceBucketOwner="000000000000"))


@question("S3", "an upload without its length", "S3-267", "411 MissingContentLength", "s3 checksums")
def _(world: World) -> str:
    answer, body = sent(world, "PUT", f"/{world.bucket()}/{NAME}", length=None)
    return f"{answer.status} {code_of(body)}"


@question("S3", "settings of a bucket without a body", "S3-269", "400 MissingRequestBodyError", "s3 bucket settings")
def _(world: World) -> str:
    bucket = world.bucket()
    told = {
        f"{answer.status} {code_of(body)}"
        for answer, body in (sent(world, "PUT", f"/{bucket}?{each}") for each in ("notification", "website", "logging"))
    }
    return ", ".join(sorted(told))
