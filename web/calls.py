"""Statistics of calls: taken from browsers as they report, and shown to whoever answers for the case.

A report is a browser's word about itself. It is bounded, weighed against nothing, and decides nothing; failing to keep one costs no call anything.
"""

from __future__ import annotations

import time

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cases.case import standings
from cases.permissions import demand
from cases.ports import Clock
from cases.vocabulary import Action
from realtime.endpoint import Connection
from realtime.messages import CallReport
from rooms.handling import seat_of
from storage.calls import CallStore, calls_of
from storage.reading import Reader
from web.request import actor_of, house

log = structlog.get_logger("calls")

EVERY = 10.0
"""Seconds between two reports of one seat that are kept; a browser sends one each half minute, and a last one."""
REMEMBERED = 4096
"""Seats of whose last report the time is known."""


class CallDesk:
    def __init__(self, calls: CallStore, reader: Reader, clock: Clock) -> None:
        self._calls, self._reader, self._clock = calls, reader, clock
        self._last: dict[tuple[str, str], float] = {}

    async def handle(self, connection: Connection, message: CallReport) -> None:
        dossier = await self._reader.dossier_of(f"room/{message.session}")
        room = dossier.room if dossier else None
        seat = seat_of(room, connection.actor) if room is not None and room.id == message.session else None
        if room is None or seat is None or seat.revoked or not seat.known:
            return
        key, now = (room.id, seat.id), time.monotonic()
        if now - self._last.get(key, float("-inf")) < EVERY:
            return
        self._last.pop(key, None)
        self._last[key] = now
        while len(self._last) > REMEMBERED:
            del self._last[next(iter(self._last))]
        report = {name: getattr(message, name) for name in message.__struct_fields__ if name != "session"}
        try:
            await self._calls.note(room.case_id, room.id, seat.id, report, self._clock.now())
        except Exception as error:
            log.warning("call not noted", session=room.id, reason=type(error).__name__)

    def left(self, connection: Connection) -> None:
        return None


async def calls(request: Request) -> Response:
    """How the calls of a case went, for whoever may export its evidence."""
    actor, _ = await actor_of(request)
    dossier = await house(request).reader.dossier(request.path_params["case"])
    demand(standings(dossier.case, actor), Action.EXPORT_EVIDENCE, dossier.case.stage)
    names = {seat.id: seat.name for seat in dossier.room.seats.values()} if dossier.room else {}
    return JSONResponse([{**row, "name": names.get(row["seat"], row["seat"])} for row in await calls_of(dossier.case.id)])


CALL_ROUTES = [Route("/api/cases/{case}/calls", calls)]
