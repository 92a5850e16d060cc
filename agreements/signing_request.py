"""A signing request (PKCS#10, RFC 2986) for a key that its holder keeps: what it says is written here, and signed there.

    request_info    the text that the holder of the key signs
    signed_request  the whole request, as a certificate authority takes it

A browser's key is ECDSA on P-256; WebCrypto writes its signatures as r and s in 32 bytes each (IEEE P1363), certificates and CMS as DER
(RFC 3279, 2.2.3). Errors: `RequestError`.
"""

from __future__ import annotations

from asn1crypto import algos, csr, keys, x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from agreements.authority import subject_name

KEY_SIZE = 91
"""Bytes of a P-256 key as SubjectPublicKeyInfo with an uncompressed point (RFC 5480), as browsers export it."""
SIGNATURE_SIZE = 64


class RequestError(ValueError):
    """A key that is none, or a signature that is not this key's."""


def request_info(key: bytes, name: str, role: str, organisation: str) -> bytes:
    """CertificationRequestInfo, DER; the same for the same arguments. `key`: SubjectPublicKeyInfo, DER. Raises `RequestError`."""
    public_key(key)
    subject = x509.Name.load(subject_name(name, role, organisation).public_bytes())
    info = csr.CertificationRequestInfo(
        {"version": "v1", "subject": subject, "subject_pk_info": keys.PublicKeyInfo.load(key), "attributes": []}
    )
    dumped: bytes = info.dump()
    return dumped


def signed_request(info: bytes, key: bytes, signature: bytes) -> bytes:
    """CertificationRequest, DER. `signature`: r and s over the SHA-256 of `info`. Raises `RequestError`."""
    der = der_signature(key, info, signature)
    request = csr.CertificationRequest(
        {
            "certification_request_info": csr.CertificationRequestInfo.load(info),
            "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
            "signature": der,
        }
    )
    dumped: bytes = request.dump()
    return dumped


def der_signature(key: bytes, data: bytes, signature: bytes) -> bytes:
    """r and s → DER, once they are proved to be `key`'s over the SHA-256 of `data`. Raises `RequestError`."""
    if len(signature) != SIGNATURE_SIZE:
        raise RequestError(f"a signature has {SIGNATURE_SIZE} bytes, and this one {len(signature)}")
    half = SIGNATURE_SIZE // 2
    der = encode_dss_signature(int.from_bytes(signature[:half]), int.from_bytes(signature[half:]))
    try:
        public_key(key).verify(der, data, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise RequestError("the signature was not made by this key over what it was to sign") from None
    return der


def public_key(key: bytes) -> ec.EllipticCurvePublicKey:
    """A point on P-256. Raises `RequestError`."""
    try:
        loaded = serialization.load_der_public_key(key) if len(key) == KEY_SIZE else None
    except (ValueError, UnsupportedAlgorithm):
        loaded = None
    if not isinstance(loaded, ec.EllipticCurvePublicKey) or loaded.curve.name != "secp256r1":
        raise RequestError(f"a signer's key is a point on P-256 in {KEY_SIZE} bytes of SubjectPublicKeyInfo")
    return loaded
