"""Archive timestamps renewed (PAdES B-LTA, ETSI EN 319 142-1, 6.3): a document timestamp holds as long as its certificate; before that ends another one,
by a newer certificate, is put over the whole file with its validation data.

CPU-heavy and top-level, for a process pool. Errors: `SigningError`, `TimestampError`.
"""

from __future__ import annotations

import asyncio
from datetime import datetime

from asn1crypto import x509
from pyhanko.sign.signers.pdf_signer import PdfTimeStamper, TimestampDSSContentSettings
from pyhanko.sign.timestamps.common_utils import TimestampRequestError
from pyhanko.sign.validation import DocumentSecurityStore
from pyhanko_certvalidator import CertificateValidator
from pyhanko_certvalidator.errors import PathError, ValidationError

from agreements.authority import Trust
from agreements.signing import PortTimeStamper, SigningError, validation_context, writer_on
from evidence.timestamp import Timestamper
from evidence.verifier import Broken, Cms, der_of, read_pdf_signatures, unpad

STAMP = "ArchiveTimestamp"
COVERED = TimestampDSSContentSettings(include_vri=False, update_before_ts=True)
"""Validation data go in before the timestamp, so that it covers the file to its last byte."""


def stamped_until(pdf: bytes) -> datetime:
    """When the certificate of the last document timestamp ends. Raises `SigningError` where there is none."""
    return _last_stamp(pdf).certificate.not_valid_after_utc


def renew(pdf: bytes, trust: Trust, service: Timestamper, at: datetime) -> bytes:
    """The file with one more document timestamp; what shows that the former one held at this moment is in it."""
    former = _last_stamp(pdf)
    context = validation_context(trust, at)
    writer = writer_on(pdf)
    number = sum(signature.is_timestamp for signature in read_pdf_signatures(pdf)) + 1

    async def stamp() -> bytes:
        certificate = x509.Certificate.load(der_of(former.certificate))
        others = [x509.Certificate.load(der_of(one)) for one in former.certificates]
        path = await CertificateValidator(certificate, others, validation_context=context).async_validate_usage(set(), {"time_stamping"})
        DocumentSecurityStore.supply_dss_in_writer(writer, None, paths=[path], validation_context=context)
        stamper = PdfTimeStamper(PortTimeStamper(service, at), field_name=f"{STAMP}{number}")
        out = await stamper.async_timestamp_pdf(writer, "sha256", context, dss_settings=COVERED)
        renewed: bytes = out.getvalue()
        return renewed

    try:
        return asyncio.run(stamp())
    except (PathError, ValidationError) as error:
        raise SigningError("cannot_sign", f"the former timestamp cannot be shown to hold any more: {error}") from error
    except TimestampRequestError as error:
        raise SigningError("cannot_sign", f"{error}: {error.__cause__ or 'no more is known'}") from error


def _last_stamp(pdf: bytes) -> Cms:
    try:
        stamps = [signature for signature in read_pdf_signatures(pdf) if signature.is_timestamp]
        return Cms(unpad(stamps[-1].contents))
    except (Broken, IndexError) as error:
        raise SigningError("not_signable", f"the file has no document timestamp that can be renewed: {error}") from error
