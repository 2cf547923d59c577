// The JavaScript SDK v3 through the lab, in front of a practice account (serve.py).
import assert from "node:assert/strict";
import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import {
  CreateSnapshotCommand, DescribeInstancesCommand, EC2Client, StopInstancesCommand, waitUntilInstanceStopped,
} from "@aws-sdk/client-ec2";
import { IAMClient, ListRolesCommand } from "@aws-sdk/client-iam";
import {
  CreateAliasCommand, CreateKeyCommand, DecryptCommand, DisableKeyCommand, EnableKeyCommand, EncryptCommand, KMSClient,
} from "@aws-sdk/client-kms";
import {
  DeleteObjectsCommand, GetObjectCommand, ListBucketsCommand, ListObjectsV2Command, PutBucketOwnershipControlsCommand,
  PutObjectAclCommand, PutObjectCommand, PutPublicAccessBlockCommand, S3Client,
} from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { Upload } from "@aws-sdk/lib-storage";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";

const endpoint = process.env.AWS_ENDPOINT_URL;
const options = { endpoint, region: process.env.AWS_DEFAULT_REGION };
const kms = new KMSClient(options);
const s3 = new S3Client({ ...options, forcePathStyle: true });
const ec2 = new EC2Client(options);

const caller = await new STSClient(options).send(new GetCallerIdentityCommand({}));
assert.match(caller.Arn, /:assumed-role\/voclabs\//);

const key = (await kms.send(new CreateKeyCommand({}))).KeyMetadata;
await kms.send(new CreateAliasCommand({ AliasName: "alias/MyKMSKey", TargetKeyId: key.KeyId }));
const sealed = await kms.send(new EncryptCommand({ KeyId: "alias/MyKMSKey", Plaintext: Buffer.from("secret") }));
const opened = await kms.send(new DecryptCommand({ CiphertextBlob: sealed.CiphertextBlob }));
assert.equal(Buffer.from(opened.Plaintext).toString(), "secret");

const Bucket = (await s3.send(new ListBucketsCommand({}))).Buckets[0].Name;
const sse = { ServerSideEncryption: "aws:kms", SSEKMSKeyId: key.Arn };
await s3.send(new PutObjectCommand({ Bucket, Key: "clock.png", Body: "clock", ...sse }));
const got = await s3.send(new GetObjectCommand({ Bucket, Key: "clock.png" }));
assert.equal(await got.Body.transformToString(), "clock");
assert.equal(got.SSEKMSKeyId, key.Arn);
const partSize = 5 * 2 ** 20;
await new Upload({ client: s3, params: { Bucket, Key: "big", Body: Buffer.alloc(11 * 2 ** 20) }, partSize }).done();
const listed = await s3.send(new ListObjectsV2Command({ Bucket }));
assert.deepEqual(listed.Contents.map((each) => each.Key), ["big", "clock.png"]);
const link = await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key: "clock.png" }), { expiresIn: 60 });
assert.equal(await (await fetch(link)).text(), "clock");

const off = { BlockPublicAcls: false, IgnorePublicAcls: false, BlockPublicPolicy: false, RestrictPublicBuckets: false };
await s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: off }));
const OwnershipControls = { Rules: [{ ObjectOwnership: "BucketOwnerPreferred" }] };
await s3.send(new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls }));
await s3.send(new PutObjectAclCommand({ Bucket, Key: "clock.png", ACL: "public-read" }));
assert.match(await (await fetch(`${endpoint}/${Bucket}/clock.png`)).text(), /<Code>InvalidArgument<\/Code>/);

await kms.send(new DisableKeyCommand({ KeyId: key.KeyId }));
await assert.rejects(s3.send(new GetObjectCommand({ Bucket, Key: "clock.png" })), { name: "KMS.DisabledException" });
await kms.send(new EnableKeyCommand({ KeyId: key.KeyId }));

const instance = (await ec2.send(new DescribeInstancesCommand({}))).Reservations[0].Instances[0];
await ec2.send(new StopInstancesCommand({ InstanceIds: [instance.InstanceId] }));
const patience = { client: ec2, maxWaitTime: 60, minDelay: 1, maxDelay: 1 };
await waitUntilInstanceStopped(patience, { InstanceIds: [instance.InstanceId] });
const VolumeId = instance.BlockDeviceMappings[0].Ebs.VolumeId;
assert.equal((await ec2.send(new CreateSnapshotCommand({ VolumeId }))).State, "pending");

const LookupAttributes = [{ AttributeKey: "EventName", AttributeValue: "DisableKey" }];
const history = await new CloudTrailClient(options).send(new LookupEventsCommand({ LookupAttributes }));
assert.deepEqual(history.Events.map((each) => each.EventName), ["DisableKey"]);
const roles = (await new IAMClient(options).send(new ListRolesCommand({}))).Roles;
assert.ok(JSON.parse(decodeURIComponent(roles[0].AssumeRolePolicyDocument)).Statement);
const Objects = [{ Key: "big" }, { Key: "clock.png" }];
assert.equal((await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }))).Deleted.length, 2);
console.log("JavaScript SDK v3: served");
