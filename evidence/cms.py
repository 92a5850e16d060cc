"""Signed data in CMS (RFC 5652): what manifests and timestamps are wrapped in.

Signatures are ECDSA on P-256 with SHA-256. Signed attributes: content type, message digest, signing time, and the hash of the signing
certificate (ESS signing-certificate-v2, RFC 5035), so that it cannot be exchanged. Keys and certificates come and go as DER.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Protocol

from asn1crypto import algos, cms, core, tsp, x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


class KeyElsewhere(Protocol):
    """A P-256 key that does not leave the device it lies in; picklable."""

    def sign(self, data: bytes) -> bytes:
        """ECDSA over the SHA-256 of `data`, DER (RFC 3279, 2.2.3). Raises OSError where the device does not do it."""
        ...

    def public_key(self) -> bytes:
        """SubjectPublicKeyInfo, DER."""
        ...


SigningKey = bytes | KeyElsewhere
"""A P-256 key: PKCS#8 in DER, or where it lies."""


class Credential:
    """A private key with its certificate and the certificates above it, all DER; picklable."""

    __slots__ = ("certificate", "chain", "key")

    def __init__(self, key: SigningKey, certificate: bytes, chain: tuple[bytes, ...]) -> None:
        self.key = key
        self.certificate = certificate
        self.chain = chain

    def __repr__(self) -> str:
        return f"Credential(certificate sha256 {hashlib.sha256(self.certificate).hexdigest()[:16]}…)"

    def sign(self, data: bytes) -> bytes:
        """ECDSA over the SHA-256 of `data`, DER."""
        return self._loaded().sign(data, ec.ECDSA(hashes.SHA256())) if isinstance(self.key, bytes) else self.key.sign(data)

    def public_key(self) -> bytes:
        """SubjectPublicKeyInfo, DER."""
        if not isinstance(self.key, bytes):
            return self.key.public_key()
        return self._loaded().public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)

    def _loaded(self) -> ec.EllipticCurvePrivateKey:
        assert isinstance(self.key, bytes)
        key = serialization.load_der_private_key(self.key, None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return key


def sign_detached(data: bytes, credential: Credential, at: datetime) -> bytes:
    """A detached signature over `data` (the content is left out), DER."""
    return signed_data("data", None, hashlib.sha256(data).digest(), credential, at)


def signed_data(content_type: str, content: bytes | None, digest: bytes, credential: Credential, at: datetime) -> bytes:
    """CMS SignedData with one signer. `content_type` is `data` or `tst_info`; `content` is carried when given; `digest` is its SHA-256."""
    certificate = x509.Certificate.load(credential.certificate)
    attributes = cms.CMSAttributes(
        [
            _attribute("content_type", content_type),
            _attribute("message_digest", digest),
            _attribute("signing_time", _time(at)),
            _attribute("signing_certificate_v2", _ess_certificate(credential.certificate)),
        ]
    )
    sha256 = algos.DigestAlgorithm({"algorithm": "sha256"})
    signer = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                "issuer_and_serial_number",
                cms.IssuerAndSerialNumber({"issuer": certificate.issuer, "serial_number": certificate.serial_number}),
            ),
            "digest_algorithm": sha256,
            "signed_attrs": attributes,
            "signature_algorithm": cms.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
            "signature": credential.sign(attributes.dump()),
        }
    )
    encapsulated: dict[str, object] = {"content_type": content_type}
    if content is not None:
        encapsulated["content"] = core.ParsableOctetString(content)
    data = cms.SignedData(
        {
            "version": "v1" if content_type == "data" else "v3",
            "digest_algorithms": [sha256],
            "encap_content_info": encapsulated,
            "certificates": [x509.Certificate.load(der) for der in (credential.certificate, *credential.chain)],
            "signer_infos": [signer],
        }
    )
    wrapped: bytes = cms.ContentInfo({"content_type": "signed_data", "content": data}).dump()
    return wrapped


def _time(at: datetime) -> cms.Time:
    """UTCTime until 2049, GeneralizedTime from 2050 (RFC 5652, 11.3)."""
    moment = at.astimezone(UTC).replace(microsecond=0)
    return cms.Time({"utc_time": moment}) if moment.year < 2050 else cms.Time({"generalized_time": moment})


def _attribute(name: str, value: object) -> cms.CMSAttribute:
    return cms.CMSAttribute({"type": name, "values": [value]})


def _ess_certificate(certificate: bytes) -> tsp.SigningCertificateV2:
    return tsp.SigningCertificateV2({"certs": [tsp.ESSCertIDv2({"cert_hash": hashlib.sha256(certificate).digest()})]})
