"""What a signer's browser does with a key that it never shows (`drafting/ownKey.ts` in the client): signatures as WebCrypto writes them, and the look
at what is to be signed before it is."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

MESSAGE_DIGEST = bytes.fromhex("06092a864886f70d01090431220420")
"""The attribute that names the digest (RFC 5652, 11.2), up to its 32 bytes."""


class DeviceKey:
    """ECDSA on P-256. `public`: SubjectPublicKeyInfo, DER."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.public = self._key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)

    def sign(self, data: bytes) -> bytes:
        """r and s over the SHA-256 of `data`, 32 bytes each."""
        r, s = decode_dss_signature(self._key.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32) + s.to_bytes(32)


def demand_seen(told: Mapping[str, Any], base: bytes, frozen: Mapping[str, Any]) -> None:
    """What is to be signed is `base` and what `told` adds to it, and `base` begins with the file that everybody has confirmed. AssertionError otherwise."""
    begin, end = told["hole"]
    whole = base + told["increment"]
    digest = hashlib.sha256(whole[:begin] + whole[end:]).digest()
    assert hashlib.sha256(base).hexdigest() == told["base"], "another file than the present one is to be signed"
    assert hashlib.sha256(base[: frozen["size"]]).hexdigest() == frozen["hash"], "the file does not begin with the one that was confirmed"
    assert len(base) < begin < end < len(whole), "the signature does not lie in what is added"
    assert told["attributes"].count(MESSAGE_DIGEST) == 1 and MESSAGE_DIGEST + digest in told["attributes"], "other bytes are to be signed"
