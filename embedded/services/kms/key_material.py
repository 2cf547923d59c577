"""Key material: the secrets and key pairs of KMS keys, older ones included.

Facts: KMS-42, KMS-82. A key pair is made when it is first used: an RSA key takes up to some seconds.
"""

from __future__ import annotations

import dataclasses
import hashlib
from typing import Any

from embedded.core.environment import Environment
from embedded.services.kms.key_specs import KEY_SPECS


@dataclasses.dataclass
class KeyMaterial:
    """Material of a KMS key: a secret (AES, HMAC), or a private key of `cryptography`; `None` until it is first used.

    `id` is 64 hexadecimal digits. Imported material can be deleted and imported again; meanwhile it is not `present`.
    `expires` is in seconds since the epoch, 0 for never.
    """

    id: str
    value: Any = None
    present: bool = True
    expiration_model: str = ""
    expires: float = 0.0
    description: str = ""


@dataclasses.dataclass
class Rotation:
    """A rotation that took place: its type, when (seconds since the epoch), and the material that it made current."""

    type: str
    time: float
    material: KeyMaterial


@dataclasses.dataclass
class Materials:
    """The materials of a key, oldest first; the last one is the current one. `pending` awaits a rotation."""

    known: list[KeyMaterial] = dataclasses.field(default_factory=list)
    pending: KeyMaterial | None = None
    rotations: list[Rotation] = dataclasses.field(default_factory=list)

    @property
    def current(self) -> KeyMaterial | None:
        """The material that encrypts; `None` before the first import."""
        return self.known[-1] if self.known else None


class MaterialsOfKeys:
    """The materials of all keys. Replicas of a multi-Region key share its id and its material.

    Imported material is imported into each Region (KMS-82). `expiring` are keys whose material expires, with it.
    """

    def __init__(self, aws: Environment) -> None:
        self._known: dict[str, Materials] = {}
        self.expiring: list[tuple[Any, KeyMaterial]] = []

    def of(self, key: Any) -> Materials:
        """Return the materials of a key (moto's object). KMS makes the first one, unless it is to be imported."""
        imported = key.origin == "EXTERNAL"
        name = key.arn if imported else key.id
        if name not in self._known:
            self._known[name] = Materials([] if imported else [KeyMaterial(material_id(key, b"1"))])
        return self._known[name]

    def value(self, key: Any) -> Any:
        """Return the current secret or private key of a key that has one."""
        material = self.of(key).known[-1]
        if material.value is None:
            material.value = KEY_SPECS[key.key_spec].new_material()
        return material.value

    def current_id(self, key: Any) -> str:
        """Return the id of the current material of a symmetric encryption key; empty for other keys."""
        current = self.of(key).current if KEY_SPECS[key.key_spec].is_symmetric else None
        return current.id if current else ""


def material_id(key: Any, value: bytes) -> str:
    """Return the id of a material: the same each time that the same value is imported into the key."""
    return hashlib.sha256(b"material of " + key.id.encode() + value).hexdigest()
