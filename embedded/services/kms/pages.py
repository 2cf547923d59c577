"""Pages of KMS's lists: `Limit`, `Marker`, `Truncated` and `NextMarker`.

Facts: KMS-96.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from embedded.core.errors import AwsError
from embedded.core.request import ApiRequest


def page(
    request: ApiRequest,
    member: str,
    entries: Sequence[dict[str, Any]],
    name: Callable[[dict[str, Any]], str],
    *,
    size: int = 50,
    most: int = 100,
) -> dict[str, Any]:
    """Return the page that a request asks for; `name` is what tells the entries apart.

    Raises `AwsError` for a limit above `most`, and for a marker that no page ended with.
    """
    limit = request.params.get("Limit", size)
    if limit > most:
        raise AwsError("ValidationException", f"Limit must be between 1 and {most}.")
    names, marker = [name(entry) for entry in entries], request.params.get("Marker")
    if marker is not None and marker not in names:
        raise AwsError("InvalidMarkerException", "The marker is not valid.")
    first = names.index(marker) if marker is not None else 0
    result: dict[str, Any] = {member: list(entries[first : first + limit]), "Truncated": len(entries) > first + limit}
    if result["Truncated"]:
        result["NextMarker"] = names[first + limit]
    return result
