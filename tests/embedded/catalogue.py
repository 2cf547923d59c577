"""The operations of the services that are served, by botocore's models: asked, served by moto, or refused.

`tests/embedded/parity.py` writes them at the end of `docs/parity.md`.
"""

from __future__ import annotations

import contextlib
import functools
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel

from embedded.aws import BEHAVIOURS
from embedded.core.behaviours import Behaviour
from embedded.core.catalogue import Catalogue
from embedded.core.errors import AwsError
from embedded.core.http import HttpResponse
from embedded.core.request import ApiRequest

NAMES = {
    "cloudtrail": "CloudTrail",
    "ec2": "EC2",
    "iam": "IAM",
    "kms": "KMS",
    "s3": "S3",
    "s3control": "S3 Control",
    "sts": "STS",
}
EXAMPLES = 2
KINDS = ("operations", "done and asked", "done, not asked", "served by moto", "refused")
DEPRECATED = ("GetBucketLifecycle", "GetBucketNotification", "PutBucketLifecycle", "PutBucketNotification")
"""Older names of S3's operations: no request is told apart from that of the newer name."""
Asked = Mapping[tuple[str, str], set[str]]
"""The ids of the questions that call an operation."""
TITLE = "## Operations"
INTRODUCTION = f"""
{TITLE}

Every operation of botocore's models is one of these.

- **Done and asked**: questions call it; the table names some, those first that call little else.
- **Done, not asked**: a behaviour serves it, and no question calls it by now.
- **Served by moto, not judged**: the answer is moto's, and nobody compared it with AWS's.
- **Refused**: 501 `NotImplemented` in the client's protocol, before anything else; nothing changes.

`tests/embedded/test_catalogue.py` holds the server to it.
A request to another service is answered with the same error, which names the services that there are.
"""


@functools.cache
def model_of(service: str) -> ServiceModel:
    """Return botocore's model."""
    return ServiceModel(Loader().load_service_model(service, "service-2"))


def operations(service: str) -> list[str]:
    """Return the operations of a service, by botocore's model."""
    return [name for name in model_of(service).operation_names if name not in DEPRECATED]


def refused(service: str) -> list[str]:
    """Return the operations that are refused."""
    catalogue = Catalogue(BEHAVIOURS)
    return [name for name in operations(service) if not catalogue.serves(service, name)]


@contextlib.contextmanager
def recorded(asked: dict[tuple[str, str], set[str]], current: list[str]) -> Iterator[Behaviour]:
    """Yield a behaviour that keeps which operations are called while a question is current."""
    behaviour = Behaviour("recorder")

    @behaviour.completed("*")
    def keep(request: ApiRequest, response: HttpResponse, error: AwsError | None) -> None:
        if current:
            asked.setdefault((request.service, request.operation), set()).add(current[-1])

    yield behaviour


def section(asked: Asked) -> str:
    """Return the section of the page."""
    own = Catalogue(BEHAVIOURS)
    calls = Counter(question for ids in asked.values() for question in ids)
    lines = [
        INTRODUCTION,
        "| service | operations | done and asked | served by moto | refused |",
        "|---|--:|--:|--:|--:|",
    ]
    totals: dict[str, int] = defaultdict(int)
    details: list[str] = []
    for service, name in NAMES.items():
        every, not_served = operations(service), refused(service)
        done = [each for each in every if asked.get((service, each)) and each not in not_served]
        rest = [each for each in every if each not in done and each not in not_served]
        unasked = [each for each in rest if own.is_own(service, each)]
        by_moto = [each for each in rest if each not in unasked]
        counts = dict(zip(KINDS, map(len, (every, done, unasked, by_moto, not_served)), strict=True))
        lines.append(f"| {name} | " + " | ".join(map(str, counts.values())) + " |")
        for kind, number in counts.items():
            totals[kind] += number
        details += ["", f"### Operations of {name}", "", "| operation | questions | among them |", "|---|--:|---|"]
        details += [_row(each, asked[service, each], calls) for each in done]
        details += [
            "",
            f"Done, not asked: {_list(unasked)}",
            "",
            f"Served by moto, not judged: {_list(by_moto)}",
            "",
            f"Refused: {_list(not_served)}",
        ]
    lines.append("| **all** | " + " | ".join(map(str, totals.values())) + " |")
    return "\n".join([*lines, *details]) + "\n"


def _row(operation: str, ids: set[str], calls: Counter[str]) -> str:
    some = sorted(ids, key=lambda each: (calls[each], each))[:EXAMPLES]
    return f"| {operation} | {len(ids)} | {'; '.join(some).replace('|', chr(92) + '|')} |"


def _list(names: list[str]) -> str:
    return f"{', '.join(names)}." if names else "none."


def request_parameters(service: str, operation: str) -> dict[str, Any]:
    """Return parameters that make a request for this operation: of path and host, and required ones."""
    shape = model_of(service).operation_model(operation).input_shape
    if shape is None:
        return {}
    wanted = [
        name
        for name, member in shape.members.items()
        if member.serialization.get("location") == "uri"
        or (name in shape.required_members and member.serialization.get("location") in ("querystring", "header"))
        or member.serialization.get("hostLabel")
    ]
    return {name: "123456789012" if name == "AccountId" else "abc" for name in wanted}
