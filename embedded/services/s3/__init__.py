"""S3: buckets, authorization, and encryption with KMS keys and customer keys."""

from embedded.services.s3 import authorization, buckets, customer_keys, encryption

BEHAVIOURS = (buckets.BEHAVIOUR, authorization.BEHAVIOUR, encryption.BEHAVIOUR, customer_keys.BEHAVIOUR)
