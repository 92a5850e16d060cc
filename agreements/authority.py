"""The embedded certificate authority (非第三方CA): enough to try, train and rehearse; a licensed CA takes its place behind the same port.

    root ── signing CA ── one certificate per signature (three years, its key destroyed after use)
      │             ├──── platform (certifies the frozen text)
      │             └──── committee seals
      └──── timestamp service

Keys and certificates lie in one folder (mode 0700, files 0600), made at first start. Every subject says 非第三方CA, since under
电子签名法 16 only a licensed provider's certificate speaks for a third party.

Errors: `AuthorityError(code)`: incomplete, unreadable, bad_request; of an authority elsewhere: unreachable (try again), refused, malformed, and
wrong_certificate.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from evidence.cms import Credential
from evidence.timestamp import Responder

LABEL = "非第三方CA"
ORGANISATION = f"和议内置证书服务（{LABEL}）"
YEAR = timedelta(days=365)
BACKDATE = timedelta(minutes=5)
"""Certificates begin a little earlier, for clocks that are behind."""
CRL_LIFE = timedelta(days=90)
SIGNER_LIFE = 3 * YEAR
STAMPS_LIFE, STAMPS_RENEWED = 15 * YEAR, 5 * YEAR
"""How long a certificate of the timestamp service lasts, and how long before its end another one is made: archived files are stamped anew by it."""
MAX_COMMON_NAME = 64
"""X.520, ub-common-name; counted in bytes of UTF-8 by the library, so 21 Han characters."""
FULL_NAME = x509.ObjectIdentifier("2.5.4.41")
"""X.520, `name`: the whole name where the common name had to be cut."""

Purpose = Literal["signature", "platform", "seal"]
LIVES: dict[Purpose, timedelta] = {"signature": SIGNER_LIFE, "platform": 10 * YEAR, "seal": 10 * YEAR}

_NODES = ("root", "signing", "tsa", "platform")
PrivateKey = ec.EllipticCurvePrivateKey


class AuthorityError(RuntimeError):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code

    def __reduce__(self) -> tuple[type[AuthorityError], tuple[str, str]]:
        return AuthorityError, (self.code, str(self))  # whole out of a process pool


class Trust(NamedTuple):
    """What a signature at level LT embeds: roots, certificates below them, revocation lists; all DER, picklable. The first root is the signers'."""

    roots: tuple[bytes, ...]
    others: tuple[bytes, ...]
    crls: tuple[bytes, ...]

    @property
    def root(self) -> bytes:
        return self.roots[0]

    def joined(self, other: Trust) -> Trust:
        return Trust(*(tuple(dict.fromkeys(own + its)) for own, its in zip(self, other, strict=True)))


class Standing(Protocol):
    """What signs for as long as the installation does. Blocking; raises `AuthorityError`."""

    def platform(self, at: datetime) -> Credential: ...

    def seal(self, committee: str, at: datetime) -> Credential: ...

    def former(self, certificate: str) -> Credential | None:
        """The platform's credential with this certificate (SHA-256, hex), where it was ever ours."""
        ...


class CertificateAuthority(Protocol):
    """Issues certificates. The embedded one answers at once; a licensed one is asked over the network (`agreements.authority_remote`). Blocking."""

    @property
    def label(self) -> str:
        """What has to be said beside every signature, since it is no third party; empty for a licensed one (电子签名法 16)."""
        ...

    @property
    def organisation(self) -> str:
        """Of the subjects; empty where the authority decides."""
        ...

    def issue(self, request: bytes, at: datetime, purpose: Purpose = "signature") -> tuple[bytes, ...]:
        """A signing request (PKCS#10, DER) → the certificate and those above it, root last, DER. Raises `AuthorityError`."""
        ...

    def trust(self, at: datetime) -> Trust:
        """Raises `AuthorityError`."""
        ...


