"""Keeping and destroying recordings: holds and destruction on command, and the policy's work once an hour.

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
from cases.commands import DestroyRecordings, KeepingCommand
from cases.errors import Refusal
from cases.ports import Clock
from storage import keeping
from storage.bucket import BucketAway
from storage.database import forget_deleted
from storage.dossier import Dossier
from storage.reading import Reader
from storage.shelf import RecordingShelf
from storage.work import Outcome, Store

log = structlog.get_logger("keeping")

SYSTEM = Actor("system", "retention")


class KeepingDesk:
    def __init__(self, store: Store, reader: Reader, shelf: RecordingShelf, clock: Clock) -> None:
        self._store, self._reader, self._shelf, self._clock = store, reader, shelf, clock

    async def do(self, command: KeepingCommand, actor: Actor, receipt: str = "") -> dict[str, Any]:
        found = await keeping.recorded(command.case)
        destroys = isinstance(command, DestroyRecordings)

        def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
            room = dossier.room
            recorded = {
                "open": (room is not None and room.ended_at is None) or (found is not None and found.open),
                "sessions": list(found.sessions) if found else [],
                "segments": found.segments if found else 0,
                "bytes": found.bytes if found else 0,
            }
            happened = rules.handle(dossier.case, command, actor, now, recorded)
            return Outcome(happened, {"stage": str(dossier.case.stage)}, destroy_recordings=destroys)

        result = await self._store.execute(command.case, decide, receipt)
        if destroys and found is not None:
            await forget_deleted()
            await self._remove(found.sessions)
        return result

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
                await self.do(DestroyRecordings(case_id, f"按保管期限 {own} 天销毁"), SYSTEM)
                done += 1
            except Refusal as refusal:
                log.warning("recordings past their time were not destroyed", case=case_id, reason=refusal.code)
        return done

    async def finish(self) -> None:
        """Remove what is left of recordings whose keys are gone."""
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
