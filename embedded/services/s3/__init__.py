"""S3: buckets, objects and their versions, uploads in parts, authorization, checksums, encryption."""

from embedded.services.s3 import (
    authorization,
    bucket_lists,
    buckets,
    checksums,
    copies,
    customer_keys,
    deletes,
    encryption,
    lists,
    multipart,
    multipart_lists,
    object_headers,
    object_locks,
    object_tags,
    objects,
    response_headers,
)

BEHAVIOURS = (
    buckets.BEHAVIOUR,
    authorization.BEHAVIOUR,
    checksums.BEHAVIOUR,
    encryption.BEHAVIOUR,
    customer_keys.BEHAVIOUR,
    object_headers.BEHAVIOUR,
    objects.BEHAVIOUR,
    copies.BEHAVIOUR,
    deletes.BEHAVIOUR,
    lists.BEHAVIOUR,
    bucket_lists.BEHAVIOUR,
    multipart.BEHAVIOUR,
    multipart_lists.BEHAVIOUR,
    object_locks.BEHAVIOUR,
    object_tags.BEHAVIOUR,
    response_headers.BEHAVIOUR,
)