class EmbeddedAuthority:
    """Open the folder, or make everything in it at first start. Implements `CertificateAuthority` and `Standing`."""

    label = LABEL
    organisation = ORGANISATION

    def __init__(self, folder: Path, at: datetime) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        present = [name for name in _NODES if self._path(name, "crt").exists()]
        if not present:
            self._create(at)
        elif len(present) != len(_NODES):
            missing = ", ".join(sorted(set(_NODES) - set(present)))
            raise AuthorityError(
                "incomplete", f"{folder} lacks {missing}: restore the folder from its backup, or move it away to start a new CA"
            )
        self._nodes = {name: self._load(name) for name in _NODES}
        self._stamps = [self._nodes["tsa"], *(self._load(path.stem) for path in sorted(folder.glob("tsa-*.crt")))]
        self._renewing = threading.Lock()

    def _create(self, at: datetime) -> None:
        root_key, root = self._make("root", f"和议内置根证书（{LABEL}）", None, at, 20 * YEAR, ca=True)
        signing = self._make("signing", f"和议内置签名CA（{LABEL}）", (root_key, root), at, 15 * YEAR, ca=True)
        self._make("tsa", f"和议内置时间戳（{LABEL}）", (root_key, root), at, STAMPS_LIFE, stamps=True)
        self._make("platform", f"和议平台（{LABEL}）", signing, at, 10 * YEAR)

    def issue(self, request: bytes, at: datetime, purpose: Purpose = "signature") -> tuple[bytes, ...]:
        try:
            csr = x509.load_der_x509_csr(request)
        except ValueError as error:
            raise AuthorityError("bad_request", f"the signing request cannot be read: {error}") from error
        key = csr.public_key()
        if not csr.is_signature_valid or not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp256r1":
            raise AuthorityError("bad_request", "a signing request is signed with its own P-256 key")
        return _der(_certificate(csr.subject, key, self._nodes["signing"], at, LIVES[purpose])), *self.chain()

    def chain(self) -> tuple[bytes, ...]:
        return _der(self._nodes["signing"][1]), _der(self._nodes["root"][1])

    def trust(self, at: datetime) -> Trust:
        others = (_der(self._nodes["signing"][1]), *(_der(certificate) for _, certificate in self._stamps))
        return Trust((_der(self._nodes["root"][1]),), others, tuple(self._crl(name, at) for name in ("root", "signing")))

    def root_fingerprint(self) -> str:
        """SHA-256 of the root certificate, lower-case hex: what is printed on agreements and on the committee's page (`--anchor`)."""
        return hashlib.sha256(_der(self._nodes["root"][1])).hexdigest()

    def platform(self, at: datetime | None = None) -> Credential:
        return self._credential(self._nodes["platform"], self.chain())

    def former(self, certificate: str) -> Credential | None:
        own = self.platform()
        return own if hashlib.sha256(own.certificate).hexdigest() == certificate else None

    def timestamper(self, at: datetime | None = None) -> Responder:
        """The service with its newest certificate; `at` a moment, another one is made in time."""
        if at is not None:
            self._renew_stamps(at)
        return Responder(self._credential(self._stamps[-1], (_der(self._nodes["root"][1]),)))

    def _renew_stamps(self, at: datetime) -> None:
        root_key, root = self._nodes["root"]
        with self._renewing:
            last = self._stamps[-1][1].not_valid_after_utc
            life = min(STAMPS_LIFE, root.not_valid_after_utc - at)
            if last - at > STAMPS_RENEWED or at + life <= last:
                return
            name = f"tsa-{len(self._stamps) + 1:02d}"
            try:
                made = self._make(name, f"和议内置时间戳（{LABEL}）", (root_key, root), at, life, stamps=True)
            except FileExistsError:
                made = self._load(name)  # another node of the installation was faster
            self._stamps.append(made)

    def seal(self, committee: str, at: datetime) -> Credential:
        """The committee's seal, made at first use."""
        name = "seal-" + hashlib.sha256(committee.encode()).hexdigest()[:16]
        if not self._path(name, "crt").exists():
            self._make(name, committee, self._nodes["signing"], at, 10 * YEAR, unit="人民调解委员会电子印章")
        return self._credential(self._load(name), self.chain())

    def revoke(self, serial: int, at: datetime) -> None:
        """Put a certificate of the signing CA onto its revocation list."""
        revoked = self._revoked()
        revoked[str(serial)] = at.isoformat()
        path = self.folder / "revoked.json"
        temporary = path.with_suffix(".new")
        temporary.write_text(json.dumps(revoked, indent=1), encoding="utf-8")
        temporary.replace(path)

    def _revoked(self) -> dict[str, str]:
        path = self.folder / "revoked.json"
        found: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        return found

    def _crl(self, name: str, at: datetime) -> bytes:
        key, certificate = self._nodes[name]
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(certificate.subject)
            .last_update(at - BACKDATE)
            .next_update(at + CRL_LIFE)
            .add_extension(x509.CRLNumber(int(at.timestamp())), False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), False)
        )
        for serial, when in (self._revoked() if name == "signing" else {}).items():
            entry = x509.RevokedCertificateBuilder().serial_number(int(serial)).revocation_date(datetime.fromisoformat(when))
            builder = builder.add_revoked_certificate(entry.build())
        return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    def _make(
        self,
        file: str,
        common_name: str,
        issuer: tuple[PrivateKey, x509.Certificate] | None,
        at: datetime,
        life: timedelta,
        *,
        ca: bool = False,
        stamps: bool = False,
        unit: str = "",
    ) -> tuple[PrivateKey, x509.Certificate]:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = subject_name(common_name, unit)
        certificate = _certificate(subject, key.public_key(), issuer or (key, None), at, life, ca=ca, stamps=stamps)
        pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        write_secret(self._path(file, "key"), pem)
        write_secret(self._path(file, "crt"), certificate.public_bytes(serialization.Encoding.PEM))
        return key, certificate

    def _load(self, name: str) -> tuple[PrivateKey, x509.Certificate]:
        try:
            key = serialization.load_pem_private_key(self._path(name, "key").read_bytes(), None)
            certificate = x509.load_pem_x509_certificate(self._path(name, "crt").read_bytes())
        except (OSError, ValueError) as error:
            raise AuthorityError("unreadable", f"{self._path(name, 'key')} cannot be read: {error}") from error
        if not isinstance(key, PrivateKey):
            raise AuthorityError("unreadable", f"{self._path(name, 'key')} is no elliptic-curve key")
        return key, certificate

    def _path(self, name: str, kind: str) -> Path:
        return self.folder / f"{name}.{kind}"

    @staticmethod
    def _credential(node: tuple[PrivateKey, x509.Certificate], chain: tuple[bytes, ...]) -> Credential:
        return Credential(_key_der(node[0]), _der(node[1]), chain)


