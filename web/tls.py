"""HTTPS in a local network without a bought certificate: a small authority of this installation, and the server's certificate from it.

Browsers give camera and microphone only to secure pages, so a phone in the same network needs HTTPS. The authority (DATA/keys/tls, mode
0600) is made once and installed on each phone; by its name constraints it can speak for this machine and for private addresses only, so
that whoever steals it cannot impersonate anything else to that phone. The server's certificate names localhost, this machine and all
its private addresses; it is made anew at a start that finds other addresses or less than a month left.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import psutil
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from web.settings import Settings

AUTHORITY_LIFE = timedelta(days=3650)
SERVER_LIFE = timedelta(days=397)
"""The longest that browsers accept."""
RENEW_WITHIN = timedelta(days=30)
BACKDATE = timedelta(minutes=5)
WILDCARDS = {"0.0.0.0", "::"}  # noqa: S104
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
PRIVATE = tuple(
    ipaddress.ip_network(n)
    for n in (
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",
        "100.64.0.0/10",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
    )
)


class Names(msgspec.Struct, frozen=True):
    """What a certificate speaks for; both sorted, addresses in their shortest spelling."""

    dns: tuple[str, ...]
    addresses: tuple[str, ...]


def secured(settings: Settings, now: datetime | None = None) -> Settings:
    """The settings with certificate and key filled in where `tls` asks for our own; unchanged where a certificate is configured."""
    if not settings.tls or settings.tls_certificate:
        return settings
    names = names_of_this_machine()
    certificate, key = ensure_certificate(folder_of(settings), names, now or datetime.now(UTC))
    public = settings.public_url
    if not public and settings.host in WILDCARDS:
        public = f"https://{lan_address(names)}:{settings.port}"
    return msgspec.structs.replace(settings, tls_certificate=str(certificate), tls_key=str(key), public_url=public)


def folder_of(settings: Settings) -> Path:
    return settings.folder / "keys" / "tls"


def own_authority(settings: Settings) -> Path | None:
    """The authority's certificate, while the server serves with a certificate of it."""
    folder = folder_of(settings)
    return folder / "ca.crt" if settings.tls_certificate == str(folder / "server.crt") else None


def names_of_this_machine() -> Names:
    """localhost, the host's name, and every private address of every interface."""
    found = {
        a.address.partition("%")[0]
        for some in psutil.net_if_addrs().values()
        for a in some
        if a.family in {socket.AF_INET, socket.AF_INET6}
    }
    addresses = {ipaddress.ip_address(text) for text in found | {"127.0.0.1", "::1"}}
    kept = sorted(str(a) for a in addresses if any(a in network for network in PRIVATE if a.version == network.version))
    host = socket.gethostname().lower()
    return Names(tuple(sorted({"localhost", host} if _is_name(host) else {"localhost"})), tuple(kept))


def lan_address(names: Names) -> str:
    """The IPv4 address that a phone in the same network most likely reaches; 127.0.0.1 where there is none."""

    def rank(text: str) -> tuple[int, str]:
        address = ipaddress.ip_address(text)
        return (3 if address.is_loopback else 2 if address.is_link_local else 0, text)

    return min((a for a in names.addresses if ":" not in a), key=rank, default="127.0.0.1")


def ensure_certificate(folder: Path, names: Names, now: datetime) -> tuple[Path, Path]:
    """(certificate chain, key) of the server, made or renewed where needed."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    authority, authority_key = _authority(folder, names, now)
    certificate, key = folder / "server.crt", folder / "server.key"
    if not (certificate.exists() and key.exists() and _still_good(certificate, authority, names, now)):
        _issue(certificate, key, authority, authority_key, names, now)
    return certificate, key


def names_in(certificate: x509.Certificate) -> Names:
    alternative = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    dns = alternative.get_values_for_type(x509.DNSName)
    return Names(tuple(sorted(dns)), tuple(sorted(str(a) for a in alternative.get_values_for_type(x509.IPAddress))))


def _still_good(path: Path, authority: x509.Certificate, names: Names, now: datetime) -> bool:
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    if certificate.not_valid_after_utc - now < RENEW_WITHIN or names_in(certificate) != names:
        return False
    try:
        certificate.verify_directly_issued_by(authority)
    except Exception:  # InvalidSignature, or other names: both mean another authority
        return False
    return True


def _authority(folder: Path, names: Names, now: datetime) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """The authority, made anew when it is about to expire or when this machine has another name, which its constraints exclude."""
    crt, path = folder / "ca.crt", folder / "ca.key"
    if crt.exists() and path.exists():
        certificate = x509.load_pem_x509_certificate(crt.read_bytes())
        constraints = certificate.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
        allowed = {n.value for n in constraints if isinstance(n, x509.DNSName)}
        key = serialization.load_pem_private_key(path.read_bytes(), None)
        if (
            certificate.not_valid_after_utc - now > SERVER_LIFE
            and set(names.dns) <= allowed
            and isinstance(key, ec.EllipticCurvePrivateKey)
        ):
            return certificate, key
    made = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"和议 Heyi {socket.gethostname()[:40]} {now:%Y-%m-%d}")])
    permitted: list[x509.GeneralName] = [*map(x509.DNSName, names.dns), *map(x509.IPAddress, PRIVATE)]
    certificate = (
        _begin(subject, subject, made, now, AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(authority=True), critical=True)
        .add_extension(x509.NameConstraints(permitted, None), critical=True)
        .sign(made, hashes.SHA256())
    )
    _write(path, _pem_key(made))
    _write(crt, certificate.public_bytes(serialization.Encoding.PEM))
    return certificate, made


def _issue(
    certificate: Path, key: Path, authority: x509.Certificate, authority_key: ec.EllipticCurvePrivateKey, names: Names, now: datetime
) -> None:
    made = ec.generate_private_key(ec.SECP256R1())
    alternative = [*map(x509.DNSName, names.dns), *(x509.IPAddress(ipaddress.ip_address(a)) for a in names.addresses)]
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "和议 Heyi")])
    issued = (
        _begin(subject, authority.subject, made, now, SERVER_LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(alternative), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    _write(key, _pem_key(made))
    _write(certificate, issued.public_bytes(serialization.Encoding.PEM) + authority.public_bytes(serialization.Encoding.PEM))


def _begin(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, life: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATE)
        .not_valid_after(now + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def _is_name(host: str) -> bool:
    return bool(host) and host.isascii() and all(part and part.replace("-", "").isalnum() for part in host.split("."))


def _pem_key(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _write(path: Path, data: bytes) -> None:
    """Readable by its owner alone from the first moment; whole or not at all."""
    partial = path.with_name(f".{path.name}.new")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
