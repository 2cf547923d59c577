"""Key specs: what each is used for, with which algorithms, and how its key pair is made.

Facts: KMS-80, KMS-81. SM2 exists in the China Regions only; ML-DSA and ML-KEM are refused.
"""

from __future__ import annotations

import dataclasses
import secrets
from typing import Any

SYMMETRIC_DEFAULT = "SYMMETRIC_DEFAULT"
ENCRYPT_DECRYPT, SIGN_VERIFY = "ENCRYPT_DECRYPT", "SIGN_VERIFY"
KEY_AGREEMENT, GENERATE_VERIFY_MAC = "KEY_AGREEMENT", "GENERATE_VERIFY_MAC"
OAEP = ("RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256")
RSASSA = tuple(f"RSASSA_{scheme}_SHA_{bits}" for scheme in ("PKCS1_V1_5", "PSS") for bits in (256, 384, 512))
AES_BYTES = 32


@dataclasses.dataclass(frozen=True)
class KeySpec:
    """A key spec: the algorithms by usage, and its size: of an RSA modulus in bits, of a secret in bytes."""

    name: str
    algorithms: dict[str, tuple[str, ...]]
    size: int = 0
    curve: str = ""

    @property
    def is_symmetric(self) -> bool:
        return self.name == SYMMETRIC_DEFAULT

    @property
    def is_rsa(self) -> bool:
        return self.name.startswith("RSA_")

    @property
    def is_secret(self) -> bool:
        """Whether the key is one secret and not a key pair."""
        return self.is_symmetric or GENERATE_VERIFY_MAC in self.algorithms

    def new_material(self) -> Any:
        """Return a secret, or a private key of `cryptography`. An RSA key takes up to some seconds."""
        from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

        if self.is_secret:
            return secrets.token_bytes(self.size)
        if self.is_rsa:
            return rsa.generate_private_key(public_exponent=65537, key_size=self.size)
        if self.name == "ECC_NIST_EDWARDS25519":
            return ed25519.Ed25519PrivateKey.generate()
        return ec.generate_private_key(getattr(ec, self.curve)())


def _hmac(bits: int) -> KeySpec:
    return KeySpec(f"HMAC_{bits}", {GENERATE_VERIFY_MAC: (f"HMAC_SHA_{bits}",)}, bits // 8)


def _nist(name: str, curve: str, bits: int) -> KeySpec:
    return KeySpec(name, {SIGN_VERIFY: (f"ECDSA_SHA_{bits}",), KEY_AGREEMENT: ("ECDH",)}, curve=curve)


KEY_SPECS = {
    spec.name: spec
    for spec in (
        KeySpec(SYMMETRIC_DEFAULT, {ENCRYPT_DECRYPT: (SYMMETRIC_DEFAULT,)}, AES_BYTES),
        *(KeySpec(f"RSA_{bits}", {ENCRYPT_DECRYPT: OAEP, SIGN_VERIFY: RSASSA}, bits) for bits in (2048, 3072, 4096)),
        _nist("ECC_NIST_P256", "SECP256R1", 256),
        _nist("ECC_NIST_P384", "SECP384R1", 384),
        _nist("ECC_NIST_P521", "SECP521R1", 512),
        KeySpec("ECC_SECG_P256K1", {SIGN_VERIFY: ("ECDSA_SHA_256",)}, curve="SECP256K1"),
        KeySpec("ECC_NIST_EDWARDS25519", {SIGN_VERIFY: ("ED25519_SHA_512", "ED25519_PH_SHA_512")}),
        *(_hmac(bits) for bits in (224, 256, 384, 512)),
    )
}
ALGORITHM_MEMBERS = {
    ENCRYPT_DECRYPT: "EncryptionAlgorithms",
    SIGN_VERIFY: "SigningAlgorithms",
    GENERATE_VERIFY_MAC: "MacAlgorithms",
    KEY_AGREEMENT: "KeyAgreementAlgorithms",
}
"""The member of a key's metadata that lists the algorithms of its usage."""


def algorithms_of(key: Any) -> tuple[str, ...]:
    """Return the algorithms of a key (moto's object) for what it is used for."""
    return KEY_SPECS[key.key_spec].algorithms[key.key_usage]
