"""Signatures onto the printed agreement, with pyHanko: each one an incremental revision, bytes in and bytes out.

    certify      platform, invisible, at the freeze: from here on only the fields may be filled (DocMDP, form filling)
    sign         party, mediator, recorder: PAdES B-LT with the handwriting as its picture
    seal         committee: PAdES B-LTA, FieldMDP over all fields, nothing may change afterwards

Levels after ETSI EN 319 142-1: B-LT carries timestamp, certificates and revocation lists, so that a signature is judged at its own trusted
time; B-LTA adds a document timestamp over everything. Three signatures on one revision would make three files, each without the others:
the caller compares `revision_hash` of the file he signs with the ceremony's, under one lock for each document.

All functions are CPU-heavy (0.1 to 0.2 s) and top-level, for a process pool. Errors: `SigningError(code)`: unknown_field, field_signed,
not_signable (the file), cannot_sign (certificate not valid or revoked; the sentence says which). `TimestampError` passes through.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from asn1crypto import algos, tsp, x509
from asn1crypto import crl as asn1_crl
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.sign import fields, general, signers
from pyhanko.sign.signers.pdf_signer import DSSContentSettings, PdfSigningSession, TimestampDSSContentSettings
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError
from pyhanko.stamp import BaseStampStyle
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from agreements.authority import LABEL, Trust
from agreements.fonts import FontDirs
from agreements.pdf import SEAL_FIELD, SEAL_FIELDS, Box
from agreements.stamp import seal_stamp, signature_stamp, stamp_style
from evidence.cms import Credential
from evidence.timestamp import Timestamper, token_of

PLATFORM_FIELD = "Platform"
CLOSED_BY_TIMESTAMP = DSSContentSettings(
    include_vri=False, next_ts_settings=TimestampDSSContentSettings(include_vri=False, update_before_ts=True)
)
"""Validation data go in before the document timestamp, so that it covers the file to its last byte."""
LONGEST_SIGNATURE = 72
"""Bytes of an ECDSA signature on P-256, as DER."""
REASON = "签署人民调解协议"


class SigningError(ValueError):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code

    def __reduce__(self) -> tuple[type[SigningError], tuple[str, str]]:
        return SigningError, (self.code, str(self))  # whole out of a process pool


def revision_hash(pdf: bytes) -> str:
    """SHA-256 of a file, lower-case hex: the `base_hash` and `file_hash` of the ceremony."""
    return hashlib.sha256(pdf).hexdigest()


def certify(pdf: bytes, boxes: tuple[Box, ...], credential: Credential, trust: Trust, service: Timestamper, at: datetime) -> bytes:
    """Add the empty fields and the platform's certifying signature."""
    writer = writer_on(pdf)
    fields.append_signature_field(writer, fields.SigFieldSpec(PLATFORM_FIELD))
    for box in boxes:
        left, bottom, right, top = (round(corner) for corner in box.corners)
        corners = (left, bottom, right, top)
        spec = fields.SigFieldSpec(box.field, on_page=box.page, box=corners)
        if box.field in SEAL_FIELDS:
            spec = fields.SigFieldSpec(
                box.field,
                on_page=box.page,
                box=corners,
                field_mdp_spec=fields.FieldMDPSpec(fields.FieldMDPAction.ALL),
                doc_mdp_update_value=fields.MDPPerm.NO_CHANGES,
            )
        fields.append_signature_field(writer, spec)
    prepared = io.BytesIO()
    writer.write(prepared)
    meta = metadata(PLATFORM_FIELD, trust, at, certify=True, docmdp_permissions=fields.MDPPerm.FILL_FORMS, reason="固化协议文本")
    return _sign(prepared.getvalue(), meta, credential, service, at, None)


def sign(
    pdf: bytes,
    field: str,
    picture: bytes,
    credential: Credential,
    trust: Trust,
    service: Timestamper,
    at: datetime,
    font_dirs: FontDirs,
    label: str = LABEL,
) -> bytes:
    """Sign one field with a handwriting picture (PNG). `label`: of the authority. Raises `SigningError`, `TimestampError`."""
    return _sign(pdf, metadata(field, trust, at), credential, service, at, handwriting(picture, label, at, font_dirs))


def handwriting(picture: bytes, label: str, at: datetime, font_dirs: FontDirs) -> BaseStampStyle:
    """How a person's signature looks."""
    return stamp_style(signature_stamp(picture, f"电子签名 · {label}" if label else "电子签名", at, font_dirs))


