"""Does a signed agreement hold? Our own answer, asked before it takes effect and whenever somebody hands one in.

Other validators accept what must not pass: `pdfsig` takes overlays, hidden annotations, scripts and deleted pages added after a signature;
pyHanko takes bytes after the end and emptied validation data; all of them take a file cut back to an earlier revision. So this check
adds up:

- everything `verifier.check_pdf` asks for: each signature at its own trusted time, expected signers and order, zero padding, coverage to
  the last byte, no field unsigned;
- the file is the final one (SHA-256), where that is known;
- every root is one of those that are trusted here;
- revocation lists for every certificate lie in the file (PAdES B-LT), so that it can be checked in twenty years;
- between revisions nothing changed but fields being filled and validation data (pyHanko's difference analysis, ISO 32000-1 12.8.2.2);
- no script, attachment or action is reached from the file's root.
"""

from __future__ import annotations

import hashlib
import io

import msgspec
from cryptography import x509
from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, IndirectObject, Reference
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY, ModificationLevel, SuspiciousModification
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature, SignatureCoverageLevel

from evidence.manifest import Signer
from evidence.verifier import Broken, Check, Report, Trusted, check_pdf, load_certificate

ACTIVE = frozenset({"/JavaScript", "/JS", "/Launch", "/EmbeddedFile", "/EmbeddedFiles", "/RichMedia", "/XFA", "/OpenAction", "/AA", "/A"})
MAX_OBJECTS = 50_000
UNREADABLE = (PdfError, Broken, ValueError, KeyError, IndexError, TypeError, AttributeError, AssertionError, RecursionError)
"""What pyHanko raises on damaged files."""
PERMITTED = frozenset({ModificationLevel.NONE, ModificationLevel.LTA_UPDATES, ModificationLevel.FORM_FILLING})


def check_agreement(
    pdf: bytes, *, roots: list[bytes], expected: list[Signer] | None = None, final_hash: str | None = None
) -> tuple[list[Check], bool]:
    """All checks, and whether every one holds. `roots`: trusted root certificates, DER; `final_hash`: SHA-256 of the final file in hex."""
    report = Report("agreement")
    if final_hash is not None:
        report.add("final_hash", hashlib.sha256(pdf).hexdigest() == final_hash, expected=final_hash)
    try:
        reader = PdfFileReader(io.BytesIO(pdf))
        trusted = _validation_data(reader)
        signatures = list(reader.embedded_signatures)
    except UNREADABLE as error:
        report.add("pdf_readable", False, reason=str(error)[:200])
        return report.checks, False
    wanted = None if expected is None else [msgspec.to_builtins(signer) for signer in expected]
    check_pdf(pdf, wanted, trusted, report)
    known = {hashlib.sha256(root).hexdigest() for root in roots}
    report.add("trusted_root", bool(report.roots) and set(report.roots) <= known, roots=report.roots)
    report.add("revocation_embedded", bool(trusted.lists) and not trusted.unlisted, missing=sorted(trusted.unlisted))
    try:
        active = _active_parts(reader)
        report.add("nothing_active", not active, found=sorted(active))
        for signature in signatures:
            _check_changes(signature, report)
    except UNREADABLE as error:
        report.add("pdf_readable", False, reason=str(error)[:200])
    return report.checks, report.ok


def _validation_data(reader: PdfFileReader) -> Trusted:
    """Certificates and revocation lists of the document security store (ETSI EN 319 142-1, 5.4.2)."""
    trusted = Trusted()
    if "/DSS" not in reader.root:
        return trusted
    store = reader.root["/DSS"]
    trusted.certificates += [load_certificate(der) for der in _streams(store, "/Certs")]
    trusted.lists += [x509.load_der_x509_crl(der) for der in _streams(store, "/CRLs")]
    return trusted


def _streams(store: DictionaryObject, name: str) -> list[bytes]:
    found = store[name] if name in store else []  # noqa: SIM401 (`get` does not follow references)
    return [item.get_object().data for item in found]


def _active_parts(reader: PdfFileReader) -> set[str]:
    """Keys and action types of `ACTIVE` in whatever the final file reaches from its root."""
    found: set[str] = set()
    seen: set[Reference] = set()
    waiting: list[object] = [reader.root]
    while waiting:
        item = waiting.pop()
        if isinstance(item, IndirectObject):
            if item.reference in seen:
                continue
            if len(seen) >= MAX_OBJECTS:
                return {"too many objects"}
            seen.add(item.reference)
            item = item.get_object()
        if isinstance(item, DictionaryObject):
            found |= ACTIVE & {str(key) for key in item} | ACTIVE & {
                str(item.raw_get(key)) for key in ("/S", "/Subtype", "/Type") if key in item
            }
            waiting += [item.raw_get(key) for key in item if key != "/Parent"]
        elif isinstance(item, ArrayObject):
            waiting += [item.raw_get(index) for index in range(len(item))]
    return found


def _check_changes(signature: EmbeddedPdfSignature, report: Report) -> None:
    """What came after this signature was permitted by it."""
    name = signature.field_name
    signature.compute_integrity_info(diff_policy=DEFAULT_DIFF_POLICY)
    found = signature.diff_result
    whole = signature.coverage in (SignatureCoverageLevel.ENTIRE_FILE, SignatureCoverageLevel.ENTIRE_REVISION)
    if isinstance(found, SuspiciousModification):
        report.add("changes_permitted", False, field=name, reason=str(found)[:200])
        return
    level = found.modification_level if found is not None else ModificationLevel.NONE
    permitted = signature.summarise_integrity_info().get("docmdp_ok") is not False
    report.add("changes_permitted", whole and permitted and level in PERMITTED, field=name, level=level.name)
