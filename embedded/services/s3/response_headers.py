"""Headers that every response of S3 has, headers of moto's that none has, and the names of the documents.

Facts: S3-145, S3-256, S3-265.
"""

from __future__ import annotations

from embedded.core.behaviours import Behaviour
from embedded.core.error_responses import s3_host_id
from embedded.core.http import HttpResponse
from embedded.core.request import ApiRequest
from embedded.services.s3.buckets import S3Context

BEHAVIOUR = Behaviour("s3 response headers")
NOT_SENT = ("x-amzn-requestid", "x-amz-sdk-checksum-algorithm", "x-amz-content-sha256")
DOCUMENTS = {
    "GetBucketAccelerateConfiguration": ("GetBucketAccelerateConfigurationResponse", "AccelerateConfiguration"),
    "GetBucketNotificationConfiguration": ("GetBucketNotificationResponse", "NotificationConfiguration"),
    "GetBucketRequestPayment": ("GetBucketRequestPaymentResponse", "RequestPaymentConfiguration"),
    "GetBucketVersioning": ("GetBucketVersioningResponse", "VersioningConfiguration"),
    "GetObjectAttributes": ("GetObjectAttributesOutput", "GetObjectAttributesResponse"),
    "ListBucketInventoryConfigurations": (
        "ListBucketInventoryConfigurationsResponse",
        "ListInventoryConfigurationsResult",
    ),
    "ListParts": ("ListPartsResponse", "ListPartsResult"),
}
"""The names of root elements: moto's, which are the model's, and S3's."""
DECLARATION = b'<?xml version="1.0" encoding="utf-8"?>'


@BEHAVIOUR.modify_response("s3")
def _set_headers(request: ApiRequest, response: HttpResponse) -> HttpResponse:
    for name in NOT_SENT:
        response.headers.pop(name, None)
    response.headers.setdefault("x-amz-id-2", s3_host_id(request.id))
    if response.body.startswith(DECLARATION):
        response.body = DECLARATION.replace(b"utf-8", b"UTF-8") + response.body[len(DECLARATION) :]
    return response


@BEHAVIOUR.modify_response("s3")
def _tell_payer(request: ApiRequest, response: HttpResponse) -> HttpResponse:
    """Tell a requester who pays that he was charged (S3-265)."""
    bucket = request.context(S3Context).bucket
    if bucket is not None and bucket.payer == "Requester" and "x-amz-request-payer" in request.http.headers:
        response.headers["x-amz-request-charged"] = "requester"
    return response


@BEHAVIOUR.modify_response("s3", *DOCUMENTS)
def _name_document(request: ApiRequest, response: HttpResponse) -> HttpResponse:
    before, name = DOCUMENTS[request.operation]
    response.body = response.body.replace(before.encode(), name.encode())
    return response


@BEHAVIOUR.modify_response("s3", "GetBucketPolicy")
def _as_json(request: ApiRequest, response: HttpResponse) -> HttpResponse:
    response.headers["content-type"] = "application/json"
    return response
