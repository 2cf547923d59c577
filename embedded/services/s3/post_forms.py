"""PostObject: uploads by a browser's form, signed by the policy in it.

A form that is in order becomes a PutObject, with the fields as its headers, and passes through everything that a
PutObject passes through.

Facts: S3-165 to S3-170, S3-257, S3-263.
"""

from __future__ import annotations

import base64
import dataclasses
import hmac
import re
from collections.abc import Mapping
from urllib.parse import quote, urlencode, urlsplit
from xml.etree import ElementTree

from embedded.core import signature_errors
from embedded.core.behaviours import Behaviour
from embedded.core.credentials import Credential
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.request import ApiRequest, SignatureKind
from embedded.services.s3.multipart_form import Form, read_form
from embedded.services.s3.object_headers import META, object_url
from embedded.services.s3.object_locks import malformed
from embedded.services.s3.post_policies import check_policy

BEHAVIOUR = Behaviour("s3 forms")
V4_FIELDS = ("x-amz-signature", "x-amz-algorithm", "x-amz-credential", "x-amz-date")
V2_FIELDS = ("signature", "awsaccesskeyid")
SHOWN = {"signature": "Signature", "awsaccesskeyid": "AWSAccessKeyId"}
HEADERS = ("cache-control", "content-type", "content-disposition", "content-encoding", "expires")
NOT_HEADERS = ("x-amz-signature", "x-amz-algorithm", "x-amz-credential", "x-amz-security-token")
CREDENTIAL = re.compile(r"([^/\s]{1,128})/(\d{8})/([^/\s]{1,64})/s3/aws4_request")


@dataclasses.dataclass
class PostContext:
    """The form that a PutObject came from, and the URL of the object's bucket."""

    form: Form | None = None
    url: str = ""


@BEHAVIOUR.uses_state("s3", "PostObject")
def _signers_account(request: ApiRequest) -> list[tuple[str, str]]:
    try:
        fields = _form(request).fields
    except AwsError:
        return []
    name = fields.get("x-amz-credential", "").partition("/")[0] or fields.get("awsaccesskeyid", "")
    credential = request.aws.credentials.find(name)
    return [(credential.principal.account, "iam"), (credential.principal.account, "kms")] if credential else []


def _form(request: ApiRequest) -> Form:
    context = request.context(PostContext)
    if context.form is None:
        context.form = read_form(request.http.headers.get("content-type", ""), request.http.body)
    return context.form


@BEHAVIOUR.intercept("s3", "PostObject")
def _as_put_object(request: ApiRequest) -> HttpResponse | None:
    """Verify the form, and go on with the PutObject that it stands for."""
    form, bucket = _form(request), request.params["Bucket"]
    # Variables are expanded before the policy is looked at (S3-263).
    fields = {name: value.replace("${filename}", form.filename or "${filename}") for name, value in form.fields.items()}
    if not fields.get("key"):
        raise _missing("key")
    credential, kind = _signer(request, fields)
    if credential is not None:
        check_policy(fields, bucket, len(form.file), request.aws.now())
        request.principal, request.signature = credential.principal, kind
        request.account = credential.principal.account
    name = fields["key"]
    request.context(PostContext).url = object_url(request.http, bucket, name)
    request.operation = "PutObject"
    request.http = dataclasses.replace(
        request.http,
        method="PUT",
        target=f"/{bucket}/{quote(name)}",
        headers={"host": request.http.host, "content-length": str(len(form.file)), **_headers(request, fields)},
        body=form.file,
    )
    request.params = {"Bucket": bucket, "Key": name, **_parameters(request.http.headers)}
    return None


def _headers(request: ApiRequest, fields: Mapping[str, str]) -> dict[str, str]:
    sent = {
        name: _header(value) if name.startswith(META) else value
        for name, value in fields.items()
        if name in HEADERS or (name.startswith("x-amz-") and name not in NOT_HEADERS)
    }
    headers = {"user-agent": request.http.headers.get("user-agent", ""), **sent}
    if "acl" in fields:
        headers["x-amz-acl"] = fields["acl"]
    if "tagging" in fields:
        headers["x-amz-tagging"] = urlencode(_tags(fields["tagging"]))
    algorithm = headers.pop("x-amz-checksum-algorithm", "")
    if algorithm:
        headers["x-amz-sdk-checksum-algorithm"] = algorithm
    return headers


def _header(value: str) -> str:
    """Return a header that has a value as its text: a word of RFC 2047 in a form stands for itself (S3-257)."""
    if "=?" in value:
        return f"=?UTF-8?B?{base64.b64encode(value.encode()).decode()}?="
    # Headers have the bytes of UTF-8 as characters.
    return value.encode().decode("latin-1")


