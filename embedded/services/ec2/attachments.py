"""What DescribeVolumes says of attachments: whether the volume is deleted when the instance is terminated.

Facts: EC2-62, MOTO-84.
"""

from __future__ import annotations

import re
from typing import Any

from embedded.core.behaviours import Behaviour
from embedded.core.http import HttpResponse
from embedded.core.request import ApiRequest
from embedded.services.ec2.resources import ec2_backend

BEHAVIOUR = Behaviour("ebs attachments")

ATTACHMENT = re.compile(r"<attachmentSet>\s*<item>(.*?)</item>\s*</attachmentSet>", re.DOTALL)
VOLUME = re.compile(r"<volumeId>([^<]+)</volumeId>")


@BEHAVIOUR.modify_response("ec2", "DescribeVolumes")
def _delete_on_termination(request: ApiRequest, response: HttpResponse) -> HttpResponse:
    volumes = ec2_backend(request).volumes

    def shown(found: re.Match[str]) -> str:
        volume = VOLUME.search(found[1])
        deleted = _is_deleted(volumes[volume[1]].attachment) if volume and volume[1] in volumes else False
        flag = f"<deleteOnTermination>{str(deleted).lower()}</deleteOnTermination>"
        return f"<attachmentSet><item>{found[1]}{flag}</item></attachmentSet>"

    response.body = ATTACHMENT.sub(shown, response.body.decode()).encode()
    return response


def _is_deleted(attachment: Any) -> bool:
    device = attachment.instance.block_device_mapping.get(attachment.device) if attachment else None
    return bool(device is not None and device.delete_on_termination)
