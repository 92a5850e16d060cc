"""One finished case, made once: agreement signed by everybody and sealed, ledger, recording, bundle."""

import dataclasses
import hashlib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from agreements.authority import EmbeddedAuthority, one_time_credential
from agreements.facts import case_facts
from agreements.history import log_lines
from agreements.layout import signature_rows
from agreements.live import make_entry
from agreements.pdf import PrintOptions, print_agreement
from agreements.schema import canonical, read_document
from agreements.seal_image import draw_seal
from agreements.seed import seed
from agreements.signing import certify, seal, sign
from agreements.strokes import draw_strokes
from evidence import ledger
from evidence.bundle import Contents, write_bundle
from evidence.citation import cite
from evidence.manifest import Gap, Recording, Segment
from tests.agreements.conftest import CASE, Client, fonts_or_skip, handwriting

NOW = datetime(2026, 11, 23, 8, 20, tzinfo=UTC)


@dataclasses.dataclass
class Finished:
    authority: EmbeddedAuthority
    facts: object
    printed: object
    fonts: tuple
    revisions: list
    bundle: Path
    contents: Contents
    text: bytes
    """Of the agreement, as it was printed."""

    @property
    def pdf(self):
        return self.revisions[-1]

    @property
    def anchor(self):
        return self.authority.root_fingerprint()


FIRST = ("report", "consent", "frozen", "signed", "sealed")
RECORD = b'{"format":"heyi-record/1","lines":[]}'


DRAFT = [
    make_entry("draft-c1", 1, "server", "2026-11-23T08:01:00.000000Z", b"seeded", ledger.GENESIS),
]
DRAFT.append(make_entry("draft-c1", 2, "m", "2026-11-23T08:01:30.000000Z", b"written", DRAFT[0].entry_hash))


def make_ledger(kinds=FIRST, entered=()):
    """`entered`: (kind, payload) of entries that follow."""
    entries, payloads, head = [], {}, ledger.GENESIS
    for seq, (kind, payload) in enumerate([*((kind, {"kind": kind, "by": "p1"}) for kind in kinds), *entered], 1):
        salt = f"{seq:032x}"
        entries.append(ledger.append("case:c1", seq, f"2026-11-23T08:{seq:02d}:00.000000Z", kind, payload, salt, head))
        payloads[seq] = (payload, salt)
        head = entries[-1].entry_hash
    return entries, payloads


def complete(client):
    client.write("terms-1", "被申请人支付墙面修复费用人民币1,800.00元。")
    client.set_field("disputes.responsibility", "被申请人承担主要责任")
    client.set_field("performance.manner", "银行转账")
    client.set_field("performance.deadline", "2026-12-31")


def sign_all(authority, facts, printed, fonts, at=NOW):
    """Every revision from the printed file to the sealed one."""
    trust, service, picture = authority.trust(at), authority.timestamper(), draw_strokes(handwriting())
    revisions = [printed.pdf, certify(printed.pdf, printed.boxes, authority.platform(), trust, service, at)]
    for minutes, row in enumerate(signature_rows(facts), 1):
        when = at + timedelta(minutes=minutes)
        credential = one_time_credential(authority, row.name, row.label, when)
        revisions.append(sign(revisions[-1], row.field, picture, credential, trust, service, when, fonts))
    when = at + timedelta(minutes=30)
    stamp = draw_seal(facts.committee, fonts)
    revisions.append(seal(revisions[-1], stamp, authority.seal(facts.committee, when), trust, service, when, fonts))
    return revisions


def anchors(authority, at=NOW):
    trust = authority.trust(at)
    return {
        "root.crt": trust.root,
        **{f"below-{n}.crt": der for n, der in enumerate(trust.others)},
        **{f"list-{n}.crl": der for n, der in enumerate(trust.crls)},
    }


