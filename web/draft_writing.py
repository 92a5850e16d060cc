"""Writing on a draft: what its writers send within a tick is judged in order, stored in one transaction, and only then told, as one message to each.

Ten people who type at once make some two hundred edits a second. One by one, each would read and write the whole case and wait for the disk; together they cost little more than
one. Whoever types alone does not wait for the tick. The draft's lock is held from the first judgement until all is stored, so that two updates, each valid by itself, cannot merge into
an invalid document; and what may be edited is judged inside the transaction, on the case as it is locked there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Any

import structlog
from tortoise.backends.base.client import BaseDBAsyncClient

from agreements.completeness import missing_items
from agreements.guard import DRAFTING, Accepted, Grant
from agreements.live import LogEntry, filter_awareness
from cases.case import Numbering
from cases.clock import COUNTY_TIME, rfc3339
from cases.errors import Conflict, OutOfTurn, Refusal
from cases.ports import Clock
from realtime.backplane import Drafted
from rooms.handling import seat_of
from storage.dossier import Dossier
from storage.drafts import Kept, read_log
from storage.work import Decide, Outcome, Store
from web.draft import Draft, Opened, Written, facts_now
from web.draft_rights import grant_of, may_be_written
from web.draft_telling import DraftTelling, Stored

log = structlog.get_logger("draft")

COLOURS = ("#1F4E5F", "#6D4A7E", "#2C664B", "#7A5C3E", "#3F5B8C", "#8A4513")
TICK = 0.025
"""Seconds between two transactions of one draft."""
JUDGE_EVERY = 0.2
"""Seconds between two judgements of what the text leaves to be found."""
KEEP_EVERY = 200
"""Entries of the log after which what it comes to is kept, so that the next opening begins there."""


class Heard:
    """Entries that other nodes have stored, read on the way to storing some."""

    def __init__(self) -> None:
        self.entries: list[LogEntry] = []


class DraftWriting:
    def __init__(self, store: Store, clock: Clock, telling: DraftTelling) -> None:
        self._store, self._clock, self.telling = store, clock, telling

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
        update: bytes,
        grant: Grant,
        author: str,
        decide: Callable[[LogEntry, list[str]], Decide],
    ) -> dict[str, Any]:
        """Judge an update, store it by what `decide` makes of its entry and of what the draft then lacks, and tell it to all. The caller holds
        the draft's lock. Raises `OutOfTurn` with a code `draft_…`, and whatever the decision does."""
        stored: list[Stored] = []
        made_on, heard, reviewed = draft.live.seq, Heard(), list[Dossier]()

        def judged(fresh: Dossier, numbering: Numbering, now: datetime) -> Outcome:
            reviewed.append(fresh)
            if draft.live.seq != made_on:
                # It was made of a text that has moved on by another node: what is new there would be taken away unread.
                raise Conflict("draft_moved", "Somebody wrote on the draft at this moment; please do it once more")
            clauses = self._accepted(draft, fresh, update, grant, author, None, [])
            stored.append(Stored(None, draft.live.entry(author, rfc3339(now)), clauses))
            return decide(stored[0].entry, self._missing(draft))(fresh, numbering, now)

        try:
            result = await self._store.execute(draft.case, judged, prepare=self._prepare(draft, heard))
        except BaseException as error:
            draft.live.abandon()
            draft.unsure = draft.unsure or not isinstance(error, Refusal)
            raise
        finally:
            self._tell_heard(draft, heard, reviewed)
        self._take(draft, stored, reviewed)
        return result

    # other nodes

    def hear(self, draft: Draft, told: Drafted) -> None:
        """Another node has written, or shows where people there are in it: told here by and by, when it is known who may still read it."""
        draft.behind = draft.behind or told.seq > draft.live.seq
        draft.foreign_cursors = told.cursors or draft.foreign_cursors
        if draft.hearing is None and (draft.behind or draft.foreign_cursors):
            draft.hearing = asyncio.get_running_loop().create_task(self._hear(draft))

    async def _hear(self, draft: Draft) -> None:
        try:
            while draft.behind or draft.foreign_cursors:
                draft.behind, (cursors, draft.foreign_cursors) = False, (draft.foreign_cursors, b"")
                await self.catch_up(draft)
                if cursors:
                    await self.telling.review(draft)
                    self.telling.cursors_elsewhere(draft, cursors)
                await asyncio.sleep(TICK)
        except Exception as error:
            # Whoever writes or opens it next reads the log as well, and so does the next look of the node.
            log.warning("a draft is behind", document=draft.live.name, reason=type(error).__name__)
        finally:
            draft.hearing = None

    async def catch_up(self, draft: Draft) -> None:
        """What other nodes have stored, into the live document and to everybody who has it open here. Not to be asked by whoever holds the draft."""
        if not self.telling.several:
            return
        async with draft.lock:
            entries = await read_log(draft.live.name, draft.live.seq)
            if entries:
                draft.take(entries)
                # After the log: whoever left before an entry was stored is seen to have left.
                await self.telling.review(draft)
                self._tell_entries(draft, entries)

    def _prepare(self, draft: Draft, heard: Heard) -> Callable[[BaseDBAsyncClient], Awaitable[None]] | None:
        """With the case locked: nobody stores anything meanwhile, so that what is judged here is judged on all that there is."""
        if not self.telling.several and not draft.unsure:
            return None

        async def read(connection: BaseDBAsyncClient) -> None:
            heard.entries = await read_log(draft.live.name, draft.live.seq, connection)
            draft.take(heard.entries)
            draft.unsure = False

        return read

    def _tell_heard(self, draft: Draft, heard: Heard, reviewed: list[Dossier]) -> None:
        """What was read on the way. Where it was not seen who may read it, it is told later."""
        if not heard.entries:
            return
        if reviewed:
            draft.keep_only(reviewed[-1])
            self._tell_entries(draft, heard.entries)
        else:
            draft.open.clear()  # opened again by whoever may, on what there is

    def _tell_entries(self, draft: Draft, entries: list[LogEntry]) -> None:
        self.telling.entries(draft, entries)
        self._begin(draft)

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
                judge = draft.unjudged and loop.time() >= draft.judged_at + JUDGE_EVERY
                if draft.cursors or judge:
                    await self.telling.review(draft)
                self.telling.cursors(draft)
                if judge:
                    self.telling.findings(draft, self.today())
        except Exception as error:
            log.warning("not told", document=draft.live.name, reason=type(error).__name__)
        finally:
            draft.running = None

    async def _store_waiting(self, draft: Draft) -> None:
        async with draft.lock:
            batch, draft.waiting = draft.waiting, []
            stored: list[Stored] = []
            outcome, heard, reviewed = Outcome(), Heard(), list[Dossier]()

            def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
                reviewed.append(dossier)
                draft.facts, at = facts_now(dossier, draft.facts.committee), rfc3339(now)
                for written in batch:
                    try:
                        stored.append(self._judge(draft, dossier, written, stored, at))
                    except Refusal as refusal:
                        written.refusal = refusal
                if stored and dossier.agreement is not None and not draft.private:
                    dossier.agreement.missing = self._missing(draft)
                outcome.draft, outcome.kept = [one.entry for one in stored], self._kept(draft)
                return outcome

            try:
                await self._store.execute(draft.case, decide, prepare=self._prepare(draft, heard))
                self._tell_heard(draft, heard, reviewed)
                self._take(draft, stored, reviewed)
            except Exception as error:
                draft.live.abandon()
                # It may have been stored all the same: the next one reads the log.
                draft.unsure = True
                self._tell_heard(draft, heard, reviewed)
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
        if draft.granted.get(opened.client) != seat.id:
            # Another node gave it to somebody else, who has written under it meanwhile.
            raise OutOfTurn("draft_foreign_author", "This copy of the draft has the name of another; it is opened again now")
        grant = grant_of(dossier, room, seat, actor, opened.client, draft.live.name)
        clauses = self._accepted(draft, dossier, written.update, grant, seat.id, written.base, before)
        return Stored(opened, draft.live.entry(seat.id, at), clauses)

    def _accepted(
        self, draft: Draft, dossier: Dossier, update: bytes, grant: Grant, author: str, base: int | None, before: list[Stored]
    ) -> tuple[str, ...]:
        """The clauses that an update changes. `before`: entries that wait to be stored with it."""
        room = dossier.room
        writable = room is not None and may_be_written(dossier, room, draft.live.name)
        verdict = draft.live.propose(update, grant, DRAFTING if writable else "frozen")
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

    def _take(self, draft: Draft, stored: list[Stored], reviewed: list[Dossier]) -> None:
        """The entries are in the log: into the live document, and told to those who sat there when it was decided."""
        draft.live.commit()
        for one in stored:
            for clause in one.clauses:
                draft.touched.setdefault(clause, {})[one.entry.author] = one.entry.seq
        for dossier in reviewed:
            draft.keep_only(dossier)
        if stored:
            self.telling.stored(draft, stored)
            self._begin(draft)
