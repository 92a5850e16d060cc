"""An agreement that was signed on paper: its file, and bundles of it, honest and not."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image

from agreements.paper_pdf import PaperFacts, PaperPage, assemble, statement
from agreements.pdf import PAPER_SEAL_FIELD
from agreements.seal_image import draw_seal
from agreements.signing import certify, seal

from .conftest import NOW, RECORD, Finished, make_ledger
from .rebundling import bundle_with

AT = NOW + timedelta(minutes=40)
Make = Callable[[Finished, Path], bytes]


@cache
def _picture(shade: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (160, 226), (shade, shade, shade)).save(out, "JPEG")
    return out.getvalue()


_made: dict[tuple[str, bool], bytes] = {}


def paper_of(finished: Finished, sealed: bool = True) -> bytes:
    key = finished.anchor, sealed
    if key not in _made:
        _made[key] = _sealed_paper(finished, sealed)
    return _made[key]


def _sealed_paper(finished: Finished, sealed: bool) -> bytes:
    facts: Any = finished.facts
    names = [party.name for party in facts.parties]
    said = statement(facts.mediator, names, facts.committee)
    about = PaperFacts(facts.number, facts.committee, facts.mediator, said, "ab" * 32, "cd" * 32, AT)
    made = assemble([PaperPage(_picture(200), _picture(120))], about, finished.fonts)
    authority = finished.authority
    trust, service = authority.trust(AT), authority.timestamper()
    base = certify(made.pdf, made.boxes, authority.platform(), trust, service, AT)
    stamp = draw_seal(facts.committee, finished.fonts)
    committee = authority.seal(facts.committee, AT)
    return seal(base, stamp, committee, trust, service, AT, finished.fonts, PAPER_SEAL_FIELD) if sealed else base


FILES = {"paper/printed.pdf": b"%PDF-printed", "paper/page-01.jpg": _picture(200), "paper/source-0123456789ab.jpg": _picture(120)}


def bundle_of(
    change: Callable[[dict[str, bytes]], dict[str, bytes]] = dict, papers: Callable[[dict[str, str]], Any] = dict, sealed: bool = True
) -> Make:
    """`change`: what lies in the bundle instead of what the chain noted; `papers`: what the chain says of it."""

    def make(finished: Finished, folder: Path) -> bytes:
        pdf = paper_of(finished, sealed)
        noted = papers({name: hashlib.sha256(data).hexdigest() for name, data in FILES.items()})
        told = {"file": hashlib.sha256(pdf).hexdigest(), "papers": noted}
        record = ("record.closed", {"sha256": hashlib.sha256(RECORD).hexdigest(), "lines": 0})
        entries, payloads = make_ledger(entered=[record, ("case.agreed", told)])
        files = change(dict(FILES))
        return bundle_with(finished, folder, entries=entries, payloads=payloads, agreement=pdf, recordings=[], paper=files)

    return make


def orally(change: Callable[[dict[str, bytes]], dict[str, bytes]] = dict) -> Make:
    """A bundle of an oral agreement: nobody signs a file, the chain notes the form."""

    def make(finished: Finished, folder: Path) -> bytes:
        files = {"oral/registration.pdf": b"%PDF-form", "oral/agreement.json": b"{}"}
        told = {"papers": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}}
        record = ("record.closed", {"sha256": hashlib.sha256(RECORD).hexdigest(), "lines": 0})
        entries, payloads = make_ledger(entered=[record, ("case.agreed", told)])
        return bundle_with(finished, folder, entries=entries, payloads=payloads, agreement=None, recordings=[], paper=change(files))

    return make


HONEST_PAPER: dict[str, Make] = {
    "signed on paper": bundle_of(),
    "agreed by word of mouth": orally(),
    "signed on paper, alone": lambda finished, folder: paper_of(finished),
    "signed on paper, a photograph left out": bundle_of(lambda files: {k: v for k, v in files.items() if "source" not in k}),
}
PAPER_CHANGES: dict[str, tuple[Make, str]] = {
    "another page": (bundle_of(lambda files: files | {"paper/page-01.jpg": _picture(90)}), "as_entered"),
    "a page that the chain does not know": (bundle_of(lambda files: files | {"paper/page-02.jpg": _picture(90)}), "as_entered"),
    "papers that are a list": (bundle_of(papers=list), "as_entered"),
    "papers that are nothing": (bundle_of(papers=lambda noted: None), "as_entered"),
    "a paper that is a number": (bundle_of(papers=lambda noted: noted | {"paper/page-01.jpg": 1}), "as_entered"),
    "a paper that is the agreement": (bundle_of(papers=lambda noted: noted | {"agreement.pdf": "0" * 64}), "as_entered"),
    "another form of an oral agreement": (orally(lambda files: files | {"oral/registration.pdf": b"%PDF-other"}), "as_entered"),
    "a second form of an oral agreement": (orally(lambda files: files | {"oral/more.pdf": b"%PDF-other"}), "as_entered"),
    "not sealed": (bundle_of(sealed=False), "pdf_signing_order"),
}
