"""Keeping and destroying recordings and files: holds and destruction by two people on command, and the policy's work once an hour.

What is destroyed goes in two steps: keys and entry in one transaction, after which nobody can read the files; then the files. A crash between
the two is made up for at the next start.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import structlog

from cases import keeping as rules
from cases.actor import Actor
from cases.case import Numbering
from cases.clock import rfc3339
from cases.commands.keeping import ApproveDestruction, KeepingCommand
from cases.confirmation import open_until
from cases.errors import Refusal
from cases.ports import Clock, Happened
from cases.vocabulary import Act
from storage import keeping
from storage.bucket import BucketAway
from storage.database import forget_deleted
from storage.dossier import Dossier
from storage.erasing import ClearingAway
from storage.keeping import Recorded
from storage.reading import Reader
from storage.shelf import RecordingShelf
from storage.work import Audited, Outcome, Store

log = structlog.get_logger("keeping")

SYSTEM = Actor("system", "retention")
AUDITED = {
    "recording.destruction_asked": Act.DESTRUCTION_ASKED,
    "recording.destruction_withdrawn": Act.DESTRUCTION_UNDONE,
    "recording.destroyed": Act.RECORDINGS_DESTROYED,
    "case.erasure_asked": Act.ERASURE_ASKED,
    "case.erasure_withdrawn": Act.ERASURE_UNDONE,
    "case.erased": Act.CASE_ERASED,
}


class KeepingDesk:
    def __init__(
        self, store: Store, reader: Reader, shelf: RecordingShelf, clearing: ClearingAway, clock: Clock, wait: timedelta, file_kept: int
    ) -> None:
        """`wait`: between asking for a destruction and approving it. `file_kept`: days for which the file of a case with an agreement is kept at least."""
        self._store, self._reader, self._shelf, self._clearing, self._clock = store, reader, shelf, clearing, clock
        self._wait, self._file_kept = wait, file_kept

    async def do(self, command: KeepingCommand, actor: Actor, receipt: str = "") -> dict[str, Any]:
        found, days = await keeping.recorded(command.case), await self._days(command.case)

        def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
            confirmable = open_until(dossier.case, now, personal(dossier), numbering.calendar)
            kept = max(self._file_kept, days)
            happened = rules.handle(dossier.case, command, actor, now, recorded_of(dossier, found), self._wait, confirmable, kept)
            return self._outcome(dossier, happened, actor)

        result = await self._store.execute(command.case, decide, receipt, timed=True)
        if isinstance(command, ApproveDestruction):
            await self._forget(found)
        if isinstance(command, ApproveDestruction) and command.what == "file":
            await self._clear_away()
        return result

    async def _days(self, case_id: str) -> int:
        """Of the policy of its organisation: what it keeps recordings for is not too long for the file."""
        case = (await self._reader.dossier(case_id)).case
        return await keeping.retention(case.mediator.org) if case.mediator else 0

    async def _clear_away(self) -> None:
        """What went is gone for everybody already: whatever fails here is done within the hour."""
        try:
            await self._clearing.run()
        except Exception as error:
            log.error("what is left of a destroyed file is cleared away later", reason=type(error).__name__)

    async def _let_go(self, case_id: str, reason: str) -> None:
        found = await keeping.recorded(case_id)

        def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
            return self._outcome(dossier, rules.let_go(dossier.case, SYSTEM, reason, now, recorded_of(dossier, found)), SYSTEM)

        await self._store.execute(case_id, decide)
        await self._forget(found)

    def _outcome(self, dossier: Dossier, happened: list[Happened], actor: Actor) -> Outcome:
        by = (actor.id, str(actor.role or ""))
        return Outcome(
            happened,
            {"stage": str(dossier.case.stage)},
            destroy_recordings=any(one.kind == "recording.destroyed" for one in happened),
            audited=[
                Audited(AUDITED[one.kind], by, str(one.payload.get("due", "")))
                for one in happened
                if one.kind in AUDITED and one.chain == "main"
            ],
        )

    async def _forget(self, found: Recorded | None) -> None:
        if found is not None:
            await forget_deleted()
            await self._remove(found.sessions)

    async def follow_policy(self) -> int:
        """Destroy what the organisations' policies let go. Returns of how many cases."""
        await self.finish()
        days = await keeping.shortest_retention()
        if not days:
            return 0
        now, done = self._clock.now(), 0
        async for case_id in keeping.recorded_before(rfc3339(now - timedelta(days=days))):
            dossier = await self._reader.dossier(case_id)
            case = dossier.case
            if not rules.may_go(case):
                continue
            own = await keeping.retention(case.mediator.org) if case.mediator else 0
            found = await keeping.recorded(case_id)
            until = rules.kept_until(found.last, own) if found else None
            if until is None or until > now:
                continue
            try:
                await self._let_go(case_id, f"按保管期限 {own} 天销毁")
                done += 1
            except Refusal as refusal:
                log.warning("recordings past their time were not destroyed", case=case_id, reason=refusal.code)
        return done

    async def would_go(self, organisation: str, days: int) -> int:
        """Of how many of its cases the recordings would go at the next look, were they kept for so many days."""
        if days == 0:
            return 0
        going = 0
        async for case_id in keeping.recorded_before(rfc3339(self._clock.now() - timedelta(days=days))):
            case = (await self._reader.dossier(case_id)).case
            going += case.mediator is not None and case.mediator.org == organisation and rules.may_go(case)
        return going

    async def finish(self) -> None:
        """Remove what is left of recordings and files whose keys are gone."""
        await self._clear_away()
        gone = await keeping.destroyed_sessions()
        if not gone:
            return
        try:
            left = await asyncio.to_thread(self._shelf.destroyed, gone)
        except BucketAway:
            return  # looked for again in an hour
        await self._remove(left)

    async def _remove(self, sessions: Iterable[str]) -> None:
        for session in sessions:
            try:
                await asyncio.to_thread(self._shelf.remove, session)
            except BucketAway as error:
                log.error("what is left of a destroyed recording lies in the bucket yet", session=session, reason=error.reason)


def recorded_of(dossier: Dossier, found: Recorded | None) -> dict[str, Any]:
    """What there is to destroy, as the rules want it."""
    room = dossier.room
    return {
        "open": (room is not None and room.ended_at is None) or (found is not None and found.open),
        "sessions": list(found.sessions) if found else [],
        "segments": found.segments if found else 0,
        "bytes": found.bytes if found else 0,
        "talks": found.talks if found else {},
    }


def personal(dossier: Dossier) -> bool:
    """Whether the agreement is on personal status, which courts do not confirm."""
    return dossier.agreement is not None and dossier.agreement.paper_only == "personal_status"
