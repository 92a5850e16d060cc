"""The key of each recording, and which segments there are; `segment_books.py` enters what is told of them.

A session's key is random and lies in the database only wrapped by one of the installation's keys (`storage/wrapping.py`): destroying the row
destroys the recording. While a room is live its key also stays in memory, so that a token that goes away interrupts no recording.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from tortoise.backends.base.client import BaseDBAsyncClient

from cases.errors import Unavailable
from rooms.media.segments import NotASegment
from rooms.room import is_caucus
from storage.database import reads
from storage.models.recordings import SegmentRow, SessionKey
from storage.wrapping import Keyring, WrappingError
from storage.writer import Writer

log = structlog.get_logger("recordings")


class RecordingStore:
    def __init__(self, writer: Writer, keys: Keyring) -> None:
        self._writer, self._keys = writer, keys
        self._live: dict[str, bytes] = {}

    async def key_of(self, case_id: str, session_id: str) -> bytes:
        """The key of a live session, of 32 bytes, made at the first call and remembered until `ended`. Raises `Unavailable`."""
        key = self._live[session_id] = await self._key(case_id, session_id)
        return key

    def ended(self, session_id: str) -> None:
        """Nothing more is recorded of it."""
        self._live.pop(session_id, None)

    async def _key(self, case_id: str, session_id: str) -> bytes:
        if session_id in self._live:
            return self._live[session_id]
        row = await SessionKey.filter(session_id=session_id).using_db(reads()).first()
        if row is None:
            key = secrets.token_bytes(32)
            # Before the transaction: a token may take its time.
            with _key_needed():
                wrapped, by = await self._keys.wrap(key, session_id), self._keys.present.name
            made = SessionKey(session_id=session_id, case_id=case_id, wrapped=wrapped, wrapped_by=by)
            first = await self._writer.run(_first(made), _nothing)
            return key if first is made else await self._opened(first)
        return await self._opened(row)

    async def key_to_read(self, session_id: str) -> bytes:
        """The session's key, which must exist. Raises `SegmentError` where it was destroyed, `Unavailable` where it cannot be opened now."""
        row = await SessionKey.filter(session_id=session_id).using_db(reads()).first()
        if row is None:
            raise NotASegment("the key of this session was destroyed")
        return self._live.get(session_id) or await self._opened(row)

    async def _opened(self, row: SessionKey) -> bytes:
        with _key_needed():
            return await self._keys.unwrap(bytes(row.wrapped), row.wrapped_by, row.session_id)

    async def talks(self, case_id: str) -> set[str]:
        """Private talks of a case that were recorded, also those whose recording is destroyed."""
        rows = SegmentRow.filter(case_id=case_id).using_db(reads()).distinct().values_list("session_id", flat=True)
        return {str(session) for session in await rows if is_caucus(str(session))}

    async def segments(self, case_id: str, caucus: str = "") -> list[SegmentRow]:
        """Of the sessions of a case, or of one private talk of it."""
        rows = await SegmentRow.filter(case_id=case_id).using_db(reads()).order_by("started_at", "id")
        return [row for row in rows if (row.session_id == caucus if caucus else not is_caucus(row.session_id))]


@contextmanager
def _key_needed() -> Iterator[None]:
    try:
        yield
    except WrappingError as error:
        log.error("no key of a recording", reason=str(error))
        raise Unavailable(
            "recording_key_away", "The key of this recording cannot be opened at the moment; the operator must look at the token"
        ) from error


def _first(row: SessionKey) -> Callable[[BaseDBAsyncClient], Awaitable[SessionKey]]:
    """Of two that are made at once the one that came first is the session's."""

    async def job(connection: BaseDBAsyncClient) -> SessionKey:
        there = await SessionKey.filter(session_id=row.session_id).using_db(connection).first()
        if there is None:
            await row.save(using_db=connection)
        return there or row

    return job


def _nothing(_: Any) -> None:
    """No listener waits for these commits."""
