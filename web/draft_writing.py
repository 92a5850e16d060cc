"""Writing on a draft: what its writers send within a tick is judged in order, stored in one transaction, and only then told, as one message to each.

Ten people who type at once make some two hundred edits a second. One by one, each would read and write the whole case and wait for the disk; together they cost little more than
one. Whoever types alone does not wait for the tick. The draft's lock is held from the first judgement until all is stored, so that two updates, each valid by itself, cannot merge into
an invalid document; and what may be edited is judged inside the transaction, on the case as it is locked there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, NamedTuple

from pycrdt import merge_updates

from agreements.completeness import missing_items
from agreements.guard import DRAFTING, Accepted, Grant
from agreements.live import LogEntry, filter_awareness, join_awareness
from agreements.schema import KINDS
from cases.actor import Actor
from cases.case import Numbering
from cases.clock import COUNTY_TIME, rfc3339
from cases.errors import OutOfTurn, Refusal
from cases.permissions import may
from cases.ports import Clock
from cases.vocabulary import Action, SeatRole
from realtime.hub import Hub
from realtime.messages import DraftFindings, DraftPresence, DraftRemote
from rooms.handling import seat_of, standings
from rooms.room import Room, Seat
from storage.dossier import Dossier
from storage.drafts import Kept
from storage.work import Decide, Outcome, Store
from web.draft import Draft, Opened, Written, facts_now

PARTY_KINDS = frozenset({"terms", "performance"})
COLOURS = ("#1F4E5F", "#6D4A7E", "#2C664B", "#7A5C3E", "#3F5B8C", "#8A4513")
TICK = 0.025
"""Seconds between two transactions of one draft."""
JUDGE_EVERY = 0.2
"""Seconds between two judgements of what the text leaves to be found."""
KEEP_EVERY = 200
"""Entries of the log after which what it comes to is kept, so that the next opening begins there."""


class Stored(NamedTuple):
    """What became an entry of the log: who had the draft open that wrote it, none for the server's own, and which clauses it changed."""

    opened: Opened | None
    entry: LogEntry
    clauses: tuple[str, ...]


