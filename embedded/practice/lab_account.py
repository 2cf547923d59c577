"""What a lab account holds before the student does anything.

Facts: `aws-behaviour.md` §9.1 and §9.2 (start): the role `voclabs`, an empty bucket with `imagebucket` in its name,
`LabInstance` running from an unencrypted 8 GiB root at `/dev/xvda`; `contract.md` §5. Each service of an account is
laid out when it is first called for, so that a thousand accounts cost little until they are used.
"""

from __future__ import annotations

import json
from typing import Any

from embedded.core.call import PARTITION
from embedded.core.credentials import LAB_ROLE, Student, lab_role_id
from embedded.core.moto_imports import import_frugally

INSTANCE_NAME = "LabInstance"
INSTANCE_TYPE = "t3.micro"
IMAGE_NAME = "al2023-ami-2023"
ALLOW_ALL = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})


def lay_out_iam(student: Student, region: str) -> None:
    """The lab's role, which may do anything in its account; anybody of the account may assume it."""
    models = import_frugally("moto.iam.models")
    backend = models.iam_backends[student.account][PARTITION]
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{student.account}:root"},
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


def lay_out_s3(student: Student, region: str) -> None:
    """The empty bucket, as every new bucket is."""
    models = import_frugally("moto.s3.models")
    models.s3_backends[student.account][PARTITION].create_bucket(student.bucket, region)


def lay_out_ec2(student: Student, region: str) -> None:
    """The running instance, in the default subnet of the first zone."""
    import_frugally("moto.ec2.responses")
    models = import_frugally("moto.ec2.models")
    backend = models.ec2_backends[student.account][region]
    backend.run_instances(
        _image(backend),
        1,
        None,
        [],
        instance_type=INSTANCE_TYPE,
        is_instance_type_default=False,
        region_name=region,
        subnet_id=backend.get_default_subnets()[f"{region}a"].id,
        tags={"instance": {"Name": INSTANCE_NAME}},
    )


def _image(backend: Any) -> str:
    images = [
        image
        for image in backend.amis.values()
        if str(image.name).startswith(IMAGE_NAME) and image.architecture == "x86_64"
    ]
    return str(max(images, key=lambda image: str(image.name)).id)


LAYOUTS = {"iam": lay_out_iam, "s3": lay_out_s3, "ec2": lay_out_ec2}
