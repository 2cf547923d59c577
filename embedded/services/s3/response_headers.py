"""Headers that every response of S3 has, and headers of moto's that none has.

Facts: S3-145.
"""

from __future__ import annotations

from embedded.core.behaviours import Behaviour
from embedded.core.error_responses import s3_host_id
from embedded.core.http import HttpResponse
from embedded.core.request import ApiRequest

BEHAVIOUR = Behaviour("s3 response headers")
NOT_SENT = ("x-amzn-requestid", "x-amz-sdk-checksum-algorithm", "x-amz-content-sha256")


@BEHAVIOUR.modify_response("s3")
def _set_headers(request: ApiRequest, response: HttpResponse) -> HttpResponse:
    for name in NOT_SENT:
        response.headers.pop(name, None)
    response.headers.setdefault("x-amz-id-2", s3_host_id(request.id))
    return response
