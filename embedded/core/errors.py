"""The error responses of AWS as exceptions."""

from __future__ import annotations

from typing import Self


class AwsError(Exception):
    """An error response of AWS.

    `status` is the HTTP status. `members` are elements beside code and message, for example S3's `ArgumentName`.
    `headers` are sent beside those of every error.
    """

    def __init__(self, code: str, message: str, status: int = 400, **members: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.members = members
        self.headers: dict[str, str] = {}

    def with_headers(self, **headers: str) -> Self:
        """Add headers, whose names have `_` for `-`."""
        self.headers |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self
