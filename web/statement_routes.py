"""Statements from afar over HTTP: recordings taken piece by piece, statements given, read, played, and the codes that the mediator reads out."""

from __future__ import annotations

import hashlib
from functools import partial

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cases.actor import Actor
from cases.clock import rfc3339
from cases.errors import Invalid, NotFound
from cases.upload import PIECE
from web.ranged import ranged
from web.request import actor_of, body_of, house, idempotency_key
from web.statement_recordings import RecordingDesk
from web.statements import StatementDesk

UNSEEN = {"Cache-Control": "no-store"}


class Stated(msgspec.Struct, forbid_unknown_fields=True):
    """`shared`: the mediator may show it to the others before the session. `recording`: the upload of what was recorded for it."""

    text: str
    shared: bool = False
    recording: str = ""


class Sending(msgspec.Struct, forbid_unknown_fields=True):
    """A recording of so many bytes is going to be sent."""

    size: int


class StatementPages:
    def __init__(self, desk: StatementDesk, recordings: RecordingDesk) -> None:
        self._desk, self._recordings = desk, recordings

    def routes(self) -> list[Route]:
        upload = "/api/cases/{case}/statement/recordings"
        return [
            Route("/api/cases/{case}/statement", self.given, methods=["POST"]),
            Route(upload, self.begun, methods=["POST"]),
            Route(f"{upload}/{{upload}}", self.came_so_far, methods=["GET"]),
            Route(f"{upload}/{{upload}}", self.piece, methods=["PUT"]),
            Route(f"{upload}/{{upload}}", self.dropped, methods=["DELETE"]),
            Route(f"{upload}/{{upload}}/finish", self.finished, methods=["POST"]),
            Route("/api/cases/{case}/statements/{party}", self.read),
            Route("/api/cases/{case}/statements/{party}/recording", self.played),
            Route("/api/cases/{case}/identity-codes", self.codes),
        ]

    async def given(self, request: Request) -> Response:
        """`Idempotency-Key` makes a resend harmless."""
        actor, _ = await actor_of(request)
        case_id, key = request.path_params["case"], idempotency_key(request)
        house(request).rates.spend("statement", f"{actor.case_id}{actor.ledger_name}")
        asked = await body_of(request, Stated)
        # With the content in it: what was edited meanwhile is another statement, and no answer of the one before.
        said = hashlib.sha256(msgspec.msgpack.encode(asked)).hexdigest()
        receipt = hashlib.sha256(f"statement|{case_id}|{actor.ledger_name}|{actor.session_id}|{key}|{said}".encode()).hexdigest()
        return JSONResponse(await self._desk.give(case_id, actor, asked.text, asked.shared, receipt, asked.recording))

    async def begun(self, request: Request) -> Response:
        actor = await self._paid(request, "statement_upload")
        asked = await body_of(request, Sending)
        return JSONResponse(await self._recordings.begin(request.path_params["case"], actor, asked.size))

    async def came_so_far(self, request: Request) -> Response:
        actor = await self._paid(request, "statement_piece")
        return JSONResponse(await self._recordings.state(request.path_params["case"], actor, request.path_params["upload"]))

    async def piece(self, request: Request) -> Response:
        """The body is the piece that begins at `?offset=`."""
        actor = await self._paid(request, "statement_piece")
        where, offset = request.path_params, request.query_params.get("offset", "")
        if not offset.isdecimal() or len(offset) > 12:
            raise Invalid("malformed", "offset is a number", field="offset")
        data = await _piece_of(request)
        return JSONResponse(await self._recordings.piece(where["case"], actor, where["upload"], int(offset), data))

    async def dropped(self, request: Request) -> Response:
        actor = await self._paid(request, "statement_upload")
        await self._recordings.drop(request.path_params["case"], actor, request.path_params["upload"])
        return JSONResponse({})

    async def finished(self, request: Request) -> Response:
        actor = await self._paid(request, "statement_upload")
        return JSONResponse(await self._recordings.finish(request.path_params["case"], actor, request.path_params["upload"]))

    async def read(self, request: Request) -> Response:
        actor = await self._paid(request, "statement_read")
        found = await self._desk.read(request.path_params["case"], request.path_params["party"], actor)
        given = found.given
        told = {
            "kind": str(given.kind),
            "number": given.number,
            "sha256": given.sha256,
            "at": rfc3339(given.at),
            "text": found.content.decode(),
            **({"recording": given.recording.told()} if given.recording is not None else {}),
        }
        return JSONResponse(told, headers=UNSEEN)

    async def played(self, request: Request) -> Response:
        """The recording's bytes, by ranges, exactly as they were given."""
        actor = await self._paid(request, "statement_play")
        given = await self._desk.given(request.path_params["case"], request.path_params["party"], actor)
        if given.recording is None:
            raise _none()
        try:
            return await ranged(request, given.recording.size, given.recording.type, partial(self._recordings.play, given.recording))
        except KeyError:
            raise _none() from None

    async def codes(self, request: Request) -> Response:
        actor, _ = await actor_of(request)
        house(request).rates.spend("statement_read", actor.ledger_name)
        return JSONResponse({"codes": await self._desk.codes(request.path_params["case"], actor)}, headers=UNSEEN)

    async def _paid(self, request: Request, what: str) -> Actor:
        """Who asks, after it has cost one of so many."""
        actor, _ = await actor_of(request)
        house(request).rates.spend(what, f"{actor.case_id}{actor.ledger_name}")
        return actor


async def _piece_of(request: Request) -> bytes:
    """Nothing is read beyond the limit; what was cut off on its way is no piece."""
    data = bytearray()
    try:
        async for part in request.stream():
            data += part
            if len(data) > PIECE:
                raise Invalid("piece_size", f"A piece has at most {PIECE} bytes", field="recording", limit=PIECE)
    except ClientDisconnect:
        raise Invalid("piece_size", "The piece was cut off", field="recording", limit=PIECE) from None
    return bytes(data)


def _none() -> NotFound:
    return NotFound("no_statement", "There is no recording with this statement")
