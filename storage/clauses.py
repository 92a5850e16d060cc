"""An organisation's own clauses: kept from one agreement for the next ones."""

from __future__ import annotations

import secrets
from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient

from agreements.library import Clause
from cases.errors import NotFound, TooMuch
from storage.database import reads
from storage.models.agreements import ClauseRow
from storage.writer import Writer

LIMIT = 200
"""Clauses of one organisation."""


class ClauseStore:
    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def of(self, org: str) -> list[tuple[str, Clause]]:
        """(id, clause), the newest first."""
        rows = await ClauseRow.filter(org=org).using_db(reads()).order_by("-created_at", "id")
        return [(row.id, Clause(row.title, row.text)) for row in rows]

    async def keep(self, org: str, clause: Clause, by: str, now: datetime) -> str:
        """The new clause's id; one that says the same is kept once. Raises `TooMuch`."""

        async def job(db: BaseDBAsyncClient) -> str:
            same = await ClauseRow.filter(org=org, text=clause.text).using_db(db).first()
            if same is not None:
                same.title = clause.title
                await same.save(using_db=db)
                return str(same.id)
            if await ClauseRow.filter(org=org).using_db(db).count() >= LIMIT:
                raise TooMuch("too_many_clauses", f"An organisation keeps at most {LIMIT} clauses; delete one first", limit=LIMIT)
            row = ClauseRow(id=secrets.token_hex(8), org=org, title=clause.title, text=clause.text, by=by, created_at=now)
            await row.save(using_db=db)
            return str(row.id)

        return await self._writer.run(job, lambda _: None)

    async def drop(self, org: str, clause_id: str) -> None:
        """Raises `NotFound`."""

        async def job(db: BaseDBAsyncClient) -> int:
            return await ClauseRow.filter(id=clause_id, org=org).using_db(db).delete()

        if not await self._writer.run(job, lambda _: None):
            raise NotFound("no_clause", "This clause is not kept any more")
