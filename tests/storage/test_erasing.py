"""A file that is destroyed leaves the database, its files, the index and the streams; the chain holds, and statistics count as before."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agreements.live import make_entry
from cases.case import Case, Erased, Numbering, open_case
from cases.clock import SystemClock
from cases.commands.casework import Report
from cases.errors import OutOfTurn
from cases.finding import phrases_of
from cases.ports import Happened
from cases.vocabulary import CaseStage
from realtime import audience, patch
from realtime.past import faults, moments
from storage import counting, search
from storage.case_keys import keys, phone_word
from storage.database import close_database, open_database, reads, writes
from storage.dossier import Dossier
from storage.erasing import ClearingAway, is_erased
from storage.models.agreements import DraftUpdateRow, FileRow
from storage.models.cases import CaseRow
from storage.models.doors import Link, Login
from storage.models.ledger import LedgerPayload
from storage.models.streams import StreamEvent, StreamRow
from storage.reading import Reader
from storage.sweeping import referred
from storage.vault import FileBlobs
from storage.work import Committed, NewFile, Outcome, Store
from storage.writer import Writer
from tests.schema import INSTALLATION

pytestmark = pytest.mark.anyio
PHONE, NAME, PLACE, TITLE, FACTS = "13800005555", "欧阳鹦鹉", "翡翠巷 9 号", "琥珀漏水", "楼上的琉璃瓦掉下来了"


class Books:
    def __init__(self, folder: Path, writer: Writer) -> None:
        self.committed: list[Committed] = []
        self.blobs = FileBlobs(folder / "blobs")
        self.store = Store(writer, SystemClock(), audience.fragments, patch.diff, self.committed.append)
        self.reader = Reader(audience.fragments, audience.rows)
        self.clearing = ClearingAway(writer, self.blobs)
        self.id = ""

    async def reported(self) -> None:
        await self.blobs.put("photos/f1.jpg", b"large")
        await self.blobs.put("photos/f1.thumb.jpg", b"small")

        def make(numbering: Numbering, now: datetime) -> tuple[Dossier, Outcome]:
            report = Report(title=TITLE, facts=f"{FACTS}，电话{PHONE}", region="139901001", name=NAME, phone=PHONE, place=PLACE)
            case, happened = open_case(report, numbering, now, [], "城关镇", True)
            draft = make_entry(f"agreement/{case.id}/1", 1, "p1", "2026-11-25T09:00:00Z", b"update", "0" * 64)
            return Dossier(case), Outcome(
                happened, {"case": case.id}, draft=[draft], files=[NewFile("f1", "photo", "photos/f1.jpg", "00", 5)]
            )

        self.id = (await self.store.create(make))["case"]

    async def change(self, act: Any) -> None:
        def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
            act(dossier.case, now)
            return Outcome([Happened("case.test", {"by": "account:wang", "note": FACTS})])

        await self.store.execute(self.id, decide)

    async def erase(self) -> None:
        def act(case: Case, now: datetime) -> None:
            case.erased = Erased(now, "周主任", "王调解员", "保管期限已满")

        await self.change(act)


@asynccontextmanager
async def books(folder: Path, address: str = "") -> AsyncIterator[Books]:
    address = address or f"sqlite://{folder / 'heyi.sqlite3'}"
    await open_database(address, INSTALLATION)
    writer = Writer(single=address.startswith("sqlite"))
    writer.start()
    try:
        at = Books(folder, writer)
        await at.reported()
        await at.change(lambda case, now: setattr(case, "stage", CaseStage.WITHDRAWN))
        yield at
    finally:
        await writer.stop()
        await close_database()


async def test_nothing_of_it_is_left_in_the_files_and_the_chain_holds(folder: Path) -> None:
    async with books(folder) as at:
        row = await CaseRow.get(id=at.id)
        wrapped, state = row.key, row.state
        bodies = [one.body for one in await LedgerPayload.all()]
        before = await counting.read(reads(), [at.id], True)
        ledger = await at.reader.ledger(at.id, stood=True)
        assert (await search.find(reads(), [phone_word(PHONE)], [], 0, 5))[0] == [at.id]
        word = phone_word(PHONE)
        there = b"".join(file.read_bytes() for file in folder.glob("heyi.sqlite3*"))
        assert wrapped.encode() in there and word.encode() in there and state[-40:].encode() in there, (
            "the search below would prove nothing"
        )

        await at.erase()
        assert await at.clearing.run() == 1
        there = b"".join(file.read_bytes() for file in folder.glob("heyi.sqlite3*"))
        assert wrapped.encode() not in there and state[-40:].encode() not in there, "nor in the log, while the house goes on"
        case = (await at.reader.dossier(at.id)).case
        assert case.title == "已销毁（其他）" and [one.name for one in case.parties] == [""] and await is_erased(at.id)
        now = await CaseRow.get(id=at.id)
        assert keys().of(at.id, now.key).generation == 2
        after = await at.reader.ledger(at.id, stood=True)
        assert faults(after, at.id) == [], "what is gone is gone, and not altered"
        main = [line for line in ledger if line[0].chain == at.id]
        assert [entry for entry, _, _ in after][: len(main)] == [entry for entry, _, _ in main]
        assert {payload for _, _, payload in after[: len(main)]} == {None}
        (stub,) = moments(after, at.id)
        assert stub.patch["erased"]["reason"] == "保管期限已满" and stub.patch["title"] == case.title, "and it is whole by itself"
        assert (await search.find(reads(), [word], [], 0, 5))[0] == []
        for line in (NAME, "琥珀", "翡翠巷"):
            assert (await search.find(reads(), [], phrases_of(line), 0, 5))[0] == []
        assert (await search.find(reads(), [], phrases_of("城关镇"), 0, 5))[0] == [at.id]
        counts = await counting.read(reads(), [at.id], True)
        assert counts == before and counts, "the wall's numbers are as they were"
        assert not await DraftUpdateRow.filter(document__startswith=f"agreement/{at.id}").exists()
        assert not list((folder / "blobs").rglob("*.jpg")) and not await FileRow.filter(case_id=at.id).exists()
    kept = b"".join(file.read_bytes() for file in folder.glob("heyi.sqlite3*"))
    with closing(sqlite3.connect(folder / "heyi.sqlite3")) as dumped:
        kept += "\n".join(dumped.iterdump()).encode()
    for secret in (PHONE, NAME, FACTS, wrapped, state[-40:], *(body[-40:] for body in bodies)):
        assert secret.encode() not in kept, secret
    for indexed in (NAME[:2], NAME[1:3], "翡翠", "琥珀", "琉璃", word):
        # A word of the index has its beginning from the one before it, where they are alike.
        assert indexed.encode()[2:] not in kept, indexed


async def test_nobody_resumes_across_it_and_links_end(folder: Path, address: str) -> None:
    async with books(folder, address) as at:
        soon = SystemClock().now() + timedelta(days=1)
        for kind in ("seat", "party"):
            await Link.create(id=kind, kind=kind, case_id=at.id, session_id=f"{at.id}-1", seat="p1", expires_at=soon)
        for kind in ("seat", "party", "reporter"):
            await Login.create(id=kind, secret_hash="", kind=kind, case_id=at.id, seat="p1", expires_at=soon)
        names = [f"case/{at.id}|staff", f"case/{at.id}|reporter", f"code/{(await at.reader.dossier(at.id)).case.code}|public"]
        former = await at.reader.heads([*names, "centre/139901|staff"])
        assert len(former) == 4
        await at.erase()
        present = await at.reader.heads(list(former))
        for name in names:
            assert present[name][0] != former[name][0] and await at.reader.since(name, *former[name]) is None
            epoch, _, document = await at.reader.snapshot(name, await at.reader.dossier(at.id))
            (_, whole), *_ = await at.reader.since(name, epoch, 0) or []
            assert patch.apply({}, whole) == document, "who is there begins anew with all there is"
        assert {change.stream for change in at.committed[-1].changes} >= set(names), "and everybody who reads is told"
        listed = "centre/139901|staff"
        epoch, head = former[listed]
        assert await at.reader.since(listed, epoch, head - 1) is None and await at.reader.since(listed, epoch, head) is not None
        assert await StreamEvent.filter(stream=listed).count() == 1 and await StreamRow.filter(name=listed).count() == 1
        assert not await Link.filter(case_id=at.id, revoked_at=None).exists()
        assert [one.id for one in await Login.filter(ended_at=None)] == ["reporter"]


async def test_a_stub_changes_no_more_and_clearing_away_goes_on_after_a_crash(folder: Path, address: str) -> None:
    async with books(folder, address) as at:
        assert await at.clearing.run() == 0
        await at.erase()
        seq = (await CaseRow.get(id=at.id)).seq
        with pytest.raises(OutOfTurn) as refused:
            await at.erase()
        assert refused.value.code == "case_erased" and (await CaseRow.get(id=at.id)).seq == seq
        # The process died before anything was cleared away: no file is referred to, and the next look deletes it.
        assert await referred(["photos/f1.jpg", "photos/f1.thumb.jpg"]) == set()
        assert (folder / "blobs/photos/f1.jpg").exists()
        # Another case has a file of the same content: that one stays.
        await FileRow.create(
            id="f2", case_id="other", kind="photo", blob="photos/f1.jpg", sha256="00", size=5, created_at=SystemClock().now()
        )
        await at.clearing.run()
        assert (folder / "blobs/photos/f1.jpg").exists() and await FileRow.filter(kind="erased").count() == 0
        assert await at.clearing.run() == 0


async def test_a_refused_destruction_leaves_everything(folder: Path, address: str) -> None:
    async with books(folder, address) as at:

        def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
            dossier.case.erased = Erased(now, "周主任", "王调解员", "保管期限已满")
            return Outcome([Happened("case.erased", {"wrong": 1.5})])  # the ledger has no floats: it fails after everything else was done

        row = await CaseRow.get(id=at.id)
        with pytest.raises(TypeError):
            await at.store.execute(at.id, decide)
        again = await CaseRow.get(id=at.id)
        assert (again.key, again.state) == (row.key, row.state) and (await at.reader.dossier(at.id)).case.title == TITLE
        assert (
            all(payload for _, _, payload in await at.reader.ledger(at.id))
            and await FileRow.filter(kind="photo").using_db(writes()).exists()
        )
