"""Parameters that nothing takes: requests with them are refused, because their answer would be wrong without a word.

`tests/embedded/test_parameters.py` finds what has to be here: parameters of the operations that are done, which neither
moto nor a behaviour reads.
"""

from __future__ import annotations

from collections.abc import Mapping

EVENT_HOLDS = ("ObjectLockEventHold", "ObjectLockEventHoldDurationDays", "ObjectLockEventHoldDurationYears")
NOT_TAKEN: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("cloudtrail", "CreateTrail"): ("IsOrganizationTrail", "KmsKeyId", "RecursiveLogging"),
    ("cloudtrail", "ListTags"): ("NextToken",),
    ("cloudtrail", "PutEventSelectors"): ("AdvancedEventSelectors",),
    ("cloudtrail", "UpdateTrail"): ("IsOrganizationTrail", "KmsKeyId", "RecursiveLogging"),
    ("ec2", "AttachVolume"): ("EbsCardIndex",),
    ("ec2", "CopyImage"): (
        "CopyImageTags",
        "DestinationAvailabilityZone",
        "DestinationAvailabilityZoneId",
        "DestinationOutpostArn",
        "SnapshotCopyCompletionDurationMinutes",
    ),
    ("ec2", "CopySnapshot"): ("CompletionDurationMinutes", "DestinationAvailabilityZone", "DestinationOutpostArn"),
    ("ec2", "CreateImage"): ("BootModeOverride", "SnapshotLocation"),
    ("ec2", "CreateReplaceRootVolumeTask"): ("TagSpecifications", "VolumeInitializationRate"),
    ("ec2", "CreateSnapshot"): ("OutpostArn",),
    ("ec2", "CreateVolume"): ("AvailabilityZoneId", "Operator", "OutpostArn", "VolumeInitializationRate"),
    ("ec2", "DescribeImages"): ("IncludeDeprecated", "IncludeDisabled"),
    ("ec2", "DescribeSnapshots"): ("RestorableByUserIds",),
    ("ec2", "DescribeVolumeStatus"): ("Filters",),
    ("ec2", "RunInstances"): (
        "CapacityReservationSpecification",
        "CpuOptions",
        "CreditSpecification",
        "ElasticGpuSpecification",
        "ElasticInferenceAccelerators",
        "EnablePrimaryIpv6",
        "EnclaveOptions",
        "Ipv6Addresses",
        "KernelId",
        "LicenseSpecifications",
        "MaintenanceOptions",
        "NetworkPerformanceOptions",
        "Operator",
        "PrivateDnsNameOptions",
        "RamdiskId",
        "SecondaryInterfaces",
    ),
    ("ec2", "StopInstances"): ("Hibernate",),
    ("iam", "ListGroups"): ("PathPrefix",),
    ("iam", "ListInstanceProfiles"): ("PathPrefix",),
    ("iam", "ListPolicies"): ("PolicyUsageFilter",),
    ("iam", "ListServerCertificates"): ("PathPrefix",),
    ("iam", "SimulateCustomPolicy"): (
        "OrderedOrganizationPolicyInputList",
        "PermissionsBoundaryPolicyInputList",
        "ResourcePolicy",
        "ResourceOwner",
        "ResourceHandlingOption",
    ),
    ("iam", "SimulatePrincipalPolicy"): (
        "CallerArn",
        "PolicyExclusionList",
        "PermissionsBoundaryPolicyInputList",
        "ResourcePolicy",
        "ResourceOwner",
        "ResourceHandlingOption",
    ),
    ("kms", "CreateGrant"): ("GranteeServicePrincipal", "RetiringServicePrincipal"),
    ("kms", "ListGrants"): ("GranteeServicePrincipal",),
    ("kms", "ListKeys"): ("ResourceOwners",),
    ("kms", "ListRetirableGrants"): ("RetiringServicePrincipal",),
    ("s3", "AbortMultipartUpload"): ("IfMatchInitiatedTime",),
    ("s3", "CopyObject"): (*EVENT_HOLDS, "AnnotationDirective", "SSEKMSEncryptionContext"),
    ("s3", "CreateBucket"): ("BucketNamespace",),
    ("s3", "CreateMultipartUpload"): (*EVENT_HOLDS, "SSEKMSEncryptionContext"),
    ("s3", "DeleteObject"): ("MFA",),
    ("s3", "DeleteObjects"): ("MFA",),
    ("s3", "ListBucketInventoryConfigurations"): ("ContinuationToken",),
    ("s3", "ListObjectVersions"): ("OptionalObjectAttributes",),
    ("s3", "ListObjects"): ("OptionalObjectAttributes",),
    ("s3", "ListObjectsV2"): ("OptionalObjectAttributes",),
    ("s3", "PutBucketLifecycleConfiguration"): ("TransitionDefaultMinimumObjectSize",),
    ("s3", "PutBucketVersioning"): ("MFA",),
    ("s3", "PutObject"): (*EVENT_HOLDS, "SSEKMSEncryptionContext", "WriteOffsetBytes"),
    ("sts", "AssumeRole"): ("MinimumSessionTokenSize", "ProvidedContexts", "SerialNumber", "TokenCode"),
    ("sts", "GetSessionToken"): ("MinimumSessionTokenSize", "SerialNumber", "TokenCode"),
}
"""By service and operation."""