def entered_of(pdf, record, recording, chunks):
    """What the chain of a finished case says of its files: a closed segment `room`, and one that was never closed, `late`."""
    segments = segments_of(recording, chunks)
    return [
        *segments,
        ("record.closed", {"sha256": hashlib.sha256(record).hexdigest(), "lines": 0}),
        ("case.agreed", {"file": hashlib.sha256(pdf).hexdigest()}),
        ("performance.begun", {"obligations": [{"id": "o1", "debtor": "p2", "creditor": "p1", "amount": "1800.00"}], "left_out": 0}),
        ("receipt.told", {"obligation": "o1", "receipt": "r1", "on": "2026-03-20", "amount": "800.00", "note": "微信转账", "by": "p2"}),
        ("obligation.breached", {"obligation": "o1", "reason": "余款没有付", "by": "account:wang"}),
        ("draft.frozen", {"document": "draft-c1", "head": DRAFT[-1].entry_hash}),
        ("agreement.frozen", {"recording": msgspec.to_builtins(cited_of(segments))}),
    ]


def cited_of(segments):
    """What an agreement cites that is frozen when these are entered."""
    entries, payloads = make_ledger(entered=segments)
    told = [(e.entry_hash, e.at, payloads[e.seq][0]["segment"]) for e in entries if e.kind == "recording.segment"]
    return cite(len(entries), told)


DATA = bytes(range(256)) * 40
HALVES = [DATA[:6000], DATA[6000:]]


def segments_of(recording=DATA, chunks=HALVES):
    told = [{"i": n, "sha256": hashlib.sha256(chunk).hexdigest(), "bytes": len(chunk)} for n, chunk in enumerate(chunks)]
    closed = {"sha256": hashlib.sha256(recording).hexdigest(), "bytes": len(recording), "chunks": len(chunks)}
    return [
        ("recording.segment", {"segment": "room", "chunks": told[:1]}),
        ("recording.segment", {"segment": "room", "chunks": told[1:], "closed": closed}),
        ("recording.segment", {"segment": "late", "chunks": told}),
    ]


def make_contents(folder, authority, printed, pdf):
    data, halves = DATA, HALVES
    (folder / "room.webm").write_bytes(data)
    (folder / "late.webm").write_bytes(data)
    (folder / "verify.html").write_text("<!doctype html>", encoding="utf-8")
    segments = tuple(Segment(n, len(half), hashlib.sha256(half).hexdigest()) for n, half in enumerate(halves, 1))
    recording = Recording("recordings/room.webm", "plenary", segments, (Gap(1000, 5000, "caucus"),))
    late = Recording("recordings/late.webm", "p1", (Segment(1, len(data), hashlib.sha256(data).hexdigest()),))
    entries, payloads = make_ledger(entered=entered_of(pdf, RECORD, data, halves))
    return Contents(
        case=CASE["number"],
        entries=entries,
        payloads=payloads,
        agreement=pdf,
        content_sha256=printed.content_hash,
        recordings=[(recording, folder / "room.webm"), (late, folder / "late.webm")],
        consents={"p1.json": b'{"recording":true}'},
        record={"record.json": RECORD},
        draft={"log.jsonl": log_lines(DRAFT), "versions.json": b"[]"},
        anchors=anchors(authority),
        page=folder / "verify.html",
    )


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    fonts = fonts_or_skip()
    folder = tmp_path_factory.mktemp("case")
    authority = EmbeddedAuthority(folder / "ca", NOW)
    facts = case_facts(CASE)
    client = Client(11, seed(facts))
    complete(client)
    options = PrintOptions(date(2026, 11, 23), fonts, anchor=authority.root_fingerprint(), recording=cited_of(segments_of()))
    text = canonical(read_document(client.doc))
    printed = print_agreement(text, facts, options)
    revisions = sign_all(authority, facts, printed, fonts)
    contents = make_contents(folder, authority, printed, revisions[-1])
    write_bundle(folder / "bundle.zip", contents, authority.platform(), authority.timestamper(), NOW + timedelta(hours=1))
    return Finished(authority, facts, printed, fonts, revisions, folder / "bundle.zip", contents, text)
