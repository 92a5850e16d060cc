"""How long judging an edit, printing, signing and verifying take, each by itself."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from pycrdt import Doc, XmlElement, XmlText

from agreements.authority import EmbeddedAuthority, one_time_credential
from agreements.facts import CaseFacts, case_facts
from agreements.guard import Accepted, Grant
from agreements.layout import signature_rows
from agreements.live import LiveDocument, make_entry
from agreements.pages import render_page
from agreements.pdf import PrintOptions, print_agreement
from agreements.schema import KINDS, canonical, fragment, read_document
from agreements.seal_image import draw_seal
from agreements.seed import document_name, seed
from agreements.signing import certify, seal, sign
from agreements.strokes import Handwriting, draw_strokes
from benchmarks.figures import Figure, figure
from cases.clock import rfc3339
from evidence.bundle import Contents, write_bundle
from evidence.ledger import GENESIS, append
from evidence.pdf_check import check_agreement
from evidence.verifier import verify_file

AT = datetime(2026, 11, 23, 8, 20, tzinfo=UTC)
DEFAULT_FONTS = (Path(__file__).parents[1] / "web/client/node_modules/@expo-google-fonts", Path("/usr/share/fonts/truetype/hanazono"))
SAMPLES = 7
LONG = 40
"""Clauses of the long agreement, about 8,500 characters."""


def example() -> CaseFacts:
    parties = [
        {"seat": f"p{n}", "name": name, "role": role, "id_number": "139999********0015", "address": "安和县桃源镇"}
        for n, (name, role) in enumerate((("李某", "申请人"), ("赵某", "被申请人")), 1)
    ]
    return case_facts(
        {
            "number": "安和人调字〔2026〕第00001号",
            "committee": "安和县桃源镇人民调解委员会",
            "parties": parties,
            "mediator": "周某",
            "dispute_type": "邻里",
            "facts": "被申请人翻建院墙时，施工振动致申请人东屋墙面开裂。" * 4,
            "disputes": "修复费用由谁承担、如何支付",
        }
    )


def with_clauses(facts: CaseFacts, count: int) -> Doc[Any]:
    doc: Doc[Any] = Doc(client_id=11)
    doc.apply_update(seed(facts))
    with doc.transaction():
        for number in range(count):
            clause = XmlElement("clause", {"id": f"t{number}", "kind": "terms", "title": ""})
            fragment(doc).children.append(clause)
            paragraph = XmlElement("paragraph")
            clause.children.append(paragraph)
            paragraph.children.append(
                XmlText("被申请人应当按期向申请人支付墙面修复费用；逾期支付的，按未付金额每日万分之二支付违约金。" * 5)
            )
    return doc


class Figures:
    """Collects figures while the work goes on."""

    def __init__(self, samples: int) -> None:
        self.samples = samples
        self.found: list[Figure] = []

    def measure(self, name: str, work: Callable[[], Any], goal: float | None = None) -> Any:
        """Run once to warm, then `samples` times, in milliseconds; the result of the last run is returned."""
        result = work()
        times = []
        for _ in range(self.samples):
            start = time.perf_counter()
            result = work()
            times.append((time.perf_counter() - start) * 1000)
        self.found.append(figure(name, "ms", times, goal=goal))
        return result

    def note(self, name: str, value: float, unit: str) -> None:
        self.found.append(figure(name, unit, [value]))


def drafting(figures: Figures, facts: CaseFacts) -> None:
    doc = with_clauses(facts, LONG)
    figures.measure("draft.check", lambda: read_document(doc), 1.5)
    name = document_name("bench", 1)
    live = LiveDocument(name, make_entry(name, 1, "server", AT.isoformat(), doc.get_update(), GENESIS))
    grant = Grant("p1", frozenset({11}), may_edit=True, kinds=frozenset(KINDS))
    clauses = fragment(doc).children
    paragraph = clauses[len(clauses) - 1].children[0]  # type: ignore[union-attr]
    text = paragraph.children[0]  # type: ignore[union-attr]
    assert isinstance(text, XmlText)
    for name, inside in (("draft.guard.end", False), ("draft.guard.inside", True)):
        updates, state = [], doc.get_state()
        for _ in range(1000):
            text.insert(6 if inside else len(text), "字")
            updates.append(doc.get_update(state))
            state = doc.get_state()
        times = []
        for first in range(0, len(updates), 200):
            start = time.perf_counter()
            for update in updates[first : first + 200]:
                verdict = live.propose(update, grant, "drafting")
                assert isinstance(verdict, Accepted)
                live.entry("p1", AT.isoformat())
                live.commit()
            times.append((time.perf_counter() - start) / 200 * 1e6)
        figures.found.append(figure(name, "µs", times, digits=1))


def printing(figures: Figures, facts: CaseFacts, fonts: tuple[str, ...]) -> tuple[Any, bytes]:
    options = PrintOptions(date(2026, 11, 23), fonts, anchor="ab" * 32)
    short, long = with_clauses(facts, 1), with_clauses(facts, LONG)
    start = time.perf_counter()
    print_agreement(canonical(read_document(short)), facts, options)
    figures.note("freeze to PDF, first in a process (fonts are loaded)", round((time.perf_counter() - start) * 1000, 1), "ms")
    printed = figures.measure("freeze to PDF, 2 pages", lambda: print_agreement(canonical(read_document(short)), facts, options), 130)
    big = figures.measure("freeze to PDF, long", lambda: print_agreement(canonical(read_document(long)), facts, options))
    figures.note("pages of the long agreement", big.pages, "pages")
    figures.measure("picture of a page, 1240 pixels wide", lambda: render_page(printed.pdf, 0))
    return printed, printed.pdf


def signing(figures: Figures, facts: CaseFacts, fonts: tuple[str, ...], printed: Any, folder: Path) -> None:
    authority = EmbeddedAuthority(folder / "ca", AT)
    trust, service = authority.trust(AT), authority.timestamper()
    strokes = Handwriting(
        600, 200, [[(50.0 + 4 * i, 100.0 + (i * 37 + k * 11) % 60, 12.0 * i + 1000 * k) for i in range(40)] for k in range(3)]
    )
    picture = figures.measure("handwriting to picture", lambda: draw_strokes(strokes))
    stamp = figures.measure("committee seal to picture", lambda: draw_seal(facts.committee, fonts))
    credential = figures.measure("key and certificate for one signature", lambda: one_time_credential(authority, "李某", "申请人", AT))
    pdf = figures.measure(
        "certify at the freeze, B-LT", lambda: certify(printed.pdf, printed.boxes, authority.platform(), trust, service, AT)
    )
    rows = signature_rows(facts)
    first = pdf
    figures.measure("sign.blt", lambda: sign(first, rows[0].field, picture, credential, trust, service, AT, fonts), 250)
    for row in rows:
        pdf = sign(pdf, row.field, picture, one_time_credential(authority, row.name, row.label, AT), trust, service, AT, fonts)
    stand, committee = pdf, authority.seal(facts.committee, AT)
    sealed = figures.measure("sign.seal", lambda: seal(stand, stamp, committee, trust, service, AT, fonts), 400)
    figures.note("signed agreement", len(sealed), "bytes")
    figures.measure("check a sealed agreement", lambda: check_agreement(sealed, roots=[trust.root]))
    entries, head = [], GENESIS
    for seq in range(1, 1001):
        entries.append(append("case:bench", seq, rfc3339(AT), "event", {"n": seq}, f"{seq:032x}", head))
        head = entries[-1].entry_hash
    anchors = {"root.crt": trust.root, "root.crl": trust.crls[0], "signing.crl": trust.crls[1]}
    contents = Contents(facts.number, entries, {}, sealed, printed.content_hash, anchors=anchors)
    path = folder / "bundle.zip"
    later = AT + timedelta(hours=1)
    figures.measure("write a bundle, 1,000 ledger entries", lambda: write_bundle(path, contents, authority.platform(), service, later))
    report = figures.measure("verify a bundle, 1,000 ledger entries", lambda: verify_file(path, authority.root_fingerprint()))
    assert report.ok


async def judging() -> list[Figure]:
    """`draft.check`: a whole draft of 46 clauses read and checked; `draft.guard.…`: one edit at the end of a text, or inside it, judged, entered and applied."""
    figures = Figures(SAMPLES)
    drafting(figures, example())
    return figures.found


def pieces() -> list[Figure]:
    """Printing, signing, sealing and verifying, each by itself; `sign.blt` one visible signature at level B-LT, `sign.seal` the committee's at B-LTA."""
    figures, facts, fonts = Figures(SAMPLES), example(), tuple(map(str, DEFAULT_FONTS))
    printed, _ = printing(figures, facts, fonts)
    with tempfile.TemporaryDirectory() as folder:
        signing(figures, facts, fonts, printed, Path(folder))
    return figures.found
