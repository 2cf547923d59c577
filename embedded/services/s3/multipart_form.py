"""Forms with a file, `multipart/form-data` (RFC 7578)."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping

from embedded.core.errors import AwsError

BOUNDARY = re.compile(r'boundary="?([^";,\s]{1,70})"?', re.IGNORECASE)
PARAMETER = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
MOST_FIELDS = 200


@dataclasses.dataclass(frozen=True)
class Form:
    """The fields before the file by lower-case names, the file's bytes, and its name."""

    fields: Mapping[str, str]
    file: bytes
    filename: str


def read_form(content_type: str, body: bytes) -> Form:
    """Return a form. Fields after the file are ignored. Raises S3's error for what is no form or has no file."""
    found = BOUNDARY.search(content_type)
    if not content_type.lower().startswith("multipart/form-data") or not found:
        raise AwsError(
            "PreconditionFailed",
            "At least one of the pre-conditions you specified did not hold",
            412,
            Condition="Bucket POST must be of the enclosure-type multipart/form-data",
        )
    mark = b"--" + found[1].encode()
    fields: dict[str, str] = {}
    parts = (b"\r\n" + body).split(b"\r\n" + mark)
    if len(parts) < 2 or len(parts) > MOST_FIELDS:
        raise _malformed()
    for part in parts[1:]:
        if part.startswith(b"--"):
            break
        head, separator, content = part.partition(b"\r\n\r\n")
        if not separator:
            raise _malformed()
        about = _parameters(head.decode("utf-8", "replace"))
        name = about.get("name", "").lower()
        if name == "file":
            return Form(fields, content, about.get("filename", "").replace("\\", "/").rpartition("/")[2])
        fields[name] = content.decode("utf-8", "replace")
    message = "POST requires exactly one file upload per request."
    raise AwsError("IncorrectNumberOfFilesInPostRequest", message)


def _parameters(head: str) -> dict[str, str]:
    line = next((line for line in head.split("\r\n") if line.lower().startswith("content-disposition:")), "")
    return {name.lower(): value.replace('\\"', '"') for name, value in PARAMETER.findall(line)}


def _malformed() -> AwsError:
    message = "The body of your POST request is not well-formed multipart/form-data."
    return AwsError("MalformedPOSTRequest", message)
