"""Playback of a session's recording beside what happened in it, straight from the evidence files.

Segments stay encrypted on the disk; a player asks for ranges of bytes, which are decrypted for it and for nobody else. Each opening, and each
watching of a session, is entered in the ledger (`web.watching`). Private talks are not in the main recording, and what was said in them is not among what happened.
"""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import AsyncGenerator
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from agreements.history import versions
from agreements.live import LiveDocument, LogEntry
from agreements.schema import text_of
from cases.actor import Actor
from cases.case import standings
from cases.errors import Invalid, NotFound
from cases.permissions import demand
from cases.vocabulary import Action
from rooms.media.playable import NotPlayable, Playable
from rooms.media.segments import NotASegment, SegmentBroken, SegmentIndex, file_of
from storage.bucket import BucketAway
from storage.dossier import Dossier
from storage.drafts import read_log
from storage.models.recordings import SegmentRow
from storage.recordings import RecordingStore
from storage.shelf import RecordingShelf
from web.media_speakers import parsed, read, vouched
from web.ranged import MAX_BYTES, ranged
from web.request import actor_of, house
from web.watching import Watching

UNREADABLE = frozenset({"broken", "destroyed"})
REMEMBERED = 64
"""Segments whose journal is kept in memory."""
PLAYED = 16
"""Segments whose header is kept too: that of an MP4 has some hundred KiB, and is made from all of it; so are the pauses of a WebM of earlier versions."""
SHOWN = frozenset(
    [
        "session.opened",
        "session.ended",
        "stage.moved",
        "seat.admitted",
        "seat.left",
        "seat.returned",
        "seat.removed",
        "seat.expired",
        "identity.verified",
        "notice.confirmed",
        "floor.given",
        "floor.open",
        "statement.done",
        "chat.said",
        "caucus.opened",
        "caucus.closed",
        "consent.withdrawn",
        "recording.started",
        "recording.stopped",
        "media.muted",
        "room.locked",
        "room.unlocked",
        "draft.frozen",
        "agreement.clauseconfirmed",
        "agreement.consented",
        "agreement.signingopened",
        "agreement.codeanswered",
        "agreement.signed",
        "agreement.paperopened",
        "agreement.attested",
        "agreement.sealed",
        "agreement.effective",
        "agreement.voided",
        "agreement.ended",
        "oral.read",
        "oral.confirmed",
        "oral.stated",
        "oral.doubted",
        "oral.concluded",
    ]
)
"""Kinds of the ledger's entries that a page is told."""
TOLD = ("seat", "to", "text", "reason", "seconds", "since", "after", "media", "point", "clause", "name", "field", "signer", "by")
"""Fields of them that it is told."""


