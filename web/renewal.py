"""Archive timestamps in time: signed agreements whose document timestamp ends soon get another one, by a job, a few at each look."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor
from datetime import datetime, timedelta
from typing import Any

import structlog

from agreements.renewal import renew, stamped_until
from agreements.signing import SigningError, revision_hash
from cases.case import Numbering
from cases.errors import Conflict
from cases.ports import Blobs, Clock, Happened
from storage.database import reads
from storage.dossier import Dossier, load
from storage.models.cases import CaseRow
from storage.reading import Reader
from storage.work import NewFile, Outcome, Store
from web.ceremony_steps import checked, keep
from web.providers import Providers

log = structlog.get_logger("renewal")

AHEAD = timedelta(days=180)
"""Before the end of a timestamp's certificate: time enough for an operator to find another service."""
WORTH = timedelta(days=365)
"""By how much a new timestamp must last longer."""
BATCH = 20
"""Agreements at one look, of some 0.3 s each in a worker process; looks are an hour apart."""


class RenewalDesk:
    def __init__(self, store: Store, reader: Reader, blobs: Blobs, clock: Clock, pool: Executor, providers: Providers) -> None:
        self._store, self._reader, self._blobs, self._clock, self._pool, self._providers = store, reader, blobs, clock, pool, providers
        self._failed: dict[str, str] = {}
        """Case → why it was not renewed, since the start."""
        self._without: set[str] = set()
        """Agreed cases without a file that is stamped."""

    def problem(self) -> str:
        """What keeps timestamps from being renewed, in an English clause."""
        if not self._failed:
            return ""
        return f"archive timestamps of {len(self._failed)} agreements cannot be renewed: {next(iter(self._failed.values()))}"

    async def look_at_the_clock(self) -> int:
        """How many were renewed."""
        await self._learn()
        soon = self._clock.now() + AHEAD
        due = CaseRow.filter(stamped_until__lte=soon).using_db(reads()).order_by("stamped_until", "id")
        done = 0
        for case_id in await due.limit(BATCH + len(self._failed)).values_list("id", flat=True):
            if done == BATCH:
                break
            try:
                await self._renew(str(case_id))
            except Conflict:
                continue  # another node of the installation was faster
            except Exception as error:
                log.error("archive timestamp not renewed", case=case_id, reason=f"{type(error).__name__}: {error}"[:300])
                self._failed[str(case_id)] = str(error)[:200] or type(error).__name__
            else:
                self._failed.pop(str(case_id), None)
                done += 1
        return done

    async def _learn(self) -> None:
        """Agreements from before this was kept: until when they are stamped."""
        rows = CaseRow.filter(stamped_until__isnull=True, agreed_at__isnull=False).exclude(agreement="").using_db(reads()).order_by("id")
        for row in await rows.limit(BATCH + len(self._without)):
            if row.id in self._without:
                continue
            agreement = load(row).agreement
            if agreement is None or agreement.stage != "effective" or not agreement.file:
                self._without.add(row.id)
                continue
            try:
                until = await self._run(stamped_until, await self._blobs.get(agreement.file))
            except SigningError as error:
                log.error("an agreement has no archive timestamp", case=row.id, reason=str(error))
                self._without.add(row.id)
                continue
            await self._store.execute(row.id, _learnt(agreement.file, until))

    async def _renew(self, case_id: str) -> None:
        agreement = (await self._reader.dossier(case_id)).agreement
        assert agreement is not None and agreement.stamped_until is not None
        before, now = await self._blobs.get(agreement.file), self._clock.now()
        trust, service = await self._providers.at_hand(now)
        with self._providers.answering():
            after = await self._run(renew, before, trust, service, now)
        until = await self._run(stamped_until, after)
        if until < agreement.stamped_until + WORTH:
            raise SigningError("cannot_sign", f"the timestamp service's certificate ends on {until:%Y-%m-%d} already")
        checks, valid = await self._run(checked, after, await self._providers.roots(trust, now))
        if not valid:
            failed = ", ".join(check.code for check in checks if check.status == "fail")
            raise SigningError("cannot_sign", f"the renewed file does not hold: {failed}")
        file = await keep(self._blobs, after, "agreement")
        await self._store.execute(case_id, _renewed(agreement.file, revision_hash(before), file, until))
        log.info("archive timestamp renewed", case=case_id, until=until.isoformat())

    async def _run(self, work: Any, *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work, *arguments)


def _learnt(file: str, until: datetime) -> Any:
    def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
        if dossier.agreement is not None and dossier.agreement.file == file:
            dossier.agreement.stamped_until = until
        return Outcome()

    return decide


def _renewed(blob: str, before: str, file: NewFile, until: datetime) -> Any:
    def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
        agreement = dossier.agreement
        if agreement is None or agreement.file != blob:
            raise Conflict("stale_file", "The agreement has another file by now")
        agreement.file, agreement.stamped_until = file.blob, until
        told = {"before": before, "file": file.sha256, "until": until.isoformat(timespec="seconds")}
        return Outcome([Happened("agreement.renewed", told)], files=[file])

    return decide
