"""Ranges of bytes of an object: the `Range` header, part numbers, and ranges of a copied part.

Facts: S3-115, S3-116.
"""

from __future__ import annotations

import dataclasses
import re

from embedded.core.errors import AwsError

RANGE = re.compile(r"\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*", re.IGNORECASE)
COPY_RANGE = re.compile(r"bytes=(\d+)-(\d+)")


@dataclasses.dataclass(frozen=True)
class ByteRange:
    """The bytes from `first` to `last`, both included, of `size`."""

    first: int
    last: int
    size: int

    @property
    def length(self) -> int:
        return self.last - self.first + 1

    @property
    def header(self) -> str:
        return f"bytes {self.first}-{self.last}/{self.size}"

    def of(self, body: bytes) -> bytes:
        """Return these bytes."""
        return body[self.first : self.last + 1]


def requested_range(header: str | None, size: int) -> ByteRange | None:
    """Return what a `Range` header asks for; `None` for what S3 ignores. Raises `InvalidRange`."""
    found = RANGE.fullmatch(header or "")
    if not found or found.groups() == ("", ""):
        return None
    first, last = (int(each) if each else None for each in found.groups())
    if first is None:
        wanted = min(int(last or 0), size)
        if wanted == 0:
            raise _not_satisfiable(header or "", size)
        return ByteRange(size - wanted, size - 1, size)
    if first >= size:
        raise _not_satisfiable(header or "", size)
    if last is not None and last < first:
        return None
    return ByteRange(first, size - 1 if last is None else min(last, size - 1), size)


def _not_satisfiable(header: str, size: int) -> AwsError:
    message = "The requested range is not satisfiable"
    return AwsError("InvalidRange", message, 416, RangeRequested=header, ActualObjectSize=str(size))


def part_range(sizes: list[tuple[int, int]], number: int, size: int) -> ByteRange:
    """Return the bytes of a part. `sizes` are numbers and sizes of parts, none for a simple upload."""
    place = 0
    for each, length in sizes or [(1, size)]:
        if each == number:
            return ByteRange(place, place + length - 1, size)
        place += length
    message = "The requested partnumber is not satisfiable"
    count = str(len(sizes) or 1)
    raise AwsError("InvalidPartNumber", message, 416, ActualPartCount=count, PartNumberRequested=str(number))


def copied_range(header: str, size: int) -> ByteRange:
    """Return the range of `x-amz-copy-source-range`. Raises `InvalidArgument`."""
    found = COPY_RANGE.fullmatch(header)
    members = {"ArgumentName": "x-amz-copy-source-range", "ArgumentValue": header}
    if not found or int(found[1]) > int(found[2]):
        message = (
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the "
            "zero-based offsets of the first and last bytes to copy"
        )
        raise AwsError("InvalidArgument", message, 400, **members)
    first, last = int(found[1]), int(found[2])
    if first >= size:
        raise AwsError("InvalidRequest", "The specified copy range is invalid for the source object size")
    if last >= size:
        message = f"Range specified is not valid for source object of size: {size}"
        raise AwsError("InvalidArgument", message, 400, **members)
    return ByteRange(first, last, size)
