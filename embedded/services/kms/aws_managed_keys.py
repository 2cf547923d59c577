"""AWS managed keys: created at first use, usable through their service only, never disabled or deleted by anybody.

Facts: KMS-45, KMS-75, S3-06, EC2-07, MOTO-05. Their key policy lets the account use the key through the service and
read its metadata, and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.partition import dns_suffix, partition

BEHAVIOUR = Behaviour("aws managed keys")

DESCRIPTIONS = {
    "ebs": "Default key that protects my EBS volumes when no other key is defined",
    "s3": "Default key that protects my S3 objects when no other key is defined",
}
ENDPOINTS = {"ebs": "ec2"}
"""Services whose endpoint has another name than their alias."""


def _policy(service: str, account: str, region: str) -> str:
    through_service = {
        "StringEquals": {
            "kms:ViaService": f"{ENDPOINTS.get(service, service)}.{region}.{dns_suffix()}",
            "kms:CallerAccount": account,
        }
    }
    use = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:CreateGrant", "kms:DescribeKey"]
    root = {"AWS": f"arn:{partition()}:iam::{account}:root"}
    read = ["kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"]
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Id": f"auto-{service}-2",
            "Statement": [
                {
                    "Sid": f"Allow access through {service.upper()} for all principals in the account "
                    f"that are authorized to use {service.upper()}",
                    "Effect": "Allow",
                    "Principal": {"AWS": "*"},
                    "Action": use,
                    "Resource": "*",
                    "Condition": through_service,
                },
                {
                    "Sid": "Allow direct access to key metadata to the account",
                    "Effect": "Allow",
                    "Principal": root,
                    "Action": read,
                    "Resource": "*",
                },
            ],
        }
    )


@BEHAVIOUR.patch("moto.kms.models:KmsBackend._generate_default_keys", "self, alias_name")
def _generate_default_keys(original: Callable[..., str | None], backend: Any, alias_name: str) -> str | None:
    key_id = original(backend, alias_name)
    if key_id is not None:
        key, service = backend.keys[key_id], alias_name.removeprefix("alias/aws/")
        key.key_manager = "AWS"
        key.policy = _policy(service, backend.account_id, backend.region_name)
        key.description = DESCRIPTIONS.get(
            service, f"Default key that protects my {service} data when no other key is defined"
        )
        key.key_rotation_status = True
    return key_id
