"""Ciphertexts of symmetric encryption keys: AES-256 in GCM, bound to the encryption context.

Facts: KMS-10, KMS-83. The form is ours: KMS does not publish its own. It begins with the id of the key: 36 characters,
for a multi-Region key, too.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from embedded.core.errors import AwsError
from embedded.services.kms.key_material import KeyMaterial, Materials

KEY_ID_LENGTH = 36
NONCE_LENGTH = 12


def key_id_of(ciphertext: bytes) -> str:
    """Return the id of the key that a ciphertext names; any text if it is none."""
    return ciphertext[:KEY_ID_LENGTH].decode("ascii", "replace")


def encrypt(key_id: str, secret: bytes, plaintext: bytes, encryption_context: Mapping[str, str] | None) -> bytes:
    """Return the ciphertext of some bytes, with a secret of 32 bytes."""
    nonce = os.urandom(NONCE_LENGTH)
    return key_id.encode() + nonce + AESGCM(secret).encrypt(nonce, plaintext, _bound(encryption_context))


def decrypt(
    materials: Materials, ciphertext: bytes, encryption_context: Mapping[str, str] | None
) -> tuple[bytes, KeyMaterial]:
    """Return the plaintext and the material that it was encrypted with. Raises `InvalidCiphertextException`."""
    body = ciphertext[KEY_ID_LENGTH:]
    nonce, sealed, bound = body[:NONCE_LENGTH], body[NONCE_LENGTH:], _bound(encryption_context)
    for material in reversed(materials.known):
        try:
            return AESGCM(material.value).decrypt(nonce, sealed, bound), material
        except (InvalidTag, ValueError, TypeError):
            continue
    raise AwsError("InvalidCiphertextException", "")


def _bound(encryption_context: Mapping[str, str] | None) -> bytes:
    """Return the encryption context in one form, so that other names and values give other bytes."""
    return json.dumps(encryption_context or {}, sort_keys=True).encode()
