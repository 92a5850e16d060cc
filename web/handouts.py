"""What can be taken away of a case now, for whoever may export its evidence: so that no page offers what would be refused."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cases.case import standings
from cases.erasing import demand_kept
from cases.handouts import IN_FORCE, Handouts, certified, profiles_of
from cases.permissions import demand, may
from cases.vocabulary import Action
from realtime.handout_document import agreement_kept
from storage.recordings import RecordingStore
from web.confirmation import confirmation_of
from web.request import actor_of, house


class HandoutDesk:
    def __init__(self, recordings: RecordingStore) -> None:
        self._recordings = recordings

    def routes(self) -> list[Route]:
        return [Route("/api/cases/{case}/handouts", self.told)]

    async def told(self, request: Request) -> Response:
        """`record certificate agreement recording profiles parties`, as `cases.handouts` has them."""
        actor, _ = await actor_of(request)
        at = house(request)
        dossier = await at.reader.dossier(request.path_params["case"])
        case, room = dossier.case, dossier.room
        held = standings(case, actor)
        demand(held, Action.EXPORT_EVIDENCE, case.stage)
        demand_kept(case)
        seated = {seat.party for seat in room.parties()} if room is not None else set()
        there = Handouts(
            record=room is not None and bool(room.record.lines) and may(held, Action.SEE_RECORD, case.stage),
            certificate=certified(case) and may(held, Action.SEE_CERTIFICATE, case.stage),
            agreement=agreement_kept(dossier) in IN_FORCE and may(held, Action.SEE_AGREEMENT, case.stage),
            recording=any(row.state != "destroyed" for row in await self._recordings.segments(case.id)),
            profiles=profiles_of(case, await confirmation_of(at, dossier)),
            parties=[party.id for party in case.parties if party.id in seated],
        )
        return JSONResponse(msgspec.to_builtins(there))
