"""All questions; importing this fills the catalogue."""

from tests.embedded.questions import cloudtrail, ec2, identity, kms, s3

__all__ = ["cloudtrail", "ec2", "identity", "kms", "s3"]
