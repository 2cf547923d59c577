"""Questions about LookupEvents and trails."""

from __future__ import annotations

import datetime
import gzip
import json
from typing import Any

from tests.embedded.question import code, normalized, question
from tests.embedded.questions.steps import attribute, lookup, names_key, uploaded_object
from tests.embedded.world import World

LOOKUP = "event history"


@question("CloudTrail", "LookupEvents", "CT-01", "CreateKey", LOOKUP)
def _(world: World) -> str:
    key = world.key()
    return str(world.events("CreateKey", names_key(key))[0]["eventName"])


@question("CloudTrail", "the fields of a found event", "CT-11", "false kms.amazonaws.com AWS::KMS::Key str", LOOKUP)
def _(world: World) -> str:
    key = world.key()
    world.events("CreateKey", names_key(key))
    event = lookup(world, **attribute("EventName", "CreateKey"))["Events"][0]
    kind = event["Resources"][0]["ResourceType"]
    return f"{event['ReadOnly']} {event['EventSource']} {kind} {type(event['CloudTrailEvent']).__name__}"


@question("CloudTrail", "the user name of an assumed role", "CT-12", "the session's name", LOOKUP)
def _(world: World) -> str:
    key = world.key()
    world.events("CreateKey", names_key(key))
    event = lookup(world, **attribute("EventName", "CreateKey"))["Events"][0]
    return "the session's name" if event["Username"] == world.principal.rpartition("/")[2] else str(event["Username"])


@question("CloudTrail", "the order", "CT-09", "newest first", LOOKUP)
def _(world: World) -> str:
    for _ in range(3):
        world.key()
        world.settle()
    times = [event["EventTime"] for event in lookup(world)["Events"]]
    return "newest first" if len(times) >= 3 and times == sorted(times, reverse=True) else "another"


for _key in (
    "EventName",
    "EventSource",
    "ReadOnly",
    "Username",
    "ResourceType",
    "ResourceName",
    "EventId",
    "AccessKeyId",
):

    @question("CloudTrail", f"LookupEvents by {_key}", "CT-04", "found", LOOKUP)
    def _(world: World, key: str = _key) -> str:
        arn = world.key()
        (record, *_rest) = world.events("CreateKey", names_key(arn))
        values = {
            "EventName": "CreateKey",
            "EventSource": "kms.amazonaws.com",
            "ReadOnly": "false",
            "Username": world.principal.rpartition("/")[2],
            "ResourceType": "AWS::KMS::Key",
            "ResourceName": arn,
            "EventId": record["eventID"],
            "AccessKeyId": record["userIdentity"].get("accessKeyId", ""),
        }
        found = lookup(world, **attribute(key, values[key]))["Events"]
        return "found" if any(event["EventId"] == record["eventID"] for event in found) else "not found"


@question("CloudTrail", "LookupEvents by a value in another case", "CT-04", "0", LOOKUP)
def _(world: World) -> str:
    world.key()
    return str(len(lookup(world, **attribute("EventName", "createkey"))["Events"]))


@question("CloudTrail", "two attributes", "CT-06", "InvalidLookupAttributesException 400", LOOKUP)
def _(world: World) -> str:
    two = {"LookupAttributes": 2 * attribute("EventName", "CreateKey")["LookupAttributes"]}
    return code(lambda: lookup(world, **two))


@question("CloudTrail", "MaxResults 51", "CT-07", "InvalidMaxResultsException 400", LOOKUP)
def _(world: World) -> str:
    return code(lambda: lookup(world, MaxResults=51))


@question("CloudTrail", "a start after the end", "CT-05", "InvalidTimeRangeException 400", LOOKUP)
def _(world: World) -> str:
    now = datetime.datetime.now(datetime.UTC)
    return code(lambda: lookup(world, StartTime=now, EndTime=now - datetime.timedelta(hours=1)))


@question("CloudTrail", "a token that is none", "CT-05", "InvalidNextTokenException 400", LOOKUP)
def _(world: World) -> str:
    return code(lambda: lookup(world, NextToken="bm9uZQ=="))


@question("CloudTrail", "pages of one", "CT-08", "3 different", LOOKUP)
def _(world: World) -> str:
    keys = {world.key() for _ in range(3)}
    world.events("CreateKey", lambda record: record["resources"][0]["ARN"] in keys)
    found: list[str] = []
    more: dict[str, Any] = {}
    for _ in range(3):
        page = lookup(world, MaxResults=1, **attribute("EventName", "CreateKey"), **more)
        found += [event["EventId"] for event in page["Events"]]
        more = {"NextToken": page["NextToken"]} if "NextToken" in page else {}
    return f"{len(found)} {'different' if len(set(found)) == len(found) else 'alike'}"


@question("CloudTrail", "a token with other parameters", "CT-08", "InvalidNextTokenException 400", LOOKUP)
def _(world: World) -> str:
    for _ in range(2):
        world.key()
    token = lookup(world, MaxResults=1)["NextToken"]
    return code(lambda: lookup(world, NextToken=token, **attribute("EventName", "CreateKey")))


@question("CloudTrail", "a third request within a second", "CT-10", "ThrottlingException 400", LOOKUP)
def _(world: World) -> str:
    world.settle()
    client = world.client("cloudtrail")
    answers = [code(lambda: client.lookup_events(MaxResults=1)) for _ in range(6)]
    return next((answer for answer in answers if answer != "served"), "served")


@question("CloudTrail", "a time in the past", "CT-01", "0", LOOKUP)
def _(world: World) -> str:
    world.key()
    then = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=80)
    return str(len(lookup(world, StartTime=then, EndTime=then + datetime.timedelta(minutes=1))["Events"]))


