"""Films of whole sessions: made on request by a process of the lowest priority, one after the other, and handed out as MP4.

A film is made of a session that is not being recorded any more. Its parts lie encrypted beside the recording; the MP4 exists only while it is handed out.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import structlog
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from cases.actor import Actor
from cases.case import standings
from cases.clock import COUNTY_TIME
from cases.errors import Invalid, NotFound, OutOfTurn
from cases.permissions import demand
from cases.vocabulary import PAUSES, STAGE_NAMES, Action, SessionStage
from rooms.media import composite
from rooms.media.composite_plan import Moment, Order, Piece, Stretch
from rooms.media.segments import file_of
from storage.bucket import BucketAway
from storage.dossier import Dossier
from storage.models.recordings import SegmentRow
from storage.recordings import RecordingStore
from storage.shelf import RecordingShelf
from web.media_speakers import stretches
from web.request import actor_of, house
from web.watching import Watching

log = structlog.get_logger("films")

ROOT = Path(__file__).resolve().parents[1]
GAPS = {
    "caucus": "背对背谈话，按约定不录入主录像",
    "paused": "录像暂停：{why}",
    "consent": "有当事人不同意录像，录像停了",
    "withdrawn": "有当事人撤回了对录像的同意，录像停了",
    "stopped": "录像停了",
}
"""The words of the playback (`playback.holes`), which a test compares."""
OVER = frozenset({"ended", "archive"})
TAIL = 3000
"""By so many ms the last recorded moment may lie before the end of a session that was recorded to its end."""
STOP_SECONDS = 5.0


@dataclass
class Making:
    """`state`: waiting, making, ready or failed; `done` and `all` in seconds of the film."""

    state: str
    done: int = 0
    all: int = 0
    reason: str = ""


class Films:
    """`scratch`: where the recording lies while a film is made of it; `font` writes names and stages."""

    def __init__(self, recordings: RecordingStore, shelf: RecordingShelf, watching: Watching, scratch: Path, font: Path) -> None:
        self._recordings, self._shelf, self._watching, self._scratch, self._font = recordings, shelf, watching, scratch, font
        self._making: dict[str, Making] = {}
        self._one = asyncio.Semaphore(1)
        self._tasks: set[asyncio.Task[None]] = set()

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/api/cases/{case}/film/{session}.mp4", self._handed_out),
            Route("/api/cases/{case}/film/{session}", self._told),
            Route("/api/cases/{case}/film/{session}", self._asked, methods=["POST"]),
        ]

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _told(self, request: Request) -> Response:
        """Whether there is a film, or how far it is."""
        _, dossier = await _allowed(request)
        return _answer(await self._state(await self._order(dossier, request)))

    async def _asked(self, request: Request) -> Response:
        """Have it made; harmless while it is."""
        _, dossier = await _allowed(request)
        order = await self._order(dossier, request)
        if (await self._state(order)).state in {"none", "failed"}:
            self._making[order.out] = Making("waiting")
            task = asyncio.get_running_loop().create_task(self._make(order))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return _answer(await self._state(order))

    async def _handed_out(self, request: Request) -> Response:
        """The MP4, noted in the ledger. A browser that is led here after it was destroyed is led to the page that says so in words."""
        try:
            actor, dossier = await _allowed(request)
        except NotFound as error:
            if error.code != "recordings_destroyed" or request.headers.get("Sec-Fetch-Mode") != "navigate":
                raise
            return RedirectResponse(f"/case/{request.path_params['case']}/playback", 303)
        order = await self._order(dossier, request)
        if (await self._state(order)).state != "ready":
            raise NotFound("no_film", "This film has not been made yet")
        at = house(request)
        folder = Path(tempfile.mkdtemp(dir=at.settings.scratch))
        try:
            target = folder / f"{dossier.case.code}.mp4"
            await asyncio.get_running_loop().run_in_executor(at.pool, composite.assemble, order, target)
            digest = await asyncio.to_thread(_digest, target)
            await self._watching.took_film(dossier.case.id, actor, request.path_params["session"], digest)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return FileResponse(
            target, media_type="video/mp4", filename=target.name, background=BackgroundTask(shutil.rmtree, folder, ignore_errors=True)
        )

    async def _state(self, order: Order) -> Making:
        under_way = self._making.get(order.out)
        if under_way is not None and under_way.state != "ready":
            return under_way
        return Making("ready" if await asyncio.to_thread(composite.done, order) else "none")

    async def _make(self, order: Order) -> None:
        making = self._making[order.out]
        async with self._one:
            making.state = "making"
            # Those of what there was before more was recorded.
            for older in Path(order.folder).glob("film-*"):
                if str(older) != order.out:
                    await asyncio.to_thread(shutil.rmtree, older, ignore_errors=True)
            try:
                with tempfile.TemporaryDirectory(dir=self._scratch) as folder:
                    await asyncio.to_thread(self._gather, order, Path(folder))
                    await self._run(msgspec.structs.replace(order, folder=folder), making)
            except (OSError, ValueError, BucketAway) as error:
                making.state, making.reason = "failed", f"{type(error).__name__}: {error}"[:200]
        if making.state == "failed":
            log.error("film not made", folder=Path(order.folder).name, reason=making.reason)

    def _gather(self, order: Order, folder: Path) -> None:
        """Everything that the film is made of, in one folder of this disk, from wherever it lies."""
        for piece in order.pieces:
            path = file_of(Path(order.folder), piece.name, self._shelf)
            for one in (path, path.with_name(f"{piece.name}.journal")):
                with suppress(FileNotFoundError):  # the film shows who is missing
                    self._shelf.copy(one, folder / one.name)

    async def _run(self, order: Order, making: Making) -> None:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "rooms.media.composite", cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        assert process.stdin is not None and process.stdout is not None
        try:
            process.stdin.write(msgspec.msgpack.encode(order))
            await process.stdin.drain()
            process.stdin.close()
            async for line in process.stdout:
                said = json.loads(line)
                making.done, making.all = said.get("done", making.done), said.get("all", making.all)
                making.reason = said.get("error", "")
            making.state = "failed" if await process.wait() or making.reason else "ready"
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def _order(self, dossier: Dossier, request: Request) -> Order:
        """What the film of the session that was asked for is made of."""
        session = request.path_params["session"]
        rows = [row for row in await self._recordings.segments(dossier.case.id) if row.session_id == session]
        if any(row.state == "open" for row in rows):
            raise OutOfTurn("recording_goes_on", "The session is still being recorded; its film is made afterwards")
        pieces = [piece for row in rows if (piece := _piece(row)) is not None]
        if not pieces:
            raise NotFound("no_recording", "Nothing of this session was recorded")
        ledger = [
            (entry.kind, _ms(entry.at), payload or {})
            for entry, _, payload in await house(request).reader.ledger(dossier.case.id)
            if entry.chain == dossier.case.id
        ]
        stages = [Moment(at, STAGE_NAMES[SessionStage(payload["to"])]) for kind, at, payload in ledger if kind == "stage.moved"]
        opened = [Moment(at, STAGE_NAMES[SessionStage.IDENTITY]) for kind, at, _ in ledger if kind == "session.opened"]
        gaps = [Moment(at, words) for kind, at, payload in ledger if (words := why_nothing(kind, payload))]
        names = {seat.id: seat.name for seat in dossier.room.seats.values()} if dossier.room else {}
        offset = datetime.fromtimestamp(pieces[0].begins / 1000, COUNTY_TIME).utcoffset() or timedelta()
        folder = self._shelf.folder / session
        order = Order(
            folder=str(folder),
            key=await self._recordings.key_to_read(session),
            out="",
            font=str(self._font),
            pieces=pieces,
            names=names,
            stages=[*opened, *stages],
            speakers=[Stretch(s["seat"], s["from"], s["to"]) for s in await asyncio.to_thread(stretches, folder, self._shelf)],
            gaps=gaps,
            offset=int(offset.total_seconds()) // 60,
            until=ended_unrecorded(ledger, pieces),
            resumed=[at for kind, at, _ in ledger if kind in RESUMES],
        )
        # What it is made of may grow: then it is another film.
        made_of = hashlib.sha256(msgspec.msgpack.encode(msgspec.structs.replace(order, key=b""))).hexdigest()[:12]
        return msgspec.structs.replace(order, out=str(folder / f"film-{made_of}"))


RESUMES = ("recording.started", "caucus.closed")


def why_nothing(kind: str, payload: dict[str, Any]) -> str:
    """In the words of the playback, why nothing is recorded after an entry; empty where that entry explains nothing."""
    reason = str(payload.get("reason", ""))
    if kind == "caucus.opened":
        return GAPS["caucus"]
    if kind != "recording.stopped" or reason in OVER:
        return ""
    if reason in PAUSES:
        said = str(payload.get("text", ""))
        why = PAUSES[reason] if not said else said if reason == "other" else f"{PAUSES[reason]}，{said}"
        return GAPS["paused"].format(why=why)
    return GAPS.get(reason, GAPS["stopped"])


def ended_unrecorded(ledger: list[tuple[str, int, dict[str, Any]]], pieces: list[Piece]) -> int:
    """When the session ended that went on without recording, in ms since 1970; 0 where it was recorded to its end."""
    begins, recorded = min(piece.begins for piece in pieces), max(piece.ends for piece in pieces)
    for kind, at, payload in ledger:
        if at <= begins:
            continue
        if kind == "session.opened":
            break
        if kind == "session.ended" or (kind == "stage.moved" and payload.get("to") == "archive"):
            return at if at - recorded > TAIL else 0
    return 0


def _piece(row: SegmentRow) -> Piece | None:
    if row.state not in {"closed", "cut"} or row.chunks < 2:
        return None
    info, name = json.loads(row.info), row.id.partition("/")[2]
    tracks = info.get("codecs", {})
    begins = int(info.get("wall_start_ms") or _ms(row.started_at))
    picture = any(kind != "audio" for kind in tracks) or not tracks
    return Piece(name, row.seat, "screen" if "-screen-" in name else "main", begins, int(row.duration_ms), picture, row.chunks)


async def _allowed(request: Request) -> tuple[Actor, Dossier]:
    actor, _ = await actor_of(request)
    if not request.path_params["session"].replace("-", "").isalnum():
        raise Invalid("malformed", "There is no such session", field="session")
    dossier = await house(request).reader.dossier(request.path_params["case"])
    demand(standings(dossier.case, actor), Action.WATCH, dossier.case.stage)
    if dossier.case.destroyed_at is not None:
        raise NotFound("recordings_destroyed", "The recordings of this case were destroyed; what the chain says of them is in the bundle")
    return actor, dossier


def _answer(making: Making) -> Response:
    return JSONResponse({"state": making.state, "done": making.done, "all": making.all})


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _ms(at: str) -> int:
    return int(datetime.fromisoformat(at).timestamp() * 1000)