def _parameters(headers: Mapping[str, str]) -> dict[str, str]:
    names = {
        "ACL": "x-amz-acl",
        "ServerSideEncryption": "x-amz-server-side-encryption",
        "SSEKMSKeyId": "x-amz-server-side-encryption-aws-kms-key-id",
    }
    return {name: headers[header] for name, header in names.items() if header in headers}


def _tags(text: str) -> list[tuple[str, str]]:
    """Return the tags of the field `tagging`. Elements that are no tags are ignored."""
    try:
        root = ElementTree.fromstring(text.encode())  # noqa: S314  # a form's field: expat expands no external entities
    except ElementTree.ParseError:
        raise malformed() from None
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    tags = root.findall("TagSet/Tag")
    return [(tag.findtext("Key", ""), tag.findtext("Value", "")) for tag in tags]


def _missing(field: str) -> AwsError:
    shown = SHOWN.get(field) or "-".join(part.capitalize() for part in field.split("-"))
    shown = "key" if field == "key" else shown
    message = (
        f"Bucket POST must contain a field named '{shown}'.  If it is specified, please check the order of the fields."
    )
    return AwsError("InvalidArgument", message, ArgumentName=shown, ArgumentValue="")


def _signer(request: ApiRequest, fields: Mapping[str, str]) -> tuple[Credential | None, SignatureKind]:
    """Return who signed the policy, or `None` for a form without one. Raises S3's error."""
    if "policy" not in fields:
        return None, SignatureKind.NONE
    for names, kind in ((V4_FIELDS, SignatureKind.V4), (V2_FIELDS, SignatureKind.V2)):
        if any(name in fields for name in names):
            missing = next((name for name in names if name not in fields), None)
            if missing:
                raise _missing(missing)
            return _verified(request, fields, kind), kind
    raise AwsError("AccessDenied", "Access Denied", 403)


def _verified(request: ApiRequest, fields: Mapping[str, str], kind: SignatureKind) -> Credential:
    scope = CREDENTIAL.fullmatch(fields.get("x-amz-credential", ""))
    if kind.is_v4 and not scope:
        raise signature_errors.malformed_credential()
    name = scope[1] if scope else fields.get("awsaccesskeyid", "")
    credential = request.aws.credentials.find(name)
    if credential is None:
        raise signature_errors.unknown_key("s3", name)
    if (credential.session_token or "") != fields.get("x-amz-security-token", ""):
        raise signature_errors.wrong_token()
    if credential.expires and credential.expires <= request.aws.now():
        raise signature_errors.expired_session("s3")
    policy, secret = fields["policy"], credential.secret_access_key
    if scope:
        key = f"AWS4{secret}".encode()
        for part in (scope[2], scope[3], "s3", "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        expected, sent = hmac.new(key, policy.encode(), "sha256").hexdigest(), fields["x-amz-signature"]
    else:
        digest = hmac.digest(secret.encode(), policy.encode(), "sha1")
        expected, sent = base64.b64encode(digest).decode(), fields["signature"]
    if not hmac.compare_digest(expected.encode(), sent.encode()):
        raise signature_errors.mismatch(
            "s3",
            AWSAccessKeyId=name,
            StringToSign=policy,
            SignatureProvided=sent,
            StringToSignBytes=signature_errors.bytes_shown(policy),
        )
    return credential


@BEHAVIOUR.modify_response("s3", "PutObject")
def _as_post_response(request: ApiRequest, response: HttpResponse) -> HttpResponse:
    """Answer a form as it asks: 204, 200, 201 with a body, or 303 to another page."""
    context = request.context(PostContext)
    if context.form is None:
        return response
    fields, etag = context.form.fields, response.headers["etag"]
    response.headers["location"] = context.url
    redirect = fields.get("success_action_redirect") or fields.get("redirect") or ""
    if redirect and urlsplit(redirect).scheme in ("http", "https"):
        added = {"bucket": request.params["Bucket"], "key": request.params["Key"], "etag": etag}
        separator = "&" if urlsplit(redirect).query else "?"
        response.status, response.headers["location"] = 303, f"{redirect}{separator}{urlencode(added, quote_via=quote)}"
        return response
    status = fields.get("success_action_status")
    response.status = int(status) if status in ("200", "201") else 204
    if status == "201":
        response.headers["content-type"] = "application/xml"
        response.body = _post_response(context.url, request.params["Bucket"], request.params["Key"], etag)
    return response


def _post_response(location: str, bucket: str, key: str, etag: str) -> bytes:
    root = ElementTree.Element("PostResponse")
    for name, value in (("Location", location), ("Bucket", bucket), ("Key", key), ("ETag", etag)):
        ElementTree.SubElement(root, name).text = value
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root)
