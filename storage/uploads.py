"""Uploads in the books: how far each has come, and what was found of one that is whole. Their bytes lie sealed in the vault (`web/statement_recordings.py`)."""

from __future__ import annotations

import secrets
from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient

from cases.errors import Conflict, NotFound
from cases.ports import Clock
from cases.upload import KEPT, UNFINISHED_LIMIT
from storage.database import reads
from storage.models.uploads import UploadRow
from storage.writer import Writer


class Uploads:
    def __init__(self, writer: Writer, clock: Clock) -> None:
        self._writer, self._clock = writer, clock

    async def begin(self, case_id: str, party: str, size: int) -> str:
        """Its id. The oldest of too many gives way."""
        upload = secrets.token_hex(16)

        async def job(db: BaseDBAsyncClient) -> None:
            mine = await UploadRow.filter(case_id=case_id, party=party).exclude(state="over").using_db(db).order_by("-began_at")
            for older in mine[UNFINISHED_LIMIT - 1 :]:
                await UploadRow.filter(id=older.id).using_db(db).update(state="over")
            await UploadRow.create(id=upload, case_id=case_id, party=party, size=size, began_at=self._clock.now(), using_db=db)

        await self._writer.run(job, _nothing)
        return upload

    async def find(self, case_id: str, party: str, upload: str) -> UploadRow:
        """Of this party, not over. Raises `NotFound`."""
        row = await UploadRow.filter(id=upload, case_id=case_id, party=party).exclude(state="over").using_db(reads()).first()
        if row is None:
            raise gone()
        return row

    async def came(self, upload: str, have: int, now_have: int) -> None:
        """A piece is on the disk. Raises `Conflict` where another request was faster, `NotFound`."""

        async def job(db: BaseDBAsyncClient) -> None:
            if not await UploadRow.filter(id=upload, state="open", received=have).using_db(db).update(received=now_have):
                row = await UploadRow.filter(id=upload).exclude(state="over").using_db(db).first()
                if row is None:
                    raise gone()
                raise Conflict("wrong_offset", f"There are {row.received} bytes here; please go on from there", offset=row.received)

        await self._writer.run(job, _nothing)

    async def name(self, upload: str) -> tuple[str, str]:
        """(id of the file that it becomes, the one of an earlier try, which nothing is made of any more)."""
        file = secrets.token_hex(10)

        async def job(db: BaseDBAsyncClient) -> str:
            row = await UploadRow.filter(id=upload, state="open").using_db(db).first()
            if row is None:
                raise gone()
            await UploadRow.filter(id=upload).using_db(db).update(file=file)
            return str(row.file)

        return file, await self._writer.run(job, _nothing)

    async def ready(self, upload: str, file: str, sha256: str, ms: int, kind: str) -> bool:
        """It is whole and good. False where somebody else has checked it meanwhile, or it is over."""

        async def job(db: BaseDBAsyncClient) -> int:
            mine = UploadRow.filter(id=upload, state="open", file=file).using_db(db)
            return await mine.update(state="ready", sha256=sha256, ms=ms, type=kind)

        return bool(await self._writer.run(job, _nothing))

    async def end(self, upload: str) -> None:
        async def job(db: BaseDBAsyncClient) -> None:
            await UploadRow.filter(id=upload).using_db(db).update(state="over")

        await self._writer.run(job, _nothing)

    async def over(self, now: datetime) -> list[UploadRow]:
        """Those whose bytes go: ended, or a day old, which end by this."""

        async def job(db: BaseDBAsyncClient) -> None:
            await UploadRow.filter(began_at__lt=now - KEPT).exclude(state="over").using_db(db).update(state="over")

        if await UploadRow.filter(began_at__lt=now - KEPT).exclude(state="over").using_db(reads()).exists():
            await self._writer.run(job, _nothing)
        return await UploadRow.filter(state="over").using_db(reads())

    async def forget(self, upload: str) -> None:
        """Its bytes are gone."""

        async def job(db: BaseDBAsyncClient) -> None:
            await UploadRow.filter(id=upload, state="over").using_db(db).delete()

        await self._writer.run(job, _nothing)


async def take(db: BaseDBAsyncClient, case_id: str, party: str, upload: str) -> None:
    """In the transaction that gives the statement: the whole file is the case's from now on, the pieces and the party's other uploads are over. Raises `NotFound`."""
    taken = await UploadRow.filter(id=upload, case_id=case_id, party=party, state="ready").using_db(db).update(state="over", file="")
    if not taken:
        raise gone()
    await UploadRow.filter(case_id=case_id, party=party).using_db(db).update(state="over")


def gone() -> NotFound:
    return NotFound("no_upload", "This upload is over; please send the recording once more")


def _nothing(_: object) -> None:
    return None
