"""What signs for years, the platform and the committees' seals: keys of the installation with certificates of an authority, which end and are renewed.

    NAME.key                the key, made at first use, where keys lie in files
    NAME.token              which key it is, where it lies in a token
    NAME.FINGERPRINT.crt    each certificate that it had, with those above it; the one that ends last is used

Nothing is overwritten: a bundle of an agreement that an earlier certificate certified is signed by that one as long as it is valid. A certificate is
renewed, for the same key, a month before it ends; while the authority does not answer, the present one serves to its last day.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import structlog
from asn1crypto import csr, keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from agreements.authority import AuthorityError, CertificateAuthority, Purpose, subject_name, write_secret
from evidence.cms import Credential, SigningKey
from evidence.token_key import Token, TokenKey, make_key
from evidence.verifier import der_of, key_of

log = structlog.get_logger("standing")

RENEW = timedelta(days=30)
SEAL = "人民调解委员会电子印章"


Run = Callable[..., Any]
"""Calls a function with its arguments, in a worker process of the server."""


class Keys(Protocol):
    """Where the keys lie."""

    def key(self, name: str) -> SigningKey:
        """The key of this name, P-256, made at first use. Raises `AuthorityError`, `TokenError`."""
        ...

    def request(self, key: SigningKey, subject: x509.Name) -> bytes:
        """`signing_request`, made where the key can be used."""
        ...

    def known(self, name: str) -> list[SigningKey]:
        """Every key that was ever of this name here."""
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

    def request(self, key: SigningKey, subject: x509.Name) -> bytes:
        return signing_request(key, subject)

    def known(self, name: str) -> list[SigningKey]:
        return [self.key(name)] if (self._folder / f"{name}.key").exists() else []


class TokenKeys:
    """In a PKCS#11 token, which does not hand them out; the folder says which they are. Keys in files from before are still known."""

    def __init__(self, folder: Path, token: Token, run: Run) -> None:
        self._folder, self._token, self._run, self._files = folder, token, run, FileKeys(folder)

    def key(self, name: str) -> SigningKey:
        path = self._folder / f"{name}.token"
        if not path.exists():
            made: TokenKey = self._run(make_key, self._token, f"heyi {name}")
            about = {"id": made.id.hex(), "public": made.public.hex()}
            try:
                write_secret(path, json.dumps(about, indent=1).encode())
            except FileExistsError:
                pass  # another node of the installation was faster
        try:
            stated = json.loads(path.read_bytes())
            return TokenKey(self._token, bytes.fromhex(stated["id"]), bytes.fromhex(stated["public"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise AuthorityError("unreadable", f"{path} cannot be read: {error}") from error

    def request(self, key: SigningKey, subject: x509.Name) -> bytes:
        made: bytes = self._run(_request_of, key, subject.public_bytes())
        return made

    def known(self, name: str) -> list[SigningKey]:
        return [*([self.key(name)] if (self._folder / f"{name}.token").exists() else []), *self._files.known(name)]


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
        for key in self._keys.known("platform"):
            for chain in self._chains("platform", key):
                if hashlib.sha256(chain[0]).hexdigest() == certificate:
                    return Credential(key, chain[0], chain[1:])
        return None

    def _credential(self, name: str, common_name: str, unit: str, purpose: Purpose, at: datetime) -> Credential:
        with self._lock:
            key, ends = self._keys.key(name), datetime.min.replace(tzinfo=at.tzinfo)
            present = max(self._chains(name, key), key=_end, default=None)
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
        request = self._keys.request(key, subject_name(common_name, unit, self._authority.organisation))
        chain = self._authority.issue(request, at, purpose)
        pem = b"".join(x509.load_der_x509_certificate(der).public_bytes(serialization.Encoding.PEM) for der in chain)
        write_secret(self._folder / f"{name}.{hashlib.sha256(chain[0]).hexdigest()[:16]}.crt", pem)
        return chain

    def _chains(self, name: str, key: SigningKey) -> list[tuple[bytes, ...]]:
        """Of the certificates of this name those for this key."""
        found, public = [], Credential(key, b"", ()).public_key()
        for path in sorted(self._folder.glob(f"{name}.*.crt")):
            try:
                certificates = x509.load_pem_x509_certificates(path.read_bytes())
            except (OSError, ValueError) as error:
                raise AuthorityError("unreadable", f"{path} cannot be read: {error}") from error
            if key_of(certificates[0]) == public:
                found.append(tuple(map(der_of, certificates)))
        return found


def signing_request(key: SigningKey, subject: x509.Name) -> bytes:
    """A PKCS#10 request (RFC 2986), DER, also for a key that shows nobody more than its signatures."""
    return _request_of(key, subject.public_bytes())


def _request_of(key: SigningKey, subject: bytes) -> bytes:
    """The same of what can be sent to another process."""
    unsigned = Credential(key, b"", ())
    info = csr.CertificationRequestInfo(
        {
            "version": "v1",
            "subject": asn1_x509.Name.load(subject),
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
