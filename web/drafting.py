"""The shared draft: opened by those who sit in the session; one live document a case on this node. How it is written on: `web/draft_writing.py`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

from agreements.agreement import Agreement
from agreements.completeness import missing_items, paper_only
from agreements.facts import CaseFacts
from agreements.guard import DRAFTING
from agreements.live import LiveDocument, make_entry
from agreements.seed import document_name, seed
from cases.case import Numbering
from cases.clock import rfc3339
from cases.errors import Invalid, NotAllowed, NotFound, OutOfTurn
from cases.permissions import demand
from cases.ports import Clock, Happened
from cases.vocabulary import Action
from evidence.ledger import GENESIS
from realtime.backplane import Drafted
from realtime.endpoint import Connection
from realtime.hub import Hub
from realtime.messages import Ask, Done, DraftAwareness, DraftFindings, DraftState, DraftUpdate
from rooms import private_draft
from rooms.handling import seat_of, standings
from rooms.room import Room, Seat
from storage.database import reads
from storage.dossier import Dossier
from storage.drafts import read_kept, read_log
from storage.models.people import Organisation
from storage.reading import Reader
from storage.work import Committed, Outcome, Store
from web.draft import Draft, Opened, facts_now
from web.draft_rights import grant_of
from web.draft_telling import DraftTelling
from web.draft_writing import DraftWriting

OPEN_LIMIT = 24
"""Connections that may have one draft open at the same time."""


class DraftDesk:
    def __init__(self, hub: Hub, store: Store, reader: Reader, clock: Clock, announce: Callable[[Drafted], None] | None = None) -> None:
        """`announce`: to the other nodes, where there are any."""
        self._hub, self._store, self._reader, self._clock = hub, store, reader, clock
        self.writing = DraftWriting(store, clock, DraftTelling(hub, reader.dossier, announce))
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
        if message.what == "draft_open":
            await self._open(connection, message)
        else:
            await self.seated(connection, message.session)
            self.left(connection, message.document)
            self._hub.send(connection, Done(message.key))

    def left(self, connection: Connection, document: str = "") -> None:
        """A connection has closed this draft, or without one all that it had open."""
        for draft in self._drafts.values():
            if document in ("", draft.live.name):
                draft.open.pop(connection, None)

    async def seated(self, connection: Connection, session: str) -> tuple[Dossier, Room, Seat]:
        """Who asks, in the session as it is. Raises `NotAllowed`."""
        dossier = await self._reader.dossier_of(f"room/{session}")
        room = dossier.room if dossier else None
        seat = seat_of(room, connection.actor) if room is not None and room.id == session else None
        if dossier is None or room is None or seat is None or seat.revoked or not seat.present:
            raise NotAllowed("not_seated", "You have no seat in this session")
        demand(standings(room, connection.actor), Action.SEE_AGREEMENT, room.stage)
        return dossier, room, seat

    async def _open(self, connection: Connection, message: Ask) -> None:
        dossier, room, seat = await self.seated(connection, message.session)
        draft = await self._asked(dossier, room, seat, message.document)
        while True:
            # Whoever left a private talk while we read has no part in it any more.
            reviewed = draft.reviewed
            dossier, room, seat = await self.seated(connection, message.session)
            if await self._asked(dossier, room, seat, message.document) is draft and draft.reviewed == reviewed:
                break
            draft = await self._asked(dossier, room, seat, message.document)
        if connection.disconnected:
            return
        if len(draft.open) >= OPEN_LIMIT:
            raise Invalid("too_many_open", "This draft is open too many times", limit=OPEN_LIMIT)
        client = draft.grant_client(seat.id, message.client)
        for other, held in list(draft.open.items()):
            if held.client == client:
                del draft.open[other]  # the line that was cut, if nobody has noticed yet
        draft.open[connection], draft.session = Opened(connection, seat.id, room.id, client), room.id
        grant = grant_of(dossier, room, seat, connection.actor, client, draft.live.name)
        self._hub.send(connection, DraftState(room.id, draft.live.name, client, draft.live.updates_since(), grant.may_edit, draft.live.seq))
        draft.lint(self.writing.today())
        self._hub.send(connection, DraftFindings(room.id, draft.live.name, draft.findings))
        self._hub.send(connection, Done(message.key, {"document": draft.live.name}))

    async def _update(self, connection: Connection, message: DraftUpdate) -> None:
        found = self._opened(connection, message.document)
        if found is None:
            await self.seated(connection, message.session)
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

    async def _asked(self, dossier: Dossier, room: Room, seat: Seat, document: str) -> Draft:
        """The draft that somebody wants to open: everybody's, or by its name that of a private talk. To those outside of it there is none, and no talk's draft
        makes everybody's begin."""
        if document:
            own = private_draft.open_for(room, seat)
            if own is None or own.document != document:
                raise NotFound("no_draft", "There is no such draft")
            return await self.private(dossier, document)
        if room.caucus is not None and seat.id not in room.caucus.seats:
            raise OutOfTurn("caucus_waiting", "A private talk is going on; please wait until you are called back")
        if room.caucus is not None and dossier.agreement is None:
            raise NotFound("no_agreement", "There is no such agreement")
        return await self.draft(dossier)

    async def private(self, dossier: Dossier, document: str) -> Draft:
        """The live draft of a private talk, which is in the log."""
        async with self._loading.setdefault(document, asyncio.Lock()):
            draft = await self._live(document, document, dossier, await self.facts(dossier), private=True)
        await self.writing.catch_up(draft)
        return draft

    async def text(self, dossier: Dossier) -> dict[str, Any]:
        """Everybody's text in its plain form: as it is, or where nobody has opened it yet, as it will begin."""
        if dossier.agreement is None:
            name = document_name(dossier.case.id, 1)
            first = make_entry(name, 1, "server", rfc3339(self._clock.now()), seed(await self.facts(dossier)), GENESIS)
            return LiveDocument(name, first).content()
        return (await self.draft(dossier)).live.content()

    async def lacking_first(self, dossier: Dossier) -> list[str]:
        """Of a text that nobody has opened yet: the statutory items that it will lack as it begins."""
        return [gap.label for gap in missing_items(await self.text(dossier), await self.facts(dossier), self.writing.today())]

    async def draft(self, dossier: Dossier) -> Draft:
        """The live draft of a case; seeded once, on the server, at its first opening."""
        case_id = dossier.case.id
        async with self._loading.setdefault(case_id, asyncio.Lock()):
            facts = await self.facts(dossier)
            name = dossier.agreement.document if dossier.agreement else await self._seed(dossier, facts)
            draft = await self._live(case_id, name, dossier, facts, private=False)
        await self.writing.catch_up(draft)
        return draft

    async def _live(self, key: str, name: str, dossier: Dossier, facts: CaseFacts, *, private: bool) -> Draft:
        """As it is held here, or from the log. The caller holds the lock of its loading."""
        assert dossier.room is not None
        for seat in dossier.room.seats.values():
            self._names[dossier.room.id, seat.id] = seat.name
        known = self._drafts.get(key)
        if known is not None and known.live.name != name:
            known = None  # begun anew on another node
        if known is None:
            kept = await read_kept(name)
            entries = await read_log(name, kept.snapshot.seq if kept else 0)
            known = self._drafts[key] = Draft(dossier.case.id, entries, facts, kept, private=private)
            known.stage = stage_of(dossier)
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

    # other nodes

    def hear(self, told: Drafted) -> None:
        for draft in self._drafts.values():
            if draft.live.name == told.document:
                self.writing.hear(draft, told)

    async def compare(self) -> None:
        """All drafts that are open here with the log: announcements may have been lost."""
        for draft in list(self._drafts.values()):
            if draft.open:
                self.writing.hear(draft, Drafted(draft.case, draft.live.name, draft.live.seq + 1))

    # who may have them open

    def __call__(self, committed: Committed) -> None:
        self.follow(committed.after)

    def follow(self, dossier: Dossier) -> None:
        """After every commit: who has left, or stands outside of a private talk, has the draft no longer open; that of a talk which is over is let go of."""
        room, case_id = dossier.room, dossier.case.id
        if room is None:
            for key in [key for key, draft in self._drafts.items() if dossier.case.erased is not None and draft.case == case_id]:
                del self._drafts[key]
            return
        for key, draft in list(self._drafts.items()):
            if draft.case != case_id:
                continue
            if draft.stage != stage_of(dossier):
                # It froze or was voided: everybody opens it again and learns what is permitted now.
                draft.stage = stage_of(dossier)
                draft.open.clear()
            draft.reviewed += 1
            draft.keep_only(dossier)
            over = draft.private and (room.caucus is None or room.caucus.draft != draft.live.name)
            if over or room.ended_at is not None:
                draft.open.clear()
                del self._drafts[key]
                self._loading.pop(key, None)


def stage_of(dossier: Dossier) -> str:
    """Of the agreement; that of drafting, as long as there is none."""
    return str(dossier.agreement.stage) if dossier.agreement is not None else DRAFTING