def one_time_credential(authority: CertificateAuthority, name: str, role: str, at: datetime) -> Credential:
    """A fresh key with its certificate, for one signature. The caller drops it after use; it is never stored."""
    key = ec.generate_private_key(ec.SECP256R1())
    csr = x509.CertificateSigningRequestBuilder().subject_name(subject_name(name, role, authority.organisation)).sign(key, hashes.SHA256())
    certificate, *above = authority.issue(csr.public_bytes(serialization.Encoding.DER), at)
    return Credential(_key_der(key), certificate, tuple(above))


def subject_name(common_name: str, unit: str = "", organisation: str = ORGANISATION) -> x509.Name:
    """C=CN, O where given, OU=role where given, CN=name; a name too long for CN stands whole in `name` as well."""
    parts = [x509.NameAttribute(NameOID.COUNTRY_NAME, "CN")]
    if organisation:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation))
    if unit:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit))
    short = common_name.encode()[:MAX_COMMON_NAME].decode(errors="ignore")
    if short != common_name:
        parts.append(x509.NameAttribute(FULL_NAME, common_name))
    return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, short)])


def _certificate(
    subject: x509.Name,
    key: ec.EllipticCurvePublicKey,
    issuer: tuple[PrivateKey, x509.Certificate | None],
    at: datetime,
    life: timedelta,
    *,
    ca: bool = False,
    stamps: bool = False,
) -> x509.Certificate:
    issuer_key, issuer_certificate = issuer
    usage = x509.KeyUsage(
        digital_signature=not ca,
        content_commitment=not ca and not stamps,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer_certificate.subject if issuer_certificate else subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - BACKDATE)
        .not_valid_after(at + life)
        .add_extension(x509.BasicConstraints(ca, None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if stamps:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return builder.sign(issuer_key, hashes.SHA256())


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


def _key_der(key: PrivateKey) -> bytes:
    return key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def write_secret(path: Path, data: bytes) -> None:
    """Never overwrites: a key that is lost is lost."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
