"""Questions about CloudTrail's records."""

from __future__ import annotations

import json
from typing import Any

from tests.embedded.question import code, normalized, question
from tests.embedded.questions.steps import attribute, encrypted_root, lookup, names_key, uploaded_object
from tests.embedded.world import World

RECORDS = "event records"
CT_ENCRYPT = "https://docs.aws.amazon.com/kms/latest/developerguide/ct-encrypt.html"


@question(
    "CloudTrail",
    "LookupEvents without the right",
    "CT-14",
    "AccessDeniedException 400",
    "identity policies",
    needs="iam:CreateRole",
)
def _(world: World) -> str:
    other = world.with_role({"Effect": "Allow", "Action": "kms:*", "Resource": "*"})
    return code(lambda: other.client("cloudtrail").lookup_events())


@question("CloudTrail", "the common fields", "CT-20", "AwsApiCall True Management 1.1 False", RECORDS)
def _(world: World) -> str:
    record = world.events("CreateKey", names_key(world.key()))[0]
    shown = (record["eventType"], record["managementEvent"], record["eventCategory"], record["eventVersion"][:3])
    return " ".join(str(each) for each in (*shown, record["readOnly"]))


@question("CloudTrail", "CreateKey's answer", "CT-21", "['arn', 'enabled', 'keyId', 'keyState'] <key ARN>", RECORDS)
def _(world: World) -> str:
    record = world.events("CreateKey", names_key(world.key()))[0]
    metadata = record["responseElements"]["keyMetadata"]
    return normalized(
        f"{sorted(set(metadata) & {'keyId', 'arn', 'enabled', 'keyState'})} {record['resources'][0]['ARN']}"
    )


@question(
    "CloudTrail",
    "CreateAlias's resources",
    "CT-22",
    "AWS::KMS::Key key, AWS::KMS::Key alias, <key ARN>",
    RECORDS,
)
def _(world: World) -> str:
    key = world.key()
    name = f"alias/parity-{key.rpartition('/')[2]}"
    world.kms.create_alias(AliasName=name, TargetKeyId=key)
    world.keep(world.kms.delete_alias, AliasName=name)
    record = world.events("CreateAlias", names_key(key))[0]
    kinds = ", ".join(f"{each['type']} {each['ARN'].split(':')[5].partition('/')[0]}" for each in record["resources"])
    return normalized(f"{kinds}, {record['responseElements']['keyId']}")


for _operation in ("DisableKey", "EnableKey"):

    @question("CloudTrail", f"{_operation}'s record", "CT-23", "as sent, <key ARN>, False", RECORDS)
    def _(world: World, operation: str = _operation) -> str:
        key = world.key()
        short = key.rpartition("/")[2]
        {"DisableKey": world.kms.disable_key, "EnableKey": world.kms.enable_key}[operation](KeyId=short)
        record = world.events(operation, names_key(key))[0]
        sent = "as sent" if record["requestParameters"]["keyId"] == short else record["requestParameters"]["keyId"]
        return normalized(f"{sent}, {record['responseElements']['keyId']}, {record['readOnly']}")


@question("CloudTrail", "ScheduleKeyDeletion's record", "CT-24", "7, PendingDeletion", RECORDS)
def _(world: World) -> str:
    key = world.key()
    world.kms.schedule_key_deletion(KeyId=key.rpartition("/")[2], PendingWindowInDays=7)
    record = world.events("ScheduleKeyDeletion", names_key(key))[0]
    return f"{record['requestParameters']['pendingWindowInDays']}, {record['responseElements']['keyState']}"


@question(
    "CloudTrail",
    "the data key of an upload",
    "CT-25",
    "True AES_256 the object None 64 the caller",
    RECORDS,
)
def _(world: World) -> str:
    bucket, key = uploaded_object(world)
    record = world.events("GenerateDataKey", names_key(key))[0]
    asked = record["requestParameters"]
    named = asked["encryptionContext"]["aws:s3:arn"]
    thing = "the object" if named == f"arn:aws:s3:::{bucket}/clock.png" else named
    material = len(record["additionalEventData"]["keyMaterialId"])
    who = "the caller" if record["userIdentity"]["arn"] == world.principal else record["userIdentity"]["arn"]
    return f"{record['readOnly']} {asked['keySpec']} {thing} {record['responseElements']} {material} {who}"


