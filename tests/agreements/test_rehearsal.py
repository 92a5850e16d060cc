"""The whole way, without server or network: seed, edits by three hands, freeze, print, sign, seal, bundle, verify."""

import shutil
import subprocess
from datetime import UTC, date, datetime, timedelta

import pytest

from agreements import ceremony as c
from agreements.authority import EmbeddedAuthority, one_time_credential
from agreements.ceremony import Signer, Stage
from agreements.completeness import missing_items, paper_only
from agreements.guard import Accepted, Grant, Refused
from agreements.layout import signature_rows
from agreements.pdf import PrintOptions, print_agreement
from agreements.schema import canonical, content_hash
from agreements.seal_image import draw_seal
from agreements.signing import certify, revision_hash, seal, sign
from agreements.strokes import draw_strokes
from evidence import ledger
from evidence.bundle import Contents, write_bundle
from evidence.manifest import signers_of
from evidence.pdf_check import check_agreement
from evidence.verifier import verify_file

from .conftest import CASE, SIGNING_AT, all_kinds, handwriting

NOW = datetime(2026, 11, 23, 8, 20, tzinfo=UTC)


class Room:
    """Three hands on one live document: what is accepted reaches the others."""

    def __init__(self, live, client):
        self.live = live
        self.hands = {"p1": client(11), "p2": client(12), "m1": client(13)}
        kinds = frozenset({"terms", "performance"})
        self.grants = {
            "p1": Grant("p1", frozenset({11}), may_edit=True, kinds=kinds),
            "p2": Grant("p2", frozenset({12}), may_edit=True, kinds=kinds),
            "m1": all_kinds("m1", 13, lock=True),
        }

    def edit(self, seat, change):
        change(self.hands[seat])
        update = self.hands[seat].take()
        verdict = self.live.propose(update, self.grants[seat], "drafting")
        if isinstance(verdict, Accepted):
            self.live.entry(seat, SIGNING_AT)
            self.live.commit()
            for other in self.hands.values():
                other.doc.apply_update(update)
                other.seen = other.doc.get_state()
        return verdict


def draft(room):
    assert isinstance(room.edit("p1", lambda hand: hand.write("terms-1", "被申请人支付申请人墙面修复费用1,800.00元。")), Accepted)
    assert isinstance(room.edit("p2", lambda hand: hand.set_field("performance.manner", "银行转账")), Accepted)
    assert isinstance(room.edit("m1", lambda hand: hand.set_field("disputes.responsibility", "被申请人承担主要责任")), Accepted)
    assert isinstance(room.edit("m1", lambda hand: hand.add_clause("terms-2", "terms", "今后施工应当提前三日告知邻居。", 4)), Accepted)
    assert isinstance(room.edit("p1", lambda hand: hand.set_field("performance.deadline", "2026-12-31")), Accepted)
    refused = room.edit("p2", lambda hand: hand.set_field("disputes.responsibility", "各半"))
    assert isinstance(refused, Refused)
    return room.live.content()


@pytest.fixture
def ending(tmp_path, live, client, facts, fonts):
    return tmp_path, Room(live, client), facts, fonts


def test_from_the_draft_to_the_verified_bundle(ending):
    folder, room, facts, fonts = ending
    content = draft(room)
    assert missing_items(content, facts, date(2026, 11, 23)) == []
    assert paper_only(facts) is None

    authority = EmbeddedAuthority(folder / "ca", NOW)
    trust, service = authority.trust(NOW), authority.timestamper()
    text = content_hash(content)
    printed = print_agreement(canonical(content), facts, PrintOptions(date(2026, 11, 23), fonts, anchor=authority.root_fingerprint()))
    assert printed.content_hash == text
    pdf = certify(printed.pdf, printed.boxes, authority.platform(), trust, service, NOW)

    state = c.begin([Signer("p1", "party"), Signer("p2", "party"), Signer("m1", "mediator")])
    entries, payloads, head = [], {}, ledger.GENESIS

    def act(command):
        nonlocal state, head
        for event in c.decide(state, command):
            state = c.evolve(state, event)
            seq = len(entries) + 1
            payload, salt = {"event": type(event).__name__}, f"{seq:032x}"
            entries.append(ledger.append("case:c1", seq, SIGNING_AT, "agreement", payload, salt, head))
            payloads[seq] = (payload, salt)
            head = entries[-1].entry_hash

    act(c.Freeze(0, text, revision_hash(pdf), tuple(clause["id"] for clause in content["clauses"])))
    for seat in ("p1", "p2"):
        for clause in state.clauses:
            act(c.ConfirmClause(1, seat, clause, text))
        act(c.ConsentToSign(1, seat))
    act(c.OpenSigning(1))
    rows = {row.name: row for row in signature_rows(facts)}
    for minutes, (seat, name) in enumerate((("p2", "赵某"), ("p1", "李某"), ("m1", "周某")), 1):
        at = NOW + timedelta(minutes=minutes)
        credential = one_time_credential(authority, name, rows[name].label, at)
        signed = sign(pdf, rows[name].field, draw_strokes(handwriting()), credential, trust, service, at, fonts)
        act(c.Sign(1, seat, text, revision_hash(pdf), revision_hash(signed)))
        pdf = signed
    at = NOW + timedelta(minutes=9)
    sealed = seal(pdf, draw_seal(facts.committee, fonts), authority.seal(facts.committee, NOW), trust, service, at, fonts)
    act(c.Seal(1, revision_hash(pdf), revision_hash(sealed)))

    checks, valid = check_agreement(sealed, roots=[trust.root], expected=signers_of(sealed), final_hash=state.file_hash)
    assert valid, [check for check in checks if check.status == "fail"]
    act(c.Accept(1, revision_hash(sealed), valid))
    assert state.stage is Stage.EFFECTIVE
    assert [signer.name for signer in signers_of(sealed)][1:4] == ["赵某", "李某", "周某"]

    (folder / "signed.pdf").write_bytes(sealed)
    if shutil.which("pdfsig"):
        result = subprocess.run(["pdfsig", "-nocert", str(folder / "signed.pdf")], capture_output=True, text=True)
        assert result.stdout.count("Signature is Valid.") == 5

    anchors = {"root.crt": trust.root, "root.crl": trust.crls[0], "signing.crl": trust.crls[1]}
    contents = Contents(CASE["number"], entries, payloads, sealed, text, anchors=anchors)
    write_bundle(folder / "bundle.zip", contents, authority.platform(), service, NOW + timedelta(hours=1))
    report = verify_file(folder / "bundle.zip", authority.root_fingerprint())
    assert report.verdict == "成立，出处已核", report.plain()
