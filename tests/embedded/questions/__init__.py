"""All questions; importing this fills the catalogue."""

from tests.embedded.questions import (
    cloudtrail_lookup,
    cloudtrail_records,
    ec2_images,
    ec2_instances,
    ec2_volumes,
    iam,
    kms_keys,
    kms_multi_region,
    kms_policies,
    kms_states,
    s3_access,
    s3_buckets,
    s3_encryption,
    s3_payloads,
    s3_signatures,
    sts,
)

__all__ = [
    "cloudtrail_lookup",
    "cloudtrail_records",
    "ec2_images",
    "ec2_instances",
    "ec2_volumes",
    "iam",
    "kms_keys",
    "kms_multi_region",
    "kms_policies",
    "kms_states",
    "s3_access",
    "s3_buckets",
    "s3_encryption",
    "s3_payloads",
    "s3_signatures",
    "sts",
]
