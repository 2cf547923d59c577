"""A certificate for this machine, and the authority that signed it; both are made at each start.

The key of the authority is thrown away: what trusts the authority trusts this one server. Made with `cryptography`,
which moto needs anyway.
"""

from __future__ import annotations

import datetime
import ipaddress
import ssl
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

VALID_DAYS = 30
NAMES = ("localhost", "*.localhost")
ADDRESSES = ("127.0.0.1", "::1")


class ServerCertificate(NamedTuple):
    """What a server needs to serve TLS, and the authority's certificate (PEM) that clients have to trust."""

    context: ssl.SSLContext
    authority: bytes


def server_certificate() -> ServerCertificate:
    """Make a certificate for `localhost` and the addresses of loopback."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    began = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=1)
    ended = began + datetime.timedelta(days=VALID_DAYS)

    def builder(name: str, public_key: ec.EllipticCurvePublicKey, *, is_authority: bool) -> x509.CertificateBuilder:
        issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kms-lab practice authority")])
        subject = issuer if is_authority else x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(began)
            .not_valid_after(ended)
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=0 if is_authority else None), True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), False)
            .add_extension(identifier, False)
            .add_extension(_usage(is_authority=is_authority), True)
        )

    names = [*map(x509.DNSName, NAMES), *(x509.IPAddress(ipaddress.ip_address(each)) for each in ADDRESSES)]
    authority = builder("", authority_key.public_key(), is_authority=True).sign(authority_key, hashes.SHA256())
    leaf = (
        builder(NAMES[0], key.public_key(), is_authority=False)
        .add_extension(x509.SubjectAlternativeName(names), False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
        .sign(authority_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return ServerCertificate(_context(leaf.public_bytes(pem), private), authority.public_bytes(pem))


def _usage(*, is_authority: bool) -> Any:
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        encipher_only=False,
        decipher_only=False,
    )


def _context(certificate: bytes, private_key: bytes) -> ssl.SSLContext:
    """Return a context with the certificate; `ssl` reads it from files only, which are gone when this returns."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / "certificate.pem", Path(folder) / "key.pem"]
        for file, content in zip(files, (certificate, private_key), strict=True):
            file.touch(mode=0o600)
            file.write_bytes(content)
        context.load_cert_chain(str(files[0]), str(files[1]))
    return context
