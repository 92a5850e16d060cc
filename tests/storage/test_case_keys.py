"""What a case is sealed under: it opens where it was sealed, nowhere else, and not once its key is destroyed; and nothing personal lies plain in the database."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.case import Numbering, open_case
from cases.clock import SystemClock
from cases.commands.casework import Report
from realtime import audience, patch
from storage import search
from storage.case_keys import CaseKeys, Destroyed, Unreadable, keys, number_word, phone_word
from storage.database import close_database, open_database, reads
from storage.dossier import Dossier
from storage.models.cases import CaseRow
from storage.models.ledger import LedgerPayload
from storage.reading import Reader
from storage.work import Outcome, Store
from storage.writer import Writer
from tests.schema import INSTALLATION

PHONE, ID_NUMBER, FACTS = "13800005555", "139901199001011237", "楼上漏水，天花板受损。"
BOX = CaseKeys(INSTALLATION)


@given(st.text(), st.text(max_size=20))
def test_what_is_sealed_opens_in_its_place_alone(text: str, what: str) -> None:
    key = BOX.fresh("k1")
    closed = key.seal(what, text)
    assert BOX.of("k1", key.wrapped).open(what, closed) == text
    assert not text or text not in closed.partition(":")[2] or len(text) < 4
    for other, place in ((BOX.fresh("k1"), what), (key, what + "x")):
        with pytest.raises(Unreadable):
            other.open(place, closed)
    with pytest.raises(Unreadable):
        BOX.of("k2", key.wrapped)
    with pytest.raises(Unreadable):
        CaseKeys(b"x" * 32).of("k1", key.wrapped)


@given(st.binary(min_size=1, max_size=60), st.data())
def test_a_flipped_bit_is_seen(data: bytes, draw: st.DataObject) -> None:
    key = BOX.fresh("k1")
    closed = bytearray(key.seal_bytes("draft", data))
    at = draw.draw(st.integers(0, len(closed) * 8 - 1))
    closed[at // 8] ^= 1 << at % 8
    with pytest.raises(Unreadable):
        key.open_bytes("draft", bytes(closed))


def test_what_was_sealed_under_a_key_before_is_gone_and_says_so() -> None:
    former, present = BOX.fresh("k1"), BOX.fresh("k1", 2)
    with pytest.raises(Destroyed):
        present.open("entry", former.seal("entry", "{}"))
    with pytest.raises(Unreadable):
        former.open("entry", present.seal("entry", "{}"))
    for spoilt in ("", "plain", "1:!!", "x:AAAA", "9" * 30):
        with pytest.raises(Unreadable):
            former.open("entry", spoilt)
        with pytest.raises(Unreadable):
            BOX.of("k1", spoilt)


def test_events_of_streams_open_in_their_place() -> None:
    closed = BOX.seal_event("case/k1|staff", 3, '{"title": "漏水"}')
    assert BOX.open_event("case/k1|staff", 3, closed) == '{"title": "漏水"}'
    for stream, seq in (("case/k1|staff", 4), ("case/k1|public", 3)):
        with pytest.raises(Unreadable):
            BOX.open_event(stream, seq, closed)


def test_words_of_the_index_need_the_installations_key() -> None:
    other = CaseKeys(b"x" * 32)
    assert BOX.index_word("p", PHONE) == CaseKeys(INSTALLATION).index_word("p", PHONE)
    assert len({BOX.index_word("p", PHONE), BOX.index_word("n", PHONE), other.index_word("p", PHONE)}) == 3


def test_without_a_key_nothing_of_a_case_is_read_or_written() -> None:
    with pytest.raises(RuntimeError, match="without the installation's key"):
        keys()


def _number(first17: str) -> str:
    from cases.identity import check_character

    return first17 + check_character(first17)


@pytest.mark.anyio
async def test_no_telephone_identity_number_or_word_of_a_case_lies_in_the_files(folder: Path) -> None:
    path, number = folder / "heyi.sqlite3", _number(ID_NUMBER[:17])
    await open_database(f"sqlite://{path}", INSTALLATION)
    writer = Writer(single=True)
    writer.start()
    try:
        store = Store(writer, SystemClock(), audience.fragments, patch.diff, lambda committed: None)

        def make(numbering: Numbering, now: datetime) -> tuple[Dossier, Outcome]:
            report = Report(
                title="漏水",
                facts=f"{FACTS}请打{PHONE}",
                region="139901001",
                name="郑某",
                phone=PHONE,
                id_number=number,
                address="东街12号院",
            )
            case, happened = open_case(report, numbering, now, [], "城关镇", True)
            return Dossier(case), Outcome(happened, {"case": case.id})

        case_id = (await store.create(make))["case"]
        reader = Reader(audience.fragments, audience.rows)
        case = (await reader.dossier(case_id)).case
        assert (case.parties[0].phone, case.parties[0].id_number, case.parties[0].address) == (PHONE, number, "东街12号院")
        (first, *_) = await reader.ledger(case_id)
        assert first[2] is not None and first[2]["parties"][0]["phone"] == PHONE
        for word in (phone_word(PHONE), number_word(number)):
            assert (await search.find(reads(), [word], [], 0, 5))[0] == [case_id]

        entry = await LedgerPayload.first()
        assert entry is not None
        spoilt = entry.body[:-6] + ("A" if entry.body[-6] != "A" else "B") + entry.body[-5:]
        await LedgerPayload.filter(id=entry.id).update(body=spoilt)
        assert {} in [payload for _, _, payload in await reader.ledger(case_id)], "altered, and neither redacted nor believed"
        await CaseRow.filter(id=case_id).update(key=keys().fresh(case_id, 2).wrapped)
        assert {payload is None for _, _, payload in await reader.ledger(case_id)} == {True}, "their key is destroyed"
    finally:
        await writer.stop()
        await close_database()
    kept = b"".join(file.read_bytes() for file in folder.iterdir())
    with closing(sqlite3.connect(path)) as books:
        kept += "\n".join(books.iterdump()).encode()
    for secret in (PHONE, number, number[:14], "东街12号院", FACTS):
        assert secret.encode() not in kept, secret
