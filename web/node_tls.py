"""The certificate by which servers and media nodes of one installation know each other: one for all, made at the first start beside the other keys.

Whoever has the data folder's keys has everything; a certificate for each machine would not say more. TLS 1.3 with it on both sides (RFC 8446, section 4.4.2).
"""

from __future__ import annotations

import contextlib
import os
import secrets
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

NAME = "media-nodes.pem"
YEARS = 50
"""It is trusted for being this one, not for its dates."""


def identity(folder: Path) -> Path:
    """The file with key and certificate, made if it is missing; of several processes that make one at once, one wins."""
    path = folder / "keys" / NAME
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        own = path.with_name(f"{NAME}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(_make())
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(own)
        own.unlink()
    return path


def node_side(folder: Path) -> ssl.SSLContext:
    return _mutual(ssl.PROTOCOL_TLS_SERVER, identity(folder))


def server_side(folder: Path) -> ssl.SSLContext:
    return _mutual(ssl.PROTOCOL_TLS_CLIENT, identity(folder))


def _mutual(side: int, path: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(side)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    # Names say nothing here: a node may be reached by any address.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(path)
    context.load_verify_locations(path)
    return context


def _make() -> bytes:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Heyi media nodes")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365 * YEARS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return private + certificate.public_bytes(serialization.Encoding.PEM)