@question("CloudTrail", "who invoked it", "CT-28", "fas.s3.amazonaws.com", RECORDS)
def _(world: World) -> str:
    _bucket, key = uploaded_object(world)
    return str(world.events("GenerateDataKey", names_key(key))[0]["userIdentity"]["invokedBy"])


@question("CloudTrail", "the same with a bucket key", "S3-41", "the bucket", RECORDS)
def _(world: World) -> str:
    bucket, key = uploaded_object(world, BucketKeyEnabled=True)
    context = world.events("GenerateDataKey", names_key(key))[0]["requestParameters"]["encryptionContext"]
    return "the bucket" if context == {"aws:s3:arn": f"arn:aws:s3:::{bucket}"} else str(context)


@question("CloudTrail", "the Decrypt of a read", "CT-26", "the object SYMMETRIC_DEFAULT <key ARN>", RECORDS)
def _(world: World) -> str:
    bucket, key = uploaded_object(world)
    world.s3.get_object(Bucket=bucket, Key="clock.png")
    record = world.events("Decrypt", names_key(key))[0]
    asked = record["requestParameters"]
    thing = "the object" if asked["encryptionContext"]["aws:s3:arn"].endswith("/clock.png") else "another"
    return normalized(f"{thing} {asked['encryptionAlgorithm']} {record['resources'][0]['ARN']}")


@question("CloudTrail", "a read by a link", "S3-50, CT-26", "1 Decrypt", RECORDS)
def _(world: World) -> str:
    bucket, key = uploaded_object(world)
    world.get(world.link(bucket, "clock.png"))
    return f"{len(world.events('Decrypt', names_key(key)))} Decrypt"


@question("CloudTrail", "HeadObject in the history of the key", "S3-35", "no Decrypt", RECORDS)
def _(world: World) -> str:
    bucket, key = uploaded_object(world)
    world.s3.head_object(Bucket=bucket, Key="clock.png")
    world.disable(key)
    world.events("DisableKey", names_key(key))
    found = lookup(world, **attribute("ResourceName", key))["Events"]
    return f"{'a' if any(event['EventName'] == 'Decrypt' for event in found) else 'no'} Decrypt"


@question("CloudTrail", "a refused public read in the history of the key", "S3-48", "no Decrypt", RECORDS)
def _(world: World) -> str:
    bucket, key = uploaded_object(world)
    world.opened(bucket)
    world.s3.put_object_acl(Bucket=bucket, Key="clock.png", ACL="public-read")
    world.get(world.url(bucket, "clock.png"))
    world.disable(key)
    world.events("DisableKey", names_key(key))
    found = lookup(world, **attribute("ResourceName", key))["Events"]
    return f"{'a' if any(event['EventName'] == 'Decrypt' for event in found) else 'no'} Decrypt"


@question(
    "CloudTrail",
    "a call refused by a disabled key",
    "CT-30",
    "DisabledException <key ARN> is disabled. None",
    RECORDS,
)
def _(world: World) -> str:
    key = world.key()
    world.disable(key)
    code(lambda: world.kms.encrypt(KeyId=key, Plaintext=b"p"))
    record = world.events("Encrypt", names_key(key))[0]
    return normalized(f"{record['errorCode']} {record['errorMessage']} {record['responseElements']}")


@question(
    "CloudTrail",
    "a call refused for want of a right",
    "CT-32",
    "AccessDenied",
    RECORDS,
    needs="iam:CreateRole",
)
def _(world: World) -> str:
    other = world.with_role({"Effect": "Allow", "Action": "kms:DescribeKey", "Resource": "*"})
    key = world.key()
    code(lambda: other.kms.encrypt(KeyId=key, Plaintext=b"p"))
    return str(world.events("Encrypt", names_key(key))[0]["errorCode"])[:12]


@question("CloudTrail", "a direct call's transport", "CT-20", "direct True, by S3 False", RECORDS)
def _(world: World) -> str:
    _bucket, key = uploaded_object(world)
    direct = "tlsDetails" in world.events("CreateKey", names_key(key))[0]
    return f"direct {direct}, by S3 {'tlsDetails' in world.events('GenerateDataKey', names_key(key))[0]}"


@question("CloudTrail", "an encryption context's own names", "CT-24", "{'Purpose': 'Lab'}", RECORDS)
def _(world: World) -> str:
    key = world.key()
    world.kms.encrypt(KeyId=key, Plaintext=b"p", EncryptionContext={"Purpose": "Lab"})
    return str(world.events("Encrypt", names_key(key))[0]["requestParameters"]["encryptionContext"])


