"""The shared draft: opened by those who sit in the session, judged by the guard, stored, and only then told to the others.

One live document a case on this node. Its lock is held from the judgement of an update until it is stored, so that two updates, each valid
by itself, cannot merge into an invalid document.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from typing import Any

from agreements.agreement import Agreement, facts_of
from agreements.completeness import missing_items, paper_only
from agreements.facts import CaseFacts
from agreements.guard import Accepted, Grant
from agreements.live import LiveDocument, LogEntry, filter_awareness, make_entry
from agreements.schema import KINDS
from agreements.seed import document_name, seed
from cases.actor import Actor
from cases.case import Numbering
from cases.clock import COUNTY_TIME, rfc3339
from cases.errors import Invalid, NotAllowed, NotFound, OutOfTurn
from cases.permissions import demand, may
from cases.ports import Clock, Happened
from cases.vocabulary import Action, SeatRole
from evidence.ledger import GENESIS
from realtime.endpoint import Connection
from realtime.hub import Hub
from realtime.messages import Ask, Done, DraftAwareness, DraftFindings, DraftPresence, DraftRemote, DraftState, DraftUpdate
from rooms.handling import seat_of, standings
from rooms.room import Room, Seat
from storage.database import reads
from storage.dossier import Dossier
from storage.drafts import read_log
from storage.models.people import Organisation
from storage.reading import Reader
from storage.work import Committed, Decide, Outcome, Store
from web.draft import Draft, Opened

PARTY_KINDS = frozenset({"terms", "performance"})
COLOURS = ("#1F4E5F", "#6D4A7E", "#2C664B", "#7A5C3E", "#3F5B8C", "#8A4513")
OPEN_LIMIT = 24
"""Connections that may have one draft open at the same time."""


class DraftDesk:
    def __init__(self, hub: Hub, store: Store, reader: Reader, clock: Clock) -> None:
        self._hub, self._store, self._reader, self._clock = hub, store, reader, clock
        self._drafts: dict[str, Draft] = {}
        self._loading: dict[str, asyncio.Lock] = {}
        self._names: dict[tuple[str, str], str] = {}

    # requests

    async def handle(self, connection: Connection, message: Ask | DraftUpdate | DraftAwareness) -> None:
        if isinstance(message, DraftAwareness):
            self._cursor(connection, message)
            return
        dossier, room, seat = await self._seat(connection, message.session)
        if isinstance(message, DraftUpdate):
            await self._update(connection, message, dossier, room, seat)
        elif message.what == "draft_open":
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
        entry = draft.open[connection] = Opened(connection, seat.id, room.id, client)
        grant = self.grant(dossier, room, seat, entry)
        self._hub.send(
            connection, DraftState(room.id, draft.live.name, entry.client, draft.live.updates_since(), grant.may_edit, draft.live.seq)
        )
        draft.lint(self.today())
        self._hub.send(connection, DraftFindings(room.id, draft.live.name, draft.findings))
        self._hub.send(connection, Done(message.key, {"document": draft.live.name}))

    async def _update(self, connection: Connection, message: DraftUpdate, dossier: Dossier, room: Room, seat: Seat) -> None:
        draft = await self.draft(dossier)
        entry = draft.open.get(connection)
        if entry is None or message.document != draft.live.name:
            raise OutOfTurn("draft_reopen", "This draft was begun anew; it is opened again now")
        async with draft.lock:
            grant = self.grant(dossier, room, seat, entry)
            decide = partial(self._stored, connection.actor)
            logged, _ = await self.edit(draft, dossier, message.update, grant, seat.id, decide, connection, message.base)
        self._hub.send(connection, Done(message.key, {"seq": logged.seq}))

    async def edit(
        self,
        draft: Draft,
        dossier: Dossier,
        update: bytes,
        grant: Grant,
        author: str,
        decide: Callable[[LogEntry, list[str]], Decide],
        sender: Connection | None = None,
        base: int | None = None,
    ) -> tuple[LogEntry, dict[str, Any]]:
        """Judge an update, store it by what `decide` makes of its entry and of what the draft then lacks, and tell it to all but the sender. The caller holds
        the draft's lock. Raises `OutOfTurn` with a code `draft_…`, and whatever the decision does."""
        room = dossier.room
        assert room is not None
        stage = "drafting" if room.caucus is None and (dossier.agreement is None or dossier.agreement.stage == "drafting") else "frozen"
        verdict = draft.live.propose(update, grant, stage)
        if not isinstance(verdict, Accepted):
            raise OutOfTurn(f"draft_{verdict.code}", verdict.detail, **verdict.data)
        if verdict.rewrites and base is not None and draft.changed_since(base, verdict.clauses, author):
            draft.live.abandon()
            raise OutOfTurn("draft_rewritten_meanwhile", "Somebody changed this clause at the same moment; please do it once more")
        logged = draft.live.entry(author, rfc3339(self._clock.now()))
        try:
            missing = [gap.label for gap in missing_items(draft.live.proposed(), draft.facts, self.today())]
            result = await self._store.execute(room.case_id, decide(logged, missing))
        except BaseException:
            draft.live.abandon()
            raise
        draft.live.commit(logged)
        for clause in verdict.clauses:
            draft.touched.setdefault(clause, {})[author] = logged.seq
        remote = DraftRemote(room.id, draft.live.name, update, logged.seq)
        for other in list(draft.open.values()):
            if other.connection is not sender:
                self._hub.send(other.connection, remote)
        if draft.lint(self.today()):
            for other in list(draft.open.values()):
                self._hub.send(other.connection, DraftFindings(room.id, draft.live.name, draft.findings))
        return logged, result

    def _cursor(self, connection: Connection, message: DraftAwareness) -> None:
        """Cursors are passed on only of the sender's own client id, with a name that the server wrote."""
        for draft in self._drafts.values():
            own = draft.open.get(connection)
            if own is None or draft.live.name != message.document:
                continue
            colour = COLOURS[sum(own.seat.encode()) % len(COLOURS)]
            user = {"name": self._names.get((own.session, own.seat), own.seat), "color": colour}
            kept = filter_awareness(message.update, Grant(own.seat, frozenset({own.client})), user)
            if kept is None:
                return
            for other in list(draft.open.values()):
                if other.connection is not connection:
                    self._hub.send(other.connection, DraftPresence(own.session, draft.live.name, kept))

    # rules of this desk

    def grant(self, dossier: Dossier, room: Room, seat: Seat, entry: Opened) -> Grant:
        """What a seat may edit now. Nobody edits while a private talk is on: the main text must not tick meanwhile."""
        drafting = dossier.agreement is None or dossier.agreement.stage == "drafting"
        actor = entry.connection.actor
        allowed = drafting and room.caucus is None and may(standings(room, actor), Action.EDIT_DRAFT, room.stage)
        mediator = seat.role is SeatRole.MEDIATOR
        kinds = frozenset(KINDS) if mediator else PARTY_KINDS
        return Grant(seat.id, frozenset({entry.client}), may_edit=allowed, kinds=kinds, may_lock=mediator)

    def today(self) -> date:
        return self._clock.now().astimezone(COUNTY_TIME).date()

    @staticmethod
    def _stored(actor: Actor, entry: LogEntry, missing: list[str]) -> Any:
        def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
            room = dossier.room
            assert room is not None and dossier.agreement is not None
            demand(standings(room, actor), Action.EDIT_DRAFT, room.stage)
            if room.caucus is not None or dossier.agreement.stage != "drafting":
                raise OutOfTurn("draft_wrong_stage", "The text cannot be edited at this moment")
            dossier.agreement.missing = missing
            return Outcome(draft=[entry])

        return decide

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
                known = self._drafts[case_id] = Draft(await read_log(name), facts)
            known.facts = facts
            return known

    async def facts(self, dossier: Dossier) -> CaseFacts:
        case, room = dossier.case, dossier.room
        if case.mediator is None or room is None:
            raise NotFound("no_session", "There is no session in this case")
        org = await Organisation.filter(id=case.mediator.org).using_db(reads()).first()
        seats = {s.party: s.id for s in room.parties() if s.party}
        if len(seats) < 2:
            raise OutOfTurn("too_few_parties", "An agreement needs at least two parties; invite them first")
        acting = {s.party: s.acts for s in room.parties() if s.acts is not None}
        return facts_of(case, org.name if org else case.mediator.org_name, seats, case.mediator.name, acting)

    async def _seed(self, dossier: Dossier, facts: CaseFacts) -> str:
        name = document_name(dossier.case.id, 1)
        first = make_entry(name, 1, "server", rfc3339(self._clock.now()), seed(facts), GENESIS)
        missing = [gap.label for gap in missing_items(LiveDocument(name, first).content(), facts, self.today())]
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
