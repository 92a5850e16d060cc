"""The recordings of a bundle: plain copies of the segments, what is missing between them, and which volume has them where one bundle is not enough."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Iterable
from concurrent.futures import Executor
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import msgspec
import structlog

from cases.vocabulary import PAUSES
from evidence.gaps import TOLD, Event, Piece, gaps_of, recorded_until
from evidence.ledger import Entry
from evidence.manifest import Damaged, Elsewhere, Recording, Segment, Volume
from rooms.media.segments import SegmentError, file_of, plain_name, read_segment
from storage.models.recordings import SegmentRow
from storage.recordings import RecordingStore
from storage.shelf import RecordingShelf

log = structlog.get_logger("evidence")

VOLUME = 3 << 30
"""Bytes of recordings in one bundle, which holds 4 GiB: some two hours of four people."""
Ledger = list[tuple[Entry, str, dict[str, Any] | None]]


class Enclosed(msgspec.Struct, frozen=True):
    """What of the recordings goes into one bundle."""

    copies: list[tuple[Recording, Path]] = []
    damaged: tuple[Damaged, ...] = ()
    volume: Volume | None = None


def volumes_of(rows: Iterable[SegmentRow], limit: int = 0) -> list[list[SegmentRow]]:
    """The segments in their order, parted where a volume is full; one volume at least. A segment that is larger has one to itself."""
    parts: list[list[SegmentRow]] = [[]]
    full, size = limit or VOLUME, 0
    for row in rows:
        if parts[-1] and size + row.size > full:
            parts.append([])
            size = 0
        parts[-1].append(row)
        size += row.size
    return parts


class RecordingCopies:
    def __init__(self, recordings: RecordingStore, shelf: RecordingShelf, pool: Executor) -> None:
        self._recordings, self._shelf, self._pool = recordings, shelf, pool

    async def rows(self, case_id: str, talk: str = "") -> list[SegmentRow]:
        return [row for row in await self._recordings.segments(case_id, talk) if row.state != "destroyed"]

    async def enclose(self, rows: list[SegmentRow], number: int, ledger: Ledger, folder: Path, now: int) -> Enclosed:
        """Volume `number` of these segments, copied into `folder`; `now` in ms since 1970. Raises `BucketAway`, `Unavailable`."""
        parts = volumes_of(rows)
        found: list[tuple[SegmentRow, Segment, Path]] = []
        damaged: list[Damaged] = []
        broken = {row.id for row in rows if row.state == "broken"}
        for row in parts[number - 1]:
            copied = await self._copy(row, ledger, folder) if row.id not in broken else None
            if copied is None:
                log.error("a recorded segment cannot be exported", case=row.case_id, segment=_name(row), state=row.state)
                broken.add(row.id)
                damaged.append(Damaged(_track(row), _name(row), row.started_at))
            else:
                found.append((row, *copied))
        events = [_event(line) for line in ledger if line[0].kind in TOLD]
        gaps = gaps_of([_piece(row, row.id in broken, now) for row in rows], events, recorded_until(events, now))
        copies = [(Recording(f"recordings/{path.name}", _track(row), (piece,), gaps.get(row.id, ())), path) for row, piece, path in found]
        return Enclosed(copies, tuple(damaged), await self._volume(parts, number) if len(parts) > 1 else None)

    async def _copy(self, row: SegmentRow, ledger: Ledger, folder: Path) -> tuple[Segment, Path] | None:
        """A plain copy; None where the file is nowhere or does not open."""
        source = await asyncio.to_thread(_here, self._shelf, Path(row.folder), _name(row), folder)
        if source is None:
            return None
        copy = folder / plain_name(source)
        try:
            key = await self._recordings.key_to_read(row.session_id)
            chunks = _entered_chunks(ledger, _name(row)) if row.state == "open" else row.chunks
            digest, size = await asyncio.get_running_loop().run_in_executor(self._pool, decrypt, source, key, copy, chunks)
        except SegmentError:
            copy.unlink(missing_ok=True)
            return None
        finally:
            source.unlink()
        if row.state != "open" and (digest, size) != (row.sha256, row.size):
            copy.unlink()
            return None
        return Segment(1, size, digest), copy

    async def _volume(self, parts: list[list[SegmentRow]], number: int) -> Volume:
        others = [row for n, part in enumerate(parts, 1) if n != number for row in part if row.state in {"closed", "cut"}]
        files = [await asyncio.to_thread(file_of, Path(row.folder), _name(row), self._shelf) for row in others]
        elsewhere = (Elsewhere(f"recordings/{plain_name(file)}", row.sha256, row.size) for row, file in zip(others, files, strict=True))
        return Volume(number, len(parts), tuple(elsewhere))


def _here(shelf: RecordingShelf, session: Path, name: str, folder: Path) -> Path | None:
    """A segment's file in `folder`, from wherever it lies; None where it is nowhere. Raises `BucketAway`."""
    path = file_of(session, name, shelf)
    try:
        shelf.copy(path, folder / path.name)
    except FileNotFoundError:
        return None
    return folder / path.name


def _entered_chunks(ledger: Ledger, segment: str) -> int:
    """Of a segment that is still being written: so many chunks the chain has, as this bundle tells it."""
    told = (payload for entry, _, payload in ledger if entry.kind == "recording.segment" and payload)
    return len({chunk["i"] for payload in told if payload["segment"] == segment for chunk in payload["chunks"]})


def decrypt(source: Path, key: bytes, target: Path, chunks: int | None = None) -> tuple[str, int]:
    """A plain copy of a segment, up to where a crash may have cut it: (SHA-256, bytes). No more than its first `chunks`, which the ledger knows: what a
    worker that was given up may have written later is not vouched for by anybody. Raises `SegmentError`."""
    digest, size = hashlib.sha256(), 0
    with target.open("wb") as out:
        for piece in islice(read_segment(source, key), chunks):
            out.write(piece)
            digest.update(piece)
            size += len(piece)
    return digest.hexdigest(), size


def _name(row: SegmentRow) -> str:
    return row.id.partition("/")[2]


def _track(row: SegmentRow) -> str:
    return f"{row.seat}-screen" if "-screen-" in _name(row) else row.seat


def _ms(at: str) -> int:
    return int(datetime.fromisoformat(at).timestamp() * 1000)


def _piece(row: SegmentRow, broken: bool, now: int) -> Piece:
    reason, begins = json.loads(row.info).get("reason", ""), _ms(row.started_at)
    # One that is still written has no end yet.
    ends = now if row.state == "open" else begins + row.duration_ms
    how: Literal["whole", "cut", "failed", "silent", "damaged"] = "whole"
    if broken:
        how = "damaged"
    elif row.state == "cut":
        how = "failed" if reason == "failed" else "cut"
    elif reason == "silent":
        how = "silent"
    return Piece(row.id, row.session_id, _track(row), row.seat, begins, max(begins, ends), how)


def _event(line: tuple[Entry, str, dict[str, Any] | None]) -> Event:
    entry, _, payload = line
    told = payload or {}
    if entry.kind == "recording.stopped" and "text" not in told:
        told = {**told, "text": PAUSES.get(str(told.get("reason")), "")}
    return Event(_ms(entry.at), entry.kind, told)
