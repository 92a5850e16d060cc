"""What may be done to a signed agreement, and the check that has to find it, whether it lies in a bundle or alone."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

from asn1crypto import cms
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from agreements.authority import one_time_credential
from agreements.seal_image import draw_seal
from agreements.signing import seal, sign
from agreements.strokes import draw_strokes
from evidence.verifier import read_pdf_signatures, unpad
from tests.agreements.conftest import handwriting

from .conftest import NOW, Finished
from .renewed import renewed_too_late

CONTENTS = b"/Contents <"


def update(pdf: bytes, change: Callable[[IncrementalPdfFileWriter], object]) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def overlay(writer: IncrementalPdfFileWriter) -> None:
    stream = writer.add_object(generic.StreamObject(stream_data=b"BT ET 1 1 1 rg 0 0 400 400 re f"))
    writer.add_stream_to_page(0, stream)


def empty_validation_data(writer: IncrementalPdfFileWriter) -> None:
    writer.root[pdf_name("/DSS")] = generic.DictionaryObject()
    writer.update_root()


def holes(pdf: bytes) -> list[tuple[int, int]]:
    """Where the hexadecimal digits of every signature lie, in order of the file."""
    found, at = [], pdf.find(CONTENTS)
    while at >= 0:
        start = at + len(CONTENTS)
        found.append((start, pdf.index(b">", start)))
        at = pdf.find(CONTENTS, start)
    return found


def in_hole(number: int, change: Callable[[bytes], bytes]) -> Callable[[Finished], bytes]:
    def make(finished: Finished) -> bytes:
        start, end = holes(finished.pdf)[number]
        changed = change(finished.pdf[start:end])
        assert len(changed) == end - start
        return finished.pdf[:start] + changed + finished.pdf[end:]

    return make


def exchanged_holes(finished: Finished) -> bytes:
    """The signatures of two parties, each in the other's field."""
    pdf = finished.pdf
    one, two = holes(pdf)[1:3]
    for (start, end), (other, other_end) in ((one, two), (two, one)):
        digits = unpad(finished.pdf[other:other_end]).hex().upper().encode()
        pdf = pdf[:start] + digits.ljust(end - start, b"0") + pdf[end:]
    return pdf


def without_time(finished: Finished) -> bytes:
    """The committee's signature without the timestamp that it carries."""
    start, end = holes(finished.pdf)[-2]
    whole = cms.ContentInfo.load(unpad(finished.pdf[start:end])).copy()
    signer = whole["content"]["signer_infos"][0]
    bare = {key: signer[key] for key in ("version", "sid", "digest_algorithm", "signed_attrs", "signature_algorithm", "signature")}
    whole["content"]["signer_infos"] = cms.SignerInfos([cms.SignerInfo(bare)])
    changed = whole.dump(force=True).hex().upper().encode().ljust(end - start, b"0")
    return finished.pdf[:start] + changed + finished.pdf[end:]


def without_document_timestamp(finished: Finished) -> bytes:
    return finished.pdf[: read_pdf_signatures(finished.pdf)[-2].end]


def mediator_first(finished: Finished) -> bytes:
    """The mediator signs before the parties."""
    authority, when = finished.authority, NOW + timedelta(minutes=45)
    trust, service, picture = authority.trust(NOW), authority.timestamper(), draw_strokes(handwriting())
    pdf = finished.revisions[1]
    for field, name in (("Mediator", finished.facts.mediator), ("Party1", "李某"), ("Party2", "赵某")):
        pdf = sign(pdf, field, picture, one_time_credential(authority, name, "当事人", when), trust, service, when, finished.fonts)
    stamp = draw_seal(finished.facts.committee, finished.fonts)
    return seal(pdf, stamp, authority.seal(finished.facts.committee, when), trust, service, when, finished.fonts)


def flipped(mark: bytes, offset: int = 0) -> Callable[[Finished], bytes]:
    def make(finished: Finished) -> bytes:
        at = finished.pdf.index(mark) + offset
        return finished.pdf[:at] + bytes([finished.pdf[at] ^ 1]) + finished.pdf[at + 1 :]

    return make


def swapped(old: bytes, new: bytes, last: bool = False) -> Callable[[Finished], bytes]:
    def make(finished: Finished) -> bytes:
        at = finished.pdf.rindex(old) if last else finished.pdf.index(old)
        return finished.pdf[:at] + new + finished.pdf[at + len(old) :]

    return make


Change = Callable[[Finished], bytes]
PDF_CHANGES: dict[str, tuple[Change, str]] = {
    "painted over": (lambda f: update(f.pdf, overlay), "pdf_covers_everything"),
    "validation data emptied": (lambda f: update(f.pdf, empty_validation_data), "pdf_covers_everything"),
    "a line more": (lambda f: f.pdf + b"\n", "pdf_covers_everything"),
    "a comment more": (lambda f: f.pdf + b"%note", "pdf_covers_everything"),
    "cut back to two signatures": (lambda f: f.revisions[3], "pdf_all_fields_signed"),
    "never signed": (lambda f: f.revisions[0], "pdf_signed"),
    "without the document timestamp": (without_document_timestamp, "pdf_closed_by_timestamp"),
    "a changed byte of the text": (flipped(b"stream\n", 20), "pdf_signature"),
    "a changed byte in a signature": (in_hole(1, lambda hole: hole[:400] + bytes([hole[400] ^ 1]) + hole[401:]), "pdf_signature"),
    "small hexadecimal digits": (in_hole(-1, bytes.lower), "pdf_signature"),
    "a blank among the digits": (in_hole(-1, lambda hole: hole[:-2] + b" 0"), "pdf_signature"),
    "a note in the padding": (in_hole(-1, lambda hole: hole[:-4] + b"4D4D"), "pdf_signature"),
    "an empty signature": (in_hole(-1, lambda hole: b"0" * len(hole)), "pdf_signature"),
    "two signatures exchanged": (exchanged_holes, "pdf_signature"),
    "a signature without its time": (without_time, "pdf_signature"),
    "the mediator before the parties": (mediator_first, "pdf_signing_order"),
    "a timestamp renewed after its end": (renewed_too_late, "pdf_renewed_in_time"),
    "a byte range that begins elsewhere": (swapped(b"/ByteRange [0", b"/ByteRange [1"), "pdf_structure"),
    "a byte range in other words": (swapped(b"/ByteRange", b"/ByteRangf", last=True), "pdf_closed_by_timestamp"),
    "a byte range that is none": (swapped(b"/ByteRange [0", b"/ByteRange (0"), "pdf_structure"),
}
