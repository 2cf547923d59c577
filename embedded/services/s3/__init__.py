"""S3: buckets, authorization, checksums, and encryption with KMS keys and customer keys."""

from embedded.services.s3 import authorization, buckets, checksums, customer_keys, encryption

BEHAVIOURS = (
    buckets.BEHAVIOUR,
    authorization.BEHAVIOUR,
    checksums.BEHAVIOUR,
    encryption.BEHAVIOUR,
    customer_keys.BEHAVIOUR,
)
