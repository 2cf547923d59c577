"""The contents of a lab account before the student does anything.

Facts: LAB-01, LAB-05, LAB-10. docs/contract.md describes the practice account. Each service of an account is seeded at
the first request to it, so that a thousand accounts cost little until they are used.
"""

from __future__ import annotations

import json
from typing import Any

from embedded.core.credentials import LAB_ROLE, Student, lab_role_id
from embedded.core.moto_imports import import_lazily
from embedded.core.partition import partition

INSTANCE_NAME = "LabInstance"
INSTANCE_TYPE = "t3.micro"
IMAGE_NAME = "al2023-ami-2023"
ALLOW_ALL = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})


def seed_iam(student: Student, region: str) -> None:
    """Create the lab role, which may do everything in its account and be assumed by everybody in it."""
    backend = import_lazily("moto.iam.models").iam_backends[student.account][partition()]
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{partition()}:iam::{student.account}:root"},
        "Action": "sts:AssumeRole",
    }
    role = backend.create_role(
        role_name=LAB_ROLE,
        assume_role_policy_document=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        path="/",
        permissions_boundary=None,
        description="",
        tags=[],
        max_session_duration="43200",
    )
    backend.roles[lab_role_id(student.account)] = backend.roles.pop(role.id)
    role.id = lab_role_id(student.account)
    role.policies["lab"] = ALLOW_ALL


def seed_s3(student: Student, region: str) -> None:
    """Create the empty bucket."""
    backend = import_lazily("moto.s3.models").s3_backends[student.account][partition()]
    backend.create_bucket(student.bucket, region)


def seed_ec2(student: Student, region: str) -> None:
    """Launch the instance in the default subnet of the first Availability Zone."""
    import_lazily("moto.ec2.responses")
    backend = import_lazily("moto.ec2.models").ec2_backends[student.account][region]
    backend.run_instances(
        _latest_image(backend),
        1,
        None,
        [],
        instance_type=INSTANCE_TYPE,
        is_instance_type_default=False,
        region_name=region,
        subnet_id=backend.get_default_subnets()[f"{region}a"].id,
        tags={"instance": {"Name": INSTANCE_NAME}},
    )


def _latest_image(backend: Any) -> str:
    images = [
        image
        for image in backend.amis.values()
        if str(image.name).startswith(IMAGE_NAME) and image.architecture == "x86_64"
    ]
    return str(max(images, key=lambda image: str(image.name)).id)


SEEDERS = {"iam": seed_iam, "s3": seed_s3, "ec2": seed_ec2}
