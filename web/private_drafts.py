"""The draft of a private talk by command: opened, agreed to, brought back; and what bringing it back would show to everybody.

What it would change is compared under the locks of both drafts, so that what is agreed to, what is shown and what is proposed are one and the same: the hash of it says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import Executor
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from typing import Any

from agreements import remarks
from agreements.commands import AgreeToBring, BringBack, OpenPrivateDraft, PrivateDraftCommand
from agreements.guard import DRAFTING
from agreements.live import LiveDocument, make_entry
from agreements.proposals import Change, Crossed, compare, digest_of
from agreements.seed import document_name, seed_content
from cases.actor import Actor
from cases.case import Numbering
from cases.clock import rfc3339
from cases.errors import Conflict, NotFound, OutOfTurn
from cases.permissions import demand
from cases.ports import Clock
from cases.vocabulary import Action
from evidence.ledger import GENESIS
from realtime.endpoint import Connection
from realtime.hub import Hub
from realtime.messages import Ask, Done
from rooms import private_draft
from rooms.attendance import end_caucus
from rooms.handling import seat_of, standings
from rooms.room import Room, Seat
from rooms.settling import settled
from storage.dossier import Dossier
from storage.drafts import read_first
from storage.reading import Reader
from storage.work import Outcome, Store
from web.draft import Draft
from web.drafting import DraftDesk


class Texts:
    """A private talk's text and everybody's, where somebody has opened that yet."""

    def __init__(self, apart: Draft, everybodys: Draft | None) -> None:
        self.apart, self.everybodys = apart, everybodys

    def read(self) -> list[tuple[str, int]]:
        """Where they stand."""
        return [(draft.live.name, draft.live.seq) for draft in (self.apart, self.everybodys) if draft is not None]


class PrivateDraftDesk:
    def __init__(self, hub: Hub, store: Store, reader: Reader, drafts: DraftDesk, clock: Clock, pool: Executor) -> None:
        self._hub, self._store, self._reader, self._drafts, self._clock, self._pool = hub, store, reader, drafts, clock, pool

    async def do(self, command: PrivateDraftCommand, actor: Actor, receipt: str) -> dict[str, Any]:
        known = await self._reader.receipt(receipt)
        if known is not None:
            return known
        dossier = await self._reader.dossier(command.case)
        match command:
            case OpenPrivateDraft():
                return await self._open(command, dossier, actor, receipt)
            case AgreeToBring():
                return await self._agree(command, dossier, actor, receipt)
            case BringBack():
                return await self._bring_back(command, dossier, actor, receipt)

    async def handle(self, connection: Connection, message: Ask) -> None:
        """`draft_changes`: what everybody would see, the hash of it, and where everybody's text changed meanwhile."""
        dossier, room, seat = await self._drafts.seated(connection, message.session)
        document = _own(room, seat)
        if document != message.document:
            raise NotFound("no_draft", "There is no such draft")
        async with self._both(dossier, document) as texts:
            crossed = await self._crossed(dossier, texts)
        changes = [one.change for one in crossed]
        remarks.demand_room(_stand(dossier), changes)
        shown = [{"clause": one.change.clause, "crosses": one.crosses, **one.change.told()} for one in crossed]
        self._hub.send(connection, Done(message.key, {"digest": digest_of(changes) if changes else "", "changes": shown}))

    # commands

    async def _open(self, command: OpenPrivateDraft, dossier: Dossier, actor: Actor, receipt: str) -> dict[str, Any]:
        room, seat = _seated(dossier, actor, Action.PRIVATE_DRAFT)
        talk = private_draft.demand_inside(room, seat).id
        name = document_name(talk, 1)
        first = make_entry(name, 1, "server", rfc3339(self._clock.now()), seed_content(await self._drafts.text(dossier)), GENESIS)

        def decide(fresh: Dossier, numbering: Numbering, now: datetime) -> Outcome:
            room, seat = _seated(fresh, actor, Action.PRIVATE_DRAFT)
            if private_draft.demand_inside(room, seat).id != talk:
                raise Conflict("draft_changed", "Another private talk has begun meanwhile; please open it again")
            known = private_draft.find(room, name) is not None
            draft, happened = private_draft.open_draft(room, seat, name, now, afresh=command.afresh)
            begun = draft.document == name and not known
            return Outcome(happened, {"document": draft.document}, draft=[first] if begun else [])

        return await self._store.execute(command.case, decide, receipt)

    async def _agree(self, command: AgreeToBring, dossier: Dossier, actor: Actor, receipt: str) -> dict[str, Any]:
        room, seat = _seated(dossier, actor, Action.AGREE_TO_BRING)
        document = _own(room, seat)
        async with self._both(dossier, document) as texts:
            present = digest_of(await self._changes(dossier, texts)) if command.digest else ""
            read = texts.read()

            def decide(fresh: Dossier, numbering: Numbering, now: datetime) -> Outcome:
                room, seat = _seated(fresh, actor, Action.AGREE_TO_BRING)
                agreed = private_draft.agree(room, seat, command.digest, present)
                return Outcome(agreed, {"digest": command.digest}, read_drafts=read if command.digest else [])

            return await self._store.execute(command.case, decide, receipt)

    async def _bring_back(self, command: BringBack, dossier: Dossier, actor: Actor, receipt: str) -> dict[str, Any]:
        room, seat = _seated(dossier, actor, Action.BRING_BACK)
        document = _own(room, seat)
        async with self._both(dossier, document) as texts:
            changes = await self._changes(dossier, texts)
            remarks.demand_room(_stand(dossier), changes)
            present = digest_of(changes)
            if dossier.agreement is None:
                # Nobody has opened everybody's text yet. It is begun when what is to be proposed in it was agreed to, and not before.
                private_draft.demand_agreed(room, seat, command.digest, present)
                texts.everybodys = await self._drafts.draft(dossier)
            read = texts.read()

            def decide(fresh: Dossier, numbering: Numbering, now: datetime) -> Outcome:
                room, seat = _seated(fresh, actor, Action.BRING_BACK)
                draft = private_draft.demand_agreed(room, seat, command.digest, present)
                assert fresh.agreement is not None
                proposed = remarks.propose(fresh.agreement.remarks, changes, seat.id, now)
                happened = settled(room, now, lambda: [*private_draft.brought(room, draft, present, now), *end_caucus(room, now)])
                return Outcome([*happened, *proposed], {"proposed": len(changes)}, read_drafts=read)

            return await self._store.execute(command.case, decide, receipt)

    # what it would change

    @asynccontextmanager
    async def _both(self, dossier: Dossier, document: str) -> AsyncIterator[Texts]:
        """Neither text changes meanwhile on this node. Whoever holds them asks the desk for neither: it waits for their locks."""
        texts = Texts(
            await self._drafts.private(dossier, document),
            await self._drafts.draft(dossier) if dossier.agreement is not None else None,
        )
        async with AsyncExitStack() as held:
            await held.enter_async_context(texts.apart.lock)
            if texts.everybodys is not None:
                await held.enter_async_context(texts.everybodys.lock)
            yield texts

    async def _crossed(self, dossier: Dossier, texts: Texts) -> list[Crossed]:
        document = texts.apart.live.name
        base = LiveDocument(document, await read_first(document)).content()
        apart = texts.apart.live.content()
        present = texts.everybodys.live.content() if texts.everybodys is not None else await self._drafts.text(dossier)
        compared = (base["clauses"], apart["clauses"], present["clauses"])
        return await asyncio.get_running_loop().run_in_executor(self._pool, compare, *compared)

    async def _changes(self, dossier: Dossier, texts: Texts) -> list[Change]:
        changes = [one.change for one in await self._crossed(dossier, texts)]
        if not changes:
            raise OutOfTurn("nothing_to_bring", "This draft changes nothing of everybody's text")
        return changes


def _seated(dossier: Dossier, actor: Actor, action: Action) -> tuple[Room, Seat]:
    room = dossier.room
    seat = seat_of(room, actor) if room is not None else None
    if room is None or seat is None:
        raise NotFound("no_session", "There is no session in this case")
    demand(standings(room, actor), action, room.stage)
    if not seat.present:
        raise OutOfTurn("not_present", "You have not been admitted yet")
    if dossier.agreement is not None and dossier.agreement.stage != DRAFTING:
        raise OutOfTurn("draft_wrong_stage", "The text cannot be edited at this moment")
    return room, seat


def _stand(dossier: Dossier) -> list[remarks.Remark]:
    return dossier.agreement.remarks if dossier.agreement is not None else []


def _own(room: Room, seat: Seat) -> str:
    """The draft on which a seat writes now. To anybody else there is none."""
    draft = private_draft.open_for(room, seat)
    if draft is None:
        raise NotFound("no_draft", "There is no such draft")
    return draft.document