class Playback:
    def __init__(self, recordings: RecordingStore, shelf: RecordingShelf, watching: Watching) -> None:
        self._recordings, self._shelf, self._watching = recordings, shelf, watching
        self._open: OrderedDict[tuple[str, int], SegmentIndex] = OrderedDict()
        self._files: OrderedDict[tuple[str, int], Playable] = OrderedDict()

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/api/cases/{case}/playback", self._opened, methods=["POST"]),
            Route("/api/cases/{case}/playback/draft", self._draft),
            Route("/api/cases/{case}/playback/{session}/{segment}", self._played),
        ]

    async def _opened(self, request: Request) -> Response:
        """What there is to play, and what happened; the opening itself is entered."""
        actor, dossier = await _allowed(request)
        at = house(request)
        segments = await self._segments(dossier.case.id)
        if dossier.case.destroyed_at is not None and not segments:
            raise NotFound(
                "recordings_destroyed", "The recordings of this case were destroyed; what the chain says of them is in the bundle"
            )
        if not segments:
            raise NotFound("no_recording", "Nothing of this case was recorded")
        await self._watching.opened(dossier.case.id, actor)
        ledger = [line for line in await at.reader.ledger(dossier.case.id) if line[0].chain == dossier.case.id]
        known = _in_the_ledger([(entry.kind, payload) for entry, _, payload in ledger])
        for segment in segments:
            segment["vouched"] = known.get(segment["segment"], []) == segment.pop("hashes")
        noted = await asyncio.to_thread(self._spoken, {segment["session"] for segment in segments})
        entered: dict[str, list[dict[str, Any]]] = {}
        for entry, _, payload in ledger:
            if entry.kind == "recording.speakers" and payload:
                entered.setdefault(str(payload["session"]), []).append(payload)
        happened = [_told(entry.at, entry.kind, payload or {}) for entry, _, payload in ledger if entry.kind in SHOWN]
        seats = dossier.room.seats.values() if dossier.room else []
        return JSONResponse(
            {
                "title": dossier.case.title,
                "watcher": actor.name,
                "names": {seat.id: {"name": seat.name, "role": str(seat.role)} for seat in seats},
                "segments": segments,
                "happened": happened,
                "speakers": [stretch for _, spoken in noted for stretch in parsed(spoken)],
                "speakers_vouched": {session: vouched(spoken, entered.get(session, [])) for session, spoken in noted if spoken},
                "drafts": [
                    {"at": _ms(one.at), "until": _ms(one.until), "author": one.author}
                    for one in versions(await read_log(dossier.agreement.document) if dossier.agreement else [])[1:]
                ],
            }
        )

    def _spoken(self, sessions: set[str]) -> list[tuple[str, bytes]]:
        """What was noted beside each session's recording, as it lies there."""
        found: list[tuple[str, bytes]] = []
        for session in sorted(sessions):
            # A recording that is here is not held up by what is noted beside it, and may not be.
            with suppress(BucketAway):
                found.append((session, read(self._shelf.folder / session, self._shelf)))
        return found

    async def _segments(self, case_id: str) -> list[dict[str, Any]]:
        found = []
        for row in await self._recordings.segments(case_id):
            if row.state in UNREADABLE:
                continue
            try:
                index = await self._index(row)
            except NotASegment:
                continue
            chunks = list(index.chunks if row.state == "open" else index.chunks[: row.chunks])
            if not chunks:
                continue
            header = index.header
            found.append(
                {
                    "session": row.session_id,
                    "segment": row.id.partition("/")[2],
                    "seat": row.seat,
                    "part": header.get("part", "main"),
                    "container": header.get("container", "webm"),
                    "codecs": sorted(header.get("tracks", {}).values()),
                    "picture": any(kind != "audio" for kind in header.get("tracks", {})),
                    "begins": int(header["wall_start_ms"]),
                    "duration": max((int(c["t_last_ms"] or 0) for c in chunks), default=0),
                    "state": row.state,
                    "chunks": len(chunks),
                    "reason": json.loads(row.info).get("reason", ""),
                    "hashes": [c["sha256"] for c in chunks],
                }
            )
        return found

    async def _index(self, row: SegmentRow) -> SegmentIndex:
        """By its number of chunks too, since an open segment grows. Raises `NotASegment`."""
        place = (row.id, row.chunks)
        if place not in self._open:
            key = await self._recordings.key_to_read(row.session_id)
            path = await asyncio.to_thread(file_of, Path(row.folder), row.id.partition("/")[2], self._shelf)
            self._open[place] = await asyncio.to_thread(SegmentIndex, path, key, self._shelf)
            while len(self._open) > REMEMBERED:
                self._open.popitem(last=False)
        self._open.move_to_end(place)
        return self._open[place]

    async def _file(self, row: SegmentRow, chunks: int) -> Playable:
        """As far as the ledger knows it; one that is still written, as far as its journal goes. Of that the first `chunks`, unless 0: one file must not
        grow between two requests for parts of it. Raises `NotASegment`, `SegmentBroken`, `NotPlayable`."""
        index = await self._index(row)
        there = len(index.chunks) if row.state == "open" else min(row.chunks, len(index.chunks))
        place = (row.id, min(chunks or there, there))
        if place not in self._files:
            self._files[place] = await asyncio.to_thread(Playable, index, place[1])
            while len(self._files) > PLAYED:
                self._files.popitem(last=False)
        self._files.move_to_end(place)
        return self._files[place]

    async def _played(self, request: Request) -> Response:
        """A segment as a file that can be played and sought in, by ranges (RFC 9110 section 14); what is asked for is decrypted, and no more. Of one that is
        still written a player asks for as many `chunks` as it was told of."""
        actor, dossier = await _allowed(request)
        name = f"{request.path_params['session']}/{request.path_params['segment']}"
        row = next((r for r in await self._recordings.segments(dossier.case.id) if r.id == name), None)
        if row is None or row.state in UNREADABLE:
            raise NotFound("no_segment", "There is no such recording")
        await self._watching.played(dossier.case.id, actor, row.session_id)
        try:
            file = await self._file(row, _number(request, "chunks") if "chunks" in request.query_params else 0)
            return await ranged(request, file.size, f"video/{file.container}", partial(_pieces, file))
        except (SegmentBroken, NotPlayable, OSError):
            raise _damaged() from None

    async def _draft(self, request: Request) -> Response:
        """The agreement's text as it stood at the time `at` (ms since 1970): clauses, the number of the change, and who made it."""
        _, dossier = await _allowed(request)
        moment = _number(request, "at")
        log = await read_log(dossier.agreement.document) if dossier.agreement else []
        entries = [entry for entry in log if _ms(entry.at) <= moment]
        if not entries:
            return JSONResponse({"clauses": [], "seq": 0, "author": ""})
        return JSONResponse(await asyncio.to_thread(_text_of, entries))