class DraftWriting:
    def __init__(self, hub: Hub, store: Store, clock: Clock) -> None:
        self._hub, self._store, self._clock = hub, store, clock

    def today(self) -> date:
        return self._clock.now().astimezone(COUNTY_TIME).date()

    async def write(self, draft: Draft, opened: Opened, update: bytes, base: int | None) -> int:
        """Store a seat's update with whatever else comes in this tick; the number of its entry in the log. Raises `OutOfTurn` with a code `draft_…`, and what the store raises."""
        written = Written(opened, update, base)
        draft.waiting.append(written)
        self._begin(draft)
        return await written.fate

    def show_cursor(self, draft: Draft, opened: Opened, message: bytes, name: str) -> None:
        """Cursors are passed on only of the sender's own client id, with a name that the server wrote; of several within a tick the last."""
        user = {"name": name, "color": COLOURS[sum(opened.seat.encode()) % len(COLOURS)]}
        kept = filter_awareness(message, Grant(opened.seat, frozenset({opened.client})), user)
        if kept is not None:
            draft.cursors[opened] = kept
            self._begin(draft)

    async def edit(
        self,
        draft: Draft,
        dossier: Dossier,
        update: bytes,
        grant: Grant,
        author: str,
        decide: Callable[[LogEntry, list[str]], Decide],
    ) -> dict[str, Any]:
        """Judge an update, store it by what `decide` makes of its entry and of what the draft then lacks, and tell it to all. The caller holds
        the draft's lock. Raises `OutOfTurn` with a code `draft_…`, and whatever the decision does."""
        try:
            clauses = self._accepted(draft, dossier, update, grant, author, None, [])
            entry = draft.live.entry(author, rfc3339(self._clock.now()))
            result = await self._store.execute(draft.case, decide(entry, self._missing(draft)))
        except BaseException:
            draft.live.abandon()
            raise
        self._take([Stored(None, entry, clauses)], draft)
        return result

    # one tick

    def _begin(self, draft: Draft) -> None:
        if draft.running is None:
            draft.running = asyncio.get_running_loop().create_task(self._run(draft))

    async def _run(self, draft: Draft) -> None:
        """Tick by tick, until nothing waits. What the text leaves to be found is judged more seldom: advice may come a moment later."""
        loop = asyncio.get_running_loop()
        try:
            while draft.waiting or draft.cursors or draft.unjudged:
                await asyncio.sleep(max(0.0, draft.ticked_at + TICK - loop.time()))
                draft.ticked_at = loop.time()
                if draft.waiting:
                    await self._store_waiting(draft)
                self._tell_cursors(draft)
                if draft.unjudged and loop.time() >= draft.judged_at + JUDGE_EVERY:
                    self._tell_findings(draft)
        finally:
            draft.running = None

    async def _store_waiting(self, draft: Draft) -> None:
        async with draft.lock:
            batch, draft.waiting = draft.waiting, []
            stored: list[Stored] = []
            outcome = Outcome()

            def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
                draft.facts, at = facts_now(dossier, draft.facts.committee), rfc3339(now)
                for written in batch:
                    try:
                        stored.append(self._judge(draft, dossier, written, stored, at))
                    except Refusal as refusal:
                        written.refusal = refusal
                if stored and dossier.agreement is not None:
                    dossier.agreement.missing = self._missing(draft)
                outcome.draft, outcome.kept = [one.entry for one in stored], self._kept(draft)
                return outcome

            try:
                await self._store.execute(draft.case, decide)
                self._take(stored, draft)
            except Exception as error:
                draft.live.abandon()
                for written in batch:
                    written.end(error)
                return
            if outcome.kept is not None:
                draft.kept_at = outcome.kept.snapshot.seq
        entries = iter(stored)
        for written in batch:
            written.end(written.refusal or next(entries).entry.seq)

    def _judge(self, draft: Draft, dossier: Dossier, written: Written, before: list[Stored], at: str) -> Stored:
        """The entry that one update makes behind those before it. Raises `Refusal`."""
        room, opened = dossier.room, written.opened
        actor = opened.connection.actor
        seat = seat_of(room, actor) if room is not None and room.id == opened.session else None
        if room is None or seat is None or not seat.present or draft.open.get(opened.connection) is not opened:
            raise OutOfTurn("draft_reopen", "This draft was begun anew; it is opened again now")
        grant = grant_of(dossier, room, seat, actor, opened.client)
        clauses = self._accepted(draft, dossier, written.update, grant, seat.id, written.base, before)
        return Stored(opened, draft.live.entry(seat.id, at), clauses)

    def _accepted(
        self, draft: Draft, dossier: Dossier, update: bytes, grant: Grant, author: str, base: int | None, before: list[Stored]
    ) -> tuple[str, ...]:
        """The clauses that an update changes. `before`: entries that wait to be stored with it."""
        room = dossier.room
        idle = room is not None and room.caucus is None and (dossier.agreement is None or dossier.agreement.stage == DRAFTING)
        verdict = draft.live.propose(update, grant, DRAFTING if idle else "frozen")
        if not isinstance(verdict, Accepted):
            raise OutOfTurn(f"draft_{verdict.code}", verdict.detail, **verdict.data)
        if verdict.rewrites and base is not None:
            beside = any(one.entry.author != author and not set(one.clauses).isdisjoint(verdict.clauses) for one in before)
            if beside or draft.changed_since(base, verdict.clauses, author):
                draft.live.withdraw()
                raise OutOfTurn("draft_rewritten_meanwhile", "Somebody changed this clause at the same moment; please do it once more")
        return verdict.clauses

    @staticmethod
    def _kept(draft: Draft) -> Kept | None:
        """A snapshot, when the last one is long ago."""
        if draft.live.last()[0] < draft.kept_at + KEEP_EVERY:
            return None
        return Kept(draft.live.compact(), draft.granted)

    def _missing(self, draft: Draft) -> list[str]:
        return [gap.label for gap in missing_items(draft.live.proposed(), draft.facts, self.today())]

    # what is told

    def _take(self, stored: list[Stored], draft: Draft) -> None:
        """The entries are in the log: into the live document, and to everybody but their authors."""
        draft.live.commit()
        for one in stored:
            for clause in one.clauses:
                draft.touched.setdefault(clause, {})[one.entry.author] = one.entry.seq
        if not stored:
            return
        writers = {one.opened for one in stored if one.opened is not None}
        readers = list(draft.open.values())
        self._hub.tell([o.connection for o in readers if o not in writers], self._remote(draft, stored))
        for reader in readers:
            if reader in writers and (others := [one for one in stored if one.opened is not reader]):
                self._hub.send(reader.connection, self._remote(draft, others))
        draft.unjudged = True
        self._begin(draft)

    def _tell_findings(self, draft: Draft) -> None:
        draft.unjudged, draft.judged_at = False, asyncio.get_running_loop().time()
        if draft.lint(self.today()):
            self._hub.tell(list(draft.open), DraftFindings(draft.session, draft.live.name, draft.findings))

    @staticmethod
    def _remote(draft: Draft, stored: list[Stored]) -> DraftRemote:
        updates = [one.entry.update for one in stored]
        merged = updates[0] if len(updates) == 1 else merge_updates(*updates)
        return DraftRemote(draft.session, draft.live.name, merged, draft.live.seq)

    def _tell_cursors(self, draft: Draft) -> None:
        """All that moved, to everybody: who hears of his own cursor has moved it since, or finds it where it is."""
        cursors, draft.cursors = draft.cursors, {}
        moved = [kept for opened, kept in cursors.items() if draft.open.get(opened.connection) is opened]
        alone = next(iter(cursors)).connection if len(cursors) == 1 else None
        if moved:
            told = DraftPresence(draft.session, draft.live.name, join_awareness(moved))
            self._hub.tell([c for c in draft.open if c is not alone], told)


def grant_of(dossier: Dossier, room: Room, seat: Seat, actor: Actor, client: int) -> Grant:
    """What a seat may edit now. Nobody edits while a private talk is on: the main text must not tick meanwhile."""
    idle = room.caucus is None and (dossier.agreement is None or dossier.agreement.stage == DRAFTING)
    mediator = seat.role is SeatRole.MEDIATOR
    kinds = frozenset(KINDS) if mediator else PARTY_KINDS
    may_edit = idle and may(standings(room, actor), Action.EDIT_DRAFT, room.stage)
    return Grant(seat.id, frozenset({client}), may_edit=may_edit, kinds=kinds, may_lock=mediator)
