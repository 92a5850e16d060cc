"""The agreement's papers over HTTP: its PDF, and its pages as pictures, for those who may see it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from agreements.agreement import Agreement
from agreements.pages import PageError, render_page
from cases.actor import Actor
from cases.case import standings as case_standings
from cases.errors import NotFound
from cases.permissions import may
from cases.vocabulary import Action
from rooms.handling import standings as room_standings
from storage.dossier import Dossier
from web.request import actor_of, house

PAGE_WIDTH = 1240
PICTURES = 200
_pictures: OrderedDict[tuple[str, int], bytes] = OrderedDict()


async def agreement_of(request: Request) -> tuple[Dossier, Agreement]:
    """A frozen agreement that whoever asks may see. Raises `NotFound`."""
    actor, _ = await actor_of(request)
    dossier = await house(request).reader.dossier(request.path_params["case"])
    agreement = dossier.agreement
    if not _sees(dossier, actor) or agreement is None or not agreement.file or agreement.stage in {"drafting", "ended"}:
        raise NotFound("no_agreement", "There is no such agreement")
    return dossier, agreement


def _sees(dossier: Dossier, actor: Actor) -> bool:
    room = dossier.room
    staff = may(case_standings(dossier.case, actor), Action.SEE_AGREEMENT, dossier.case.stage)
    return staff or (room is not None and may(room_standings(room, actor), Action.SEE_AGREEMENT, room.stage))


async def pdf(request: Request) -> Response:
    dossier, agreement = await agreement_of(request)
    data = await house(request).blobs.get(agreement.file)
    name = f"agreement-{dossier.case.code}.pdf"
    return Response(data, media_type="application/pdf", headers={"Content-Disposition": f'attachment; filename="{name}"'})


async def page(request: Request) -> Response:
    """One page as PNG, 1240 pixels wide. Rendered once in a worker process, then kept in memory."""
    _, agreement = await agreement_of(request)
    key = (agreement.file, int(request.path_params["page"]))
    if key not in _pictures:
        data = await house(request).blobs.get(agreement.file)
        try:
            loop = asyncio.get_running_loop()
            _pictures[key] = await loop.run_in_executor(house(request).pool, render_page, data, key[1], PAGE_WIDTH)
        except PageError:
            raise NotFound("no_page", "The agreement has no such page") from None
        while len(_pictures) > PICTURES:
            _pictures.popitem(last=False)
    return Response(_pictures[key], media_type="image/png", headers={"Cache-Control": "private, max-age=3600"})


async def oral_form(request: Request) -> Response:
    """The registration form of an oral agreement, for those who may see an agreement of this case."""
    actor, _ = await actor_of(request)
    at = house(request)
    dossier = await at.reader.dossier(request.path_params["case"])
    if not _sees(dossier, actor):
        raise NotFound("no_oral", "There is no oral agreement")
    assert at.desk.oral is not None
    name = f"oral-agreement-{dossier.case.code}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(await at.desk.oral.form(dossier.room), media_type="application/pdf", headers=headers)


PAPER_ROUTES = [
    Route("/api/agreements/{case}/oral.pdf", oral_form),
    Route("/api/agreements/{case}/agreement.pdf", pdf),
    Route("/api/agreements/{case}/pages/{page:int}.png", page),
]
