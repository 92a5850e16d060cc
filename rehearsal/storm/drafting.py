"""A draft that eight write on at once, on whichever node: a mediator and two parties, on several devices each.

Afterwards every copy reads the same, what was acknowledged stands there once, what was taken away or refused nowhere, and the log is one unbroken chain
that comes to the same text.
"""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Coroutine
from typing import Any

import httpx
from pycrdt import Doc

from agreements.live import LogEntry, make_entry
from agreements.schema import read_document
from evidence.ledger import GENESIS
from rehearsal.client import Visitor
from rehearsal.storm.ground import Books, Ground
from rehearsal.storm.page import Page
from rehearsal.storm.secrets import Secret
from rehearsal.storm.writer import Writer, pieces
from storage.drafts import SEALED

WRITERS = ("m", "m", "s1", "s1", "s1", "s2", "s2", "s2")
REPORT = {"title": "风暴里的协议", "facts": "两家争一条排水沟。", "region": "139901001", "name": "吴某", "phone": "13800006666"}
OTHER = {"name": "郑某", "capacity": "respondent"}
LOG = "SELECT document, seq, author, at, body, prev_hash, hash FROM draft_update ORDER BY document, seq"


class Drafting:
    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self.pages: list[Page] = []
        self.past: list[Page] = []
        self._people: dict[str, Visitor] = {}
        self._case = self._session = ""
        self._writers: list[Writer] = []

    async def prepare(self) -> None:
        centre, _ = await self._ground.visitor("centre")
        self._people["m"], _ = await self._ground.visitor("mediator")
        async with httpx.AsyncClient(base_url=self._ground.servers[0].url, timeout=30) as http:
            data = {"report": json.dumps(REPORT, ensure_ascii=False)}
            self._case = (await http.post("/api/reports", data=data, headers={"Idempotency-Key": "storm-draft"})).json()["case"]
        self._people["centre"] = centre
        await self._do("centre", "classify", dispute_type="邻里")
        await self._do("centre", "dispatch", to=["wang"], mode="assign")
        await self._do("m", "accept")
        await self._do("m", "add_party", **OTHER)
        self._session = (await self._do("m", "open_session"))["session"]
        for party, seat in (("p1", "s1"), ("p2", "s2")):
            await self._enter(party, seat)
        await self._do("m", "move_stage", to="notice")
        for seat in ("s1", "s2"):
            await self._do(seat, "confirm_notice")
        await self._do("m", "move_stage", to="statements")
        for seat in ("s1", "s2"):
            await self._do("m", "give_floor", seat=seat, seconds=60)
            await self._do(seat, "speak_done")
        await self._do("m", "move_stage", to="drafting")
        self._writers = [Writer(self._ground, f"{seat}.{n}", self._session, self._people[seat]) for n, seat in enumerate(WRITERS)]

    async def _enter(self, party: str, seat: str) -> None:
        made = await self._do("m", "invite", role="party", party=party)
        self._people[seat] = Visitor(self._ground.servers[0])
        await self._people[seat].open(made["url"], take_over=True)
        for point in ("online", "recording", "expert"):
            await self._do(seat, "consent", point=point, given=True)
        await self._do(seat, "knock")
        await self._do("m", "admit", seat=seat)
        await self._do("m", "verify_identity", seat=seat)

    async def _do(self, who: str, t: str, **more: Any) -> dict[str, Any]:
        key = f"draft-{who}-{t}-{'-'.join(map(str, more.values()))}"
        return await self._ground.do(self._people[who], {"t": t, "case": self._case, **more}, key)

    def actors(self) -> list[Coroutine[Any, Any, None]]:
        return [writer.write() for writer in self._writers]

    async def check(self) -> None:
        """Everybody sends what is not with the server yet, then everybody looks."""
        await self._finish()
        await self._seen_elsewhere()
        await self._finish()
        if any(writer.content != self._writers[0].content for writer in self._writers):
            self._ground.fault("the copies of the draft differ")
        self._ground.result.edits = sum(writer.edits for writer in self._writers)
        self._ground.result.refusals = sum(writer.refusals for writer in self._writers)

    async def _finish(self) -> None:
        for writer in self._writers:
            for _ in range(50):
                if await writer.finish():
                    break
                await self._ground.pause(0.1, 0.3)
            else:
                self._ground.fault(f"{writer.name} could not send the last edits")

    async def _seen_elsewhere(self) -> None:
        """What is written on one node comes by itself to whoever has the draft open on another."""
        ground, (writes, reads) = self._ground, (self._writers[0], self._writers[-1])
        async with (
            ground.connection(self._people["m"], ground.servers[0]) as here,
            ground.connection(self._people["s2"], ground.servers[-1]) as there,
        ):
            if not (await reads.open(there) and await writes.open(here) and await writes.put(here)):
                ground.fault("the draft could not be written in the calm")
                return
            with contextlib.suppress(TimeoutError):
                await there.until(lambda: any(m["t"] == "draft_remote" for m in there.others))
                return
        ground.fault("what was written on one node did not come to the other")

    def count(self, books: Books) -> list[Secret]:
        """The log, and what it comes to, against what was acknowledged."""
        doc: Doc[Any] = Doc()
        seq, head, key = 0, GENESIS, self._ground.key_of(books, self._case)
        for document, number, author, at, body, prev_hash, own_hash in books(LOG):
            if f"/{self._case}/" not in document:
                continue
            update = key.open_bytes(f"{document}/{number}", bytes(body).removeprefix(SEALED))
            entry = LogEntry(document, number, author, at, update, prev_hash, own_hash)
            if entry != make_entry(entry.document, seq + 1, entry.author, entry.at, entry.update, head):
                self._ground.fault(f"the draft's log is broken at entry {entry.seq}")
            seq, head = entry.seq, entry.entry_hash
            doc.apply_update(entry.update)
        if self._writers and read_document(doc) != self._writers[0].content:
            self._ground.fault("the draft's log comes to another text than people see")
        standing = Counter(pieces(doc))
        for writer in self._writers:
            for piece in writer.stored:
                if standing[piece] != 1:
                    self._ground.fault(f"{piece} was acknowledged and stands {standing[piece]} times in the draft")
            for piece in writer.doubtful:
                if standing[piece] > 1:
                    self._ground.fault(f"{piece} stands {standing[piece]} times in the draft")
            for piece in writer.gone & standing.keys():
                self._ground.fault(f"{piece} was taken away or refused and stands in the draft")
        return [Secret(REPORT["phone"])]