@question("CloudTrail", "plaintext in a record", CT_ENCRYPT, "none", RECORDS)
def _(world: World) -> str:
    key = world.key()
    world.kms.encrypt(KeyId=key, Plaintext=b"hidden-plaintext")
    return "some" if "hidden" in json.dumps(world.events("Encrypt", names_key(key))[0]) else "none"


for _call, _name, _row in (
    ("put_public_access_block", "PutBucketPublicAccessBlock", "CT-45"),
    ("delete_public_access_block", "DeleteBucketPublicAccessBlock", "CT-47"),
    ("put_bucket_ownership_controls", "PutBucketOwnershipControls", "CT-46"),
    ("put_bucket_encryption", "PutBucketEncryption", "CT-46"),
):

    @question("CloudTrail", f"the name of {_call}", _row, f"{_name}, the bucket, arn:aws:s3:::<bucket>", RECORDS)
    def _(world: World, call: str = _call, name: str = _name) -> str:
        bucket = world.bucket()
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
        how: dict[str, Any] = {
            "put_public_access_block": {"PublicAccessBlockConfiguration": {"BlockPublicAcls": False}},
            "put_bucket_ownership_controls": {"OwnershipControls": {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}},
            "put_bucket_encryption": {"ServerSideEncryptionConfiguration": {"Rules": [rule]}},
        }
        getattr(world.s3, call)(Bucket=bucket, **how.get(call, {}))
        record = world.events(name, lambda record: record["requestParameters"]["bucketName"] == bucket)[0]
        return normalized(f"{record['eventName']}, the bucket, {record['resources'][0]['ARN']}")


@question("CloudTrail", "what PutBucketPublicAccessBlock records", "CT-45", "{'BlockPublicAcls': False}", RECORDS)
def _(world: World) -> str:
    bucket = world.bucket()
    settings = {"BlockPublicAcls": False}
    world.s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=settings)
    record = world.events("PutBucketPublicAccessBlock", lambda each: each["requestParameters"]["bucketName"] == bucket)[
        0
    ]
    block = record["requestParameters"]["PublicAccessBlockConfiguration"]
    return str({name: value for name, value in block.items() if name == "BlockPublicAcls"})


@question(
    "CloudTrail",
    "StartInstances' record",
    "CT-33",
    "i-… {'code': 0, 'name': 'pending'} {'code': 80, 'name': 'stopped'} no error",
    RECORDS,
)
def _(world: World) -> str:
    instance = world.instance()
    world.stopped(instance)
    world.ec2.start_instances(InstanceIds=[instance])
    record = world.events("StartInstances", lambda each: instance in json.dumps(each["requestParameters"]))[0]
    (item,) = record["responseElements"]["instancesSet"]["items"]
    error = record.get("errorCode", "no error")
    return normalized(f"{item['instanceId']} {item['currentState']} {item['previousState']} {error}")


@question("CloudTrail", "an EC2 call that was refused", "CT-34", "Client.VolumeInUse", RECORDS)
def _(world: World) -> str:
    instance = world.instance()
    root = world.root(instance)
    code(lambda: world.ec2.attach_volume(VolumeId=root, InstanceId=instance, Device="/dev/sdf"))
    record = world.events("AttachVolume", lambda each: root in json.dumps(each["requestParameters"]))[0]
    return str(record["errorCode"])


def _encrypted_volume(world: World) -> tuple[dict[str, Any], str]:
    instance, key = world.instance(), world.key()
    snapshot = world.snapshot(world.root(instance))["SnapshotId"]
    return world.volume(SnapshotId=snapshot, Encrypted=True, KmsKeyId=key), key


@question("CloudTrail", "the grant for a volume", "CT-35", "the volume, a grantee, a grant, False", RECORDS)
def _(world: World) -> str:
    volume, key = _encrypted_volume(world)
    record = world.events("CreateGrant", names_key(key))[0]
    asked = record["requestParameters"]
    subset = asked["constraints"]["encryptionContextSubset"]
    named = "the volume" if subset == {"aws:ebs:id": volume["VolumeId"]} else str(subset)
    grantee = "a grantee" if "aws:ec2-infrastructure" in asked["granteePrincipal"] else asked["granteePrincipal"]
    granted = "a grant" if record["responseElements"]["grantId"] else "none"
    return f"{named}, {grantee}, {granted}, {record['readOnly']}"


