"""Lists of the query protocols that begin with 0, as Apache Libcloud sends them: they mean the same.

Facts: EC2-65.
"""

from __future__ import annotations

import dataclasses
import re
from urllib.parse import parse_qsl, urlencode

from embedded.core.http import HttpRequest

ZERO = re.compile(r"\.0(\.[^=&]*)?=")


def one_based(http_request: HttpRequest) -> HttpRequest:
    """Return a request of a query service whose lists begin with 1, the only ones that moto reads.

    The parameters are in a form or in the query string.
    """
    path, mark, query = http_request.target.partition("?")
    if ZERO.search(query):
        http_request = dataclasses.replace(http_request, target=f"{path}{mark}{_shifted(query)}")
    form = http_request.body.decode("latin-1")
    return dataclasses.replace(http_request, body=_shifted(form).encode()) if ZERO.search(form) else http_request


def _shifted(parameters: str) -> str:
    fields = [(name.split("."), value) for name, value in parse_qsl(parameters, keep_blank_values=True)]
    zeros = {tuple(parts[:place]) for parts, _ in fields for place, part in enumerate(parts) if part == "0"}
    return urlencode([(".".join(_one_more(parts, zeros)), value) for parts, value in fields])


def _one_more(parts: list[str], zeros: set[tuple[str, ...]]) -> list[str]:
    return [
        str(int(part) + 1) if part.isdigit() and tuple(parts[:place]) in zeros else part
        for place, part in enumerate(parts)
    ]
