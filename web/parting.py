"""Why somebody who has the page of a session open has no seat in it any more."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cases.errors import NotAllowed, NotFound
from rooms.parting import parting
from web.request import actor_of, house


async def told(request: Request) -> Response:
    """To whose seat it was, and to nobody else: for whoever came by a link that has ended meanwhile there is nothing to be read either."""
    try:
        actor, _ = await actor_of(request)
    except NotAllowed:
        raise NotFound("no_session", "There is no such session") from None
    session = request.path_params["session"]
    dossier = await house(request).reader.dossier_of(f"room/{session}")
    room = dossier.room if dossier is not None else None
    why = parting(dossier.case, room, actor) if dossier is not None and room is not None and room.id == session else None
    if why is None:
        raise NotFound("no_session", "There is no such session")
    return JSONResponse(why, headers={"Cache-Control": "no-store"})


PARTING_ROUTES = [Route("/api/sessions/{session}/parting", told)]
