"""Multipart uploads that are under way, and the parts of objects that came from one."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

from embedded.core.environment import ObjectState
from embedded.services.s3.buckets import KmsEncryption


@dataclasses.dataclass(frozen=True)
class Part:
    """A part of an upload or an object. `checksum` is base64, or empty; `etag` has no quotes."""

    number: int
    etag: str
    size: int
    checksum: str
    last_modified: datetime.datetime
    body: bytes = b""


class StoredParts(ObjectState[tuple[Part, ...]]):
    """The parts of objects (moto's), without their bodies."""


@dataclasses.dataclass
class Upload:
    """An upload under way, in the place of moto's.

    `checksum_algorithm` and `checksum_type` are empty where CreateMultipartUpload did not name them. `existed`: there
    was an object of this key when it began.
    """

    id: str
    name: str
    initiated: datetime.datetime
    owner: str
    initiator: dict[str, str]
    storage_class: str
    metadata: dict[str, str]
    tags: dict[str, str]
    acl: Any
    lock: dict[str, Any]
    redirect: str | None
    algorithm: str
    encryption: KmsEncryption | None
    customer_key: str
    checksum_algorithm: str = ""
    checksum_type: str = ""
    existed: bool = False
    parts: dict[int, Part] = dataclasses.field(default_factory=dict)

    @property
    def key_name(self) -> str:
        return self.name

    def dispose(self) -> None:
        """Do what moto's dictionary of uploads asks of a removed one: nothing is held open."""


class FinishedUploads(ObjectState[Upload]):
    """The uploads that objects (moto's) came from, without their parts."""