@question("CloudTrail", "PutObject and GetObject in the history", "CT-02", "none", LOOKUP)
def _(world: World) -> str:
    bucket, _key = uploaded_object(world)
    world.s3.get_object(Bucket=bucket, Key="clock.png")
    world.s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": []})
    world.events("PutBucketTagging", lambda record: record["requestParameters"]["bucketName"] == bucket)
    names = {event["EventName"] for event in lookup(world)["Events"]}
    return "some" if names & {"PutObject", "GetObject"} else "none"


def _letting_cloudtrail_in(world: World, bucket: str) -> None:
    service = {"Service": "cloudtrail.amazonaws.com"}
    statements = [
        {"Effect": "Allow", "Principal": service, "Action": "s3:GetBucketAcl", "Resource": f"arn:aws:s3:::{bucket}"},
        {
            "Effect": "Allow",
            "Principal": service,
            "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{bucket}/AWSLogs/{world.account}/*",
            "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}},
        },
    ]
    world.s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))


@question(
    "CloudTrail",
    "a trail whose bucket does not let it in",
    "CT-48",
    "InsufficientS3BucketPolicyException 400",
    "trails",
)
def _(world: World) -> str:
    bucket = world.bucket()
    return code(lambda: world.client("cloudtrail").create_trail(Name=f"{bucket}-trail", S3BucketName=bucket))


@question("CloudTrail", "a trail's log file", "CT-49", "AWSLogs/<acct>/CloudTrail json.gz CreateKey", "trails")
def _(world: World) -> str:
    bucket, trail = world.bucket(), world.client("cloudtrail")
    _letting_cloudtrail_in(world, bucket)
    name = f"{bucket}-trail"
    trail.create_trail(Name=name, S3BucketName=bucket)
    world.keep(trail.delete_trail, Name=name)
    trail.start_logging(Name=name)
    world.settle()
    world.key()
    world.settle()

    def files() -> list[str]:
        listed = world.s3.list_objects_v2(Bucket=bucket, Prefix=f"AWSLogs/{world.account}/CloudTrail/")
        return [each["Key"] for each in listed.get("Contents", [])]

    file = world.until(files, bool)[0]
    body = gzip.decompress(world.s3.get_object(Bucket=bucket, Key=file)["Body"].read())
    names = {record["eventName"] for record in json.loads(body)["Records"]}
    return normalized(f"{'/'.join(file.split('/')[:3])} {file[-7:]} {'CreateKey' if 'CreateKey' in names else names}")


@question("CloudTrail", "the selectors of a fresh trail", "CT-60", "All True [] True", "event selectors")
def _(world: World) -> str:
    bucket, trail = world.bucket(), world.client("cloudtrail")
    _letting_cloudtrail_in(world, bucket)
    name = f"{bucket}-trail"
    trail.create_trail(Name=name, S3BucketName=bucket)
    world.keep(trail.delete_trail, Name=name)
    found = trail.get_event_selectors(TrailName=name)
    (selector,) = found["EventSelectors"]
    members = ("ReadWriteType", "IncludeManagementEvents", "DataResources")
    return f"{' '.join(str(selector[each]) for each in members)} {'AdvancedEventSelectors' not in found}"


@question("CloudTrail", "PutObjectAcl and HeadObject in the history", "CT-02", "none", LOOKUP)
def _(world: World) -> str:
    bucket, _key = uploaded_object(world)
    world.opened(bucket)
    world.s3.put_object_acl(Bucket=bucket, Key="clock.png", ACL="private")
    world.s3.head_object(Bucket=bucket, Key="clock.png")
    world.s3.head_bucket(Bucket=bucket)
    world.s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": []})
    world.events("PutBucketTagging", lambda record: record["requestParameters"]["bucketName"] == bucket)
    names = {event["EventName"] for event in lookup(world)["Events"]}
    return "some" if names & {"PutObjectAcl", "HeadObject", "HeadBucket"} else "none"


def _new_trail(world: World) -> tuple[str, str]:
    """Create a trail. Return its name and its bucket's."""
    bucket, trail = world.bucket(), world.client("cloudtrail")
    _letting_cloudtrail_in(world, bucket)
    trail.create_trail(Name=f"{bucket}-trail", S3BucketName=bucket)
    world.keep(trail.delete_trail, Name=f"{bucket}-trail")
    return f"{bucket}-trail", bucket


@question("CloudTrail", "DeleteTrail of none", "CT-90", "TrailNotFoundException 400", "trails")
def _(world: World) -> str:
    return code(lambda: world.client("cloudtrail").delete_trail(Name="parity-none"))


@question("CloudTrail", "DescribeTrails by a name of none", "CT-91", "0", "trails")
def _(world: World) -> str:
    _new_trail(world)
    return str(len(world.client("cloudtrail").describe_trails(trailNameList=["parity-none"])["trailList"]))


@question("CloudTrail", "a trail of a name that is taken", "CT-92", "TrailAlreadyExistsException 400", "trails")
def _(world: World) -> str:
    name, bucket = _new_trail(world)
    return code(lambda: world.client("cloudtrail").create_trail(Name=name, S3BucketName=bucket))


@question("CloudTrail", "tags of what is no trail", "CT-93", "CloudTrailARNInvalidException 400", "trails")
def _(world: World) -> str:
    return code(lambda: world.client("cloudtrail").list_tags(ResourceIdList=["parity"]))


@question("CloudTrail", "event selectors of no kind", "CT-94", "InvalidEventSelectorsException 400", "event selectors")
def _(world: World) -> str:
    name, _ = _new_trail(world)
    selectors = [{"ReadWriteType": "Some"}]
    return code(lambda: world.client("cloudtrail").put_event_selectors(TrailName=name, EventSelectors=selectors))