@question("CloudTrail", "the data key of a volume", "CT-36", "the volume 64 True", RECORDS)
def _(world: World) -> str:
    volume, key = _encrypted_volume(world)
    record = world.events("GenerateDataKeyWithoutPlaintext", names_key(key))[0]
    context = record["requestParameters"]["encryptionContext"]
    named = "the volume" if context == {"aws:ebs:id": volume["VolumeId"]} else str(context)
    return f"{named} {record['requestParameters']['numberOfBytes']} {record['readOnly']}"


@question(
    "CloudTrail",
    "who opens a volume's key at a start",
    "CT-37",
    "aws:ec2-infrastructure, the instance",
    RECORDS,
)
def _(world: World) -> str:
    instance, _volume, key = encrypted_root(world)
    world.ec2.start_instances(InstanceIds=[instance])

    def by_instance(record: dict[str, Any]) -> bool:
        return names_key(key)(record) and str(record["userIdentity"].get("arn", "")).endswith(f"/{instance}")

    identity = world.events("Decrypt", by_instance)[0]["userIdentity"]
    return f"{identity['sessionContext']['sessionIssuer']['userName']}, the instance"


@question(
    "CloudTrail",
    "a start with a disabled key",
    "CT-33, CT-39",
    "StartInstances no error, CreateGrant DisabledException",
    RECORDS,
)
def _(world: World) -> str:
    instance, _volume, key = encrypted_root(world)
    world.disable(key)
    world.settle()
    world.ec2.start_instances(InstanceIds=[instance])
    start = world.events("StartInstances", lambda each: instance in json.dumps(each["requestParameters"]))[0]
    failed = world.events("CreateGrant", lambda each: names_key(key)(each) and "errorCode" in each)[0]
    return f"StartInstances {start.get('errorCode', 'no error')}, CreateGrant {failed['errorCode']}"


@question("CloudTrail", "a volume that is detached", "CT-38", "RetireGrant", RECORDS)
def _(world: World) -> str:
    instance, volume, key = encrypted_root(world)
    world.ec2.start_instances(InstanceIds=[instance])
    world.until(lambda: world.state(instance), lambda seen: seen == "running")
    world.stopped(instance)
    world.ec2.detach_volume(VolumeId=volume, InstanceId=instance)
    return str(world.events("RetireGrant", names_key(key))[0]["eventName"])


@question("CloudTrail", "CancelKeyDeletion's record", "CT-24", "as sent, <key ARN>, False", RECORDS)
def _(world: World) -> str:
    key = world.key()
    short = key.rpartition("/")[2]
    world.kms.schedule_key_deletion(KeyId=short, PendingWindowInDays=7)
    world.kms.cancel_key_deletion(KeyId=short)
    record = world.events("CancelKeyDeletion", names_key(key))[0]
    sent = "as sent" if record["requestParameters"]["keyId"] == short else record["requestParameters"]["keyId"]
    return normalized(f"{sent}, {record['responseElements']['keyId']}, {record['readOnly']}")


@question("CloudTrail", "what was asked of CreateKey", "CT-21", "lab SYMMETRIC_DEFAULT AWS_KMS", RECORDS)
def _(world: World) -> str:
    key = world.key(Description="lab", KeySpec="SYMMETRIC_DEFAULT", Origin="AWS_KMS")
    sent = world.events("CreateKey", names_key(key))[0]["requestParameters"]
    return f"{sent['description']} {sent['keySpec']} {sent['origin']}"


@question(
    "CloudTrail",
    "the name of an account's Block Public Access",
    "CT-45",
    "PutAccountPublicAccessBlock",
    RECORDS,
    needs="an account to itself",
)
def _(world: World) -> str:
    world.block_account()
    return str(world.events("PutAccountPublicAccessBlock")[0]["eventName"])


@question("CloudTrail", "the data key of a copied snapshot", "CT-36", "the snapshot 64", RECORDS)
def _(world: World) -> str:
    key, plain = world.key(), world.snapshot(world.volume()["VolumeId"])["SnapshotId"]
    how = {"SourceSnapshotId": plain, "SourceRegion": world.region, "Encrypted": True, "KmsKeyId": key}
    copy = world.ec2.copy_snapshot(**how)["SnapshotId"]
    world.keep(world.ec2.delete_snapshot, SnapshotId=copy)
    sent = world.events("GenerateDataKeyWithoutPlaintext", names_key(key))[0]["requestParameters"]
    named = sent["encryptionContext"]["aws:ebs:id"]
    return f"{'the snapshot' if named == copy else named[:4]} {sent['numberOfBytes']}"
