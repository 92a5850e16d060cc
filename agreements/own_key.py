"""A signature whose key never leaves the signer's device (电子签名法 13: 签署时电子签名制作数据仅由电子签名人控制): two steps around theirs.

    prepare     the file gets the handwriting and a hole for the signature; the signed attributes (RFC 5652, 5.4) are written
    …           the device signs the attributes, once it has seen that they name exactly this file
    complete    the signature goes into the hole, then its timestamp and the validation data, as in `signing.sign`

Both are CPU-heavy (some 0.1 s) and top-level, for a process pool. Errors: those of `signing`, and `SigningError("other_key")` for a signature that is
not that of the certificate's key.
"""

from __future__ import annotations

import asyncio
import io
from datetime import datetime
from typing import NamedTuple

from asn1crypto import cms
from pyhanko.sign.signers.pdf_byterange import PreparedByteRangeDigest
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko.sign.signers.pdf_signer import PdfTBSDocument, PostSignInstructions

from agreements.authority import LABEL, Trust
from agreements.fonts import FontDirs
from agreements.signing import SigningError, handwriting, metadata, opened, refusing
from agreements.signing_request import RequestError, der_signature
from evidence.cms import Credential
from evidence.timestamp import Timestamper


class Holder(NamedTuple):
    """Who keeps the key: its public half (SubjectPublicKeyInfo), and the certificate with those above it; all DER."""

    key: bytes
    certificate: bytes
    chain: tuple[bytes, ...]


class Prepared(NamedTuple):
    """`increment` follows the file as it was; `hole` are the first byte of the signature's hexadecimal digits in the whole file and the one after the last;
    `digest` is the SHA-256 of everything around it; `attributes` are what the device signs, DER."""

    increment: bytes
    hole: tuple[int, int]
    digest: bytes
    attributes: bytes


class _Answered:
    """A key that has signed one thing already, or nothing yet."""

    def __init__(self, key: bytes, signature: bytes) -> None:
        self._key, self._signature = key, signature

    def sign(self, data: bytes) -> bytes:
        try:
            return der_signature(self._key, data, self._signature)
        except RequestError as error:
            raise SigningError("other_key", str(error)) from None

    def public_key(self) -> bytes:
        return self._key


def prepare(
    pdf: bytes,
    field: str,
    picture: bytes,
    holder: Holder,
    trust: Trust,
    service: Timestamper,
    at: datetime,
    font_dirs: FontDirs,
    label: str = LABEL,
) -> Prepared:
    """Arguments as of `signing.sign`, but for the key. Raises `SigningError`, `TimestampError`."""
    meta, credential = metadata(field, trust, at), _credential(holder, b"")
    writer, pdf_signer = opened(pdf, meta, credential, service, at, handwriting(picture, label, at, font_dirs))

    async def run() -> Prepared:
        out = io.BytesIO()
        around, document, _ = await pdf_signer.async_digest_doc_for_signing(writer, existing_fields_only=True, output=out)
        told = PdfCMSSignedAttributes(signing_time=at)
        attributes = await document.signer.signed_attrs(around.document_digest, "sha256", told, use_pades=True)
        hole = (around.reserved_region_start, around.reserved_region_end)
        return Prepared(out.getvalue()[len(pdf) :], hole, around.document_digest, attributes.dump())

    with refusing():
        return asyncio.run(run())


def complete(
    pdf: bytes, field: str, prepared: Prepared, holder: Holder, signature: bytes, trust: Trust, service: Timestamper, at: datetime
) -> bytes:
    """`pdf`: the file as it was before `prepare`; `signature`: r and s in 32 bytes each. Raises `SigningError`, `TimestampError`."""
    meta = metadata(field, trust, at)
    writer, pdf_signer = opened(pdf, meta, _credential(holder, signature), service, at, None)
    out = io.BytesIO(pdf + prepared.increment)

    async def run() -> None:
        session = pdf_signer.init_signing_session(writer, existing_fields_only=True)
        proof = await session.perform_presign_validation(writer)
        signed = await pdf_signer.signer.async_sign_prescribed_attributes(
            "sha256", cms.CMSAttributes.load(prepared.attributes), timestamper=pdf_signer.default_timestamper
        )
        assert proof is not None
        afterwards = PostSignInstructions(validation_info=proof, dss_settings=meta.dss_settings)
        await PdfTBSDocument.async_finish_signing(
            out, PreparedByteRangeDigest(prepared.digest, *prepared.hole), signed, afterwards, meta.validation_context
        )

    with refusing():
        asyncio.run(run())
    return out.getvalue()


def _credential(holder: Holder, signature: bytes) -> Credential:
    return Credential(_Answered(holder.key, signature), holder.certificate, holder.chain)