def seal(
    pdf: bytes,
    picture: bytes,
    credential: Credential,
    trust: Trust,
    service: Timestamper,
    at: datetime,
    font_dirs: FontDirs,
    field: str = SEAL_FIELD,
) -> bytes:
    """The committee's seal (PNG) and the document timestamp that closes the file."""
    meta = metadata(field, trust, at, use_pades_lta=True, docmdp_permissions=fields.MDPPerm.NO_CHANGES, reason="人民调解委员会盖章")
    return _sign(pdf, meta, credential, service, at, stamp_style(seal_stamp(picture, font_dirs)))


class PortTimeStamper(TimeStamper):
    """pyHanko's face of the `Timestamper` port."""

    def __init__(self, service: Timestamper, at: datetime) -> None:
        super().__init__()
        self._service, self._at = service, at

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        request = req.dump()
        response = self._service.respond(request, self._at)
        token_of(response, request)
        return tsp.TimeStampResp.load(response)


class CredentialSigner(signers.Signer):
    """pyHanko's face of a credential, whose key may lie in a token."""

    def __init__(self, credential: Credential, store: SimpleCertificateStore) -> None:
        super().__init__(
            signing_cert=x509.Certificate.load(credential.certificate),
            cert_registry=store,
            signature_mechanism=algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
        )
        self._credential = credential

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        return bytes(LONGEST_SIGNATURE) if dry_run else self._credential.sign(data)


class PdfSigner(signers.PdfSigner):
    """A signer whose clock is an argument."""

    def __init__(self, *args: object, at: datetime, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self._at = at

    def init_signing_session(self, pdf_out: BasePdfFileWriter, existing_fields_only: bool = False) -> PdfSigningSession:
        session = super().init_signing_session(pdf_out, existing_fields_only)
        session.system_time = self._at
        return session


def metadata(field: str, trust: Trust, at: datetime, **more: object) -> signers.PdfSignatureMetadata:
    """What every signature here has: PAdES, SHA-256, judged by `trust`. `more`: pyHanko's own options."""
    options: dict[str, object] = {"reason": REASON, **more}
    return signers.PdfSignatureMetadata(
        field_name=field,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
        embed_validation_info=True,
        dss_settings=CLOSED_BY_TIMESTAMP,
        validation_context=validation_context(trust, at),
        **options,  # type: ignore[arg-type]
    )


def validation_context(trust: Trust, at: datetime) -> ValidationContext:
    """What pyHanko may believe at a moment: nothing from the network."""
    return ValidationContext(
        trust_roots=[x509.Certificate.load(der) for der in trust.roots],
        other_certs=[x509.Certificate.load(der) for der in trust.others],
        crls=[asn1_crl.CertificateList.load(der) for der in trust.crls],
        allow_fetching=False,
        revocation_mode="require",
        moment=at,
    )


def _sign(
    pdf: bytes,
    meta: signers.PdfSignatureMetadata,
    credential: Credential,
    service: Timestamper,
    at: datetime,
    style: BaseStampStyle | None,
) -> bytes:
    writer, pdf_signer = opened(pdf, meta, credential, service, at, style)
    with refusing():
        out = asyncio.run(pdf_signer.async_sign_pdf(writer, existing_fields_only=True))
    signed: bytes = out.getvalue()
    return signed


def opened(
    pdf: bytes, meta: signers.PdfSignatureMetadata, credential: Credential, service: Timestamper, at: datetime, style: BaseStampStyle | None
) -> tuple[IncrementalPdfFileWriter, PdfSigner]:
    """A file whose field is there and empty, and what signs it. Raises `SigningError`."""
    store = SimpleCertificateStore()
    store.register_multiple([x509.Certificate.load(der) for der in credential.chain])
    writer = writer_on(pdf)
    state = {name: value for name, value, _ in fields.enumerate_sig_fields(writer.prev)}
    if meta.field_name not in state:
        raise SigningError("unknown_field", f"the agreement has no field {meta.field_name} to sign")
    if state[meta.field_name] is not None:
        raise SigningError("field_signed", f"field {meta.field_name} is signed already")
    signer = CredentialSigner(credential, store)
    return writer, PdfSigner(meta, signer=signer, timestamper=PortTimeStamper(service, at), stamp_style=style, at=at)


@contextmanager
def refusing() -> Iterator[None]:
    """pyHanko's errors as ours."""
    try:
        yield
    except (general.SigningError, TimestampRequestError) as error:
        raise SigningError("cannot_sign", f"{error}: {error.__cause__ or 'no more is known'}") from error


def writer_on(pdf: bytes) -> IncrementalPdfFileWriter:
    """Appends to a file. Raises `SigningError`."""
    try:
        return IncrementalPdfFileWriter(io.BytesIO(pdf))
    except PdfError as error:
        raise SigningError("not_signable", f"the file cannot be signed: {error}") from error
