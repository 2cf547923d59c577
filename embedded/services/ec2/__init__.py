"""EC2: instances, EBS volumes and snapshots, and their encryption."""

from embedded.services.ec2 import (
    authorization,
    created_images,
    ebs_defaults,
    idempotency,
    images,
    instances,
    regions,
    root_volume_replacement,
    snapshots,
    transitions,
    volume_encryption,
    volume_status,
    volumes,
)

BEHAVIOURS = (
    authorization.BEHAVIOUR,
    transitions.BEHAVIOUR,
    images.BEHAVIOUR,
    created_images.BEHAVIOUR,
    instances.BEHAVIOUR,
    volumes.BEHAVIOUR,
    volume_encryption.BEHAVIOUR,
    volume_status.BEHAVIOUR,
    snapshots.BEHAVIOUR,
    ebs_defaults.BEHAVIOUR,
    root_volume_replacement.BEHAVIOUR,
    idempotency.BEHAVIOUR,
    regions.BEHAVIOUR,
)
