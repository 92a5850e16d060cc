"""The shared draft: opened by those who sit in the session; one live document a case on this node. How it is written on: `web/draft_writing.py`."""

from __future__ import annotations

import asyncio
from datetime import datetime

from agreements.agreement import Agreement
from agreements.completeness import missing_items, paper_only
from agreements.facts import CaseFacts
from agreements.live import LiveDocument, make_entry
from agreements.seed import document_name, seed
from cases.case import Numbering
from cases.clock import rfc3339
from cases.errors import Invalid, NotAllowed, OutOfTurn
from cases.permissions import demand
from cases.ports import Clock, Happened
from cases.vocabulary import Action
from evidence.ledger import GENESIS
from realtime.endpoint import Connection
from realtime.hub import Hub
from realtime.messages import Ask, Done, DraftAwareness, DraftFindings, DraftState, DraftUpdate
from rooms.handling import seat_of, standings
from rooms.room import Room, Seat
from storage.database import reads
from storage.dossier import Dossier
from storage.drafts import read_kept, read_log
from storage.models.people import Organisation
from storage.reading import Reader
from storage.work import Committed, Outcome, Store
from web.draft import Draft, Opened, facts_now
from web.draft_writing import DraftWriting, grant_of

OPEN_LIMIT = 24
"""Connections that may have one draft open at the same time."""


