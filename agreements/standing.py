"""What signs for years, the platform and the committees' seals: keys of the installation with certificates of an authority, which end and are renewed.

    NAME.key                the key, made at first use (where keys lie in files)
    NAME.FINGERPRINT.crt    each certificate that it had, with those above it; the one that ends last is used

Nothing is overwritten: a bundle of an agreement that an earlier certificate certified is signed by that one as long as it is valid. A certificate is
renewed, for the same key, a month before it ends; while the authority does not answer, the present one serves to its last day.
"""

from __future__ import annotations

import hashlib
import threading
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

import structlog
from asn1crypto import csr, keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from agreements.authority import AuthorityError, CertificateAuthority, Purpose, subject_name, write_secret
from evidence.cms import Credential, SigningKey

log = structlog.get_logger("standing")

RENEW = timedelta(days=30)
SEAL = "人民调解委员会电子印章"


class Keys(Protocol):
    """Where the keys lie."""

    def key(self, name: str) -> SigningKey:
        """The key of this name, P-256, made at first use. Raises `AuthorityError`."""
        ...


class FileKeys:
    """In files of one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def key(self, name: str) -> SigningKey:
        path = self._folder / f"{name}.key"
        if not path.exists():
            made = ec.generate_private_key(ec.SECP256R1())
            pem = made.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
            try:
                write_secret(path, pem)
            except FileExistsError:
                pass  # another node of the installation was faster
        try:
            key = serialization.load_pem_private_key(path.read_bytes(), None)
        except (OSError, ValueError) as error:
            raise AuthorityError("unreadable", f"{path} cannot be read: {error}") from error
        return key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


class StandingKeys:
    """Implements `agreements.authority.Standing`. `folder`: of one authority."""

    def __init__(self, folder: Path, authority: CertificateAuthority, keys: Keys, platform: str) -> None:
        self._folder, self._authority, self._keys, self._platform = folder, authority, keys, platform
        self._lock = threading.Lock()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def platform(self, at: datetime) -> Credential:
        return self._credential("platform", self._platform, "", "platform", at)

    def seal(self, committee: str, at: datetime) -> Credential:
        return self._credential("seal-" + hashlib.sha256(committee.encode()).hexdigest()[:16], committee, SEAL, "seal", at)

    def former(self, certificate: str) -> Credential | None:
        found = next((chain for chain in self._chains("platform") if hashlib.sha256(chain[0]).hexdigest() == certificate), None)
        return Credential(self._keys.key("platform"), found[0], found[1:]) if found else None

    def _credential(self, name: str, common_name: str, unit: str, purpose: Purpose, at: datetime) -> Credential:
        with self._lock:
            key, ends = self._keys.key(name), datetime.min.replace(tzinfo=at.tzinfo)
            present = max(self._chains(name), key=_end, default=None)
            if present is not None:
                ends = _end(present)
            if present is None or ends - RENEW <= at:
                try:
                    present = self._renewed(name, key, common_name, unit, purpose, at)
                except AuthorityError as error:
                    if present is None or ends <= at:
                        raise
                    log.warning("a certificate ends and was not renewed", name=name, ends=ends.isoformat(), reason=str(error))
            return Credential(key, present[0], present[1:])

    def _renewed(self, name: str, key: SigningKey, common_name: str, unit: str, purpose: Purpose, at: datetime) -> tuple[bytes, ...]:
        request = signing_request(key, subject_name(common_name, unit, self._authority.organisation))
        chain = self._authority.issue(request, at, purpose)
        pem = b"".join(x509.load_der_x509_certificate(der).public_bytes(serialization.Encoding.PEM) for der in chain)
        write_secret(self._folder / f"{name}.{hashlib.sha256(chain[0]).hexdigest()[:16]}.crt", pem)
        return chain

    def _chains(self, name: str) -> list[tuple[bytes, ...]]:
        found = []
        for path in sorted(self._folder.glob(f"{name}.*.crt")):
            try:
                certificates = x509.load_pem_x509_certificates(path.read_bytes())
            except (OSError, ValueError) as error:
                raise AuthorityError("unreadable", f"{path} cannot be read: {error}") from error
            found.append(tuple(one.public_bytes(serialization.Encoding.DER) for one in certificates))
        return found


def signing_request(key: SigningKey, subject: x509.Name) -> bytes:
    """A PKCS#10 request (RFC 2986), DER, also for a key that shows nobody more than its signatures."""
    unsigned = Credential(key, b"", ())
    info = csr.CertificationRequestInfo(
        {
            "version": "v1",
            "subject": asn1_x509.Name.load(subject.public_bytes()),
            "subject_pk_info": keys.PublicKeyInfo.load(unsigned.public_key()),
            "attributes": [],
        }
    )
    request = csr.CertificationRequest(
        {
            "certification_request_info": info,
            "signature_algorithm": {"algorithm": "sha256_ecdsa"},
            "signature": unsigned.sign(info.dump()),
        }
    )
    out: bytes = request.dump()
    return out


def _end(chain: tuple[bytes, ...]) -> datetime:
    return x509.load_der_x509_certificate(chain[0]).not_valid_after_utc
