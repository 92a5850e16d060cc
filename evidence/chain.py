"""From a certificate to the root that an operator configured, and the PEM file in which he did."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from cryptography import x509

from evidence.verifier import Broken, common_name, der_of, issued_by, load_certificate

LONGEST = 8
MAX_FILE = 64 * 1024


class Anchors(msgspec.Struct, frozen=True):
    """Root certificates, and those between them and what they are for; DER."""

    roots: tuple[bytes, ...]
    others: tuple[bytes, ...] = ()


def read_anchors(pem: bytes) -> Anchors:
    """Of a PEM file: what signs itself is a root. Raises `ValueError` where there is none."""
    if len(pem) > MAX_FILE:
        raise ValueError(f"certificates take at most {MAX_FILE} bytes")
    found = [load_certificate(der_of(one)) for one in x509.load_pem_x509_certificates(pem)]
    roots = tuple(der_of(one) for one in found if issued_by(one, one))
    if not roots:
        raise ValueError("no root certificate (one that signs itself) is among them")
    return Anchors(roots, tuple(der for one in found if (der := der_of(one)) not in roots))


def chain_to_root(certificate: x509.Certificate, others: Iterable[bytes], anchors: Anchors) -> list[x509.Certificate]:
    """The certificate, those above it, and one of the roots, by what was sent along (`others`) or configured. Raises `Broken`."""
    pool = [load_certificate(der) for der in dict.fromkeys([*others, *anchors.others, *anchors.roots])]
    chain = [certificate]
    while der_of(chain[-1]) not in anchors.roots:
        above = next((one for one in pool if one not in chain and issued_by(chain[-1], one)), None)
        if above is None or len(chain) == LONGEST:
            raise Broken("chain_incomplete", certificate=common_name(chain[-1]))
        chain.append(above)
    return chain