class DraftDesk:
    def __init__(self, hub: Hub, store: Store, reader: Reader, clock: Clock) -> None:
        self._hub, self._store, self._reader, self._clock = hub, store, reader, clock
        self.writing = DraftWriting(hub, store, clock)
        self._drafts: dict[str, Draft] = {}
        self._loading: dict[str, asyncio.Lock] = {}
        self._names: dict[tuple[str, str], str] = {}

    # requests

    async def handle(self, connection: Connection, message: Ask | DraftUpdate | DraftAwareness) -> None:
        if isinstance(message, DraftAwareness):
            self._cursor(connection, message)
            return
        if isinstance(message, DraftUpdate):
            await self._update(connection, message)
            return
        dossier, room, seat = await self._seat(connection, message.session)
        if message.what == "draft_open":
            await self._open(connection, message, dossier, room, seat)
        else:
            self.left(connection)
            self._hub.send(connection, Done(message.key))

    def left(self, connection: Connection) -> None:
        for draft in self._drafts.values():
            draft.open.pop(connection, None)

    async def _seat(self, connection: Connection, session: str) -> tuple[Dossier, Room, Seat]:
        dossier = await self._reader.dossier_of(f"room/{session}")
        room = dossier.room if dossier else None
        seat = seat_of(room, connection.actor) if room is not None and room.id == session else None
        if dossier is None or room is None or seat is None or seat.revoked or not seat.present:
            raise NotAllowed("not_seated", "You have no seat in this session")
        demand(standings(room, connection.actor), Action.SEE_AGREEMENT, room.stage)
        return dossier, room, seat

    async def _open(self, connection: Connection, message: Ask, dossier: Dossier, room: Room, seat: Seat) -> None:
        if _outside(room, seat):
            raise OutOfTurn("caucus_waiting", "A private talk is going on; please wait until you are called back")
        draft = await self.draft(dossier)
        if connection.disconnected:
            return
        if len(draft.open) >= OPEN_LIMIT:
            raise Invalid("too_many_open", "This draft is open too many times", limit=OPEN_LIMIT)
        client = draft.grant_client(seat.id, message.client)
        for other, held in list(draft.open.items()):
            if held.client == client:
                del draft.open[other]  # the line that was cut, if nobody has noticed yet
        draft.open[connection], draft.session = Opened(connection, seat.id, room.id, client), room.id
        grant = grant_of(dossier, room, seat, connection.actor, client)
        self._hub.send(connection, DraftState(room.id, draft.live.name, client, draft.live.updates_since(), grant.may_edit, draft.live.seq))
        draft.lint(self.writing.today())
        self._hub.send(connection, DraftFindings(room.id, draft.live.name, draft.findings))
        self._hub.send(connection, Done(message.key, {"document": draft.live.name}))

    async def _update(self, connection: Connection, message: DraftUpdate) -> None:
        found = self._opened(connection, message.document)
        if found is None:
            await self._seat(connection, message.session)
            raise OutOfTurn("draft_reopen", "This draft was begun anew; it is opened again now")
        seq = await self.writing.write(*found, message.update, message.base)
        self._hub.send(connection, Done(message.key, {"seq": seq}))

    def _cursor(self, connection: Connection, message: DraftAwareness) -> None:
        found = self._opened(connection, message.document)
        if found is not None:
            draft, opened = found
            self.writing.show_cursor(draft, opened, message.update, self._names.get((opened.session, opened.seat), opened.seat))

    def _opened(self, connection: Connection, document: str) -> tuple[Draft, Opened] | None:
        """The draft that this connection has open, if it is this one."""
        for draft in self._drafts.values():
            if draft.live.name == document and (opened := draft.open.get(connection)) is not None:
                return draft, opened
        return None

    # documents

    async def draft(self, dossier: Dossier) -> Draft:
        """The live draft of a case; seeded once, on the server, at its first opening."""
        case_id = dossier.case.id
        async with self._loading.setdefault(case_id, asyncio.Lock()):
            room = dossier.room
            assert room is not None
            for seat in room.seats.values():
                self._names[room.id, seat.id] = seat.name
            facts = await self.facts(dossier)
            known = self._drafts.get(case_id)
            if known is None:
                name = dossier.agreement.document if dossier.agreement else await self._seed(dossier, facts)
                kept = await read_kept(name)
                known = self._drafts[case_id] = Draft(case_id, await read_log(name, kept.snapshot.seq if kept else 0), facts, kept)
            known.facts = facts
            return known

    async def facts(self, dossier: Dossier) -> CaseFacts:
        """Raises `NotFound`, `OutOfTurn`."""
        mediator = dossier.case.mediator
        org = await Organisation.filter(id=mediator.org).using_db(reads()).first() if mediator else None
        return facts_now(dossier, org.name if org else mediator.org_name if mediator else "")

    async def _seed(self, dossier: Dossier, facts: CaseFacts) -> str:
        name = document_name(dossier.case.id, 1)
        first = make_entry(name, 1, "server", rfc3339(self._clock.now()), seed(facts), GENESIS)
        missing = [gap.label for gap in missing_items(LiveDocument(name, first).content(), facts, self.writing.today())]
        paper = paper_only(facts)

        def decide(fresh: Dossier, numbering: Numbering, now: datetime) -> Outcome:
            if fresh.agreement is not None:
                return Outcome(result={"document": fresh.agreement.document})
            fresh.agreement = Agreement(document=name, missing=missing, paper_only=paper.code if paper else "")
            return Outcome([Happened("draft.seeded", {"document": name, "hash": first.entry_hash})], {"document": name}, draft=[first])

        return str((await self._store.execute(dossier.case.id, decide))["document"])

    def __call__(self, committed: Committed) -> None:
        """After every commit: who has left, or stands outside while a private talk is on, has the draft no longer open."""
        room, draft = committed.after.room, self._drafts.get(committed.case_id)
        if room is None or draft is None:
            return
        for connection, entry in list(draft.open.items()):
            seat = room.seats.get(entry.seat)
            if seat is None or not seat.present or seat.revoked or room.caucus is not None:
                del draft.open[connection]
        if room.ended_at is not None:
            self._drafts.pop(committed.case_id, None)
            self._loading.pop(committed.case_id, None)

    def stop_editing(self, case_id: str) -> None:
        """The draft froze or was voided: everybody opens it again and learns what is permitted now."""
        draft = self._drafts.get(case_id)
        if draft is not None:
            draft.open.clear()


def _outside(room: Room, seat: Seat) -> bool:
    return room.caucus is not None and seat.id not in room.caucus.seats
