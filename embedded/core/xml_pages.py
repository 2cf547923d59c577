"""Pages of lists that moto returns whole: a part of a list in an XML response, and the tokens that lead to the next."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any
from xml.etree import ElementTree

from embedded.core.http import HttpResponse
from embedded.core.protocols import service_model
from embedded.core.request import ApiRequest

TOKENS = ("NextToken", "Marker")


def has_pages(service: str, operation: str, size: str, token: str) -> bool:
    """Return whether an operation of botocore's model takes a page's size and a token, by these names."""
    shape = service_model(service).operation_model(operation).input_shape
    return shape is not None and {size, token} <= set(shape.members)


def read_token(request: ApiRequest, token: str) -> int:
    """Return at which entry a page begins. Raises `ValueError` for a token of another request, or for none."""
    try:
        first, query = json.loads(base64.b64decode(token, validate=True))
    except TypeError as unreadable:  # JSON, and no pair; what is no base64 or no JSON is a `ValueError` already
        raise ValueError(token) from unreadable
    if query != _query(request):
        raise ValueError(token)
    return int(first)


def _token(request: ApiRequest, first: int) -> str:
    return base64.b64encode(json.dumps([first, _query(request)]).encode()).decode()


def _query(request: ApiRequest) -> str:
    """Return a digest of what a request asks for, without its place in the pages."""
    asked = {name: value for name, value in request.params.items() if name not in ("MaxResults", "MaxItems", *TOKENS)}
    text = json.dumps([request.operation, asked], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def cut(request: ApiRequest, response: HttpResponse, first: int, size: int) -> str | None:
    """Keep `size` entries of the response's list from `first` on. Return the token of the next page, if any."""
    root = ElementTree.fromstring(response.body)  # noqa: S314  # moto wrote it
    shape = service_model(request.service).operation_model(request.operation).output_shape
    name, member = next(each for each in shape.members.items() if each[1].type_name == "list")
    found = next((each for each in root.iter() if _local(each) == member.serialization.get("name", name)), None)
    entries = list(found) if found is not None else []
    for number, entry in enumerate(entries):
        if found is not None and not first <= number < first + size:
            found.remove(entry)
    response.body = _text(root)
    return _token(request, first + size) if len(entries) > first + size else None


def insert(response: HttpResponse, parent: str, elements: dict[str, Any]) -> None:
    """Put elements at the end of the first element with a name, instead of those that there are."""
    root = ElementTree.fromstring(response.body)  # noqa: S314  # moto wrote it
    where = next(each for each in root.iter() if _local(each) == parent)
    for child in [each for each in where if _local(each) in elements]:
        where.remove(child)
    namespace = root.tag.partition("}")[0] + "}" if root.tag.startswith("{") else ""
    for name, value in elements.items():
        ElementTree.SubElement(where, f"{namespace}{name}").text = str(value)
    response.body = _text(root)


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _text(root: ElementTree.Element) -> bytes:
    namespace = root.tag[1:].partition("}")[0] if root.tag.startswith("{") else None
    text: bytes = ElementTree.tostring(root, "utf-8", xml_declaration=True, default_namespace=namespace)
    return text