def _text_of(entries: list[LogEntry]) -> dict[str, Any]:
    document = LiveDocument(entries[0].document, entries[0])
    document.catch_up(entries[1:])
    clauses = [{"id": clause["id"], "text": text_of(clause)} for clause in document.content()["clauses"]]
    return {"clauses": clauses, "seq": entries[-1].seq, "author": entries[-1].author}


async def _allowed(request: Request) -> tuple[Actor, Dossier]:
    actor, _ = await actor_of(request)
    dossier = await house(request).reader.dossier(request.path_params["case"])
    demand(standings(dossier.case, actor), Action.WATCH, dossier.case.stage)
    return actor, dossier


async def _pieces(file: Playable, start: int, end: int) -> AsyncGenerator[bytes, None]:
    """Decrypted as it is taken, `MAX_BYTES` at a time."""
    for at in range(start, end, MAX_BYTES):
        yield await asyncio.to_thread(file.read, at, min(end, at + MAX_BYTES))


def _damaged() -> NotFound:
    return NotFound("segment_broken", "This part of the recording was altered or is damaged; the bundle's verifier tells more")


def _number(request: Request, name: str) -> int:
    text = request.query_params.get(name, "")
    if not text.isdecimal() or len(text) > 16:
        raise Invalid("malformed", f"{name} is a number", field=name)
    return int(text)


def _in_the_ledger(entries: list[tuple[str, dict[str, Any] | None]]) -> dict[str, list[str]]:
    """Segment → the hashes of its chunks, as they were entered."""
    found: dict[str, dict[int, str]] = {}
    for kind, payload in entries:
        if kind == "recording.segment" and payload:
            chunks = found.setdefault(str(payload["segment"]), {})
            # A crash may have entered one twice, which must then be the same.
            for chunk in payload["chunks"]:
                if chunks.setdefault(int(chunk["i"]), str(chunk["sha256"])) != chunk["sha256"]:
                    chunks[int(chunk["i"])] = ""
    return {segment: [chunks[i] for i in sorted(chunks)] for segment, chunks in found.items()}


def _told(at: str, kind: str, payload: dict[str, Any]) -> dict[str, Any]:
    return {"at": _ms(at), "kind": kind, **{name: payload[name] for name in TOLD if payload.get(name) not in (None, "")}}


def _ms(at: str) -> int:
    return int(datetime.fromisoformat(at).timestamp() * 1000)
