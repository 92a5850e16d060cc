"""The agreement years later, when its timestamp has been renewed, or was renewed too late."""

from __future__ import annotations

import asyncio
import hashlib
import io
import shutil
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.signers.pdf_signer import PdfTimeStamper

from agreements.authority import EmbeddedAuthority
from agreements.renewal import COVERED, renew
from agreements.signing import PortTimeStamper, validation_context

from .conftest import NOW, RECORD, Finished
from .rebundling import bundle_with, chain_noting

YEAR = timedelta(days=365)
IN_TIME, TOO_LATE = NOW + 14 * YEAR, NOW + 15 * YEAR + timedelta(days=1)


def authority_at(finished: Finished, at: datetime) -> EmbeddedAuthority:
    """That of the agreement, grown older: a copy, since it gets another timestamp certificate."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(finished.authority.folder, Path(folder) / "ca")
        authority = EmbeddedAuthority(Path(folder) / "ca", at)
        authority.timestamper(at)
        return authority


def renewed(finished: Finished, times: int = 1) -> bytes:
    authority, pdf = authority_at(finished, IN_TIME), finished.pdf
    for later in range(times):
        at = IN_TIME + later * YEAR / 2
        pdf = renew(pdf, authority.trust(at), authority.timestamper(), at)
    return pdf


def renewed_too_late(finished: Finished) -> bytes:
    """Another timestamp put over it when nobody had to believe the former one any more."""
    authority = authority_at(finished, TOO_LATE)
    writer = IncrementalPdfFileWriter(io.BytesIO(finished.pdf))
    stamper = PdfTimeStamper(PortTimeStamper(authority.timestamper(), TOO_LATE), field_name="ArchiveTimestamp2")
    context = validation_context(authority.trust(TOO_LATE), TOO_LATE)
    out: bytes = asyncio.run(stamper.async_timestamp_pdf(writer, "sha256", context, dss_settings=COVERED)).getvalue()
    return out


def bundle_of_renewed(finished: Finished, folder: Path, before: bytes | None = None) -> bytes:
    """As the chain says; `before`: what it says was renewed."""
    pdf = renewed(finished)
    told: dict[str, Any] = {"file": hashlib.sha256(pdf).hexdigest(), "before": hashlib.sha256(before or finished.pdf).hexdigest()}
    entries, payloads = chain_noting(finished.pdf, RECORD, ("agreement.renewed", told))
    return bundle_with(finished, folder, entries=entries, payloads=payloads, agreement=pdf)
