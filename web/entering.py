"""凭入场码进入 over HTTP: the number of a case and an entry code for the session that the link of the seat gives."""

from __future__ import annotations

from datetime import datetime

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cases.case import Numbering
from cases.ports import Happened
from storage.dossier import Dossier
from storage.work import Outcome, Store
from web.entry_codes import number_of
from web.request import address_of, body_of, came_of, house
from web.sign_in import came_in


class Entering(msgspec.Struct, forbid_unknown_fields=True):
    """`number`: of the case, as its public page has it."""

    number: str
    code: str
    take_over: bool = False


async def enter(request: Request) -> Response:
    house(request).rates.spend("entry", address_of(request))
    asked = await body_of(request, Entering)
    number = number_of(asked.number)
    house(request).rates.spend("entry_case", number)
    cookies = request.headers.get("Cookie", "")
    return await came_in(request, await house(request).doors.enter(number, asked.code, asked.take_over, came_of(request), cookies))


async def note_spent(store: Store, case_id: str) -> None:
    """Whoever holds a code cannot come in any more, and nobody would know why: its mediator is told."""

    def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
        return Outcome([Happened("entry.codes_spent", {})])

    await store.execute(case_id, decide)


ENTRY_ROUTES = [Route("/api/enter", enter, methods=["POST"])]
