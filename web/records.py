"""The written record (笔录) over HTTP: its PDF, for those who may see it, and as files for the evidence bundle."""

from __future__ import annotations

import asyncio
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from agreements.fonts import FontDirs
from agreements.record_pdf import RecordFacts, print_record
from cases.case import standings as case_standings
from cases.errors import NotFound
from cases.permissions import may
from cases.vocabulary import Action, SeatRole
from rooms.handling import seat_of, standings_of
from rooms.record_keeping import canonical
from rooms.record_people import settled_record
from storage.database import reads
from storage.dossier import Dossier
from storage.models.people import Organisation
from web.house import House
from web.request import actor_of, house


class RecordDesk:
    def __init__(self, font_dirs: FontDirs) -> None:
        self._font_dirs = font_dirs

    def routes(self) -> list[Route]:
        return [Route("/api/records/{case}/record.pdf", self.pdf)]

    async def pdf(self, request: Request) -> Response:
        """As it stands now; one that is not closed says so at its foot."""
        actor, _ = await actor_of(request)
        at = house(request)
        dossier = await at.reader.dossier(request.path_params["case"])
        room = dossier.room
        staff = may(case_standings(dossier.case, actor), Action.SEE_RECORD, dossier.case.stage)
        seat = seat_of(room, actor) if room is not None else None
        seated = room is not None and seat is not None and seat.known and may(standings_of(seat), Action.SEE_RECORD, room.stage)
        if room is None or not room.record.lines or not (staff or seated):
            raise NotFound("no_record", "There is no written record that you may see")
        if room.caucus is not None and not staff and actor.id not in room.caucus.seats:
            # Nothing of it changes meanwhile, but whoever waits outside asks for nothing of the session until called back.
            raise NotFound("record_waits", "The written record waits until the private talk is over")
        name = f"record-{dossier.case.code}.pdf"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return Response(await self.printed(at, dossier), media_type="application/pdf", headers=headers)

    async def files(self, at: House, dossier: Dossier) -> dict[str, bytes]:
        """Name → content, for the bundle; empty where nothing was recorded in writing."""
        if dossier.room is None or not dossier.room.record.lines:
            return {}
        return {"record.json": canonical(dossier.room), "record.pdf": await self.printed(at, dossier)}

    async def printed(self, at: House, dossier: Dossier) -> bytes:
        room, case = dossier.room, dossier.case
        assert room is not None
        record = settled_record(room)
        led = {p.seat: room.seats[p.seat].org for p in record.people if p.role is SeatRole.MEDIATOR}
        in_charge = case.mediator.org if case.mediator else ""
        names = dict(await Organisation.filter(id__in=[in_charge, *led.values()]).using_db(reads()).values_list("id", "name"))
        present = {room.seats[p.seat].party for p in record.people if p.role is SeatRole.PARTY}
        facts = RecordFacts(
            number=case.number or case.code,
            committee=names.get(in_charge) or (case.mediator.org_name if case.mediator else ""),
            title=f"{case.dispute_type}纠纷：{case.title}" if case.dispute_type else case.title,
            result=_result(dossier),
            link=f"{at.settings.base_url}/c/{case.code}",
            absent=tuple(party.name for party in case.parties if party.id not in present),
            former={seat: names[org] for seat, org in led.items() if org in names},
        )
        task = partial(print_record, canonical(room), facts, self._font_dirs)
        return await asyncio.get_running_loop().run_in_executor(at.pool, task)


def _result(dossier: Dossier) -> str:
    room, agreement = dossier.room, dossier.agreement
    assert room is not None
    if room.oral is not None and room.oral.concluded_at is not None:
        return "各方达成口头协议，由人民调解员登记，协议已生效。"
    if agreement is not None and agreement.stage == "effective":
        return "各方达成调解协议，签署《人民调解协议书》，协议已生效。"
    if room.ended_at is not None:
        return f"未达成调解协议。{room.end_reason}" if room.end_reason else "未达成调解协议。"
    return "调解尚在进行。"
